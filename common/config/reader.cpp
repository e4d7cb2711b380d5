// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/reader.hpp"

#include <algorithm>
#include <charconv>

#include "config/secret_source.hpp"
#include "util/text.hpp"

namespace caravan::config {
namespace {

/// Levenshtein, with a swap of neighbours as one step.
std::size_t distance(const std::string& first, const std::string& second) {
  const std::size_t columns = second.size() + 1;
  std::vector<std::size_t> before_last(columns), last(columns), current(columns);
  for (std::size_t j = 0; j < columns; ++j) last[j] = j;
  for (std::size_t i = 1; i <= first.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j < columns; ++j) {
      const std::size_t replace = last[j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replace});
      if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1]) {
        current[j] = std::min(current[j], before_last[j - 2] + 1);
      }
    }
    before_last = std::exchange(last, current);
  }
  return last[columns - 1];
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 4) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t away = distance(word, candidate);
    if (away < best_distance) {
      best = candidate;
      best_distance = away;
    }
  }
  return best;
}

bool parse_duration(std::string_view text, std::chrono::seconds& out) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || number < 0 || number > 1'000'000'000 || end + 1 != text.data() + text.size())
    return false;
  switch (*end) {
    case 's':
      out = std::chrono::seconds(number);
      return true;
    case 'm':
      out = std::chrono::minutes(number);
      return true;
    case 'h':
      out = std::chrono::hours(number);
      return true;
    case 'd':
      out = std::chrono::days(number);
      return true;
    default:
      return false;
  }
}

std::string format_duration(std::chrono::seconds duration, std::int64_t unit) {
  const std::int64_t count = duration.count();
  if (unit >= 86400 || (count >= 86400 && count % 86400 == 0)) return std::to_string(count / 86400) + "d";
  if (count >= 3600 && count % 3600 == 0) return std::to_string(count / 3600) + "h";
  if (count >= 60 && count % 60 == 0) return std::to_string(count / 60) + "m";
  return std::to_string(count) + "s";
}

const Entry* Reader::take(const std::string& key, const std::string& fallback, const std::string& allowed) {
  keys_.push_back({key, fallback, allowed});
  asked_.insert(key);
  const auto at = document_.find(key);
  return at == document_.end() ? nullptr : &at->second;
}

void Reader::wrong(const std::string& key, const std::string& allowed) {
  problem(key, key + " has a value that is not allowed here; allowed: " + allowed);
}

void Reader::text(const std::string& key, std::string& out, const std::string& allowed) {
  const Entry* entry = take(key, out.empty() ? "" : quoted(out), allowed);
  if (entry == nullptr) return;
  if (const auto* value = std::get_if<std::string>(&entry->value)) {
    out = *value;
  } else {
    wrong(key, allowed + ", in quotes");
  }
}

void Reader::texts(const std::string& key, std::vector<std::string>& out, const std::string& allowed) {
  const Entry* entry = take(key, "", allowed);
  if (entry == nullptr) return;
  if (const auto* value = std::get_if<Entry::Texts>(&entry->value)) {
    out = *value;
  } else {
    wrong(key, allowed + ", each in quotes, in brackets");
  }
}

void Reader::flag(const std::string& key, bool& out) {
  const Entry* entry = take(key, out ? "true" : "false", "true | false");
  if (entry == nullptr) return;
  if (const auto* value = std::get_if<bool>(&entry->value)) {
    out = *value;
  } else {
    wrong(key, "true | false, without quotes");
  }
}

void Reader::integer(const std::string& key, std::int64_t& out, std::int64_t least, std::int64_t most) {
  const std::string allowed = std::to_string(least) + " to " + std::to_string(most);
  const Entry* entry = take(key, std::to_string(out), allowed);
  if (entry == nullptr) return;
  const auto* value = std::get_if<std::int64_t>(&entry->value);
  if (value != nullptr && *value >= least && *value <= most) {
    out = *value;
  } else {
    wrong(key, allowed + ", without quotes");
  }
}

void Reader::span(const std::string& key, std::chrono::seconds& out, std::chrono::seconds least,
                  std::chrono::seconds most, std::int64_t unit) {
  const std::string allowed = format_duration(least, unit) + " to " + format_duration(most, unit);
  const Entry* entry = take(key, quoted(format_duration(out, unit)), allowed);
  if (entry == nullptr) return;
  std::chrono::seconds value{};
  const auto* given = std::get_if<std::string>(&entry->value);
  if (given != nullptr && parse_duration(*given, value) && value >= least && value <= most &&
      value.count() % unit == 0) {
    out = value;
  } else {
    wrong(key, allowed + (unit >= 86400 ? ", in quotes, in days (\"90d\")"
                                        : ", in quotes, with a unit: s, m, h or d (\"15m\")"));
  }
}

std::string Reader::one_of(const std::string& key, const std::string& fallback, const std::vector<std::string>& names) {
  const std::string allowed = text::join(names, " | ");
  const Entry* entry = take(key, fallback.empty() ? "" : quoted(fallback), allowed);
  if (entry == nullptr) return {};
  const auto* value = std::get_if<std::string>(&entry->value);
  if (value == nullptr) {
    wrong(key, allowed + ", in quotes");
    return {};
  }
  if (std::find(names.begin(), names.end(), *value) != names.end()) return *value;
  const std::string meant = nearest(*value, names);
  problem(key, key + " = " + quoted(*value) + " is not allowed; allowed: " + allowed +
                   (meant.empty() ? "" : "; did you mean " + quoted(meant) + "?"));
  return {};
}

bool Reader::has_secret(const std::string& key) const {
  return has(key) || has(key + "_file") || has(key + "_env") || has(key + "_sealed");
}

void Reader::secret(const std::string& key, Secret& out, const std::string& fallback, Sealing sealing) {
  std::string direct = fallback, file, variable, name;
  text(key, direct);
  text(key + "_file", file, "path of a file that only its owner can read");
  text(key + "_env", variable, "name of an environment variable");
  if (sealing == Sealing::allowed) text(key + "_sealed", name, "name of a sealed secret");
  if (opener_) {
    auto opened = opener_(key);
    if (!opened) problem_without_place(key + "_sealed: " + opened.error().what);
    if (opened && !opened->empty()) out = std::move(*opened);
    return;
  }
  std::vector<std::string> given;
  for (const char* form : {"", "_file", "_env", "_sealed"})
    if (has(key + form)) given.push_back(key + form);
  if (given.empty()) return;
  if (given.size() > 1)
    return problem(given.back(),
                   "give one of " + key + ", " + key + "_file, " + key + "_env and " + key + "_sealed, not several");
  if (has(key)) out = Secret(std::move(direct));
  if (!name.empty()) sealed_[key] = name;
  if (has(key + "_file") || has(key + "_env")) {
    auto read = has(key + "_file") ? read_secret_file(file) : read_secret_environment(variable);
    if (read) {
      out = std::move(*read);
    } else {
      problem(given.front(), given.front() + ": " + read.error().what +
                                 (read.error().remedy.empty() ? "" : "; " + read.error().remedy));
    }
  }
}

void Reader::problem(const std::string& key, const std::string& what) {
  const auto at = document_.find(key);
  if (at == document_.end()) return problem_without_place(what);
  problems_.push_back(name_ + ":" + std::to_string(at->second.line) + ":" + std::to_string(at->second.column) + ": " +
                      what);
}

void Reader::problem_without_place(const std::string& what) { problems_.push_back(name_ + ": " + what); }

void Reader::refuse_unknown() {
  std::vector<std::string> names, tables;
  for (const std::string& key : asked_) {
    names.push_back(key);
    for (auto dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1))
      tables.push_back(key.substr(0, dot));
  }
  std::sort(tables.begin(), tables.end());
  tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
  const auto known = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const auto& [key, entry] : document_) {
    const bool table = std::holds_alternative<Entry::Table>(entry.value);
    if (table ? known(tables, key) : known(names, key)) continue;
    const auto dot = key.rfind('.');
    if (dot != std::string::npos && !known(tables, key.substr(0, dot))) continue;  // its table is reported already
    if (!table && known(tables, key)) {
      problem(key, key + " is a table: write [" + key + "]");
      continue;
    }
    const std::string meant = nearest(key, table ? tables : names);
    std::string near;  // the neighbours that are allowed here, where nothing is close
    if (meant.empty() && dot != std::string::npos) {
      for (const std::string& name : names) {
        if (name.starts_with(key.substr(0, dot + 1))) near += (near.empty() ? "" : ", ") + name.substr(dot + 1);
      }
    } else if (meant.empty()) {
      near = text::join(tables, ", ");
    }
    problem(key, std::string("unknown ") + (table ? "table [" + key + "]" : "key " + key) +
                     (meant.empty() ? "" : "; did you mean " + meant + "?") +
                     (near.empty() ? "" : "; allowed: " + near));
  }
}

}  // namespace caravan::config
