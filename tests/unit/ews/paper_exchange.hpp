// SPDX-License-Identifier: GPL-3.0-or-later
// An Exchange on paper: takes the steps of a plan as wire objects, and answers GetItem in SOAP as a server would that
// changes nothing of what it is given. For tests of the mapping in both directions, without any network.
#pragma once
#include <deque>
#include <map>
#include <string>

#include "ews/mapping/plan.hpp"
#include "unit/ews/samples.hpp"

namespace caravan::ews::test {

/// Whose mailbox the paper is: in Berlin. The owner of the fixtures' meetings.
const Mailbox& paper_mailbox();
/// What the mapping needs for it; `now` as in WriteContext.
mapping::WriteContext paper_context(std::optional<Instant> now = std::nullopt);

/// The series of iCalendar text; fails the test where it can't be read or holds more than one.
model::Series series_of_ics(const std::string& text);
/// The lines of one VEVENT as a series: UID and DTSTAMP are added.
model::Series series_of_event(const std::string& lines);

class PaperExchange {
 public:
  /// Carries out a plan; `wanted` is the series it was made for. Files are taken by name and size.
  void take(const mapping::WritePlan& plan, const model::Series& wanted,
            const mapping::WriteContext& context = paper_context());
  /// What a client reads of the main item, or of one part.
  Result<Fetched> read() const;
  Result<Fetched> read_part(const model::EventTime& occurrence) const;
  [[nodiscard]] std::vector<model::EventTime> parts() const;
  /// What GetItem answers.
  [[nodiscard]] std::string answer() const;

 private:
  struct Item {
    wire::t__CalendarItemType wire;
    std::vector<model::Attachment> files;
  };
  struct Taking;
  std::string answer_of_items(const Item& main, bool with_occurrences) const;

  std::deque<wire::Arena> arenas_;  // everything lives as long as the paper
  std::optional<Item> main_;
  std::map<model::EventTime, Item> exceptions_, parts_;
  std::map<model::EventTime, bool> deleted_;
};

}  // namespace caravan::ews::test
