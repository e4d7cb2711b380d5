# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts notify-deliver, the Mattermost simulator and mail servers on free ports, and ends them by their process ids."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

import certificates
import exim

HERE = pathlib.Path(__file__).resolve().parent
SIMULATOR = HERE.parents[1] / "mattermost" / "mattermost-sim"
TOKEN = "bot-token-of-the-test"
SIGNING_KEY = "signing-key-of-the-test"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, seconds=20):
    """Waits for something to be true and gives it back."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come to pass in time")


class Deliver:
    """notify-deliver: a line in, a line out."""

    def __init__(self, mode, options):
        binary = pathlib.Path(os.environ.get("CARAVAN_BIN", "")) / "notify-deliver"
        if not binary.exists():
            pytest.skip("CARAVAN_BIN does not name a folder with notify-deliver")
        self.process = subprocess.Popen([str(binary), mode, json.dumps(options)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def read(self):
        line = self.process.stdout.readline()
        assert line, "notify-deliver ended"
        return json.loads(line)

    def __call__(self, given):
        self.process.stdin.write((given if isinstance(given, str) else json.dumps(given)) + "\n")
        self.process.stdin.flush()
        return self.read()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture()
def deliver():
    """deliver(mode, options): a channel that lives as long as the test."""
    started = []

    def start(mode, options):
        started.append(Deliver(mode, options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


class Mattermost:
    def __init__(self, directory, *arguments, scheme="http"):
        port_file = directory / "mattermost.port"
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen(["/usr/bin/python3", str(SIMULATOR), "--listen", "127.0.0.1:0", "--port-file",
                                         str(port_file), "--token", TOKEN, *arguments])
        until(lambda: port_file.exists() or self.process.poll() is not None)
        assert port_file.exists(), "the simulator did not start"
        self.port = int(port_file.read_text())
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/control/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def options(self, **more):
        return {"url": self.url, "token": TOKEN, "signing_key": SIGNING_KEY, **more}

    def posts(self, user):
        return self.control("GET", f"posts?user={user}")

    def created(self):
        return [json.loads(one["body"]) for one in self.control("GET", "requests")
                if (one["method"], one["path"]) == ("POST", "/api/v4/posts")]


@pytest.fixture()
def mattermost(tmp_path):
    started = Mattermost(tmp_path, "--user", "anna@example.org", "--user", "boris@example.org")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """An authority's file, and a certificate with its key for localhost."""
    return certificates.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory, certificate):
    """Debian's exim in a private folder: STARTTLS, AUTH, one folder of messages."""
    if not shutil.which("exim4", path="/usr/sbin:/usr/bin"):
        pytest.skip("exim4 is not installed (package exim4-daemon-light)")
    server = exim.Exim(tmp_path_factory, certificate, free_port())
    until(server.listens)
    yield server
    server.stop()
