// SPDX-License-Identifier: GPL-3.0-or-later
// A random life of one mailbox: people edit both calendars, servers and the network misbehave, runs die anywhere. Every
// edit leaves a word that is found nowhere else, so that a lost edit is a word that is found nowhere.
#pragma once
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "support/world/world.hpp"

namespace caravan::world {

/// One thing that happens. `which` chooses the event, `how` the rest. Of a run (and of one that dies) both ways,
/// `which` tells what it is: one that asks one side only (0), an audit (5), else an ordinary one.
struct Step {
  enum class What {
    exchange_adds,
    exchange_titles,
    exchange_places,
    exchange_writes_body,
    exchange_titles_occurrence,
    exchange_excludes,
    exchange_moves,
    exchange_deletes,
    exchange_touches,
    exchange_restores,
    exchange_drags_to_other_folder,
    caldav_titles,
    caldav_places,
    caldav_writes_body,
    caldav_titles_occurrence,
    caldav_deletes,
    caldav_touches,
    caldav_excludes,
    caldav_moves,
    caldav_renames_resource,
    caldav_drags_to_other_collection,
    caldav_adds,
    item_is_poisoned,
    items_are_cured,
    item_vanishes,
    state_is_lost,
    token_is_lost,
    exchange_change_is_untold,
    caldav_change_is_untold,
    row_is_lost,
    item_is_doubled,
    resource_is_doubled,
    exchange_fails,
    caldav_fails,
    read_is_cut,
    write_has_trouble,
    uid_is_refused,
    write_is_raced,
    write_is_followed,
    exchange_write_has_trouble,
    exchange_refuses,
    exchange_write_is_raced,
    exchange_write_is_cut_in_two,
    exchange_write_is_followed,
    store_dies,
    exchange_dies,
    caldav_dies,
    time_passes,
    run,
  } what = What::run;
  int which = 0, how = 0;
};
std::ostream& operator<<(std::ostream& out, const Step& step);

/// Who is allowed to do what in this life, and which way the runs go.
enum class Company {
  exchange_only,  ///< one way, and nobody uses CalDAV
  both_sides,     ///< one way
  two_way,
};

class Life {
 public:
  Life(const Manners& manners, sync::ConflictPolicy policy, std::size_t batch, Company company,
       const ExchangeManners& exchange_manners = {});

  void take(const Step& step);
  /// The troubles end; runs until nothing is written any more. False where that does not come.
  bool settle();

  /// Words of edits that nobody replaced and that neither CalDAV (two ways: both sides) nor a losing copy shows.
  [[nodiscard]] std::vector<std::string> lost();
  /// UIDs that a side holds more than once.
  [[nodiscard]] std::vector<std::string> doubled();
  /// What is not the same on both sides; one way, of the events that no CalDAV user touched.
  [[nodiscard]] std::vector<std::string> apart();
  /// Deletes of events that the other side held at that moment.
  [[nodiscard]] const std::vector<std::string>& wrong_deletes() const noexcept { return wrong_deletes_; }
  /// The writes of this many further runs.
  int writes_of(int runs);
  /// What a whole audit finds otherwise than the store says.
  std::vector<std::string> found_by_an_audit();
  [[nodiscard]] std::string describe();

 private:
  void edit_exchange(const Step& step);
  void edit_caldav(const Step& step);
  void trouble(const Step& step);
  void tell_nobody(const Step& step, const Step& caldav_deed, const Step& exchange_deed);
  void rename(model::Series& series, Side side, const Step& step);
  std::optional<ItemId> item(int which);
  std::optional<Uid> resource(int which);
  std::string word(Side side);
  void supersede(const std::string& text);
  void move(model::Series& series, const Step& step);
  void run(const Step& step = {});
  void audit_what_was_restored();
  std::string everything_on(Side side);
  std::string text_of_object(std::size_t calendar, const store::Parked& row);
  bool is_parked_twin(const Uid& uid);

  Manners manners_;
  World world_;
  Company company_;
  std::map<std::string, Side> words_;  ///< living words
  std::set<Uid> touched_;              ///< by a user of CalDAV
  std::vector<std::string> wrong_deletes_;
  bool untold_ = false;    ///< a change was not told: it takes an audit to learn of it
  bool restored_ = false;  ///< the store lost a row, and no audit went through since
  int counter_ = 0;
};

}  // namespace caravan::world
