# SPDX-License-Identifier: GPL-3.0-or-later
"""Sealed secrets: typed once, used by the programs, never seen; a rotation that is killed at any step loses none."""

import subprocess

import pytest

from support.exchange import SERVICE_PASSWORD, generated

SIGKILLED = -9


@pytest.fixture
def servers(exchange, fake):
    return exchange("--generate", "2:10"), fake()


@pytest.fixture
def program(servers, caravan):
    program = caravan(*servers, generated(2))
    program.configure({"store": {"seal_key_file": str(program.folder / "seal.key")}})
    assert program.run("secrets", "init")["made"]
    return program


def seal(program, name, secret):
    done = subprocess.run(program.command("secrets", "set", name), input=secret + "\n", cwd=program.folder,
                          env=program.environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert secret not in done.stdout + done.stderr


def opening(program):
    return {row["name"]: row["opens"] for row in program.run("secrets", "list")["secrets"]}


def test_a_sealed_password_of_the_configuration_is_used(program):
    seal(program, "exchange", SERVICE_PASSWORD)
    program.configure({"exchange": {"password": None, "password_sealed": "exchange"}})
    outcome = program.migrate()
    assert outcome.exit == 0, str(outcome)
    assert outcome.totals["created"] == 20
    assert all(SERVICE_PASSWORD.encode() not in path.read_bytes() for path in program.folder.glob("caravan.db*"))


def test_a_sealed_password_of_the_mailbox_list_is_used(program, servers):
    target = servers[1]
    seal(program, "calendars", target.password)
    program.configure({"caldav": {"access": "mailbox", "password": "wrong"}})
    program.write_list([f"{address}, {target.username}, sealed:calendars" for address in program.addresses],
                       header="address, caldav_user, caldav_secret")
    outcome = program.migrate()
    assert outcome.exit == 0, str(outcome)
    assert outcome.totals["created"] == 20


def test_a_missing_secret_stops_the_run_with_its_remedy(program):
    program.configure({"exchange": {"password": None, "password_sealed": "exchange"}})
    outcome = program.migrate()
    assert outcome.exit == 2, str(outcome)
    assert "exchange.password_sealed" in outcome["error"]["what"]
    assert "secrets set" in outcome["error"]["remedy"]


@pytest.mark.parametrize("point", ["seal_key_made", "secrets_inside", "secrets_resealed"])
def test_a_rotation_killed_at_any_step_loses_no_secret(program, point):
    for name in ("a", "b", "exchange"):
        seal(program, name, SERVICE_PASSWORD)
    key = (program.folder / "seal.key").read_bytes()
    program.configure({"exchange": {"password": None, "password_sealed": "exchange"}})
    killed = program.run("secrets", "rotate", environment={"CARAVAN_CRASH_AT": f"{point}:1"})
    assert killed.exit == SIGKILLED, str(killed)
    assert opening(program) == {"a": True, "b": True, "exchange": True}
    assert program.migrate().exit == 0
    assert program.run("secrets", "rotate")["sealed"] == 3
    assert opening(program) == {"a": True, "b": True, "exchange": True}
    assert (program.folder / "seal.key").read_bytes() != key
    assert sorted(path.name for path in program.folder.glob("seal.key*")) == ["seal.key"]
