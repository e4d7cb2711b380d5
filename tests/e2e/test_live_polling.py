# SPDX-License-Identifier: GPL-3.0-or-later
"""Where push does not work: streams, then polling, and the way back. Each step is said once: in the log, in /api/status and as
a metric."""

import socket
import threading

import pytest

from support.events import Event, calendar
from support.exchange import generated
from support.live import Pair
from support.notified import Admin, Ports, serve, told
from support.process import free_port, wait_for

ANNA = "anna@example.com"


@pytest.fixture
def ports():
    return Ports()


def log_of(daemon):
    return daemon.process.log.read_text(errors="replace")


def arrives(pair, uid, seconds=30):
    pair.put_exchange(uid, calendar([Event(uid, f"Title of {uid}")]))
    wait_for(lambda: pair.on_caldav().get(uid) == f"Title of {uid}", seconds, f"{uid} on CalDAV")


def test_streams_tell_of_many_mailboxes_over_one_connection(exchange, fake, caravan, start, ports):
    source, target = exchange("--generate", "5:3"), fake()
    program = caravan(source, target, generated(5), ports.settings("streaming"))
    serve(start, program)
    told(source, 5)
    for address in generated(5)[::2]:
        arrives(Pair(address, source, target), f"told-{address}")
    admin = Admin(program)
    assert (admin.way(), admin.metric('caravan_subscriptions{kind="streaming"}')) == ("streaming", 5)
    assert source.requests()["by_operation"]["GetStreamingEvents"] <= 2


def test_a_stream_that_is_cut_is_opened_again_and_nothing_is_lost_in_between(exchange, fake, caravan, start, ports):
    source, target = exchange("--mailbox", ANNA), fake()
    program = caravan(source, target, [ANNA], ports.settings("streaming"))
    serve(start, program)
    told(source, 1)
    pair = Pair(ANNA, source, target)
    arrives(pair, "before@example.org")
    source.control("POST", "notifications/cut", json={"mailbox": "*"})
    arrives(pair, "while-it-was-closed@example.org")
    source.control("POST", "notifications/expire", json={"mailbox": "*"})
    arrives(pair, "after-it-expired@example.org", 60)


def test_where_exchange_allows_no_subscription_it_is_polled_and_said_once(exchange, fake, caravan, start, ports):
    source, target = exchange("--generate", "3:3", "--max-subscriptions", "0"), fake()
    program = caravan(source, target, generated(3), ports.settings(poll="2s"))
    daemon = serve(start, program)
    admin = Admin(program)
    wait_for(lambda: admin.way() == "poll", 30, "polling")
    for address in generated(3):
        arrives(Pair(address, source, target), f"polled-{address}")
    status = admin.status()["notifications"]
    assert status["why"] and status["since"]
    assert admin.metric('caravan_notifications_by{way="poll"}') == 1
    assert log_of(daemon).count("notifications_fell_back") == 1


class Forwarder:
    """What stands before gobi in an organisation: passes connections on, from the moment it is started."""

    def __init__(self, port, target):
        self.target = target
        self.server = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            upstream = socket.create_connection(("127.0.0.1", self.target))
            for one, other in ((client, upstream), (upstream, client)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    @staticmethod
    def _copy(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def end(self):
        self.server.close()


def test_callbacks_that_do_not_arrive_are_replaced_by_streams_until_they_do(exchange, fake, caravan, start, ports):
    source, target = exchange("--generate", "2:3"), fake()
    outside = free_port()
    program = caravan(source, target, generated(2),
                      ports.settings(poll="5s", callback_url=f"http://127.0.0.1:{outside}/callback"))
    daemon = serve(start, program)
    admin = Admin(program)
    wait_for(lambda: admin.way() == "streaming", 90, "streams instead of push")
    told(source, 2)
    arrives(Pair(generated(2)[0], source, target), "by-stream@example.org")
    forwarder = Forwarder(outside, ports.gobi)
    try:
        wait_for(lambda: admin.way() == "push", 120, "push again")
        wait_for(lambda: {row["kind"] for row in source.control("GET", "notifications")["subscriptions"]} == {"push"}, 60,
                 "push for everybody, and no stream left")
        arrives(Pair(generated(2)[1], source, target), "by-push@example.org")
    finally:
        forwarder.end()
    said = log_of(daemon)
    assert (said.count("notifications_fell_back"), said.count("notifications_restored")) == (1, 1)
