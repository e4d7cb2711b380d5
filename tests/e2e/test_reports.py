# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports: one self-contained HTML page without a link to anywhere, in which hostile titles stay text, and private events
stay private; and `verify`, `explain`, `status` tell the truth about the same run."""

import re

import pytest
from lxml import html

from support.events import calendar, plain_calendar
from support.exchange import generated
from support.reading import by_uid

ANNA = "anna@example.com"
HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(2)>', "</style><b>bold</b>", "{{7*7}} ${7*7}",
           "javascript:alert(3)", "<!-- -->]]>&amp;<a href='http://evil.test/'>x</a>", "Ünïcode 🎉 שלום"]


def check_self_contained(page):
    """No script, nothing loaded, no link out of the page."""
    tree = html.fromstring(page)
    assert tree.xpath("//script | //link | //iframe | //object | //embed | //base | //form | "
                      "//img[not(starts-with(@src, 'data:'))]") == []
    assert [link for link in tree.xpath("//@href | //@src") if not link.startswith(("#", "data:"))] == []
    assert not re.search(r"@import|url\(\s*['\"]?(?!data:)", page)
    assert [name for element in tree.iter() for name in element.attrib if name.lower().startswith("on")] == []
    return tree


@pytest.fixture
def hostile(exchange, fake, caravan, ics_file):
    events = [event.with_(summary=title) for event, title in zip(plain_calendar(50), HOSTILE)]
    private = plain_calendar(20, "secret")[9].with_(summary="Secret diagnosis", lines=("CLASS:PRIVATE", "LOCATION:Clinic 7"))
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar([*events, private]))}", "--generate", "1:30"), fake()
    return source, target, caravan(source, target, [ANNA, *generated(1)]), events, private


def test_the_report_of_a_run_is_one_page_without_links(hostile):
    source, _, program, _, _ = hostile
    source.poison(generated(1)[0], source.items(generated(1)[0])[3]["uid"], "malformed")
    path = program.folder / "run.html"
    outcome = program.migrate("--report", path)
    page = path.read_text()
    text = check_self_contained(page).text_content()
    for word in (ANNA, generated(1)[0], str(outcome.totals["created"]), outcome["parked"][0]["reason"]):
        assert word in text, word


def test_the_report_of_verify_lists_every_difference_and_escapes_hostile_titles(hostile):
    _, target, program, events, private = hostile
    program.migrate()
    for uid, text in by_uid(target.resources("anna")).items():
        name = next(name for name, other in target.resources("anna").items() if other == text)
        target.put("anna", "exchange", name, re.sub(r"(?m)^SUMMARY:", "SUMMARY:changed ", text))
    path = program.folder / "verify.html"
    outcome = program.verify("--report", path)
    assert outcome.exit == 5, str(outcome)
    assert {row["uid"] for row in outcome["differences"]} == {event.uid for event in [*events, private]}
    tree = check_self_contained(path.read_text())
    assert all(title in tree.text_content() for title in HOSTILE)
    assert tree.xpath("//b[text()='bold']") == []


def test_private_texts_are_in_no_report_document_or_log(hostile):
    _, target, program, _, private = hostile
    report, verified = program.folder / "a.html", program.folder / "b.html"
    first = program.migrate("--report", report)
    name = next(name for name, text in target.resources("anna").items() if private.uid in text)
    target.put("anna", "exchange", name, target.resources("anna")[name].replace("Clinic 7", "Clinic 8"))
    second = program.verify("--report", verified)
    explained = program.run("explain", ANNA, private.uid)
    told = [report.read_text(), verified.read_text(), *(text for outcome in (first, second, explained)
                                                       for text in (outcome.output, outcome.messages))]
    assert [text for text in told if re.search("Secret diagnosis|Clinic", text)] == []


def test_verify_finds_exactly_what_was_altered_behind_our_back(exchange, fake, caravan, ics_file):
    events = plain_calendar(1000)
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar(events))}"), fake()
    program = caravan(source, target, [ANNA])
    program.migrate()
    assert program.verify().exit == 0
    stored = {uid: (name, text) for name, text in target.resources("anna").items() for uid in re.findall(r"UID:(\S+)", text)[:1]}
    altered = [event.uid for event in events[:8]]
    for uid in altered:
        name, text = stored[uid]
        target.put("anna", "exchange", name, re.sub(r"(?m)^SUMMARY:", "SUMMARY:x", text))
    target.delete("anna", "exchange", stored[events[10].uid][0])
    copied = stored[events[11].uid][1].replace(events[11].uid, "twin@example.org")
    target.put("anna", "exchange", "twin.ics", copied)
    target.put("anna", "exchange", "own.ics", calendar(plain_calendar(1, "own")))
    outcome = program.verify()
    assert outcome.exit == 5, str(outcome)
    found = {(row["uid"], row["kind"]) for row in outcome["differences"]}
    assert found == {*((uid, "field") for uid in altered), (events[10].uid, "missing_on_caldav"),
                     ("twin@example.org", "extra_on_caldav")}, "what carries our mark counts, a user's own event does not"
    assert outcome["checked"]["series"] >= 1000


def test_explain_tells_the_history_of_one_series(exchange, fake, caravan, ics_file):
    event = plain_calendar(1)[0]
    source, target = exchange("--load", f"{ANNA}={ics_file(calendar([event]))}"), fake()
    program = caravan(source, target, [ANNA])
    runs = [program.migrate()["run"]]
    source.put_item(ANNA, event.uid, calendar([event.with_(summary="New")]))
    runs.append(program.migrate()["run"])
    outcome = program.run("explain", ANNA, event.uid)
    assert outcome.exit == 0, str(outcome)
    assert [(row["run"], row["event"]) for row in outcome["history"]] == [(runs[0], "created"), (runs[1], "updated")]
    assert all(row["reason"] and row["at"] for row in outcome["history"])


def test_status_shows_each_mailbox(hostile):
    _, _, program, events, _ = hostile
    program.migrate()
    rows = {row["address"]: row for row in program.run("status")["mailboxes"]}
    assert rows[ANNA]["series"] == len(events) + 1 and rows[ANNA]["last_success"]
    assert rows[generated(1)[0]]["parked"] == 0
