// SPDX-License-Identifier: GPL-3.0-or-later
#include "store.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>

namespace caldav_fake {
namespace {

/// Logical lines with their folding kept: continuation lines belong to the line before.
std::vector<std::string> logical_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    auto end = text.find('\n', at);
    end = end == std::string::npos ? text.size() : end + 1;
    const std::string line = text.substr(at, end - at);
    if (!lines.empty() && (line.front() == ' ' || line.front() == '\t'))
      lines.back() += line;
    else
      lines.push_back(line);
    at = end;
  }
  return lines;
}

bool is(const std::string& line, std::string_view what) {
  return line.starts_with(what) &&
         (line.size() == what.size() || line[what.size()] == '\r' || line[what.size()] == '\n');
}

}  // namespace

void Collection::touch(const std::string& name) {
  const auto before = sequence_of.find(name);
  if (before != sequence_of.end()) changes.erase(before->second);
  changes[++sequence] = name;
  sequence_of[name] = sequence;
}

std::string uid_in(const std::string& text) {
  for (std::size_t at = text.find("UID"); at != std::string::npos; at = text.find("UID", at + 3)) {
    if ((at != 0 && text[at - 1] != '\n') || (text[at + 3] != ':' && text[at + 3] != ';')) continue;
    std::string uid;
    for (std::size_t i = text.find(':', at) + 1; i != 0 && i < text.size(); ++i) {
      if (text[i] == '\r') continue;
      if (text[i] != '\n') {
        uid += text[i];
      } else if (i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t')) {
        ++i;
      } else {
        break;
      }
    }
    return uid;
  }
  return {};
}

std::map<std::string, std::string> split_by_uid(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> zones;  // TZID, block
  std::map<std::string, std::string> events;
  std::string block;
  std::string kind;
  for (const auto& line : logical_lines(text)) {
    if (kind.empty()) {
      for (const auto* name : {"VTIMEZONE", "VEVENT", "VTODO", "VJOURNAL"})
        if (is(line, std::string("BEGIN:") + name)) kind = name;
      block.clear();
    }
    if (kind.empty()) continue;
    block += line;
    if (!is(line, "END:" + kind)) continue;
    if (kind == "VTIMEZONE") {
      const auto at = block.find("TZID:");
      zones.emplace_back(at == std::string::npos ? "" : block.substr(at + 5, block.find_first_of("\r\n", at) - at - 5),
                         block);
    } else {
      events[uid_in(block)] += block;
    }
    kind.clear();
  }
  for (auto& [uid, body] : events) {
    std::string head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//caldav-fake//EN\r\n";
    for (const auto& [name, zone] : zones)
      if (body.find(name) != std::string::npos) head += zone;
    body = head + body + "END:VCALENDAR\r\n";
  }
  return events;
}

std::string rewritten(const std::string& text) {
  std::string out;
  std::vector<std::string> properties;
  int depth = 0;  // below VEVENT
  bool in_event = false;
  for (auto line : logical_lines(text)) {
    if (is(line, "BEGIN:VEVENT")) {
      in_event = true;
      depth = 0;
      out += line;
      properties.clear();
      continue;
    }
    if (in_event && depth == 0 && !line.starts_with("BEGIN:") && !is(line, "END:VEVENT")) {
      if (line.starts_with("DTSTAMP")) line = "DTSTAMP:20200101T000000Z\r\n";
      if (!line.starts_with("X-FAKE-REWRITTEN")) properties.push_back(line);
      continue;
    }
    if (in_event && !properties.empty()) {
      std::reverse(properties.begin(), properties.end());
      for (const auto& property : properties) out += property;
      out += "X-FAKE-REWRITTEN:1\r\n";
      properties.clear();
    }
    if (in_event && line.starts_with("BEGIN:"))
      ++depth;
    else if (in_event && depth > 0 && line.starts_with("END:"))
      --depth;
    else if (is(line, "END:VEVENT"))
      in_event = false;
    out += line;
  }
  return out;
}

Collection* Store::find(const std::string& path) {
  const auto found = collections_.find(path);
  return found == collections_.end() ? nullptr : &found->second;
}

bool Store::make(const std::string& path, bool is_calendar, std::map<std::string, std::string> properties) {
  const auto [made, fresh] = collections_.try_emplace(path);
  if (!fresh) return false;
  made->second.is_calendar = is_calendar;
  made->second.properties = std::move(properties);
  // Tokens of a collection that was removed and made again must not fit.
  made->second.sequence = made->second.oldest_token = (++salt_) * 1'000'000'000;
  return true;
}

bool Store::remove_collection(const std::string& path) {
  const auto from = collections_.lower_bound(path);
  auto to = from;
  while (to != collections_.end() && to->first.starts_with(path)) ++to;
  if (from == to) return false;
  collections_.erase(from, to);
  return true;
}

std::vector<std::string> Store::children(const std::string& path) const {
  std::vector<std::string> found;
  for (auto at = collections_.upper_bound(path); at != collections_.end() && at->first.starts_with(path); ++at)
    if (at->first.find('/', path.size()) == at->first.size() - 1) found.push_back(at->first);
  return found;
}

std::string Store::etag_of(const std::string& text) {
  char etag[40];
  std::snprintf(etag, sizeof etag, "\"%016llx-%zx\"", static_cast<unsigned long long>(std::hash<std::string>{}(text)),
                text.size());
  return etag;
}

PutResult Store::put(Collection& collection, const std::string& name, std::string text, std::string* other_name) {
  if (text.find("BEGIN:VCALENDAR") == std::string::npos || text.find("END:VCALENDAR") == std::string::npos)
    return PutResult::not_calendar;
  const std::string uid = uid_in(text);
  if (uid.empty()) return PutResult::not_calendar;
  if (!nasty_.duplicate_uids) {
    const auto other = collection.name_of_uid.find(uid);
    if (other != collection.name_of_uid.end() && other->second != name) {
      if (other_name != nullptr) *other_name = other->second;
      return PutResult::uid_conflict;
    }
  }
  if (nasty_.rewrite) text = rewritten(text);
  auto [at, fresh] = collection.resources.try_emplace(name);
  Resource& resource = at->second;
  if (!fresh && resource.uid != uid) collection.name_of_uid.erase(resource.uid);
  const std::string etag = etag_of(text);
  const bool changed = fresh || resource.etag != etag;
  resource.etag = etag;
  resource.uid = uid;
  resource.size = text.size();
  if (!nasty_.discard_bodies) resource.text = std::move(text);
  collection.name_of_uid[uid] = name;
  if (changed) collection.touch(name);
  return fresh ? PutResult::created : PutResult::replaced;
}

void Store::remove(Collection& collection, const std::string& name) {
  const auto found = collection.resources.find(name);
  if (found == collection.resources.end()) return;
  collection.name_of_uid.erase(found->second.uid);
  collection.resources.erase(found);
  collection.touch(name);
}

bool Store::fill(const std::string& path, const std::string& text) {
  if (text.find("BEGIN:VCALENDAR") == std::string::npos || text.find("END:VCALENDAR") == std::string::npos)
    return false;
  auto events = split_by_uid(text);
  if (events.contains("")) return false;
  remove_collection(path);
  make(path, true, {});
  for (auto& [uid, body] : events) put(*find(path), uid + ".ics", std::move(body), nullptr);
  return true;
}

void Store::churn(Collection& collection) {
  ++salt_;
  for (auto& [name, resource] : collection.resources) {
    resource.etag = "\"churned-" + std::to_string(salt_) + "-" + resource.etag.substr(1);
    collection.touch(name);
  }
}

std::size_t Store::resource_count() const {
  std::size_t count = 0;
  for (const auto& [path, collection] : collections_) count += collection.resources.size();
  return count;
}

}  // namespace caldav_fake
