# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail through a real server, read by Python's email and icalendar."""
import hashlib

import icalendar
import pytest

from conftest import until

TITLE = "Совещание 🎉 über Ümläute"
CALENDAR = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Caravan//EN\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:u1\r\n"
            "DTSTAMP:20261121T100000Z\r\nDTSTART:20261124T100000Z\r\nDTEND:20261124T110000Z\r\n"
            f"SUMMARY:{TITLE}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")


def message(key, **more):
    return {"key": key, "thread": "u1", "created": 1795255200, "calendar": CALENDAR,
            "words": {"subject": TITLE, "text": f"Перенесено: {TITLE}\n.\n..точки\n" + "длинно " * 400,
                      "html": f"<p>Перенесено: <b>{TITLE}</b></p>" + "x" * 3000, "markdown": ""},
            "telling": {"kind": "moved", "mailbox": "anna@example.org", "uid": "u1"}, **more}


def message_id(key):
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@example.org>"


@pytest.fixture()
def arrived(mail_server, deliver):
    """arrived(message, options...): sends it and gives back what the server put into its folder."""
    def send(given, **options):
        assert deliver("mail", mail_server.options(**options))(given) == {"ok": message_id(given["key"]).strip("<>")}
        return until(lambda: mail_server.by_id(message_id(given["key"])))
    return send


def test_it_says_the_same_in_text_and_html_in_the_right_charset(arrived):
    got = arrived(message("mime"))
    assert got.get_content_type() == "multipart/mixed"
    alternative = got.get_payload(0)
    assert alternative.get_content_type() == "multipart/alternative"
    text, html = alternative.iter_parts()
    assert text.get_content_type() == "text/plain" and html.get_content_type() == "text/html"
    assert text.get_content().startswith(f"Перенесено: {TITLE}\n.\n..точки\n")
    assert f"<b>{TITLE}</b>" in html.get_content()
    assert [part.defects for part in got.walk() if part.defects] == []


def test_the_event_is_attached_as_a_calendar_that_can_be_read(arrived):
    part = arrived(message("calendar")).get_payload(1)
    assert (part.get_content_type(), part.get_param("method"), part.get_filename()) == (
        "text/calendar", "PUBLISH", "event.ics")
    assert part.get_content_disposition() == "attachment"
    event = icalendar.Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]
    assert str(event["SUMMARY"]) == TITLE


def test_without_a_calendar_it_is_just_the_two_texts(arrived):
    assert arrived(message("plain", calendar="")).get_content_type() == "multipart/alternative"


def test_its_headers_are_encoded_and_say_that_nobody_is_to_answer(arrived):
    got = arrived(message("headers"), from_name="Календарь")
    assert got["Subject"] == TITLE
    assert got["From"].addresses[0].display_name == "Календарь"
    assert got["From"].addresses[0].addr_spec == "caravan@example.org"
    assert got["To"].addresses[0].addr_spec == "anna@example.org"
    assert got["Return-Path"] == "<>"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["X-Auto-Response-Suppress"] == "All"
    assert got["Precedence"] == "bulk"
    assert got["X-Caravan-Key"] == message_id("headers")[1:33]
    assert got["Date"].datetime.timestamp() == 1795255200
    assert got.defects == []


def test_bounces_go_where_the_operator_wants_them(arrived):
    assert arrived(message("bounce"), envelope_from="bounces@example.org")["Return-Path"] == "<bounces@example.org>"


def test_messages_of_one_event_are_one_thread_and_those_of_another_are_not(arrived):
    first, second = arrived(message("t1")), arrived(message("t2"))
    other = arrived(message("t3", thread="u2"))
    assert first["References"] == second["References"] == first["In-Reply-To"] == second["In-Reply-To"]
    assert first["References"] != other["References"]


def test_a_digest_belongs_to_no_thread(arrived):
    telling = {"kind": "daily", "mailbox": "anna@example.org"}
    got = arrived(message("digest", thread="digest", telling=telling))
    assert got["References"] is None and got["In-Reply-To"] is None


@pytest.mark.parametrize("title", [
    "x\r\nBcc: eve@example.org\r\n\r\nbody", "x\nSubject: other", "x\r\n.\r\nMAIL FROM:<eve@example.org>",
    "=?utf-8?b?QmNjOiBldmU=?=", "\u202egnol\u202c \u0007 \u0000 \u2028Bcc: eve", "a" * 2000, "<b>\"quoted\"</b>, x@y",
    "Ж" * 900, " \t "])
def test_nothing_of_a_title_becomes_a_header_or_a_command(arrived, mail_server, title):
    before = len(mail_server.messages())
    given = message("hostile " + title)
    given["words"]["subject"] = title
    given["words"]["text"] = title
    got = arrived(given, from_name=title)
    assert set(got.keys()) == {
        "Return-path", "Envelope-to", "Delivery-date", "Received", "From", "To", "Subject", "Date", "Message-Id",
        "In-Reply-To", "References", "Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Caravan-Key",
        "MIME-Version", "Content-Type"}
    assert len(mail_server.messages()) == before + 1
    assert got["From"].addresses[-1].addr_spec == "caravan@example.org"
    assert max(len(line) for line in got.as_bytes().splitlines()) <= 998


def test_a_title_with_line_ends_is_one_line_of_the_same_words(arrived):
    given = message("lines")
    given["words"]["subject"] = "первая\r\nвторая"
    assert arrived(given)["Subject"].split() == ["первая", "вторая"]


def test_a_key_of_any_form_is_carried_without_harm(arrived):
    key = "r:anna@example.org:uid\r\nBcc: eve@example.org:🎉"
    assert arrived(message(key))["X-Caravan-Key"] == message_id(key)[1:33]


def test_several_messages_go_over_one_connection(mail_server, deliver):
    channel = deliver("mail", mail_server.options())
    logins = mail_server.connections()
    for number in range(5):
        assert "ok" in channel(message(f"kept {number}"))
    until(lambda: mail_server.by_id(message_id("kept 4")))
    assert mail_server.connections() == logins + 1


def test_wrong_credentials_stop_the_channel_and_not_the_message(mail_server, deliver):
    answer = deliver("mail", mail_server.options(password="wrong"))(message("denied"))
    assert (answer["fault"], answer["code"]) == ("denied", "credentials")


@pytest.mark.parametrize("address, fault", [("nobody@example.org", "not_found"), ("later@example.org", "retry_later")])
def test_a_refused_recipient_is_told_from_one_that_can_wait(mail_server, deliver, address, fault):
    telling = {"kind": "moved", "mailbox": address, "uid": "u1"}
    assert deliver("mail", mail_server.options())(message("r " + address, telling=telling))["fault"] == fault


def test_refused_content_is_dead_and_the_next_message_goes_out(mail_server, deliver):
    channel = deliver("mail", mail_server.options())
    given = message("refused")
    given["words"]["subject"] = "REFUSE"
    assert channel(given)["fault"] == "unsupported"
    assert "ok" in channel(message("after the refused one"))


def test_an_address_that_could_end_a_command_is_refused_here(mail_server, deliver):
    telling = {"kind": "moved", "mailbox": "anna@example.org>\r\nRCPT TO:<eve@example.org", "uid": "u1"}
    answer = deliver("mail", mail_server.options())(message("address", telling=telling))
    assert (answer["fault"], answer["code"]) == ("malformed", "address")


def test_a_certificate_of_a_stranger_is_not_trusted_and_the_message_waits(mail_server, deliver):
    answer = deliver("mail", mail_server.options(ca_file=mail_server.stranger))(message("stranger"))
    assert (answer["fault"], answer["code"]) == ("retry_later", "tls")


def test_credentials_are_not_sent_in_the_clear(mail_server, deliver):
    """This server offers AUTH over TLS only: without it the message is refused as one of a stranger."""
    answer = deliver("mail", mail_server.options(username="", password=""))(message("stranger without name"))
    assert answer["fault"] == "not_found" and "relay not permitted" in answer["what"]
