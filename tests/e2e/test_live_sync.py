# SPDX-License-Identifier: GPL-3.0-or-later
"""Live two-way sync: `subscribe`, then the daemon `caravan` over a real Radicale: what is made, changed or deleted
on either side arrives on the other, edits of both sides meet, and nothing is written twice."""

from datetime import timedelta

import pytest

from support.events import Event, calendar
from support.live import PATIENCE, Daemon, Pair, cycles, exchange_writes, rest, settings
from support.process import wait_for
from support.reading import uids, values
from support.xandikos import Xandikos

ANNA, BORIS = "anna@example.com", "boris@example.com"
EVENT = Event(uid="both@example.org", summary="Both", lines=("LOCATION:Room 1",))
SERIES = Event(uid="series@example.org", summary="Round", rule="FREQ=WEEKLY;COUNT=6", exception="Round, elsewhere")


def one(event):
    return calendar([event])


@pytest.fixture
def sides(exchange, radicale, ics_file, caravan):
    """sides(events, **settings): a mailbox with these events on Exchange, a Radicale, and the program."""
    def make(events=(), caldav=(), **sync):
        loaded = ["--load", f"{ANNA}={ics_file(calendar(events))}"] if events else []
        source = exchange("--mailbox", ANNA, "--mailbox", BORIS, *loaded)
        program = caravan(source, radicale, [ANNA], settings(**sync))
        pair = Pair(ANNA, source, radicale)
        if caldav:
            pair.make_calendar()
        for event in caldav:
            pair.put(event.uid, one(event))
        return pair, program
    return make


@pytest.fixture
def live(sides, start):
    """live(events, **settings): the same, subscribed and with the daemon running."""
    def make(events=(), **sync):
        pair, program = sides(events, **sync)
        outcome = program.run("subscribe", program.list)
        assert outcome.exit == 0, str(outcome)
        start(Daemon, program)
        return pair, program
    return make


def whole_day(uid, day="20280601", until="20280602"):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{uid}",
                        "DTSTAMP:20260101T000000Z", f"DTSTART;VALUE=DATE:{day}", f"DTEND;VALUE=DATE:{until}",
                        "SUMMARY:Day off", "END:VEVENT", "END:VCALENDAR", ""])


# ---- subscribe ---------------------------------------------------------------------------------------------------------
def test_the_first_pass_brings_each_side_what_only_the_other_has(exchange, radicale, ics_file, caravan):
    mine = [Event(uid=f"exchange-{number}@example.org", summary=f"Exchange {number}") for number in range(3)]
    theirs = [Event(uid=f"caldav-{number}@example.org", summary=f"CalDAV {number}") for number in range(3)]
    source = exchange("--load", f"{ANNA}={ics_file(calendar([*mine, SERIES]))}", "--mailbox", BORIS)
    program = caravan(source, radicale, [ANNA, BORIS], settings())
    pairs = [Pair(ANNA, source, radicale), Pair(BORIS, source, radicale)]
    for pair in pairs:
        pair.make_calendar()
        for event in theirs:
            pair.put(event.uid, one(event))
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    everything = {event.uid: event.summary for event in [*mine, SERIES, *theirs]}
    assert pairs[0].on_exchange() == pairs[0].on_caldav() == everything
    assert pairs[1].on_exchange() == pairs[1].on_caldav() == {event.uid: event.summary for event in theirs}
    assert source.mails() == []
    verified = program.verify()
    assert verified.exit == 0, str(verified)


def test_the_same_event_on_both_sides_is_linked_and_not_written(sides):
    pair, program = sides([SERIES], caldav=[SERIES])
    pair.source.reset_requests()
    before = pair.target.resources(pair.user)
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    assert exchange_writes(pair.source) == {}
    assert pair.target.resources(pair.user) == before


def test_a_mailbox_that_was_migrated_before_is_taken_up_without_a_write(exchange, radicale, caravan):
    source = exchange("--generate", "1:60")
    program = caravan(source, radicale, ["user0001@example.com"], settings())
    assert program.migrate().exit == 0
    before = radicale.resources("user0001")
    source.reset_requests()
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    assert (exchange_writes(source), radicale.resources("user0001") == before) == ({}, True)
    assert len(before) == 60


def test_subscribing_twice_writes_nothing_the_second_time(sides):
    pair, program = sides([SERIES], caldav=[Event(uid="caldav@example.org")])
    assert program.run("subscribe", program.list).exit == 0
    before = pair.target.resources(pair.user)
    pair.source.reset_requests()
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    assert (exchange_writes(pair.source), pair.target.resources(pair.user) == before) == ({}, True)


# ---- a change of one side ----------------------------------------------------------------------------------------------
def test_a_single_event_is_made_changed_and_deleted_on_exchange(live):
    pair, _ = live([Event(uid="other@example.org")])
    event = Event(uid="new@example.org", summary="New")
    pair.put_exchange(event.uid, one(event))
    pair.wait_titles(event.uid, "New")
    pair.put_exchange(event.uid, one(event.with_(summary="Newer")))
    pair.wait_titles(event.uid, "Newer")
    pair.delete_exchange(event.uid)
    pair.wait_titles(event.uid, None)


def test_a_single_event_is_made_changed_and_deleted_on_caldav(live):
    pair, program = live([Event(uid="other@example.org")])
    event = Event(uid="new@example.org", summary="New")
    pair.put(event.uid, one(event))
    pair.wait_titles(event.uid, "New")
    pair.edit(event.uid, "SUMMARY:New", "SUMMARY:Newer")
    pair.wait_titles(event.uid, "Newer")
    pair.delete(event.uid)
    pair.wait_titles(event.uid, None)
    verified = program.verify()
    assert verified.exit == 0, str(verified)


def test_a_series_with_exceptions_made_on_caldav_arrives_occurrence_by_occurrence(live):
    pair, program = live()
    text = one(SERIES.with_(lines=(f"EXDATE;TZID=Europe/Berlin:{SERIES.start.replace(day=8):%Y%m%dT%H%M%S}",)))
    pair.put(SERIES.uid, text)
    pair.wait_titles(SERIES.uid, "Round")
    wait_for(lambda: [title for _, title in pair.exchange_occurrences(SERIES.uid)] ==
             ["Round", "Round, elsewhere", "Round", "Round", "Round"], 20, "five occurrences, one of them changed")
    verified = program.verify()
    assert verified.exit == 0, str(verified)


def test_an_occurrence_is_changed_added_and_removed_on_caldav(live):
    pair, program = live([SERIES])
    pair.wait_titles(SERIES.uid, "Round")

    def shown():
        return [title for _, title in pair.exchange_occurrences(SERIES.uid)]
    pair.edit(SERIES.uid, "SUMMARY:Round\\, elsewhere", "SUMMARY:Round\\, outside")
    wait_for(lambda: "Round, outside" in shown(), 40, "the changed occurrence")
    pair.edit(SERIES.uid, "RRULE:FREQ=WEEKLY;COUNT=6", "RRULE:FREQ=WEEKLY;COUNT=6\r\nEXDATE;TZID=Europe/Berlin:"
              f"{SERIES.start.replace(day=8):%Y%m%dT%H%M%S}")
    wait_for(lambda: len(shown()) == 5, 40, "an occurrence less")
    pair.edit(SERIES.uid, "EXDATE;TZID=Europe/Berlin:" f"{SERIES.start.replace(day=8):%Y%m%dT%H%M%S}\r\n", "")
    # Exchange gives no occurrence back alone: the pattern is written anew, and then the exceptions.
    wait_for(lambda: len(shown()) == 6 and "Round, outside" in shown(), 40, "the occurrence again, and the changed one")
    verified = program.verify()
    assert verified.exit == 0, str(verified)


def test_an_occurrence_is_changed_and_removed_on_exchange(live):
    pair, program = live([SERIES.with_(exception="")])
    pair.put_exchange(SERIES.uid, one(SERIES))
    wait_for(lambda: "Round\\, elsewhere" in pair.texts()[SERIES.uid], 40, "the changed occurrence")
    gone = SERIES.with_(exception="", lines=(f"EXDATE;TZID=Europe/Berlin:{SERIES.start.replace(day=8):%Y%m%dT%H%M%S}",))
    pair.put_exchange(SERIES.uid, one(gone))
    wait_for(lambda: values(pair.texts()[SERIES.uid], "EXDATE") and "elsewhere" not in pair.texts()[SERIES.uid], 40,
             "an occurrence less")
    verified = program.verify()
    assert verified.exit == 0, str(verified)


# ---- what Exchange can't hold as it is ---------------------------------------------------------------------------------
def day(number):
    return SERIES.start + timedelta(hours=30 * number)


def test_a_recurrence_that_exchange_lacks_is_held_as_single_items_and_both_sides_stay_in_step(live):
    pair, program = live([EVENT])
    odd = Event(uid="odd@example.org", summary="Odd", rule="FREQ=HOURLY;INTERVAL=30;COUNT=4")

    def on_exchange():
        return sorted(row["subject"] for row in pair.source.items(ANNA) if row["uid"] != EVENT.uid)
    pair.put(odd.uid, one(odd))
    wait_for(lambda: on_exchange() == ["Odd"] * 4, PATIENCE, "four single items")
    text = pair.texts()[odd.uid]
    pair.source.reset_requests()
    cycles(pair.source, 5)
    assert (exchange_writes(pair.source), pair.texts()[odd.uid]) == ({}, text)
    pair.edit(odd.uid, "SUMMARY:Odd", "SUMMARY:Odder")
    wait_for(lambda: on_exchange() == ["Odder"] * 4, PATIENCE, "the new title on each")
    verified = program.verify()
    assert verified.exit == 0, str(verified)
    third = next(row for row in pair.source.items(ANNA) if row["uid"].endswith(f"{day(2):%Y%m%dT%H%M%S}"))
    pair.delete_exchange(third["uid"])
    wait_for(lambda: values(pair.texts()[odd.uid], "EXDATE"), PATIENCE, "an occurrence less on CalDAV")
    assert values(pair.texts()[odd.uid], "RRULE")[-1] == "FREQ=HOURLY;INTERVAL=30;COUNT=4"
    cycles(pair.source, 3)
    assert on_exchange() == ["Odder"] * 3
    verified = program.verify()
    assert verified.exit == 0, str(verified)
    pair.delete(odd.uid)
    wait_for(lambda: on_exchange() == [], PATIENCE, "all of them are gone")


def test_a_recurrence_that_a_pattern_contains_is_one_series_with_the_rest_excluded(live):
    pair, program = live()
    odd = Event(uid="odd@example.org", summary="Odd", rule="FREQ=MONTHLY;COUNT=6;BYMONTHDAY=1,15")
    pair.put(odd.uid, one(odd))
    wait_for(lambda: len(pair.exchange_occurrences(odd.uid)) == 6, PATIENCE, "six occurrences")
    pair.edit(odd.uid, "SUMMARY:Odd", "SUMMARY:Odder")
    wait_for(lambda: [title for _, title in pair.exchange_occurrences(odd.uid)] == ["Odder"] * 6, PATIENCE, "the new title")
    verified = program.verify()
    assert verified.exit == 0, str(verified)


# ---- changes of both sides ---------------------------------------------------------------------------------------------
def both(pair, program, uid, on_exchange, old, new):
    """An edit on each side while nobody looks, then a look."""
    assert program.run("pause").exit == 0
    rest(pair.source)
    pair.put_exchange(uid, on_exchange)
    pair.edit(uid, old, new)
    assert program.run("resume").exit == 0


def test_edits_of_different_fields_on_both_sides_meet(live):
    pair, program = live([EVENT])
    both(pair, program, EVENT.uid, one(EVENT.with_(summary="Exchange's")), "LOCATION:Room 1", "LOCATION:Room 9")
    pair.wait_titles(EVENT.uid, "Exchange's")
    assert values(pair.texts()[EVENT.uid], "LOCATION") == ["Room 9"]
    verified = program.verify()
    assert verified.exit == 0, str(verified)
    assert program.run("conflicts", "list")["conflicts"] == []


def test_edits_of_the_same_field_are_a_conflict_that_loses_nothing(live):
    pair, program = live([EVENT], conflict="exchange")
    both(pair, program, EVENT.uid, one(EVENT.with_(summary="Exchange's")), "SUMMARY:Both", "SUMMARY:CalDAV's")
    pair.wait_titles(EVENT.uid, "Exchange's")
    rows = program.run("conflicts", "list")["conflicts"]
    assert [(row["uid"], row["winner"], row["state"]) for row in rows] == [(EVENT.uid, "exchange", "open")]
    shown = program.run("conflicts", "show", rows[0]["id"])
    assert "SUMMARY:CalDAV's" in shown["conflict"]["losing_copy"], str(shown)
    assert program.run("conflicts", "resolve", rows[0]["id"]).exit == 0
    assert [row["state"] for row in program.run("conflicts", "list")["conflicts"]] in ([], ["resolved"])


def test_a_conflict_that_is_parked_writes_nothing_until_a_person_makes_both_sides_say_the_same(live):
    pair, program = live([EVENT], conflict="park")
    pair.source.reset_requests()
    both(pair, program, EVENT.uid, one(EVENT.with_(summary="Exchange's")), "SUMMARY:Both", "SUMMARY:CalDAV's")
    row = wait_for(lambda: program.run("conflicts", "list")["conflicts"], PATIENCE, "the conflict")[0]
    cycles(pair.source, 3)
    assert (row["winner"], pair.titles(EVENT.uid), exchange_writes(pair.source)) == ("none", ("Exchange's", "CalDAV's"), {})
    pair.edit(EVENT.uid, "SUMMARY:CalDAV's", "SUMMARY:Exchange's")
    cycles(pair.source, 3)
    assert program.run("conflicts", "resolve", row["id"]).exit == 0
    assert program.run("parked", "list")["parked"] == []
    pair.edit(EVENT.uid, "LOCATION:Room 1", "LOCATION:Room 9")
    wait_for(lambda: exchange_writes(pair.source) == {"UpdateItem": 1}, PATIENCE, "the next change goes through")
    verified = program.verify()
    assert verified.exit == 0, str(verified)


def test_an_edit_beats_a_delete(live):
    pair, program = live([EVENT, Event(uid="other@example.org")])
    assert program.run("pause").exit == 0
    rest(pair.source)
    pair.delete_exchange(EVENT.uid)
    pair.edit(EVENT.uid, "SUMMARY:Both", "SUMMARY:Kept")
    assert program.run("resume").exit == 0
    pair.wait_titles(EVENT.uid, "Kept")
    assert uids(pair.target.resources(pair.user))[EVENT.uid] == 1


# ---- silence -----------------------------------------------------------------------------------------------------------
def one_change_of_each_side(pair):
    """Each is one write on the other side, and then none in ten cycles."""
    cycles(pair.source, 2)
    pair.source.reset_requests()
    pair.edit(EVENT.uid, "SUMMARY:Both", "SUMMARY:CalDAV's")
    pair.wait_titles(EVENT.uid, "CalDAV's")
    texts = pair.texts()
    cycles(pair.source, 10)
    assert exchange_writes(pair.source) == {"UpdateItem": 1}
    assert pair.texts() == texts
    pair.put_exchange(EVENT.uid, one(EVENT.with_(summary="Exchange's")))
    pair.wait_titles(EVENT.uid, "Exchange's")
    texts = pair.texts()
    cycles(pair.source, 10)
    assert (exchange_writes(pair.source), pair.texts() == texts) == ({"UpdateItem": 1}, True)


def test_one_change_is_one_write_and_then_silence(live):
    pair, _ = live([EVENT, SERIES])
    one_change_of_each_side(pair)


def test_one_change_is_one_write_and_then_silence_on_xandikos(exchange, start, caravan, ics_file):
    source = exchange("--load", f"{ANNA}={ics_file(calendar([EVENT, SERIES]))}")
    target = start(Xandikos, "anna")
    program = caravan(source, target, [ANNA], settings())
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    start(Daemon, program)
    puts = target.puts()
    one_change_of_each_side(Pair(ANNA, source, target))
    assert target.puts() - puts == 2, "the user's own and ours"


def test_one_change_is_one_write_and_then_silence_on_a_store_that_rewrites_everything(exchange, fake, caravan, start, ics_file):
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar([EVENT, SERIES]))}"), fake("--nasty", "rewrite", "--nasty", "no-etag")
    program = caravan(source, target, [ANNA], settings())
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    start(Daemon, program)
    target.reset_requests()
    one_change_of_each_side(Pair(ANNA, source, target))
    assert target.writes() == 2, "the user's own and ours"


# ---- days --------------------------------------------------------------------------------------------------------------
def test_a_day_made_on_caldav_begins_at_midnight_where_most_events_of_the_mailbox_are(live):
    pair, program = live([EVENT, SERIES])  # in Europe/Berlin; the list names no zone
    pair.put("day@example.org", whole_day("day@example.org"))
    pair.wait_titles("day@example.org", "Day off")
    assert pair.exchange_occurrences("day@example.org") == [("2028-05-31T22:00:00Z", "Day off")]


def test_the_zone_learnt_from_a_mailbox_is_kept_for_later_passes(live):
    pair, program = live([EVENT])
    pair.delete_exchange(EVENT.uid)  # nothing is left there to learn from
    pair.wait_titles(EVENT.uid, None)
    pair.put("day@example.org", whole_day("day@example.org"))
    pair.wait_titles("day@example.org", "Day off")
    assert pair.exchange_occurrences("day@example.org") == [("2028-05-31T22:00:00Z", "Day off")]
