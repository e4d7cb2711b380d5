# SPDX-License-Identifier: GPL-3.0-or-later
"""Live sync by notifications: Exchange's callbacks and the hook's hints bring a change across within a second or so
while nothing is polled; quiet calendars cost no request; lost, doubled, late and reordered callbacks lose nothing."""

import time

import pytest

from support.events import Event, calendar
from support.exchange import generated
from support.live import Pair, rest
from support.notified import Admin, Ports, serve, told
from support.process import wait_for
from support.radicale import Radicale

ANNA = "anna@example.com"
#: One audit period as the configuration allows it at the least, and what the last of its passes may take.
AUDIT = 60


@pytest.fixture
def ports():
    return Ports()


@pytest.fixture
def live(exchange, start, caravan, ports, ics_file):
    """live(): anna's mailbox under live sync on a Radicale whose hook gives hints, told of by push."""
    def make(**keywords):
        source = exchange("--mailbox", ANNA, "--load", f"{ANNA}={ics_file(calendar([Event('kept@example.org', 'Kept')]))}")
        target = start(Radicale, {"anna": "annapw"}, hook=ports.hook)
        program = caravan(source, target, [ANNA], ports.settings(**keywords))
        serve(start, program)
        told(source, 1)
        rest(source)
        return Pair(ANNA, source, target), program
    return make


def test_a_change_on_exchange_is_told_and_arrives_without_polling(live):
    pair, program = live()
    began = time.monotonic()
    pair.put_exchange("new@example.org", calendar([Event("new@example.org", "Told by Exchange")]))
    wait_for(lambda: pair.on_caldav().get("new@example.org") == "Told by Exchange", 20, "the change on CalDAV")
    assert time.monotonic() - began < 10
    admin = Admin(program)
    assert admin.way() == "push"
    assert admin.metric('caravan_subscriptions{kind="push"}') == 1
    assert admin.metric('caravan_notifications_by{way="push"}') == 1
    assert admin.metric('caravan_callbacks_total{answer="ok"}') >= 2


def test_a_change_on_caldav_is_hinted_and_arrives_without_polling(live):
    pair, program = live()
    began = time.monotonic()
    pair.target.put_as_user("anna", "exchange", "mine.ics", calendar([Event("mine@example.org", "Hinted by Radicale")]))
    wait_for(lambda: pair.on_exchange().get("mine@example.org") == "Hinted by Radicale", 20, "the change on Exchange")
    assert time.monotonic() - began < 10
    assert Admin(program).metric('caravan_hints_total{answer="ok"}') >= 1


def test_our_own_writes_cost_no_look_at_caldav(live):
    pair, program = live()
    pair.put_exchange("new@example.org", calendar([Event("new@example.org", "Told by Exchange")]))
    wait_for(lambda: "new@example.org" in pair.on_caldav(), 20, "the change on CalDAV")
    wait_for(lambda: (Admin(program).metric('caravan_hints_total{answer="ignored"}') or 0) >= 1, 20, "an ignored hint")


def test_the_admin_port_says_that_the_daemon_lives_and_is_ready(live):
    _, program = live()
    admin = Admin(program)
    assert [admin.get(path).status_code for path in ("/healthz", "/readyz", "/metrics", "/api/status")] == [200] * 4
    assert admin.status()["programs"][0]["role"] == "caravan"
    row = program.run("status", ANNA)["mailboxes"][0]
    assert (row["state"], row["subscription"], row["heard_seconds"] < 60) == ("subscribed", "push", True)


def test_quiet_calendars_cost_no_request_on_either_side(exchange, fake, caravan, start, ports):
    source, target = exchange("--generate", "10:20"), fake()
    program = caravan(source, target, generated(10), ports.settings())
    serve(start, program)
    told(source, 10)
    for address in generated(10):  # the hook works: from now on hints are waited for
        ports.hint(address.split("@")[0])
    wait_for(lambda: "hints_trusted" in daemon_log(program), 20, "hints are trusted")
    quiet(source, target)
    source.reset_requests()
    target.reset_requests()
    time.sleep(8)
    assert (source.total(), target.requests()["by_method"]) == (0, {})


def test_a_hint_that_never_came_is_missed_by_the_audit_and_polling_takes_over(exchange, fake, caravan, start, ports):
    source, target = exchange("--mailbox", ANNA), fake()
    program = caravan(source, target, [ANNA], ports.settings(poll="2s", audit_interval="1m"))
    serve(start, program)
    told(source, 1)
    ports.hint("anna")
    wait_for(lambda: "hints_trusted" in daemon_log(program), 20, "hints are trusted")
    quiet(source, target)
    target.put("anna", "exchange", "silent.ics", calendar([Event("silent@example.org", "Unheard of")]))
    pair = Pair(ANNA, source, target)
    wait_for(lambda: "silent@example.org" in pair.on_exchange(), AUDIT + 40, "the audit finds it")
    wait_for(lambda: "hints_missed" in daemon_log(program), 40, "the missing hint is said")
    target.put("anna", "exchange", "second.ics", calendar([Event("second@example.org", "Polled")]))
    wait_for(lambda: "second@example.org" in pair.on_exchange(), 30, "polling finds the next one")


def test_lost_doubled_late_and_reordered_callbacks_lose_nothing(exchange, fake, caravan, start, ports):
    source, target = exchange("--generate", "4:10"), fake()
    addresses = generated(4)
    program = caravan(source, target, addresses, ports.settings(audit_interval="1m"))
    serve(start, program)
    told(source, 4)
    source.control("POST", "notifications/faults", json={"drop": 0.3, "double": 0.3, "delay_ms": [50, 1500],
                                                         "reorder": True, "mailbox": "*", "seed": 7})
    pairs = [Pair(address, source, target) for address in addresses]
    for number in range(40):
        pair = pairs[number % 4]
        uid = f"chaos-{number // 8}-{number % 4}@example.org"
        pair.put_exchange(uid, calendar([Event(uid, f"Version {number}")]))
        if number == 15:
            source.control("POST", "notifications/expire", json={"mailbox": addresses[0]})
        if number == 25:
            source.control("POST", "notifications/expire", json={"mailbox": addresses[1], "code": "ErrorReadEventsFailed"})
        time.sleep(0.05)
    source.delete_item(addresses[2], "chaos-0-2@example.org")
    for pair in pairs:
        wait_for(lambda pair=pair: pair.on_caldav() == pair.on_exchange(), AUDIT + 45, f"{pair.address} in step")
    source.control("POST", "notifications/faults", json={})
    assert program.verify().exit == 0
    # The one that was told to be at its end was subscribed anew.
    wait_for(lambda: addresses[1] in {row["mailbox"] for row in source.control("GET", "notifications")["subscriptions"]},
             30, "a new subscription")


def daemon_log(program):
    """What the program's daemon has logged so far."""
    return "".join(path.read_text(errors="replace") for path in program.folder.parent.glob("*-daemon/caravan.log"))


def quiet(source, target, seconds=60):
    """Waits until nobody has asked either side anything for three seconds."""
    def total():
        return source.total(), sum(target.requests()["by_method"].values())
    seen = [total(), time.monotonic()]

    def still():
        now = total()
        if now != seen[0]:
            seen[:] = [now, time.monotonic()]
        return time.monotonic() - seen[1] > 3
    wait_for(still, seconds, "quiet")
