// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/finding.hpp"

#include <algorithm>

#include "ews/mapping/attendee.hpp"
#include "ews/mapping/object_id.hpp"
#include "ews/mapping/time.hpp"
#include "ews/mapping/write_event.hpp"
#include "ews/wire/write_requests.hpp"
#include "util/text.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr int kPage = 250;  // EWSFindCountLimit of restricted searches
constexpr std::int64_t kStateCancelled = 4;

Error incomplete(const char* operation, const Mailbox& mailbox) {
  return make_error(Fault::malformed, Connection::where(operation, mailbox) + ": the answer is incomplete.", kBadXml);
}

const m__FindItemResponseMessageType* find_message(const s__BodyType& body) {
  const auto* response = body.m__FindItemResponse;
  if (response == nullptr || response->ResponseMessages.FindItemResponseMessage.size() != 1) return nullptr;
  return &response->ResponseMessages.FindItemResponseMessage.front();
}

struct Page {
  std::vector<Found> rows;
  bool last = true;
};

Result<Page> find_page(Connection& connection, const Mailbox& mailbox, const Connection::Build& build,
                       std::stop_token stop) {
  constexpr const char* kOperation = "FindItem";
  const auto check = [&](const s__BodyType& body) -> Status {
    const auto* message = find_message(body);
    if (message == nullptr) return incomplete(kOperation, mailbox);
    if (auto error = Connection::message_error(*message, Connection::where(kOperation, mailbox))) return *error;
    return {};
  };
  CARAVAN_TRY(answer, connection.call(kOperation, mailbox, build, check, BadXml::ask_again, std::move(stop)));
  const t__ItemPage* found = find_message(*answer.body)->RootFolder;
  if (found == nullptr) return incomplete(kOperation, mailbox);
  Page page;
  page.last = mapping::read_bool(found->IncludesLastItemInRange) != false;
  if (found->Items == nullptr) return page;
  for (const auto* item : found->Items->CalendarItem) {
    if (item->ItemId == nullptr) continue;
    Found row;
    row.item = ItemId(item->ItemId->Id);
    row.change_key = ChangeKey(item->ItemId->ChangeKey);
    if (item->UID != nullptr) row.uid = Uid(*item->UID);
    if (const auto* mark = mapping::value_of(*item, mapping::OwnProperty::mark)) row.mark = *mark;
    row.declined = item->MyResponseType != nullptr && *item->MyResponseType == "Decline";
    if (item->LastModifiedTime != nullptr)
      row.modified = mapping::parse_time(*item->LastModifiedTime).value_or(Instant{});
    page.rows.push_back(std::move(row));
  }
  return page;
}

/// The clean global object ids that a UID may have, as base64.
std::vector<std::string> object_ids(const Uid& uid) {
  std::vector<std::string> ids;
  for (const std::string& blob : mapping::clean_global_object_ids(mapping::uid_for(uid)))
    ids.push_back(text::base64_encode(blob));
  return ids;
}

Result<ItemKey> key_of(m__ItemInfoResponseMessageType& message, const ItemId& asked, const Mailbox& mailbox) {
  if (auto error = Connection::message_error(message, Connection::where("GetItem", mailbox))) return std::move(*error);
  const auto* items = message.Items;
  if (items == nullptr || items->CalendarItem.size() != 1 || items->CalendarItem.front()->ItemId == nullptr)
    return incomplete("GetItem", mailbox);
  const t__CalendarItemType& item = *items->CalendarItem.front();
  if (item.ItemId->Id != asked.value) return incomplete("GetItem", mailbox);
  ItemKey key;
  key.saved = {ItemId(item.ItemId->Id), ChangeKey(item.ItemId->ChangeKey)};
  key.is_meeting = mapping::is_meeting(item);
  key.is_organizer = !key.is_meeting || mapping::is_organizer(item);
  key.is_cancelled = (mapping::read_number(item.AppointmentState).value_or(0) & kStateCancelled) != 0;
  return key;
}

}  // namespace

Result<std::vector<Found>> find_by_mark(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                        const std::string& mark, std::stop_token stop) {
  std::vector<Found> all;
  for (bool last = false; !last;) {
    const int offset = static_cast<int>(all.size());
    CARAVAN_TRY(page, find_page(
                          connection, mailbox,
                          [&](Arena& arena, Schema, s__BodyType& body) {
                            wire::find_by_mark(arena, body, folder, mark, offset, kPage);
                          },
                          stop));
    last = page.last || page.rows.empty();
    std::move(page.rows.begin(), page.rows.end(), std::back_inserter(all));
  }
  return all;
}

Result<bool> is_declined(Connection& connection, const Mailbox& mailbox, const Uid& uid, std::stop_token stop) {
  const auto ids = object_ids(uid);
  CARAVAN_TRY(page, find_page(
                        connection, mailbox,
                        [&](Arena& arena, Schema, s__BodyType& body) {
                          wire::find_by_object_id(arena, body,
                                                  *connection.distinguished(arena, mailbox, "deleteditems"), ids);
                        },
                        std::move(stop)));
  const auto last = std::max_element(page.rows.begin(), page.rows.end(),
                                     [](const Found& a, const Found& b) { return a.modified < b.modified; });
  return last != page.rows.end() && last->declined;
}

Result<std::vector<Found>> find_by_uid(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                       const Uid& uid, std::stop_token stop) {
  const auto ids = object_ids(uid);
  CARAVAN_TRY(page,
              find_page(
                  connection, mailbox,
                  [&](Arena& arena, Schema, s__BodyType& body) { wire::find_by_object_id(arena, body, folder, ids); },
                  std::move(stop)));
  return std::move(page.rows);
}

std::vector<Result<ItemKey>> get_keys(Connection& connection, const Mailbox& mailbox, std::span<const ItemId> items,
                                      std::stop_token stop) {
  constexpr const char* kOperation = "GetItem";
  std::vector<Result<ItemKey>> out;
  out.reserve(items.size());
  const std::size_t size = connection.options().batch;
  for (std::size_t at = 0; at < items.size(); at += size) {
    const auto some = items.subspan(at, std::min(size, items.size() - at));
    auto answer = connection.call(
        kOperation, mailbox, [&](Arena& arena, Schema, s__BodyType& body) { wire::get_keys(arena, body, some); }, {},
        BadXml::ask_again, stop);
    auto* response = answer ? answer->body->m__GetItemResponse : nullptr;
    const bool paired = response != nullptr && response->ResponseMessages.GetItemResponseMessage.size() == some.size();
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (paired)
        out.push_back(key_of(response->ResponseMessages.GetItemResponseMessage[i], some[i], mailbox));
      else
        out.push_back(answer ? Result<ItemKey>(incomplete(kOperation, mailbox)) : Result<ItemKey>(answer.error()));
    }
  }
  return out;
}

}  // namespace caravan::ews
