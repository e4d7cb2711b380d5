# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL cluster of its own, without passwords on 127.0.0.1."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from .process import SYSTEM_PATH, Process, free_port

_HOME = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def available():
    return bool(_HOME)


def as_user(name, command):
    """The command as that account where we are root, else as ourselves (PostgreSQL and SOGo refuse to be root)."""
    return ["runuser", "-u", name, "--", *command] if os.geteuid() == 0 else list(command)


class Postgres:
    def __init__(self, folder):
        self.folder = Path(folder) / "postgres"
        self.folder.mkdir()
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            shutil.chown(self.folder, account.pw_uid, account.pw_gid)
        self.bin = _HOME[-1]
        self.port = free_port()
        self.superuser = "postgres"
        self.environment = {"PATH": f"{self.bin}:{SYSTEM_PATH}", "LANG": "C.UTF-8", "HOME": str(self.folder)}
        subprocess.run(as_user("postgres", [self.bin / "initdb", "-D", self.folder / "data", "-A", "trust", "-U",
                                            self.superuser, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]),
                       check=True, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL)
        self.process = Process(
            "postgresql", as_user("postgres", [
                self.bin / "postgres", "-D", self.folder / "data", "-c", "listen_addresses=127.0.0.1", "-c",
                f"port={self.port}", "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off"]),
            folder, self.environment)
        self.process.wait_until(self._ready)

    def _ready(self):
        return subprocess.run([self.bin / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port)], env=self.environment,
                              stdout=subprocess.DEVNULL, check=False).returncode == 0

    def sql(self, text, user=None, database="postgres"):
        subprocess.run([self.bin / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U",
                        user or self.superuser, database], input=text, text=True, check=True, env=self.environment)

    def url(self, user, database):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def end(self):
        self.process.end()
