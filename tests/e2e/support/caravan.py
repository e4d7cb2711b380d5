# SPDX-License-Identifier: GPL-3.0-or-later
"""The program under test: a folder with its configuration, mailbox list and store, and exodus-cli run on them."""

import json
import os
import subprocess
from pathlib import Path

from .exchange import SERVICE_PASSWORD, SERVICE_USER
from .process import binary, free_port


def toml(document):
    """A TOML text of one level of tables with strings, numbers and booleans."""
    lines = []
    for table, values in document.items():
        lines.append(f"[{table}]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
    return "\n".join(lines) + "\n"


class Outcome:
    """What one call of exodus-cli did: exit code, JSON document (None where stdout held none), and its texts."""

    def __init__(self, command, exit_code, output, messages):
        self.command, self.exit, self.output, self.messages = command, exit_code, output, messages
        self.document = json.loads(output) if output.strip() else None

    def __getitem__(self, key):
        return self.document[key]

    @property
    def totals(self):
        return self.document["totals"]

    def counts(self, *names):
        """Some of the totals as a dictionary, for one comparison that shows all."""
        return {name: self.totals[name] for name in names}

    def writes(self):
        return self.counts("created", "updated", "deleted")

    def errors(self):
        """What went wrong, as the document tells it."""
        rows = [self.document or {}, *(self.document or {}).get("mailboxes", [])]
        return [row["error"] for row in rows if row.get("error")]

    def __str__(self):
        told = {key: value for key, value in (self.document or {}).items() if key not in ("mailboxes", "error")}
        return (f"exodus-cli {' '.join(self.command)}\nexit {self.exit}\nerrors: {self.errors()[:5]}\n"
                f"document: {json.dumps(told, ensure_ascii=False)[:2500]}\nstderr: {self.messages[-2000:]}")

    def __repr__(self):
        return f"Outcome({' '.join(self.command)}: {self.exit})"


class Caravan:
    """`exchange` and `caldav` are the servers of support/; `settings` are tables that override the usual ones, and a table
    or key of None is left out."""

    def __init__(self, folder, exchange=None, caldav=None, addresses=(), settings=None, name="caravan"):
        self.folder = Path(folder) / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "caravan.toml"
        self.store = self.folder / "caravan.db"
        self.list = self.folder / "mailboxes.txt"
        self.addresses = list(addresses)
        self.document = {
            "exchange": {"url": exchange.url if exchange else "http://127.0.0.1:9/EWS/Exchange.asmx", "auth": "basic",
                         "username": SERVICE_USER, "password": SERVICE_PASSWORD, "access": "impersonation"},
            "caldav": {"url": caldav.url if caldav else "http://127.0.0.1:9/", "username": caldav.username if caldav else "svc",
                       "password": caldav.password if caldav else "davpw",
                       "access": caldav.access if caldav else "service",
                       "home": caldav.home if caldav else "/{local}/"},
            "store": {"url": f"sqlite:{self.store}"},
            "sync": {"workers": 4},
            "admin": {"listen": f"127.0.0.1:{free_port()}"},
        }
        self.configure(settings or {})
        self.write_list(self.addresses)

    def configure(self, settings):
        """Changes keys of the configuration file and writes it."""
        for table, values in settings.items():
            if values is None:
                self.document.pop(table, None)
            else:
                self.document.setdefault(table, {}).update(values)
        self.config.write_text(toml(self.document))
        self.config.chmod(0o600)

    def write_list(self, rows, header=None):
        self.list.write_text("".join(f"{row}\n" for row in ([header] if header else []) + list(rows)))

    def command(self, *arguments):
        return [str(binary("exodus-cli")), "--config", str(self.config), "--json", *map(str, arguments)]

    def environment(self, extra=None):
        kept = {key: value for key, value in os.environ.items() if not key.startswith("CARAVAN_")}
        return {**kept, "NO_PROXY": "127.0.0.1", **(extra or {})}

    def run(self, *arguments, environment=None, timeout=900, prefix=()):
        """Runs a command to its end."""
        command = [*prefix, *self.command(*arguments)]
        done = subprocess.run(command, cwd=self.folder, env=self.environment(environment), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=timeout, check=False)
        try:
            return Outcome([str(word) for word in arguments], done.returncode, done.stdout, done.stderr)
        except json.JSONDecodeError as error:
            raise AssertionError(f"stdout is not one JSON document: {error}\n{done.stdout}\n{done.stderr}") from error

    def start(self, *arguments, environment=None):
        """Starts a command in the background, for those that are to be killed or interrupted."""
        return subprocess.Popen(self.command(*arguments), cwd=self.folder, env=self.environment(environment),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def migrate(self, *arguments, **keywords):
        return self.run("migrate", self.list, *arguments, **keywords)

    def verify(self, *arguments, **keywords):
        return self.run("verify", self.list, *arguments, **keywords)

    def rebuild(self, *arguments, **keywords):
        return self.run("rebuild", self.list, *arguments, **keywords)

    def remove_store(self):
        """Loses the mapping database, write-ahead log included."""
        for path in self.folder.glob("caravan.db*"):
            path.unlink()
