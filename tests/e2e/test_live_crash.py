# SPDX-License-Identifier: GPL-3.0-or-later
"""Live sync under kill -9 (crash sweep): `caravan` is killed at random moments while people edit both sides; at the end
nothing is lost, nothing is there twice, and `verify` finds no difference."""

import random
import time

from support.events import calendar, plain_calendar
from support.live import Daemon, Pair, settings
from support.people import People, in_the_end

ANNA = "anna@example.com"


def test_kills_of_the_daemon_while_both_sides_are_edited_lose_and_double_nothing(exchange, radicale, caravan, ics_file, start,
                                                                                folder, full):
    kills = 200 if full else 20
    events = plain_calendar(40)
    source = exchange("--load", f"{ANNA}={ics_file(calendar(events))}")
    program = caravan(source, radicale, [ANNA], settings(max_delete_count=100000, max_delete_percent=100))
    pair = Pair(ANNA, source, radicale)
    outcome = program.run("subscribe", program.list)
    assert outcome.exit == 0, str(outcome)
    people = People(pair, events, 20_261_121)
    choice = random.Random(7)
    people.start()
    try:
        for number in range(kills):
            place = folder / f"daemon-{number}"
            place.mkdir()
            daemon = Daemon(place, program)
            time.sleep(choice.uniform(0.05, 1.5))
            daemon.kill()
    finally:
        people.stop.set()
        people.join()
    assert people.error is None, people.error
    start(Daemon, program)
    in_the_end([pair], [people], program)
    assert source.mails() == []
