# SPDX-License-Identifier: GPL-3.0-or-later
"""The closed list of reasons why a series may come out different from its source: what Exchange itself cannot hold, or what
the CalDAV server refuses. Each reason is claimed only where the source really has the property in question (a predicate on
the source), and, where the simulator reports it, only if the simulator reported it for that series."""

from dataclasses import dataclass
from datetime import datetime

from .reading import CONTROL


@dataclass(frozen=True)
class Difference:
    """`field` of the master, of the override at `occurrence`, or of the series ("occurrences", "series")."""
    uid: str
    occurrence: str
    field: str
    source: object
    target: object
    event: object = None   #: the source's VEVENT
    person: str = ""       #: for fields of an attendee

    def __str__(self):
        place = f" at {self.occurrence}" if self.occurrence else ""
        who = f" of {self.person}" if self.person else ""
        return f"{self.uid}{place}: {self.field}{who}: {self.source!r} became {self.target!r}"


def _control(difference):
    return isinstance(difference.source, str) and CONTROL.sub("", difference.source) == difference.target


def _attendee(difference):
    return difference.event.attendees.get(difference.person, {})


def _is_organizer(difference):
    return difference.person == difference.event.values["organizer"]


def _actions(difference):
    return [action for action, _, _ in difference.event.alarms]


def _floating(difference):
    return difference.event is not None and difference.event.start.floating


_TIMES = ("start", "end", "zone", "occurrences", "exception")

#: (reason, fields, the simulator's word or "", predicate on the difference), the first that fits is taken.
RULES = (
    ("characters_dropped", ("title", "text", "place", "categories"), "", _control),
    ("html_replaces_text", ("text",), "html_replaces_text", lambda d: bool(d.event.values["html"])),
    ("alarm_not_display", ("reminder",), "alarm_not_display", lambda d: any(word != "DISPLAY" for word in _actions(d))),
    ("extra_alarms", ("reminder",), "extra_alarms", lambda d: len(d.event.alarms) > 1),
    ("alarm_after_start", ("reminder",), "alarm_after_start", lambda d: any(before < 0 for _, before, _ in d.event.alarms)),
    ("alarm_absolute", ("reminder",), "alarm_absolute", lambda d: any(absolute for _, _, absolute in d.event.alarms)),
    ("alarm_seconds", ("reminder",), "alarm_seconds", lambda d: any(before % 60 for _, before, _ in d.event.alarms)),
    ("attendee_not_mailto", ("attendee.missing",), "attendee_not_mailto", lambda d: not _attendee(d)["mail"]),
    ("attendee_not_mailto", ("organizer",), "attendee_not_mailto",
     lambda d: any(line.name == "ORGANIZER" for line in d.event.lines) and not d.event.values["organizer"]),
    ("address_is_none", ("organizer", "attendee.missing"), "", lambda d: bool(d.source) and "@" not in d.source),
    ("attendee_role_chair", ("attendee.role",), "attendee_role_chair", lambda d: d.source == "CHAIR"),
    ("resource_has_one_role", ("attendee.role",), "", lambda d: _attendee(d)["kind"] in ("ROOM", "RESOURCE")),
    ("attendee_role_non_participant", ("attendee.role",), "attendee_role_non_participant",
     lambda d: d.source == "NON-PARTICIPANT"),
    ("attendee_kind_collapsed", ("attendee.kind",), "", lambda d: d.source not in ("INDIVIDUAL", "ROOM")),
    ("organizer_has_no_answer", ("attendee.answer",), "", _is_organizer),
    ("partstat_delegated", ("attendee.answer",), "partstat_delegated", lambda d: d.source == "DELEGATED"),
    ("partstat_unknown", ("attendee.answer",), "",
     lambda d: d.source not in ("NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED")),
    ("organizer_without_attendees", ("organizer",), "organizer_without_attendees", lambda d: not d.event.attendees),
    ("organizer_implied", ("organizer",), "", lambda d: bool(d.event.attendees) and not d.source),
    ("attachment_uri", ("links", "attachments"), "attachment_uri",
     lambda d: any(line.name == "ATTACH" for line in d.event.lines)),
    ("url_dropped", ("links",), "url_dropped", lambda d: len(d.source) > 1),
    ("class_unknown", ("class",), "class_unknown", lambda d: d.source not in ("PUBLIC", "PRIVATE", "CONFIDENTIAL")),
    ("sensitivity_collapsed", ("class",), "", lambda d: d.source == "PERSONAL"),
    ("status_cancelled_for_appointment", ("cancelled",), "status_cancelled_for_appointment", lambda d: d.source),
    ("status_tentative_for_meeting", ("busy",), "status_tentative_for_meeting", lambda d: d.source == "TENTATIVE"),
    ("floating_time", _TIMES, "floating_time", _floating),
    ("unknown_zone", _TIMES, "unknown_zone", lambda d: True),
    ("custom_zone", ("zone",), "custom_zone", lambda d: True),
    ("zone_rules_differ", _TIMES, "zone_rules_differ", lambda d: d.event is not None and not d.event.start.is_date),
    ("zone_before_its_rules", ("zone",), "", lambda d: isinstance(d.event.start.value, datetime) and
     d.event.start.value.year < 2007),
    ("thisandfuture", (*_TIMES, "title", "text", "place", "reminder"), "thisandfuture", lambda d: True),
    ("count_too_big", ("occurrences",), "count_too_big", lambda d: True),
    ("duplicate_uid", ("series",), "duplicate_uid", lambda d: True),
    ("orphan_without_recurrence_id", ("recurrence_id",), "", lambda d: d.event.recurrence_id is not None),
    ("orphans_share_a_uid", ("series",), "", lambda d: d.event.recurrence_id is not None),
)

#: Somebody else's meeting whose list does not name the owner of the calendar (a distribution list did): Exchange knows the
#: owner's answer all the same, and CalDAV has no other place for it than a line for the owner.
OWNER_LISTED = "owner_listed_with_own_answer"

#: All reasons, closed.
REASONS = (*dict.fromkeys(rule[0] for rule in RULES), OWNER_LISTED, "partly_refused")

#: What the simulator reports about properties that the figure does not compare.
BESIDE_THE_FIGURE = {"x_property", "component_property", "exdate_without_instance"}


def reason_for(difference, reported, owner=""):
    """The reason of a loss, or None: then the difference is a failure. `reported` holds the simulator's words for it,
    `owner` is the mailbox."""
    if difference.field == "attendee.extra" and difference.person == owner:
        foreign = difference.event.values["organizer"] not in ("", owner)
        return OWNER_LISTED if foreign else None
    for reason, fields, word, predicate in RULES:
        if difference.field in fields and (not word or word in reported) and predicate(difference):
            return reason
    return None
