# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers send to the ports of live sync is refused, logged without its content, and harms nobody: sync goes on
meanwhile."""

import socket
import threading
import time

import pytest
import requests

from support.events import Event, calendar
from support.live import Pair, rest
from support.notified import Admin, Ports, serve, told
from support.process import wait_for

ANNA = "anna@example.com"
MARK = "CONTENT-OF-A-STRANGER"
TOKEN = "0123456789abcdef0123456789abcdef"
DOCTYPE = f"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "{MARK}"><!ENTITY c SYSTEM "file:///etc/passwd">]>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&b;&c;</s:Body></s:Envelope>"""


@pytest.fixture
def live(exchange, fake, caravan, start):
    ports = Ports()
    source, target = exchange("--mailbox", ANNA), fake()
    program = caravan(source, target, [ANNA], ports.settings())
    daemon = serve(start, program)
    told(source, 1)
    rest(source)
    return ports, Pair(ANNA, source, target), program, daemon


def unharmed(live, uid):
    """A change still goes through, the daemon is ready, and nothing of what was sent is in its log."""
    ports, pair, program, daemon = live
    pair.put_exchange(uid, calendar([Event(uid, "Through")]))
    wait_for(lambda: pair.on_caldav().get(uid) == "Through", 20, "a change while strangers knock")
    assert Admin(program).get("/readyz").status_code == 200
    assert daemon.process.child.poll() is None
    assert MARK not in daemon.process.log.read_text(errors="replace")


def token_url(source):
    """The live callback URL, which only Exchange knows."""
    return source.control("GET", "notifications")["subscriptions"][0]["url"]


def test_a_wrong_token_is_not_found_and_told_nothing(live):
    ports, pair, program, _ = live
    for path in ("", "/", f"/{TOKEN}", f"/{MARK}", f"/{TOKEN}/../{TOKEN}", "/" + "a" * 4000):
        answer = requests.post(ports.callback_url + path, data=f"<x>{MARK}</x>", timeout=10)
        assert (answer.status_code, answer.content) == (404, b""), path
    assert requests.get(f"{ports.callback_url}/{TOKEN}", timeout=10).status_code in (404, 405)
    unharmed(live, "one@example.org")


def test_a_wrong_secret_is_not_found(live):
    ports, *_ = live
    base = ports.hint_url.rsplit("/", 1)[0]
    for path in ("/", "/x", f"/{MARK}", "/%00", "/" + "b" * 4000):
        assert requests.post(base + path, data={"user": "anna"}, timeout=10).status_code == 404, path
    unharmed(live, "two@example.org")


def test_a_document_type_under_a_good_token_is_a_look_and_nothing_else(live):
    _, pair, _, _ = live
    before = pair.source.total()
    answer = requests.post(token_url(pair.source), data=DOCTYPE, timeout=10)
    assert answer.status_code == 200 and MARK not in answer.text and "root:" not in answer.text
    rest(pair.source)
    assert pair.source.total() - before <= 2
    unharmed(live, "three@example.org")


def test_a_hundred_megabytes_are_refused_before_they_are_read(live):
    ports, pair, _, daemon = live
    def pieces():
        for _ in range(100):
            yield MARK.encode() * (1024 * 1024 // len(MARK))
    for body in (pieces(), b"x" * (100 * 1024 * 1024)):
        try:
            answer = requests.post(token_url(pair.source), data=body, timeout=30)
            assert answer.status_code == 413
        except requests.ConnectionError:
            pass  # it did not listen to the end
    resident = next(int(line.split()[1]) for line in open(f"/proc/{daemon.process.pid}/status") if line.startswith("VmHWM"))
    assert resident < 150 * 1024
    unharmed(live, "four@example.org")


def test_slow_and_silent_clients_hold_nobody_up(live):
    ports, pair, program, daemon = live
    lazy, stop = [], threading.Event()
    for number in range(200):
        connection = socket.create_connection(("127.0.0.1", ports.gobi), timeout=10)
        connection.sendall(b"POST /callback/" + TOKEN.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n")
        lazy.append(connection)

    def drip():
        while not stop.wait(0.5):
            for connection in lazy:
                try:
                    connection.sendall(b"X-A: b\r\n")
                except OSError:
                    pass
    slow = threading.Thread(target=drip)
    slow.start()
    try:
        began = time.monotonic()
        unharmed(live, "five@example.org")
        assert time.monotonic() - began < 15
        # Nobody may take longer than the server's time for one request.
        def closed(connection):
            try:
                connection.settimeout(0.05)
                return connection.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True
        wait_for(lambda: all(closed(connection) for connection in lazy[:20]), 40, "slow clients lose their connection")
    finally:
        stop.set()
        slow.join()
        for connection in lazy:
            connection.close()


def test_garbage_is_refused(live):
    ports, *_ = live
    for port in (ports.gobi, ports.hints):
        for text in (b"\x00\x01\x02\xff" * 300, b"GET\r\n\r\n", MARK.encode() * 2000, b"POST /callback/" + b"\xff" * 60 + b" HTTP/1.1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nzz\r\n",
                     b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"t" * 200):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(text)
                connection.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while piece := connection.recv(4096):
                        answer += piece
                except OSError:
                    pass
                assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), (text[:20], answer[:100])
    unharmed(live, "six@example.org")
