# SPDX-License-Identifier: GPL-3.0-or-later
"""Streaming and pull notifications: one answer of many envelopes, heartbeats, time-out, limits; GetEvents."""
import re
import time

import pytest
from lxml import etree

import ews
from conftest import NS
from ews import check, codes, create, id_of

ANNA, BEN = "anna@example.com", "ben@example.com"
EVENT = "<t:CalendarItem><t:Subject>x</t:Subject><t:Start>2026-12-01T08:00:00Z</t:Start><t:End>2026-12-01T09:00:00Z</t:End></t:CalendarItem>"


class Stream:
    """An open GetStreamingEvents; reads envelope by envelope."""

    def __init__(self, world, *subscriptions, mailbox=ANNA, minutes=1, **how):
        self.connection, self.answer = world.open(ews.get_streaming_events(*subscriptions, minutes=minutes), mailbox, **how)
        self.rest = b""

    def next(self):
        """The next envelope, or nothing at the end."""
        while b":Envelope>" not in self.rest:
            more = self.answer.read1(65536)
            if not more:
                return None
            self.rest += more
        at = self.rest.index(b":Envelope>") + len(b":Envelope>")
        text, self.rest = self.rest[:at], self.rest[at:]
        return etree.fromstring(text)

    def until(self, kind):
        """The first event of this kind; heartbeats are passed over."""
        while True:
            tree = self.next()
            found = tree.find(f".//t:{kind}", NS)
            if found is not None:
                return found

    def close(self):
        self.answer.close()
        self.connection.close()


@pytest.fixture()
def world(start):
    return start("--mailbox", ANNA, "--mailbox", BEN, "--hanging-connections", "2",
                 "--user", f"{BEN}:benpw", "--service-user", "svc:svcpw", "--service-user", "other:otherpw")


@pytest.fixture()
def stream(world):
    opened = []

    def run(*subscriptions, **how):
        opened.append(Stream(world, *subscriptions, **how))
        return opened[-1]

    yield run
    for one in opened:
        one.close()


def subscribe(world, mailbox=ANNA, **how):
    tree = ews.root(world.soap(ews.subscribe_streaming(**how), mailbox))
    assert ews.text(tree, ".//m:Watermark") is None
    return ews.text(tree, ".//m:SubscriptionId")


def make(world, mailbox=ANNA):
    return id_of(ews.root(world.soap(create(EVENT), mailbox))).split('"')[1]


def code(tree):
    return ews.text(tree, ".//m:ResponseCode")


def status(tree):
    return ews.text(tree, ".//m:ConnectionStatus")


def connected(world):
    return [one["connected"] for one in world.control("GET", "notifications")["subscriptions"]]


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_events_arrive_in_valid_envelopes_until_the_time_is_over(world, stream, schema):
    world.control("POST", "notifications/clock", {"factor": 100})  # a minute is 0.6 s, a heartbeat comes after 0.45 s
    open_stream = stream(subscribe(world))
    assert open_stream.answer.getheader("Transfer-Encoding") == "chunked"
    first = open_stream.next()
    assert (code(first), status(first)) == ("NoError", "OK")
    item = make(world)
    trees = [first]
    while trees[-1] is not None:
        trees.append(open_stream.next())
    requests = [ews.subscribe_streaming(), ews.subscribe_pull(), ews.get_streaming_events("a", "b"), ews.get_events("a", "b"),
                ews.unsubscribe("a")]
    for tree in trees[:-1] + [etree.fromstring(world.request(body)[0]) for body in requests]:
        schema.assertValid(tree)
    assert status(trees[-2]) == "Closed"
    assert [node.get("Id") for tree in trees[:-1] for node in tree.iterfind(".//t:CreatedEvent/t:ItemId", NS)] == [item]
    assert any(tree.find(".//t:StatusEvent", NS) is not None for tree in trees[:-1])
    assert not any(tree.find(".//t:Watermark", NS) is not None for tree in trees[:-1])


def test_one_connection_carries_many_mailboxes(world, stream):
    open_stream = stream(subscribe(world, ANNA), subscribe(world, BEN, folders=None))
    open_stream.next()
    items = {make(world, ANNA), make(world, BEN)}
    assert {open_stream.until("CreatedEvent").find("t:ItemId", NS).get("Id") for _ in range(2)} == items


def test_what_happens_without_a_connection_is_not_told(world, stream):
    subscription = subscribe(world)
    make(world)
    open_stream = stream(subscription)
    open_stream.next()
    item = make(world)
    assert open_stream.until("CreatedEvent").find("t:ItemId", NS).get("Id") == item
    open_stream.close()
    wait_until(lambda: connected(world) == [False])
    make(world)
    again = stream(subscription)
    again.next()
    item = make(world)
    assert again.until("CreatedEvent").find("t:ItemId", NS).get("Id") == item


def test_a_second_connection_ends_the_first(world, stream, schema):
    subscription = subscribe(world)
    first = stream(subscription)
    first.next()
    stream(subscription).next()
    last = first.next()
    schema.assertValid(last)
    assert (code(last), status(last)) == ("ErrorNewEventStreamConnectionOpened", "Closed")
    assert last.findtext(".//m:ErrorSubscriptionIds/t:SubscriptionId", namespaces=NS) == subscription
    assert first.next() is None


def test_one_dead_subscription_fails_them_all_and_is_named(world, stream, schema):
    live, dead = subscribe(world), subscribe(world)
    ended = check(schema, world.soap(ews.unsubscribe(dead), ANNA))
    assert code(ended) == "NoError"
    refused = check(schema, world.soap(ews.get_streaming_events(live, dead), ANNA))
    assert (code(refused), status(refused)) == ("ErrorSubscriptionNotFound", "Closed")
    assert [node.text for node in refused.iterfind(".//m:ErrorSubscriptionIds/t:SubscriptionId", NS)] == [dead]
    assert codes(world.soap(ews.unsubscribe(dead), ANNA)) == ["ErrorSubscriptionNotFound"]
    assert codes(world.soap(ews.unsubscribe("bm9uc2Vuc2U="), ANNA)) == ["ErrorInvalidSubscription"]


def test_only_who_made_a_subscription_may_use_it(world):
    subscription = subscribe(world)
    answer = world.soap(ews.get_streaming_events(subscription), ANNA, user="other:otherpw")
    assert codes(answer) == ["ErrorSubscriptionAccessDenied"]


def test_streams_are_limited_by_mailbox_and_freed_when_the_client_goes(world, stream):
    streams = [stream(subscribe(world)) for _ in range(2)]
    for one in streams:
        one.next()
    refused = subscribe(world)
    assert codes(world.soap(ews.get_streaming_events(refused), ANNA)) == ["ErrorExceededConnectionCount"]
    assert status(stream(subscribe(world, BEN), mailbox=BEN).next()) == "OK"
    streams[0].close()
    wait_until(lambda: sum(connected(world)) == 2)
    assert status(stream(refused).next()) == "OK"


def test_an_expired_subscription_ends_its_stream(world, stream):
    subscription = subscribe(world)
    open_stream = stream(subscription)
    open_stream.next()
    world.control("POST", "notifications/expire", {"subscription": subscription})
    last = open_stream.next()
    assert (code(last), status(last)) == ("ErrorSubscriptionNotFound", "Closed")
    assert codes(world.soap(ews.get_streaming_events(subscription), ANNA)) == ["ErrorSubscriptionNotFound"]


def test_a_stream_is_cut_without_a_word(world, stream):
    open_stream = stream(subscribe(world))
    open_stream.next()
    assert world.control("POST", "notifications/cut", {"mailbox": ANNA}) == {"cut": 1}
    with pytest.raises(Exception):
        assert open_stream.next() is not None
    wait_until(lambda: connected(world) == [False])


def test_a_subscription_without_a_connection_expires(world):
    world.control("POST", "notifications/clock", {"factor": 60000})  # half an hour is 0.03 s
    subscription = subscribe(world)
    time.sleep(0.1)
    assert codes(world.soap(ews.get_streaming_events(subscription), ANNA)) == ["ErrorSubscriptionNotFound"]


def test_faults_hit_streams(world, stream):
    open_stream = stream(subscribe(world))
    open_stream.next()
    world.control("POST", "notifications/faults", {"drop": 1.0})
    make(world)
    wait_until(lambda: world.control("GET", "notifications")["dropped"] >= 1)
    world.control("POST", "notifications/faults", {"double": 1.0, "delay_ms": [50, 50]})
    item = make(world)
    assert [open_stream.until("CreatedEvent").find("t:ItemId", NS).get("Id") for _ in range(2)] == [item, item]


def test_a_fault_on_the_request_leaves_no_hanging_connection(world):
    for _ in range(3):
        subscription = subscribe(world)
        world.control("POST", "faults", {"operation": "GetStreamingEvents", "kind": "http_500_after"})
        assert world.soap(ews.get_streaming_events(subscription), ANNA)[0] == 500
    wait_until(lambda: not any(connected(world)))


def test_events_are_pulled(world, schema):
    answer = check(schema, world.soap(ews.subscribe_pull(), ANNA))
    subscription, mark = ews.text(answer, ".//m:SubscriptionId"), ews.text(answer, ".//m:Watermark")

    def pull(watermark):
        tree = check(schema, world.soap(ews.get_events(subscription, watermark), ANNA))
        return tree, tree.xpath("//t:Watermark/text()", namespaces=NS)[-1]

    quiet, mark = pull(mark)
    assert quiet.find(".//t:StatusEvent", NS) is not None
    items = [make(world) for _ in range(30)]
    told = []
    tree, after = pull(mark)
    assert ews.text(tree, ".//t:PreviousWatermark") == mark and ews.text(tree, ".//t:MoreEvents") == "true"
    again, _ = pull(mark)
    assert re.sub(b"<t:TimeStamp>[^<]*", b"", etree.tostring(again)) == re.sub(b"<t:TimeStamp>[^<]*", b"", etree.tostring(tree))
    told += [node.get("Id") for node in tree.iterfind(".//t:CreatedEvent/t:ItemId", NS)]
    told += [node.get("Id") for node in pull(after)[0].iterfind(".//t:CreatedEvent/t:ItemId", NS)]
    assert told == items
    assert codes(world.soap(ews.get_events(subscription, "bm9uc2Vuc2U="), ANNA)) == ["ErrorInvalidWatermark"]
    assert codes(world.soap(ews.unsubscribe(subscription), ANNA)) == ["NoError"]
    assert codes(world.soap(ews.get_events(subscription, mark), ANNA)) == ["ErrorSubscriptionNotFound"]


def test_an_idle_pull_subscription_expires(world):
    world.control("POST", "notifications/clock", {"factor": 6000})
    answer = ews.root(world.soap(ews.subscribe_pull(minutes=1), ANNA))
    time.sleep(0.1)
    late = world.soap(ews.get_events(ews.text(answer, ".//m:SubscriptionId"), ews.text(answer, ".//m:Watermark")), ANNA)
    assert codes(late) == ["ErrorSubscriptionNotFound"]
