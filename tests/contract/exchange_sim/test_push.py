# SPDX-License-Identifier: GPL-3.0-or-later
"""Push subscriptions: what is posted, when, how often, and when it ends. Minutes pass as fast as a test says."""
import http.client
import os
import pathlib
import threading
import time

import pytest
from lxml import etree

import ews
from conftest import NS
from ews import check, create, delete, id_of, set_field
from listener import Listener

ANNA, BEN = "anna@example.com", "ben@example.com"
EVENT = "<t:CalendarItem><t:Subject>x</t:Subject><t:Start>2026-12-01T08:00:00Z</t:Start><t:End>2026-12-01T09:00:00Z</t:End></t:CalendarItem>"


@pytest.fixture()
def listener():
    made = Listener()
    yield made
    made.close()


@pytest.fixture()
def world(start):
    return start("--mailbox", ANNA, "--mailbox", BEN, "--user", f"{BEN}:benpw")


def subscribe(world, listener, mailbox=ANNA, **how):
    """The subscription's id, after its first status call has arrived."""
    before = len(listener.calls)
    tree = ews.root(world.soap(ews.subscribe_push(listener.url, **how), mailbox))
    assert ews.text(tree, ".//m:ResponseCode") == "NoError", ews.text(tree, ".//m:ResponseCode")
    listener.wait(lambda calls: len(calls) > before)
    return ews.text(tree, ".//m:SubscriptionId")


def make(world, mailbox=ANNA):
    return id_of(ews.root(world.soap(create(EVENT), mailbox)))


def item_id(element):
    return element.split('"')[1]


def ended(world):
    return [(one["mailbox"], one["reason"]) for one in world.control("GET", "notifications")["ended"]]


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_status_call_comes_at_once_and_every_call_is_valid(world, listener, schema):
    schema.assertValid(etree.fromstring(world.request(ews.subscribe_push(listener.url), ANNA)[0]))
    answer = check(schema, world.soap(ews.subscribe_push(listener.url), ANNA))
    first = listener.wait(lambda calls: calls)[0]
    assert first.kinds == ["StatusEvent"] and first.path == "/push"
    assert first.subscription == ews.text(answer, ".//m:SubscriptionId")
    assert first.watermark == ews.text(answer, ".//m:Watermark") == first.previous
    world.soap(ews.change(make(world), set_field("item:Subject", "<t:Subject>y</t:Subject>")), ANNA)
    listener.wait_for_item("ModifiedEvent")
    for call in listener.calls:
        schema.assertValid(call.tree)


def test_each_kind_of_write_has_its_events(world, listener):
    subscribe(world, listener)
    item = make(world)
    assert listener.wait_for_item("CreatedEvent") == item_id(item)
    item = id_of(ews.root(world.soap(ews.change(item, set_field("item:Subject", "<t:Subject>y</t:Subject>")), ANNA)))
    assert listener.wait_for_item("ModifiedEvent") == item_id(item)
    world.soap(delete(item), ANNA)
    listener.wait(lambda calls: any("MovedEvent" in call.kinds for call in calls))
    moved = next(event for call in listener.calls for event in call.events if event.tag.endswith("MovedEvent"))
    assert moved.find("t:OldItemId", NS).get("Id") == item_id(item)
    assert moved.find("t:ItemId", NS).get("Id") != item_id(item)
    assert moved.find("t:ParentFolderId", NS).get("Id") != moved.find("t:OldParentFolderId", NS).get("Id")
    world.soap(delete(make(world), kind="HardDelete"), ANNA)
    listener.wait_for_item("DeletedEvent")
    folder = [event for call in listener.calls for event in call.events if event.find("t:FolderId", NS) is not None]
    assert {event.tag.rpartition("}")[2] for event in folder} == {"ModifiedEvent"}


def test_an_edit_of_one_occurrence_is_an_event_of_its_master(world, listener):
    rule = ("<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence>"
            "<t:StartDate>2026-12-01</t:StartDate></t:NoEndRecurrence></t:Recurrence></t:CalendarItem>")
    master = id_of(ews.root(world.soap(create(EVENT.replace("</t:CalendarItem>", rule)), ANNA)))
    subscribe(world, listener)
    world.soap(delete(f'<t:OccurrenceItemId RecurringMasterId="{item_id(master)}" InstanceIndex="2"/>'), ANNA)
    assert listener.wait_for_item("ModifiedEvent") == item_id(master)


def test_edits_by_users_are_told_too(world, listener):
    subscribe(world, listener)
    text = ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260101T100000Z\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    made = world.control("PUT", world.items_path(ANNA, "u"), text)
    assert listener.wait_for_item("CreatedEvent") == made["item_id"]
    world.control("POST", f"mailboxes/{ANNA}/touch", {"uid": "u"})
    assert listener.wait_for_item("ModifiedEvent") == made["item_id"]


def test_only_the_subscribed_folders_and_kinds_are_told(world, listener):
    subscribe(world, listener, events=("DeletedEvent",))
    subscribe(world, listener, folders='<t:DistinguishedFolderId Id="contacts"/>')
    everything = subscribe(world, listener, folders=None)
    world.soap(delete(make(world), kind="HardDelete"), ANNA)
    listener.wait(lambda calls: sum(bool(call.items("DeletedEvent")) for call in calls) == 2)
    told = [call for call in listener.calls if "StatusEvent" not in call.kinds]
    assert [call.kinds for call in told if call.subscription != everything] == [["DeletedEvent"]]


def test_watermarks_form_a_chain_and_many_events_come_in_parts(world, listener):
    subscribe(world, listener)
    listener.status = 503
    world.soap(create(EVENT * 80), ANNA)
    listener.wait(lambda calls: len(calls) > 1)
    listener.status = "OK"
    world.control("POST", "notifications/clock", {"factor": 1000})
    calls = listener.wait(lambda calls: len({item for call in calls for item in call.items("CreatedEvent")}) == 80)
    assert max(len(call.events) for call in calls) == 50 and any(call.more for call in calls)


def test_a_watermark_continues_an_earlier_subscription(world, listener):
    subscribe(world, listener)
    first = make(world)
    listener.wait_for_item("CreatedEvent")
    mark = listener.calls[-1].watermark
    listener.status = "Unsubscribe"
    second = make(world)
    wait_until(lambda: ended(world) == [(ANNA, "unsubscribed")])
    listener.status = "OK"
    listener.calls.clear()
    subscribe(world, listener, watermark=mark)
    assert listener.wait_for_item("CreatedEvent") == item_id(second) != item_id(first)
    assert ews.codes(world.soap(ews.subscribe_push(listener.url, watermark="bm9uc2Vuc2U="), ANNA)) == ["ErrorInvalidWatermark"]
    assert ews.codes(world.soap(ews.subscribe_push(listener.url, watermark=mark), BEN)) == ["ErrorInvalidWatermark"]


def test_silence_is_broken_by_status_calls(world, listener):
    world.control("POST", "notifications/clock", {"factor": 600})  # a minute is 0.1 s
    began = time.monotonic()
    subscribe(world, listener, minutes=2)
    listener.wait(lambda calls: len(calls) == 4)
    assert 0.55 < time.monotonic() - began < 5
    assert {call.kinds[0] for call in listener.calls} == {"StatusEvent"}


@pytest.mark.parametrize("status", [500, 404, None, "Nonsense"])
def test_failures_are_retried_with_doubling_pauses_until_the_subscription_ends(world, listener, status):
    world.control("POST", "notifications/clock", {"factor": 300})  # 30 s are 0.1 s
    subscribe(world, listener, minutes=4)
    listener.status = status
    listener.calls.clear()
    make(world)
    wait_until(lambda: ended(world) == [(ANNA, "failed")])
    gaps = [b.at - a.at for a, b in zip(listener.calls, listener.calls[1:])]
    pauses = [gap for gap in gaps if gap > 0.05]
    assert len(pauses) == 4  # at once, 30 s, 60 s, 120 s, 240 s; 480 s would be too long
    assert all(wanted <= gap < wanted + 1 for gap, wanted in zip(pauses, (0.1, 0.2, 0.4, 0.8)))
    assert world.control("GET", "notifications")["subscriptions"] == []


def test_a_listener_that_comes_back_misses_nothing(world, listener):
    world.control("POST", "notifications/clock", {"factor": 300})
    subscribe(world, listener, minutes=10)
    listener.status = 503
    items = {item_id(make(world)) for _ in range(3)}
    listener.wait(lambda calls: len(calls) >= 3)
    failed = len(listener.calls)
    listener.status = "OK"
    listener.wait(lambda calls: {i for call in calls[failed:] for i in call.items("CreatedEvent")} == items)


def test_an_unsubscribe_ends_it_and_nothing_is_posted_afterwards(world, listener):
    subscription = subscribe(world, listener)
    refused = ews.codes(world.soap(ews.unsubscribe(subscription), ANNA))
    assert refused == ["ErrorInvalidPullSubscriptionId"]
    listener.status = "Unsubscribe"
    make(world)
    wait_until(lambda: ended(world) == [(ANNA, "unsubscribed")])
    before = len(listener.calls)
    make(world)
    time.sleep(0.1)
    assert len(listener.calls) == before


@pytest.mark.parametrize("change, expected", [
    (lambda body: body.replace("http://127", "ftp://127"), "ErrorInvalidPushSubscriptionUrl"),
    (lambda body: body.replace("http://127.0.0.1", "http://"), "ErrorInvalidPushSubscriptionUrl"),
    (lambda body: body.replace("/push<", "/" + "x" * 2100 + "<"), "ErrorInvalidPushSubscriptionUrl"),
    (lambda body: body.replace("<m:PushSubscriptionRequest", '<m:PushSubscriptionRequest SubscribeToAllFolders="true"'),
     "ErrorInvalidSubscriptionRequest"),
    (lambda body: body.replace("calendar", "journal"), "ErrorFolderNotFound"),
])
def test_wrong_requests_are_refused(world, listener, change, expected):
    assert ews.codes(world.soap(change(ews.subscribe_push(listener.url)), ANNA)) == [expected]


def test_delegates_and_foreign_folders_are_refused(start, listener):
    world = start("--mailbox", ANNA, "--user", f"{BEN}:benpw", "--delegate", f"{ANNA}={BEN}")
    hers = f'<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{ANNA}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>'
    alone = world.soap(ews.subscribe_push(listener.url, folders=hers), user=f"{BEN}:benpw")
    assert ews.codes(alone) == ["ErrorSubscriptionDelegateAccessNotSupported"]
    mixed = world.soap(ews.subscribe_push(listener.url, folders=ews.CALENDAR + hers), user=f"{BEN}:benpw")
    assert ews.codes(mixed) == ["ErrorInvalidSubscriptionRequest"]


def test_subscriptions_are_limited_by_mailbox(start, listener):
    world = start("--mailbox", ANNA, "--mailbox", BEN, "--max-subscriptions", "2")
    codes = [ews.codes(world.soap(ews.subscribe_push(listener.url), ANNA))[0] for _ in range(3)]
    assert codes == ["NoError", "NoError", "ErrorExceededSubscriptionCount"]
    assert ews.codes(world.soap(ews.subscribe_push(listener.url), BEN)) == ["NoError"]


def test_a_subscription_expires_without_a_word_or_with_an_error(world, listener):
    subscribe(world, listener)
    assert world.control("POST", "notifications/expire", {"mailbox": ANNA}) == {"expired": 1}
    make(world)
    subscribe(world, listener)
    assert not any(call.items("CreatedEvent") for call in listener.calls)
    world.control("POST", "notifications/expire", {"mailbox": ANNA, "code": "ErrorReadEventsFailed"})
    listener.wait(lambda calls: calls[-1].code == "ErrorReadEventsFailed")
    assert ended(world) == [(ANNA, "expired")] * 2


def told_items(listener):
    return [item for call in listener.calls for item in call.items("CreatedEvent")]


def test_a_fraction_is_dropped_and_the_chain_of_watermarks_shows_it(world, listener):
    subscribe(world, listener)
    world.control("POST", "notifications/faults", {"drop": 0.5, "seed": 3})
    items = []
    for _ in range(40):
        items.append(item_id(make(world)))
        time.sleep(0.005)
    world.control("POST", "notifications/faults", {})
    items.append(item_id(make(world)))
    listener.wait(lambda calls: items[-1] in told_items(listener))
    told = set(told_items(listener))
    counts = world.control("GET", "notifications")
    assert 0 < len(told) < 41 and counts["dropped"] > 0
    breaks = sum(b.previous != a.watermark for a, b in zip(listener.calls, listener.calls[1:]))
    assert breaks > 0


def test_a_fraction_is_doubled(world, listener):
    subscribe(world, listener)
    world.control("POST", "notifications/faults", {"double": 1.0})
    items = [item_id(make(world)) for _ in range(3)]
    listener.wait(lambda calls: all(told_items(listener).count(item) == 2 for item in items))
    assert world.control("GET", "notifications")["doubled"] >= 1


def test_delays_keep_the_order_or_not(world, listener):
    subscribe(world, listener)
    world.control("POST", "notifications/faults", {"delay_ms": [200, 200]})
    began = time.monotonic()
    item = item_id(make(world))
    listener.wait(lambda calls: item in told_items(listener))
    assert listener.calls[-1].at - began >= 0.2
    world.control("POST", "notifications/faults", {"delay_ms": [0, 300], "reorder": True, "seed": 7})
    items = []
    for _ in range(20):
        items.append(item_id(make(world)))
        time.sleep(0.01)
    listener.wait(lambda calls: set(items) <= set(told_items(listener)))
    order = [item for item in told_items(listener) if item in items]
    assert order != items and sorted(order) == sorted(items)


def test_faults_hit_only_the_mailbox_they_name(world, listener):
    for mailbox in (ANNA, BEN):
        subscribe(world, listener, mailbox)
    world.control("POST", "notifications/faults", {"drop": 1.0, "mailbox": BEN})
    hers, his = item_id(make(world, ANNA)), item_id(make(world, BEN))
    listener.wait(lambda calls: hers in told_items(listener))
    time.sleep(0.1)
    assert his not in told_items(listener)


def test_a_fault_ends_subscriptions(world, listener):
    subscribe(world, listener)
    world.control("POST", "notifications/faults", {"expire": 1.0})
    make(world)
    wait_until(lambda: ended(world) == [(ANNA, "expired")])


def test_calls_share_connections(start, listener):
    world = start("--generate", "200:0:1")
    threads = [threading.Thread(target=lambda part: [world.soap(ews.subscribe_push(listener.url), f"user{i:04}@example.com")
                                                     for i in range(1 + part, 201, 4)], args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listener.wait(lambda calls: len(calls) == 200)
    assert len({call.subscription for call in listener.calls}) == 200 and listener.connections <= 32
    assert len(world.control("GET", "notifications")["subscriptions"]) == 200


def test_thousands_of_subscriptions_cost_no_threads_and_little_memory(start, listener):
    world = start("--generate", "2000:0:1", "--threads", "4")

    def megabytes():
        lines = pathlib.Path(f"/proc/{world.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    before = megabytes()
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=60)
    for i in range(1, 2001):
        envelope, headers = world.request(ews.subscribe_push(listener.url), f"user{i:04}@example.com")
        connection.request("POST", "/EWS/Exchange.asmx", body=envelope, headers=headers)
        assert b"NoError" in connection.getresponse().read()
    listener.wait(lambda calls: len(calls) == 2000, 60)
    assert len(world.control("GET", "notifications")["subscriptions"]) == 2000
    assert len(os.listdir(f"/proc/{world.process.pid}/task")) < 8  # four serve, one looks up names
    sanitized = "san.so" in pathlib.Path(f"/proc/{world.process.pid}/maps").read_text()
    assert megabytes() - before < (1000 if sanitized else 30)
