# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of docs/mapping.md's table of meetings under every owner of scheduling, on the simulator and a real Radicale:
what stands on both sides afterwards, and exactly the mails that Exchange sends because of Caravan. One daemon for all rows of
an owner, one meeting a row: all situations are made, then all changes while the daemon pauses, then it settles."""

from dataclasses import dataclass

import pytest

from support.live import PATIENCE, Daemon, cycles, rest, settings
from support.meeting_rows import (ANNA, BEN, CAROL, DECLINED_BEFORE, EVA, NEW, ON_TEXT, OTHER, ROOM, SECOND, CalDav, Outlook, has_builder,
                                  invitation, parsed, table, utc_of)
from support.meeting_views import across, caldav_view, exchange_views, units
from support.process import wait_for
from support.radicale import Radicale
from support.xandikos import Xandikos

ROWS = table()
#: What a mail to guests is after each change made on CalDAV.
MAILS = {"new": "invitation", "title": "update", "a guest is added": "invitation", "a guest is removed": "cancellation",
         "an occurrence is moved": "update", "an occurrence is removed": "cancellation", "called off": "cancellation",
         "an occurrence is called off": "cancellation", "deleted": "cancellation"}
_ICS = parsed(invitation(ROWS[0]))
WEEK = {utc_of(_ICS, SECOND): "occurrence", utc_of(_ICS, OTHER): "the other"}


@dataclass
class Moment:
    """Both sides: UID -> View; what is not there has none."""
    exchange: dict
    caldav: dict


class World:
    def __init__(self, source, target, program, rows):
        self.source, self.target, self.program, self.rows = source, target, program, rows
        self.outlook, self.client = Outlook(source), CalDav(target)

    def moment(self):
        exchange, caldav = {}, {}
        for me in (ANNA, ROOM):
            exchange |= exchange_views(self.source, me)
            for name, text in self.target.resources(me.split("@")[0]).items():
                caldav[name.removesuffix(".ics")] = caldav_view(text, me)
        return Moment(exchange, caldav)

    def mails_by_uid(self, after):
        out = {}
        for mail in self.source.mails()[after:]:
            out.setdefault(mail["uid"], []).append((mail["kind"], sorted(mail["to"]), mail["answer"]))
        return out

    def listed(self, command):
        rows = self.program.run(command, "list")[command]
        return {row["uid"]: row for row in rows}

    def losing_copy(self, row, conflict):
        return caldav_view(self.program.run("conflicts", "show", conflict["id"])["conflict"]["losing_copy"], row.me)

    def decline_what_is_declined_before(self):
        """Under way, as the mailbox's owner did it before the change that its row is about."""
        rows = [row for row in self.rows if row.change in DECLINED_BEFORE]
        for row in rows:
            if DECLINED_BEFORE[row.change] == "CalDAV":
                self.client.edit(row, ON_TEXT["I decline"])
            else:
                self.outlook.all_answer(row, "DeclineItem")

        def dismissed():
            now = self.moment()
            return all(row.uid not in now.exchange and "DECLINED" in self.client.text(row) for row in rows)
        wait_for(lambda: unless_changing(dismissed), PATIENCE, "declined meetings have left Exchange")

    def pause(self):
        assert self.program.run("pause").exit == 0
        rest(self.source)

    def judged(self, before, changed, mailed, last=False):
        """What is otherwise than the rows say, by now; the last time the copies that lost are looked at, too."""
        after, mails = self.moment(), self.mails_by_uid(mailed)
        parked, conflicts = self.listed("parked"), self.listed("conflicts")
        wrong = []
        for row in self.rows:
            judge = Judge(row, before, changed, after)
            judge.end_state(conflicts.get(row.uid), parked.get(row.uid))
            judge.same(mails.get(row.uid, []), expected_mails(row), "mails")
            if last and row.uid in conflicts:
                judge.same(self.losing_copy(row, conflicts[row.uid]), judge.changed[1], "the losing copy")
            wrong += [f"{row}\n    {each}" for each in judge.wrong]
        return wrong


def unless_changing(look):
    """What a look at both sides gives; None where something was replaced while it was read."""
    try:
        return look()
    except (AssertionError, FileNotFoundError, ValueError, KeyError):
        return None


@pytest.fixture
def world(exchange, caravan, start):
    def make(scheduling, server, rows):
        mailboxes = [word for address in (ANNA, BEN, EVA, ROOM) for word in ("--mailbox", address)]
        source = exchange(*mailboxes)
        target = start(server)
        if server is Xandikos:
            for me in (ANNA, ROOM):
                target.make_home(me.split("@")[0])
        program = caravan(source, target, [], settings(scheduling=scheduling))
        program.write_list([f"{ANNA}, user", f"{ROOM}, room"], header="address, kind")
        made = World(source, target, program, [row.at(scheduling) for row in rows])
        for row in made.rows:
            if row.change not in NEW:
                made.outlook.make(row, "ACCEPTED" if row.change == "I take my answer back" else "NEEDS-ACTION")
        outcome = program.run("subscribe", program.list)
        assert outcome.exit == 0, str(outcome)
        start(Daemon, program)
        return made
    return make


def expected_mails(row):
    out = []
    for whom in row.mail.split(", ") if row.mail else ():
        if whom == "organizer":
            each = ("response", [row.organizer], "Accept" if "accept" in row.change else "Decline")
            # Both occurrences are items of their own, with an invitation each.
            out += [each] * (2 if row.kind == "orphan occurrence" and row.change == "deleted" else 1)
        else:
            alone = {"a guest is added": [CAROL], "a guest is removed": row.guests[:1]}
            out.append((MAILS[row.change], alone.get(row.change, row.guests), None))
    return out


def words_of(clause):
    """The units that "update SIDE: UNITS" names."""
    return set(clause.split(": ", 1)[1].split(", "))


class Judge:
    """Collects what is otherwise than a row says."""

    def __init__(self, row, before, changed, after):
        self.row = row
        self.before, self.changed, self.after = ((moment.exchange.get(row.uid), moment.caldav.get(row.uid))
                                                 for moment in (before, changed, after))
        self.wrong = []

    def expect(self, right, what):
        if not right:
            self.wrong.append(what)

    def same(self, seen, wanted, what):
        self.expect(seen == wanted, f"{what}: expected {wanted}, seen {seen}")

    def changes(self, clause, was, now):
        words = words_of(clause)
        if was is None or now is None:
            return self.expect(False, f"{clause}: {was} -> {now}")
        if words == {"schedule"} and was.starts != now.starts:
            return None
        return self.same(units(was, now, WEEK), words - (self.kept() if "exchange" in clause else set()), clause)

    def kept(self):
        """Units of this row that Exchange has no field for, or none that can be written (docs/mapping.md): our property
        there keeps them, and `verify` finds them."""
        row = self.row
        if row.side == "CalDAV" and (row.own or row.change == "new"):
            return {"status", "attendee guest", "attendee"} if row.change == "a guest answers" else {"status"}
        return set()

    def end_state(self, conflict, parked):
        """`conflict` and `parked` are what is listed of it, or None."""
        clauses = self.row.done.split("; ")
        self.same(parked is not None, clauses == ["park"], "parked")
        self.same(conflict is not None, "conflict" in clauses, "conflict")
        if clauses == ["park"]:
            self.same(self.after, self.changed, "nothing is written")
        elif "conflict" in clauses:
            self.same(self.after, self.before, "restored")
            self.changes(clauses[0], self.changed[1], self.after[1])
            self.same(conflict and conflict["winner"], "exchange", "winner")
        else:
            self.carried_over(clauses)

    def carried_over(self, clauses):
        side = ["Exchange", "CalDAV"].index(self.row.side)
        self.expect(self.changed != self.before, "the change changed nothing")
        self.same(self.after[side], self.changed[side], f"{self.row.side} stays as changed")
        for clause in clauses:
            self.done(clause)
        if "dismiss" not in clauses:
            self.expect(not (found := across(*self.after, self.kept())), f"the sides differ: {found}")

    def done(self, clause):
        there, here = self.after
        if clause.startswith("update"):
            side = "exchange caldav".split().index(clause.split(":")[0].split()[1])
            self.changes(clause, self.before[side], self.after[side])
        elif clause.startswith("create"):
            self.expect(there and here, f"{clause}: {there}, {here}")
        elif clause.startswith("delete"):
            self.same((there, here), (None, None), clause)
        elif clause == "dismiss":
            self.expect(there is None and here, f"{clause}: {there}, {here}")
            left = here and [event["status"] or event["attendee"].get("me") for event in here.events.values()]
            self.same(set(left or ()), {"CANCELLED"} if self.row.own else {"DECLINED"}, "what CalDAV keeps")
        elif clause == "cancel occurrence" or (clause == "answer declined for occurrence" and there):
            gone = {"occurrence presence"} if self.row.kind == "orphan occurrence" else {"exclusion"}
            self.same(units(self.before[0], there, WEEK), gone, clause)
        elif clause.startswith("answer accepted"):
            where = next(iter(key for key, name in WEEK.items() if clause.endswith(name)), "")
            event = there and there.of(where)
            self.same(event and event["attendee"].get("me"), "ACCEPTED", clause)
        else:
            self.expect(clause == "cancel" or clause.startswith("answer declined"), f"no check for {clause!r}")


@pytest.mark.parametrize("scheduling", ["none", "exchange", "caldav"])
@pytest.mark.parametrize("server", [Radicale, Xandikos])
def test_every_row_of_the_table_holds_on_both_sides_with_its_mails(world, scheduling, server):
    live = world(scheduling, server, [row for row in ROWS if (row.kind == "orphan occurrence") == (server is Xandikos)])
    live.decline_what_is_declined_before()
    live.pause()
    before = live.moment()
    for row in live.rows:
        (live.outlook if row.side == "Exchange" else live.client).change(row)
    changed, mailed = live.moment(), len(live.source.mails())
    assert live.program.run("resume").exit == 0
    try:
        wait_for(lambda: unless_changing(lambda: live.judged(before, changed, mailed)) == [], PATIENCE, "every row")
    except TimeoutError:
        pass  # the rows that are wrong are told below
    cycles(live.source, 3)
    live.pause()
    wrong, after = live.judged(before, changed, mailed, last=True), live.moment()
    assert not wrong, f"{len(wrong)} deviations in {len(live.rows)} rows\n" + "\n".join(wrong)
    # The rest of each event, and what our property on Exchange keeps, is verify's to compare.
    parked = {row.uid for row in live.rows if row.done == "park" and row.uid in after.exchange}
    assert {each["uid"] for each in live.program.verify()["differences"]} == parked


def test_every_row_of_the_page_has_its_situation_here():
    assert len(ROWS) > 100
    assert [str(row) for row in ROWS if not has_builder(row)] == []
