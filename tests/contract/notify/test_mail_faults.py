# SPDX-License-Identifier: GPL-3.0-or-later
"""Odd answers of a mail server (aiosmtpd, Debian's python3-aiosmtpd): what becomes of the message."""
import asyncio
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from conftest import free_port


class Handler:
    """Answers as the test says; what arrived whole is kept."""

    def __init__(self):
        self.answers, self.accepted, self.lose, self.sleep = {}, [], None, 0

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.lose == "RCPT":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.sleep)
        if self.lose != "before effect":
            self.accepted.append(envelope.content)
        if self.lose:
            server.transport.abort()
        return self.answers.get("DATA", "250 OK")


class Server(Controller):
    def factory(self):
        return SMTP(self.handler, enable_SMTPUTF8=True, hostname="mx.example.org", timeout=2)


@pytest.fixture()
def server():
    started = Server(Handler(), hostname="127.0.0.1", port=free_port())
    started.start()
    yield started
    started.stop()


@pytest.fixture()
def mail(server, deliver):
    return lambda **more: deliver("mail", {"url": f"smtp://127.0.0.1:{server.port}", **more})


def message(key="k1", **more):
    return {"key": key, "thread": "u1", "created": 1795255200, "words": {"subject": "s", "text": "t\n.\n", "html": "h"},
            "telling": {"kind": "moved", "mailbox": "anna@example.org", "uid": "u1"}, **more}


def test_on_loopback_a_server_without_tls_will_do(server, mail):
    assert "ok" in mail()(message())
    assert len(server.handler.accepted) == 1


def test_elsewhere_a_server_without_tls_gets_nothing(server, mail):
    answer = mail(require_tls=True)(message())
    assert (answer["fault"], answer["code"]) == ("retry_later", "tls")
    assert server.handler.accepted == []


@pytest.mark.parametrize("where, line, fault, code", [
    ("MAIL", "451 busy", "retry_later", "SMTP 451"),
    ("MAIL", "550 who are you", "denied", "credentials"),
    ("MAIL", "530 authentication required", "denied", "credentials"),
    ("MAIL", "552 too large", "unsupported", "SMTP 552"),
    ("RCPT", "450 mailbox busy", "retry_later", "SMTP 450"),
    ("RCPT", "550 no such user", "not_found", "SMTP 550"),
    ("DATA", "451 no space", "retry_later", "SMTP 451"),
    ("DATA", "421 closing", "retry_later", "SMTP 421"),
    ("DATA", "554 spam", "unsupported", "SMTP 554")])
def test_a_refusal_becomes_a_fault_by_step_and_number(server, mail, where, line, fault, code):
    server.handler.answers = {where: line}
    answer = mail()(message())
    assert (answer["fault"], answer["code"]) == (fault, code)
    assert line in answer["what"]


def test_after_a_refusal_the_next_message_goes_out(server, mail):
    channel = mail()
    server.handler.answers = {"RCPT": "450 mailbox busy"}
    channel(message())
    server.handler.answers = {}
    assert "ok" in channel(message("k2"))


def test_a_connection_lost_before_the_message_is_simply_repeated(server, mail):
    server.handler.lose = "RCPT"
    assert mail()(message())["fault"] == "retry_later"
    assert server.handler.accepted == []


@pytest.mark.parametrize("lose, arrived", [("after effect", 1), ("before effect", 0)])
def test_a_connection_lost_after_the_message_leaves_it_in_doubt(server, mail, lose, arrived):
    server.handler.lose = lose
    assert mail()(message())["fault"] == "in_doubt"
    assert len(server.handler.accepted) == arrived


def test_the_repeat_of_a_message_in_doubt_has_the_same_message_id(server, mail):
    channel = mail()
    server.handler.lose = "after effect"
    channel(message())
    server.handler.lose = None
    assert "ok" in channel(message(repeat=True))
    first, second = ([line for line in one.splitlines() if line.startswith(b"Message-Id:")] for one in
                     server.handler.accepted)
    assert first == second and len(first) == 1


def test_an_answer_that_does_not_come_in_time_leaves_it_in_doubt(server, mail):
    server.handler.sleep = 1.5
    began = time.monotonic()
    assert mail(timeout_ms=500)(message())["fault"] == "in_doubt"
    assert time.monotonic() - began < 1.4


def test_a_kept_connection_that_the_server_closed_is_opened_anew(server, mail):
    channel = mail()
    channel(message())
    time.sleep(2.5)  # the server's own patience is 2 s
    assert "ok" in channel(message("k2"))
    assert len(server.handler.accepted) == 2


def test_nobody_there_is_an_error_that_passes(deliver):
    answer = deliver("mail", {"url": f"smtp://127.0.0.1:{free_port()}"})(message())
    assert (answer["fault"], answer["code"]) == ("retry_later", "no-connection")


def test_an_address_that_is_no_mail_servers_stops_the_channel(deliver):
    answer = deliver("mail", {"url": "http://127.0.0.1/"})(message())
    assert (answer["fault"], answer["code"]) == ("denied", "credentials")
