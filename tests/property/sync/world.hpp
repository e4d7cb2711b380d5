// SPDX-License-Identifier: GPL-3.0-or-later
// A world of two stores, their users and a syncer that may crash, be refused, see nothing of a side, or overlook a
// change. Both stores rewrite what they get: Exchange drops what it can't hold and takes answers only as answers,
// CalDAV adds properties of its own. Every edit leaves a word that is found nowhere else, so that a lost edit is a word
// that is found nowhere; answers have no words, and are followed one by one.
#pragma once
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "sync/rebase.hpp"
#include "sync/reconcile.hpp"

namespace caravan::sync::test {

/// One thing that happens.
struct Step {
  enum class What {
    edit_title,
    edit_place,
    edit_body,
    edit_categories,
    edit_alarm,
    edit_priority,
    edit_extra,
    add_attendee,
    remove_attendee,
    edit_override,
    mark_occurrence,  ///< a category on one occurrence
    exclude,
    include,
    move_series,
    change_pattern,
    answer,
    answer_occurrence,
    guest_answers,
    call_off,             ///< or on again
    call_off_occurrence,  ///< or on again
    organizer_updates,    ///< on Exchange: a new title, and everybody is asked again
    delete_series,
    create_series,
    wait,
    pass,
    pass_exchange_unknown,
    pass_caldav_unknown,
    pass_crashes,
    pass_is_raced,
  } what = What::pass;
  Side side = Side::exchange;
  int detail = 0;  ///< which week, which answer, which crash point
};
std::ostream& operator<<(std::ostream& out, const Step& step);

/// Whose calendar the world looks at, and what the series is to its owner.
enum class Scene { appointment, organizer, attendee, room };

class World {
 public:
  World(Policy policy, Scene scene, bool recurring, bool alias_names);

  /// Lets a step happen; what it decided is checked at once, see `broken`.
  void take(const Step& step);
  /// Passes without edits until nothing is written any more; false after 12 passes.
  bool settle();
  /// One pass over everything; the number of writes.
  int pass();

  /// Words of edits that nobody replaced and that are neither on the copies that must show them nor in a losing copy.
  [[nodiscard]] std::vector<std::string> lost() const;
  /// The same of the owner's answers.
  [[nodiscard]] std::vector<std::string> lost_answers() const;
  /// Both sides hold the series and mean the same, or neither holds it, or it is declined or called off.
  [[nodiscard]] bool converged() const;
  [[nodiscard]] std::string describe() const;

  std::string broken;  ///< the first invariant of a single decision that did not hold
  int mails = 0;       ///< writes that let their side send

 private:
  enum class Crash { never, before_write, after_first_write, before_commit };
  struct Store {
    std::optional<Copy> copy;
  };
  struct Given {
    Side side;
    int week;  ///< 0: the series
    model::Participation answer;
  };
  /// A write that crashed, rolled forward before anything else (decisions.md 4).
  struct Intent {
    Decision decision;
    std::size_t next = 0;  ///< the first action that was not carried out
    std::optional<Copy> exchange, caldav;
  };

  // world_edits.cpp
  void edit(const Step& step);
  void edit_series(const Step& step, model::Series& series);
  void edit_occurrence(const Step& step, model::Series& series);
  void call_off(const Step& step, model::Series& series);
  void call_off_occurrence(const Step& step, model::Series& series);
  void answer(const Step& step);
  void organizer_updates();
  void decline_on_exchange();
  void record(Side side, int week, model::Participation answer);
  void forget_answers(Side side, const model::Series& seen, std::optional<int> week);
  void keep(Side side, model::Series series);
  void supersede(const std::string& text);
  std::string word();

  int run(const Observed& exchange, const Observed& caldav, Crash crash, const Step* race);
  void check(const Decision& decision, const Observed& exchange, const Observed& caldav);
  [[nodiscard]] Base base_after(const Decision& decision, const std::optional<Copy>& exchange,
                                const std::optional<Copy>& caldav) const;
  bool carry_out(const Action& action, bool first_on_side);
  void respond(const Respond& respond);
  void roll_forward();
  void store(Side side, model::Series series);
  Observed observe(Side side) const;
  Store& at(Side side) { return side == Side::exchange ? exchange_ : caldav_; }

  Policy policy_;
  Store exchange_, caldav_;
  bool declined_there_ = false;  ///< why Exchange's item is gone
  std::optional<Base> base_;
  std::optional<Intent> intent_;
  std::vector<model::Series> losing_;
  std::map<std::string, Side> words_;  ///< living words and where they were written
  std::vector<Given> given_;           ///< living answers
  int counter_ = 0, version_ = 0, minute_ = 0;
};

/// Where an action writes; nothing where it does not.
std::optional<Side> target_of(const Action& action);
/// What of a series one can read words from.
std::string words_in(const model::Event& event);
std::string words_in(const model::Series& series);
model::EventTime in_week(const model::Series& series, int week);
/// Whether somebody else organizes it.
bool is_the_bosses(const model::Series& series);
/// The owner's line of an event, or null.
model::Attendee* line_of_mine(model::Event& event);
/// The owner's answer to the series (0) or to the occurrence of a week; nothing where it is excluded.
std::optional<model::Participation> answer_in(const model::Series& series, int week);

}  // namespace caravan::sync::test
