// SPDX-License-Identifier: GPL-3.0-or-later
// Takes keys out of a Document one by one, with checks; what no one asked for is unknown. The calls are at the same
// time the list of keys: known_keys() reads an empty document.
#pragma once
#include <chrono>
#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/document.hpp"

namespace caravan::config {

/// Whether a secret may come from the store.
enum class Sealing : std::uint8_t { allowed, refused };

class Reader {
 public:
  /// What a sealed key holds; an empty secret leaves it as it is.
  using Opener = std::function<Result<Secret>(const std::string& key)>;
  Reader(const Document& document, std::string name, Opener opener = {})
      : document_(document), name_(std::move(name)), opener_(std::move(opener)) {}

  /// Leaves `out` (the default) alone where the key is absent. `allowed` is for the documentation.
  void text(const std::string& key, std::string& out, const std::string& allowed = "text");
  void texts(const std::string& key, std::vector<std::string>& out, const std::string& allowed);
  void flag(const std::string& key, bool& out);
  template <class Number>
  void number(const std::string& key, Number& out, std::int64_t least, std::int64_t most) {
    std::int64_t value = static_cast<std::int64_t>(out);
    integer(key, value, least, most);
    out = static_cast<Number>(value);
  }
  /// "90s", "15m", "2h", "30d".
  template <class Duration>
  void duration(const std::string& key, Duration& out, std::chrono::seconds least, std::chrono::seconds most) {
    std::chrono::seconds value = out;
    span(key, value, least, most, Duration::period::num);
    out = std::chrono::duration_cast<Duration>(value);
  }
  template <class Choice>
  void choice(const std::string& key, Choice& out, std::initializer_list<std::pair<const char*, Choice>> choices) {
    std::vector<std::string> names;
    std::string fallback;
    for (const auto& [name, value] : choices) {
      names.emplace_back(name);
      if (value == out) fallback = name;
    }
    const std::string taken = one_of(key, fallback, names);
    for (const auto& [name, value] : choices) {
      if (taken == name) out = value;
    }
  }
  /// A choice without a default.
  template <class Choice>
  void choice(const std::string& key, std::optional<Choice>& out,
              std::initializer_list<std::pair<const char*, Choice>> choices) {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) names.emplace_back(name);
    const std::string taken = one_of(key, "", names);
    for (const auto& [name, value] : choices) {
      if (taken == name) out = value;
    }
  }
  /// KEY, KEY_file, KEY_env or KEY_sealed: at most one of them. A sealed one stays empty here (see sealed()).
  /// `fallback` is for the documentation: `out` stays empty without a key.
  void secret(const std::string& key, Secret& out, const std::string& fallback = {},
              Sealing sealing = Sealing::allowed);
  /// Key -> name of the secret, of those that are given as KEY_sealed.
  [[nodiscard]] const std::map<std::string, std::string>& sealed() const { return sealed_; }

  [[nodiscard]] bool has(const std::string& key) const { return document_.contains(key); }
  /// Whether the secret is given in any of its forms.
  [[nodiscard]] bool has_secret(const std::string& key) const;
  /// Adds a problem at the key's place.
  void problem(const std::string& key, const std::string& what);
  void problem_without_place(const std::string& what);
  /// Call last: every key that nothing asked for becomes a problem.
  void refuse_unknown();

  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }

 private:
  const Entry* take(const std::string& key, const std::string& fallback, const std::string& allowed);
  void integer(const std::string& key, std::int64_t& out, std::int64_t least, std::int64_t most);
  void span(const std::string& key, std::chrono::seconds& out, std::chrono::seconds least, std::chrono::seconds most,
            std::int64_t unit);
  std::string one_of(const std::string& key, const std::string& fallback, const std::vector<std::string>& names);
  void wrong(const std::string& key, const std::string& allowed);

  const Document& document_;
  std::string name_;
  std::vector<std::string> problems_;
  std::vector<Key> keys_;
  std::set<std::string> asked_;
  Opener opener_;
  std::map<std::string, std::string> sealed_;
};

/// The candidate that a misspelt word most likely meant; empty: none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

/// "15m" to seconds; false where it is none.
bool parse_duration(std::string_view text, std::chrono::seconds& out);
std::string format_duration(std::chrono::seconds duration, std::int64_t unit);

}  // namespace caravan::config
