# SPDX-License-Identifier: GPL-3.0-or-later
"""Attachments (guarantee 42): 0 B, 1 MB and 50 MB; inline, link or skip, each skip a line of the report; the event always
goes."""

import base64
import hashlib
import re

import pytest

from support.events import calendar, plain_calendar
from support.reading import by_uid, unfold
from support.xandikos import Xandikos

ANNA = "anna@example.com"
MEGABYTE = 1 << 20
SIZES = {"attachment-0@example.com": 0, "event-00000@example.org": MEGABYTE, "event-00001@example.org": 50 * MEGABYTE}


def content(size):
    return (hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1))[:size]


def with_attachment(event, data):
    text = ("ATTACH;FMTTYPE=application/octet-stream;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=file.bin:" +
            base64.b64encode(data).decode())
    folded = "\r\n ".join(text[at:at + 70] for at in range(0, len(text), 70))
    return event.text().replace("END:VEVENT", f"{folded}\r\nEND:VEVENT")


@pytest.fixture(scope="module")
def two_sizes():
    """Events with 1 MB and 50 MB; the empty file comes from the simulator, because iCalendar text cannot hold one."""
    events = [with_attachment(event, content(SIZES[event.uid])) for event in plain_calendar(2)]
    return calendar([]).replace("END:VCALENDAR", "".join(events) + "END:VCALENDAR")


def inline_hashes(text):
    """Hashes of the contents that stand in the resource."""
    return [hashlib.sha256(base64.b64decode(value)).hexdigest()
            for value in re.findall(r"(?m)^ATTACH;[^:\r\n]*(?:BINARY|BASE64)[^:\r\n]*:(\S*)", unfold(text))]


def migrated(exchange, target, caravan, ics_file, text, **sync):
    source = exchange("--load", f"{ANNA}={ics_file(text)}", "--attachments", "1:0")
    outcome = caravan(source, target, [ANNA], {"sync": {"workers": 2, **sync}}).migrate()
    assert (outcome.exit, outcome.totals["created"]) == (0, 3), str(outcome)
    return by_uid(target.resources("anna")), outcome


def expected(*sizes):
    return [hashlib.sha256(content(size)).hexdigest() for size in sizes]


def test_contents_arrive_byte_for_byte_up_to_50_megabytes(exchange, fake, caravan, ics_file, two_sizes):
    stored, outcome = migrated(exchange, fake(), caravan, ics_file, two_sizes, max_attachment_mb=60)
    assert {uid: inline_hashes(text) for uid, text in stored.items()} == {uid: expected(size) for uid, size in SIZES.items()}
    assert outcome["losses"] == {}


def test_a_content_above_the_limit_is_left_out_and_reported_and_its_event_goes(exchange, fake, caravan, ics_file, two_sizes):
    stored, outcome = migrated(exchange, fake(), caravan, ics_file, two_sizes)
    assert inline_hashes(stored["event-00000@example.org"]) == expected(MEGABYTE)
    assert inline_hashes(stored["event-00001@example.org"]) == []
    assert outcome["losses"] == {"attachment_too_large": 1}


def test_skipped_contents_are_counted_and_their_events_go(exchange, fake, caravan, ics_file, two_sizes):
    stored, outcome = migrated(exchange, fake(), caravan, ics_file, two_sizes, attachments="skip")
    assert [inline_hashes(text) for text in stored.values()] == [[], [], []]
    assert outcome["losses"] == {"attachment_skipped": 3}


def test_links_leave_the_contents_where_they_are_and_name_them(exchange, fake, caravan, ics_file, two_sizes):
    stored, outcome = migrated(exchange, fake(), caravan, ics_file, two_sizes, attachments="link")
    assert [inline_hashes(text) for text in stored.values()] == [[], [], []]
    linked = sum("ATTACH" in unfold(text) for text in stored.values())
    assert linked + sum(outcome["losses"].values()) == 3, str(outcome)


def test_a_megabyte_goes_into_a_real_server_and_comes_back(exchange, start, caravan, ics_file):
    event = plain_calendar(1)[0]
    text = calendar([]).replace("END:VCALENDAR", with_attachment(event, content(MEGABYTE)) + "END:VCALENDAR")
    target = start(Xandikos, "anna")
    source = exchange("--load", f"{ANNA}={ics_file(text)}")
    assert caravan(source, target, [ANNA]).migrate().exit == 0
    assert inline_hashes(target.resources("anna").popitem()[1]) == expected(MEGABYTE)


def test_a_second_run_does_not_fetch_contents_again(exchange, fake, caravan, ics_file, two_sizes):
    target = fake()
    source = exchange("--load", f"{ANNA}={ics_file(two_sizes)}")
    program = caravan(source, target, [ANNA], {"sync": {"max_attachment_mb": 60}})
    assert program.migrate().exit == 0
    source.reset_requests()
    assert program.migrate().exit == 0
    assert source.requests()["by_operation"].get("GetAttachment", 0) == 0
