# SPDX-License-Identifier: GPL-3.0-or-later
"""Small builders of iCalendar text for calendars whose every event a test must be able to name and change."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

BERLIN = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
"""


def escape(text):
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line):
    """RFC 5545 3.1: at most 75 octets a line, never inside a character."""
    parts, current = [], ""
    for character in line:
        if len((current + character).encode()) > 73:
            parts.append(current)
            current = ""
        current += character
    return "\r\n ".join([*parts, current])


@dataclass(frozen=True)
class Event:
    """One series of a test. `lines` are further content lines of the master, as they stand in the text."""
    uid: str
    summary: str = "Planning"
    start: datetime = datetime(date.today().year + 1, 3, 1, 9, 0)
    minutes: int = 60
    rule: str = ""
    lines: tuple = ()
    exception: str = ""        #: title of a changed third occurrence of a daily or weekly series
    exception_days: int = 14   #: how many days after the start that occurrence is

    def with_(self, **changes):
        return replace(self, **changes)

    def text(self):
        """The VEVENT components."""
        stamp = "DTSTAMP:20260101T000000Z"

        def component(summary, start, extra):
            return ["BEGIN:VEVENT", f"UID:{self.uid}", stamp, f"DTSTART;TZID=Europe/Berlin:{start:%Y%m%dT%H%M%S}",
                    f"DTEND;TZID=Europe/Berlin:{start + timedelta(minutes=self.minutes):%Y%m%dT%H%M%S}",
                    f"SUMMARY:{escape(summary)}", *extra, "END:VEVENT"]
        lines = component(self.summary, self.start, [*([f"RRULE:{self.rule}"] if self.rule else []), *self.lines])
        if self.exception:
            start = self.start + timedelta(days=self.exception_days)
            kept = [line for line in self.lines if line.startswith(("CLASS:", "ORGANIZER", "ATTENDEE"))]
            lines += component(self.exception, start, [f"RECURRENCE-ID;TZID=Europe/Berlin:{start:%Y%m%dT%H%M%S}", *kept])
        return "".join(f"{fold(line)}\r\n" for line in lines)


def calendar(events):
    """One VCALENDAR with all the events."""
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Caravan//tests//EN\r\n" + BERLIN.replace("\n", "\r\n")
    return head + "".join(event.text() for event in events) + "END:VCALENDAR\r\n"


def plain_calendar(count, prefix="event"):
    """`count` events at different times: three of four single, every fourth a weekly series of ten occurrences."""
    base = datetime(date.today().year + 1, 1, 4, 8, 0)
    return [Event(uid=f"{prefix}-{number:05d}@example.org", summary=f"Event {number}",
                  start=base + timedelta(days=number % 300, minutes=30 * (number % 16)), minutes=30 + 15 * (number % 4),
                  rule="FREQ=WEEKLY;COUNT=10" if number % 4 == 3 else "")
            for number in range(count)]
