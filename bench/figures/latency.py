# SPDX-License-Identifier: GPL-3.0-or-later
"""live.latency_ratio.*: how long a change takes to the other side once it was told, over the bare cost of one GetItem and one
PUT in the same run. live.idle_requests_per_calendar: what quiet calendars cost while they are told of everything."""

import http.client
import re
import statistics
import tempfile
import time
from base64 import b64encode
from pathlib import Path

import requests

from support.caldav_fake import CalDavFake
from support.events import Event, calendar
from support.exchange import SERVICE_PASSWORD, SERVICE_USER, Exchange, generated
from support.notified import Admin, Ports
from support.process import Process, binary, wait_for
from support.radicale import Radicale

from .rig import BenchFailed, Figure, median

ANNA = "anna@example.com"
#: decisions of the project: so many single edits, so far apart.
EDITS, APART = 200, 0.5
PATIENCE = 20

_GET_ITEM = """<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" \
xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" \
xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header><t:RequestServerVersion \
Version="Exchange2013_SP1"/><t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{address}</t:PrimarySmtpAddress>\
</t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body><m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>\
</m:ItemShape><m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:GetItem></s:Body></s:Envelope>"""


def p95(values):
    return statistics.quantiles(values, n=20)[-1]


class _Live:
    """A subscribed mailbox, its two servers and the daemon, ended with the rig."""

    def __init__(self, rig, source, target, addresses, poll="1h"):
        self.source, self.target, self.ports = source, target, Ports()
        self.program = rig.caravan(source, target, addresses, {**self.ports.settings(poll=poll), "log": {"level": "warning"}})
        done = self.program.run("subscribe", self.program.list)
        if done.exit != 0:
            raise BenchFailed(str(done))
        self.folder = rig.place("daemon")
        self.process = Process("caravan", [binary("caravan"), "--config", self.program.config], self.folder,
                               environment=self.program.environment())
        rig.running.append(self)
        self.admin = Admin(self.program)
        self.process.wait_until(self._told(len(addresses)), 120)
        for address in addresses:  # hints are known to work
            self.ports.hint(address.split("@")[0])
        self.rest()

    def _told(self, count):
        def ready():
            rows = self.source.control("GET", "notifications")["subscriptions"]
            return len({row["mailbox"] for row in rows if row["calls"] > 0}) >= count
        return ready

    def end(self):
        self.process.end()

    def requests(self):
        if hasattr(self.target, "requests"):
            return self.source.total(), sum(self.target.requests()["by_method"].values())
        return self.source.total(), 0

    def rest(self, still=3, seconds=120):
        """Waits until nobody has been asked anything for a while."""
        seen = [self.requests(), time.monotonic()]

        def quiet():
            now = self.requests()
            if now != seen[0]:
                seen[:] = [now, time.monotonic()]
            return time.monotonic() - seen[1] > still
        wait_for(quiet, seconds, "the daemon rests")


class _Bare:
    """One GetItem and one PUT of the same event over kept connections, and nothing else."""

    def __init__(self, live):
        self.exchange = http.client.HTTPConnection("127.0.0.1", live.source.port)
        self.caldav = http.client.HTTPConnection("127.0.0.1", live.target.port)
        item = live.source.items(ANNA)[0]["item_id"]
        self.question = _GET_ITEM.format(address=ANNA, item=item).encode()
        self.ews = {"Authorization": "Basic " + b64encode(f"{SERVICE_USER}:{SERVICE_PASSWORD}".encode()).decode(),
                    "Content-Type": "text/xml; charset=utf-8"}
        self.dav = {"Authorization": "Basic " + b64encode(f"{live.target.username}:{live.target.password}".encode()).decode(),
                    "Content-Type": "text/calendar; charset=utf-8"}
        requests.request("MKCALENDAR", f"{live.target.url}anna/floor/", timeout=30,
                         auth=(live.target.username, live.target.password))
        self.number = 0

    def once(self):
        self.number += 1
        body = calendar([Event("bare@example.org", f"Bare {self.number}")]).encode()
        began = time.perf_counter()
        self._send(self.exchange, "POST", "/EWS/Exchange.asmx", self.question, self.ews)
        self._send(self.caldav, "PUT", "/anna/floor/bare.ics", body, self.dav)
        return time.perf_counter() - began

    @staticmethod
    def _send(connection, method, path, body, headers):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise BenchFailed(f"{method} {path}: {answer.status}")


def _measure(rig, live, edit, arrived):
    """By turns: an edit until it has arrived, and the bare cost."""
    bare, lags, floors = _Bare(live), [], []
    for number in range(rig.size(EDITS, 8) + 3):
        began = time.perf_counter()
        start = edit(number)
        while not arrived(number):
            if time.perf_counter() - began > PATIENCE:
                raise BenchFailed(f"edit {number} did not arrive within {PATIENCE} s")
            time.sleep(0.0005)
        lag = time.perf_counter() - start
        time.sleep(0.05)  # the daemon ends its pass
        floor = bare.once()
        if number >= 3:
            lags.append(lag)
            floors.append(floor)
        time.sleep(max(0, rig.size(APART, 0.2) - (time.perf_counter() - began)))
    return lags, floors


def _figure(rig, name, lags, floors):
    rig.say(f"{name}: {len(lags)} edits, p50 {1000 * median(lags):.1f} ms, p95 {1000 * p95(lags):.1f} ms, slowest "
            f"{1000 * max(lags):.1f} ms; bare GetItem and PUT {1000 * median(floors):.1f} ms (median), "
            f"{1000 * p95(floors):.1f} ms (p95)")
    return Figure(name, "ms", 1000 * p95(lags), 1000 * median(floors), 3, "ratio<=")


def _anna(rig):
    event = Event("edited@example.org", "Before")
    loaded = rig.place("loaded") / "calendar.ics"
    loaded.write_text(calendar([event]), newline="")
    source = rig.start(Exchange, "--mailbox", ANNA, "--load", f"{ANNA}={loaded}")
    # A disk that is waited for at each PUT would be most of the floor, and hide what Caravan adds.
    memory = Path("/dev/shm")
    data = Path(tempfile.mkdtemp(prefix="caravan-bench-", dir=memory if memory.is_dir() else None))
    target = rig.start(Radicale, {"anna": "annapw"}, data=data)
    try:
        return _Live(rig, source, target, [ANNA]), event
    finally:
        rig.temporary.append(data)


def exchange_to_caldav(rig):
    live, event = _anna(rig)
    path = live.target.data / "collection-root/anna/exchange"
    name = next(path.glob("*.ics"))

    def edit(number):
        start = time.perf_counter()
        live.source.put_item(ANNA, event.uid, calendar([event.with_(summary=f"Edit {number}.")]))
        return start

    def arrived(number):
        try:
            return f"SUMMARY:Edit {number}." in name.read_text()
        except FileNotFoundError:
            return False
    lags, floors = _measure(rig, live, edit, arrived)
    rig.end(live, live.target, live.source)
    return [_figure(rig, "live.latency_ratio.exchange_to_caldav", lags, floors)]


def caldav_to_exchange(rig):
    live, event = _anna(rig)
    path = live.target.data / "collection-root/anna/exchange"
    name = next(path.glob("*.ics"))
    text = name.read_bytes().decode()
    hint = requests.Session()

    def edit(number):
        live.target.put_as_user("anna", "exchange", name.name, re.sub("SUMMARY:.*", f"SUMMARY:Edit {number}.\r", text))
        start = time.perf_counter()
        hint.post(live.ports.hint_url, data={"user": "anna"}, timeout=10)
        return start

    def arrived(number):
        return live.source.items(ANNA)[0]["subject"] == f"Edit {number}."
    lags, floors = _measure(rig, live, edit, arrived)
    rig.end(live, live.target, live.source)
    return [_figure(rig, "live.latency_ratio.caldav_to_exchange", lags, floors)]


def idle_requests(rig):
    calendars, seconds = rig.size(100, 10), rig.size(60, 5)
    source, target = rig.start(Exchange, "--generate", f"{calendars}:{rig.size(50, 5)}"), rig.start(CalDavFake)
    live = _Live(rig, source, target, generated(calendars))
    source.reset_requests()
    target.reset_requests()
    time.sleep(seconds)
    exchange, caldav = live.requests()
    rig.say(f"idle_requests: {calendars} calendars told by push and hints, {seconds} s without a change and without an audit: "
            f"{exchange} requests to Exchange, {caldav} to CalDAV")
    rig.end(live, target, source)
    return [Figure("live.idle_requests_per_calendar", "requests", (exchange + caldav) / calendars, 0, 0, "value<=")]


FIGURES = {"live.latency_ratio.exchange_to_caldav": exchange_to_caldav,
           "live.latency_ratio.caldav_to_exchange": caldav_to_exchange,
           "live.idle_requests_per_calendar": idle_requests}
