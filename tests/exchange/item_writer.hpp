// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of an item's element in the schema's order; shared by item_writer.cpp and message_writer.cpp only.
#pragma once

#include "shape.hpp"

namespace exchange_sim {

struct ItemWriter {
  XmlWriter& out;
  const Mailbox& mailbox;
  const View& view;
  const Shape& shape;
  const EventContent& content = *view.content;
  const CalendarItem& item = *view.item;

  void item_head();
  void item_tail();
  void calendar_head();
  void people();
  void series();
  void zones_and_rest();
  void message();  ///< of a meeting message (message_writer.cpp)
  void body(std::string_view element, BodyWish wish);
  void attendees(std::string_view name, const std::vector<Attendee>& list);
  void occurrence(std::string_view name, Day day);
  void extended();
  void enhanced_location();

  /// Whether there was something to write.
  bool kept(const std::string& field) {
    auto found = content.kept.find(field);
    if (found == content.kept.end() || !wants(field)) return false;
    out.text("t:" + field, found->second);
    return true;
  }
  bool wants(std::string_view field) const { return shape.wants(field); }
  void text(std::string_view field, std::string_view element, std::string_view value) {
    if (wants(field)) out.text(element, value);
  }
  void flag(std::string_view field, std::string_view element, bool value) {
    if (wants(field)) out.boolean(element, value);
  }
  void time(std::string_view field, std::string_view element, Instant value) {
    if (wants(field)) out.text(element, format_utc(value));
  }
};

}  // namespace exchange_sim
