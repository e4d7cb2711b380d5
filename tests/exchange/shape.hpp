// SPDX-License-Identifier: GPL-3.0-or-later
// Which properties of an item a request asks for (ItemShape), and the writing of calendar items in
// the order of the schema's ItemType and CalendarItemType.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "extended.hpp"
#include "model.hpp"
#include "world.hpp"
#include "xml_reader.hpp"
#include "xml_writer.hpp"

namespace exchange_sim {

enum class BaseShape { id_only, default_, all };
enum class BodyWish { best, html, text };

struct Shape {
  BaseShape base = BaseShape::id_only;
  BodyWish body = BodyWish::best;
  BodyWish normalized_body = BodyWish::html;
  std::set<std::string, std::less<>> fields;  ///< FieldURIs without their prefix, such as "Subject"
  std::vector<ExtendedField> extended;
  bool bodies_allowed = true;  ///< SyncFolderItems and FindItem never return bodies or people

  bool wants(std::string_view field) const;
  static Shape read(const Node& shape_node);
};

std::string item_id_of(const Mailbox& mailbox, const View& view);
void write_item_id(XmlWriter& out, const Mailbox& mailbox, const View& view);
/// "t:CalendarItem", or the element of a meeting message.
std::string_view element_of(const CalendarItem& item);
/// A calendar item or a meeting message.
void write_calendar_item(XmlWriter& out, const Mailbox& mailbox, const View& view, const Shape& shape);
void write_zone(XmlWriter& out, std::string_view name, const Zone& zone, Instant near, bool full);
void write_mailbox(XmlWriter& out, std::string_view name, const Person& person);
void write_recurrence(XmlWriter& out, const CalendarItem& master);
/// "+01:00", or "Z" where the offset is zero.
std::string offset_text(const Zone& zone, Instant instant);
void write_attachments(XmlWriter& out, const Mailbox& mailbox, const View& view);
}  // namespace exchange_sim
