# SPDX-License-Identifier: GPL-3.0-or-later
"""Radicale: with plain passwords where everybody owns his home, or with a service account that may write everywhere
(caldav-servers.md, section 1)."""

from pathlib import Path

import requests

from .process import SYSTEM_PATH, Process, free_port

_RIGHTS = """\
[admin-root]
user: svc
collection:
permissions: R
[admin-principals]
user: svc
collection: [^/]+
permissions: RW
[admin-collections]
user: svc
collection: [^/]+/[^/]+
permissions: RWrw
[root]
user: .+
collection:
permissions: R
[principal]
user: .+
collection: {user}
permissions: RW
[calendars]
user: .+
collection: {user}/[^/]+
permissions: rw
"""

_CONFIGURATION = """\
[server]
hosts = 127.0.0.1:{port}
max_connections = 40
max_content_length = 200000000
timeout = 120
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0.1
[rights]
{rights}
[storage]
filesystem_folder = {data}
{hook}
[logging]
level = warning
"""


class Radicale:
    """`users` maps names to passwords; with `service` the account svc provisions and writes for all of them. `hook` is the
    command that Radicale runs after a write, `data` another place for what it keeps."""

    kind = "radicale"

    def __init__(self, folder, users=None, service=True, hook=None, data=None):
        self.folder = Path(folder)
        self.data = Path(data or self.folder / "data")
        self.service = service
        self.users = dict(users or {})
        if service:
            self.users["svc"] = "davpw"
        self.username, self.password = "svc", "davpw"
        self.access = "service" if service else "mailbox"
        self.home = "/{local}/" if service else ""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        (self.folder / "users").write_text("".join(f"{name}:{word}\n" for name, word in self.users.items()))
        (self.folder / "rights").write_text(_RIGHTS)
        rights = f"type = from_file\nfile = {self.folder}/rights" if service else "type = owner_only"
        (self.folder / "radicale.conf").write_text(
            _CONFIGURATION.format(port=self.port, folder=self.folder, data=self.data, rights=rights,
                                  hook=f"hook = {hook}" if hook else ""))
        self.start()

    def start(self):
        self.process = Process(
            "radicale", ["/usr/bin/python3", "/usr/bin/radicale", "-C", self.folder / "radicale.conf"], self.folder,
            environment={"PATH": SYSTEM_PATH, "HOME": str(self.folder), "LANG": "C.UTF-8"})
        self.process.wait_until(self._answers)

    def _answers(self):
        try:
            return requests.get(f"{self.url}.web/", timeout=5).status_code < 500
        except requests.ConnectionError:
            return False

    def end(self):
        self.process.end()

    def collections(self, user):
        """Names of a user's calendars, read from the files that Radicale keeps."""
        home = self.data / "collection-root" / user
        return sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []

    def resources(self, user, collection="exchange"):
        """Resource name -> iCalendar text, read from the files that Radicale keeps."""
        path = self.data / "collection-root" / user / collection
        return {item.name: item.read_bytes().decode() for item in path.glob("*.ics")} if path.is_dir() else {}

    def display_name(self, user, collection):
        import json
        path = self.data / "collection-root" / user / collection / ".Radicale.props"
        return json.loads(path.read_text()).get("D:displayname", "")

    def put_as_user(self, user, collection, name, text):
        """What the owner's own client does."""
        answer = requests.put(f"{self.url}{user}/{collection}/{name}", data=text.encode(), auth=(user, self.users[user]),
                              timeout=60, headers={"Content-Type": "text/calendar; charset=utf-8"})
        assert answer.status_code in (200, 201, 204), answer.text

    def put(self, user, collection, name, text):
        """What another client would do: replaces one resource."""
        account = (self.username, self.password) if self.service else (user, self.users[user])
        answer = requests.put(f"{self.url}{user}/{collection}/{name}", data=text.encode(), auth=account, timeout=60,
                              headers={"Content-Type": "text/calendar; charset=utf-8"})
        assert answer.status_code in (200, 201, 204), answer.text
