# SPDX-License-Identifier: GPL-3.0-or-later
"""A calendar that is filled in one request (caldav.bulk_fill) keeps its hours also for those who go by the VTIMEZONEs that
stand in its resources. Radicale makes those by itself, from the first definition of a zone's name that its process ever met:
that of another mailbox, or of somebody's client. The definitions are read by python3-dateutil."""

import io
import re
import signal
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import requests
from dateutil import tz
from support.events import Event, calendar
from support.radicale import Radicale

NEW, OLD = "new@example.com", "old@example.com"


def events_of(prefix, years):
    """Ten a year, over all its months."""
    return [Event(f"{prefix}-{year}-{month}", start=datetime(year, month, 12, 9)) for year in years
            for month in range(1, 11)]


def shifted(radicale, local):
    """The starts that the resource's own VTIMEZONE puts at another instant than the zone's name does."""
    found = []
    for name, text in radicale.resources(local).items():
        zones = "".join(re.findall(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r?\n", text, re.DOTALL))
        start = re.search(r"DTSTART;TZID=Europe/Berlin:(\w+)", text[text.index("BEGIN:VEVENT"):]).group(1)
        said = datetime.strptime(start, "%Y%m%dT%H%M%S")
        by_definition = said.replace(tzinfo=tz.tzical(io.StringIO(zones)).get("Europe/Berlin")).utcoffset()
        if by_definition != said.replace(tzinfo=ZoneInfo("Europe/Berlin")).utcoffset():
            found.append(name)
    return sorted(found)


@pytest.fixture
def two_mailboxes(start, exchange, caravan):
    """A calendar that begins in 2026 was filled into Radicale; one that is older waits."""
    source, radicale = exchange("--mailbox", NEW, "--mailbox", OLD), start(Radicale)
    for address, years in ((NEW, range(2026, 2032)), (OLD, range(2012, 2030))):
        for event in events_of(address.split("@")[0], years):
            source.put_item(address, event.uid, calendar([event]))
    program = caravan(source, radicale, [NEW])
    first = program.migrate()
    assert (first.exit, first.totals["created"], first.totals["requests"]["caldav"].get("PUT")) == (0, 60, 1), str(first)
    program.write_list([NEW, OLD])
    return program, radicale


def test_an_older_calendar_keeps_its_hours(two_mailboxes):
    program, radicale = two_mailboxes
    second = program.migrate()
    assert (second.exit, second.totals["created"]) == (0, 180), str(second)
    assert len(radicale.resources("old")) == 180
    assert shifted(radicale, "new") == [] and shifted(radicale, "old") == []
    assert "once more with its time zone" in str(program.run("explain", OLD, "old-2012-7"))


def test_a_kill_before_the_zones_were_looked_at_is_healed_by_the_next_run(two_mailboxes):
    program, radicale = two_mailboxes
    killed = program.run("migrate", program.list, "--local", environment={"CARAVAN_CRASH_AT": "fill_sent:1"})
    assert killed.exit == -signal.SIGKILL, str(killed)
    assert shifted(radicale, "old") != []
    assert program.migrate("--local").exit == 0
    assert len(radicale.resources("old")) == 180
    assert shifted(radicale, "old") == []


def test_what_was_mended_is_in_step(two_mailboxes):
    program, radicale = two_mailboxes
    assert program.migrate().exit == 0
    again = program.migrate()
    assert (again.exit, again.writes()) == (0, {"created": 0, "updated": 0, "deleted": 0}), str(again)
    assert again.totals["requests"]["caldav"].get("PUT") is None
    assert program.verify().exit == 0


def test_without_looking_the_hours_would_shift(two_mailboxes):
    """That this server does so at all: else the tests above would show nothing."""
    _, radicale = two_mailboxes
    old = events_of("raw", [2012])
    answer = requests.request("MKCOL", f"{radicale.url}raw/", timeout=60, auth=("svc", "davpw"))
    assert answer.status_code == 201
    answer = requests.put(f"{radicale.url}raw/exchange/", data=calendar(old).encode(), timeout=60, auth=("svc", "davpw"),
                          headers={"Content-Type": "text/calendar"})
    assert answer.status_code == 201
    assert "raw-2012-7.ics" in shifted(radicale, "raw")


def test_one_uid_that_is_too_long_for_a_file_does_not_stop_the_fill(start, exchange, caravan):
    source, radicale = exchange("--mailbox", NEW), start(Radicale)
    events = [*events_of("new", range(2026, 2032)), Event("u" * 300)]
    for event in events:
        source.put_item(NEW, event.uid, calendar([event]))
    outcome = caravan(source, radicale, [NEW]).migrate()
    assert (outcome.exit, outcome.totals["created"]) == (0, 61), str(outcome)
    assert outcome.totals["requests"]["caldav"]["PUT"] == 2  # the fill, and this one
    assert len(radicale.resources("new")) == 61
