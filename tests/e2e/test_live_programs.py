# SPDX-License-Identifier: GPL-3.0-or-later
"""gobi and cexsy as programs of their own: several over one PostgreSQL, any of which may die; on SQLite the second daemon is
refused."""

import signal
import socket

import pytest

from support.caravan import Caravan
from support.events import Event, calendar
from support.live import Pair
from support.notified import Admin, Ports, told
from support.process import Process, binary, free_port, wait_for

ANNA = "anna@example.com"


class Program:
    """One daemon by its name, on a configuration."""

    def __init__(self, folder, name, program):
        self.process = Process(name, [binary(name), "--config", program.config], folder, environment=program.environment())

    def serving(self):
        self.process.wait_until(lambda: "serving" in self.process.tail())
        return self

    def end(self):
        self.process.end()

    def kill(self):
        self.process.child.send_signal(signal.SIGKILL)
        self.process.child.wait()


def test_programs_on_one_postgresql_share_the_work_and_survive_each_other(exchange, fake, folder, start, database):
    source, target, ports = exchange("--mailbox", ANNA), fake(), Ports()
    settings = {**ports.settings(), "store": {"url": database.url("caravan", "caravan")}}
    gobi, heir, cexsy = (Caravan(folder, source, target, [ANNA], settings, name=name) for name in ("gobi", "heir", "cexsy"))
    heir.configure({"gobi": {"listen": f"127.0.0.1:{free_port()}"}})
    outcome = gobi.run("subscribe", gobi.list)
    assert outcome.exit == 0, str(outcome)
    first, second = start(Program, "gobi", gobi).serving(), start(Program, "gobi", heir).serving()
    start(Program, "cexsy", cexsy).serving()
    told(source, 1)
    pair = Pair(ANNA, source, target)

    def both_ways(word):
        pair.put_exchange(f"{word}-exchange@example.org", calendar([Event(f"{word}-exchange@example.org", word)]))
        target.put("anna", "exchange", f"{word}.ics", calendar([Event(f"{word}-caldav@example.org", word)]))
        ports.hint("anna")
        uids = {f"{word}-exchange@example.org", f"{word}-caldav@example.org"}
        wait_for(lambda: uids <= set(pair.on_caldav()) and uids <= set(pair.on_exchange()), 40, f"{word} on both sides")

    both_ways("all")
    assert {row["role"] for row in Admin(cexsy).status()["programs"]} == {"gobi", "cexsy"}
    # The heir listens where the dead one did, as behind a proxy that knows both.
    second.process.end()
    first.kill()
    heir.configure({"gobi": {"listen": f"127.0.0.1:{ports.gobi}"}})
    start(Program, "gobi", heir).serving()
    both_ways("after-a-death")
    assert len(pair.on_caldav()) == len(pair.on_exchange()) == 4


@pytest.mark.parametrize("name", ["gobi", "cexsy", "caravan"])
def test_on_sqlite_a_second_daemon_is_refused_with_the_remedy(exchange, fake, folder, start, name):
    program = Caravan(folder, exchange("--mailbox", ANNA), fake(), [ANNA], Ports().settings())
    other = Caravan(folder, None, None, [ANNA], {**program.document, "admin": {"listen": f"127.0.0.1:{free_port()}"}}, name="x")
    assert program.run("subscribe", program.list).exit == 0
    start(Program, "gobi", program).serving()
    second = start(Program, name, other)
    assert second.process.child.wait(30) == 2, second.process.tail()
    assert "PostgreSQL" in second.process.tail()


def test_a_program_ends_in_order_and_is_not_ready_while_it_ends(exchange, fake, caravan, start):
    program = caravan(exchange("--mailbox", ANNA), fake(), [ANNA], Ports().settings())
    assert program.run("subscribe", program.list).exit == 0
    daemon = start(Program, "cexsy", program).serving()
    assert Admin(program).get("/readyz").status_code == 200
    daemon.process.child.send_signal(signal.SIGTERM)
    assert daemon.process.child.wait(30) == 0
    assert "stopped" in daemon.process.tail()


def test_a_port_that_is_taken_is_said_with_its_key(exchange, fake, caravan, start):
    program = caravan(exchange("--mailbox", ANNA), fake(), [ANNA], Ports().settings())
    assert program.run("subscribe", program.list).exit == 0
    for key in ("gobi.listen", "admin.listen"):
        table, _ = key.split(".")
        host, port = program.document[table]["listen"].split(":")
        with socket.create_server((host, int(port))):
            daemon = start(Program, "gobi", program)
            assert daemon.process.child.wait(30) == 2, daemon.process.tail()
            assert key in daemon.process.tail()
