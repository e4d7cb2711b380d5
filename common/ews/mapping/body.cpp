// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/body.hpp"

#include "model/html_text.hpp"
#include "util/text.hpp"

namespace caravan::ews::mapping {
namespace {

void trim_end(std::string& text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  text.resize(last == std::string::npos ? 0 : last + 1);
}

/// LF line ends without a copy where there is no CR, as after an XML parser.
std::string tidy(std::string text) {
  if (text.find('\r') != std::string::npos) text = text::unix_line_ends(text);
  trim_end(text);
  return text;
}

bool shows_something(std::string_view html) {
  for (const std::string_view tag : {"<img", "<IMG", "<table", "<TABLE", "<hr", "<HR"})
    if (html.find(tag) != std::string_view::npos) return true;
  return false;
}

}  // namespace

void read_body(Context& context, wire::t__CalendarItemType& item, model::Event& event) {
  wire::t__BodyType* body = item.Body;
  if (body == nullptr) {
    if (item.TextBody != nullptr) event.description = tidy(context.take(&item.TextBody->__item, "TextBody"));
    return;
  }
  if (is_true(body->IsTruncated)) context.lose(model::LossReason::body_unreadable, "truncated by the server");
  if (body->BodyType != "HTML") {
    event.description = tidy(context.take(&body->__item, "Body"));
    return;
  }
  event.html = tidy(context.take(&body->__item, "Body"));
  if (item.TextBody != nullptr)
    event.description = tidy(context.take(&item.TextBody->__item, "TextBody"));
  else if (!event.html.empty())
    event.description = model::html_to_text(event.html);
  if (event.description.empty() && !shows_something(event.html)) event.html.clear();
}

}  // namespace caravan::ews::mapping
