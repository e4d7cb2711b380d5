# SPDX-License-Identifier: GPL-3.0-or-later
"""The webhook against a receiver that checks the signature as docs/interface.md tells it to."""
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest

KEY = "key of the webhook"


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))
        status, headers = self.server.answers.pop(0) if self.server.answers else (204, {})
        if status is None:  # the connection ends without an answer
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture()
def receiver():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.received, server.answers = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture()
def webhook(receiver, deliver):
    return deliver("webhook", {"url": f"http://127.0.0.1:{receiver.server_port}/hook", "key": KEY})


def message(key="k1", **telling):
    event = {"summary": "Совет 🎉", "location": "Зал", "description": "текст", "attendees": ["Boris"], "start": 1800000000,
             "end": 1800003600}
    return {"key": key, "created": 1795255200, "words": {"subject": "Moved: Совет", "text": "Совет"},
            "telling": {"kind": "moved", "mailbox": "anna@example.org", "uid": "u1", "was": event, "now": event, **telling}}


def test_its_signature_is_that_of_time_and_body(receiver, webhook):
    assert "ok" in webhook(message())
    headers, body = receiver.received[0]
    signed = headers["X-Caravan-Timestamp"].encode() + b"." + body
    assert headers["X-Caravan-Signature"] == "v1=" + hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    assert abs(int(headers["X-Caravan-Timestamp"]) - time.time()) < 60
    assert headers["Content-Type"] == "application/json"


def test_its_document_says_what_happened(receiver, webhook):
    webhook(message())
    document = json.loads(receiver.received[0][1])
    assert (document["version"], document["kind"], document["mailbox"]) == (1, "moved", "anna@example.org")
    assert document["now"]["title"] == "Совет 🎉"
    assert document["now"]["start"] == {"at": "2027-01-15T08:00:00Z"}


def test_a_private_event_leaves_no_title_place_text_or_people(receiver, webhook):
    event = {"summary": "SECRET", "location": "SECRET", "description": "SECRET", "link": "https://SECRET.example.org",
             "organizer": "SECRET", "attendees": ["SECRET"], "private": True, "start": 1800000000, "end": 1800003600}
    given = message(was=event, now=event, attendees_added=["SECRET"], answers=["SECRET"])
    given["words"] = {"subject": "SECRET", "text": "SECRET"}
    assert "ok" in webhook(given)
    headers, body = receiver.received[0]
    assert b"SECRET" not in body and "SECRET" not in str(headers)
    assert json.loads(body)["private"] is True


def test_a_repeat_has_the_same_id_and_another_message_another(receiver, webhook):
    receiver.answers = [(None, {})]
    assert webhook(message())["fault"] == "in_doubt"
    webhook({**message(), "repeat": True})
    webhook(message("k2"))
    ids = [headers["X-Caravan-Id"] for headers, _ in receiver.received]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0] == json.loads(receiver.received[0][1])["id"]


@pytest.mark.parametrize("status, fault, code", [
    (401, "denied", "credentials"), (403, "denied", "credentials"), (404, "not_found", "HTTP 404"),
    (410, "not_found", "HTTP 410"), (400, "malformed", "HTTP 400"), (500, "in_doubt", "HTTP 500"),
    (301, "unsupported", "HTTP 301")])
def test_an_answer_tells_what_becomes_of_the_message(receiver, webhook, status, fault, code):
    receiver.answers = [(status, {})]
    answer = webhook(message())
    assert (answer["fault"], answer["code"]) == (fault, code)


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_say_how_long_to_wait(receiver, webhook, status):
    receiver.answers = [(status, {"Retry-After": "17"})]
    answer = webhook(message())
    assert (answer["fault"], answer["retry_after_ms"]) == ("retry_later", 17000)


def test_nobody_there_is_an_error_that_passes(receiver, webhook):
    receiver.shutdown()
    receiver.server_close()
    assert webhook(message())["fault"] == "retry_later"
