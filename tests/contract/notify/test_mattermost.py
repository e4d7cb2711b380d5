# SPDX-License-Identifier: GPL-3.0-or-later
"""Posts, buttons and repeats, against the simulator."""
import hashlib
import http.server
import json
import threading
import time

import pytest

from conftest import SIGNING_KEY

ANNA = "anna@example.org"


def message(key, **more):
    telling = {"kind": "added", "mailbox": ANNA, "uid": "u1", **more.pop("telling", {})}
    return {"key": key, "thread": "u1", "created": int(time.time()), "words": {"markdown": "**Новое:** встреча 🎉"},
            "telling": telling, **more}


def carried(key):
    return hashlib.sha256(key.encode()).hexdigest()[:32]


@pytest.fixture()
def chat(mattermost, deliver):
    """chat(options...): a channel to the simulator."""
    return lambda **options: deliver("chat", mattermost.options(**options))


def test_a_message_becomes_a_direct_post_that_carries_its_key(mattermost, chat):
    answer = chat()(message("k1"))
    post, = mattermost.posts(ANNA)
    assert answer == {"ok": post["id"]}
    assert post["message"] == "**Новое:** встреча 🎉"
    assert post["props"]["caravan_key"] == carried("k1")
    assert "attachments" not in post["props"]


def test_a_second_message_asks_only_for_its_post(mattermost, chat):
    channel = chat()
    channel(message("k1"))
    mattermost.control("DELETE", "requests")
    channel(message("k2"))
    assert [one["path"] for one in mattermost.control("GET", "requests")] == ["/api/v4/posts"]


def test_somebody_without_an_account_is_found_out(chat):
    answer = chat()(message("k1", telling={"mailbox": "nobody@example.org"}))
    assert answer["fault"] == "not_found"


def test_somebody_who_left_is_not_written_to(mattermost, chat):
    mattermost.control("POST", "users", {"email": ANNA, "deactivated": True})
    answer = chat()(message("k1"))
    assert (answer["fault"], answer["code"]) == ("not_found", "no-user")


def test_a_revoked_token_stops_the_channel(mattermost, chat):
    mattermost.control("POST", "token", {"valid": False})
    answer = chat()(message("k1"))
    assert (answer["fault"], answer["code"]) == ("denied", "credentials")


@pytest.mark.parametrize("named", [True, False])
def test_a_rate_limit_is_waited_for_as_long_as_the_server_says(mattermost, chat, named):
    channel = chat()
    channel(message("k1"))
    mattermost.control("POST", "limit", {"requests": 0, "seconds": 40, "retry_after": named})
    answer = channel(message("k2"))
    assert answer["fault"] == "retry_later"
    assert 30_000 <= answer["retry_after_ms"] <= 40_000
    assert len(mattermost.posts(ANNA)) == 1


def test_an_error_before_the_post_was_made_is_repeated_to_one_post(mattermost, chat):
    channel = chat()
    mattermost.control("POST", "faults", [{"match": "POST /posts", "status": 500, "when": "before"}])
    assert channel(message("k1"))["fault"] == "in_doubt"
    assert "ok" in channel(message("k1", repeat=True))
    assert len(mattermost.posts(ANNA)) == 1


@pytest.mark.parametrize("fault", [{"status": 502}, {"drop": True}])
def test_an_answer_lost_after_the_post_was_made_is_repeated_to_no_second_post(mattermost, chat, fault):
    channel = chat()
    mattermost.control("POST", "faults", [{"match": "POST /posts", "when": "after", **fault}])
    assert channel(message("k1"))["fault"] == "in_doubt"
    post, = mattermost.posts(ANNA)
    mattermost.control("POST", "advance", {"seconds": 31})  # the pending post id is forgotten
    assert channel(message("k1", repeat=True)) == {"ok": post["id"]}
    assert len(mattermost.posts(ANNA)) == 1


def test_a_repeat_is_recognised_behind_five_hundred_newer_posts(mattermost, chat):
    first = chat()(message("k1"))
    for number in range(500):
        mattermost.control("POST", "message", {"user": ANNA, "text": f"{number}"})
    mattermost.control("POST", "advance", {"seconds": 31})
    assert chat()(message("k1", repeat=True)) == first


def test_a_person_can_not_pretend_that_a_message_was_sent(mattermost, chat):
    mattermost.control("POST", "message", {"user": ANNA, "text": "x", "props": {"caravan_key": carried("k1")}})
    assert "ok" in chat()(message("k1", repeat=True))
    assert len(mattermost.posts(ANNA)) == 2


def test_the_server_itself_takes_a_quick_repeat_for_the_same_post(mattermost, chat):
    first = chat()(message("k1"))
    assert chat()(message("k1")) == first
    mattermost.control("POST", "advance", {"seconds": 31})
    assert chat()(message("k1")) != first


def test_a_slow_answer_is_in_doubt_and_the_repeat_finds_the_post(mattermost, chat):
    channel = chat(timeout_ms=700)
    mattermost.control("POST", "faults", [{"match": "POST /posts", "when": "after", "delay_ms": 1500}])
    assert channel(message("k1"))["fault"] == "in_doubt"
    assert "ok" in channel(message("k1", repeat=True))
    assert len(mattermost.posts(ANNA)) == 1


def test_a_maintenance_is_waited_for(mattermost, chat):
    mattermost.control("POST", "faults", [{"match": "GET /users", "status": 503, "headers": {"Retry-After": "7"}}])
    answer = chat()(message("k1"))
    assert (answer["fault"], answer["retry_after_ms"]) == ("retry_later", 7000)


@pytest.mark.parametrize("text", [
    "@channel @all `code` **x** | a | b |\r\n# h", "\u202eright to left\u0007\u0000", "я" * 30000 + "\nend",
    "\ud83d", "line\n" * 9000], ids=["markup", "controls", "long", "broken", "lines"])
def test_any_text_makes_one_post_that_the_server_takes(mattermost, chat, text):
    given = message("hostile")
    given["words"]["markdown"] = text
    given["telling"]["uid"] = "u1\r\n\"}"
    line = json.dumps(given).replace("\\ud83d", "\\ufffd")
    assert "ok" in chat()(line)
    post, = mattermost.posts(ANNA)
    assert len(post["message"]) <= 16383
    assert "\0" not in post["message"] and "\x07" not in post["message"]


def invitation(key):
    return message(key, telling={"answer_wanted": True, "occurrence": "20261124T100000Z"})


BUTTONS = {"actions_url": "http://127.0.0.1:9/press"}


def test_an_invitation_has_three_buttons_and_other_messages_none(mattermost, chat):
    channel = chat(**BUTTONS)
    channel(invitation("k1"))
    channel(message("k2"))
    asked, told = mattermost.posts(ANNA)
    actions = asked["props"]["attachments"][0]["actions"]
    assert [action["name"] for action in actions] == ["Accept", "Maybe", "Decline"]
    assert {action["integration"]["url"] for action in actions} == {BUTTONS["actions_url"]}
    assert "attachments" not in told["props"]


def press(mattermost, post, action, user=ANNA, **more):
    return mattermost.control("POST", "press", {"post": post["id"], "action": action, "user": user, **more})


@pytest.fixture()
def pressed(mattermost, chat, deliver):
    """The body that Mattermost sends when Anna presses Decline, and what reads it."""
    chat(**BUTTONS)(invitation("k1"))
    body = press(mattermost, mattermost.posts(ANNA)[0], "decline", send=False)["body"]
    reader = deliver("requests", {"signing_key": SIGNING_KEY})
    return body, lambda given, now=None: reader({"body": json.dumps(given), "now": now or int(time.time())})


def test_a_press_says_who_answers_what_to_which_meeting(mattermost, pressed):
    body, read = pressed
    assert read(body)["ok"] == {
        "key": carried("k1"), "mailbox": ANNA, "uid": "u1", "occurrence": "20261124T100000Z", "answer": 2,
        "post_id": mattermost.posts(ANNA)[0]["id"], "channel_id": body["channel_id"]}


def test_a_press_by_somebody_else_is_refused(pressed):
    body, read = pressed
    assert read({**body, "user_id": "boris"})["code"] == "addressee"


def test_a_changed_context_is_refused(pressed):
    body, read = pressed
    forged = {**body["context"], "signed": body["context"]["signed"].replace("declined", "accepted")}
    assert read({**body, "context": forged})["code"] == "signature"


def test_a_context_of_another_key_is_refused(pressed, deliver):
    body, _ = pressed
    answer = deliver("requests", {"signing_key": "another"})({"body": json.dumps(body), "now": int(time.time())})
    assert answer["code"] == "signature"


def test_without_a_key_no_press_is_taken(pressed, deliver):
    body, _ = pressed
    answer = deliver("requests", {"signing_key": ""})({"body": json.dumps(body), "now": int(time.time())})
    assert answer["code"] == "signature"


def test_a_press_after_its_time_is_refused(pressed):
    body, read = pressed
    assert read(body, now=int(time.time()) + 31 * 24 * 3600)["code"] == "expired"


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"context": 1}', '{"context": {}}', '{"context": {"signed": 1}}',
                                  "\x00", '{"context": {"signed": "{}", "signature": "é"}}'])
def test_what_is_no_press_is_refused(deliver, body):
    answer = deliver("requests", {"signing_key": SIGNING_KEY})({"body": body, "now": 0})
    assert answer["fault"] in ("malformed", "denied")


class Presses(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = json.dumps({"ephemeral_text": "noted"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def test_a_press_travels_from_the_button_to_its_address(mattermost, chat, deliver):
    server = http.server.HTTPServer(("127.0.0.1", 0), Presses)
    server.bodies = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chat(actions_url=f"http://127.0.0.1:{server.server_port}/press")(invitation("k1"))
    answer = press(mattermost, mattermost.posts(ANNA)[0], "accept")
    server.shutdown()
    server.server_close()
    assert answer["answer"] == {"ephemeral_text": "noted"}
    got = deliver("requests", {"signing_key": SIGNING_KEY})({"body": json.dumps(server.bodies[0]), "now": int(time.time())})
    assert (got["ok"]["uid"], got["ok"]["answer"]) == ("u1", 1)


def test_an_answer_takes_the_place_of_the_buttons_and_the_words_stay(mattermost, chat, deliver):
    post = chat(**BUTTONS)(invitation("k1"))["ok"]
    done = deliver("api", mattermost.options())({"do": "settle", "post": post, "key": carried("k1"), "text": "accepted"})
    assert done == {"ok": True}
    got, = mattermost.posts(ANNA)
    assert got["message"] == "**Новое:** встреча 🎉"
    assert got["props"]["attachments"][0]["text"] == "accepted"
    assert "actions" not in got["props"]["attachments"][0]
    assert got["props"]["caravan_key"] == carried("k1")


def slash(mattermost, deliver, text, token="t0ken", expected="t0ken"):
    body = mattermost.control("POST", "slash", {"user": ANNA, "text": text, "token": token})["body"]
    return deliver("requests", {"slash_token": expected})({"body": body})


def test_a_slash_command_is_read_with_its_text(mattermost, deliver):
    assert slash(mattermost, deliver, "date 24.11. & më+ré %41")["ok"][2] == "date 24.11. & më+ré %41"


@pytest.mark.parametrize("token, expected", [("wrong", "t0ken"), ("", "t0ken"), ("", "")])
def test_a_slash_command_with_another_token_is_refused(mattermost, deliver, token, expected):
    assert slash(mattermost, deliver, "today", token, expected)["code"] == "token"
