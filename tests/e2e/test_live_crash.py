# SPDX-License-Identifier: GPL-3.0-or-later
"""Live sync under kill -9 (crash sweep): `caravan` is killed at random moments while people edit both sides; at the end
nothing is lost, nothing is there twice, and `verify` finds no difference."""

import random
import threading
import time

from support.events import Event, calendar, plain_calendar
from support.live import Daemon, Pair, settings
from support.process import wait_for
from support.reading import uids

ANNA = "anna@example.com"


class People(threading.Thread):
    """Edits both sides until told to end. Each series is edited on one side only, so that it is known what it has to be in
    the end; titles are numbered, so that a lost edit shows."""

    def __init__(self, pair, events, seed):
        super().__init__(daemon=True)
        self.pair, self.choice = pair, random.Random(seed)
        self.events = {event.uid: event for event in events}
        self.wanted = {event.uid: event.summary for event in events}
        self.gone = set()
        self.number = 0
        self.stop = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.edit()
                time.sleep(self.choice.uniform(0.02, 0.15))
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def edit(self):
        self.number += 1
        side = self.choice.choice(["exchange", "caldav"])
        mine = sorted(uid for uid in self.wanted if self.side_of(uid) == side and uid not in self.gone)
        deed = self.choice.random()
        if deed < 0.2 or not mine:
            event = Event(uid=f"{side}-{self.number:05d}@example.org", summary=f"New {self.number}",
                          rule="FREQ=WEEKLY;COUNT=5" if self.number % 3 == 0 else "")
            self.events[event.uid] = event
            self.write(side, event)
        elif deed < 0.27:
            self.remove(side, self.choice.choice(mine))
        else:
            uid = self.choice.choice(mine)
            self.write(side, self.events[uid].with_(summary=f"Edit {self.number}"))

    @staticmethod
    def side_of(uid):
        return "caldav" if uid.startswith("caldav") or uid < "event-00020" and uid.startswith("event") else "exchange"

    def write(self, side, event):
        self.events[event.uid] = event
        if side == "exchange":
            self.pair.put_exchange(event.uid, calendar([event]))
        else:
            self.pair.put(event.uid, calendar([event]))
        self.wanted[event.uid] = event.summary

    def remove(self, side, uid):
        try:
            if side == "exchange":
                self.pair.delete_exchange(uid)
            else:
                self.pair.delete(uid)
        except StopIteration:  # not there yet
            return
        self.gone.add(uid)
        self.wanted.pop(uid)


def test_kills_of_the_daemon_while_both_sides_are_edited_lose_and_double_nothing(exchange, radicale, caravan, ics_file, start,
                                                                                folder, full):
    kills = 200 if full else 20
    events = plain_calendar(40)
    source = exchange("--load", f"{ANNA}={ics_file(calendar(events))}")
    program = caravan(source, radicale, [ANNA], settings(max_delete_count=100000, max_delete_percent=100))
    pair = Pair(ANNA, source, radicale)
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    people = People(pair, events, 20_261_121)
    choice = random.Random(7)
    people.start()
    try:
        for number in range(kills):
            place = folder / f"daemon-{number}"
            place.mkdir()
            daemon = Daemon(place, program)
            time.sleep(choice.uniform(0.05, 1.5))
            daemon.kill()
    finally:
        people.stop.set()
        people.join()
    assert people.error is None, people.error
    daemon = start(Daemon, program)

    def in_step():
        return pair.on_exchange() == pair.on_caldav() == people.wanted
    try:
        wait_for(in_step, 90, "both sides as they were left")
    except TimeoutError:
        for name, found in (("Exchange", pair.on_exchange()), ("CalDAV", pair.on_caldav())):
            missing = {uid: title for uid, title in people.wanted.items() if found.get(uid) != title}
            more = set(found) - set(people.wanted)
            assert not missing and not more, f"{name}: lost {missing}, too many {more}\n{daemon.process.tail()}"
    doubled = [uid for uid, count in uids(radicale.resources("anna")).items() if count > 1]
    on_exchange = [row["uid"] for row in source.items(ANNA)]
    assert (doubled, len(on_exchange) - len(set(on_exchange))) == ([], 0)
    verified = program.verify()
    assert (verified.exit, verified["differences"]) == (0, []), str(verified)
    assert source.mails() == []
