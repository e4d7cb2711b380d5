# SPDX-License-Identifier: GPL-3.0-or-later
"""gobi.callbacks_per_s: Exchange's callbacks per second that are answered OK, over those that an empty handler of the same
server answers in the same run. No callback may be lost: every mailbox that was named must be due afterwards."""

import json
import subprocess

from support.process import binary

from .rig import BenchFailed, Figure, median, spread

CONNECTIONS = 64

#: What Exchange posts for one changed appointment (ews-facts: SendNotification), ids as long as real ones.
NOTIFICATION = """<?xml version="1.0" encoding="utf-8"?>
<soap11:Envelope xmlns:soap11="http://schemas.xmlsoap.org/soap/envelope/"><soap11:Header>\
<t:RequestServerVersion xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" Version="Exchange2016"/>\
</soap11:Header><soap11:Body><m:SendNotification xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" \
xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>\
<m:SendNotificationResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode><m:Notification>\
<t:SubscriptionId>{id}</t:SubscriptionId><t:PreviousWatermark>{mark}</t:PreviousWatermark><t:MoreEvents>false</t:MoreEvents>\
<t:ModifiedEvent><t:Watermark>{mark}</t:Watermark><t:TimeStamp>2026-11-21T08:00:00Z</t:TimeStamp>\
<t:ItemId Id="{item}" ChangeKey="{key}"/><t:ParentFolderId Id="{item}" ChangeKey="{key}"/></t:ModifiedEvent>\
</m:Notification></m:SendNotificationResponseMessage></m:ResponseMessages></m:SendNotification></soap11:Body>\
</soap11:Envelope>""".format(id="A" * 64, mark="B" * 40, item="C" * 152, key="D" * 40)


class _CallbackServer:
    """The program that serves both; ended by the end of its standard input."""

    def __init__(self, folder, store, mailboxes):
        self.tokens = folder / "tokens"
        self.child = subprocess.Popen([str(binary("bench-callback-server")), store, str(mailboxes), str(self.tokens)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        first = self.child.stdout.readline()
        if not first:
            raise BenchFailed("bench-callback-server did not start")
        self.port = json.loads(first)["port"]

    def marked(self):
        """Ends it; how many mailboxes are due for whoever opens the store next."""
        rest, _ = self.child.communicate(timeout=60)
        if self.child.returncode != 0:
            raise BenchFailed(f"bench-callback-server ended with {self.child.returncode}")
        return json.loads(rest)["marked"]

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()


def _load(server, path, body, seconds):
    done = subprocess.run([str(binary("bench-http-load")), f"http://127.0.0.1:{server.port}{path}", str(server.tokens),
                           str(body), str(CONNECTIONS), str(seconds)], capture_output=True, text=True, check=False,
                          timeout=seconds + 60)
    if done.returncode != 0:
        raise BenchFailed(f"bench-http-load: {done.stderr.strip()}")
    outcome = json.loads(done.stdout)
    if outcome["ok"] != outcome["answers"]:
        raise BenchFailed(f"{path}: {outcome['answers'] - outcome['ok']} of {outcome['answers']} were not answered with 200")
    return outcome


def callbacks_per_s(rig):
    mailboxes, seconds, rounds = rig.size(1000, 50), rig.size(10, 1), rig.size(3, 1)
    folder = rig.place("callbacks")
    body = folder / "body.xml"
    body.write_text(NOTIFICATION)
    rates, floors, slowest, middle = [], [], [], []
    for number in range(rounds):
        place = rig.place("callback-store")
        server = _CallbackServer(place, f"sqlite:{place}/caravan.db", mailboxes)
        try:
            empty = _load(server, "/empty/", body, seconds)
            outcome = _load(server, "/callback/", body, seconds)
            marked = server.marked()
        finally:
            server.end()
        if marked != outcome["named"]:
            raise BenchFailed(f"{outcome['named']} mailboxes were named, {marked} are due")
        floors.append(empty["answers"] / empty["seconds"])
        rates.append(outcome["answers"] / outcome["seconds"])
        middle.append(outcome["milliseconds"]["p50"])
        slowest.append(outcome["milliseconds"]["p99"])
    rig.say(f"callbacks_per_s: {CONNECTIONS} connections, {mailboxes} mailboxes, {seconds} s, all named ones due afterwards: "
            f"{spread(rates, 0)} a second, empty handler {spread(floors, 0)}; answers after {median(middle):.1f} ms (median), "
            f"{median(slowest):.1f} ms (99 %)")
    return [Figure("gobi.callbacks_per_s", "callbacks per second", median(rates), median(floors), 2000, "value>=")]


FIGURES = {"gobi.callbacks_per_s": callbacks_per_s}
