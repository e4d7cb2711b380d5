# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL cluster of its own, without passwords on 127.0.0.1."""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from .process import SYSTEM_PATH, Process, free_port, wait_for

_HOME = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def available():
    return bool(_HOME)


def as_user(name, command):
    """The command as that account where we are root, else as ourselves (PostgreSQL and SOGo refuse to be root)."""
    return ["runuser", "-u", name, "--", *command] if os.geteuid() == 0 else list(command)


class Postgres:
    """`standby_of`: a copy of that cluster, which follows it."""

    def __init__(self, folder, standby_of=None):
        self.folder = Path(folder) / "postgres"
        self.folder.mkdir()
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            shutil.chown(self.folder, account.pw_uid, account.pw_gid)
        self.bin = _HOME[-1]
        self.port = free_port()
        self.superuser = "postgres"
        self.environment = {"PATH": f"{self.bin}:{SYSTEM_PATH}", "LANG": "C.UTF-8", "HOME": str(self.folder)}
        if standby_of is None:
            self._run("initdb", "-D", self.folder / "data", "-A", "trust", "-U", self.superuser, "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync")
        else:
            self._run("pg_basebackup", "-D", self.folder / "data", "-R", "-X", "stream", "--checkpoint=fast", "--no-sync", "-d",
                      f"host=127.0.0.1 port={standby_of.port} user={self.superuser} application_name=standby")
        self.process = Process(
            "postgresql", as_user("postgres", [
                self.bin / "postgres", "-D", self.folder / "data", "-c", "listen_addresses=127.0.0.1", "-c",
                f"port={self.port}", "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off", "-c",
                "max_connections=200"]),
            folder, self.environment)
        self.process.wait_until(self._ready)

    def _run(self, program, *arguments, **keywords):
        return subprocess.run(as_user("postgres", [self.bin / program, *arguments]), check=True, cwd=self.folder,
                              env=self.environment, **{"stdout": subprocess.DEVNULL, **keywords})

    # ---- a standby -----------------------------------------------------------------------------------------------------
    def wait_for_commits_of(self, standby):
        """From now on no commit is answered before the standby has it."""
        self.sql("alter system set synchronous_standby_names = 'standby';")
        self.sql("select pg_reload_conf();")
        wait_for(lambda: self.rows("select sync_state from pg_stat_replication where application_name = 'standby'")
                 == [["sync"]], 30, "a synchronous standby")

    def promote(self):
        """The standby becomes the primary."""
        self._run("pg_ctl", "promote", "-w", "-D", self.folder / "data")

    def kill(self):
        """The machine is gone: every process of the cluster at once."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
        for one in [pid, *map(int, children.stdout.split())]:
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.child.wait(30)

    # ---- backup --------------------------------------------------------------------------------------------------------
    def dump(self, database):
        """The database as `pg_dump` writes it."""
        return self._run("pg_dump", "-h", "127.0.0.1", "-p", str(self.port), "-U", self.superuser, "-Fc", database,
                         stdout=subprocess.PIPE).stdout

    def restore(self, database, dump):
        """Puts a dump in the place of what is there."""
        self._run("pg_restore", "-h", "127.0.0.1", "-p", str(self.port), "-U", self.superuser, "--clean", "--if-exists", "-d",
                  database, input=dump)

    def _ready(self):
        return subprocess.run([self.bin / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port)], env=self.environment,
                              stdout=subprocess.DEVNULL, check=False).returncode == 0

    def rows(self, text, user=None, database="postgres"):
        """What a query answers: lists of texts."""
        done = subprocess.run([self.bin / "psql", "-qAt", "-F", "\t", "-h", "127.0.0.1", "-p", str(self.port), "-U",
                               user or self.superuser, "-c", text, database], capture_output=True, text=True, check=True,
                              env=self.environment)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def sql(self, text, user=None, database="postgres"):
        subprocess.run([self.bin / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U",
                        user or self.superuser, database], input=text, text=True, check=True, env=self.environment)

    def url(self, user, database):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def end(self):
        self.process.end()
