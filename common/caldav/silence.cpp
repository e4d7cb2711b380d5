// SPDX-License-Identifier: GPL-3.0-or-later
#include "caldav/silence.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "caldav/quirks.hpp"
#include "util/text.hpp"

namespace caravan::caldav {
namespace {

constexpr std::string_view kAgent = ";SCHEDULE-AGENT=CLIENT";
constexpr std::string_view kWas = "X-CARAVAN-WAS";
constexpr std::string_view kWasEtag = "X-CARAVAN-WAS-ETAG";

/// A logical line of the text (RFC 5545 3.1).
struct Line {
  std::string_view raw;  // folds and line end included
  std::string whole;     // unfolded
  std::string name;      // upper case
  std::string inside;    // the innermost component; for BEGIN and END that component itself
};

std::size_t logical_line_end(std::string_view text, std::size_t at) {
  for (;;) {
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
    if (at >= text.size() || (text[at] != ' ' && text[at] != '\t')) return at;
  }
}

std::string unfolded(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\r') continue;
    if (line[i] == '\n')
      ++i;  // and the blank that follows
    else
      out += line[i];
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string name_of(std::string_view whole) { return upper(whole.substr(0, whole.find_first_of(";:"))); }

template <class Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = logical_line_end(text, at);
    Line line;
    line.raw = text.substr(at, end - at);
    at = end;
    line.whole = unfolded(line.raw);
    line.name = name_of(line.whole);
    if (line.name == "BEGIN") open.push_back(upper(text::trim(std::string_view(line.whole).substr(5 + 1))));
    line.inside = open.empty() ? std::string() : open.back();
    if (line.name == "END" && !open.empty()) open.pop_back();
    visit(line);
  }
}

/// Folds at 75 octets; what is folded here is ASCII.
void append_line(std::string& out, std::string_view line) {
  for (std::size_t room = 75; line.size() > room; room = 74) {
    out.append(line.substr(0, room)).append("\r\n ");
    line.remove_prefix(room);
  }
  out.append(line).append("\r\n");
}

/// In base64, because SOGo escapes the semicolons of a property that it does not know.
void append_was(std::string& out, const Line& line) {
  append_line(out, std::string(kWas) + ":" + text::base64_encode(line.whole));
}

bool is_person(const Line& line) { return line.name == "ORGANIZER" || line.name == "ATTENDEE"; }

bool names_an_agent(std::string_view whole) { return text::lower(whole).find(";schedule-agent=") != std::string::npos; }

/// The line with the agent. The rest goes to a continuation line, so that no line grows beyond 75 octets.
void append_silenced(std::string& out, std::string_view raw, std::string_view whole) {
  const std::string_view name = whole.substr(0, whole.find_first_of(";:"));
  if (name.size() == whole.size() || names_an_agent(whole)) {
    out += raw;
    return;
  }
  const std::string_view line_end = raw.ends_with("\r\n") ? "\r\n" : "\n";
  out.append(name).append(kAgent).append(line_end).append(" ");
  if (text::equal_ignoring_case(raw.substr(0, name.size()), name))
    out += raw.substr(name.size());
  else
    out.append(whole.substr(name.size())).append(line_end);  // folded inside the name
}

std::string_view value_of(const Line& line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.whole.size(); ++i) {
    if (line.whole[i] == '"') quoted = !quoted;
    if (line.whole[i] == ':' && !quoted) return text::trim(std::string_view(line.whole).substr(i + 1));
  }
  return {};
}

std::string parameter_of(const Line& line, std::string_view name) {
  const std::string key = ";" + std::string(name) + "=";
  const auto at = upper(line.whole).find(key);
  if (at == std::string::npos) return {};
  const auto from = at + key.size();
  const char stop = from < line.whole.size() && line.whole[from] == '"' ? '"' : '\0';
  const auto begin = stop == '"' ? from + 1 : from;
  const auto end = stop == '"' ? line.whole.find('"', begin) : line.whole.find_first_of(";:", begin);
  return text::lower(line.whole.substr(begin, end == std::string::npos ? end : end - begin));
}

/// What concerns the people, event by event.
std::map<std::string, std::multiset<std::string>> answers_of(std::string_view text) {
  std::map<std::string, std::multiset<std::string>> all;
  std::multiset<std::string> now;
  std::string occurrence;
  for_each_line(text, [&](const Line& line) {
    if (line.inside != "VEVENT") return;
    if (line.name == "BEGIN") {
      now.clear();
      occurrence.clear();
    } else if (line.name == "END") {
      all[occurrence].merge(now);
    } else if (line.name == "RECURRENCE-ID") {
      occurrence = value_of(line);
    } else if (line.name == "EXDATE") {
      for (const auto& date : text::split(value_of(line), ',')) now.insert("-" + std::string(text::trim(date)));
    } else if (line.name == "ORGANIZER") {
      now.insert("o" + text::lower(value_of(line)));
    } else if (line.name == "ATTENDEE") {
      std::string answer = parameter_of(line, "PARTSTAT");
      if (answer.empty()) answer = "needs-action";
      now.insert("a" + text::lower(value_of(line)) + " " + answer + " " + parameter_of(line, "DELEGATED-TO") + " " +
                 parameter_of(line, "DELEGATED-FROM"));
    }
  });
  return all;
}

std::string without(std::string_view text, bool organizer_too) {
  std::string out;
  out.reserve(text.size());
  for_each_line(text, [&](const Line& line) {
    const bool dropped = line.inside == "VEVENT" && (line.name == "ATTENDEE" || (organizer_too && is_person(line)));
    if (!dropped) out += line.raw;
  });
  return out;
}

int number(std::string_view text) {
  int found = 0;
  std::from_chars(text.data(), text.data() + text.size(), found);
  return found;
}

}  // namespace

std::string silenced(std::string_view calendar_text, const Quirks& quirks) {
  if (quirks.silent_by == SilentBy::nature) return std::string(calendar_text);
  std::string out;
  out.reserve(calendar_text.size() + 256);
  for_each_line(calendar_text, [&](const Line& line) {
    if (is_person(line))
      append_silenced(out, line.raw, line.whole);
    else
      out += line.raw;
  });
  return out;
}

bool has_people(std::string_view text) {
  bool found = false;
  for_each_line(text, [&](const Line& line) { found = found || (line.inside == "VEVENT" && is_person(line)); });
  return found;
}

bool answers_differ(std::string_view before, std::string_view after) {
  return (has_people(before) || has_people(after)) && answers_of(before) != answers_of(after);
}

std::string with_crlf(std::string_view text) { return text::replace_all(text::unix_line_ends(text), "\n", "\r\n"); }

bool is_defused(std::string_view text) noexcept { return text.find("\nX-CARAVAN-WAS") != std::string_view::npos; }

std::string defused(std::string_view text, const Etag& etag) {
  std::string out;
  out.reserve(text.size() * 2);
  bool etag_kept = false;
  for_each_line(text, [&](const Line& line) {
    const bool event = line.inside == "VEVENT";
    if (event && (line.name == "DTSTART" || line.name == "DTEND")) {
      append_was(out, line);
      const bool date = value_of(line).size() == 8;
      const std::string_view day = line.name == "DTSTART" ? "20000101" : "20000102";
      out.append(line.name).append(date ? ";VALUE=DATE:" : ":").append(day).append(date ? "\r\n" : "T000000Z\r\n");
      return;
    }
    if (event && (line.name == "RRULE" || line.name == "RDATE" || line.name == "EXRULE")) return append_was(out, line);
    if (line.inside == "VALARM" && line.name == "TRIGGER") {
      append_was(out, line);
      out += "TRIGGER;VALUE=DATE-TIME:20000101T000000Z\r\n";
      return;
    }
    // SOGo changes these on its own with every write.
    if (event && (is_person(line) || line.name == "SEQUENCE" || line.name == "LAST-MODIFIED")) append_was(out, line);
    if (event && is_person(line))
      append_silenced(out, line.raw, line.whole);
    else
      out += line.raw;
    if (event && line.name == "BEGIN" && !etag_kept) {
      append_line(out, std::string(kWasEtag) + ":" + text::base64_encode(etag.value));
      etag_kept = true;
    }
  });
  return out;
}

Restored restored(std::string_view text) {
  Restored result;
  if (!is_defused(text)) {
    result.text = std::string(text);
    return result;
  }
  // First which lines of each component are replaced, then the text without them. Components are counted as they open.
  std::map<std::size_t, std::set<std::string>> replaced;
  const auto walk = [&](const auto& visit) {
    std::vector<std::size_t> open{0};
    std::size_t count = 0;
    for_each_line(text, [&](const Line& line) {
      if (line.name == "BEGIN") open.push_back(++count);
      visit(line, open.back());
      if (line.name == "END" && open.size() > 1) open.pop_back();
    });
  };
  const auto decoded = [](const Line& line) {
    std::string out;
    return text::base64_decode(value_of(line), out) ? out : std::string();
  };
  walk([&](const Line& line, std::size_t component) {
    if (line.name == kWas) replaced[component].insert(name_of(decoded(line)));
    if (line.name == kWasEtag && !result.etag) result.etag = Etag(decoded(line));
  });
  walk([&](const Line& line, std::size_t component) {
    if (line.name == kWasEtag) return;
    if (line.name == kWas) {
      const std::string whole = decoded(line);
      const std::string_view line_end = line.raw.ends_with("\r\n") ? "\r\n" : "\n";
      std::string_view rest = whole;
      for (std::size_t room = 75; rest.size() > room; room = 74) {
        std::size_t cut = room;  // never within a character
        while (cut > 1 && (static_cast<unsigned char>(rest[cut]) & 0xC0U) == 0x80U) --cut;
        result.text.append(rest.substr(0, cut)).append(line_end).append(" ");
        rest.remove_prefix(cut);
      }
      result.text.append(rest).append(line_end);
      return;
    }
    const auto found = replaced.find(component);
    if (found == replaced.end() || !found->second.contains(line.name)) result.text += line.raw;
  });
  return result;
}

std::string without_attendees(std::string_view text) { return without(text, false); }
std::string without_people(std::string_view text) { return without(text, true); }

int highest_sequence(std::string_view text) {
  int highest = 0;
  for_each_line(text, [&](const Line& line) {
    if (line.inside == "VEVENT" && line.name == "SEQUENCE") highest = std::max(highest, number(value_of(line)));
  });
  return highest;
}

std::string with_sequence(std::string_view text, int least) {
  std::string out;
  out.reserve(text.size() + 64);
  int own = 0;
  for_each_line(text, [&](const Line& line) {
    if (line.inside == "VEVENT" && line.name == "BEGIN") own = 0;
    if (line.inside == "VEVENT" && line.name == "SEQUENCE") {
      own = std::max(own, number(value_of(line)));
      return;
    }
    if (line.inside == "VEVENT" && line.name == "END")
      out.append("SEQUENCE:").append(std::to_string(std::max(own, least))).append("\r\n");
    out += line.raw;
  });
  return out;
}

Result<SilencedFile> SilencedFile::make(const std::string& path) {
  SilencedFile made;
  made.path_ = path + ".silenced";
  std::ifstream in(path, std::ios::binary);
  std::ofstream out(made.path_, std::ios::binary | std::ios::trunc);
  std::string physical, logical;
  enum class Kind { unknown, person, other } kind = Kind::unknown;
  const auto flush = [&] {
    if (kind != Kind::other && !logical.empty()) {
      const std::string whole = unfolded(logical);
      const std::string name = name_of(whole);
      std::string written;
      if (name == "ORGANIZER" || name == "ATTENDEE")
        append_silenced(written, logical, whole);
      else
        written = logical;
      out << written;
    }
    logical.clear();
    kind = Kind::unknown;
  };
  while (std::getline(in, physical)) {
    if (!in.eof()) physical += '\n';
    if (!physical.starts_with(' ') && !physical.starts_with('\t')) flush();
    if (kind == Kind::other) {
      out << physical;  // attachments are large, and never kept as a whole
      continue;
    }
    logical += physical;
    if (kind != Kind::unknown) continue;
    const std::string whole = unfolded(logical);
    if (whole.find_first_of(";:") == std::string::npos) continue;
    const std::string name = name_of(whole);
    kind = name == "ORGANIZER" || name == "ATTENDEE" ? Kind::person : Kind::other;
    if (kind == Kind::other) out << logical;
  }
  flush();
  out.close();
  std::error_code problem;
  made.size_ = std::filesystem::file_size(made.path_, problem);
  if (!in.is_open() || in.bad() || !out || problem)
    return make_error(Fault::denied, "The spool file " + path + " could not be copied.", "spool",
                      "Make room where the spool folder is, and check its rights.");
  return made;
}
SilencedFile::SilencedFile(SilencedFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), size_(std::exchange(other.size_, 0)) {}
SilencedFile& SilencedFile::operator=(SilencedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(size_, other.size_);
  return *this;
}
SilencedFile::~SilencedFile() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

}  // namespace caravan::caldav
