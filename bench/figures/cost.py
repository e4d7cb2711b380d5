# SPDX-License-Identifier: GPL-3.0-or-later
"""migrate.cpu_ratio: Caravan's own CPU time per event over that of a bare loop that parses the same EWS answers with gSOAP
and PUTs the recorded bytes."""

import requests
from support.caldav_fake import CalDavFake
from support.exchange import Exchange, generated

from .recorder import record
from .rig import BenchFailed, Figure, median, spread


def make_calendar(server, path):
    """A calendar for a bare loop; its home is there or is made first."""
    account = (server.username, server.password)
    home = path.rstrip("/").rsplit("/", 1)[0] + "/"
    requests.request("MKCOL", server.url.rstrip("/") + home, auth=account, timeout=60)
    answer = requests.request("MKCALENDAR", server.url.rstrip("/") + path, auth=account, timeout=60)
    if answer.status_code != 201:
        raise BenchFailed(f"MKCALENDAR {path}: {answer.status_code} {answer.text[:200]}")


def _own(rig, exchange, events, like):
    """Caravan's CPU per event into a fake that looks `like` a server, and that fake."""
    fake = rig.start(CalDavFake, *(["--server-header", like] if like else []))
    measured = rig.migrate(rig.caravan(exchange, fake, generated(1)))
    if measured.created != events:
        raise BenchFailed(f"{measured.created} of {events} events were migrated")
    return 1000 * measured.cpu_seconds / events, fake


def cpu_ratio(rig):
    """The fake calls itself Xandikos: of a server that Caravan does not know it reads every event again after the write, which
    is no part of the figure but told beside it."""
    events, rounds = rig.size(5000, 100), rig.size(15, 1)
    generate = ["--generate", f"1:{events}"]
    corpus = record(rig, generate, generated(1), like="xandikos")
    exchange = rig.start(Exchange, *generate)
    own, unknown, bare, parse = [], [], [], []
    for number in range(rounds):
        cost, fake = _own(rig, exchange, events, "xandikos")
        own.append(cost)
        make_calendar(fake, f"/floor{number}/cal/")
        floor = rig.ews_floor(fake, f"/floor{number}/cal/", corpus)
        if floor["items"] < events or floor["puts"] != events:
            raise BenchFailed(f"the bare loop saw {floor['items']} items and made {floor['puts']} PUTs of {events}")
        bare.append(1000 * floor["cpu_seconds"] / events)
        parse.append(1000 * floor["parse_cpu_seconds"] / events)
        rig.end(fake)
        if number % 3 == 0:
            cost, fake = _own(rig, exchange, events, None)
            unknown.append(cost)
            rig.end(fake)
    rig.end(exchange)
    rig.say(f"cpu_ratio: {events} events of the realistic mix, ms of CPU an event: Caravan {spread(own, 3)}, bare loop "
            f"{spread(bare, 3)}, of which gSOAP {spread(parse, 3)}; into a server that Caravan does not know "
            f"{spread(unknown, 3)}, ratio {median(unknown) / median(bare):.2f}")
    return [Figure("migrate.cpu_ratio", "ms of CPU per event", median(own), median(bare), 3, "ratio<=")]


FIGURES = {"migrate.cpu_ratio": cpu_ratio}
