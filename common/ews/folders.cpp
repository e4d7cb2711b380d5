// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/folders.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "ews/mapping/context.hpp"
#include "ews/response_codes.hpp"
#include "ews/wire/requests.hpp"
#include "util/text.hpp"

namespace caravan::ews {
namespace {

using namespace wire;  // NOLINT: the generated names

constexpr int kFolderPage = 200;  // below the find-count limit with a restriction (ews-facts 10.1)
constexpr int kMostFolders = 20000;

Error incomplete(const char* operation, const Mailbox& mailbox) {
  return make_error(Fault::malformed, Connection::where(operation, mailbox) + ": the answer is incomplete.", kBadXml);
}

bool is_calendar(const t__FolderType& folder) {
  return folder.FolderId != nullptr && folder.FolderClass != nullptr && *folder.FolderClass == "IPF.Appointment";
}

bool is_hidden(const t__FolderType& folder) {
  return std::any_of(folder.ExtendedProperty.begin(), folder.ExtendedProperty.end(),
                     [](const t__ExtendedPropertyType& property) { return mapping::is_true(property.Value); });
}

/// Calendars that Exchange fills by itself (ews-facts 3.1). They have no class of their own on every version.
bool is_generated(const t__FolderType& folder) {
  const auto known = [](const std::string* id) { return id != nullptr && (*id == "birthdays" || *id == "holidays"); };
  if (known(folder.DistinguishedFolderId)) return true;
  const std::string name = folder.DisplayName != nullptr ? text::lower(*folder.DisplayName) : std::string();
  return name == "birthdays" || name == "geburtstage" || name == "holidays" || name.ends_with(" holidays") ||
         name.starts_with("feiertage") || name == "calendar logging";
}

CalendarFolder folder_of(const t__FolderType& folder, bool is_default) {
  CalendarFolder row;
  row.id = FolderId(folder.FolderId->Id);
  row.name = folder.DisplayName != nullptr ? text::sanitize(*folder.DisplayName) : std::string();
  row.is_default = is_default;
  row.total_count = mapping::read_number(folder.TotalCount).value_or(0);
  return row;
}

/// GetFolder of the default calendar: the answer and the folder in it.
struct DefaultCalendar {
  Answer answer;
  const t__FolderType* folder = nullptr;
};
Result<DefaultCalendar> default_calendar(Connection& connection, const Mailbox& mailbox, std::stop_token stop) {
  constexpr const char* kOperation = "GetFolder";
  DefaultCalendar found;
  const auto folder_in = [](const s__BodyType& body) -> const t__FolderType* {
    const auto* response = body.m__GetFolderResponse;
    if (response == nullptr || response->ResponseMessages.GetFolderResponseMessage.size() != 1) return nullptr;
    const auto* folders = response->ResponseMessages.GetFolderResponseMessage.front().Folders;
    if (folders == nullptr) return nullptr;
    if (!folders->CalendarFolder.empty()) return &folders->CalendarFolder.front();
    return folders->Folder.empty() ? nullptr : &folders->Folder.front();
  };
  CARAVAN_TRY(
      answer,
      connection.call(
          kOperation, mailbox,
          [&](Arena& arena, Schema, s__BodyType& body) {
            t__DistinguishedFolderIdType* calendar = connection.distinguished(arena, mailbox, "calendar");
            get_folder(arena, body, std::span(&calendar, 1));
          },
          [&](const s__BodyType& body) -> Status {
            const auto* response = body.m__GetFolderResponse;
            if (response == nullptr || response->ResponseMessages.GetFolderResponseMessage.size() != 1)
              return incomplete(kOperation, mailbox);
            if (auto error = Connection::message_error(response->ResponseMessages.GetFolderResponseMessage.front(),
                                                       Connection::where(kOperation, mailbox)))
              return *error;
            const t__FolderType* folder = folder_in(body);
            if (folder == nullptr || folder->FolderId == nullptr) return incomplete(kOperation, mailbox);
            return {};
          },
          BadXml::ask_again, stop));
  found.answer = std::move(answer);
  found.folder = folder_in(*found.answer.body);
  return found;
}

const m__FindFolderResponseMessageType* find_message(const s__BodyType& body) {
  const auto* response = body.m__FindFolderResponse;
  if (response == nullptr || response->ResponseMessages.FindFolderResponseMessage.size() != 1) return nullptr;
  return &response->ResponseMessages.FindFolderResponseMessage.front();
}

/// Every calendar folder below `root`, page by page.
using Visit = std::function<void(const t__FolderType&)>;
Status each_calendar(Connection& connection, const Mailbox& mailbox, const char* root, const Visit& visit,
                     std::stop_token stop) {
  constexpr const char* kOperation = "FindFolder";
  for (int offset = 0; offset < kMostFolders;) {
    CARAVAN_TRY(answer,
                connection.call(
                    kOperation, mailbox,
                    [&](Arena& arena, Schema, s__BodyType& body) {
                      find_calendars(arena, body, *connection.distinguished(arena, mailbox, root), offset, kFolderPage);
                    },
                    [&](const s__BodyType& body) -> Status {
                      const auto* message = find_message(body);
                      if (message == nullptr) return incomplete(kOperation, mailbox);
                      if (auto error = Connection::message_error(*message, Connection::where(kOperation, mailbox)))
                        return *error;
                      if (message->RootFolder == nullptr) return incomplete(kOperation, mailbox);
                      return {};
                    },
                    BadXml::ask_again, stop));
    const t__FolderPage& page = *find_message(*answer.body)->RootFolder;
    int count = 0;
    if (page.Folders != nullptr)
      for (const auto* list : {&page.Folders->CalendarFolder, &page.Folders->Folder})
        for (const t__FolderType& folder : *list) ++count, visit(folder);
    const auto next = mapping::read_number(page.IndexedPagingOffset);
    if (mapping::is_true(page.IncludesLastItemInRange) || count == 0) return {};
    offset = next && *next > offset ? static_cast<int>(std::min<std::int64_t>(*next, kMostFolders)) : offset + count;
  }
  return {};
}

/// The item's id where it is a calendar item; nullptr where it is something else that lies in the folder.
const t__ItemIdType* calendar_item(const t__CreateOrUpdate& change) {
  return change.CalendarItem != nullptr ? change.CalendarItem->ItemId : nullptr;
}

void add_changes(const std::vector<t__CreateOrUpdate>& from, ChangeKind kind, ChangePage& page) {
  for (const auto& change : from) {
    const t__ItemIdType* id = calendar_item(change);
    if (id == nullptr)
      ++page.ignored;
    else
      page.changes.push_back({kind, ItemId(id->Id), ChangeKey(id->ChangeKey)});
  }
}

const m__SyncFolderItemsResponseMessageType* sync_message(const s__BodyType& body) {
  const auto* response = body.m__SyncFolderItemsResponse;
  if (response == nullptr || response->ResponseMessages.SyncFolderItemsResponseMessage.size() != 1) return nullptr;
  return &response->ResponseMessages.SyncFolderItemsResponseMessage.front();
}

}  // namespace

Result<std::vector<CalendarFolder>> calendar_folders(Connection& connection, const Mailbox& mailbox, FolderScope scope,
                                                     std::stop_token stop) {
  CARAVAN_TRY(main, default_calendar(connection, mailbox, stop));
  std::vector<CalendarFolder> folders;
  folders.push_back(folder_of(*main.folder, true));
  if (scope == FolderScope::default_only) return folders;
  const std::string root = main.folder->ParentFolderId != nullptr ? main.folder->ParentFolderId->Id : std::string();
  bool elsewhere = false;  // below another folder, which may be Deleted Items
  CARAVAN_CHECK(each_calendar(
      connection, mailbox, "msgfolderroot",
      [&](const t__FolderType& folder) {
        if (!is_calendar(folder) || is_hidden(folder) || is_generated(folder)) return;
        if (folder.FolderId->Id == folders.front().id.value) return;
        const std::string parent = folder.ParentFolderId != nullptr ? folder.ParentFolderId->Id : std::string();
        if (parent != root && parent != folders.front().id.value) elsewhere = true;
        folders.push_back(folder_of(folder, false));
      },
      stop));
  if (!elsewhere) return folders;
  std::unordered_set<std::string> deleted;
  CARAVAN_CHECK(each_calendar(
      connection, mailbox, "deleteditems",
      [&](const t__FolderType& folder) {
        if (folder.FolderId != nullptr) deleted.insert(folder.FolderId->Id);
      },
      stop));
  std::erase_if(folders, [&](const CalendarFolder& folder) { return deleted.count(folder.id.value) != 0; });
  return folders;
}

Result<ChangePage> sync_folder_items(Connection& connection, const Mailbox& mailbox, const FolderId& folder,
                                     const SyncState& state, int max_changes, std::stop_token stop) {
  constexpr const char* kOperation = "SyncFolderItems";
  const int most = std::clamp(max_changes, 1, kMaxChanges);
  CARAVAN_TRY(
      answer,
      connection.call(
          kOperation, mailbox,
          [&](Arena& arena, Schema, s__BodyType& body) { wire::sync_folder_items(arena, body, folder, state, most); },
          [&](const s__BodyType& body) -> Status {
            const auto* message = sync_message(body);
            if (message == nullptr) return incomplete(kOperation, mailbox);
            if (auto error = Connection::message_error(*message, Connection::where(kOperation, mailbox))) return *error;
            // Without the new state or the end mark, a listing that was cut short would look complete.
            if (message->SyncState == nullptr || !mapping::read_bool(message->IncludesLastItemInRange))
              return incomplete(kOperation, mailbox);
            return {};
          },
          BadXml::ask_again, stop));
  const auto* message = sync_message(*answer.body);
  ChangePage page;
  page.state = SyncState(*message->SyncState);
  page.includes_last = mapping::is_true(message->IncludesLastItemInRange);
  if (message->Changes == nullptr) return page;
  const t__Changes& changes = *message->Changes;
  page.changes.reserve(changes.Create.size() + changes.Update.size() + changes.Delete.size());
  add_changes(changes.Create, ChangeKind::created, page);
  add_changes(changes.Update, ChangeKind::updated, page);
  for (const auto& gone : changes.Delete)
    page.changes.push_back({ChangeKind::deleted, ItemId(gone.ItemId.Id), ChangeKey()});
  return page;
}

Result<Probe> probe(Connection& connection, const Mailbox& mailbox, std::stop_token stop) {
  CARAVAN_TRY(main, default_calendar(connection, mailbox, stop));
  Probe result;
  const CalendarFolder folder = folder_of(*main.folder, true);
  result.calendar = folder.id;
  result.calendar_name = folder.name;
  result.total_count = folder.total_count;
  result.version = connection.session().version(mailbox.address);
  if (const auto* rights = main.folder->EffectiveRights) {
    result.can_read = mapping::is_true(rights->Read);
    result.can_create = mapping::is_true(rights->CreateContents);
    result.can_modify = mapping::is_true(rights->Modify);
    result.can_delete = mapping::is_true(rights->Delete);
    result.can_view_private = mapping::read_bool(rights->ViewPrivateItems).value_or(result.can_modify);
    if (!result.can_view_private)
      result.warnings.push_back("Private items of " + mailbox.address.value +
                                " are not visible to the account: they would be copied as stubs. Use impersonation.");
  } else {
    result.warnings.emplace_back("The server did not name the account's rights on the calendar.");
  }
  if (result.version.known() && result.version.major < 15)
    result.warnings.push_back("The server is " + to_string(result.version) +
                              ", out of support: texts of HTML bodies and join links are read less exactly.");
  if (std::string warning = endpoint_warning(connection.options().url); !warning.empty())
    result.warnings.push_back(std::move(warning));
  return result;
}

}  // namespace caravan::ews
