// SPDX-License-Identifier: GPL-3.0-or-later
// One SOAP call: who acts, on which mailbox, in which zone; the two kinds of error an operation can
// answer; and the table of operations. Must not know HTTP.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "shape.hpp"
#include "world.hpp"
#include "xml_reader.hpp"
#include "xml_writer.hpp"

namespace exchange_sim {

/// The whole request fails: HTTP 500 with a SOAP fault.
struct SoapFault {
  std::string code;
  std::string message;
  std::optional<long> back_off_ms;
};

/// One response message fails; the others are not touched.
struct ItemError {
  std::string code;
  std::string message;
};

class Notifications;

struct Call {
  World& world;
  Notifications& notifications;
  Mailbox* actor = nullptr;  ///< impersonated or own mailbox; nothing for a service account alone
  const std::map<std::string, std::set<std::string>>& delegates;  ///< owner to delegates, lower case
  ZonePtr context_zone;
  std::string version;
  bool invalid_sync_state = false;              ///< a fault on demand
  bool touch_after = false;                     ///< another
  std::string account = {};                     ///< who logged in
  bool accept_keeps_id = false;                 ///< else an accepted item is made anew
  std::shared_ptr<ResponseStream> stream = {};  ///< set by an operation whose answer goes on

  /// Whether the actor may read and write that mailbox.
  bool may_access(const Mailbox& mailbox) const;
};

using Operation = void (*)(Call&, const Node& request, XmlWriter& out);
/// Nothing for an operation the simulator does not do.
Operation find_operation(const std::string& name);

/// Writes a response message; `body` may throw ItemError, then what it wrote is taken back and the
/// error is written, followed by `error_tail` (elements the schema requires even then).
template <typename Body>
void respond(XmlWriter& out, std::string_view name, std::string_view error_tail, Body body) {
  auto mark = out.mark();
  try {
    out.open(name, {{"ResponseClass", "Success"}});
    out.text("m:ResponseCode", "NoError");
    body();
    out.close();
  } catch (const ItemError& error) {
    out.rollback(mark);
    out.open(name, {{"ResponseClass", "Error"}});
    out.text("m:MessageText", error.message);
    out.text("m:ResponseCode", error.code);
    out.number("m:DescriptiveLinkKey", 0);
    out.raw(error_tail);
    out.close();
  }
}

void open_response(XmlWriter& out, std::string_view operation);
void close_response(XmlWriter& out);

struct FolderPlace {
  Mailbox* mailbox;
  std::uint32_t folder;
};
/// From FolderId or DistinguishedFolderId; throws ItemError.
FolderPlace find_folder(Call& call, const Node& id);

struct ItemPlace {
  Mailbox* mailbox;
  std::uint64_t number;
  std::optional<Day> day;
  std::string change_key;
};
/// From ItemId, OccurrenceItemId or RecurringMasterItemId; locks the mailbox itself; throws ItemError.
ItemPlace find_item(Call& call, const Node& id);
/// The item at that place; call with the mailbox locked; throws ItemError when it is gone.
CalendarItem& item_at(const ItemPlace& place);
View view_at(const ItemPlace& place);

void write_folder(XmlWriter& out, const Mailbox& mailbox, const Folder& folder, const Shape& shape);
void write_folder_id(XmlWriter& out, const Mailbox& mailbox, const Folder& folder,
                     std::string_view name = "t:FolderId");

void get_folder(Call&, const Node&, XmlWriter&);
void find_folder_operation(Call&, const Node&, XmlWriter&);
void create_folder(Call&, const Node&, XmlWriter&);
void sync_folder_hierarchy(Call&, const Node&, XmlWriter&);
void sync_folder_items(Call&, const Node&, XmlWriter&);
void find_items(Call&, const Node&, XmlWriter&);
void get_item(Call&, const Node&, XmlWriter&);
void get_attachment(Call&, const Node&, XmlWriter&);
void create_attachment(Call&, const Node&, XmlWriter&);
void delete_attachment(Call&, const Node&, XmlWriter&);
void create_item(Call&, const Node&, XmlWriter&);
void update_item(Call&, const Node&, XmlWriter&);
/// CreateItem of AcceptItem, TentativelyAcceptItem, DeclineItem, CancelCalendarItem or RemoveItem.
bool is_response_object(std::string_view element);
void create_response_object(Call&, const Node& request, const Node& element, XmlWriter&);
void delete_item(Call&, const Node&, XmlWriter&);
void move_item(Call&, const Node&, XmlWriter&);
void resolve_names(Call&, const Node&, XmlWriter&);
void get_server_time_zones(Call&, const Node&, XmlWriter&);
void convert_id(Call&, const Node&, XmlWriter&);
void get_user_availability(Call&, const Node&, XmlWriter&);
void subscribe(Call&, const Node&, XmlWriter&);
void unsubscribe(Call&, const Node&, XmlWriter&);
void get_events(Call&, const Node&, XmlWriter&);
void get_streaming_events(Call&, const Node&, XmlWriter&);

}  // namespace exchange_sim
