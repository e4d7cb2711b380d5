# SPDX-License-Identifier: GPL-3.0-or-later
"""People who edit both sides while something else goes wrong, and what has to be there in the end."""

import random
import threading
import time

from .events import Event, calendar
from .process import wait_for
from .reading import uids


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


def in_the_end(pairs, crowd, program, seconds=90):
    """Both sides of every mailbox are as its people left them, nothing is lost or there twice, and `verify` agrees."""
    def in_step():
        return all(pair.on_exchange() == pair.on_caldav() == people.wanted for pair, people in zip(pairs, crowd))
    try:
        wait_for(in_step, seconds, "both sides as they were left")
    except TimeoutError:
        for pair, people in zip(pairs, crowd):
            for name, found in (("Exchange", pair.on_exchange()), ("CalDAV", pair.on_caldav())):
                missing = {uid: (title, found.get(uid)) for uid, title in people.wanted.items() if found.get(uid) != title}
                more = set(found) - set(people.wanted)
                assert not missing and not more, f"{pair.address}, {name}: lost {missing}, too many {more}"
    for pair in pairs:
        doubled = [uid for uid, count in uids(pair.target.resources(pair.user)).items() if count > 1]
        on_exchange = [row["uid"] for row in pair.source.items(pair.address)]
        assert (doubled, len(on_exchange) - len(set(on_exchange))) == ([], 0)
    verified = program.verify()
    assert (verified.exit, verified["differences"]) == (0, []), str(verified)
