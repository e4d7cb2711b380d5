# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: every case gives one clear message with the remedy and the documented exit code, and nothing is lost
or half-written."""

import json
import re
import sqlite3
import subprocess

import pytest

from support.events import calendar, plain_calendar
from support.exchange import generated
from support.lying_server import LIES, CuttingProxy, LyingServer
from support.process import binary, free_port
from support.reading import uids
from support.tls_proxy import TlsProxy

ANNA = "anna@example.com"
USAGE, NOTHING_POSSIBLE = 2, 3


def assert_refused(outcome, exit_code, *words):
    """One error with what happened, where, and what to do next."""
    assert outcome.exit == exit_code, str(outcome)
    error = outcome.document.get("error") or next(row["error"] for row in outcome["mailboxes"] if row.get("error"))
    assert error["what"] and error["remedy"], str(outcome)
    for word in words:
        assert word.lower() in json.dumps(error).lower(), (word, error)


@pytest.fixture
def servers(exchange, fake):
    return exchange("--generate", "2:20"), fake()


@pytest.fixture
def program(servers, caravan):
    return caravan(*servers, generated(2))


def untouched(servers):
    """Nothing was written anywhere."""
    source, target = servers
    return target.writes() == 0 and source.mails() == []


# ---- configuration ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("table", "key", "value", "words"), [
    ("exchange", "ur1", "x", ["ur1", "url"]), ("exchange", "auth", "bsic", ["basic", "ntlm", "oauth2"]),
    ("caldav", "access", "root", ["service", "mailbox"]), ("sync", "workers", "eight", ["workers"]),
    ("sync", "workers", 0, ["workers"]), ("sync", "max_delete_percent", 400, ["max_delete_percent"]),
    ("sync", "attachments", "upload", ["inline", "skip"]), ("caldav", "private", "hide", ["keep", "busy", "omit"]),
    ("store", "url", "mysql://x", ["sqlite", "postgresql"]), ("exchange", "url", "mail.example.org", ["url"]),
    ("syncing", "workers", 4, ["syncing"])])
def test_a_wrong_key_or_value_is_named_with_file_line_and_what_is_allowed(servers, program, table, key, value, words):
    program.configure({table: {key: value}})
    lines = program.config.read_text().splitlines()
    line = 1 + (lines.index(f"[{table}]") if table == "syncing" else lines.index(f"{key} = {json.dumps(value)}"))
    outcome = program.migrate()
    assert_refused(outcome, USAGE, program.config.name, *words)
    assert re.search(rf"\b{line}\b", outcome["error"]["what"]), (line, outcome["error"])
    assert untouched(servers)


def test_a_configuration_that_is_no_toml_is_refused_with_its_line(servers, program):
    program.config.write_text(program.config.read_text() + "\n[sync\nworkers = \n")
    assert_refused(program.migrate(), USAGE, program.config.name)
    assert untouched(servers)


def test_a_configuration_that_is_not_there_is_refused(program):
    program.config.unlink()
    assert_refused(program.migrate(), USAGE, program.config.name)


def test_a_secret_file_that_others_can_read_is_refused(servers, program):
    secret = program.folder / "password"
    secret.write_text("svcpw\n")
    secret.chmod(0o644)
    program.configure({"exchange": {"password": None, "password_file": str(secret)}})
    assert_refused(program.migrate(), USAGE, str(secret))
    secret.chmod(0o600)
    assert program.migrate().exit == 0


def test_a_password_over_plain_http_to_another_host_is_refused_before_it_is_sent(program):
    program.configure({"exchange": {"url": "http://192.0.2.7/EWS/Exchange.asmx"}})
    assert_refused(program.migrate(timeout=20), USAGE, "https")


def test_two_mailboxes_with_one_collection_are_refused_before_anything_is_written(servers, program):
    program.configure({"caldav": {"home": "/shared/"}})
    assert_refused(program.migrate(), USAGE, "caldav.home")
    assert untouched(servers)


def test_the_home_of_the_service_account_is_refused(servers, program):
    program.write_list(["svc@example.com"])
    assert_refused(program.migrate(), USAGE, "svc")
    assert untouched(servers)


@pytest.mark.parametrize(("rows", "words"), [
    (["user0001@example.com", "not an address"], ["2", "not an address"]),
    (["user0001@example.com", "user0002@example.com", "USER0001@example.com"], ["3", "user0001"]),
    (["address, colour", "user0001@example.com, blue"], ["1", "colour"]),
    (["address, caldav_secret", "user0001@example.com, plaintext"], ["2", "file:"]),
    (["address, kind", "user0001@example.com, robot"], ["2", "user", "room"])],
    ids=["no_address", "twice", "unknown_column", "secret_in_the_text", "unknown_kind"])
def test_a_mailbox_list_with_errors_is_refused_with_its_line(servers, program, rows, words):
    program.write_list(rows)
    assert_refused(program.migrate(), USAGE, program.list.name, *words)
    assert untouched(servers)


def test_an_empty_mailbox_list_is_refused(servers, program):
    program.write_list(["# nobody yet"])
    assert_refused(program.migrate(), USAGE, "no mailbox")
    assert untouched(servers)


def test_a_mailbox_list_that_is_not_there_is_refused(servers, program):
    program.list.unlink()
    assert_refused(program.migrate(), USAGE, "mailboxes.txt")


@pytest.mark.parametrize("arguments", [["migrat"], ["migrate"], ["migrate", "--since", "yesterday", "user0001@example.com"],
                                       ["rollback"], ["migrate", "--no-such-option", "user0001@example.com"]])
def test_a_wrong_command_line_ends_with_2_and_writes_nothing(servers, program, arguments):
    outcome = program.run(*arguments)
    assert outcome.exit == USAGE and (outcome.document or {}).get("error", outcome.messages), str(outcome)
    assert untouched(servers)


def test_an_unknown_run_or_plan_or_parked_item_is_named(program):
    program.migrate()
    for arguments in (("rollback", "r-nothing"), ("approve", "nothing"), ("parked", "retry", "nothing")):
        assert_refused(program.run(*arguments), USAGE, "nothing")


# ---- servers ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("table", "path"), [("exchange", "EWS/Exchange.asmx"), ("caldav", "")])
def test_a_server_that_cannot_be_reached_is_named(servers, program, table, path):
    good = program.document[table]["url"]
    port = free_port()
    program.configure({table: {"url": f"http://127.0.0.1:{port}/{path}"}})
    assert_refused(program.migrate(), NOTHING_POSSIBLE, str(port))
    program.configure({table: {"url": good}})
    assert program.migrate().counts("created", "failed") == {"created": 40, "failed": 0}


@pytest.mark.parametrize("table", ["exchange", "caldav"])
@pytest.mark.parametrize("lie", sorted(LIES))
def test_a_lying_server_is_not_believed(servers, program, start, table, lie):
    good = program.document[table]["url"]
    liar = start.keep(LyingServer(lie))
    program.configure({table: {"url": liar.url + ("EWS/Exchange.asmx" if table == "exchange" else "")}})
    outcome = program.migrate(timeout=240)
    assert_refused(outcome, NOTHING_POSSIBLE)
    assert liar.seen, "the liar was never asked"
    program.configure({table: {"url": good}})
    healed = program.migrate()
    assert healed.exit == 0, str(healed)
    assert sum(len(servers[1].hrefs(address.split("@")[0])) for address in generated(2)) == 40


@pytest.mark.parametrize("table", ["exchange", "caldav"])
def test_credentials_do_not_follow_a_redirect_to_another_host(program, start, table):
    elsewhere = start.keep(LyingServer("empty_success"))
    liar = start.keep(LyingServer("redirect_elsewhere"))
    LIES["redirect_elsewhere"][1]["Location"] = f"http://localhost:{elsewhere.port}/"
    program.configure({table: {"url": liar.url}})
    assert program.migrate().exit == NOTHING_POSSIBLE
    assert not [headers for _, _, headers, _ in elsewhere.seen if "Authorization" in headers]


@pytest.mark.parametrize("table", ["exchange", "caldav"])
def test_wrong_credentials_are_tried_at_most_3_times_and_named(servers, program, table):
    program.configure({table: {"password": "wrong"}})
    assert_refused(program.migrate(), NOTHING_POSSIBLE, "password")
    source, target = servers
    tried = source.requests()["unauthorized"] if table == "exchange" else target.requests()["total"]
    assert 1 <= tried <= 3, tried
    assert target.writes() == 0


@pytest.mark.parametrize("table", ["exchange", "caldav"])
@pytest.mark.parametrize("certificate", ["expired", "self_signed", "other_name"])
def test_a_bad_certificate_is_refused_by_its_name(servers, program, start, table, certificate):
    target = servers[0].base if table == "exchange" else servers[1].base
    proxy = start(TlsProxy, target, certificate)
    program.configure({table: {"url": proxy.url + ("EWS/Exchange.asmx" if table == "exchange" else ""),
                               "ca_file": str(proxy.ca_file)}})
    outcome = program.migrate()
    assert_refused(outcome, NOTHING_POSSIBLE, "certificate", *(["expired"] if certificate == "expired" else []))
    assert untouched(servers)


@pytest.mark.parametrize("table", ["exchange", "caldav"])
def test_a_certificate_of_a_trusted_authority_is_accepted(servers, program, start, table):
    proxy = start(TlsProxy, servers[0].base if table == "exchange" else servers[1].base, "good")
    url = proxy.url + ("EWS/Exchange.asmx" if table == "exchange" else "")
    program.configure({table: {"url": url}})
    assert_refused(program.migrate(), NOTHING_POSSIBLE, "certificate", "ca_file")
    program.configure({table: {"url": url, "ca_file": str(proxy.ca_file)}})
    assert program.migrate().exit == 0


@pytest.mark.parametrize("operation", ["SyncFolderItems", "GetItem", "GetFolder"])
def test_an_answer_cut_in_the_middle_once_is_asked_again(servers, program, operation):
    servers[0].fault(kind="truncate", operation=operation, count=1)
    outcome = program.migrate()
    assert (outcome.exit, outcome.totals["created"]) == (0, 40), str(outcome)


def test_answers_always_cut_in_the_middle_delete_and_half_write_nothing(servers, program):
    source, target = servers
    assert program.migrate().exit == 0
    before = {address: target.resources(address.split("@")[0]) for address in generated(2)}
    for address in generated(2):
        source.mutate(address, change=5)
    source.fault(kind="truncate", operation="*", count=1_000_000)
    outcome = program.migrate(timeout=240)
    assert_refused(outcome, NOTHING_POSSIBLE)
    assert {address: target.resources(address.split("@")[0]) for address in before} == before
    source.clear_faults()
    assert program.migrate().writes() == {"created": 0, "updated": 10, "deleted": 0}


def test_an_answer_cut_at_any_place_never_deletes(exchange, fake, caravan, start):
    source, target = exchange("--generate", "1:30"), fake()
    assert caravan(source, target, generated(1)).migrate().exit == 0
    shares = iter([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.999])
    state = {"share": 0.0}

    def cut(asked, answer):
        return answer[:int(len(answer) * state["share"])] if b"SyncFolderItems" in asked or b"GetItem" in asked else None
    proxy = start.keep(CuttingProxy(source.base, cut))
    for share in shares:
        state["share"] = share
        source.fault(kind="invalid_sync_state", operation="SyncFolderItems")
        program = caravan(source, target, generated(1), {"exchange": {"url": f"{proxy.url}EWS/Exchange.asmx"}})
        outcome = program.migrate(timeout=240)
        assert outcome.exit in (1, NOTHING_POSSIBLE), str(outcome)
    assert proxy.cuts, "no answer was cut"
    assert target.count("DELETE") == 0
    assert len(target.hrefs("user0001")) == 30


# ---- the machine ------------------------------------------------------------------------------------------------------

#: Runs a program with a limit on the size of files, so that a write fails as on a full disk instead of killing it.
_LIMITED = ("/usr/bin/python3", "-c", "import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
            "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); os.execv(sys.argv[2], sys.argv[2:])")


def complete_after(servers, program, events):
    """With room again, the next run completes the work, and nothing is there twice."""
    outcome = program.migrate()
    assert outcome.exit == 0, str(outcome)
    found = uids(servers[1].resources("user0001"))
    assert (len(found), set(found.values())) == (events, {1})


@pytest.mark.parametrize("limit_kb", [64, 400])
def test_a_file_that_cannot_grow_ends_with_2_and_the_next_run_completes(exchange, fake, caravan, limit_kb):
    servers = exchange("--generate", "1:2000"), fake()
    program = caravan(*servers, generated(1))
    outcome = program.migrate(prefix=[*_LIMITED, str(limit_kb * 1024)])
    assert_refused(outcome, USAGE, "disk")
    complete_after(servers, program, 2000)


def _private_mounts():
    return subprocess.run(["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", "/mnt"], check=False,
                          capture_output=True).returncode == 0


@pytest.mark.skipif(not _private_mounts(), reason="mounting a small tmpfs is not allowed here")
def test_a_full_disk_ends_with_2_and_a_bigger_one_completes_without_doubles(exchange, fake, caravan):
    servers = exchange("--generate", "1:2000"), fake()
    program = caravan(*servers, generated(1))
    disk = program.folder / "disk"
    disk.mkdir()
    program.configure({"store": {"url": f"sqlite:{disk}/caravan.db"}, "sync": {"spool_dir": str(disk)}})
    outcome = program.migrate(prefix=["unshare", "--mount", "--map-root-user", "sh", "-c",
                                      f'mount -t tmpfs -o size=600k none "{disk}" && exec "$@"', "sh"])
    assert_refused(outcome, USAGE, "disk")
    complete_after(servers, program, 2000)


def test_a_store_in_a_folder_that_is_not_there_is_refused(servers, program):
    program.configure({"store": {"url": f"sqlite:{program.folder}/nowhere/caravan.db"}})
    assert_refused(program.migrate(), USAGE, "nowhere")
    assert untouched(servers)


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(servers, program):
    assert program.migrate().exit == 0
    with sqlite3.connect(program.store) as database:
        database.execute("UPDATE schema_info SET version = version + 1")
    database.close()
    servers[1].reset_requests()
    assert_refused(program.migrate(), USAGE, "newer")
    assert_refused(program.run("status"), USAGE, "newer")
    assert untouched(servers)
    with sqlite3.connect(program.store) as database:
        assert database.execute("SELECT count(*) FROM mapping").fetchone()[0] == 40
    database.close()


def test_a_store_that_is_no_database_is_refused_and_left_as_it_is(servers, program):
    program.store.write_bytes(b"not a database at all\n" * 200)
    assert_refused(program.migrate(), USAGE, program.store.name)
    assert program.store.read_bytes() == b"not a database at all\n" * 200
    assert untouched(servers)


def test_the_store_is_readable_by_its_owner_only(program):
    program.migrate()
    for path in program.folder.glob("caravan.db*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_without_json_the_message_names_the_remedy_in_words(program):
    program.configure({"exchange": {"password": "wrong"}})
    done = subprocess.run([binary("exodus-cli"), "--config", program.config, "migrate", program.list], check=False,
                          capture_output=True, text=True, env=program.environment(), timeout=120)
    assert done.returncode == NOTHING_POSSIBLE
    told = done.stdout + done.stderr
    assert "password" in told.lower() and "Next:" in told and len(told) < 3000, told


def test_an_event_that_caldav_refuses_is_parked_and_the_others_are_written(exchange, fake, caravan, ics_file):
    events = [event.with_(uid=event.uid.split("@")[0]) for event in plain_calendar(50)]
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(events))}"), fake()
    target.fault(kind="status", status=403, method="PUT", match="event-00007", count=-1)
    outcome = caravan(source, target, [ANNA]).migrate()
    assert (outcome.exit, outcome.totals["created"], outcome.totals["parked"]) == (1, 49, 1), str(outcome)
    assert outcome["parked"][0]["uid"] == "event-00007"
