// SPDX-License-Identifier: GPL-3.0-or-later
// GetFolder, FindFolder, CreateFolder and SyncFolderHierarchy.
#include <algorithm>

#include "bytes.hpp"
#include "soap.hpp"

namespace exchange_sim {
namespace {

std::string_view element_of(const Folder& folder) {
  if (folder.is_calendar()) return "t:CalendarFolder";
  if (folder.folder_class == "IPF.Contact") return "t:ContactsFolder";
  if (folder.folder_class == "IPF.Task") return "t:TasksFolder";
  return "t:Folder";
}

int child_count(const Mailbox& mailbox, const Folder& folder) {
  int count = 0;
  for (const auto& [number, other] : mailbox.folders) count += other.parent == folder.number ? 1 : 0;
  return count;
}

void write_rights(XmlWriter& out) {
  out.open("t:EffectiveRights");
  for (const char* name : {"t:CreateAssociated", "t:CreateContents", "t:CreateHierarchy", "t:Delete", "t:Modify",
                           "t:Read", "t:ViewPrivateItems"}) {
    out.boolean(name, true);
  }
  out.close();
}

bool is_below(const Mailbox& mailbox, const Folder& folder, std::uint32_t ancestor, bool deep) {
  if (folder.parent == ancestor) return true;
  if (!deep || folder.parent == 0) return false;
  auto parent = mailbox.folders.find(folder.parent);
  return parent != mailbox.folders.end() && is_below(mailbox, parent->second, ancestor, deep);
}

std::string field_text(const Folder& folder, const Node& path) {
  auto uri = path.attribute("FieldURI");
  if (uri == "folder:FolderClass") return folder.folder_class;
  if (uri == "folder:DisplayName") return folder.display_name;
  if (path.name() == "ExtendedFieldURI" && ExtendedField::read(path).key() == "tag:4340") return "false";
  return {};
}

bool matches(const Folder& folder, const Node& condition) {
  auto name = condition.name();
  auto parts = condition.children();
  if (name == "And")
    return std::all_of(parts.begin(), parts.end(), [&](const Node& part) { return matches(folder, part); });
  if (name == "Or")
    return std::any_of(parts.begin(), parts.end(), [&](const Node& part) { return matches(folder, part); });
  if (name == "Not") return !matches(folder, condition.first());
  auto value = field_text(folder, condition.first());
  if (name == "Contains") {
    auto wanted = condition.child("Constant").attribute("Value");
    auto mode = condition.attribute("ContainmentMode");
    if (condition.attribute("ContainmentComparison").find("IgnoreCase") != std::string::npos) {
      value = to_lower(value);
      wanted = to_lower(wanted);
    }
    if (mode == "Prefixed") return value.starts_with(wanted);
    if (mode == "FullString") return value == wanted;
    return value.find(wanted) != std::string::npos;
  }
  auto wanted = condition.child("FieldURIOrConstant").child("Constant").attribute("Value");
  if (name == "IsEqualTo") return value == wanted;
  if (name == "IsNotEqualTo") return value != wanted;
  if (name == "Exists") return !value.empty();
  throw ItemError{"ErrorUnsupportedPathForQuery",
                  "The restriction " + std::string(name) + " is not supported on folders."};
}

}  // namespace

void write_folder_id(XmlWriter& out, const Mailbox& mailbox, const Folder& folder, std::string_view name) {
  out.empty(name, {{"Id", encode_id({IdKind::folder, mailbox.index, folder.number, 0, false, 0})},
                   {"ChangeKey", encode_change_key(mailbox.index, folder.change, true)}});
}

void write_folder(XmlWriter& out, const Mailbox& mailbox, const Folder& folder, const Shape& shape) {
  bool all = shape.base != BaseShape::id_only;
  auto wants = [&](std::string_view field) { return all || shape.fields.contains(field); };
  out.open(element_of(folder));
  write_folder_id(out, mailbox, folder);
  if (wants("ParentFolderId")) {
    auto parent = mailbox.folders.find(folder.parent);
    if (parent != mailbox.folders.end()) write_folder_id(out, mailbox, parent->second, "t:ParentFolderId");
  }
  if (wants("FolderClass") && !folder.folder_class.empty()) out.text("t:FolderClass", folder.folder_class);
  if (wants("DisplayName")) out.text("t:DisplayName", folder.display_name);
  if (wants("TotalCount")) out.number("t:TotalCount", static_cast<std::int64_t>(folder.items.size()));
  if (wants("ChildFolderCount")) out.number("t:ChildFolderCount", child_count(mailbox, folder));
  for (const auto& field : shape.extended) {
    if (field.key() != "tag:4340") continue;
    out.open("t:ExtendedProperty");
    field.write(out);
    out.text("t:Value", "false");
    out.close();
  }
  if (wants("EffectiveRights")) write_rights(out);
  if (shape.fields.contains("DistinguishedFolderId") && !folder.distinguished.empty()) {
    out.text("t:DistinguishedFolderId", folder.distinguished);
  }
  if (!folder.is_calendar() && element_of(folder) == "t:Folder" && wants("UnreadCount")) out.number("t:UnreadCount", 0);
  out.close();
}

void get_folder(Call& call, const Node& request, XmlWriter& out) {
  auto shape = Shape::read(request.child("FolderShape"));
  open_response(out, "GetFolder");
  for (const auto& id : request.child("FolderIds").children()) {
    respond(out, "m:GetFolderResponseMessage", "<m:Folders/>", [&] {
      auto place = find_folder(call, id);
      std::lock_guard lock(place.mailbox->mutex);
      out.open("m:Folders");
      write_folder(out, *place.mailbox, *place.mailbox->folder(place.folder), shape);
      out.close();
    });
  }
  close_response(out);
}

void find_folder_operation(Call& call, const Node& request, XmlWriter& out) {
  auto shape = Shape::read(request.child("FolderShape"));
  bool deep = request.attribute("Traversal") != "Shallow";
  auto view = request.child("IndexedPageFolderView");
  std::size_t offset = std::strtoul(view.attribute("Offset").c_str(), nullptr, 10);
  std::size_t most = view.has_attribute("MaxEntriesReturned")
                         ? std::strtoul(view.attribute("MaxEntriesReturned").c_str(), nullptr, 10)
                         : 1000;
  open_response(out, "FindFolder");
  for (const auto& id : request.child("ParentFolderIds").children()) {
    respond(out, "m:FindFolderResponseMessage", "", [&] {
      auto place = find_folder(call, id);
      std::lock_guard lock(place.mailbox->mutex);
      std::vector<const Folder*> found;
      for (const auto& [number, folder] : place.mailbox->folders) {
        if (!is_below(*place.mailbox, folder, place.folder, deep)) continue;
        auto restriction = request.child("Restriction");
        if (!restriction || matches(folder, restriction.first())) found.push_back(&folder);
      }
      std::size_t from = std::min(offset, found.size());
      std::size_t to = std::min(found.size(), from + most);
      out.open("m:RootFolder", {{"IndexedPagingOffset", std::to_string(to)},
                                {"TotalItemsInView", std::to_string(found.size())},
                                {"IncludesLastItemInRange", to == found.size() ? "true" : "false"}});
      out.open("t:Folders");
      for (std::size_t i = from; i < to; ++i) write_folder(out, *place.mailbox, *found[i], shape);
      out.close();
      out.close();
    });
  }
  close_response(out);
}

void create_folder(Call& call, const Node& request, XmlWriter& out) {
  open_response(out, "CreateFolder");
  for (const auto& folder : request.child("Folders").children()) {
    respond(out, "m:CreateFolderResponseMessage", "<m:Folders/>", [&] {
      auto place = find_folder(call, request.child("ParentFolderId").first());
      std::lock_guard lock(place.mailbox->mutex);
      auto name = folder.text("DisplayName");
      auto folder_class = folder.text("FolderClass");
      if (folder_class.empty()) folder_class = folder.name() == "CalendarFolder" ? "IPF.Appointment" : "IPF.Note";
      if (name.empty()) throw ItemError{"ErrorFolderSavePropertyError", "A folder needs a display name."};
      for (const auto& [number, other] : place.mailbox->folders) {
        if (other.parent == place.folder && other.display_name == name) {
          throw ItemError{"ErrorFolderExists", "A folder with the specified name already exists."};
        }
      }
      const auto& made = place.mailbox->add_folder(place.folder, name, folder_class);
      out.open("m:Folders");
      write_folder(out, *place.mailbox, made, Shape());
      out.close();
    });
  }
  close_response(out);
}

void sync_folder_hierarchy(Call& call, const Node& request, XmlWriter& out) {
  auto shape = Shape::read(request.child("FolderShape"));
  open_response(out, "SyncFolderHierarchy");
  respond(out, "m:SyncFolderHierarchyResponseMessage", "", [&] {
    Node root = request.child("SyncFolderId").first();
    FolderPlace place{call.actor, 0};
    if (root) {
      place = find_folder(call, root);
    } else {
      if (call.actor == nullptr) throw ItemError{"ErrorMissingEmailAddress", "The caller has no mailbox."};
      std::lock_guard lock(call.actor->mutex);
      place.folder = call.actor->distinguished("msgfolderroot")->number;
    }
    auto& mailbox = *place.mailbox;
    std::lock_guard lock(mailbox.mutex);
    SyncState state;
    if (auto text = request.text("SyncState"); !text.empty()) {
      auto read = decode_sync_state(text);
      bool valid = read && read->hierarchy && read->mailbox == mailbox.index && read->folder == place.folder &&
                   read->position <= mailbox.folder_journal.size() && !call.invalid_sync_state;
      if (!valid)
        throw ItemError{"ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid."};
      state = *read;
    }
    auto from = state.position;
    state.mailbox = mailbox.index;
    state.folder = place.folder;
    state.hierarchy = true;
    state.position = mailbox.folder_journal.size();
    out.text("m:SyncState", encode_sync_state(state));
    out.boolean("m:IncludesLastFolderInRange", true);
    out.open("m:Changes");
    for (auto i = from; i < mailbox.folder_journal.size(); ++i) {
      const auto* folder = mailbox.folder(mailbox.folder_journal[i].first);
      if (folder == nullptr || !is_below(mailbox, *folder, place.folder, true)) continue;
      out.open("t:Create");
      write_folder(out, mailbox, *folder, shape);
      out.close();
    }
    out.close();
  });
  close_response(out);
}

}  // namespace exchange_sim
