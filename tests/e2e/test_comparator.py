# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparator of the fidelity figure must notice what it is there for; planted changes show that it does."""

import re

import pytest

from fidelity import expansion
from fidelity.comparing import compare_series
from fidelity.corpus import FIXTURES
from fidelity.losses import reason_for
from fidelity.reading import Unreadable, read_series

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
EVENT = ("BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20270301T090000\r\n"
         "DTEND;TZID=Europe/Berlin:20270301T100000\r\nRRULE:FREQ=WEEKLY;COUNT=60\r\nSUMMARY:Title\r\n"
         "EXDATE;TZID=Europe/Berlin:20270405T090000\r\n"
         "DESCRIPTION:Text\r\nLOCATION:Room\r\nCLASS:PUBLIC\r\nPRIORITY:5\r\nCATEGORIES:Blue\\, dark,Red\r\n"
         "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\nORGANIZER:mailto:boss@example.org\r\nURL:https://example.org/a\r\n"
         "X-ALT-DESC;FMTTYPE=text/html:<p>Text</p>\r\n"
         "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:one@example.org\r\n"
         "ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY:aGVsbG8=\r\nSTATUS:CONFIRMED\r\n"
         "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:r\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n")
OVERRIDE = ("BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;TZID=Europe/Berlin:20270308T090000\r\n"
            "DTSTART;TZID=Europe/Berlin:20270308T110000\r\nDTEND;TZID=Europe/Berlin:20270308T120000\r\nSUMMARY:Later\r\n"
            "LOCATION:Other room\r\nEND:VEVENT\r\n")
WHOLE = HEAD + EVENT + OVERRIDE + "END:VCALENDAR\r\n"


def differences(before, after):
    found, _ = compare_series(read_series(before)["a"], read_series(after)["a"])
    return found


def test_a_text_is_equal_to_itself():
    assert differences(WHOLE, WHOLE) == []


@pytest.mark.parametrize(("field", "old", "new"), [
    ("title", "SUMMARY:Title", "SUMMARY:Titel"), ("text", "DESCRIPTION:Text", "DESCRIPTION:Test"),
    ("html", "<p>Text</p>", "<p><b>Text</b></p>"), ("place", "LOCATION:Room", "LOCATION:Raum"),
    ("class", "CLASS:PUBLIC", "CLASS:PRIVATE"), ("importance", "PRIORITY:5", "PRIORITY:1"),
    ("categories", "Blue\\, dark,Red", "Blue,dark,Red"), ("busy", "BUSYSTATUS:BUSY", "BUSYSTATUS:OOF"),
    ("organizer", "boss@example.org", "chef@example.org"), ("links", "https://example.org/a", "https://example.org/b"),
    ("attendee.role", "REQ-PARTICIPANT", "OPT-PARTICIPANT"), ("attendee.kind", "CUTYPE=INDIVIDUAL", "CUTYPE=ROOM"),
    ("attendee.answer", "PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED"), ("attachments", "aGVsbG8=", "aGVsbG9v"),
    ("reminder", "-PT15M", "-PT10M"), ("cancelled", "STATUS:CONFIRMED", "STATUS:CANCELLED"),
    ("end", "DTEND;TZID=Europe/Berlin:20270301T100000", "DTEND;TZID=Europe/Berlin:20270301T103000"),
    ("start", "DTSTART;TZID=Europe/Berlin:20270301T090000", "DTSTART;TZID=Europe/Berlin:20270301T093000"),
    ("occurrences", "COUNT=60", "COUNT=59"), ("occurrences", "EXDATE;TZID=Europe/Berlin:20270405T090000\r\n", ""),
    ("zone", "TZID=Europe/Berlin:20270301T090000", "TZID=Africa/Lagos:20270301T090000"),
    ("title", "SUMMARY:Later", "SUMMARY:Earlier"), ("place", "LOCATION:Other room", "LOCATION:Room"),
    ("exception", OVERRIDE, ""), ("attendee.missing", "one@example.org", "two@example.org")])
def test_a_change_of_one_field_is_noticed(field, old, new):
    assert old in WHOLE
    assert field in {difference.field for difference in differences(WHOLE, WHOLE.replace(old, new))}


def test_a_change_of_the_exception_names_the_occurrence():
    found = differences(WHOLE, WHOLE.replace("SUMMARY:Later", "SUMMARY:Earlier"))
    assert [difference.occurrence for difference in found] == ["2027-03-08 08:00:00"]


def test_a_changed_field_has_no_reason_of_loss():
    found = differences(WHOLE, WHOLE.replace("SUMMARY:Title", "SUMMARY:Titel"))
    assert [reason_for(difference, set()) for difference in found] == [None]


def test_a_loss_needs_the_report_of_the_simulator():
    two = WHOLE.replace("BEGIN:VALARM", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:r\r\nTRIGGER:-PT5M\r\n"
                        "END:VALARM\r\nBEGIN:VALARM", 1)
    found = differences(two, WHOLE)
    assert [reason_for(difference, set()) for difference in found] == [None]
    assert [reason_for(difference, {"extra_alarms"}) for difference in found] == ["extra_alarms"]


def test_a_file_without_uid_is_unreadable():
    with pytest.raises(Unreadable):
        read_series(WHOLE.replace("UID:a\r\n", ""))


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.ics")), ids=lambda path: path.stem)
def test_the_two_expansions_agree_on_the_fixtures(path):
    for series in read_series(path.read_bytes().decode()).values():
        limits = expansion.window(series)
        assert expansion.by_library(series, limits) == expansion.by_dateutil(series, limits)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.ics")), ids=lambda path: path.stem)
def test_every_fixture_has_lines_of_at_most_75_octets(path):
    assert all(len(line) <= 75 for line in re.split(rb"\r\n", path.read_bytes()))
