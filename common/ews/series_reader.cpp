// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/series_reader.hpp"

#include <algorithm>
#include <optional>

#include "ews/batch.hpp"
#include "ews/mapping/series.hpp"
#include "ews/views.hpp"

namespace caravan::ews {
namespace {

constexpr std::size_t kGroup = 50;  // series whose wire objects are held at once

/// A master, and where its exceptions stand in the list of all exceptions of the group.
struct Row {
  Result<FetchedItem> master;
  std::size_t first = 0, count = 0;
};

const std::vector<wire::t__OccurrenceInfoType>* modified(const FetchedItem& master) {
  if (master.item->Recurrence == nullptr || master.item->ModifiedOccurrences == nullptr) return nullptr;
  return &master.item->ModifiedOccurrences->Occurrence;
}

mapping::Resolver resolver(Connection& connection, const Mailbox& mailbox, const std::stop_token& stop) {
  return [&connection, &mailbox, stop](const std::string& legacy_dn) {
    return resolve_legacy_address(connection, mailbox, legacy_dn, stop);
  };
}

/// Maps one series; an exception that could not be read makes the whole series unreadable: it must not look undone.
Result<Fetched> map_row(Connection& connection, const Mailbox& mailbox, Row& row,
                        std::vector<Result<FetchedItem>>& exceptions, const std::stop_token& stop) {
  if (!row.master) return row.master.error();
  std::vector<mapping::ExceptionItem> parts;
  const auto* infos = modified(*row.master);
  for (std::size_t i = 0; i < row.count; ++i) {
    Result<FetchedItem>& exception = exceptions[row.first + i];
    if (!exception) {
      Error error = exception.error();
      error.what = "A changed occurrence could not be read: " + error.what;
      // The master named it a moment ago, so the series changed under our hands: it is not gone.
      if (error.fault == Fault::not_found) error.fault = Fault::retry_later;
      return error;
    }
    parts.push_back({&(*infos)[i], exception->item, exception->answer->vanished > 0, exception->body_unreadable});
  }
  mapping::Context context{
      *connection.options().zones,         connection.session().zones(),     mailbox,
      resolver(connection, mailbox, stop), row.master->answer->vanished > 0, connection.options().elsewhere.get()};
  Result<Fetched> fetched = mapping::read_series(context, *row.master->item, row.master->body_unreadable, parts);
  if (!fetched) {
    Error error = std::move(fetched).error();
    error.what = "An item in " + mailbox.address.value + ": " + error.what;
    return error;
  }
  return fetched;
}

std::vector<Row> read_masters(Connection& connection, const Mailbox& mailbox, std::span<const ItemId> items,
                              const std::stop_token& stop) {
  std::vector<const std::string*> ids;
  for (const ItemId& item : items) ids.push_back(&item.value);
  std::vector<Row> rows;
  for (auto& master : get_items(connection, mailbox, ids, stop)) rows.push_back({std::move(master)});
  return rows;
}

std::vector<Result<FetchedItem>> read_exceptions(Connection& connection, const Mailbox& mailbox, std::vector<Row>& rows,
                                                 const std::stop_token& stop) {
  std::vector<const std::string*> ids;
  for (Row& row : rows) {
    if (!row.master) continue;
    const auto* infos = modified(*row.master);
    if (infos == nullptr) continue;
    row.first = ids.size();
    row.count = infos->size();
    for (const auto& info : *infos) ids.push_back(&info.ItemId.Id);
  }
  if (ids.empty()) return {};
  return get_items(connection, mailbox, ids, stop);
}

void read_group(Connection& connection, const Mailbox& mailbox, std::span<const ItemId> items,
                const std::stop_token& stop, FetchedSeries& out, bool again) {
  std::vector<Row> rows = read_masters(connection, mailbox, items, stop);
  std::vector<Result<FetchedItem>> exceptions = read_exceptions(connection, mailbox, rows, stop);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Result<Fetched> fetched = map_row(connection, mailbox, rows[i], exceptions, stop);
    const bool moved = !fetched && rows[i].master && fetched.error().code == "ErrorItemNotFound";
    if (moved && again) {
      read_group(connection, mailbox, items.subspan(i, 1), stop, out, false);
      continue;
    }
    if (moved) {  // twice the same: no race, but a series that Exchange itself can't show whole
      Error error = fetched.error();
      error.fault = Fault::malformed;
      fetched = Result<Fetched>(std::move(error));
    }
    out.emplace_back(items[i], std::move(fetched));
  }
}

}  // namespace

FetchedSeries get_series(Connection& connection, const Mailbox& mailbox, std::span<const ItemId> items,
                         std::stop_token stop) {
  FetchedSeries out;
  out.reserve(items.size());
  for (std::size_t at = 0; at < items.size(); at += kGroup)
    read_group(connection, mailbox, items.subspan(at, std::min(kGroup, items.size() - at)), stop, out, true);
  return out;
}

}  // namespace caravan::ews
