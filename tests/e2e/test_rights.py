# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights (guarantee 44): 7 of 100 mailboxes are denied; 93 are done, 7 are listed with Exchange's code and the
remedy, and `doctor` says so before."""

import pytest

from support.exchange import generated

ADDRESSES = generated(100)
DENIED = dict(zip(ADDRESSES[5::14], [
    "ErrorImpersonateUserDenied", "ErrorNonExistentMailbox", "ErrorAccessDenied", "ErrorImpersonateUserDenied",
    "ErrorNonExistentMailbox", "ErrorImpersonateUserDenied", "ErrorMailboxStoreUnavailable"]))


@pytest.fixture
def hundred(exchange, fake, caravan):
    assert len(DENIED) == 7
    denials = [word for address, code in DENIED.items() for word in ("--deny", f"{address}={code}")]
    source, target = exchange("--generate", "100:3", *denials), fake()
    return target, caravan(source, target, ADDRESSES)


def test_93_mailboxes_are_done_and_7_listed_with_code_and_remedy(hundred):
    target, program = hundred
    outcome = program.migrate()
    assert outcome.exit == 1, str(outcome)
    assert outcome.counts("mailboxes", "done", "failed") == {"mailboxes": 100, "done": 93, "failed": 7}
    failed = {row["address"]: row["error"] for row in outcome["mailboxes"] if row["state"] == "failed"}
    assert {address: error["code"] for address, error in failed.items()} == DENIED
    assert all(error["remedy"] for error in failed.values()), failed
    assert sum(len(target.hrefs(address.split("@")[0])) for address in ADDRESSES) == 93 * 3


def test_doctor_names_the_7_mailboxes_before_anything_is_written(hundred):
    target, program = hundred
    outcome = program.run("doctor", program.list)
    failed = {check["mailbox"]: check for check in outcome["checks"] if check["result"] == "failure" and check["mailbox"]}
    assert set(failed) == set(DENIED), failed
    assert all(check["remedy"] for check in failed.values())
    assert outcome.exit == 1, str(outcome)
    assert sum(target.count(method) for method in ("PUT", "DELETE", "MKCOL")) == 0
