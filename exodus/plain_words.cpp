// SPDX-License-Identifier: GPL-3.0-or-later
#include "exodus/plain_words.hpp"

#include <algorithm>
#include <array>

#include "exodus/document.hpp"
#include "model/loss.hpp"
#include "util/text.hpp"

namespace caravan::exodus {

namespace {

Words words_of(model::LossReason reason) {
  using model::LossReason;
  switch (reason) {
    case LossReason::characters_dropped:
      return {"Invisible control characters removed",
              "The text held control characters that no calendar format can carry. Everything readable is there."};
    case LossReason::body_unreadable:
      return {"Description could not be read",
              "Exchange could not deliver the description; all the rest of the event is there."};
    case LossReason::attachment_item:
      return {"Attached Outlook item left out",
              "A message, contact or appointment was attached as an Outlook item, which CalDAV can't hold. Save it as "
              "a file in "
              "Outlook if it matters."};
    case LossReason::attachment_unreadable:
      return {"Attachment could not be read",
              "Exchange listed the attachment and did not deliver its content. Open it in Outlook to see whether it is "
              "damaged."};
    case LossReason::attachment_too_large:
      return {"Attachment too large",
              "It is above sync.max_attachment_mb. Raise the limit and run again, or keep the file elsewhere."};
    case LossReason::attachment_skipped:
      return {"Attachment skipped by configuration", "sync.attachments is \"skip\". The event itself was migrated."};
    case LossReason::attendee_without_address:
      return {"Guest without an e-mail address",
              "The guest is known to Exchange by a name only, and the directory has no address for it. CalDAV needs an "
              "address."};
    case LossReason::organizer_without_address:
      return {"Organizer without an e-mail address",
              "The organizer is known to Exchange by a name only; the event was kept as an own appointment."};
    case LossReason::zone_unknown:
      return {"Time zone not known",
              "The event names a zone without rules; its instants were kept and UTC was taken. Check its local time."};
    case LossReason::occurrence_off_pattern:
      return {"Changed occurrence outside the series",
              "An exception or exclusion names a date on which the series has no occurrence; it was left out."};
    case LossReason::sensitivity_collapsed:
      return {"\"Personal\" became \"private\"",
              "CalDAV knows public, private and confidential only. Nobody sees more than before."};
    case LossReason::value_unknown:
      return {"Unknown value replaced", "Exchange sent a value outside its documented list; the default was taken."};
    case LossReason::value_unreadable:
      return {"Unreadable value left out",
              "A number, date or length could not be read and was left out; the rest of the event is there."};
    case LossReason::property_unsupported:
      return {"Property without a place in CalDAV",
              "The other side has no field for it; the event itself was migrated."};
  }
  return {};
}

}  // namespace

Words loss_words(std::string_view reason) {
  for (const model::LossReason each : model::kLossReasons)
    if (model::to_string(each) == reason) return words_of(each);
  std::string title(reason);
  std::replace(title.begin(), title.end(), '_', ' ');
  return {title, "Something of the event has no place in the other calendar."};
}

Words difference_words(DifferenceItem::Kind kind) {
  switch (kind) {
    case DifferenceItem::Kind::missing_on_caldav:
      return {"Missing on CalDAV",
              "Exchange has it and CalDAV does not. The next migrate brings it, unless somebody deleted it there."};
    case DifferenceItem::Kind::extra_on_caldav:
      return {"Only on CalDAV",
              "CalDAV has it and Exchange does not: made there, or deleted on Exchange since the last migrate."};
    case DifferenceItem::Kind::field:
      return {"Different",
              "Both calendars have it and it does not say the same. If Exchange is right, migrate again; if somebody "
              "changed it on CalDAV, nothing needs doing."};
    case DifferenceItem::Kind::unreadable:
      return {"Could not be compared", "One of the two sides can't read it. See `exodus-cli parked list`."};
  }
  return {};
}

std::string field_words(std::string_view field) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 15> names = {{{"summary", "title"},
                                                                                    {"description", "text"},
                                                                                    {"html", "formatted text"},
                                                                                    {"location", "place"},
                                                                                    {"start", "start"},
                                                                                    {"end", "end"},
                                                                                    {"zone", "time zone"},
                                                                                    {"all_day", "all-day"},
                                                                                    {"busy", "shown as"},
                                                                                    {"class", "privacy"},
                                                                                    {"importance", "importance"},
                                                                                    {"categories", "categories"},
                                                                                    {"alarms", "reminder"},
                                                                                    {"attendees", "guests"},
                                                                                    {"attachments", "attachments"}}};
  for (const auto& [name, words] : names)
    if (name == field) return std::string(words);
  std::string words(field);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string parked_remedy(const ParkedItem& item) {
  const std::string then = item.id.empty() ? "run migrate again." : "run `exodus-cli parked retry " + item.id + "`.";
  const std::string accept = item.id.empty() ? ""
                                             : " If it does not matter, `exodus-cli parked accept " + item.id +
                                                   "` takes it out of the exit code.";
  if (item.code == "ErrorItemCorrupt" || item.code == "ErrorCorruptData")
    return "Exchange itself calls the item damaged. Open it in Outlook; if it opens, save it once, else delete it. "
           "Then " +
           then + accept;
  if (text::equal_ignoring_case(item.code.substr(0, 5), "HTTP "))
    return "The CalDAV server refused it; its log says why. After the cause is gone, " + then + accept;
  return "Open the event in Outlook, check it and save it once, then " + then + accept;
}

std::string plan_remedy(const StoppedPlan& plan) {
  return "Nothing was deleted. Look whether these events are really gone on Exchange: a calendar that was moved, "
         "emptied or only half "
         "listed looks the same. If they are, `exodus-cli approve " +
         plan.hash + "` releases this plan for 24 hours; then migrate again.";
}

std::string verdict(const RunOutcome& outcome) {
  if (outcome.error) return outcome.exit == Exit::interrupted ? "interrupted" : "could not be done";
  switch (outcome.exit) {
    case Exit::interrupted:
      return "interrupted";
    case Exit::delete_brake:
      return "stopped by the delete brake";
    case Exit::usage:
      return "could not be done";
    case Exit::nothing_possible:
      return "nothing could be done";
    case Exit::differences:
      return "differences found";
    case Exit::some_failed:
      return run_state(outcome) == "failed" ? "done in part" : "done, some events parked";
    case Exit::done:
      break;
  }
  return outcome.dry_run ? "dry run, nothing was written" : "done";
}

std::string next_step(const RunOutcome& outcome) {
  if (outcome.error && !outcome.error->remedy.empty()) return outcome.error->remedy;
  switch (outcome.exit) {
    case Exit::interrupted:
      return "Give `exodus-cli " + outcome.command + "` again: it goes on where it stopped.";
    case Exit::delete_brake:
      return "Look at the stopped plans: `exodus-cli approve` lists them, `exodus-cli approve PLAN` releases one.";
    case Exit::nothing_possible:
      return "Run `exodus-cli doctor`: it names what is missing.";
    case Exit::usage:
      return "Correct what the message names, then give the same command again.";
    case Exit::some_failed:
      return run_state(outcome) == "failed"
                 ? "Each failed mailbox is listed with its remedy. Afterwards give the same command again."
                 : "`exodus-cli parked list` shows each parked event and what to do about it.";
    case Exit::differences:
      return "Migrate again and verify again; what stays different was changed on CalDAV.";
    case Exit::done:
      break;
  }
  if (outcome.dry_run) return "Leave out --dry-run to do it.";
  return {};
}

}  // namespace caravan::exodus
