# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands around live sync: unsubscribe, pause, resume, finish, and what they leave behind."""

import os
import subprocess

import pytest

from support.events import Event, calendar
from support.live import Daemon, Pair, cycles, exchange_writes, rest, settings
from support.process import REPOSITORY, SYSTEM_PATH, binary

ANNA, BORIS = "anna@example.com", "boris@example.com"
EVENTS = [Event(uid=f"event-{number}@example.org", summary=f"Event {number}") for number in range(4)]


def one(event):
    return calendar([event])


@pytest.fixture
def live(exchange, radicale, ics_file, caravan, start):
    """Anna and Boris under live sync, with the daemon running."""
    source = exchange("--load", f"{ANNA}={ics_file(calendar(EVENTS))}", "--mailbox", BORIS)
    program = caravan(source, radicale, [ANNA, BORIS], settings())
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    daemon = start(Daemon, program)
    return Pair(ANNA, source, radicale), Pair(BORIS, source, radicale), program, daemon


def states(program):
    return {row["address"]: row["state"] for row in program.run("status")["mailboxes"]}


def test_a_mailbox_that_was_unsubscribed_stays_as_it_is_and_the_others_go_on(live):
    anna, boris, program, _ = live
    outcome = program.run("unsubscribe", ANNA)
    assert (outcome.exit, outcome["ended"], outcome["failed"]) == (0, [ANNA], []), str(outcome)
    anna.put("later@example.org", one(Event(uid="later@example.org", summary="Later")))
    boris.put("boris@example.org", one(Event(uid="boris@example.org", summary="Boris'")))
    boris.wait_titles("boris@example.org", "Boris'")
    cycles(anna.source, 2)
    assert "later@example.org" not in anna.on_exchange()
    assert states(program) == {ANNA: "suspended", BORIS: "subscribed"}


def test_who_is_subscribed_again_gets_what_happened_meanwhile_and_nothing_is_rewritten(live):
    anna, _, program, _ = live
    assert program.run("unsubscribe", ANNA).exit == 0
    anna.put("later@example.org", one(Event(uid="later@example.org", summary="Later")))
    anna.put_exchange(EVENTS[0].uid, one(EVENTS[0].with_(summary="Renamed")))
    untouched = {uid: text for uid, text in anna.texts().items() if uid in (EVENTS[1].uid, EVENTS[2].uid)}
    anna.source.reset_requests()
    outcome = program.run("subscribe", ANNA)
    assert outcome.exit == 0, str(outcome)
    assert exchange_writes(anna.source) == {"CreateItem": 1}
    assert anna.titles("later@example.org") == ("Later", "Later")
    assert anna.titles(EVENTS[0].uid) == ("Renamed", "Renamed")
    assert {uid: text for uid, text in anna.texts().items() if uid in untouched} == untouched


def test_unsubscribing_who_is_not_subscribed_is_told_and_is_no_success(live):
    _, _, program, _ = live
    assert program.run("unsubscribe", ANNA).exit == 0
    outcome = program.run("unsubscribe", program.list)
    assert (outcome.exit, outcome["ended"], outcome["not_subscribed"]) == (1, [BORIS], [ANNA]), str(outcome)


def test_unsubscribing_works_while_exchange_is_away(live, start):
    anna, _, program, _ = live
    rest(anna.source)
    start.end(anna.source)
    outcome = program.run("unsubscribe", program.list)
    assert (outcome.exit, sorted(outcome["ended"])) == (0, [ANNA, BORIS]), str(outcome)


def test_a_pause_of_one_mailbox_stops_its_work_and_resume_takes_up_what_waited(live):
    anna, boris, program, _ = live
    assert program.run("pause", ANNA).exit == 0
    cycles(anna.source, 1)
    anna.put("later@example.org", one(Event(uid="later@example.org", summary="Later")))
    boris.put("boris@example.org", one(Event(uid="boris@example.org", summary="Boris'")))
    boris.wait_titles("boris@example.org", "Boris'")
    cycles(anna.source, 2)
    assert "later@example.org" not in anna.on_exchange()
    assert program.run("resume", ANNA).exit == 0
    anna.wait_titles("later@example.org", "Later")


def test_a_pause_of_everything_outlives_the_daemon(live, start, folder):
    anna, _, program, daemon = live
    assert program.run("pause").exit == 0
    start.end(daemon)
    (folder / "second").mkdir()
    start.keep(Daemon(folder / "second", program))
    anna.put("later@example.org", one(Event(uid="later@example.org", summary="Later")))
    rest(anna.source)
    assert "later@example.org" not in anna.on_exchange()
    assert program.run("resume").exit == 0
    anna.wait_titles("later@example.org", "Later")


def test_finish_brings_the_last_changes_and_takes_our_traces_off_both_sides(live):
    anna, _, program, _ = live
    anna.put("caldav@example.org", one(Event(uid="caldav@example.org", summary="CalDAV", lines=("X-OWN:1",))))
    anna.wait_titles("caldav@example.org", "CalDAV")
    assert program.run("pause", ANNA).exit == 0
    cycles(anna.source, 1)
    anna.put_exchange(EVENTS[0].uid, one(EVENTS[0].with_(summary="Last")))
    assert program.run("resume", ANNA).exit == 0
    outcome = program.run("finish", ANNA, "--yes")
    assert outcome.exit == 0, str(outcome)
    done = outcome["finished"][0]
    assert (done["mailbox"], done["caldav_stripped"] >= 4, done["exchange_stripped"] >= 1) == (ANNA, True, True), str(outcome)
    assert anna.titles(EVENTS[0].uid) == ("Last", "Last")
    assert [uid for uid, text in anna.texts().items() if "X-CARAVAN" in text] == []
    assert states(program)[ANNA] == "finished"
    again = program.run("finish", ANNA, "--yes")
    assert (again.exit, again["finished"][0]["caldav_stripped"], again["finished"][0]["exchange_stripped"]) == (0, 0, 0)
    assert anna.source.mails() == []


def test_a_mailbox_that_was_finished_can_be_subscribed_again_without_rewriting_it(live):
    anna, _, program, _ = live
    assert program.run("finish", ANNA, "--yes").exit == 0
    texts = anna.texts()
    anna.source.reset_requests()
    outcome = program.run("subscribe", ANNA)
    assert outcome.exit == 0, str(outcome)
    assert (exchange_writes(anna.source), anna.texts() == texts) == ({}, True)


def test_finish_asks_and_does_nothing_where_nobody_can_answer(live):
    _, _, program, _ = live
    outcome = program.run("finish", ANNA)
    assert (outcome.exit, states(program)[ANNA]) == (2, "subscribed"), str(outcome)


def test_subscribe_without_a_choice_of_scheduling_is_refused(exchange, radicale, caravan):
    source = exchange("--mailbox", ANNA)
    program = caravan(source, radicale, [ANNA], {"sync": {"scheduling": None}})
    outcome = program.run("subscribe", program.list)
    assert (outcome.exit, "scheduling" in str(outcome.errors())) == (2, True), str(outcome)


def test_the_daemon_ends_after_the_write_in_hand(live):
    anna, _, _, daemon = live
    anna.put("late@example.org", one(Event(uid="late@example.org", summary="Late")))
    assert daemon.stop() == 0
    assert anna.on_exchange().get("late@example.org") in (None, "Late")


def test_a_second_daemon_on_sqlite_is_refused(live):
    _, _, program, _ = live
    second = subprocess.run([binary("caravan"), "--config", program.config], env=program.environment(), capture_output=True,
                            text=True, timeout=30, check=False)
    assert (second.returncode, "second" in second.stderr or "Another daemon" in second.stderr) == (2, True), second.stderr


def test_subscribe_sh_subscribes_a_list_and_says_what_came_of_it(exchange, radicale, ics_file, caravan, folder):
    source = exchange("--load", f"{ANNA}={ics_file(calendar(EVENTS))}", "--mailbox", BORIS)
    program = caravan(source, radicale, [ANNA, BORIS], settings())
    logs = folder / "logs"
    environment = {"PATH": SYSTEM_PATH, "HOME": str(folder), "CARAVAN_CONFIG": str(program.config), "CARAVAN_LOG_DIR": str(logs),
                   "EXODUS_CLI": str(binary("exodus-cli"))}
    done = subprocess.run([REPOSITORY / "scripts" / "subscribe.sh", program.list], env=environment, capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert states(program) == {ANNA: "subscribed", BORIS: "subscribed"}
    assert list(logs.glob("subscribe-*.html")) and "all done" in (logs / "subscribe.log").read_text()
    refused = subprocess.run([REPOSITORY / "scripts" / "subscribe.sh", "nobody.txt"], env=environment, capture_output=True,
                             text=True, timeout=60, check=False)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert os.access(REPOSITORY / "scripts" / "subscribe.sh", os.X_OK)
