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


def cpu_ratio(rig):
    events, rounds = rig.size(5000, 100), rig.size(5, 1)
    generate = ["--generate", f"1:{events}"]
    corpus = record(rig, generate, generated(1))
    exchange = rig.start(Exchange, *generate)
    own, bare, parse = [], [], []
    for number in range(rounds):
        fake = rig.start(CalDavFake)
        measured = rig.migrate(rig.caravan(exchange, fake, generated(1)))
        if measured.created != events:
            raise BenchFailed(f"{measured.created} of {events} events were migrated")
        own.append(1000 * measured.cpu_seconds / events)
        make_calendar(fake, f"/floor{number}/cal/")
        floor = rig.ews_floor(fake, f"/floor{number}/cal/", corpus)
        if floor["items"] < events or floor["puts"] != events:
            raise BenchFailed(f"the bare loop saw {floor['items']} items and made {floor['puts']} PUTs of {events}")
        bare.append(1000 * floor["cpu_seconds"] / events)
        parse.append(1000 * floor["parse_cpu_seconds"] / events)
        rig.end(fake)
    rig.end(exchange)
    rig.say(f"cpu_ratio: {events} events of the realistic mix, ms of CPU an event: Caravan {spread(own, 3)}, bare loop "
            f"{spread(bare, 3)}, of which gSOAP {spread(parse, 3)}")
    return [Figure("migrate.cpu_ratio", "ms of CPU per event", median(own), median(bare), 3, "ratio<=")]


FIGURES = {"migrate.cpu_ratio": cpu_ratio}
