# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttle (guarantee 31): within a request budget that makes the run last a minute, at least 90 % of the budget is
used, no event fails, and no request begins inside a back-off (the simulator counts, decisions.md 8)."""

import time

import pytest

from support.exchange import generated

MAILBOXES, EVENTS = 24, 100


@pytest.mark.parametrize("by", ["by_server_busy", "by_http_503"])
def test_90_percent_of_the_budget_is_used_and_no_request_falls_inside_a_back_off(exchange, fake, caravan, by):
    extra = ["--throttle-http"] if by == "by_http_503" else []
    free = exchange("--generate", f"{MAILBOXES}:{EVENTS}")
    needed = _needed(free, fake, caravan)
    rate = needed / 66
    source = exchange("--generate", f"{MAILBOXES}:{EVENTS}", "--throttle-rate", f"{rate:.3f}:{max(1, rate):.3f}", *extra)
    target = fake()
    program = caravan(source, target, generated(MAILBOXES), {"sync": {"workers": 4}}, name="throttled")
    source.reset_requests()
    began = time.monotonic()
    outcome = program.migrate()
    counted = source.requests()
    seconds = time.monotonic() - began
    print(f"\n{needed} requests needed, {seconds:.1f} s, {counted}")
    assert (outcome.exit, outcome.totals["created"], outcome.totals["parked"]) == (0, MAILBOXES * EVENTS, 0), str(outcome)
    assert seconds >= 60, "the budget did not make the run long enough to be measured"
    assert counted["inside_back_off"] == 0, counted
    assert counted["tokens_spent"] / counted["tokens_offered"] >= 0.9, counted


def _needed(source, fake, caravan):
    """How many requests the same work takes without a budget."""
    outcome = caravan(source, fake(), generated(MAILBOXES), name="free").migrate()
    assert outcome.exit == 0, str(outcome)
    return source.total()
