# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of answer validates against Microsoft's schema."""
import pytest

import ews
from conftest import NS, schema_folder
from ews import check

ANNA = "anna@example.com"


def every_id(simulator, mailbox):
    return [item["item_id"] for item in simulator.control("GET", f"mailboxes/{mailbox}/items")]


@pytest.mark.parametrize("mailbox", [ANNA, "user0001@example.com"])
def test_every_item_with_every_property_is_valid(simulator, schema, mailbox):
    tree = check(schema, simulator.soap(ews.get_item(*every_id(simulator, mailbox)), mailbox))
    assert set(tree.xpath("//m:ResponseCode/text()", namespaces=NS)) == {"NoError"}


def test_all_properties_shape_is_valid(simulator, schema):
    shape = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:BodyType>HTML</t:BodyType></m:ItemShape>"
    check(schema, simulator.soap(ews.get_item(*every_id(simulator, ANNA), shape=shape), ANNA))


def test_exceptions_and_occurrences_are_valid(simulator, schema):
    master = ews.ids_by_uid(simulator, ANNA)["weekly@example.com"]["item_id"]
    wanted = [f'<t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="{i}"/>' for i in (1, 3, 5, 99)]
    answer = simulator.soap(ews.get_item(*wanted), ANNA)
    check(schema, answer)
    assert ews.codes(answer) == ["NoError", "ErrorCalendarOccurrenceIsDeletedFromRecurrence", "NoError",
                                 "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"]


@pytest.mark.parametrize("body", [
    '<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape><m:FolderIds>'
    '<t:DistinguishedFolderId Id="calendar"/><t:DistinguishedFolderId Id="inbox"/><t:DistinguishedFolderId Id="journal"/>'
    '</m:FolderIds></m:GetFolder>',
    '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
    '<t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:FolderClass"/>'
    '<t:ExtendedFieldURI PropertyTag="0x10F4" PropertyType="Boolean"/></t:AdditionalProperties></m:FolderShape>'
    '<m:IndexedPageFolderView MaxEntriesReturned="100" Offset="0" BasePoint="Beginning"/><m:Restriction><t:IsEqualTo>'
    '<t:FieldURI FieldURI="folder:FolderClass"/><t:FieldURIOrConstant><t:Constant Value="IPF.Appointment"/>'
    '</t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/>'
    '</m:ParentFolderIds></m:FindFolder>',
    '<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape></m:SyncFolderHierarchy>',
    ews.sync(),
    ews.sync(state="nonsense"),
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
    '<m:IndexedPageItemView MaxEntriesReturned="5" Offset="2" BasePoint="Beginning"/><m:ParentFolderIds>'
    '<t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>',
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
    '<m:CalendarView StartDate="2026-03-01T00:00:00Z" EndDate="2026-06-01T00:00:00Z"/><m:ParentFolderIds>'
    '<t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>',
    '<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>anna@example.com</m:UnresolvedEntry></m:ResolveNames>',
    '<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>user</m:UnresolvedEntry></m:ResolveNames>',
    '<m:ResolveNames ReturnFullContactData="false"><m:UnresolvedEntry>nobody</m:UnresolvedEntry></m:ResolveNames>',
    '<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>',
    '<m:GetServerTimeZones ReturnFullTimeZoneData="false"><m:Ids><t:Id>W. Europe Standard Time</t:Id></m:Ids></m:GetServerTimeZones>',
    '<m:ConvertId DestinationFormat="EntryId"><m:SourceIds><t:AlternateId Format="EwsId" Id="AAAA" Mailbox="a@x"/>'
    '</m:SourceIds></m:ConvertId>',
    '<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time>'
    '<t:DayOrder>1</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime>'
    '<t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>1</t:DayOrder><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>'
    '</t:DaylightTime></t:TimeZone><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>anna@example.com</t:Address></t:Email>'
    '<t:AttendeeType>Required</t:AttendeeType></t:MailboxData><t:MailboxData><t:Email><t:Address>no@example.com</t:Address>'
    '</t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData></m:MailboxDataArray><t:FreeBusyViewOptions>'
    '<t:TimeWindow><t:StartTime>2026-03-01T00:00:00</t:StartTime><t:EndTime>2026-03-20T00:00:00</t:EndTime></t:TimeWindow>'
    '<t:MergedFreeBusyIntervalInMinutes>60</t:MergedFreeBusyIntervalInMinutes><t:RequestedView>DetailedMerged</t:RequestedView>'
    '</t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>',
])
def test_other_answers_are_valid(simulator, schema, body):
    check(schema, simulator.soap(body, ANNA))


def test_attachments_are_valid(simulator, schema):
    tree = ews.root(simulator.soap(ews.get_item(ews.ids_by_uid(simulator, ANNA)["html@example.com"]["item_id"]), ANNA))
    ids = [node.get("Id") for node in tree.iter("{%s}AttachmentId" % NS["t"])]
    answer = check(schema, simulator.soap(ews.get_attachment(*ids, "AAAA"), ANNA))
    assert ews.text(answer, ".//t:FileAttachment/t:Content") == "iVBORw=="
    assert ews.text(answer, ".//t:ReferenceAttachment/t:AttachLongPathName") == "https://files.example.com/a.pdf"


def test_writing_answers_are_valid(simulator, schema):
    created = check(schema, simulator.soap(
        '<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items><t:CalendarItem><t:Subject>Weekly</t:Subject>'
        '<t:Body BodyType="Text">agenda</t:Body><t:ReminderIsSet>true</t:ReminderIsSet><t:UID>made@example.com</t:UID>'
        '<t:Start>2026-12-01T08:00:00Z</t:Start><t:End>2026-12-01T09:00:00Z</t:End><t:RequiredAttendees><t:Attendee>'
        '<t:Mailbox><t:EmailAddress>anna@example.com</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>'
        '<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Tuesday</t:DaysOfWeek></t:WeeklyRecurrence>'
        '<t:NumberedRecurrence><t:StartDate>2026-12-01</t:StartDate><t:NumberOfOccurrences>4</t:NumberOfOccurrences>'
        '</t:NumberedRecurrence></t:Recurrence><t:StartTimeZone Id="W. Europe Standard Time"/></t:CalendarItem></m:Items>'
        '</m:CreateItem>', "ben@example.com"))
    made = created.find(".//t:ItemId", NS)
    updated = check(schema, simulator.soap(ews.update(made.get("Id"), made.get("ChangeKey"), [
        ("item:Subject", "<t:Subject>New</t:Subject>")]), "ben@example.com"))
    made = updated.find(".//t:ItemId", NS)
    attached = check(schema, simulator.soap(
        f'<m:CreateAttachment><m:ParentItemId Id="{made.get("Id")}"/><m:Attachments><t:FileAttachment><t:Name>a.txt</t:Name>'
        '<t:Content>YQ==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>', "ben@example.com"))
    attachment = attached.find(".//t:AttachmentId", NS).get("Id")
    check(schema, simulator.soap(f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{attachment}"/></m:AttachmentIds>'
                                 '</m:DeleteAttachment>', "ben@example.com"))
    check(schema, simulator.soap(
        '<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderId><m:Folders>'
        '<t:CalendarFolder><t:DisplayName>Second</t:DisplayName></t:CalendarFolder></m:Folders></m:CreateFolder>',
        "ben@example.com"))
    check(schema, simulator.soap(
        f'<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="deleteditems"/></m:ToFolderId><m:ItemIds>'
        f'<t:ItemId Id="{made.get("Id")}"/></m:ItemIds></m:MoveItem>', "ben@example.com"))
    check(schema, simulator.soap(
        f'<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>'
        f'<t:ItemId Id="{made.get("Id")}"/></m:ItemIds></m:DeleteItem>', "ben@example.com"))
    assert [mail["kind"] for mail in simulator.control("GET", "mails")] == ["invitation"]


def test_a_request_in_the_wrong_order_is_refused_when_the_schema_is_given(start, schema):
    simulator = start("--mailbox", "a@example.com", "--schema", str(schema_folder()))
    assert ews.codes(simulator.soap(ews.sync(), "a@example.com")) == ["NoError"]
    wrong = ("<m:SyncFolderItems><m:SyncFolderId><t:DistinguishedFolderId Id=\"calendar\"/></m:SyncFolderId><m:ItemShape>"
             "<t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:MaxChangesReturned>5</m:MaxChangesReturned></m:SyncFolderItems>")
    status, _, body = simulator.soap(wrong, "a@example.com")
    assert status == 500 and b"ErrorSchemaValidation" in body and b"SyncFolderId" in body
