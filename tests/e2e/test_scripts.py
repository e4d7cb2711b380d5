# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator runs besides the programs: the quick start, the bulk script, the units and the example
configuration."""

import configparser
import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.exchange import generated
from support.process import REPOSITORY, binary

SCRIPTS = sorted([*(REPOSITORY / "scripts").glob("*.sh"), REPOSITORY / ".ci" / "run"])
UNITS = sorted([*(REPOSITORY / "packaging").glob("*.service"), *(REPOSITORY / "packaging").glob("*.timer")])


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_strict_executable_and_clean_for_shellcheck(path):
    text = path.read_text()
    assert text.startswith("#!/bin/bash\n# SPDX-License-Identifier: GPL-3.0-or-later\n")
    assert "\nset -euo pipefail\n" in text
    assert os.access(path, os.X_OK)
    checked = subprocess.run(["shellcheck", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_quick_start_migrates_verifies_keeps_in_step_and_ends_its_servers(programs, folder):
    environment = {**os.environ, "CARAVAN_BIN": str(binary("exodus-cli").parent), "TMPDIR": str(folder)}
    done = subprocess.run([REPOSITORY / "scripts" / "quickstart.sh", "--no-install", "--no-build", "--dir", folder / "start"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "All of it worked" in done.stdout
    arrived = re.findall(r"(Exchange -> CalDAV|CalDAV -> Exchange): .* arrived after \d+ ms", done.stdout)
    assert arrived == ["Exchange -> CalDAV", "CalDAV -> Exchange"]
    for name in ("migrate.html", "verify.html", "caravan.toml"):
        assert str(folder / "start" / name) in done.stdout and (folder / "start" / name).stat().st_size > 100
    calendars = list((folder / "start" / "radicale" / "collection-root").glob("*/exchange"))
    assert sorted(path.parent.name for path in calendars) == ["anna", "user0001", "user0002", "user0003"]
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(folder) not in left


@pytest.fixture
def bulk(exchange, fake, caravan, folder):
    """sync_all.sh on a configuration; gives (run, program, CalDAV server)."""
    source, target = exchange("--generate", "3:20", "--deny", "user0003@example.com=ErrorImpersonateUserDenied"), fake()
    program = caravan(source, target, generated(2))
    logs = folder / "logs"
    environment = {**program.environment(), "CARAVAN_CONFIG": str(program.config), "CARAVAN_LOG_DIR": str(logs),
                   "EXODUS_CLI": str(binary("exodus-cli"))}

    def run(*arguments):
        return subprocess.run([REPOSITORY / "scripts" / "sync_all.sh", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=environment, timeout=120, check=False)
    return run, program, target, logs


def test_sync_all_migrates_a_list_and_leaves_a_report_and_a_log(bulk):
    run, program, target, logs = bulk
    done = run(program.list)
    assert done.returncode == 0, done.stderr
    assert len(target.hrefs("user0001")) == len(target.hrefs("user0002")) == 20
    assert len(list(logs.glob("migrate-*.html"))) == 1
    assert "all done" in (logs / "sync_all.log").read_text()


def test_sync_all_takes_addresses_and_passes_the_exit_code_on(bulk):
    run, _, target, logs = bulk
    done = run("user0001@example.com", "user0003@example.com")
    assert done.returncode == 1, done.stderr
    assert len(target.hrefs("user0001")) == 20
    assert "failed" in (logs / "sync_all.log").read_text()


def test_sync_all_hands_options_on(bulk):
    run, program, target, _ = bulk
    assert run(program.list, "--", "--dry-run").returncode == 0
    assert target.writes() == 0


def test_a_second_sync_all_beside_the_first_is_refused(bulk):
    run, program, target, logs = bulk
    logs.mkdir()
    with open(logs / "sync_all.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = run(program.list)
    assert done.returncode == 2 and "still at work" in done.stderr
    assert target.writes() == 0


def prepared_unit(path, folder):
    """The unit with a program that exists here, and without accounts that do not."""
    text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", path.read_text())
    text = re.sub(r"(?m)^(User|Group)=.*\n", "", text)
    copy = Path(folder) / path.name
    copy.write_text(text)
    return copy


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_units_are_accepted_by_systemd(tmp_path):
    copies = [prepared_unit(path, tmp_path) for path in UNITS]
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", *copies], capture_output=True, text=True, check=False)
    ours = [line for line in checked.stderr.splitlines() if any(path.name in line for path in UNITS)]
    assert (checked.returncode, ours) == (0, []), checked.stderr


@pytest.mark.parametrize("path", [path for path in UNITS if path.suffix == ".service"], ids=lambda path: path.name)
def test_a_service_runs_with_the_least_it_needs(path):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(path)
    service = unit["Service"]
    assert service["User"] == "caravan" and service["UMask"] == "0077"
    for key, value in (("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("PrivateTmp", "yes"),
                       ("MemoryDenyWriteExecute", "yes"), ("CapabilityBoundingSet", "")):
        assert service[key] == value, key


def test_the_example_configuration_is_accepted_as_it_stands(programs, folder):
    text = (REPOSITORY / "packaging" / "caravan.toml").read_text()
    for name in ("exchange", "caldav"):
        (folder / name).write_text("secret\n")
        (folder / name).chmod(0o600)
        text = text.replace(f"/etc/caravan/{name}.password", str(folder / name))
    text = text.replace("/var/lib/caravan", str(folder)).replace("mail.example.org", "127.0.0.1:9").replace(
        "dav.example.org", "127.0.0.1:9")
    config = folder / "caravan.toml"
    config.write_text(text)
    done = subprocess.run([binary("exodus-cli"), "--config", config, "migrate", "anna@example.org"], capture_output=True,
                          text=True, timeout=120, check=False)
    assert done.returncode == 3, "nothing listens there, so 3; 2 would be a refused key: " + done.stderr
