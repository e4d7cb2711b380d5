// SPDX-License-Identifier: GPL-3.0-or-later
// How a person wants to be told. What is not set for a person is the configuration's (notify.defaults.*).
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/time.hpp"
#include "notify/telling.hpp"
#include "util/result.hpp"

namespace caravan::notify {

enum class Language : std::uint8_t { english, russian };
enum class ChannelKind : std::uint8_t { mail, chat, webhook };
std::string_view to_string(ChannelKind kind) noexcept;
std::string_view to_string(Language language) noexcept;  ///< "en", "ru"

/// Wall-clock minutes of a day, in the person's zone; `from` > `until` goes over midnight; equal: none.
struct DaySpan {
  std::chrono::minutes from{0}, until{0};
  [[nodiscard]] bool empty() const noexcept { return from == until; }
};

struct Preferences {
  std::set<ChannelKind> channels = {ChannelKind::mail, ChannelKind::chat};  ///< of those configured
  std::set<Kind> kinds = {Kind::added,    Kind::moved,    Kind::changed,  Kind::cancelled,
                          Kind::answered, Kind::reminder, Kind::starting, Kind::summary};
  std::chrono::minutes lead{10};                      ///< of a reminder where the event has no alarm
  std::optional<std::chrono::minutes> daily, weekly;  ///< minute of the day; nothing: no such digest
  model::Weekday weekly_day = model::Weekday::monday;
  std::string zone = "UTC";  ///< IANA
  Language language = Language::english;
  DaySpan quiet;                                                   ///< what is no reminder waits until it is over
  DaySpan working{std::chrono::hours(9), std::chrono::hours(18)};  ///< for `free`
  std::set<model::Weekday> working_days = {model::Weekday::monday, model::Weekday::tuesday, model::Weekday::wednesday,
                                           model::Weekday::thursday, model::Weekday::friday};
  bool chat_status = true;  ///< "In a meeting" while one runs
};

/// One preference as `prefs set` and the chat's `settings` name it.
struct PreferenceName {
  std::string name;     ///< "lead"
  std::string allowed;  ///< "0 to 1440 minutes"
};
const std::vector<PreferenceName>& preference_names();

/// `defaults` with what `text` (JSON, as set() leaves it; empty: nothing) sets.
Result<Preferences> read_preferences(const Preferences& defaults, const std::string& text);
/// Sets one in the JSON text; an empty value goes back to the default. Fault::malformed, with the allowed values as
/// remedy, for an unknown name or a bad value.
Result<std::string> set_preference(const std::string& text, std::string_view name, std::string_view value,
                                   const model::ZoneBook& zones);
/// The value as `set_preference` takes it.
std::string shown_preference(const Preferences& preferences, std::string_view name);

/// The next moment at which the person's wall clock shows `minute_of_day`, later than `after`; in a gap the moment
/// after it. With `day`, on that weekday.
Instant next_at(const Preferences& preferences, std::chrono::minutes minute_of_day, std::optional<model::Weekday> day,
                Instant after, const model::ZoneBook& zones);
/// `at`, or the end of the quiet hours in which it falls.
Instant after_quiet(const Preferences& preferences, Instant at, const model::ZoneBook& zones);

}  // namespace caravan::notify
