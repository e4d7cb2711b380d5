# SPDX-License-Identifier: GPL-3.0-or-later
"""A run can be interrupted at any moment and taken up again: SIGINT and SIGTERM end it with 130, in order, and the next run
goes on where it stopped."""

import json
import signal
import subprocess

import pytest

from support.crashing import BATCH
from support.events import calendar, plain_calendar
from support.exchange import generated
from support.process import wait_for
from support.reading import uids


@pytest.fixture
def slow(exchange, fake, caravan):
    """1,500 events into a server that takes its time over every tenth PUT."""
    source, target = exchange("--generate", "1:1500"), fake()
    target.fault(kind="delay", method="PUT", delay_ms=10, count=-1)
    return source, target, caravan(source, target, generated(1))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_with_130_and_the_next_one_completes_it(slow, sent):
    _, target, program = slow
    run = program.start("migrate", program.list)
    wait_for(lambda: target.count("PUT") >= 200, 60, "200 events written")
    run.send_signal(sent)
    output, messages = run.communicate(timeout=30)
    assert run.returncode == 130, messages
    document = json.loads(output)
    assert (document["exit"], document["state"]) == (130, "interrupted")
    written = target.count("PUT")
    assert 200 <= written < 1500
    assert written - BATCH <= document["totals"]["created"] <= written == len(target.hrefs("user0001"))
    outcome = program.migrate()
    assert outcome.exit == 0, str(outcome)
    assert target.count("PUT") == 1500
    assert set(uids(target.resources("user0001")).values()) == {1}


def test_an_interrupted_run_says_that_the_next_one_goes_on(slow):
    _, target, program = slow
    run = subprocess.Popen([word for word in program.command("migrate", program.list) if word != "--json"],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env=program.environment())
    wait_for(lambda: target.count("PUT") >= 50, 60, "50 events written")
    run.send_signal(signal.SIGINT)
    output, messages = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "migrate" in (output + messages).lower()


def test_pause_stops_a_mailbox_until_resume(exchange, fake, caravan, ics_file):
    anna = "anna@example.com"
    events = plain_calendar(10)
    source, target = exchange("--load", f"{anna}={ics_file(calendar(events))}", "--generate", "1:10"), fake()
    program = caravan(source, target, [anna, *generated(1)])
    assert program.run("pause", anna).exit == 0
    program.migrate()
    assert (target.hrefs("anna"), len(target.hrefs("user0001"))) == ([], 10)
    assert program.run("resume", anna).exit == 0
    assert program.migrate().exit == 0
    assert len(target.hrefs("anna")) == 10
