# SPDX-License-Identifier: GPL-3.0-or-later
"""Fidelity: every readable series of the corpus and of the fixtures, loaded into the simulator and migrated, comes
out in Radicale with the same meaning as its source file."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from fidelity import corpus
from fidelity.judging import judge
from fidelity.losses import REASONS
from support.caravan import Caravan
from support.exchange import Exchange
from support.radicale import Radicale

EXPECTED = Path(__file__).parent / "fidelity" / "expected_losses.json"
UNREADABLE = Path(__file__).parent / "fidelity" / "unreadable.json"
SETS = {"fixtures": corpus.fixtures, "corpus": corpus.corpus}


@pytest.fixture(scope="module", params=list(SETS))
def migrated(request, programs):
    """(name of the set, verdict, unreadable files, outcome of migrate) of one set, migrated once for all tests here."""
    if request.param == "corpus" and not corpus.corpus_folder().is_dir():
        pytest.skip(f"no corpus of real calendars at {corpus.corpus_folder()}: name its folder in CARAVAN_ICS_CORPUS")
    sources, unreadable = SETS[request.param]()
    folder = Path(tempfile.mkdtemp(prefix="caravan-fidelity-"))
    servers = []
    try:
        for name in ("ics", "exchange", "radicale"):
            (folder / name).mkdir()
        for source in sources:
            (folder / "ics" / f"{source.local}.ics").write_text(source.text, newline="")
        exchange = Exchange(folder / "exchange", "--load-each", folder / "ics", "--domain", "example.com")
        servers.append(exchange)
        radicale = Radicale(folder / "radicale")
        servers.append(radicale)
        caravan = Caravan(folder, exchange, radicale, [source.address for source in sources])
        outcome = caravan.migrate()
        verdict = judge(sources, exchange.import_report(), lambda source: radicale.resources(source.local))
        print(f"\n{request.param}: {verdict}")
        yield request.param, verdict, unreadable, outcome
    finally:
        for server in reversed(servers):
            server.end()
        shutil.rmtree(folder, ignore_errors=True)


def test_no_difference_is_without_a_reason(migrated):
    _, verdict, _, outcome = migrated
    assert not verdict.failures, "\n".join([f"{len(verdict.failures)} failures", *verdict.failures[:60], str(outcome)])


def test_at_least_95_percent_of_what_exchange_can_express_is_lossless(migrated):
    _, verdict, _, _ = migrated
    assert verdict.lossless_share >= 0.95, str(verdict)


def test_every_loss_is_counted_under_its_reason(migrated):
    name, verdict, _, _ = migrated
    expected = json.loads(EXPECTED.read_text())
    if os.environ.get("CARAVAN_UPDATE_EXPECTED") == "1":
        EXPECTED.write_text(json.dumps({**expected, name: verdict.figures()}, indent=2, sort_keys=True) + "\n")
        pytest.skip("expected_losses.json was rewritten from this run, as CARAVAN_UPDATE_EXPECTED asked")
    assert set(verdict.losses) <= set(REASONS)
    assert verdict.figures() == expected[name]


def test_the_unreadable_files_are_those_listed(migrated):
    name, _, unreadable, _ = migrated
    assert unreadable == json.loads(UNREADABLE.read_text())[name]


def test_nothing_is_parked_but_what_shares_its_uid(migrated):
    _, verdict, _, outcome = migrated
    shared = verdict.losses["duplicate_uid"]
    assert (outcome.exit, len(outcome["parked"])) == (1 if shared else 0, shared), outcome["parked"]
