# SPDX-License-Identifier: GPL-3.0-or-later
"""Several masters: three processes over one PostgreSQL, one killed every few seconds, lease holders stopped and woken
later, while people edit both sides. Stale commits are refused, nothing is lost, nothing is there twice after one audit
period."""

import random
import signal
import time

import pytest

from support.caravan import Caravan
from support.events import Event, calendar, plain_calendar
from support.live import Pair, settings
from support.notified import Admin
from support.people import People, in_the_end
from support.process import Process, binary, free_port, wait_for

MAILBOXES = ["anna@example.com", "boris@example.com", "clara@example.com"]
AUDIT = 10


class Program:
    """One process of a program that shares the store with others."""

    def __init__(self, folder, name, program):
        self.name, self.folder, self.program, self.number = name, folder, program, 0
        self.begin()

    def begin(self):
        self.number += 1
        self.process = Process(f"{self.name}-{self.number}", [binary(self.name), "--config", self.program.config], self.folder,
                               environment=self.program.environment())

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        self.process.child.send_signal(signal.SIGKILL)
        self.process.child.wait()

    def end(self):
        if self.process.child.poll() is None:
            self.process.child.send_signal(signal.SIGCONT)
        self.process.end()

    def log(self):
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob(f"{self.name}-*.log")))


@pytest.fixture
def masters(exchange, radicale, folder, start, ics_file, database):
    """masters(names, addresses): mailboxes under live sync, and one process of each named program."""
    def make(names, addresses, more=None, **sync):
        loads = []
        for address in addresses:
            path = ics_file(calendar(plain_calendar(40)), f"{address}.ics")
            loads += ["--load", f"{address}={path}"]
        source = exchange(*loads)
        common = {**settings(workers=2, audit_interval=f"{AUDIT}s", max_delete_count=100000, max_delete_percent=100, **sync),
                  "store": {"url": database.url("caravan", "caravan")}, **(more or {})}
        programs = []
        for number, name in enumerate(names):
            ports = {"admin": {"listen": f"127.0.0.1:{free_port()}"}}
            if name in ("gobi", "caravan"):
                ports["gobi"] = {"listen": f"127.0.0.1:{free_port()}"}
            programs.append(Caravan(folder, source, radicale, addresses, {**common, **ports}, name=f"{name}-{number}"))
        outcome = programs[0].run("subscribe", programs[0].list)
        assert outcome.exit == 0, str(outcome)
        pairs = [Pair(address, source, radicale) for address in addresses]
        running = [start(Program, name, program) for name, program in zip(names, programs)]
        for one in running:
            one.process.wait_until(lambda one=one: "serving" in one.log())
        return source, pairs, programs, running
    return make


def holds_a_lease(database, process):
    rows = database.rows("select holder from lease where holder <> '' and pair in (select id from pair)", database="caravan")
    return any(row[0].split(":")[1] == str(process.pid) for row in rows)


def stop_in_a_pass(database, running, seconds=40):
    """Stops a process that holds a lease at that moment; it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for process in running:
            if process.process.child.poll() is not None or not holds_a_lease(database, process):
                continue
            process.process.child.send_signal(signal.SIGSTOP)
            if holds_a_lease(database, process):
                return process
            process.process.child.send_signal(signal.SIGCONT)
        time.sleep(0.02)
    raise AssertionError("no process held a lease")


def lease_runs_out(database, process):
    """What sixty seconds would do: the leases and the claims of a stopped process are free for others."""
    database.sql(f"update lease set expires_ms = 0 where pair in (select id from pair) and holder like '%:{process.pid}:%';", database="caravan")


@pytest.mark.parametrize("names", [["caravan"] * 3, ["gobi", "cexsy", "caspi", "exodus"] * 3], ids=["caravan", "each"])
def test_three_processes_that_are_killed_and_stopped_lose_and_double_nothing(masters, database, full, names):
    seconds = 600 if full else 40
    source, pairs, programs, running = masters(names, MAILBOXES[:2])
    syncing = [process for process in running if process.name != "exodus"]  # that one works on queued jobs
    crowd = [People(pair, plain_calendar(40), 20_261_121 + number) for number, pair in enumerate(pairs)]
    choice = random.Random(11)
    for people in crowd:
        people.start()
    kills = stops = 0
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end or kills < seconds / 10:
            time.sleep(choice.uniform(1.5, 3.5))
            if kills % 3 == 2:
                stopped = stop_in_a_pass(database, syncing)
                lease_runs_out(database, stopped)
                time.sleep(choice.uniform(1, 12))  # longer or shorter than a heartbeat is believed
                stopped.process.child.send_signal(signal.SIGCONT)
                stops += 1
            victim = choice.choice(running)
            victim.kill()
            victim.begin()
            kills += 1
    finally:
        for people in crowd:
            people.stop.set()
        for people in crowd:
            people.join()
    assert [people.error for people in crowd] == [None] * len(crowd)
    assert stops >= 1
    in_the_end(pairs, crowd, programs[0], 60 + 2 * AUDIT)
    assert source.mails() == []


def test_who_finds_nothing_to_claim_waits(masters, database):
    source, _, _, running = masters(["caravan"] * 2, MAILBOXES[:1])
    source.control("POST", "faults", json={"kind": "delay", "operation": "SyncFolderItems", "ms": 400, "count": 1_000_000})
    stop_in_a_pass(database, running)  # its mailbox stays claimed, and is due all the time

    def transactions():
        return int(database.rows("select xact_commit from pg_stat_database where datname = 'caravan'")[0][0])
    before, seconds = transactions(), 4
    time.sleep(seconds)
    assert transactions() - before < 100 * seconds


def test_a_holder_that_wakes_after_its_lease_went_to_another_commits_nothing(masters, database):
    source, pairs, programs, running = masters(["caravan"] * 2, MAILBOXES[:1])
    pair = pairs[0]
    for operation in ("SyncFolderItems", "GetItem"):
        source.control("POST", "faults", json={"kind": "delay", "operation": operation, "ms": 400, "count": 1_000_000})
    refused = 0
    for number in range(4):
        uid = f"event-0000{number}@example.org"
        pair.put_exchange(uid, calendar([Event(uid=uid, summary=f"Exchange {number}")]))
        pair.put(f"mine-{number}@example.org", calendar([Event(uid=f"mine-{number}@example.org", summary=f"CalDAV {number}")]))
        stopped = stop_in_a_pass(database, running)
        before = database.rows("select epoch from lease where pair in (select id from pair)", database="caravan")
        lease_runs_out(database, stopped)
        wait_for(lambda: database.rows("select epoch from lease where pair in (select id from pair)", database="caravan") != before, 60, "another takes the lease")
        others = stopped.log()
        stopped.process.child.send_signal(signal.SIGCONT)
        try:
            wait_for(lambda: "stale_lease" in stopped.log()[len(others):], 40, "the commit of the one that woke is refused")
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{stopped.log()[-2000:]}") from error
        refused += 1
        program = programs[running.index(stopped)]
        wait_for(lambda: Admin(program).metric("caravan_stale_commits_total"), 20, "and counted")
    assert refused == 4
    source.clear_faults()
    for number in range(4):
        pair.wait_titles(f"event-0000{number}@example.org", f"Exchange {number}", 60)
        pair.wait_titles(f"mine-{number}@example.org", f"CalDAV {number}", 60)
    assert len(pair.on_exchange()) == len(pair.on_caldav()) == 44
    verified = programs[0].verify()
    assert (verified.exit, verified["differences"]) == (0, []), str(verified)
