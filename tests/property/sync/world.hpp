// SPDX-License-Identifier: GPL-3.0-or-later
// A world of two stores, their users and a syncer that may crash, be refused, see nothing of a side, or overlook a
// change. Both stores rewrite what they get: Exchange drops what it can't hold, CalDAV adds properties of its own.
// Every edit leaves a word that is found nowhere else, so that a lost edit is a word that is found nowhere.
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
    exclude,
    include,
    move_series,
    change_pattern,
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
  int detail = 0;  ///< which week, which crash point
};
std::ostream& operator<<(std::ostream& out, const Step& step);

class World {
 public:
  World(Policy policy, bool recurring, bool invited, bool alias_zone);

  /// Lets a step happen; what it decided is checked at once, see `broken`.
  void take(const Step& step);
  /// Passes without edits until nothing is written any more; false after 12 passes.
  bool settle();
  /// One pass over everything; the number of writes.
  int pass();

  /// Words of edits that nobody replaced and that are neither on the copies that must show them nor in a losing copy.
  [[nodiscard]] std::vector<std::string> lost() const;
  /// Both sides hold the series and mean the same, or neither holds it.
  [[nodiscard]] bool converged() const;
  [[nodiscard]] std::string describe() const;

  std::string broken;  ///< the first invariant of a single decision that did not hold
  bool caldav_edited = false;

 private:
  enum class Crash { never, before_write, after_first_write, before_commit };
  struct Store {
    std::optional<Copy> copy;
  };

  void edit(const Step& step);
  void edit_series(const Step& step, model::Series& series);
  void edit_occurrence(const Step& step, model::Series& series);
  int run(const Observed& exchange, const Observed& caldav, Crash crash, const Step* race);
  void check(const Decision& decision, const Observed& exchange, const Observed& caldav);
  [[nodiscard]] Base base_after(const Decision& decision, const std::optional<Copy>& exchange,
                                const std::optional<Copy>& caldav) const;
  bool carry_out(const Action& action);
  void store(Side side, model::Series series);
  Observed observe(Side side) const;
  Store& at(Side side) { return side == Side::exchange ? exchange_ : caldav_; }
  void supersede(const std::string& text);
  std::string word();

  Policy policy_;
  Store exchange_, caldav_;
  std::optional<Base> base_;
  std::optional<Base> intent_;  ///< of a write that crashed: rolled forward before anything else (decisions.md 4)
  std::vector<model::Series> losing_;
  std::map<std::string, Side> words_;  ///< living words and where they were written
  int counter_ = 0, version_ = 0, minute_ = 0;
};

}  // namespace caravan::sync::test
