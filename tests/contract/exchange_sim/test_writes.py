# SPDX-License-Identifier: GPL-3.0-or-later
"""CreateItem, UpdateItem, DeleteItem by plain SOAP: what is written is read back, what Exchange refuses is refused.
Requests are validated by the simulator, answers here."""
import base64

import pytest

import ews
from conftest import NS, Simulator, schema_folder
from ews import change, check, codes, create, delete, delete_field, id_of, set_field

BEN = "ben@example.com"
OURS = '<t:ExtendedFieldURI PropertySetId="11111111-2222-3333-4444-555555555555" PropertyName="Mark" PropertyType="String"/>'
TIMES = "<t:Start>2026-12-01T08:00:00Z</t:Start><t:End>2026-12-01T09:00:00Z</t:End>"
BERLIN = '<t:StartTimeZone Id="W. Europe Standard Time"/><t:EndTimeZone Id="W. Europe Standard Time"/>'
DAILY = ("<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
         "<t:StartDate>2026-12-01</t:StartDate><t:NumberOfOccurrences>6</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>")


@pytest.fixture(scope="module")
def world(schema, tmp_path_factory):
    made = Simulator(tmp_path_factory.mktemp("writes"), "--mailbox", f"{BEN}=Europe/Berlin", "--mailbox",
                     "anna@example.com", "--schema", str(schema_folder()))
    yield made
    made.stop()


@pytest.fixture()
def ask(world, schema):
    """Sends a request as Ben; the answer has passed the schema."""
    def run(body, mailbox=BEN):
        return check(schema, world.soap(body, mailbox))
    return run


def code(tree):
    return ews.text(tree, ".//m:ResponseCode")


def made(ask, inside, head="", send="SendToNone"):
    tree = ask(create(f"<t:CalendarItem>{head}{inside}</t:CalendarItem>", send))
    assert code(tree) == "NoError", code(tree)
    return id_of(tree)


def series(ask, subject="Series"):
    return made(ask, TIMES + DAILY + BERLIN, f"<t:Subject>{subject}</t:Subject>")


def read(ask, item, *extended):
    shape = ews.full_shape().replace("</t:AdditionalProperties>", "".join(extended) + "</t:AdditionalProperties>")
    return ask(ews.get_item(item, shape=shape)).find(".//t:CalendarItem", NS)


def occurrence(master, index):
    return f'<t:OccurrenceItemId RecurringMasterId="{master.split(chr(34))[1]}" InstanceIndex="{index}"/>'


def occurrence_id(ask, master, index):
    return id_of(ask(ews.get_item(occurrence(master, index))))


def value_of(item, path):
    return ews.text(item, path)


FIELDS = [
    ("item:Subject", "t:Subject", "Title"), ("item:Sensitivity", "t:Sensitivity", "Private"),
    ("item:Importance", "t:Importance", "High"), ("item:ReminderIsSet", "t:ReminderIsSet", "false"),
    ("item:ReminderMinutesBeforeStart", "t:ReminderMinutesBeforeStart", "45"), ("item:Culture", "t:Culture", "de-DE"),
    ("calendar:LegacyFreeBusyStatus", "t:LegacyFreeBusyStatus", "WorkingElsewhere"),
    ("calendar:Location", "t:Location", "Room 1"), ("calendar:When", "t:When", "soon"),
    ("calendar:IsResponseRequested", "t:IsResponseRequested", "false"), ("calendar:ConferenceType", "t:ConferenceType", "2"),
    ("calendar:AllowNewTimeProposal", "t:AllowNewTimeProposal", "false"),
    ("calendar:IsOnlineMeeting", "t:IsOnlineMeeting", "true"),
    ("calendar:MeetingWorkspaceUrl", "t:MeetingWorkspaceUrl", "http://x/"), ("calendar:NetShowUrl", "t:NetShowUrl", "http://y/"),
]
SHAPE = ("<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>")


def as_xml(name, text):
    return f"<{name}>{text}</{name}>"


def test_every_simple_field_is_created_and_read_back(ask):
    item = [as_xml(name, text) for uri, name, text in FIELDS if uri.startswith("item:")]
    calendar = [as_xml(name, text) for uri, name, text in FIELDS if uri.startswith("calendar:")]
    places = {"t:LegacyFreeBusyStatus": 0, "t:Location": 1, "t:When": 2, "t:IsResponseRequested": 3}
    before = [xml for xml in calendar if xml[1:xml.index(">")] in places]
    after = [xml for xml in calendar if xml not in before]
    written = made(ask, TIMES + "".join(before) + BERLIN + "".join(after), "".join(item))
    found = ask(ews.get_item(written, shape=SHAPE))
    assert {name: value_of(found, ".//" + name) for _, name, _ in FIELDS} == {name: text for _, name, text in FIELDS}


@pytest.mark.parametrize("uri, name, text", FIELDS)
def test_every_simple_field_is_changed(ask, uri, name, text):
    written = made(ask, TIMES)
    changed = id_of(ask(change(written, set_field(uri, as_xml(name, text)))))
    assert changed != written
    assert value_of(ask(ews.get_item(changed, shape=SHAPE)), ".//" + name) == text


def test_who_is_silent_about_the_reminder_gets_one(ask):
    assert value_of(read(ask, made(ask, TIMES)), "t:ReminderIsSet") == "true"


@pytest.mark.parametrize("uri, xml, path", [
    ("item:Subject", "<t:Subject>x</t:Subject>", "t:Subject"),
    ("item:Body", '<t:Body BodyType="Text">x</t:Body>', "t:TextBody"),
    ("item:Categories", "<t:Categories><t:String>x</t:String></t:Categories>", "t:Categories/t:String"),
    ("calendar:Location", "<t:Location>x</t:Location>", "t:Location"),
    ("calendar:RequiredAttendees", "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>x@x.org</t:EmailAddress>"
     "</t:Mailbox></t:Attendee></t:RequiredAttendees>", "t:RequiredAttendees/t:Attendee/t:Mailbox/t:Name"),
    ("calendar:OptionalAttendees", "<t:OptionalAttendees><t:Attendee><t:Mailbox><t:EmailAddress>x@x.org</t:EmailAddress>"
     "</t:Mailbox></t:Attendee></t:OptionalAttendees>", "t:OptionalAttendees/t:Attendee/t:Mailbox/t:Name"),
    ("calendar:Resources", "<t:Resources><t:Attendee><t:Mailbox><t:EmailAddress>x@x.org</t:EmailAddress>"
     "</t:Mailbox></t:Attendee></t:Resources>", "t:Resources/t:Attendee/t:Mailbox/t:Name"),
])
def test_a_field_is_set_and_deleted(ask, uri, xml, path):
    written = id_of(ask(change(made(ask, TIMES), set_field(uri, xml))))
    assert value_of(read(ask, written), path) in ("x", "x@x.org")
    cleared = read(ask, id_of(ask(change(written, delete_field(uri)))))
    assert value_of(cleared, path) is None and value_of(cleared, "t:IsMeeting") == "false"


@pytest.mark.parametrize("uri", ["calendar:Start", "item:ReminderIsSet", "item:Importance", "calendar:IsAllDayEvent"])
def test_what_every_item_has_cannot_be_deleted(ask, uri):
    assert code(ask(change(made(ask, TIMES), delete_field(uri)))) == "ErrorInvalidPropertyDelete"


def test_bodies_and_attendees_are_appended_to_and_nothing_else(ask):
    item = made(ask, TIMES, '<t:Body BodyType="Text">one</t:Body>')
    item = id_of(ask(change(item, set_field("item:Body", '<t:Body BodyType="Text"> two</t:Body>', "AppendToItemField"))))
    one_more = ("<t:OptionalAttendees><t:Attendee><t:Mailbox><t:EmailAddress>{}</t:EmailAddress></t:Mailbox></t:Attendee>"
                "</t:OptionalAttendees>")
    for address in ("a@x.org", "b@x.org"):
        item = id_of(ask(change(item, set_field("calendar:OptionalAttendees", one_more.format(address), "AppendToItemField"))))
    found = read(ask, item)
    assert value_of(found, "t:TextBody") == "one two"
    assert [node.text for node in found.iterfind("t:OptionalAttendees//t:EmailAddress", NS)] == ["a@x.org", "b@x.org"]
    refused = ask(change(item, set_field("item:Subject", "<t:Subject>x</t:Subject>", "AppendToItemField")))
    assert code(refused) == "ErrorInvalidPropertyAppend"


@pytest.mark.parametrize("updates, expected", [
    (set_field("item:Subject", "<t:Location>x</t:Location>"), "ErrorUpdatePropertyMismatch"),
    (set_field("item:Subject", "<t:Subject>x</t:Subject><t:Importance>High</t:Importance>"), "ErrorIncorrectUpdatePropertyCount"),
    (set_field("calendar:MyResponseType", "<t:MyResponseType>Accept</t:MyResponseType>"), "ErrorInvalidPropertySet"),
    (set_field("calendar:UID", "<t:UID>other</t:UID>"), "ErrorInvalidPropertySet"),
    (set_field('<t:IndexedFieldURI FieldURI="contacts:EmailAddress" FieldIndex="EmailAddress1"/>', "<t:Subject>x</t:Subject>"),
     "ErrorInvalidPropertySet"),
    (set_field("calendar:End", "<t:End>2026-11-01T09:00:00Z</t:End>"), "ErrorCalendarEndDateIsEarlierThanStartDate"),
    (set_field("item:ReminderMinutesBeforeStart", "<t:ReminderMinutesBeforeStart>-1</t:ReminderMinutesBeforeStart>"),
     None),
])
def test_wrong_updates_are_refused_and_change_nothing(ask, world, updates, expected):
    item = made(ask, TIMES, "<t:Subject>old</t:Subject>")
    answer = world.soap(change(item, updates), BEN)
    assert b"ErrorSchemaValidation" in answer[2] if expected is None else codes(answer) == [expected]
    assert id_of(ask(ews.get_item(item))) == item


def test_a_postal_address_stays_with_its_location(ask):
    place = ("<t:EnhancedLocation><t:DisplayName>Office</t:DisplayName><t:Annotation>2nd floor</t:Annotation><t:PostalAddress>"
             "<t:City>Köln</t:City><t:Latitude>50.9</t:Latitude><t:LocationSource>Device</t:LocationSource></t:PostalAddress>"
             "</t:EnhancedLocation>")
    item = made(ask, TIMES + BERLIN + place)
    found = read(ask, item)
    assert [value_of(found, path) for path in ("t:Location", "t:EnhancedLocation/t:Annotation",
            "t:EnhancedLocation/t:PostalAddress/t:City")] == ["Office", "2nd floor", "Köln"]
    found = read(ask, id_of(ask(change(item, set_field("calendar:Location", "<t:Location>Home</t:Location>")))))
    assert value_of(found, "t:EnhancedLocation/t:DisplayName") == "Home" and found.find(".//t:PostalAddress", NS) is None


def extended(field, *values):
    inside = "".join(f"<t:Value>{value}</t:Value>" for value in values)
    if "Array" in field:
        inside = f"<t:Values>{inside}</t:Values>"
    return f"<t:ExtendedProperty>{field}{inside}</t:ExtendedProperty>"


def field(attributes, kind="String"):
    return f'<t:ExtendedFieldURI {attributes} PropertyType="{kind}"/>'


@pytest.mark.parametrize("name, values", [
    (OURS, ["Grüße"]), (field('DistinguishedPropertySetId="PublicStrings" PropertyName="zone"'), ["Europe/Berlin"]),
    (field('DistinguishedPropertySetId="PublicStrings" PropertyName="list"', "StringArray"), ["a", "b"]),
    (field('PropertySetId="11111111-2222-3333-4444-555555555555" PropertyId="33001"', "Integer"), ["-7"]),
    (field('PropertySetId="11111111-2222-3333-4444-555555555555" PropertyName="when"', "SystemTime"), ["2026-01-02T03:04:05Z"]),
    (field('PropertyTag="0x6001"', "Binary"), ["AAEC"]),
])
def test_extended_properties_are_kept_and_deleted(ask, name, values):
    item = made(ask, TIMES, extended(name, *values))
    assert [node.text for node in read(ask, item, name).iterfind("t:ExtendedProperty[last()]//t:Value", NS)] == values
    gone = read(ask, id_of(ask(change(item, delete_field(name)))), name)
    assert len(gone.findall("t:ExtendedProperty", NS)) == 2  # the global object ids


@pytest.mark.parametrize("name, value, expected", [
    (field('PropertyTag="0x6001" PropertyName="x"'), "x", "ErrorInvalidExtendedProperty"),
    (field('PropertyName="x"'), "x", "ErrorInvalidExtendedProperty"),
    (field('PropertySetId="11111111-2222-3333-4444-555555555555" PropertyName="x"', "Integer"), "seven",
     "ErrorInvalidExtendedPropertyValue"),
    (field('PropertySetId="11111111-2222-3333-4444-555555555555" PropertyName="x"', "Null"), "", "ErrorUnsupportedMapiPropertyType"),
    (OURS, "x" * 40000, "ErrorDataSizeLimitExceeded"),
])
def test_wrong_extended_properties_are_refused(ask, name, value, expected):
    assert code(ask(create(f"<t:CalendarItem>{extended(name, value)}{TIMES}</t:CalendarItem>"))) == expected


def test_what_an_interrupted_create_left_is_found_by_mark_and_by_global_object_id(ask):
    item = made(ask, "<t:UID>found@example.com</t:UID>" + TIMES, extended(OURS, "series-17"))
    marked = ask(ews.find(ews.equal_to(OURS, "series-17")))
    assert ews.bare(id_of(marked)) == ews.bare(item)
    assert ask(ews.find(ews.equal_to(OURS, "series-18"))).find(".//t:ItemId", NS) is None
    blob = bytes.fromhex("040000008200E00074C5B7101A82E008" + "00" * 20)
    data = b"vCal-Uid\x01\0\0\0found@example.com"
    both = [base64.b64encode(blob + len(d).to_bytes(4, "little") + d).decode() for d in (data, data + b"\0")]
    clean = field('DistinguishedPropertySetId="Meeting" PropertyId="35"', "Binary")
    found = ask(ews.find("<t:Or>" + "".join(ews.equal_to(clean, one) for one in both) + "</t:Or>"))
    assert ews.bare(id_of(found)) == ews.bare(item)
    assert code(ask(ews.find(ews.equal_to('<t:FieldURI FieldURI="calendar:UID"/>', "found@example.com")))) == (
        "ErrorUnsupportedPathForQuery")


def test_never_overwrite_refuses_a_stale_key(ask):
    old = made(ask, TIMES)
    ask(change(old, set_field("item:Subject", "<t:Subject>first</t:Subject>")))
    late = ask(change(old, set_field("calendar:Location", "<t:Location>late</t:Location>")))
    assert code(late) == "ErrorIrresolvableConflict"
    assert code(ask(change(ews.bare(old), set_field("item:Subject", "<t:Subject>x</t:Subject>")))) == (
        "ErrorChangeKeyRequiredForWriteOperations")


def test_auto_resolve_merges_other_properties_only(ask):
    old = made(ask, TIMES)
    ask(change(old, set_field("item:Subject", "<t:Subject>first</t:Subject>")))
    merged = ask(change(old, set_field("calendar:Location", "<t:Location>late</t:Location>"), "AutoResolve"))
    assert value_of(merged, ".//m:ConflictResults/t:Count") == "1"
    found = read(ask, id_of(merged))
    assert (value_of(found, "t:Subject"), value_of(found, "t:Location")) == ("first", "late")
    clash = ask(change(old, set_field("item:Subject", "<t:Subject>second</t:Subject>"), "AutoResolve"))
    assert code(clash) == "ErrorIrresolvableConflict"


def test_always_overwrite_lets_the_last_writer_win(ask):
    old = made(ask, TIMES)
    ask(change(old, set_field("item:Subject", "<t:Subject>first</t:Subject>")))
    won = ask(change(ews.bare(old), set_field("item:Subject", "<t:Subject>second</t:Subject>"), "AlwaysOverwrite"))
    assert value_of(read(ask, id_of(won)), "t:Subject") == "second"


def test_a_zone_changed_alone_keeps_the_wall_clock(ask):
    item = made(ask, TIMES + BERLIN)
    moved = read(ask, id_of(ask(change(item, set_field("calendar:StartTimeZone", '<t:StartTimeZone Id="UTC"/>') +
                                       set_field("calendar:EndTimeZone", '<t:EndTimeZone Id="UTC"/>')))))
    assert (value_of(moved, "t:Start"), value_of(moved, "t:End")) == ("2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")


@pytest.mark.parametrize("address", ["index", "occurrence id"])
def test_one_occurrence_is_changed_and_another_deleted(ask, address):
    master = series(ask)

    def name(index):
        return occurrence(master, index) if address == "index" else occurrence_id(ask, master, index)

    moved = ask(change(name(2), set_field("calendar:Start", "<t:Start>2026-12-02T10:00:00Z</t:Start>") +
                       set_field("calendar:End", "<t:End>2026-12-02T11:00:00Z</t:End>"),
                       "AlwaysOverwrite" if address == "index" else "NeverOverwrite"))
    assert code(moved) == "NoError"
    assert code(ask(delete(name(3)))) == "NoError"
    found = read(ask, ews.bare(master))
    assert value_of(found, "t:ModifiedOccurrences/t:Occurrence/t:OriginalStart") == "2026-12-02T08:00:00Z"
    assert value_of(found, "t:DeletedOccurrences/t:DeletedOccurrence/t:Start") == "2026-12-03T08:00:00Z"
    exception = read(ask, id_of(moved))
    assert (value_of(exception, "t:CalendarItemType"), value_of(exception, "t:Start")) == ("Exception", "2026-12-02T10:00:00Z")
    assert code(ask(ews.get_item(occurrence(master, 3)))) == "ErrorCalendarOccurrenceIsDeletedFromRecurrence"
    assert code(ask(change(occurrence(master, 1), set_field("calendar:UID", "<t:UID>x</t:UID>"), "AlwaysOverwrite"))) == (
        "ErrorInvalidPropertySet")


def test_the_master_is_changed_through_an_occurrence(ask):
    master = series(ask)
    by_occurrence = id_of(ask(ews.get_item(occurrence(master, 2)))).replace("ItemId Id", "RecurringMasterItemId OccurrenceId")
    assert code(ask(change(by_occurrence, set_field("item:Subject", "<t:Subject>all</t:Subject>")))) == "NoError"
    assert value_of(read(ask, ews.bare(master)), "t:Subject") == "all"
    assert code(ask(ews.get_item(by_occurrence))) == "NoError"


def test_a_new_title_reaches_exceptions_that_have_none_of_their_own(ask):
    master = series(ask)
    for index, updates in ((2, set_field("calendar:Location", "<t:Location>elsewhere</t:Location>")),
                           (3, set_field("item:Subject", "<t:Subject>own</t:Subject>"))):
        assert code(ask(change(occurrence(master, index), updates, "AlwaysOverwrite"))) == "NoError"
    ask(change(ews.bare(master), set_field("item:Subject", "<t:Subject>new</t:Subject>"), "AlwaysOverwrite"))
    titles = [value_of(read(ask, occurrence(master, index)), "t:Subject") for index in (1, 2, 3)]
    assert titles == ["new", "new", "own"]
    assert value_of(read(ask, occurrence(master, 2)), "t:Location") == "elsewhere"


@pytest.mark.parametrize("updates", [
    set_field("calendar:Recurrence", DAILY.replace(">1</t:Interval", ">2</t:Interval")),
    set_field("calendar:Start", "<t:Start>2026-12-01T07:00:00Z</t:Start>"),
    set_field("calendar:StartTimeZone", '<t:StartTimeZone Id="UTC"/>') + set_field("calendar:EndTimeZone", '<t:EndTimeZone Id="UTC"/>'),
])
def test_a_change_of_the_schedule_wipes_exceptions(ask, updates):
    master = series(ask)
    ask(change(occurrence(master, 2), set_field("item:Subject", "<t:Subject>x</t:Subject>"), "AlwaysOverwrite"))
    ask(delete(occurrence(master, 3)))
    assert code(ask(change(ews.bare(master), updates, "AlwaysOverwrite"))) == "NoError"
    found = read(ask, ews.bare(master))
    assert found.find("t:ModifiedOccurrences", NS) is None and found.find("t:DeletedOccurrences", NS) is None


def test_the_same_schedule_written_again_wipes_nothing(ask):
    master = series(ask)
    ask(delete(occurrence(master, 3)))
    ask(change(ews.bare(master), set_field("calendar:Recurrence", DAILY) + set_field("calendar:Start", TIMES[:TIMES.index("<t:End>")]),
               "AlwaysOverwrite"))
    assert read(ask, ews.bare(master)).find("t:DeletedOccurrences", NS) is not None


@pytest.mark.parametrize("start", ["2026-12-01T08:30:00Z", "2026-12-03T08:30:00Z", "2026-12-03T12:00:00Z"])
def test_an_occurrence_does_not_cross_its_neighbours(ask, start):
    master = series(ask)
    end = start.replace("30:00", "45:00").replace("12:00", "12:15")
    updates = set_field("calendar:Start", as_xml("t:Start", start)) + set_field("calendar:End", as_xml("t:End", end))
    if start.startswith("2026-12-01"):
        updates = set_field("calendar:End", as_xml("t:End", end)) + updates
    assert code(ask(change(occurrence(master, 2), updates, "AlwaysOverwrite"))) == "ErrorOccurrenceCrossingBoundary"


def test_ranges_of_occurrences_are_read_at_once(ask):
    master = series(ask)
    ask(delete(occurrence(master, 3)))
    wanted = (f'<t:RecurringMasterItemIdRanges Id="{master.split(chr(34))[1]}"><t:Ranges><t:Range Start="2026-12-02T00:00:00Z" '
              'End="2026-12-05T00:00:00Z"/><t:Range Start="2026-12-05T00:00:00Z" Count="1"/></t:Ranges></t:RecurringMasterItemIdRanges>')
    found = ask(ews.get_item(wanted))
    assert [node.text[:10] for node in found.iterfind(".//t:CalendarItem/t:Start", NS)] == ["2026-12-02", "2026-12-04", "2026-12-05"]


def test_a_single_becomes_a_series_and_a_single_again(ask):
    item = id_of(ask(change(made(ask, TIMES + BERLIN), set_field("calendar:Recurrence", DAILY))))
    assert value_of(read(ask, item), "t:CalendarItemType") == "RecurringMaster"
    item = id_of(ask(change(item, delete_field("calendar:Recurrence"))))
    assert value_of(read(ask, item), "t:CalendarItemType") == "Single"


@pytest.mark.parametrize("kind, folder", [("MoveToDeletedItems", "deleteditems"), ("SoftDelete", "recoverableitemsdeletions")])
def test_a_deleted_item_lies_elsewhere_under_another_id(ask, kind, folder):
    item = made(ask, TIMES, f"<t:Subject>to {kind}</t:Subject>")
    assert code(ask(delete(item, kind=kind))) == "NoError"
    assert code(ask(ews.get_item(item))) == "ErrorItemNotFound"
    there = ask(ews.find(ews.equal_to('<t:FieldURI FieldURI="item:Subject"/>', f"to {kind}"),
                         f'<t:DistinguishedFolderId Id="{folder}"/>'))
    assert ews.bare(id_of(there)) != ews.bare(item)
    refused = ask(change(id_of(there), set_field("item:Subject", "<t:Subject>x</t:Subject>"), send="SendToAllAndSaveCopy"))
    assert code(refused) == ("ErrorCalendarCannotUpdateDeletedItem" if folder == "deleteditems" else "NoError")


def test_a_hard_delete_leaves_nothing(ask):
    item = made(ask, TIMES, "<t:Subject>gone</t:Subject>")
    assert code(ask(delete(item, kind="HardDelete"))) == "NoError"
    for folder in ("deleteditems", "calendar"):
        found = ask(ews.find(ews.equal_to('<t:FieldURI FieldURI="item:Subject"/>', "gone"), f'<t:DistinguishedFolderId Id="{folder}"/>'))
        assert found.find(".//t:ItemId", NS) is None


def test_attachments_change_the_parents_key(ask):
    item = made(ask, TIMES)
    attach = ("<m:CreateAttachment><m:ParentItemId {}/><m:Attachments><t:FileAttachment><t:Name>a.txt</t:Name>"
              "<t:Content>YQ==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>")
    first = ask(attach.format(item[10:-2]))
    root = first.find(".//t:AttachmentId", NS)
    assert root.get("RootItemChangeKey") != item.split('"')[3]
    assert id_of(ask(ews.get_item(item))).split('"')[3] == root.get("RootItemChangeKey")
    assert code(ask(attach.format(item[10:-2]))) == "ErrorIrresolvableConflict"
    gone = ask(f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{root.get("Id")}"/></m:AttachmentIds></m:DeleteAttachment>')
    key = gone.find(".//m:RootItemId", NS).get("RootItemChangeKey")
    assert key not in (root.get("RootItemChangeKey"), item.split('"')[3])


def test_an_attachment_makes_an_exception_of_an_occurrence(ask):
    master = series(ask)
    parent = occurrence_id(ask, master, 2)
    ask(f"<m:CreateAttachment><m:ParentItemId {parent[10:-2]}/><m:Attachments><t:FileAttachment><t:Name>a.txt</t:Name>"
        "<t:Content>YQ==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>")
    found = read(ask, parent)
    assert (value_of(found, "t:CalendarItemType"), value_of(found, "t:HasAttachments")) == ("Exception", "true")
    assert value_of(read(ask, ews.bare(master)), "t:HasAttachments") == "false"


FOREIGN = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x\r\nBEGIN:VEVENT\r\nUID:foreign@example.org\r\nDTSTAMP:20260101T000000Z
DTSTART:20261201T080000Z\r\nDTEND:20261201T090000Z\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE:20261203T080000Z\r\nSUMMARY:Elsewhere
SEQUENCE:3\r\nORGANIZER;CN=Otto:mailto:otto@example.org\r\nATTENDEE;CN=Ben;PARTSTAT=ACCEPTED:mailto:ben@example.com
ATTENDEE;CN=Eva;PARTSTAT=ACCEPTED:mailto:eva@example.org\r\nX-ALT-DESC;FMTTYPE=text/html:<b>hi</b>\r\nEND:VEVENT\r\nBEGIN:VEVENT
UID:foreign@example.org\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:20261202T080000Z\r\nDTSTART:20261202T100000Z
DTEND:20261202T110000Z\r\nSUMMARY:Moved\r\nORGANIZER;CN=Otto:mailto:otto@example.org\r\nATTENDEE:mailto:ben@example.com
END:VEVENT\r\nEND:VCALENDAR\r\n"""


def mime(text):
    return f'<t:MimeContent CharacterSet="UTF-8">{base64.b64encode(text.encode()).decode()}</t:MimeContent>'


def test_an_attendees_copy_is_imported_with_its_foreign_organizer(ask):
    state = extended(field('DistinguishedPropertySetId="Appointment" PropertyId="33303"', "Integer"), 3)
    item = made(ask, "<t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus>",
                mime(FOREIGN) + "<t:ReminderIsSet>false</t:ReminderIsSet>" + state)
    found = read(ask, item)
    assert [value_of(found, path) for path in (
        "t:UID", "t:Organizer/t:Mailbox/t:EmailAddress", "t:AppointmentState", "t:MyResponseType", "t:IsOrganizer",
        "t:AppointmentSequenceNumber", "t:CalendarItemType", "t:ReminderIsSet")] == [
        "foreign@example.org", "otto@example.org", "3", "NoResponseReceived", "false", "3", "RecurringMaster", "false"]
    assert {node.text for node in found.iterfind(".//t:RequiredAttendees//t:ResponseType", NS)} == {"Unknown"}
    assert value_of(found, "t:DeletedOccurrences/t:DeletedOccurrence/t:Start") == "2026-12-03T08:00:00Z"
    assert value_of(found, "t:ModifiedOccurrences/t:Occurrence/t:Start") == "2026-12-02T10:00:00Z"
    answer = field('DistinguishedPropertySetId="Appointment" PropertyId="33304"', "Integer")
    item = id_of(ask(change(item, set_field(answer, extended(answer, 3)))))
    assert value_of(read(ask, item), "t:MyResponseType") == "Accept"


def test_mime_content_replaces_an_item_but_not_its_identity(ask):
    item = made(ask, "", mime(FOREIGN))
    other = FOREIGN.replace("Elsewhere", "Again").replace("foreign@", "other@")
    found = read(ask, id_of(ask(change(item, set_field("item:MimeContent", mime(other))))))
    assert (value_of(found, "t:Subject"), value_of(found, "t:UID")) == ("Again", "foreign@example.org")
    assert found.find("t:ModifiedOccurrences", NS) is not None


@pytest.mark.parametrize("content, expected", [
    ("<t:MimeContent>%%%</t:MimeContent>", "ErrorMimeContentInvalidBase64String"),
    ("<t:MimeContent></t:MimeContent>", "ErrorMimeContentInvalid"),
    (mime("BEGIN:NONSENSE"), "ErrorMimeContentConversionFailed"),
    (mime(FOREIGN.replace("FREQ=DAILY;COUNT=4", "FREQ=HOURLY")), "ErrorMimeContentConversionFailed"),
])
def test_what_cannot_be_imported_is_refused(ask, start, content, expected):
    loose = start("--mailbox", BEN)  # the schema itself refuses the first
    assert codes(loose.soap(create(f"<t:CalendarItem>{content}</t:CalendarItem>"), BEN)) == [expected]


@pytest.mark.parametrize("body, expected", [
    (create("<t:CalendarItem>" + TIMES + "</t:CalendarItem>", send=None), "ErrorSendMeetingInvitationsRequired"),
    (create("<t:CalendarItem>" + TIMES + "</t:CalendarItem>", folder='<t:DistinguishedFolderId Id="inbox"/>'),
     "ErrorCannotCreateCalendarItemInNonCalendarFolder"),
    (create("<t:CalendarItem><t:Subject>x</t:Subject></t:CalendarItem>"), "ErrorCalendarInvalidPropertyState"),
    (create("<t:Message><t:Subject>x</t:Subject></t:Message>"), "ErrorInvalidItemForOperationCreateItem"),
    (create("<t:CalendarItem>" + TIMES + '<t:StartTimeZone Id="Nowhere Time"/></t:CalendarItem>'), "ErrorCalendarInvalidTimeZone"),
])
def test_wrong_creates_are_refused(ask, body, expected):
    assert code(ask(body)) == expected


def test_mails_are_counted_by_mode(ask, world):
    before = len(world.control("GET", "mails"))
    people = ("<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>x@x.org</t:EmailAddress></t:Mailbox></t:Attendee>"
              "</t:RequiredAttendees>")
    silent = made(ask, TIMES + people)
    loud = made(ask, TIMES + people, send="SendOnlyToAll")
    assert value_of(read(ask, loud), "t:MeetingRequestWasSent") == "true"
    loud = id_of(ask(change(loud, set_field("item:Subject", "<t:Subject>x</t:Subject>"), send="SendToAllAndSaveCopy")))
    assert value_of(read(ask, loud), "t:AppointmentSequenceNumber") == "1"
    ask(delete(loud, send="SendToAllAndSaveCopy"))
    ask(change(silent, set_field("item:Subject", "<t:Subject>x</t:Subject>")))
    assert [(mail["kind"], mail["mode"]) for mail in world.control("GET", "mails")[before:]] == [
        ("invitation", "SendOnlyToAll"), ("update", "SendToAllAndSaveCopy"), ("cancellation", "SendToAllAndSaveCopy")]


def test_a_save_that_sends_makes_a_meeting_of_an_appointment(ask):
    item = made(ask, TIMES)
    item = id_of(ask(change(item, set_field("item:Subject", "<t:Subject>x</t:Subject>"), send="SendToAllAndSaveCopy")))
    assert value_of(read(ask, item), "t:IsMeeting") == "true"
