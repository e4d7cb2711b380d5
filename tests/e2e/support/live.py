# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon `caravan` under test, and the waiting that a test of live sync needs: for something to arrive, and for whole
cycles in which nothing is to happen. A cycle is one SyncFolderItems, counted by the simulator."""

import signal
from urllib.parse import quote

import requests

from .process import Process, binary, wait_for
from .reading import by_uid, summaries

#: Seconds within which a change has to arrive; far more than it takes, for machines that do much else.
PATIENCE = 40
#: EWS operations that change something.
EXCHANGE_WRITES = ("CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "CreateAttachment", "DeleteAttachment")
SETTINGS = {"sync": {"workers": 2, "poll_interval": "1s", "scheduling": "none"}, "exchange": {"notifications": "poll"},
            "log": {"level": "debug"}}


def settings(**sync):
    """What the tests of live sync configure, with further keys of [sync]."""
    return {**SETTINGS, "sync": {**SETTINGS["sync"], **sync}}


class Daemon:
    """One process of `caravan`, on the configuration of a support.caravan.Caravan."""

    def __init__(self, folder, program, environment=None):
        self.program = program
        self.process = Process("caravan", [binary("caravan"), "--config", program.config], folder,
                               environment=program.environment(environment))
        self.process.wait_until(lambda: "serving" in self.process.tail())

    def end(self):
        self.process.end()

    def kill(self):
        """kill -9; the process is reaped."""
        self.process.child.send_signal(signal.SIGKILL)
        self.process.child.wait()

    def stop(self):
        """SIGTERM; its exit code."""
        self.process.child.send_signal(signal.SIGTERM)
        return self.process.child.wait(30)


class Pair:
    """One mailbox on both sides, as its user sees and edits it."""

    def __init__(self, address, source, target):
        self.address, self.user = address, address.split("@")[0]
        self.source, self.target = source, target

    # ---- Exchange ------------------------------------------------------------------------------------------------------
    def on_exchange(self):
        """UID -> title."""
        return {row["uid"]: row["subject"] for row in self.source.items(self.address)}

    def exchange_occurrences(self, uid, start="2020-01-01T00:00:00Z", end="2040-01-01T00:00:00Z"):
        """[(start, title)] of the series, as Exchange expands it."""
        rows = self.source.control("GET", f"mailboxes/{quote(self.address)}/occurrences", params={"start": start, "end": end})
        return sorted((row["start"], row["subject"]) for row in rows if row["uid"] == uid)

    # ---- CalDAV --------------------------------------------------------------------------------------------------------
    def _resources(self):
        while True:
            try:
                return self.target.resources(self.user)
            except FileNotFoundError:  # replaced while it was read
                continue

    def texts(self):
        """UID -> iCalendar text."""
        return by_uid(self._resources())

    def on_caldav(self):
        """UID -> title."""
        return summaries(self._resources())

    def name_of(self, uid):
        """The resource that holds the UID."""
        return next(name for name, text in self._resources().items() if uid in text.replace("\r\n ", ""))

    def put(self, uid, text):
        """What a CalDAV client saves: a new resource, or the one that holds the UID."""
        held = uid in self.texts()
        name = self.name_of(uid) if held else f"{uid.replace('@', '-')}.ics"
        answer = requests.put(self._url(name), data=text.encode(), auth=self._account(), timeout=60,
                              headers={"Content-Type": "text/calendar; charset=utf-8"})
        assert answer.status_code in (200, 201, 204), f"{answer.status_code} {answer.text}"

    def delete(self, uid):
        answer = requests.delete(self._url(self.name_of(uid)), auth=self._account(), timeout=60)
        assert answer.status_code in (200, 204), f"{answer.status_code} {answer.text}"

    def edit(self, uid, old, new):
        """Replaces a piece of the stored text, as a client that changes one property would."""
        text = self.texts()[uid]
        assert old in text, text
        self.put(uid, text.replace(old, new))

    def make_calendar(self, collection="exchange"):
        for method, path in (("MKCOL", ""), ("MKCALENDAR", f"{collection}/")):
            answer = requests.request(method, f"{self._base()}{path}", auth=self._account(), timeout=60)
            assert answer.status_code in (201, 405, 409), f"{method}: {answer.status_code} {answer.text}"

    def _base(self):
        return self.target.url.rstrip("/") + self.target.home.format(local=self.user)

    def _url(self, name):
        return f"{self._base()}exchange/{quote(name)}"

    def _account(self):
        return (self.target.username, self.target.password)

    # ---- both ----------------------------------------------------------------------------------------------------------
    def put_exchange(self, uid, text):
        return self.source.put_item(self.address, uid, text)

    def delete_exchange(self, uid):
        return self.source.delete_item(self.address, uid)

    def titles(self, uid):
        """The title on both sides, None where it is not there."""
        return self.on_exchange().get(uid), self.on_caldav().get(uid)

    def wait_titles(self, uid, title, seconds=PATIENCE):
        """Both sides show the series under this title (None: neither holds it)."""
        try:
            wait_for(lambda: self.titles(uid) == (title, title), seconds, f"{uid}: {title!r} on both sides")
        except TimeoutError as error:
            raise AssertionError(f"{error}; it is {self.titles(uid)}") from error


def cycles(source, count, seconds=PATIENCE):
    """Waits until the daemon has begun that many further passes and ended all but the last."""
    def asked():
        return source.requests()["by_operation"].get("SyncFolderItems", 0)
    goal = asked() + count + 1
    wait_for(lambda: asked() >= goal, seconds + count, f"{count} cycles")


def exchange_writes(source):
    counted = source.requests()["by_operation"]
    return {name: counted[name] for name in EXCHANGE_WRITES if counted.get(name)}


def rest(source, seconds=30):
    """Waits until no pass is under way: the count of requests stands still."""
    seen = [source.total(), 0]

    def still():
        now = source.total()
        seen[1] = seen[1] + 1 if now == seen[0] else 0
        seen[0] = now
        return seen[1] > 25
    wait_for(still, seconds, "the daemon rests")
