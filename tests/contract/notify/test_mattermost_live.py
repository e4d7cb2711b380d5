# SPDX-License-Identifier: GPL-3.0-or-later
"""The WebSocket's direct messages, and the status beside a name, against the simulator."""
import time

import pytest

from conftest import Mattermost

ANNA = "anna@example.org"


def write(mattermost, text, **more):
    return mattermost.control("POST", "message", {"user": ANNA, "text": text, **more})


def test_a_direct_message_is_heard(mattermost, deliver):
    listener = deliver("listen", mattermost.options())
    assert listener.read() == {"ok": "ready"}
    post = write(mattermost, "сегодня 🎉")
    assert listener("5000")["ok"] == {"user": post["user_id"], "channel": post["channel_id"], "post": post["id"],
                                      "text": "сегодня 🎉"}


def test_nothing_said_is_nothing_heard_and_the_next_is_heard_all_the_same(mattermost, deliver):
    listener = deliver("listen", mattermost.options())
    listener.read()
    assert listener("200") == {"ok": None}
    write(mattermost, "today")
    assert listener("5000")["ok"]["text"] == "today"


def test_own_posts_of_the_system_and_of_other_bots_are_passed_over(mattermost, deliver):
    listener = deliver("listen", mattermost.options())
    listener.read()
    deliver("chat", mattermost.options())({"key": "k1", "words": {"markdown": "told"}, "telling": {"mailbox": ANNA}})
    write(mattermost, "joined", type="system_join_channel")
    write(mattermost, "beep", props={"from_bot": "true"})
    write(mattermost, "help")
    assert listener("5000")["ok"]["text"] == "help"


def test_a_wrong_token_is_told_from_a_lost_connection(mattermost, deliver):
    answer = deliver("listen", mattermost.options(socket_token="wrong")).read()
    assert (answer["fault"], answer["code"]) == ("denied", "credentials")


def test_a_connection_that_ends_is_an_error_after_which_one_can_come_back(mattermost, deliver):
    listener = deliver("listen", mattermost.options())
    listener.read()
    mattermost.control("POST", "disconnect", {})
    assert listener("5000")["fault"] == "retry_later"
    assert deliver("listen", mattermost.options()).read() == {"ok": "ready"}


def test_nobody_listening_is_an_error_that_passes(deliver, mattermost):
    mattermost.stop()
    assert deliver("listen", mattermost.options()).read()["fault"] == "retry_later"


@pytest.fixture()
def secured(tmp_path, certificate):
    started = Mattermost(tmp_path, "--user", ANNA, "--certificate", str(certificate.both), scheme="https")
    yield started
    started.stop()


def listen_secured(deliver, server, ca_file):
    return deliver("websocket", {"url": f"{server.url}/api/v4/websocket", "ca_file": str(ca_file)}).read()


def test_a_secured_connection_of_a_known_authority_is_opened(secured, deliver, certificate):
    assert deliver("listen", secured.options(ca_file=str(certificate.authority))).read() == {"ok": "ready"}


def test_a_certificate_of_a_stranger_is_refused_for_the_websocket_too(secured, deliver, certificate):
    answer = listen_secured(deliver, secured, certificate.stranger)
    assert (answer["fault"], answer["code"]) == ("retry_later", "tls")


def test_a_certificate_for_another_name_is_refused(tmp_path, deliver, certificate):
    server = Mattermost(tmp_path, "--certificate", str(certificate.other), scheme="https")
    try:
        answer = listen_secured(deliver, server, certificate.authority)
    finally:
        server.stop()
    assert (answer["fault"], answer["code"]) == ("retry_later", "tls")


def test_an_address_without_a_websocket_is_no_lost_connection(mattermost, deliver):
    assert deliver("websocket", {"url": f"{mattermost.url}/control/posts"}).read()["fault"] == "unsupported"


def status(mattermost):
    return mattermost.control("GET", f"status?user={ANNA}")


class Steps:
    """The status of a person, step by step, with the text that is remembered in between."""

    def __init__(self, mattermost, deliver):
        self.api, self.now, self.remembered = deliver("api", mattermost.options()), int(time.time()), ""

    def __call__(self, after, until):
        answer = self.api({"do": "status", "email": ANNA, "now": self.now + after, "remembered": self.remembered,
                           "until": None if until is None else self.now + until})
        self.remembered = answer["ok"]["remembered"]
        return answer


@pytest.fixture()
def step(mattermost, deliver):
    return Steps(mattermost, deliver)


PALM = {"emoji": "palm_tree", "text": "Отпуск", "duration": "", "expires_at": "0001-01-01T00:00:00Z"}


def own_status(mattermost, given):
    mattermost.control("POST", "status", {"user": ANNA, "status": given})


def test_a_meeting_shows_beside_the_name_until_its_end(mattermost, step):
    step(0, 1800)
    assert (status(mattermost)["text"], status(mattermost)["duration"]) == ("In a meeting", "date_and_time")


def test_the_earlier_status_comes_back_after_the_meeting(mattermost, step):
    own_status(mattermost, PALM)
    step(0, 1800)
    assert status(mattermost)["text"] == "In a meeting"
    step(1800, None)
    assert status(mattermost) == PALM
    assert step.remembered == ""


def test_who_had_no_status_has_none_after_the_meeting(mattermost, step):
    step(0, 1800)
    step(1700, None)
    assert status(mattermost) is None


def test_a_meeting_that_follows_only_moves_the_end(mattermost, step):
    own_status(mattermost, PALM)
    step(0, 1800)
    first = status(mattermost)["expires_at"]
    step(1750, 3600)
    assert (status(mattermost)["text"], status(mattermost)["expires_at"] > first) == ("In a meeting", True)
    step(3600, None)
    assert status(mattermost) == PALM


def test_a_status_set_during_the_meeting_is_left_alone(mattermost, step):
    step(0, 1800)
    own_status(mattermost, PALM)
    step(600, 1800)
    assert status(mattermost) == PALM
    step(1800, None)
    assert status(mattermost) == PALM


def test_a_status_taken_away_during_the_meeting_does_not_come_back(mattermost, step):
    own_status(mattermost, PALM)
    step(0, 1800)
    own_status(mattermost, None)
    step(600, 1800)
    step(1800, None)
    assert status(mattermost) is None

