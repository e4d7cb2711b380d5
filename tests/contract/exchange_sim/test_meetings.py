# SPDX-License-Identifier: GPL-3.0-or-later
"""Meetings between mailboxes of the simulator: invitations, updates, cancellations, answers, and every mail counted."""
import pytest

import ews
from conftest import NS, Simulator, schema_folder
from ews import change, check, create, delete, id_of, set_field

ANNA, BEN, EVA = "anna@example.com", "ben@example.com", "eva@example.com"
INBOX, BIN = '<t:DistinguishedFolderId Id="inbox"/>', '<t:DistinguishedFolderId Id="deleteditems"/>'
TIMES = "<t:Start>2026-12-01T08:00:00Z</t:Start><t:End>2026-12-01T09:00:00Z</t:End>"
LATER = (set_field("calendar:Start", "<t:Start>2026-12-01T10:00:00Z</t:Start>") +
         set_field("calendar:End", "<t:End>2026-12-01T11:00:00Z</t:End>"))
DAILY = ("<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
         "<t:StartDate>2026-12-01</t:StartDate><t:NumberOfOccurrences>4</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>")
ALL = "SendToAllAndSaveCopy"


@pytest.fixture(scope="module")
def simulators(tmp_path_factory):
    people = [argument for address in (ANNA, BEN, EVA) for argument in ("--mailbox", f"{address}=Europe/Berlin")]
    made = {keeps: Simulator(tmp_path_factory.mktemp("meetings"), *people, "--schema", str(schema_folder()),
                             *(["--accept-keeps-id"] if keeps else [])) for keeps in (False, True)}
    yield made
    for one in made.values():
        one.stop()


@pytest.fixture()
def world(simulators):
    return simulators[False]


@pytest.fixture()
def ask(world, schema):
    def run(body, mailbox=ANNA):
        return check(schema, world.soap(body, mailbox))
    return run


@pytest.fixture()
def mails(world):
    """The mails since the test began, as (sender, kind, receivers)."""
    before = len(world.control("GET", "mails"))
    return lambda: [(mail["mailbox"], mail["kind"], sorted(mail["to"])) for mail in world.control("GET", "mails")[before:]]


def code(tree):
    return ews.text(tree, ".//m:ResponseCode")


def attendees(*addresses):
    people = "".join(f"<t:Attendee><t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox></t:Attendee>" for one in addresses)
    return f"<t:RequiredAttendees>{people}</t:RequiredAttendees>"


def meet(ask, *people, rule="", send=ALL, uid=None, title="Meeting"):
    tree = ask(create(f"<t:CalendarItem><t:Subject>{title}</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>"
                      f"{f'<t:UID>{uid}</t:UID>' if uid else ''}{TIMES}<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus>"
                      f'{attendees(*people)}{rule}<t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem>', send))
    assert code(tree) == "NoError", code(tree)
    return id_of(tree)


def read(ask, item, mailbox):
    tree = ask(ews.get_item(item), mailbox)
    assert code(tree) == "NoError", code(tree)
    return tree.find(".//m:Items", NS)[0]


def uid_of(ask, item):
    return ews.text(read(ask, item, ANNA), "t:UID")


def copies(world, mailbox, uid):
    return [one for one in world.control("GET", f"mailboxes/{mailbox}/items") if one["uid"] == uid]


def copy(world, mailbox, uid):
    """The attendee's copy, as an id element."""
    found = copies(world, mailbox, uid)
    assert len(found) == 1
    return f'<t:ItemId Id="{found[0]["item_id"]}" ChangeKey="{found[0]["change_key"]}"/>'


def values(node, *names):
    return [ews.text(node, "t:" + name) for name in names]


def respond(kind, item, disposition="SendAndSaveCopy"):
    reference = item.replace("t:ItemId", "t:ReferenceItemId")
    return create(f"<t:{kind}>{reference}</t:{kind}>", send=None, disposition=disposition)


def occurrence(master, index):
    return f'<t:OccurrenceItemId RecurringMasterId="{master.split(chr(34))[1]}" InstanceIndex="{index}"/>'


def answers(ask, item):
    found = read(ask, ews.bare(item) if item.startswith("<t:ItemId") else item, ANNA)
    return {one.findtext(".//t:EmailAddress", namespaces=NS): one.findtext("t:ResponseType", namespaces=NS)
            for one in found.iterfind("t:RequiredAttendees/t:Attendee", NS)}


def messages(ask, mailbox, title, folder=INBOX):
    found = ask(ews.find(ews.equal_to('<t:FieldURI FieldURI="item:Subject"/>', title), folder), mailbox)
    items = found.find(".//t:Items", NS)
    return [] if items is None else [(one.tag.rpartition("}")[2], id_of(one)) for one in items]


def test_an_invitation_reaches_the_attendees_who_have_a_mailbox(ask, world, mails):
    item = meet(ask, BEN, "outside@example.org")
    assert mails() == [(ANNA, "invitation", [BEN, "outside@example.org"])]
    found = read(ask, copy(world, BEN, uid_of(ask, item)), BEN)
    assert values(found, "MyResponseType", "AppointmentState", "LegacyFreeBusyStatus", "IsMeeting", "IsOrganizer",
                  "Organizer/t:Mailbox/t:EmailAddress") == ["NoResponseReceived", "3", "Tentative", "true", "false", ANNA]
    assert {one.text for one in found.iterfind(".//t:Attendee//t:ResponseType", NS)} == {"Unknown"}


def test_the_request_lies_in_the_inbox_and_names_its_calendar_item(ask, world, schema):
    item = meet(ask, BEN, title="In the inbox")
    (kind, message), = messages(ask, BEN, "In the inbox")
    every = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
    found = ask(ews.get_item(message, shape=every), BEN).find(".//t:MeetingRequest", NS)
    assert kind == "MeetingRequest"
    assert values(found, "ItemClass", "MeetingRequestType", "IntendedFreeBusyStatus", "UID", "From/t:Mailbox/t:EmailAddress") == [
        "IPM.Schedule.Meeting.Request", "NewMeetingRequest", "OOF", uid_of(ask, item), ANNA]
    assert ews.bare(copy(world, BEN, uid_of(ask, item))).split('"')[1] == found.find("t:AssociatedCalendarItemId", NS).get("Id")


def test_silence_delivers_nothing(ask, world, mails):
    item = meet(ask, BEN, send="SendToNone")
    item = id_of(ask(change(item, LATER)))
    uid = uid_of(ask, item)
    ask(delete(item))
    assert mails() == [] and copies(world, BEN, uid) == []


@pytest.mark.parametrize("kind", ["AcceptItem", "TentativelyAcceptItem", "DeclineItem"])
def test_a_time_that_an_attendee_proposes_stands_beside_his_answer_until_the_time_changes(ask, world, kind):
    item = meet(ask, BEN)
    reference = copy(world, BEN, uid_of(ask, item)).replace("t:ItemId", "t:ReferenceItemId")
    times = "<t:ProposedStart>2026-12-03T14:00:00Z</t:ProposedStart><t:ProposedEnd>2026-12-03T15:00:00Z</t:ProposedEnd>"
    answer = create(f"<t:{kind}>{reference}{times}</t:{kind}>", send=None, disposition="SendAndSaveCopy")
    assert code(ask(answer, BEN)) == "NoError"
    found = read(ask, ews.bare(item), ANNA)
    names = ["RequiredAttendees/t:Attendee/t:ProposedStart", "RequiredAttendees/t:Attendee/t:ProposedEnd"]
    assert values(found, *names) == ["2026-12-03T14:00:00Z", "2026-12-03T15:00:00Z"]
    assert code(ask(change(id_of(found), LATER, send=ALL))) == "NoError"
    assert values(read(ask, ews.bare(item), ANNA), *names) == [None, None]


def test_an_update_keeps_what_is_the_attendees_own(ask, world, mails):
    item = meet(ask, BEN)
    uid = uid_of(ask, item)
    own = (set_field("item:Categories", "<t:Categories><t:String>mine</t:String></t:Categories>") +
           set_field("item:ReminderMinutesBeforeStart", "<t:ReminderMinutesBeforeStart>5</t:ReminderMinutesBeforeStart>"))
    his = id_of(ask(change(copy(world, BEN, uid), own, send=ALL), BEN))
    his = id_of(ask(respond("AcceptItem", his, "SaveOnly"), BEN))
    item = id_of(ask(change(item, set_field("item:Subject", "<t:Subject>New</t:Subject>"), send=ALL)))
    found = read(ask, copy(world, BEN, uid), BEN)
    assert values(found, "Subject", "Categories/t:String", "ReminderMinutesBeforeStart", "MyResponseType", "LegacyFreeBusyStatus",
                  "AppointmentSequenceNumber") == ["New", "mine", "5", "Accept", "OOF", "1"]
    ask(change(item, LATER, send=ALL))
    found = read(ask, copy(world, BEN, uid), BEN)
    assert values(found, "Start", "Categories/t:String", "MyResponseType", "LegacyFreeBusyStatus") == [
        "2026-12-01T10:00:00Z", "mine", "NoResponseReceived", "Tentative"]
    assert mails() == [(ANNA, "invitation", [BEN]), (ANNA, "update", [BEN]), (ANNA, "update", [BEN])]


def test_an_update_without_sending_leaves_attendees_with_the_old(ask, world):
    item = meet(ask, BEN)
    ask(change(item, LATER))
    assert ews.text(read(ask, copy(world, BEN, uid_of(ask, item)), BEN), "t:Start") == "2026-12-01T08:00:00Z"


@pytest.mark.parametrize("mode", ["SendToChangedAndSaveCopy", "SendOnlyToChanged", ALL])
def test_new_attendees_are_invited_and_removed_ones_cancelled(ask, world, mails, mode):
    item = meet(ask, BEN)
    uid = uid_of(ask, item)
    item = id_of(ask(change(item, set_field("calendar:RequiredAttendees", attendees(BEN, EVA)), send=mode)))
    assert len(copies(world, EVA, uid)) == 1
    ask(change(item, set_field("calendar:RequiredAttendees", attendees(EVA)), send=mode))
    assert ews.text(read(ask, copy(world, BEN, uid), BEN), "t:IsCancelled") == "true"
    changed = [(ANNA, "invitation", [BEN]), (ANNA, "invitation", [EVA]), (ANNA, "cancellation", [BEN])]
    everybody = [(ANNA, "invitation", [BEN]), (ANNA, "invitation", [EVA]), (ANNA, "update", [BEN]),
                 (ANNA, "cancellation", [BEN]), (ANNA, "update", [EVA])]
    assert mails() == (everybody if mode == ALL else changed)


def test_a_meeting_saved_silently_is_an_invitation_when_it_is_first_sent(ask, world, mails):
    item = meet(ask, BEN, send="SendToNone")
    ask(change(item, set_field("item:Subject", "<t:Subject>x</t:Subject>"), send="SendOnlyToChanged"))
    assert mails() == [(ANNA, "invitation", [BEN])]
    assert len(copies(world, BEN, uid_of(ask, item))) == 1


@pytest.mark.parametrize("how", ["delete", "cancel"])
def test_a_cancellation_stays_in_the_attendees_calendar_until_it_is_removed(ask, world, mails, how):
    item = meet(ask, BEN, title=f"Off by {how}")
    uid = uid_of(ask, item)
    gone = ask(delete(item, send=ALL) if how == "delete" else respond("CancelCalendarItem", item))
    assert code(gone) == "NoError" and copies(world, ANNA, uid) == []
    found = read(ask, copy(world, BEN, uid), BEN)
    assert values(found, "IsCancelled", "AppointmentState", "Subject", "LegacyFreeBusyStatus") == [
        "true", "7", f"Canceled: Off by {how}", "Free"]
    assert mails() == [(ANNA, "invitation", [BEN]), (ANNA, "cancellation", [BEN])]
    refused = ask(respond("AcceptItem", copy(world, BEN, uid)), BEN)
    assert code(refused) == "ErrorCalendarIsCancelledForAccept"
    kinds = dict(messages(ask, BEN, f"Off by {how}"))
    assert code(ask(respond("RemoveItem", kinds["MeetingCancellation"], "SaveOnly"), BEN)) == "NoError"
    assert copies(world, BEN, uid) == []


@pytest.mark.parametrize("kind, response, busy", [
    ("AcceptItem", "Accept", "OOF"), ("TentativelyAcceptItem", "Tentative", "Tentative")])
def test_an_answer_is_tracked_by_the_organizer(ask, world, mails, kind, response, busy):
    item = meet(ask, BEN, title=f"Answer by {kind}")
    uid = uid_of(ask, item)
    before = copy(world, BEN, uid)
    answered = id_of(ask(respond(kind, before), BEN))
    found = read(ask, answered, BEN)
    assert values(found, "MyResponseType", "LegacyFreeBusyStatus") == [response, busy]
    assert found.find("t:AppointmentReplyTime", NS) is not None
    assert answers(ask, item) == {BEN: response}
    assert id_of(ask(ews.get_item(ews.bare(item)))) != item  # the organizer's item has a new change key
    assert mails() == [(ANNA, "invitation", [BEN]), (BEN, "response", [ANNA])]
    assert world.control("GET", "mails")[-1]["answer"] == response
    assert [kind for kind, _ in messages(ask, ANNA, f"Answer by {kind}")] == ["MeetingResponse"]


def test_accepting_a_calendar_item_makes_it_anew(ask, world):
    uid = uid_of(ask, meet(ask, BEN))
    old = copy(world, BEN, uid)
    state = ews.read_changes(world, BEN)[1]
    new = id_of(ask(respond("AcceptItem", old, "SaveOnly"), BEN))
    assert ews.bare(new) != ews.bare(old) and new == copy(world, BEN, uid)
    assert code(ask(ews.get_item(old), BEN)) == "ErrorItemNotFound"
    assert sorted(kind for kind, _ in ews.read_changes(world, BEN, state)[0]) == ["Create", "Delete"]


def test_accepting_keeps_the_id_where_the_server_is_told_so(simulators, schema):
    world = simulators[True]

    def ask(body, mailbox=ANNA):
        return check(schema, world.soap(body, mailbox))
    old = copy(world, BEN, uid_of(ask, meet(ask, BEN)))
    new = id_of(ask(respond("AcceptItem", old, "SaveOnly"), BEN))
    assert ews.bare(new) == ews.bare(old) and new != old


def test_an_answer_that_is_only_saved_tells_nobody(ask, world, mails):
    item = meet(ask, BEN)
    answered = ask(respond("AcceptItem", copy(world, BEN, uid_of(ask, item)), "SaveOnly"), BEN)
    assert ews.text(read(ask, id_of(answered), BEN), "t:MyResponseType") == "Accept"
    assert answers(ask, item) == {BEN: "Unknown"} and mails() == [(ANNA, "invitation", [BEN])]


@pytest.mark.parametrize("disposition", ["SendOnly", "SaveOnly"])
def test_a_declined_meeting_moves_to_deleted_items(ask, world, mails, disposition):
    item = meet(ask, BEN, title=f"Declined {disposition}")
    uid = uid_of(ask, item)
    declined = id_of(ask(respond("DeclineItem", copy(world, BEN, uid), disposition), BEN))
    assert copies(world, BEN, uid) == []
    found = read(ask, declined, BEN)
    assert values(found, "MyResponseType", "LegacyFreeBusyStatus") == ["Decline", "Free"]
    assert ("CalendarItem", declined) in messages(ask, BEN, f"Declined {disposition}", BIN)
    assert answers(ask, item) == {BEN: "Decline" if disposition == "SendOnly" else "Unknown"}
    assert len(mails()) == (2 if disposition == "SendOnly" else 1)


def test_an_answer_by_the_request_puts_it_away(ask, world):
    item = meet(ask, BEN, title="By request")
    uid = uid_of(ask, item)
    before = copy(world, BEN, uid)
    (_, request), = messages(ask, BEN, "By request")
    answered = ask(respond("AcceptItem", request), BEN)
    assert [one.tag.rpartition("}")[2] for one in answered.find(".//m:Items", NS)] == ["CalendarItem", "MeetingRequest"]
    assert messages(ask, BEN, "By request") == []
    assert ews.bare(id_of(answered)) == ews.bare(before) and answers(ask, item) == {BEN: "Accept"}


def test_an_old_request_is_out_of_date(ask, world):
    item = meet(ask, BEN, title="Outdated")
    (_, request), = messages(ask, BEN, "Outdated")
    ask(change(item, LATER, send=ALL))
    assert code(ask(respond("AcceptItem", request), BEN)) == "ErrorCalendarMeetingRequestIsOutOfDate"


def test_a_declined_meeting_is_accepted_again_by_its_request(ask, world):
    item = meet(ask, BEN, title="Back again")
    uid = uid_of(ask, item)
    ask(respond("DeclineItem", copy(world, BEN, uid)), BEN)
    (_, request), = messages(ask, BEN, "Back again")
    assert code(ask(respond("AcceptItem", request), BEN)) == "NoError"
    assert ews.text(read(ask, copy(world, BEN, uid), BEN), "t:MyResponseType") == "Accept"
    assert answers(ask, item) == {BEN: "Accept"}


def test_wrong_answers_are_refused(ask, world):
    item = meet(ask, BEN)
    uid = uid_of(ask, item)
    his = copy(world, BEN, uid)
    assert code(ask(respond("AcceptItem", item))) == "ErrorCalendarIsOrganizerForAccept"
    assert code(ask(respond("DeclineItem", item))) == "ErrorCalendarIsOrganizerForDecline"
    assert code(ask(respond("TentativelyAcceptItem", item))) == "ErrorCalendarIsOrganizerForTentative"
    assert code(ask(respond("CancelCalendarItem", his), BEN)) == "ErrorCalendarIsNotOrganizer"
    plain = id_of(ask(create(f"<t:CalendarItem>{TIMES}</t:CalendarItem>")))
    assert code(ask(respond("AcceptItem", plain))) == "ErrorInvalidItemForOperationAcceptItem"
    assert code(ask(respond("CancelCalendarItem", plain))) == "ErrorInvalidItemForOperationCancelItem"
    assert code(ask(respond("RemoveItem", plain))) == "ErrorInvalidItemForOperationRemoveItem"
    assert code(ask(respond("AcceptItem", his, None), BEN)) == "ErrorMessageDispositionRequired"
    assert code(ask(respond("AcceptItem", ews.bare(his)), BEN)) == "ErrorChangeKeyRequired"
    ask(change(his, set_field("item:Importance", "<t:Importance>High</t:Importance>")), BEN)
    assert code(ask(respond("AcceptItem", his), BEN)) == "ErrorStaleObject"


def test_an_attendees_own_change_and_delete_send_nothing(ask, world, mails):
    item = meet(ask, BEN)
    uid = uid_of(ask, item)
    his = id_of(ask(change(copy(world, BEN, uid), set_field("item:Importance", "<t:Importance>High</t:Importance>"), send=ALL), BEN))
    ask(delete(his, send=ALL), BEN)
    assert mails() == [(ANNA, "invitation", [BEN])] and answers(ask, item) == {BEN: "Unknown"}


def test_a_series_is_delivered_with_its_exceptions(ask, world):
    master = meet(ask, BEN, rule=DAILY, send="SendToNone")
    uid = uid_of(ask, master)
    ask(change(occurrence(master, 2), set_field("item:Subject", "<t:Subject>Other</t:Subject>"), "AlwaysOverwrite"))
    ask(delete(occurrence(master, 3)))
    ask(change(ews.bare(master), set_field("calendar:Location", "<t:Location>x</t:Location>"), "AlwaysOverwrite", send=ALL))
    found = read(ask, copy(world, BEN, uid), BEN)
    assert ews.text(found, "t:DeletedOccurrences/t:DeletedOccurrence/t:Start") == "2026-12-03T08:00:00Z"
    exception = found.find("t:ModifiedOccurrences/t:Occurrence/t:ItemId", NS)
    assert values(read(ask, f'<t:ItemId Id="{exception.get("Id")}"/>', BEN), "Subject", "Location", "Organizer/t:Mailbox/t:EmailAddress",
                  "MyResponseType") == ["Other", "x", ANNA, "NoResponseReceived"]


def test_a_change_and_a_cancellation_of_one_occurrence_reach_only_it(ask, world, mails):
    master = meet(ask, BEN, rule=DAILY)
    uid = uid_of(ask, master)
    ask(change(occurrence(master, 2), set_field("calendar:Location", "<t:Location>x</t:Location>"), "AlwaysOverwrite", send=ALL))
    ask(delete(occurrence(master, 3), send=ALL))
    his = copy(world, BEN, uid)
    assert [values(read(ask, occurrence(his, i), BEN), "Location", "IsCancelled") for i in (1, 2, 3, 4)] == [
        [None, "false"], ["x", "false"], [None, "true"], [None, "false"]]
    assert mails() == [(ANNA, "invitation", [BEN]), (ANNA, "update", [BEN]), (ANNA, "cancellation", [BEN])]


def test_one_occurrence_is_answered_alone(ask, world):
    master = meet(ask, BEN, rule=DAILY)
    his = copy(world, BEN, uid_of(ask, master))
    third = id_of(ask(ews.get_item(occurrence(his, 3)), BEN))
    assert code(ask(respond("AcceptItem", third), BEN)) == "NoError"
    assert [ews.text(read(ask, occurrence(his, i), BEN), "t:MyResponseType") for i in (2, 3)] == ["NoResponseReceived", "Accept"]
    assert [answers(ask, occurrence(master, i))[BEN] for i in (2, 3)] == ["Unknown", "Accept"]
    fourth = id_of(ask(ews.get_item(occurrence(his, 4)), BEN))
    ask(respond("DeclineItem", fourth), BEN)
    assert code(ask(ews.get_item(occurrence(his, 4)), BEN)) == "ErrorCalendarOccurrenceIsDeletedFromRecurrence"
    assert answers(ask, occurrence(master, 4))[BEN] == "Decline"


def test_who_is_invited_to_one_occurrence_has_an_orphan(ask, world):
    master = meet(ask, BEN, rule=DAILY)
    uid = uid_of(ask, master)
    ask(change(occurrence(master, 2), set_field("calendar:RequiredAttendees", attendees(BEN, EVA)), "AlwaysOverwrite",
               send="SendToChangedAndSaveCopy"))
    hers = read(ask, copy(world, EVA, uid), EVA)
    assert values(hers, "CalendarItemType", "RecurrenceId", "Start", "UID") == [
        "Single", "2026-12-02T08:00:00Z", "2026-12-02T08:00:00Z", uid]
    ask(respond("AcceptItem", copy(world, EVA, uid)), EVA)
    assert answers(ask, occurrence(master, 2)) == {BEN: "Unknown", EVA: "Accept"}
    ask(change(ews.bare(master), set_field("calendar:RequiredAttendees", attendees(BEN, EVA)), "AlwaysOverwrite", send=ALL))
    assert [one["type"] for one in copies(world, EVA, uid)] == ["RecurringMaster"]


def test_accepting_a_series_accepts_all_of_it(ask, world):
    master = meet(ask, BEN, rule=DAILY)
    ask(change(occurrence(master, 2), set_field("item:Subject", "<t:Subject>x</t:Subject>"), "AlwaysOverwrite", send=ALL))
    his = copy(world, BEN, uid_of(ask, master))
    accepted = id_of(ask(respond("AcceptItem", his), BEN))
    assert [ews.text(read(ask, occurrence(accepted, i), BEN), "t:MyResponseType") for i in (1, 2)] == ["Accept", "Accept"]
    assert answers(ask, master) == {BEN: "Accept"} == answers(ask, occurrence(master, 2))


def test_a_new_time_wants_new_answers(ask, world):
    item = meet(ask, BEN)
    ask(respond("AcceptItem", copy(world, BEN, uid_of(ask, item))), BEN)
    ask(change(ews.bare(item), LATER, "AlwaysOverwrite", send=ALL))
    assert answers(ask, item) == {BEN: "Unknown"}


def test_the_server_may_touch_a_meeting_after_it_was_saved(ask, world):
    world.control("POST", "faults", {"operation": "CreateItem", "kind": "touch_after"})
    item = meet(ask, BEN)
    assert code(ask(change(item, LATER))) == "ErrorIrresolvableConflict"
    assert code(ask(change(item, LATER, "AutoResolve"))) == "NoError"


def test_deliveries_are_told_to_subscribers(ask, world, schema):
    tree = ask(ews.subscribe_pull().replace(ews.CALENDAR, ews.CALENDAR + INBOX), BEN)
    meet(ask, BEN)
    events = ask(ews.get_events(ews.text(tree, ".//m:SubscriptionId"), ews.text(tree, ".//m:Watermark")), BEN)
    assert len(events.findall(".//t:CreatedEvent", NS)) == 2  # the copy and the request
