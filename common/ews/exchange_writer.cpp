// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/exchange_writer.hpp"

#include <algorithm>
#include <stdexcept>

#include "ews/finding.hpp"
#include "ews/mapping/property.hpp"
#include "ews/series_writing.hpp"

namespace caravan::ews {
namespace {

using model::EventTime;

/// The time that to_string(EventTime) printed; its offset is asked for anew.
std::optional<EventTime> occurrence_from(const std::string& text, const model::ZoneBook& book,
                                         const std::vector<model::ZoneDefinition>& custom) {
  EventTime time;
  std::string wall = text;
  if (const auto colon = text.rfind(':'); colon != std::string::npos) {
    time.zone = text.substr(0, colon);
    wall = text.substr(colon + 1);
  }
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
      if (i >= wall.size() || wall[i] < '0' || wall[i] > '9') return -1;
      value = value * 10 + (wall[i] - '0');
    }
    return value;
  };
  const bool is_date = wall.size() == 8;
  if (!is_date && (wall.size() < 15 || wall[8] != 'T')) return std::nullopt;
  const int parts[] = {number(0, 4),
                       number(4, 2),
                       number(6, 2),
                       is_date ? 0 : number(9, 2),
                       is_date ? 0 : number(11, 2),
                       is_date ? 0 : number(13, 2)};
  if (std::any_of(std::begin(parts), std::end(parts), [](int part) { return part < 0; })) return std::nullopt;
  time.wall.year = parts[0];
  std::uint8_t* rest[] = {&time.wall.month, &time.wall.day, &time.wall.hour, &time.wall.minute, &time.wall.second};
  for (std::size_t i = 0; i < 5; ++i) *rest[i] = static_cast<std::uint8_t>(parts[i + 1]);
  if (!model::is_valid(time.wall)) return std::nullopt;
  time.kind = is_date               ? model::TimeKind::date
              : !time.zone.empty()  ? model::TimeKind::zoned
              : wall.ends_with('Z') ? model::TimeKind::utc
                                    : model::TimeKind::floating;
  if (time.kind == model::TimeKind::zoned) time.utc_offset = book.offset_at_wall(time.zone, time.wall, custom);
  return time;
}

}  // namespace

class ExchangeWriter::Impl {
 public:
  Impl(Connection& connection, Mailbox mailbox, FolderId folder, WriterOptions options)
      : connection_(connection),
        mailbox_(std::move(mailbox)),
        folder_(std::move(folder)),
        options_(std::move(options)) {
    if (!options_.expand) throw std::logic_error("ews::WriterOptions::expand is required");
  }

  WritingPlace place(std::stop_token stop) {
    const Options& options = connection_.options();
    return {connection_,
            mailbox_,
            folder_,
            options_,
            {*options.zones, connection_.session().zones(), mailbox_, options_.expand, options.http.clock->now(),
             connection_.session().schema(mailbox_.address) >= Schema::exchange_2013_sp1},
            std::move(stop)};
  }

  std::vector<Result<Written>> create(std::span<const Creation> creations, Attempt attempt, std::stop_token stop);
  Result<Written> apply(const SeriesChange& change, Attempt attempt, std::stop_token stop);
  Status remove(std::span<const SeriesPart> parts, std::stop_token stop);
  std::vector<Result<Saved>> strip(std::span<const Saved> items, std::stop_token stop);

  /// The occurrences that are items of their own.
  std::vector<EventTime> held(std::span<const SeriesPart> parts, const model::Series& series) const {
    std::vector<EventTime> out;
    for (const SeriesPart& part : parts) {
      if (part.occurrence.empty()) continue;
      // An override keeps its very words, a custom zone's among them.
      const auto own = std::find_if(series.overrides.begin(), series.overrides.end(), [&](const model::Event& event) {
        return event.recurrence_id && to_string(*event.recurrence_id) == part.occurrence;
      });
      if (own != series.overrides.end())
        out.push_back(*own->recurrence_id);
      else if (auto time = occurrence_from(part.occurrence, *connection_.options().zones, series.zones))
        out.push_back(std::move(*time));
    }
    return out;
  }

  Connection& connection_;
  Mailbox mailbox_;
  FolderId folder_;
  WriterOptions options_;
};

std::vector<Result<Written>> ExchangeWriter::Impl::create(std::span<const Creation> creations, Attempt attempt,
                                                          std::stop_token stop) {
  const WritingPlace here = place(stop);
  std::vector<std::unique_ptr<SeriesWriting>> writings;
  std::vector<std::optional<Error>> refused(creations.size());
  wire::Arena arena;
  std::vector<wire::t__CalendarItemType*> items;
  std::vector<SeriesWriting*> together;
  for (std::size_t i = 0; i < creations.size(); ++i) {
    auto plan = mapping::plan_create(here.context, creations[i].series);
    if (!plan) {
      refused[i] = plan.error();
      writings.push_back(nullptr);
      continue;
    }
    writings.push_back(
        std::make_unique<SeriesWriting>(here, creations[i].series, std::move(*plan), creations[i].mark, attempt));
    if (!writings.back()->begins_with_item()) continue;
    auto item = writings.back()->first_item(arena);
    if (item) {
      items.push_back(*item);
      together.push_back(writings.back().get());
    } else {
      refused[i] = item.error();
    }
  }
  auto rows = create_items(connection_, mailbox_, folder_, items, Mail::none, stop);
  for (std::size_t i = 0; i < rows.size(); ++i) together[i]->created(std::move(rows[i]));
  std::vector<Result<Written>> out;
  for (std::size_t i = 0; i < creations.size(); ++i)
    out.push_back(refused[i] ? Result<Written>(*refused[i]) : writings[i]->run());
  return out;
}

Result<Written> ExchangeWriter::Impl::apply(const SeriesChange& change, Attempt attempt, std::stop_token stop) {
  const WritingPlace here = place(std::move(stop));
  const auto parts = held(change.parts, change.before);
  CARAVAN_TRY(plan, mapping::plan_update(here.context, change.before, change.wanted, parts));
  return SeriesWriting(here, change, std::move(plan), attempt).run();
}

Status ExchangeWriter::Impl::remove(std::span<const SeriesPart> parts, std::stop_token stop) {
  std::vector<ItemId> ids;
  for (const SeriesPart& part : parts) ids.push_back(part.item);
  const auto keys = get_keys(connection_, mailbox_, ids, stop);
  std::vector<const Saved*> quiet, told;
  std::vector<Saved> declined;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!keys[i] && keys[i].error().fault == Fault::not_found) continue;
    if (!keys[i]) return keys[i].error();
    if (keys[i]->saved.change_key != parts[i].change_key)
      return make_error(Fault::precondition_failed, "An item in " + mailbox_.address.value + " was changed meanwhile.",
                        "ErrorIrresolvableConflict");
    const bool tells = options_.mail != Mail::none && keys[i]->is_meeting && !keys[i]->is_cancelled;
    if (tells && !keys[i]->is_organizer)
      declined.push_back(keys[i]->saved);
    else
      (tells ? told : quiet).push_back(&keys[i]->saved);
  }
  const auto gone = [](const Error& error) { return error.fault == Fault::not_found; };
  for (const Saved& item : declined) {
    auto done = respond(connection_, mailbox_, item, model::Participation::declined, options_.mail, stop);
    if (!done && !gone(done.error())) return done.error();
  }
  for (const auto& [items, mail] : {std::pair(&quiet, Mail::none), std::pair(&told, options_.mail)})
    for (const Status& done : delete_items(connection_, mailbox_, *items, mail, stop))
      if (!done && !gone(done.error())) return done;
  return {};
}

std::vector<Result<Saved>> ExchangeWriter::Impl::strip(std::span<const Saved> items, std::stop_token stop) {
  wire::Arena arena;
  std::vector<wire::ItemUpdates> updates;
  for (const Saved& item : items) {
    wire::ItemUpdates each{&item, {}};
    for (const auto property : {mapping::OwnProperty::mark, mapping::OwnProperty::kept}) {
      wire::t__DeleteItemFieldType gone;
      gone.ExtendedFieldURI = arena.make<wire::t__PathToExtendedFieldType>(mapping::path_of(property));
      each.updates.DeleteItemField.push_back(gone);
    }
    updates.push_back(std::move(each));
  }
  return update_items(connection_, mailbox_, updates, Mail::none, std::move(stop));
}

ExchangeWriter::ExchangeWriter(Client& client, Mailbox mailbox, FolderId folder, WriterOptions options)
    : impl_(std::make_unique<Impl>(client.connection(), std::move(mailbox), std::move(folder), std::move(options))) {}
ExchangeWriter::~ExchangeWriter() = default;

std::vector<Result<Written>> ExchangeWriter::create(std::span<const Creation> creations, Attempt attempt,
                                                    std::stop_token stop) {
  return impl_->create(creations, attempt, std::move(stop));
}

Result<Written> ExchangeWriter::apply(const SeriesChange& change, Attempt attempt, std::stop_token stop) {
  return impl_->apply(change, attempt, std::move(stop));
}

Status ExchangeWriter::remove(std::span<const SeriesPart> parts, std::stop_token stop) {
  return impl_->remove(parts, std::move(stop));
}

Result<std::vector<Found>> ExchangeWriter::find_by_mark(const std::string& mark, std::stop_token stop) {
  return ews::find_by_mark(impl_->connection_, impl_->mailbox_, impl_->folder_, mark, std::move(stop));
}

Result<std::vector<Found>> ExchangeWriter::find_by_uid(const Uid& uid, std::stop_token stop) {
  return ews::find_by_uid(impl_->connection_, impl_->mailbox_, impl_->folder_, uid, std::move(stop));
}

Result<bool> ExchangeWriter::is_declined(const Uid& uid, std::stop_token stop) {
  return ews::is_declined(impl_->connection_, impl_->mailbox_, uid, std::move(stop));
}

std::vector<Result<Saved>> ExchangeWriter::strip(std::span<const Saved> items, std::stop_token stop) {
  return impl_->strip(items, std::move(stop));
}

model::Series ExchangeWriter::fold(const model::Series& agreed, std::span<const SeriesPart> held,
                                   std::span<const model::Series> parts) const {
  const WritingPlace here = impl_->place({});
  return mapping::fold(here.context, agreed, impl_->held(held, agreed), parts);
}

namespace {

std::vector<std::string> texts_of(const mapping::WritePlan& plan) {
  std::vector<std::string> out;
  for (const auto& step : plan.steps) out.push_back(to_string(step));
  return out;
}

}  // namespace

Result<std::vector<std::string>> ExchangeWriter::steps(const model::Series& series) const {
  CARAVAN_TRY(plan, mapping::plan_create(impl_->place({}).context, series));
  return texts_of(plan);
}

Result<std::vector<std::string>> ExchangeWriter::steps(const SeriesChange& change) const {
  const WritingPlace here = impl_->place({});
  const auto parts = impl_->held(change.parts, change.before);
  CARAVAN_TRY(plan, mapping::plan_update(here.context, change.before, change.wanted, parts));
  return texts_of(plan);
}

}  // namespace caravan::ews
