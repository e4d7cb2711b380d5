// SPDX-License-Identifier: GPL-3.0-or-later
#include "ews/mapping/vocabulary.hpp"

#include <array>
#include <utility>

namespace caravan::ews::mapping {
namespace {

template <class Value, std::size_t N>
std::optional<Value> lookup(const std::array<std::pair<std::string_view, Value>, N>& table, std::string_view text) {
  for (const auto& [name, value] : table)
    if (name == text) return value;
  return std::nullopt;
}

template <class Value>
using Row = std::pair<std::string_view, Value>;

}  // namespace

std::optional<model::Weekday> weekday_from(std::string_view text) noexcept {
  using enum model::Weekday;
  static constexpr std::array<Row<model::Weekday>, 7> kTable{{{"Monday", monday},
                                                              {"Tuesday", tuesday},
                                                              {"Wednesday", wednesday},
                                                              {"Thursday", thursday},
                                                              {"Friday", friday},
                                                              {"Saturday", saturday},
                                                              {"Sunday", sunday}}};
  return lookup(kTable, text);
}

std::optional<int> month_from(std::string_view text) noexcept {
  static constexpr std::array<Row<int>, 12> kTable{{{"January", 1},
                                                    {"February", 2},
                                                    {"March", 3},
                                                    {"April", 4},
                                                    {"May", 5},
                                                    {"June", 6},
                                                    {"July", 7},
                                                    {"August", 8},
                                                    {"September", 9},
                                                    {"October", 10},
                                                    {"November", 11},
                                                    {"December", 12}}};
  return lookup(kTable, text);
}

std::optional<int> position_from(std::string_view text) noexcept {
  static constexpr std::array<Row<int>, 5> kTable{
      {{"First", 1}, {"Second", 2}, {"Third", 3}, {"Fourth", 4}, {"Last", -1}}};
  return lookup(kTable, text);
}

std::optional<model::BusyStatus> busy_from(std::string_view text) noexcept {
  using enum model::BusyStatus;
  static constexpr std::array<Row<model::BusyStatus>, 5> kTable{{{"Free", free},
                                                                 {"Tentative", tentative},
                                                                 {"Busy", busy},
                                                                 {"OOF", out_of_office},
                                                                 {"WorkingElsewhere", working_elsewhere}}};
  return lookup(kTable, text);
}

std::optional<model::Sensitivity> sensitivity_from(std::string_view text) noexcept {
  using enum model::Sensitivity;
  static constexpr std::array<Row<model::Sensitivity>, 4> kTable{
      {{"Normal", normal}, {"Personal", personal}, {"Private", private_}, {"Confidential", confidential}}};
  return lookup(kTable, text);
}

std::optional<int> priority_from(std::string_view text) noexcept {
  static constexpr std::array<Row<int>, 3> kTable{{{"Low", 9}, {"Normal", 0}, {"High", 1}}};
  return lookup(kTable, text);
}

std::optional<model::Participation> participation_from(std::string_view text) noexcept {
  using enum model::Participation;
  static constexpr std::array<Row<model::Participation>, 6> kTable{{{"Unknown", needs_action},
                                                                    {"NoResponseReceived", needs_action},
                                                                    {"Organizer", accepted},
                                                                    {"Accept", accepted},
                                                                    {"Decline", declined},
                                                                    {"Tentative", tentative}}};
  return lookup(kTable, text);
}

const char* to_text(model::Weekday day) noexcept {
  static constexpr const char* kNames[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};
  return kNames[static_cast<std::size_t>(day) % 7];
}

const char* month_text(int month) noexcept {
  static constexpr const char* kNames[] = {"January", "February", "March",     "April",   "May",      "June",
                                           "July",    "August",   "September", "October", "November", "December"};
  return month >= 1 && month <= 12 ? kNames[month - 1] : kNames[0];
}

const char* position_text(int position) noexcept {
  static constexpr const char* kNames[] = {"First", "Second", "Third", "Fourth"};
  return position >= 1 && position <= 4 ? kNames[position - 1] : "Last";
}

const char* to_text(model::BusyStatus status) noexcept {
  switch (status) {
    case model::BusyStatus::free:
      return "Free";
    case model::BusyStatus::tentative:
      return "Tentative";
    case model::BusyStatus::busy:
      return "Busy";
    case model::BusyStatus::out_of_office:
      return "OOF";
    case model::BusyStatus::working_elsewhere:
      return "WorkingElsewhere";
  }
  return "Busy";
}

const char* to_text(model::Sensitivity sensitivity) noexcept {
  switch (sensitivity) {
    case model::Sensitivity::normal:
      return "Normal";
    case model::Sensitivity::personal:
      return "Personal";
    case model::Sensitivity::private_:
      return "Private";
    case model::Sensitivity::confidential:
      return "Confidential";
  }
  return "Normal";
}

const char* to_text(model::Importance importance) noexcept {
  switch (importance) {
    case model::Importance::low:
      return "Low";
    case model::Importance::normal:
      return "Normal";
    case model::Importance::high:
      return "High";
  }
  return "Normal";
}

}  // namespace caravan::ews::mapping
