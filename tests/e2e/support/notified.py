# SPDX-License-Identifier: GPL-3.0-or-later
"""Live sync that is told of changes: by Exchange's callbacks or streams, and by the hints of a CalDAV server's hook. Polling
is set so slow that nothing here can arrive by it."""

import requests

from .live import Daemon
from .process import free_port, wait_for

SECRET = "not-to-be-guessed"
NEVER = "1h"


class Ports:
    """Where a program listens."""

    def __init__(self):
        self.gobi, self.hints = free_port(), free_port()

    @property
    def callback_url(self):
        return f"http://127.0.0.1:{self.gobi}/callback"

    @property
    def hint_url(self):
        return f"http://127.0.0.1:{self.hints}/hint/{SECRET}"

    @property
    def hook(self):
        """What an administrator of Radicale configures (docs/operations.md): in the background and never longer than a second.
        Radicale kills the process group of its hook, so the background has to be a group of its own: set -m."""
        return (f"bash -c 'set -m; curl -s -m 1 -o /dev/null --data-urlencode user=\"$0\" {self.hint_url} >/dev/null 2>&1 &' "
                "%(user)s")

    def settings(self, notifications="push", poll=NEVER, callback_url=None, **sync):
        return {"sync": {"workers": 2, "poll_interval": poll, "scheduling": "none", "status_frequency": "5m", **sync},
                "exchange": {"notifications": notifications, "callback_url": callback_url or self.callback_url},
                "gobi": {"listen": f"127.0.0.1:{self.gobi}"},
                "cexsy": {"hint_listen": f"127.0.0.1:{self.hints}", "hint_secret": SECRET},
                "log": {"level": "debug"}}

    def hint(self, user):
        answer = requests.post(self.hint_url, data={"user": user}, timeout=10)
        assert answer.status_code == 204, answer.text


class Admin:
    """A daemon's admin port."""

    def __init__(self, program):
        self.base = f"http://{program.document['admin']['listen']}"

    def get(self, path):
        return requests.get(f"{self.base}{path}", timeout=15)

    def status(self):
        return self.get("/api/status").json()

    def way(self):
        return self.status()["notifications"]["way"]

    def metric(self, name):
        """The value of a sample as /metrics writes it: `caravan_lag_seconds{side="caldav"}`."""
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(f"{name} "):
                return float(line.rsplit(" ", 1)[1])
        return None


def told(source, mailboxes, seconds=60):
    """Waits until Exchange tells of every mailbox, and the passes that follow a subscription are over."""
    def ready():
        rows = [row for row in source.control("GET", "notifications")["subscriptions"]]
        return len({row["mailbox"] for row in rows if row["calls"] > 0 or row["connected"]}) >= mailboxes
    wait_for(ready, seconds, f"subscriptions of {mailboxes} mailboxes")


def serve(start, program, kind=Daemon):
    """Subscribes the program's list and starts its daemon."""
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    return start(kind, program)
