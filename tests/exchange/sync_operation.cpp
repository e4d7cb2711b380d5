// SPDX-License-Identifier: GPL-3.0-or-later
// SyncFolderItems: the first walk lists the folder newest first, later ones follow its journal. A state
// may be replayed any number of times (ews-facts 4.1).
#include <algorithm>
#include <cstdlib>

#include "soap.hpp"

namespace exchange_sim {
namespace {

struct Changes {
  XmlWriter& out;
  Mailbox& mailbox;
  const Shape& shape;
  int left;

  void put(std::string_view element, const CalendarItem& item) {
    out.open(element);
    write_calendar_item(out, mailbox, view_of(item), shape);
    out.close();
    --left;
  }
  void put_delete(std::uint64_t number) {
    out.open("t:Delete");
    out.empty("t:ItemId", {{"Id", encode_id({IdKind::item, mailbox.index, number, 0, false, 0})},
                           {"ChangeKey", encode_change_key(mailbox.index, 1)}});
    out.close();
    --left;
  }
};

void list(const Folder& folder, SyncState& state, Changes& changes) {
  auto at = folder.items.lower_bound(state.cursor);
  while (changes.left > 0 && at != folder.items.begin()) {
    --at;
    state.cursor = *at;
    auto trace = folder.traces.find(*at);
    bool came_later = trace != folder.traces.end() && trace->second.created >= state.walk_end;
    if (!came_later) changes.put("t:Create", *changes.mailbox.item(*at));
  }
  if (at == folder.items.begin()) state.listing = false;
}

/// Reports each item once per walk: at its last entry before the walk's end.
void follow(const Folder& folder, SyncState& state, Changes& changes) {
  for (; state.position < state.walk_end && changes.left > 0; ++state.position) {
    const auto& entry = folder.journal[state.position];
    if (entry.next < state.walk_end) continue;
    const auto& trace = folder.traces.at(entry.item);
    bool new_here = trace.created >= state.base;
    if (folder.items.contains(entry.item)) {
      changes.put(new_here ? "t:Create" : "t:Update", *changes.mailbox.item(entry.item));
    } else if (trace.first_created < state.base) {
      changes.put_delete(entry.item);
    }
  }
}

SyncState start_state(const Folder& folder, const Mailbox& mailbox, const std::string& text, bool fail) {
  SyncState state;
  if (text.empty()) {
    state.mailbox = mailbox.index;
    state.folder = folder.number;
    state.epoch = folder.epoch;
    state.walk_end = folder.journal.size();
    state.position = state.walk_end;
    state.listing = true;
    state.cursor = kNoEntry;
    return state;
  }
  auto read = decode_sync_state(text);
  bool valid = !fail && read && !read->hierarchy && read->mailbox == mailbox.index && read->folder == folder.number &&
               read->epoch == folder.epoch && read->walk_end <= folder.journal.size();
  if (!valid)
    throw ItemError{"ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid."};
  state = *read;
  if (!state.listing && state.position >= state.walk_end) {
    state.base = state.walk_end;
    state.position = state.walk_end;
    state.walk_end = folder.journal.size();
  }
  return state;
}

}  // namespace

void sync_folder_items(Call& call, const Node& request, XmlWriter& out) {
  auto shape = Shape::read(request.child("ItemShape"));
  shape.bodies_allowed = false;
  int most = std::atoi(request.text("MaxChangesReturned").c_str());
  open_response(out, "SyncFolderItems");
  respond(out, "m:SyncFolderItemsResponseMessage", "", [&] {
    if (most < 1 || most > 512)
      throw ItemError{"ErrorInvalidArgument", "MaxChangesReturned must be between 1 and 512."};
    FolderPlace place{};
    try {
      place = find_folder(call, request.child("SyncFolderId").first());
    } catch (const ItemError& error) {
      if (error.code != "ErrorFolderNotFound") throw;
      throw ItemError{"ErrorSyncFolderNotFound", error.message};
    }
    std::lock_guard lock(place.mailbox->mutex);
    const auto& folder = *place.mailbox->folder(place.folder);
    auto state = start_state(folder, *place.mailbox, request.text("SyncState"), call.invalid_sync_state);
    XmlWriter collected;
    Changes changes{collected, *place.mailbox, shape, most};
    if (state.listing)
      list(folder, state, changes);
    else
      follow(folder, state, changes);
    bool last = !state.listing && state.position >= state.walk_end && state.walk_end == folder.journal.size();
    out.text("m:SyncState", encode_sync_state(state));
    out.boolean("m:IncludesLastItemInRange", last);
    out.open("m:Changes");
    out.raw(collected.take().back().text);
    out.close();
  });
  close_response(out);
}

}  // namespace exchange_sim
