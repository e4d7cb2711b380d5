// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/traces.hpp"

#include <algorithm>

#include "ical/lines.hpp"
#include "ical/write.hpp"
#include "util/text.hpp"

namespace caravan::ical {
namespace {

struct Trace {
  std::size_t begin = 0, end = 0;
  std::string instead;  ///< empty: the line goes
};

bool is_ours(const std::pair<std::string, std::string>& parameter) {
  return parameter.first == "SCHEDULE-AGENT" && text::equal_ignoring_case(parameter.second, "CLIENT");
}

/// An ORGANIZER or ATTENDEE line that names our agent, without it.
void take_person(std::string_view text, const detail::Span& span, std::vector<Trace>& traces) {
  const auto line = detail::read_line(text, span);
  if (std::none_of(line.parameters.begin(), line.parameters.end(), is_ours)) return;
  std::string kept = line.name;
  for (const auto& parameter : line.parameters)
    if (!is_ours(parameter)) detail::append_parameter(kept, parameter.first, parameter.second);
  Trace trace{span.begin, span.end, {}};
  detail::append_folded(trace.instead, kept + ":" + line.value);
  if (!text.substr(span.begin, span.end - span.begin).ends_with("\r\n"))
    trace.instead = text::unix_line_ends(trace.instead);
  traces.push_back(std::move(trace));
}

void collect(std::string_view text, const detail::Component& component, std::vector<Trace>& traces) {
  for (const auto& span : component.lines) {
    if (span.name == kMarkProperty)
      traces.push_back({span.begin, span.end, {}});
    else if (span.name == "ORGANIZER" || span.name == "ATTENDEE")
      take_person(text, span, traces);
  }
  for (const auto& child : component.children) collect(text, child, traces);
}

}  // namespace

std::string without_traces(std::string_view text) {
  std::vector<Trace> traces;
  collect(text, detail::scan(text), traces);
  std::sort(traces.begin(), traces.end(), [](const Trace& a, const Trace& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t at = 0;
  for (const auto& trace : traces) {
    out.append(text.substr(at, trace.begin - at)).append(trace.instead);
    at = trace.end;
  }
  return out.append(text.substr(at));
}

}  // namespace caravan::ical
