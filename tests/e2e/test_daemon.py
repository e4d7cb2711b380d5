# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon `exodus` (design 1; decisions.md 7): it takes the jobs that `exodus-cli migrate` queues, one daemon a store on
SQLite, ends in order, and a dead one holds nobody up for ever."""

import signal

import pytest

from support.crashing import BATCH
from support.exchange import generated
from support.process import Process, binary, wait_for
from support.reading import uids


class Exodus:
    """The daemon on a configuration."""

    def __init__(self, folder, program):
        self.process = Process("exodus", [binary("exodus"), "--config", program.config], folder, program.environment())

    def end(self):
        self.process.end()


@pytest.fixture
def served(exchange, fake, caravan, start):
    """A daemon that has taken and done a first job, so that it is known to be at work."""
    source, target = exchange("--generate", "2:1500"), fake()
    program = caravan(source, target, generated(2))
    daemon = start(Exodus, program)
    first = program.run("migrate", generated(2)[1])
    assert first.exit == 0, str(first)
    return target, program, daemon


def test_a_queued_run_is_done_by_the_daemon(served):
    target, program, daemon = served
    outcome = program.migrate()
    assert (outcome.exit, outcome.totals["created"]) == (0, 1500), str(outcome)
    assert len(target.hrefs("user0001")) == 1500
    assert daemon.process.child.poll() is None


def test_runs_queued_one_after_the_other_are_all_done(served):
    _, program, _ = served
    outcomes = [program.run("migrate", generated(2)[1], timeout=120) for _ in range(5)]
    assert [outcome.exit for outcome in outcomes] == [0] * 5, [str(outcome) for outcome in outcomes if outcome.exit][0]


def test_a_daemon_ends_in_order_on_sigterm(served):
    _, _, daemon = served
    daemon.process.child.send_signal(signal.SIGTERM)
    assert daemon.process.child.wait(30) == 0, daemon.process.tail()


def test_a_second_daemon_on_the_same_store_is_refused_with_the_remedy(served, start):
    _, program, daemon = served
    second = start(Exodus, program)
    assert second.process.child.wait(60) == 2, second.process.tail()
    assert "PostgreSQL" in second.process.tail()
    assert daemon.process.child.poll() is None


def test_a_run_of_a_killed_daemon_is_taken_up_by_the_command_line(served):
    target, program, daemon = served
    target.reset_requests()
    run = program.start("migrate", program.list)
    wait_for(lambda: target.count("PUT") >= 100, 60, "100 events written")
    daemon.process.child.kill()
    output, messages = run.communicate(timeout=240)
    outcome = program.migrate() if run.returncode else None
    assert run.returncode == 0 or outcome.exit == 0, output + messages
    assert set(uids(target.resources("user0001")).values()) == {1}
    assert 1500 == len(target.hrefs("user0001")) <= target.count("PUT") <= 1500 + BATCH
