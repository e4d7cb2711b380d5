# SPDX-License-Identifier: GPL-3.0-or-later
"""`doctor` proves Exchange's callback by a real subscription: at the daemon that runs, or at a receiver of its own; and says
what to do where the call does not arrive."""

import socket

import pytest

from support.notified import Ports, serve, told
from support.process import free_port, wait_for

ANNA = "anna@example.com"


@pytest.fixture
def sides(exchange, fake, caravan):
    def make(**keywords):
        ports = Ports()
        source, target = exchange("--mailbox", ANNA), fake()
        return source, caravan(source, target, [ANNA], ports.settings(**keywords))
    return make


def callback(outcome):
    return next(check for check in outcome["checks"] if check["name"] == "callback")


def kinds(source):
    return [row["kind"] for row in source.control("GET", "notifications")["subscriptions"]]


def test_the_call_arrives_at_a_receiver_of_its_own_and_nothing_is_left(sides):
    source, program = sides()
    outcome = program.run("doctor", program.list)
    assert (outcome.exit, callback(outcome)["result"]) == (0, "ok"), str(outcome)
    wait_for(lambda: kinds(source) == [], 10, "the subscription is ended")


def test_the_call_arrives_at_the_daemon_that_runs_and_its_subscription_stays(sides, start):
    source, program = sides()
    serve(start, program)
    told(source, 1)
    before = source.control("GET", "notifications")["subscriptions"][0]["id"]
    outcome = program.run("doctor", program.list)
    assert callback(outcome)["result"] == "ok", str(outcome)
    assert before in [row["id"] for row in source.control("GET", "notifications")["subscriptions"]]


def test_a_call_that_does_not_arrive_is_a_failure_with_a_remedy(sides):
    _, program = sides(callback_url=f"http://127.0.0.1:{free_port()}/callback")
    outcome = program.run("doctor", program.list)
    assert outcome.exit == 1, str(outcome)
    found = callback(outcome)
    assert found["result"] == "failure" and "no_callback" in found["what"] and "firewall" in found["remedy"]


def test_a_port_that_somebody_else_has_is_said(sides, start):
    source, program = sides()
    host, port = program.document["gobi"]["listen"].split(":")
    with socket.create_server((host, int(port))):
        outcome = program.run("doctor", program.list)
    assert callback(outcome)["result"] == "failure" and "gobi.listen" in callback(outcome)["remedy"]
