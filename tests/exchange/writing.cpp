// SPDX-License-Identifier: GPL-3.0-or-later
// See writing.hpp.
#include "writing.hpp"

#include <algorithm>

namespace exchange_sim {

std::string send_mode(const Node& request, const char* attribute, const char* missing,
                      std::initializer_list<std::string_view> words) {
  auto mode = request.attribute(attribute);
  if (mode.empty()) throw ItemError{missing, std::string(attribute) + " is required for calendar items."};
  if (std::find(words.begin(), words.end(), mode) == words.end()) {
    throw SoapFault{"ErrorSchemaValidation", "The request failed schema validation: " + mode, {}};
  }
  return mode;
}

FolderPlace target_folder(Call& call, const Node& parent, const char* missing_code) {
  try {
    if (parent) return find_folder(call, parent.first());
  } catch (const ItemError& error) {
    if (error.code == "ErrorFolderNotFound") throw ItemError{missing_code, error.message};
    throw;
  }
  if (call.actor == nullptr) throw ItemError{"ErrorMissingEmailAddress", "The caller has no mailbox."};
  std::lock_guard lock(call.actor->mutex);
  return {call.actor, call.actor->calendar().number};
}

int check_change_key(const ItemPlace& place, const View& view, const std::string& resolution,
                     const std::set<std::string>& fields) {
  if (resolution == "AlwaysOverwrite") return 0;
  if (place.change_key.empty()) {
    throw ItemError{"ErrorChangeKeyRequiredForWriteOperations", "The change key is required for this operation."};
  }
  auto key = decode_change_key(place.change_key);
  if (!key) throw ItemError{"ErrorInvalidChangeKey", "The change key is invalid."};
  if (*key == view.change) return 0;
  const auto& item = *view.item;
  bool conflict = resolution != "AutoResolve" || item.whole_change > *key;
  int merged = 0;
  for (const auto& [field, change] : item.field_changes) {
    if (change <= *key) continue;
    ++merged;
    conflict = conflict || fields.contains(field);
  }
  if (conflict) {
    throw ItemError{"ErrorIrresolvableConflict",
                    "The send or update operation could not be performed because the change "
                    "key passed in the request does not match the current change key."};
  }
  return merged;
}

void write_saved_item(XmlWriter& out, const Mailbox& mailbox, const View& view) {
  out.open(element_of(*view.item));
  write_item_id(out, mailbox, view);
  out.close();
}

void write_saved(XmlWriter& out, const Mailbox& mailbox, const View& view) {
  out.open("m:Items");
  write_saved_item(out, mailbox, view);
  out.close();
}

void touch_after(const Call& call, Mailbox& mailbox, CalendarItem& item) {
  if (call.touch_after) mailbox.touch(item, {});
}

}  // namespace exchange_sim
