// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/writing.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "ews/response_codes.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

using Messages = std::vector<m__ItemInfoResponseMessageType>;

/// One kind of request for a number of rows.
struct Batch {
  const char* operation;
  std::size_t rows = 0;
  /// Fills the request for these rows.
  std::function<void(Arena&, s__BodyType&, std::span<const std::size_t> rows)> build;
  /// The response messages; null where the answer is one to another operation.
  std::function<Messages*(s__BodyType&)> messages;
  /// What one message says for its row.
  std::function<Result<Saved>(m__ItemInfoResponseMessageType&, std::size_t row)> read;
  std::function<const t__TimeZoneDefinitionType*(std::span<const std::size_t> rows)> zone = nullptr;
};

Error unpaired(const Batch& batch, const Mailbox& mailbox) {
  return make_error(Fault::in_doubt, Connection::where(batch.operation, mailbox) + ": the answers can't be told apart.",
                    "NoAnswer", "Nothing needs to be done: what is stored is looked at before anything is repeated.");
}

class Writing {
 public:
  Writing(Connection& connection, const Mailbox& mailbox, const Batch& batch, std::stop_token stop)
      : connection_(connection), mailbox_(mailbox), batch_(batch), stop_(std::move(stop)), results_(batch.rows) {}

  SavedRows run() {
    std::vector<std::size_t> open(batch_.rows);
    std::iota(open.begin(), open.end(), std::size_t{0});
    Connection::Tries tries;
    while (!open.empty()) {
      const std::size_t size = connection_.options().batch;
      for (std::size_t at = 0; at < open.size(); at += size)
        ask(std::span(open).subspan(at, std::min(size, open.size() - at)));
      Error error;
      open = not_begun(error);
      if (open.empty() || !connection_.wait_for_retry(tries, error, stop_)) break;
    }
    SavedRows out;
    out.reserve(results_.size());
    for (auto& result : results_) out.push_back(std::move(*result));
    return out;
  }

 private:
  void ask(std::span<const std::size_t> rows) {
    if (fatal_) return settle_all(rows, *fatal_);
    Sending sending;
    if (batch_.zone) sending.zone = batch_.zone(rows);
    auto answer = connection_.write(
        batch_.operation, mailbox_, [&](Arena& arena, Schema, s__BodyType& body) { batch_.build(arena, body, rows); },
        sending, stop_);
    if (!answer) {
      settle_all(rows, answer.error());
      if (answer.error().fault == Fault::cancelled || answer.error().fault == Fault::denied) fatal_ = answer.error();
      return;
    }
    Messages* messages = batch_.messages(*answer->body);
    if (messages == nullptr || messages->size() != rows.size()) return settle_all(rows, unpaired(batch_, mailbox_));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& message = (*messages)[i];
      if (auto error = Connection::message_error(message, Connection::where(batch_.operation, mailbox_)))
        results_[rows[i]] = Result<Saved>(write_error(std::move(*error)));
      else
        results_[rows[i]] = batch_.read(message, rows[i]);
    }
  }

  void settle_all(std::span<const std::size_t> rows, const Error& error) {
    for (const std::size_t row : rows) results_[row] = Result<Saved>(error);
  }

  /// Rows that the server refused before it began; `error` is the one with the longest wait.
  std::vector<std::size_t> not_begun(Error& error) const {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < results_.size(); ++row) {
      if (*results_[row] || results_[row]->error().fault != Fault::retry_later) continue;
      if (rows.empty() || results_[row]->error().retry_after > error.retry_after) error = results_[row]->error();
      rows.push_back(row);
    }
    return rows;
  }

  Connection& connection_;
  const Mailbox& mailbox_;
  const Batch& batch_;
  std::stop_token stop_;
  std::vector<std::optional<Result<Saved>>> results_;
  std::optional<Error> fatal_;
};

/// The item that a message names; in doubt where it names none: it was saved.
Result<Saved> saved_item(const m__ItemInfoResponseMessageType& message, const Batch& batch, const Mailbox& mailbox) {
  const auto* items = message.Items;
  if (items == nullptr || items->CalendarItem.size() != 1 || items->CalendarItem.front()->ItemId == nullptr)
    return unpaired(batch, mailbox);
  const t__ItemIdType& id = *items->CalendarItem.front()->ItemId;
  return Saved{ItemId(id.Id), ChangeKey(id.ChangeKey)};
}

/// One zone for all, or none.
template <class ZoneOf>
const t__TimeZoneDefinitionType* common_zone(std::span<const std::size_t> rows, ZoneOf zone_of) {
  const t__TimeZoneDefinitionType* zone = nullptr;
  for (const std::size_t row : rows) {
    const t__TimeZoneDefinitionType* own = zone_of(row);
    if (own == nullptr || (zone != nullptr && zone->Id != own->Id)) return nullptr;
    zone = own;
  }
  return zone;
}

const t__TimeZoneDefinitionType* zone_in(const t__Updates& updates) {
  for (const auto& each : updates.SetItemField)
    if (each.CalendarItem != nullptr && each.CalendarItem->StartTimeZone != nullptr)
      return each.CalendarItem->StartTimeZone;
  return nullptr;
}

/// StartTimeZone came with Exchange 2010; without it every series would be in UTC (ews-facts 7.2).
std::optional<Error> too_old(Connection& connection, const Mailbox& mailbox) {
  if (connection.session().schema(mailbox.address) >= Schema::exchange_2010_sp1) return std::nullopt;
  return make_error(Fault::unsupported, "This Exchange server is too old to be written to: it knows no time zones.",
                    "ErrorInvalidServerVersion", "Live sync needs Exchange 2010 SP1 or later; migrating does not.");
}

}  // namespace

SavedRows create_items(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                       std::span<t__CalendarItemType* const> items, Mail mail, std::stop_token stop) {
  if (const auto error = too_old(connection, mailbox)) return SavedRows(items.size(), Result<Saved>(*error));
  Batch batch;
  batch.operation = "CreateItem";
  batch.rows = items.size();
  batch.build = [&](Arena& arena, s__BodyType& body, std::span<const std::size_t> rows) {
    std::vector<t__CalendarItemType*> chosen;
    for (const std::size_t row : rows) chosen.push_back(items[row]);
    wire::create_items(arena, body, folder, chosen, mail);
  };
  batch.messages = [](s__BodyType& body) {
    auto* response = body.m__CreateItemResponse;
    return response == nullptr ? nullptr : &response->ResponseMessages.CreateItemResponseMessage;
  };
  batch.read = [&](m__ItemInfoResponseMessageType& message, std::size_t) {
    return saved_item(message, batch, mailbox);
  };
  batch.zone = [&](std::span<const std::size_t> rows) {
    return common_zone(rows, [&](std::size_t row) { return items[row]->StartTimeZone; });
  };
  return Writing(connection, mailbox, batch, std::move(stop)).run();
}

SavedRows update_items(Connection& connection, const Mailbox& mailbox, std::span<const ItemUpdates> items, Mail mail,
                       std::stop_token stop) {
  if (const auto error = too_old(connection, mailbox)) return SavedRows(items.size(), Result<Saved>(*error));
  Batch batch;
  batch.operation = "UpdateItem";
  batch.rows = items.size();
  batch.build = [&](Arena& arena, s__BodyType& body, std::span<const std::size_t> rows) {
    std::vector<ItemUpdates> chosen;
    for (const std::size_t row : rows) chosen.push_back(items[row]);
    wire::update_items(arena, body, chosen, mail);
  };
  batch.messages = [](s__BodyType& body) {
    auto* response = body.m__UpdateItemResponse;
    return response == nullptr ? nullptr : &response->ResponseMessages.UpdateItemResponseMessage;
  };
  batch.read = [&](m__ItemInfoResponseMessageType& message, std::size_t) {
    return saved_item(message, batch, mailbox);
  };
  batch.zone = [&](std::span<const std::size_t> rows) {
    return common_zone(rows, [&](std::size_t row) { return zone_in(items[row].updates); });
  };
  return Writing(connection, mailbox, batch, std::move(stop)).run();
}

std::vector<Status> delete_items(Connection& connection, const Mailbox& mailbox, std::span<const Saved* const> items,
                                 Mail mail, std::stop_token stop) {
  Batch batch;
  batch.operation = "DeleteItem";
  batch.rows = items.size();
  batch.build = [&](Arena& arena, s__BodyType& body, std::span<const std::size_t> rows) {
    std::vector<const Saved*> chosen;
    for (const std::size_t row : rows) chosen.push_back(items[row]);
    wire::delete_items(arena, body, chosen, mail);
  };
  batch.messages = [](s__BodyType& body) {
    auto* response = body.m__DeleteItemResponse;
    return response == nullptr ? nullptr : &response->ResponseMessages.DeleteItemResponseMessage;
  };
  batch.read = [&](m__ItemInfoResponseMessageType&, std::size_t row) { return Result<Saved>(*items[row]); };
  std::vector<Status> out;
  for (auto& row : Writing(connection, mailbox, batch, std::move(stop)).run())
    out.push_back(row ? Status() : Status(std::move(row).error()));
  return out;
}

Result<Responded> respond(Connection& connection, const Mailbox& mailbox, const Saved& item,
                          model::Participation answer, Mail mail, std::stop_token stop) {
  constexpr const char* kOperation = "CreateItem";
  CARAVAN_TRY(reply,
              connection.write(
                  kOperation, mailbox,
                  [&](Arena& arena, Schema, s__BodyType& body) { wire::respond(arena, body, item, answer, mail); }, {},
                  std::move(stop)));
  const auto* response = reply.body->m__CreateItemResponse;
  if (response == nullptr || response->ResponseMessages.CreateItemResponseMessage.size() != 1)
    return unpaired({.operation = kOperation, .build = {}, .messages = {}, .read = {}}, mailbox);
  const auto& message = response->ResponseMessages.CreateItemResponseMessage.front();
  if (auto error = Connection::message_error(message, Connection::where(kOperation, mailbox)))
    return write_error(std::move(*error));
  Responded out;
  if (message.Items != nullptr && message.Items->CalendarItem.size() == 1 &&
      message.Items->CalendarItem.front()->ItemId != nullptr) {
    const t__ItemIdType& id = *message.Items->CalendarItem.front()->ItemId;
    out.item = Saved{ItemId(id.Id), ChangeKey(id.ChangeKey)};
  }
  return out;
}

}  // namespace caravan::ews
