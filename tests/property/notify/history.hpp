// SPDX-License-Identifier: GPL-3.0-or-later
// A person's life with one weekly series as flat tables: what each occurrence shows, as it is and as the person
// believes it to be. The tables are kept by the edits themselves, never by comparing series; the same edits make the
// journal that the program reads. The oracle (oracle.hpp) compares the tables.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "notify/differences.hpp"

namespace caravan::notify::test {

inline constexpr const char* kReader = "alice@example.org";
inline constexpr int kGuests = 2;

/// Minutes after the first Monday's midnight, on the wall clock, and a length.
struct Slot {
  std::int64_t start = 0, length = 60;
  friend bool operator==(const Slot&, const Slot&) = default;
};

/// What one occurrence says by itself; nothing: what the series says.
struct Own {
  std::optional<Slot> slot;
  std::optional<int> title, place;
  std::optional<model::Participation> answers[kGuests];
  bool written_out = false;  ///< it has an override, whatever it says
  friend bool operator==(const Own&, const Own&) = default;
};

struct Table {
  bool there = false, called_off = false;
  int count = 8, every = 1, title = 0, place = 0;  ///< `every`: weeks from one occurrence to the next
  Slot first{10 * 60, 60};                         ///< of the series
  bool guest[kGuests] = {true, false};
  model::Participation answers[kGuests] = {};
  std::map<int, Own> own;
  std::set<int> excluded, off;  ///< by EXDATE; by an override with STATUS:CANCELLED

  [[nodiscard]] bool is_live() const { return there && !called_off; }
  [[nodiscard]] bool gives(int week) const { return week % every == 0 && week / every < count; }
  [[nodiscard]] bool is_called_off(int week) const { return excluded.contains(week) || off.contains(week); }
  [[nodiscard]] bool takes_place(int week) const { return gives(week) && !is_called_off(week); }
  /// Where the rule puts it.
  [[nodiscard]] Slot given(int week) const { return {first.start + week * std::int64_t{7 * 24 * 60}, first.length}; }
  /// Forgets what only repeats the series, and what is of weeks that neither this pattern gives nor that of `holds`.
  void tidy(const Table& holds);
  friend bool operator==(const Table&, const Table&) = default;
};

struct Edit {
  enum class What {
    title,
    place,
    move_series,
    length,
    count,
    pattern,  ///< every week or every other; an odd value takes all that single occurrences said along
    occurrence_title,
    occurrence_place,
    occurrence_move,
    occurrence_back,
    write_out,
    exclude,
    take_back,
    call_off_occurrence,
    guest,
    answer,
    occurrence_answer,
    come_or_go,
    call_off,
    other_pair,
    unseen,  ///< alarms, busy, categories: nobody is told
    close,   ///< the window closes
  };
  enum class Who { reader_on_caldav, reader_on_exchange, somebody } who = Who::somebody;
  What what = What::title;
  int week = 0, value = 0;
};

/// What becomes of a series' schedule in one life. Not both: of a series that was moved and got another pattern nobody
/// can say which occurrence is which.
enum class Schedules { move, change_pattern };

class History {
 public:
  /// `mine`: the reader organizes the series; else Bob does, and invites him.
  History(bool mine, Schedules schedules) : mine_(mine), schedules_(schedules) {}
  void take(const Edit& edit);

  Table now, told;          ///< as it is; as the reader believes it to be once he has read what he did himself
  std::vector<Step> steps;  ///< of the open window
  /// The window is closed: what the person is told is what he believes.
  void closed();

  [[nodiscard]] model::Series series(const Table& table) const;
  [[nodiscard]] bool mine() const noexcept { return mine_; }
  [[nodiscard]] static model::EventTime at(std::int64_t minutes);

 private:
  void apply(Table& table, const Edit& edit, bool answers_too) const;
  void follow(const Edit& edit);
  void note(std::optional<model::Series> before, std::optional<model::Series> after, Edit::Who who);
  [[nodiscard]] std::optional<model::Series> held(const Table& table) const;
  bool mine_;
  Schedules schedules_;
  std::string pair_ = "p";
  int unseen_ = 0;
  Table earlier_;                      ///< `now` before the edit
  std::optional<Table> before_going_;  ///< what the reader believed before the series went within this window
};

}  // namespace caravan::notify::test
