// SPDX-License-Identifier: GPL-3.0-or-later
#include "ical/write.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include "ical/attachment.hpp"
#include "ical/lines.hpp"
#include "ical/patch.hpp"
#include "ical/render.hpp"
#include "ical/values.hpp"
#include "ical/zone_book.hpp"
#include "util/text.hpp"

namespace caravan::ical {
namespace {

/// The zones that the series' times name, with the year of the earliest of them.
void collect(std::map<std::string, int>& zones, const model::EventTime& time) {
  if (time.kind != model::TimeKind::zoned) return;
  const auto at = zones.try_emplace(time.zone, time.wall.year).first;
  at->second = std::min(at->second, static_cast<int>(time.wall.year));
}

std::map<std::string, int> zones_of(const model::Series& series) {
  std::map<std::string, int> zones;
  const auto of_event = [&](const model::Event& event) {
    collect(zones, event.start);
    collect(zones, event.end);
    if (event.recurrence_id) collect(zones, *event.recurrence_id);
  };
  if (series.master) of_event(*series.master);
  for (const auto& event : series.overrides) of_event(event);
  for (const auto* list : {&series.extra_dates, &series.excluded})
    for (const auto& time : *list) collect(zones, time);
  return zones;
}

/// Writes the file's bytes as base64, continuing a line of which `used` octets are written.
Status stream_base64(std::ostream& out, const std::string& path, std::size_t used) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return make_error(Fault::not_found, "The content of an attachment is missing: " + path);
  std::string bytes(48 * 1024, '\0');
  while (file) {
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const std::string digits =
        text::base64_encode(std::string_view(bytes.data(), static_cast<std::size_t>(file.gcount())));
    for (std::string_view rest = digits; !rest.empty();) {
      if (used >= 75) {
        out << "\r\n ";
        used = 1;
      }
      const auto piece = rest.substr(0, 75 - used);
      out << piece;
      used += piece.size();
      rest.remove_prefix(piece.size());
    }
  }
  out << "\r\n";
  if (file.bad()) return make_error(Fault::retry_later, "The content of an attachment can't be read: " + path);
  return {};
}

Status write_inline(std::ostream& out, const model::Attachment& attachment, const std::string& path) {
  std::string head;
  detail::append_folded(head, detail::inline_head(attachment));
  head.resize(head.size() - 2);  // the content goes on in the same line
  const auto fold = head.rfind('\n');
  out << head;
  return stream_base64(out, path, fold == std::string::npos ? head.size() : head.size() - fold - 1);
}

void find_spots(std::string_view text, const detail::Component& component, std::vector<ContentSpot>& out) {
  ParseOptions own;
  own.own_content_references = true;
  for (const auto& span : component.lines) {
    if (span.name != "ATTACH" || span.end - span.begin > 5000) continue;
    std::size_t value_begin = 0;
    const auto head = detail::read_head(text, span, value_begin);
    const auto value = detail::unfold(text.substr(value_begin, span.end - value_begin));
    if (!std::string_view(value).starts_with(detail::kContentScheme) || !head.parameter("ENCODING").empty()) continue;
    auto attachment = detail::read_attachment(text, span, own);
    if (attachment && !attachment->content.empty())
      out.push_back({span.begin, span.end - span.begin, std::move(*attachment)});
  }
  for (const auto& child : component.children) find_spots(text, child, out);
}

}  // namespace

Components components(const model::Series& series, const WriteOptions& options) {
  detail::prepare_libical();
  Components out;
  for (const auto& [zone, year] : zones_of(series)) {
    auto text = vtimezone_text(zone, options.zones_from_year > 0 ? options.zones_from_year : year, series.zones);
    if (!text.empty()) out.zones.emplace(zone, std::move(text));
  }
  bool content = false;
  const auto add = [&](const model::Event& event) {
    out.events += detail::event_text(event, series, options);
    content = content || !event.attachments.empty();
  };
  if (series.master) add(*series.master);
  for (const auto& event : series.overrides) add(event);
  if (content) out.content = content_spots(out.events);
  return out;
}

std::string calendar_header() { return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:" + std::string(kProductId) + "\r\n"; }

std::string calendar_footer() { return "END:VCALENDAR\r\n"; }

std::string calendar_text(const Components& parts) {
  std::string out = calendar_header();
  for (const auto& [zone, text] : parts.zones) out += text;
  out += parts.events;
  return out + calendar_footer();
}

std::string write(const model::Series& series, const WriteOptions& options) {
  return calendar_text(components(series, options));
}

std::vector<ContentSpot> content_spots(std::string_view text) {
  std::vector<ContentSpot> out;
  if (text.find("ATTACH") == std::string_view::npos) return out;
  find_spots(text, detail::scan(text), out);
  std::sort(out.begin(), out.end(), [](const ContentSpot& a, const ContentSpot& b) { return a.offset < b.offset; });
  return out;
}

Status fill_content(std::string_view text, const std::string& path, const ContentPath& content_path) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!out) return make_error(Fault::retry_later, "The spool file can't be written: " + path);
  std::size_t done = 0;
  for (const auto& spot : content_spots(text)) {
    out << text.substr(done, spot.offset - done);
    CARAVAN_TRY(file, content_path(spot.attachment));
    CARAVAN_CHECK(write_inline(out, spot.attachment, file));
    done = spot.offset + spot.length;
  }
  out << text.substr(done);
  out.close();
  if (!out)
    return make_error(Fault::retry_later, "The spool file can't be written: " + path, {}, "Free some disk space.");
  return {};
}

}  // namespace caravan::ical
