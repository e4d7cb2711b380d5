# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit (caspi, also inside `caravan`): events deleted and altered while nobody told, a damaged sync token, rows that the
store lost and twins are found and repaired within one audit interval; nothing is doubled or lost, drift is counted and
explained. Both sides are believed to tell of changes and don't, so that only the audit can find anything."""

import shutil
import sqlite3
import time

import pytest

from support.events import Event, calendar, plain_calendar
from support.live import Daemon, Pair, exchange_writes, rest
from support.notified import Admin, Ports, told
from support.process import wait_for
from support.reading import uids

ANNA = "anna@example.com"
INTERVAL = 10
#: An interval, the pass that the audit takes, and what a machine that does much else needs.
PERIOD = INTERVAL + 25


def one(event):
    return calendar([event])


def drift(program):
    """kind -> count of all sides, as /metrics shows it."""
    out = {}
    for line in Admin(program).get("/metrics").text.splitlines():
        if line.startswith("caravan_drift_total{"):
            labels, value = line.rsplit(" ", 1)
            named = dict(part.split("=") for part in labels[labels.index("{") + 1:-1].split(","))
            out[f'{named["side"]}_{named["kind"]}'.replace('"', "")] = int(float(value))
    return out


@pytest.fixture
def audited(exchange, radicale, ics_file, caravan, start):
    """audited(kind): 12 events that came from Exchange and 4 from CalDAV, in step under a running daemon.
    It was told nothing since its start, and will not be; what happens while it is down, its first look finds."""
    def make(events=None):
        events = events or plain_calendar(12)
        ports = Ports()
        source = exchange("--load", f"{ANNA}={ics_file(calendar(events))}")
        program = caravan(source, radicale, [ANNA], ports.settings(audit_interval=f"{INTERVAL}s"))
        pair = Pair(ANNA, source, radicale)
        pair.make_calendar()
        for number in range(4):
            event = Event(uid=f"caldav-{number}@example.org", summary=f"CalDAV {number}")
            pair.put(event.uid, one(event))
        outcome = program.run("subscribe", program.list)
        assert outcome.exit == 0, str(outcome)
        make.daemons.append(start(Daemon, program))
        told(source, 1)
        ports.hint("anna")  # both sides are believed from now on, and tell nothing any more
        rest(source)
        source.control("POST", "notifications/faults", json={"drop": 1.0, "mailbox": "*", "seed": 7})
        wait_for(lambda: "audits_total" in Admin(program).get("/metrics").text, PERIOD, "the first audit")
        rest(source, 60)
        assert drift(program) == {}, "nothing drifted"
        return pair, program
    make.daemons = []
    return make


@pytest.fixture
def audited_and_stopped(audited):
    pair, program = audited()
    audited.daemons.pop().stop()
    return pair, program


def damage(program, lost):
    """The store loses these rows; token and state become what no server knows."""
    with sqlite3.connect(program.store, timeout=30) as store:
        for uid in lost:
            rows = [row[0] for row in store.execute("SELECT id FROM mapping WHERE uid = ?", (uid,))]
            assert len(rows) == 1, uid
            for table, column in (("mapping_item", "mapping"), ("base_copy", "mapping"), ("mapping", "id")):
                store.execute(f"DELETE FROM {table} WHERE {column} = ?", rows)
        store.execute("UPDATE pair SET sync_token = 'http://radicale.org/ns/sync/damaged', sync_state = 'ZGFtYWdlZA=='")


def in_step(pair, wanted):
    try:
        wait_for(lambda: pair.on_exchange() == pair.on_caldav() == wanted, PERIOD, "both sides as they were left")
    except TimeoutError:
        assert pair.on_exchange() == wanted
        assert pair.on_caldav() == wanted
    doubled = [uid for uid, count in uids(pair.target.resources(pair.user)).items() if count > 1]
    on_exchange = [row["uid"] for row in pair.source.items(pair.address)]
    assert (doubled, len(on_exchange) - len(set(on_exchange))) == ([], 0)


def test_what_happened_behind_caravans_back_is_in_step_within_one_audit_interval(audited):
    pair, program = audited()
    wanted = dict(pair.on_exchange())
    pair.delete_exchange("event-00001@example.org")
    wanted.pop("event-00001@example.org")
    pair.delete("caldav-1@example.org")
    wanted.pop("caldav-1@example.org")
    pair.put_exchange("caldav-2@example.org", one(Event(uid="caldav-2@example.org", summary="Altered on Exchange")))
    wanted["caldav-2@example.org"] = "Altered on Exchange"
    pair.put("event-00003@example.org", one(Event(uid="event-00003@example.org", summary="Altered on CalDAV")))
    wanted["event-00003@example.org"] = "Altered on CalDAV"
    pair.put("new-1@example.org", one(Event(uid="new-1@example.org", summary="New on CalDAV")))
    wanted["new-1@example.org"] = "New on CalDAV"
    pair.put_exchange("new-2@example.org", one(Event(uid="new-2@example.org", summary="New on Exchange")))
    wanted["new-2@example.org"] = "New on Exchange"
    in_step(pair, wanted)
    wait_for(lambda: drift(program).get("exchange_missing") == 1, 20, "drift is counted")
    counted = drift(program)
    assert counted["caldav_missing"] == 1 and counted["caldav_unknown"] == 1, counted
    assert counted["caldav_changed"] >= 1 and counted["exchange_changed"] >= 1, counted
    history = program.run("explain", ANNA, "event-00003@example.org")
    assert ("drift", "caldav_changed") in [(row["event"], row["reason"]) for row in history["history"]], str(history)
    verified = program.verify()
    assert (verified.exit, verified["differences"]) == (0, []), str(verified)


def test_a_damaged_sync_token_a_damaged_state_and_lost_rows_double_and_lose_nothing(audited):
    pair, program = audited()
    wanted = dict(pair.on_exchange())
    lost = ["event-00002@example.org", "caldav-3@example.org"]
    damage(program, lost)
    pair.put("caldav-2@example.org", one(Event(uid="caldav-2@example.org", summary="Altered on CalDAV")))
    wanted["caldav-2@example.org"] = "Altered on CalDAV"
    pair.source.reset_requests()
    in_step(pair, wanted)
    wait_for(lambda: drift(program).get("caldav_unknown", 0) >= 2, 20, "the lost rows are counted")
    rest(pair.source)
    assert exchange_writes(pair.source) == {"UpdateItem": 1}
    verified = program.verify()
    assert (verified.exit, verified["differences"]) == (0, []), str(verified)
    # What was linked again is in step both ways.
    pair.put_exchange(lost[1], one(Event(uid=lost[1], summary="Later")))
    pair.put(lost[0], one(Event(uid=lost[0], summary="Later as well")))
    in_step(pair, {**wanted, lost[1]: "Later", lost[0]: "Later as well"})


def test_what_happened_while_nothing_ran_is_in_step_after_the_start(audited_and_stopped, start):
    pair, program = audited_and_stopped
    wanted = dict(pair.on_exchange())
    pair.delete_exchange("event-00001@example.org")
    wanted.pop("event-00001@example.org")
    pair.put("event-00003@example.org", one(Event(uid="event-00003@example.org", summary="Altered on CalDAV")))
    wanted["event-00003@example.org"] = "Altered on CalDAV"
    damage(program, ["event-00002@example.org"])
    start(Daemon, program)
    in_step(pair, wanted)
    verified = program.verify()
    assert (verified.exit, verified["differences"]) == (0, []), str(verified)


def test_a_twin_of_our_own_making_is_removed_and_one_that_was_changed_is_parked(audited):
    pair, program = audited()
    wanted = dict(pair.on_exchange())
    folder = pair.target.data / "collection-root" / pair.user / "exchange"
    shutil.copy(folder / pair.name_of("event-00004@example.org"), folder / "woken-late.ics")
    changed = (folder / pair.name_of("event-00005@example.org")).read_bytes().decode()
    (folder / "somebodys.ics").write_bytes(changed.replace("SUMMARY:", "SUMMARY:Somebody's ").encode())
    wait_for(lambda: not (folder / "woken-late.ics").exists(), PERIOD, "the twin is removed")
    assert "event-00004@example.org" in pair.on_caldav()
    wait_for(lambda: drift(program).get("caldav_twin") == 1, 20, "the twin is counted")
    wait_for(lambda: [row["uid"] for row in program.run("parked", "list")["parked"]] == ["event-00005@example.org"], 20,
             "the changed one is parked")
    assert (folder / "somebodys.ics").exists()
    assert pair.on_exchange() == wanted


def test_an_audit_of_calendars_in_step_costs_two_requests_and_writes_nothing(audited):
    pair, program = audited(plain_calendar(40))
    texts = pair.texts()

    def audits():
        return int(Admin(program).metric('caravan_audits_total{outcome="well"}') or 0)
    wait_for(lambda: audits() >= 1, PERIOD, "an audit")
    pair.source.reset_requests()
    before, began = audits(), time.monotonic()
    wait_for(lambda: audits() >= before + 3, 3 * PERIOD, "three audits")
    assert time.monotonic() - began > 2 * INTERVAL - 2
    counted = pair.source.requests()["by_operation"]
    assert counted == {"SyncFolderItems": audits() - before}, counted
    assert pair.texts() == texts
    assert drift(program) == {}
