# SPDX-License-Identifier: GPL-3.0-or-later
"""Xandikos: one process for one user, without authentication of its own; each calendar is a git repository with a work
tree, which is what resources() reads."""

from pathlib import Path

import requests

from .process import SYSTEM_PATH, Process, free_port


class Xandikos:
    kind = "xandikos"
    username, password = "svc", "davpw"
    access = "service"
    home = "/{local}/calendars/"

    def __init__(self, folder, user="user1"):
        self.folder = Path(folder)
        self.user = user
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.data = self.folder / "xandikos-data"
        self.process = Process(
            "xandikos", ["/usr/bin/python3", "/usr/bin/xandikos", "-d", self.data, "--defaults", "--current-user-principal",
                         f"/{user}/", "-l", "127.0.0.1", "-p", self.port], self.folder,
            environment={"PATH": SYSTEM_PATH, "HOME": str(self.folder), "LANG": "C.UTF-8"})
        self.process.wait_until(self._answers)

    def _answers(self):
        try:
            return requests.request("OPTIONS", self.url, timeout=5).status_code < 500
        except requests.ConnectionError:
            return False

    def end(self):
        self.process.end()

    def make_home(self, user):
        """What `--defaults` does for the one user of a process, for a further one."""
        for path in (user, f"{user}/calendars"):
            requests.request("MKCOL", f"{self.url}{path}/", timeout=30)

    def puts(self):
        """PUT requests so far, as Xandikos itself logs them."""
        return self.process.log.read_text(errors="replace").count('"PUT ')

    def resources(self, user, collection="exchange"):
        path = self.data / user / "calendars" / collection
        return {item.name: item.read_bytes().decode() for item in path.glob("*.ics")} if path.is_dir() else {}
