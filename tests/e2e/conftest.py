# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the end-to-end tests: a folder that other accounts may enter, and a starter that ends what it started."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support import postgres  # noqa: E402
from support.caldav_fake import CalDavFake  # noqa: E402
from support.caravan import Caravan  # noqa: E402
from support.exchange import Exchange  # noqa: E402
from support.process import binary  # noqa: E402
from support.radicale import Radicale  # noqa: E402


@pytest.fixture(scope="session")
def programs():
    """The programs under test are built; without them nothing here can say anything."""
    lacking = [name for name in ("exodus-cli", "exchange-sim", "caldav-fake") if binary(name) is None]
    if lacking:
        pytest.exit(f"not built: {', '.join(lacking)}. Build the preset dev, or name the folder in CARAVAN_BIN.", 1)


@pytest.fixture(scope="session")
def full():
    """CARAVAN_FULL=1: full sizes instead of those of every build."""
    return os.environ.get("CARAVAN_FULL") == "1"


@pytest.fixture
def folder(programs):
    path = Path(tempfile.mkdtemp(prefix="caravan-e2e-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


class Starter:
    """Starts servers in folders of their own and ends them in the opposite order."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def __call__(self, kind, *arguments, **keywords):
        place = self.folder / f"{len(self.running):02d}-{kind.__name__.lower()}"
        place.mkdir()
        server = kind(place, *arguments, **keywords)
        self.running.append(server)
        return server

    def keep(self, server):
        """Ends a server with the rest that was made without a folder."""
        self.running.append(server)
        return server

    def end(self, server):
        self.running.remove(server)
        server.end()

    def end_all(self):
        for server in reversed(self.running):
            server.end()


@pytest.fixture
def start(folder):
    starter = Starter(folder)
    yield starter
    starter.end_all()


@pytest.fixture
def exchange(start):
    """exchange(*arguments) starts a simulator."""
    return lambda *arguments: start(Exchange, *arguments)


@pytest.fixture
def fake(start):
    """fake(*arguments) starts a CalDAV fake."""
    return lambda *arguments: start(CalDavFake, *arguments)


@pytest.fixture
def radicale(start):
    """A Radicale with a service account."""
    return start(Radicale)


@pytest.fixture
def database(start):
    """A PostgreSQL with an empty database `caravan` of the user `caravan`."""
    if not postgres.available():
        pytest.skip("the package postgresql is not installed")
    server = start(postgres.Postgres)
    server.sql("create user caravan; create database caravan owner caravan;")
    return server


@pytest.fixture
def caravan(folder):
    """caravan(exchange, caldav, addresses, settings) writes a configuration and a mailbox list."""
    return lambda *arguments, **keywords: Caravan(folder, *arguments, **keywords)


@pytest.fixture
def ics_file(folder):
    """ics_file(text) writes a file for --load and gives its path."""
    def write(text, name="calendar.ics"):
        path = folder / name
        path.write_text(text, newline="")
        return path
    return write
