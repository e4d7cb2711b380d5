# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting a server, waiting until it answers, and ending it by its pid. Nothing here sleeps to let something happen:
what has to become true is polled until a deadline."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
#: Debian's own Python and tools, whatever else stands first in PATH.
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class ServerFailed(Exception):
    """A server of the test set-up did not come up; its log is in the message."""


def free_port():
    """A port that was free a moment ago, for servers that cannot choose one themselves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds, what):
    """The first true value of condition(); polls, and says what was awaited when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def accepts(port):
    """Whether something listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def binary(name):
    """A program of the build: $CARAVAN_BIN, else build/dev/bin, else build/release/bin. None where there is none."""
    chosen = os.environ.get("CARAVAN_BIN")
    folders = [Path(chosen)] if chosen else [REPOSITORY / "build" / preset / "bin" for preset in ("dev", "release")]
    for folder in folders:
        if os.access(folder / name, os.X_OK):
            return folder / name
    return None


class Process:
    """A child process in a process group of its own, with its output in a file."""

    def __init__(self, name, command, folder, environment=None, stop_signal=signal.SIGTERM):
        self.name = name
        self.log = Path(folder) / f"{name}.log"
        self.stop_signal = stop_signal
        with open(self.log, "ab") as output:
            self.child = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                cwd=folder, env=environment, start_new_session=True)

    @property
    def pid(self):
        return self.child.pid

    def wait_until(self, answers, seconds=30):
        """Polls answers() until it is true; a dead child or a passed deadline shows the log."""
        def condition():
            if self.child.poll() is not None:
                raise ServerFailed(f"{self.name} ended with {self.child.returncode}:\n{self.tail()}")
            return answers()
        try:
            return wait_for(condition, seconds, f"{self.name} answers")
        except TimeoutError as error:
            self.end()
            raise ServerFailed(f"{error}\n{self.tail()}") from error

    def tail(self):
        return self.log.read_text(errors="replace")[-4000:]

    def end(self, patience=15):
        """Asks the process to end, insists after a while, and takes its own children with it."""
        if self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
            try:
                self.child.wait(patience)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
