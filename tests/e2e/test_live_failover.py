# SPDX-License-Identifier: GPL-3.0-or-later
"""The mapping database fails: a PostgreSQL primary dies under load and its synchronous standby is promoted; a store
is put back from an older backup. Sync goes on, nothing is lost, nothing is there twice, and where both sides agree there is
no conflict."""

import shutil
import sqlite3
import time

from support import postgres
from support.caravan import Caravan
from support.events import Event, calendar, plain_calendar
from support.live import Daemon, Pair, rest, settings
from support.people import People, in_the_end

ANNA = "anna@example.com"
AUDIT = 10


def one(event):
    return calendar([event])


def mailbox(exchange, radicale, ics_file, folder, store=None):
    source = exchange("--load", f"{ANNA}={ics_file(calendar(plain_calendar(40)))}")
    program = Caravan(folder, source, radicale, [ANNA],
                      {**settings(audit_interval=f"{AUDIT}s", max_delete_count=100000, max_delete_percent=100),
                       **({"store": {"url": store}} if store else {})})
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    return Pair(ANNA, source, radicale), program


def test_the_primary_is_killed_under_load_and_the_promoted_standby_carries_on(exchange, radicale, ics_file, folder, start,
                                                                              database, full):
    standby = start(postgres.Postgres, standby_of=database)
    database.wait_for_commits_of(standby)
    url = (f"postgresql://caravan@127.0.0.1:{database.port},127.0.0.1:{standby.port}/caravan"
           "?target_session_attrs=read-write&connect_timeout=5")
    pair, program = mailbox(exchange, radicale, ics_file, folder, url)
    daemon = start(Daemon, program)
    people = People(pair, plain_calendar(40), 20_261_121)
    people.start()
    try:
        time.sleep(60 if full else 8)
        # Passes take longer now, so that the database dies in the middle of one.
        pair.source.fault(kind="delay", operation="SyncFolderItems", ms=600, count=1_000_000)
        time.sleep(1)
        database.kill()
        time.sleep(2)
        standby.promote()
        standby.sql("alter system set synchronous_standby_names = '';")  # nobody follows the new primary
        standby.sql("select pg_reload_conf();")
        pair.source.clear_faults()
        time.sleep(60 if full else 8)
    finally:
        people.stop.set()
        people.join()
    assert people.error is None, people.error
    in_the_end([pair], [people], program, 60 + 2 * AUDIT)
    assert daemon.process.child.poll() is None, daemon.process.tail()
    assert program.run("conflicts", "list")["conflicts"] == []
    assert pair.source.mails() == []


def edits_after_the_backup(pair, wanted):
    """What people did, and Caravan brought across, after the backup was taken."""
    for number in range(6):
        uid = f"event-0000{number}@example.org"
        if number % 2:
            pair.put_exchange(uid, one(Event(uid=uid, summary=f"Later {number}")))
        else:
            pair.put(uid, one(Event(uid=uid, summary=f"Later {number}")))
        wanted[uid] = f"Later {number}"
    for number in range(3):
        for side, put in (("exchange", pair.put_exchange), ("caldav", pair.put)):
            uid = f"{side}-new-{number}@example.org"
            put(uid, one(Event(uid=uid, summary=f"New {number}")))
            wanted[uid] = f"New {number}"
    for uid, delete in (("event-00007@example.org", pair.delete_exchange), ("event-00008@example.org", pair.delete)):
        delete(uid)
        wanted.pop(uid)
    for uid in list(wanted) + ["event-00007@example.org", "event-00008@example.org"]:
        pair.wait_titles(uid, wanted.get(uid))


def agrees_after_the_restore(pair, program, wanted, start):
    """The older store takes up where both sides agree: no conflict, nothing twice, nothing written over anything."""
    class Nobody:
        pass
    people = Nobody()
    people.wanted = wanted
    start(Daemon, program)
    time.sleep(AUDIT + 5)
    in_the_end([pair], [people], program)
    assert program.run("conflicts", "list")["conflicts"] == []
    pair.edit("event-00002@example.org", "SUMMARY:Later 2", "SUMMARY:After the restore")
    pair.put_exchange("exchange-new-1@example.org", one(Event(uid="exchange-new-1@example.org", summary="And this")))
    pair.wait_titles("event-00002@example.org", "After the restore")
    pair.wait_titles("exchange-new-1@example.org", "And this")


def test_an_older_backup_of_a_sqlite_store_conflicts_with_nothing_and_doubles_nothing(exchange, radicale, ics_file, folder, start):
    pair, program = mailbox(exchange, radicale, ics_file, folder)
    daemon = start(Daemon, program)
    wanted = dict(pair.on_exchange())
    backup = folder / "backup.db"
    with sqlite3.connect(program.store) as store, sqlite3.connect(backup) as copy:
        store.backup(copy)
    edits_after_the_backup(pair, wanted)
    rest(pair.source)
    assert daemon.stop() == 0
    program.remove_store()
    shutil.copy(backup, program.store)
    program.store.chmod(0o600)
    agrees_after_the_restore(pair, program, wanted, start)


def test_an_older_backup_of_a_postgresql_store_conflicts_with_nothing_and_doubles_nothing(exchange, radicale, ics_file, folder,
                                                                                          start, database):
    pair, program = mailbox(exchange, radicale, ics_file, folder, database.url("caravan", "caravan"))
    daemon = start(Daemon, program)
    wanted = dict(pair.on_exchange())
    backup = database.dump("caravan")
    edits_after_the_backup(pair, wanted)
    rest(pair.source)
    assert daemon.stop() == 0
    database.restore("caravan", backup)
    agrees_after_the_restore(pair, program, wanted, start)
