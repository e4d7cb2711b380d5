// SPDX-License-Identifier: GPL-3.0-or-later
// A change of a series -> the steps that bring it to Exchange (decisions.md 4: an intent is a change of a series, not a
// request). Pure: no ids, no requests. Every step says what shall be, so that it may be taken again after a crash: the
// executor looks first and leaves out what is so already. Private to common/ews.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ews/mapping/draft.hpp"
#include "ews/mapping/shape.hpp"
#include "model/loss.hpp"

namespace caravan::ews::mapping {

/// The master or single as a new item, without its changed and deleted occurrences.
struct CreateItem {
  friend bool operator==(const CreateItem&, const CreateItem&) = default;
};
/// A meeting that somebody else organizes, as iCalendar, with all its occurrences (ews-facts 8.6).
struct ImportItem {
  friend bool operator==(const ImportItem&, const ImportItem&) = default;
};
/// These fields of the master or single. No fields: our property only.
struct UpdateItem {
  Fields fields;
  friend bool operator==(const UpdateItem&, const UpdateItem&) = default;
};
/// Takes the recurrence away, so that the UpdateItem that follows gives it anew: nothing else brings deleted
/// occurrences back (ews-facts 6.6). All changed and deleted occurrences are lost with it.
struct RenewPattern {
  friend bool operator==(const RenewPattern&, const RenewPattern&) = default;
};
struct DeleteItem {
  friend bool operator==(const DeleteItem&, const DeleteItem&) = default;
};
struct DeleteOccurrence {
  model::EventTime occurrence;
  friend bool operator==(const DeleteOccurrence&, const DeleteOccurrence&) = default;
};
/// These fields of one occurrence, with the values it has in the series wanted: of its override, or else the master's.
struct UpdateOccurrence {
  model::EventTime occurrence;
  Fields fields;
  friend bool operator==(const UpdateOccurrence&, const UpdateOccurrence&) = default;
};
/// One occurrence as an item of its own.
struct CreatePart {
  model::EventTime occurrence;
  friend bool operator==(const CreatePart&, const CreatePart&) = default;
};
struct UpdatePart {
  model::EventTime occurrence;
  Fields fields;
  friend bool operator==(const UpdatePart&, const UpdatePart&) = default;
};
struct DeletePart {
  model::EventTime occurrence;
  friend bool operator==(const DeletePart&, const DeletePart&) = default;
};
/// `occurrence`: of that occurrence (or part), else of the master.
struct Attach {
  std::optional<model::EventTime> occurrence;
  model::Attachment attachment;
  friend bool operator==(const Attach&, const Attach&) = default;
};
struct Detach {
  std::optional<model::EventTime> occurrence;
  model::Attachment attachment;
  friend bool operator==(const Detach&, const Detach&) = default;
};
/// My answer to an invitation.
struct Respond {
  std::optional<model::EventTime> occurrence;
  model::Participation answer = model::Participation::needs_action;
  friend bool operator==(const Respond&, const Respond&) = default;
};
using Step = std::variant<CreateItem, ImportItem, UpdateItem, RenewPattern, DeleteItem, DeleteOccurrence,
                          UpdateOccurrence, CreatePart, UpdatePart, DeletePart, Attach, Detach, Respond>;

/// For reports and tests: "update occurrence Europe/Berlin:20261121T101500: schedule, summary".
std::string to_string(const Step& step);

struct WritePlan {
  Shape shape;
  std::vector<Step> steps;
  std::vector<model::Loss> losses;
};

/// The span in which occurrences become items of their own (decisions.md 4): from a year back to two years ahead.
struct Window {
  Instant from, until;
};
Window window_at(Instant now);
/// More items than this are no series any more: `unsupported`.
inline constexpr std::size_t kMostParts = 1500;

/// Steps that make the series on Exchange. WriteContext::now is needed where it becomes parts.
Result<WritePlan> plan_create(const WriteContext& context, const model::Series& series);

/// Steps from one state of Exchange's copy to another. `held`: the occurrences that are items of their own there.
Result<WritePlan> plan_update(const WriteContext& context, const model::Series& before, const model::Series& wanted,
                              std::span<const model::EventTime> held = {});

/// A series that Exchange holds as parts, as the parts now say it is: edited ones are overrides, and those of `held`
/// that are missing are exclusions. `agreed` is the series as it was; `parts` the series that the items were read as.
model::Series fold(const WriteContext& context, const model::Series& agreed, std::span<const model::EventTime> held,
                   std::span<const model::Series> parts);

}  // namespace caravan::ews::mapping
