# SPDX-License-Identifier: GPL-3.0-or-later
"""What all figures share: a folder, servers that are ended by their pid, exodus-cli with its own cost measured, and the bare
floors. Servers and the configuration come from the end-to-end tests (tests/e2e/support)."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from support.caravan import Caravan
from support.process import binary

#: No single run may take longer; a server that hangs must not hang the bench.
LONGEST_RUN = 3 * 3600


class BenchFailed(Exception):
    """A figure could not be measured; what was in the way."""


class Figure:
    """One line of the result. `goal_is` says which number the goal is about and which way it is good: "value<", "value<=",
    "ratio<=", "ratio>="."""

    def __init__(self, name, unit, value, floor, goal, goal_is):
        self.name, self.unit, self.goal, self.goal_is = name, unit, goal, goal_is
        self.value, self.floor = round(value, 4), round(floor, 4)
        self.ratio = round(value / floor, 4) if floor else None
        number = self.value if goal_is.startswith("value") else self.ratio
        compare = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}
        self.ok = number is not None and compare[goal_is[5:]](number, goal)

    def document(self):
        return {key: getattr(self, key) for key in ("name", "unit", "value", "floor", "ratio", "goal", "ok")}


class Measured:
    """What one run of exodus-cli cost."""

    def __init__(self, document, seconds, cpu_seconds, peak_mb):
        self.document, self.seconds, self.cpu_seconds, self.peak_mb = document, seconds, cpu_seconds, peak_mb

    @property
    def created(self):
        return self.document["totals"]["created"]


def median(values):
    return statistics.median(values)


def spread(values, digits=1):
    """The median with the least and the greatest, for people."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}..{max(values):.{digits}f}, n={len(values)})"


def busy_share(seconds=1.0):
    """What share of the machine's processors works for others: looked at while the bench does nothing."""
    def ticks():
        fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]
    before = ticks()
    time.sleep(seconds)
    after = ticks()
    return 1 - (after[1] - before[1]) / max(1, after[0] - before[0])


def _peak_mb(pid):
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0.0


def _reason(folder):
    """Why a run failed: the first error that its document tells of, else the end of its messages."""
    try:
        document = json.loads((folder / "stdout").read_text())
    except json.JSONDecodeError:
        return (folder / "stderr").read_text()[-500:]
    errors = [part["error"]["what"] for part in [document, *document.get("mailboxes", [])] if part.get("error")]
    return (errors or [str(document.get("parked", ""))])[0][:500]


class _Corpus:
    """Recorded resources, as the floor programs read them."""

    def __init__(self, path, count, answers=None):
        self.path, self.count, self.answers = path, count, answers


def write_corpus(path, resources):
    """`resources` are (name, bytes) in the order in which they were PUT."""
    with open(path, "wb") as file:
        for name, content in resources:
            file.write(f"{name} {len(content)}\n".encode() + content)
    return _Corpus(path, len(resources))


class Rig:
    def __init__(self, quick):
        self.quick = quick
        self.folder = Path(tempfile.mkdtemp(prefix="caravan-bench-"))
        self.folder.chmod(0o755)
        self.running = []
        self.number = 0
        self.shared = {}
        self.temporary = []  #: folders elsewhere that are removed in the end

    # ---- what happens, for people --------------------------------------------------------------------------------------
    @staticmethod
    def say(text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def size(self, usual, quick):
        return quick if self.quick else usual

    def once(self, key, measure):
        """A measurement that several figures share."""
        if key not in self.shared:
            self.shared[key] = measure()
        return self.shared[key]

    # ---- servers -------------------------------------------------------------------------------------------------------
    def place(self, name):
        self.number += 1
        path = self.folder / f"{self.number:03d}-{name}"
        path.mkdir()
        return path

    def start(self, kind, *arguments, **keywords):
        server = kind(self.place(kind.__name__.lower()), *arguments, **keywords)
        self.running.append(server)
        return server

    def end(self, *servers):
        """Ends servers and frees their disk space."""
        for server in servers:
            if server in self.running:
                self.running.remove(server)
            server.end()
            if hasattr(server, "folder"):
                shutil.rmtree(server.folder, ignore_errors=True)

    def end_all(self):
        self.end(*reversed(self.running))
        for path in [self.folder, *self.temporary]:
            shutil.rmtree(path, ignore_errors=True)

    # ---- Caravan -------------------------------------------------------------------------------------------------------
    def caravan(self, exchange, caldav, addresses, settings=None):
        return Caravan(self.place("caravan"), exchange, caldav, addresses, settings)

    def migrate(self, caravan, watch=None):
        """Runs `migrate` to its end. Its time runs from the start of the process to its end, its CPU time is the kernel's,
        its peak memory VmHWM, polled; `watch(pid, seconds)` is called as often."""
        folder = caravan.folder
        with open(folder / "stdout", "wb") as output, open(folder / "stderr", "wb") as messages:
            began = time.monotonic()
            child = subprocess.Popen(caravan.command("migrate", caravan.list), cwd=folder, env=caravan.environment(),
                                     stdin=subprocess.DEVNULL, stdout=output, stderr=messages)
            peak, ended = [0.0], threading.Event()

            def look():
                while not ended.wait(0.01 if time.monotonic() - began < 1 else 0.05):
                    peak[0] = max(peak[0], _peak_mb(child.pid))
                    if watch:
                        watch(child.pid, time.monotonic() - began)
                    if time.monotonic() - began > LONGEST_RUN:
                        child.kill()
                        return

            watcher = threading.Thread(target=look)
            watcher.start()
            try:
                _, status, used = os.wait4(child.pid, 0)
                seconds = time.monotonic() - began
                child.returncode = os.waitstatus_to_exitcode(status)
            except BaseException:
                child.kill()
                child.wait()
                raise
            finally:
                ended.set()
                watcher.join()
        if child.returncode != 0:
            raise BenchFailed(f"exodus-cli migrate ended with {child.returncode}: {_reason(folder)}")
        return Measured(json.loads((folder / "stdout").read_text()), seconds, used.ru_utime + used.ru_stime, peak[0])

    # ---- floors --------------------------------------------------------------------------------------------------------
    @staticmethod
    def _floor(name, *arguments):
        done = subprocess.run([str(binary(name)), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=LONGEST_RUN, check=False)
        if done.returncode != 0:
            raise BenchFailed(f"{name}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def put_floor(self, server, collection, corpus, connections, first=0, count=None):
        """The bare loop over recorded bytes."""
        return self._floor("bench-put-floor", server.url.rstrip("/") + collection, f"{server.username}:{server.password}",
                           corpus.path, connections, first, corpus.count if count is None else count)

    def ews_floor(self, server, collection, corpus):
        """The same, behind a parse of the recorded EWS answers."""
        return self._floor("bench-ews-floor", corpus.answers, server.url.rstrip("/") + collection,
                           f"{server.username}:{server.password}", corpus.path)
