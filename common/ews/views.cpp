// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/views.hpp"

#include <algorithm>
#include <unordered_set>

#include "ews/mapping/context.hpp"
#include "ews/mapping/time.hpp"
#include "ews/response_codes.hpp"
#include "ews/wire/requests.hpp"
#include "util/text.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr auto kLongestWindow = std::chrono::hours(24 * 365);  // the server allows two years (ews-facts 4.3)
constexpr auto kShortestWindow = std::chrono::hours(1);
constexpr int kMostRows = 1000;  // EWSFindCountLimit

Error missing(const char* operation, const Mailbox& mailbox) {
  return make_error(Fault::malformed, Connection::where(operation, mailbox) + ": the answer is incomplete.", kBadXml);
}

const m__FindItemResponseMessageType* find_message(const s__BodyType& body) {
  const auto* response = body.m__FindItemResponse;
  if (response == nullptr || response->ResponseMessages.FindItemResponseMessage.size() != 1) return nullptr;
  return &response->ResponseMessages.FindItemResponseMessage.front();
}

Occurrence::Kind kind_of(const std::string* type) {
  if (type == nullptr) return Occurrence::Kind::unknown;
  if (*type == "Single") return Occurrence::Kind::single;
  if (*type == "Occurrence") return Occurrence::Kind::occurrence;
  if (*type == "Exception") return Occurrence::Kind::exception;
  return Occurrence::Kind::unknown;
}

Result<Occurrence> occurrence_of(t__CalendarItemType& item, const std::string& where) {
  Occurrence row;
  const auto start = item.Start != nullptr ? mapping::parse_time(*item.Start) : std::nullopt;
  const auto end = item.End != nullptr ? mapping::parse_time(*item.End) : std::nullopt;
  if (!start || !end) return make_error(Fault::malformed, where + ": a row without start or end.", "BadTime");
  row.start = *start;
  row.end = *end;
  if (item.UID != nullptr) row.uid = Uid(std::move(*item.UID));
  if (item.Subject != nullptr) row.summary = text::sanitize(*item.Subject);
  if (item.ItemId != nullptr) row.item = ItemId(std::move(item.ItemId->Id));
  row.kind = kind_of(item.CalendarItemType);
  row.all_day = mapping::is_true(item.IsAllDayEvent);
  return row;
}

/// One window; `full` where the server cut the list short.
Result<std::vector<Occurrence>> window(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                       Instant from, Instant until, bool& full, std::stop_token stop) {
  constexpr const char* kOperation = "FindItem";
  const std::string where = Connection::where(kOperation, mailbox);
  CARAVAN_TRY(answer, connection.call(
                          kOperation, mailbox,
                          [&](Arena& arena, Schema, s__BodyType& body) {
                            wire::calendar_view(arena, body, folder, from, until, kMostRows);
                          },
                          [&](const s__BodyType& body) -> Status {
                            const auto* message = find_message(body);
                            if (message == nullptr) return missing(kOperation, mailbox);
                            if (auto error = Connection::message_error(*message, where)) return *error;
                            return {};
                          },
                          BadXml::ask_again, stop));
  std::vector<Occurrence> rows;
  const t__ItemPage* page = find_message(*answer.body)->RootFolder;
  if (page == nullptr) return missing(kOperation, mailbox);
  if (page->Items != nullptr)
    for (auto* item : page->Items->CalendarItem) {
      CARAVAN_TRY(row, occurrence_of(*item, where));
      rows.push_back(std::move(row));
    }
  full = mapping::read_bool(page->IncludesLastItemInRange) == false || rows.size() >= kMostRows;
  return rows;
}

ResolvedName name_of(t__ResolutionType& resolution) {
  ResolvedName name;
  const t__EmailAddressType& mailbox = resolution.Mailbox;
  if (mailbox.Name != nullptr) name.name = *mailbox.Name;
  if (mailbox.MailboxType != nullptr) name.mailbox_type = *mailbox.MailboxType;
  const bool smtp = mailbox.RoutingType == nullptr || text::equal_ignoring_case(*mailbox.RoutingType, "SMTP");
  if (mailbox.EmailAddress != nullptr && smtp) name.address = text::lower(text::trim(*mailbox.EmailAddress));
  if (resolution.Contact == nullptr || resolution.Contact->EmailAddresses == nullptr) return name;
  for (const auto& entry : resolution.Contact->EmailAddresses->Entry) {
    std::string address(text::trim(entry.__item));
    const bool primary = address.starts_with("SMTP:");  // capitals: the primary one (ews-facts 11.2)
    address = text::lower(address);
    if (address.starts_with("smtp:")) address.erase(0, 5);
    if (address.find('@') == std::string::npos || address.find(':') != std::string::npos) continue;
    if (name.address.empty() || (primary && name.address.find('@') == std::string::npos)) name.address = address;
    if (address != name.address) name.aliases.push_back(std::move(address));
  }
  return name;
}

const m__ResolveNamesResponseMessageType* resolve_message(const s__BodyType& body) {
  const auto* response = body.m__ResolveNamesResponse;
  if (response == nullptr || response->ResponseMessages.ResolveNamesResponseMessage.empty()) return nullptr;
  return &response->ResponseMessages.ResolveNamesResponseMessage.front();
}

}  // namespace

Result<std::vector<Occurrence>> calendar_view(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                              Instant from, Instant until, std::stop_token stop) {
  std::vector<Occurrence> all;
  std::unordered_set<std::string> seen;  // what overlaps the border of two windows stands in both
  std::chrono::seconds size = kLongestWindow;
  while (from < until) {
    const Instant end = std::min(until, from + size);
    bool full = false;
    CARAVAN_TRY(rows, window(connection, mailbox, folder, from, end, full, stop));
    if (full && size > kShortestWindow) {
      size = std::max<std::chrono::seconds>(size / 2, kShortestWindow);
      continue;
    }
    if (full)
      return make_error(Fault::unsupported,
                        Connection::where("FindItem", mailbox) + ": more than " + std::to_string(kMostRows) +
                            " entries within an hour.",
                        "TooMany");
    for (Occurrence& row : rows) {
      const std::string key = row.item.value + '|' + std::to_string(row.start.time_since_epoch().count());
      if (seen.insert(key).second) all.push_back(std::move(row));
    }
    from = end;
    if (rows.size() < kMostRows / 4) size = std::min<std::chrono::seconds>(size * 2, kLongestWindow);
  }
  return all;
}

Result<std::vector<ResolvedName>> resolve_names(Connection& connection, const Mailbox& mailbox,
                                                const std::string& entry, std::stop_token stop) {
  constexpr const char* kOperation = "ResolveNames";
  auto answer = connection.call(
      kOperation, mailbox, [&](Arena& arena, Schema, s__BodyType& body) { wire::resolve_names(arena, body, entry); },
      [&](const s__BodyType& body) -> Status {
        const auto* message = resolve_message(body);
        if (message == nullptr) return missing(kOperation, mailbox);
        if (auto error = Connection::message_error(*message, Connection::where(kOperation, mailbox))) return *error;
        return {};
      },
      BadXml::ask_again, stop);
  std::vector<ResolvedName> names;
  if (!answer) {
    if (answer.error().code == "ErrorNameResolutionNoResults") return names;
    return std::move(answer).error();
  }
  if (auto* set = resolve_message(*answer->body)->ResolutionSet)
    for (auto& resolution : set->Resolution) names.push_back(name_of(resolution));
  return names;
}

Result<std::string> resolve_legacy_address(Connection& connection, const Mailbox& mailbox, const std::string& legacy_dn,
                                           std::stop_token stop) {
  if (auto known = connection.session().resolved(legacy_dn)) return *known;
  CARAVAN_TRY(names, resolve_names(connection, mailbox, legacy_dn, std::move(stop)));
  std::string address;
  for (const ResolvedName& name : names)
    if (address.empty() && name.address.find('@') != std::string::npos) address = name.address;
  connection.session().set_resolved(legacy_dn, address);
  return address;
}

}  // namespace caravan::ews
