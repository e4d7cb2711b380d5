// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/batch.hpp"

#include <algorithm>
#include <optional>

#include "ews/response_codes.hpp"
#include "ews/wire/requests.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr const char* kOperation = "GetItem";

/// What is known of one id so far.
struct Slot {
  const std::string* id = nullptr;
  std::optional<Result<FetchedItem>> result;
  bool alone = false;  // ask for it by itself
  WithBody with_body = WithBody::yes;
};

bool is_calendar_item_error(const Error& error) {
  return error.code == "ErrorItemCorrupt" || error.code == "ErrorContentConversionFailed" ||
         error.code == "ErrorMimeContentConversionFailed" || error.code == "ErrorItemPropertyRequestFailed" ||
         error.code == "ErrorCorruptData" || error.code == kBadXml;
}

class Batches {
 public:
  Batches(Connection& connection, const Mailbox& mailbox, std::stop_token stop)
      : connection_(connection), mailbox_(mailbox), stop_(std::move(stop)) {}

  void run(std::vector<Slot>& slots) {
    Connection::Tries tries;
    while (true) {
      round(slots);
      Error error;
      if (!collect_retries(slots, error)) return;
      if (!connection_.wait_for_retry(tries, error, stop_)) {
        if (error.fault == Fault::cancelled)
          for (Slot* slot : retries_) slot->result = Result<FetchedItem>(error);
        return;
      }
      for (Slot* slot : retries_) slot->result.reset();
    }
  }

 private:
  /// Asks for all that has no result yet, in batches; then, by themselves, for those that a batch could not give.
  void round(std::vector<Slot>& slots) {
    std::vector<Slot*> open;
    for (Slot& slot : slots)
      if (!slot.result && !slot.alone) open.push_back(&slot);
    const std::size_t size = connection_.options().batch;
    for (std::size_t at = 0; at < open.size(); at += size)
      ask(std::span(open).subspan(at, std::min(size, open.size() - at)));
    for (Slot& slot : slots)
      while (!slot.result) {
        Slot* one = &slot;
        slot.alone = true;
        ask(std::span(&one, 1));
      }
  }

  /// One request. Leaves slots without a result where they have to be asked for alone.
  void ask(std::span<Slot* const> slots) {
    if (fatal_) {
      for (Slot* slot : slots) slot->result = Result<FetchedItem>(*fatal_);
      return;
    }
    std::vector<const std::string*> ids;
    for (const Slot* slot : slots) ids.push_back(slot->id);
    const WithBody with_body = slots.size() == 1 ? slots[0]->with_body : WithBody::yes;
    auto answer = connection_.call(
        kOperation, mailbox_,
        [&](Arena& arena, Schema schema, s__BodyType& body) { get_item(arena, schema, body, ids, with_body); }, {},
        BadXml::give_up, stop_);
    if (!answer) {
      request_failed(slots, answer.error());
      return;
    }
    pair_up(slots, std::make_shared<Answer>(std::move(*answer)));
  }

  void request_failed(std::span<Slot* const> slots, const Error& error) {
    if (slots.size() > 1 && (error.code == kBadXml || error.fault == Fault::malformed)) {
      for (Slot* slot : slots) slot->alone = true;  // one poisons the answer for all
      return;
    }
    for (Slot* slot : slots) settle_error(*slot, error);
    if (error.fault == Fault::cancelled || error.fault == Fault::denied) fatal_ = error;
  }

  /// An error for one id; an item that can't be delivered is asked for without its body first.
  void settle_error(Slot& slot, const Error& error) {
    if (is_calendar_item_error(error) && slot.with_body == WithBody::yes) {
      slot.alone = true;
      slot.with_body = WithBody::no;
      return;
    }
    slot.result = Result<FetchedItem>(error);
  }

  void pair_up(std::span<Slot* const> slots, std::shared_ptr<Answer> answer) {
    auto* response = answer->body->m__GetItemResponse;
    if (response == nullptr) {
      request_failed(
          slots,
          make_error(Fault::malformed,
                     Connection::where(kOperation, mailbox_) + ": the answer is one to another operation.", kBadXml));
      return;
    }
    auto& messages = response->ResponseMessages.GetItemResponseMessage;
    if (messages.size() == slots.size() && in_order(slots, messages)) {
      for (std::size_t i = 0; i < slots.size(); ++i) settle(*slots[i], messages[i], answer);
      return;
    }
    // Too few or too many, or shifted: only an item's own id says whose it is. The rest is asked for alone.
    for (Slot* slot : slots)
      for (auto& message : messages)
        if (const auto* item = item_of(message);
            item != nullptr && !slot->result && item->ItemId != nullptr && item->ItemId->Id == *slot->id)
          settle(*slot, message, answer);
    for (Slot* slot : slots)
      if (!slot->result) {
        if (slot->alone)
          slot->result = Result<FetchedItem>(make_error(
              Fault::malformed, Connection::where(kOperation, mailbox_) + ": the server did not answer for an item.",
              "NoAnswer"));
        slot->alone = true;
      }
  }

  static t__CalendarItemType* item_of(m__ItemInfoResponseMessageType& message) {
    if (message.Items == nullptr || message.Items->CalendarItem.size() != 1) return nullptr;
    return message.Items->CalendarItem.front();
  }

  /// False where an item stands in the place of another one that was asked for.
  static bool in_order(std::span<Slot* const> slots, std::vector<m__ItemInfoResponseMessageType>& messages) {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const auto* item = item_of(messages[i]);
      if (item == nullptr || item->ItemId == nullptr || item->ItemId->Id == *slots[i]->id) continue;
      for (const Slot* other : slots)
        if (item->ItemId->Id == *other->id) return false;
    }
    return true;
  }

  void settle(Slot& slot, m__ItemInfoResponseMessageType& message, const std::shared_ptr<Answer>& answer) {
    if (auto error = Connection::message_error(message, Connection::where(kOperation, mailbox_))) {
      settle_error(slot, *error);
      return;
    }
    t__CalendarItemType* item = item_of(message);
    if (item == nullptr) {
      const bool other = message.Items != nullptr && message.Items->CalendarItem.empty();
      slot.result = Result<FetchedItem>(
          make_error(other ? Fault::unsupported : Fault::malformed,
                     Connection::where(kOperation, mailbox_) +
                         (other ? ": the item is no calendar item." : ": the answer holds no item."),
                     other ? "NotACalendarItem" : "NoAnswer"));
      return;
    }
    slot.result = FetchedItem{answer, item, slot.with_body == WithBody::no};
  }

  bool collect_retries(std::vector<Slot>& slots, Error& error) {
    retries_.clear();
    for (Slot& slot : slots) {
      if (!slot.result || *slot.result || slot.result->error().fault != Fault::retry_later) continue;
      // The longest wait that was asked for counts for all.
      if (retries_.empty() || slot.result->error().retry_after > error.retry_after) error = slot.result->error();
      retries_.push_back(&slot);
    }
    return !retries_.empty();
  }

  Connection& connection_;
  const Mailbox& mailbox_;
  std::stop_token stop_;
  std::optional<Error> fatal_;
  std::vector<Slot*> retries_;
};

}  // namespace

std::vector<Result<FetchedItem>> get_items(Connection& connection, const Mailbox& mailbox,
                                           std::span<const std::string* const> ids, std::stop_token stop) {
  std::vector<Slot> slots(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) slots[i].id = ids[i];
  Batches(connection, mailbox, std::move(stop)).run(slots);
  std::vector<Result<FetchedItem>> results;
  results.reserve(slots.size());
  for (Slot& slot : slots) results.push_back(std::move(*slot.result));
  return results;
}

}  // namespace caravan::ews
