# SPDX-License-Identifier: GPL-3.0-or-later
"""EWS requests as text and small readers of answers, by hand, so that no client library hides a detail."""
from lxml import etree

from conftest import NS

ALL_FIELDS = """item:Subject item:Sensitivity item:Body item:TextBody item:NormalizedBody item:Attachments
item:HasAttachments item:Categories item:Importance item:DateTimeCreated item:LastModifiedTime item:LastModifiedName
item:ReminderIsSet item:ReminderMinutesBeforeStart item:ItemClass item:ParentFolderId item:EffectiveRights item:Culture
calendar:UID calendar:RecurrenceId calendar:DateTimeStamp calendar:Start calendar:End calendar:OriginalStart
calendar:IsAllDayEvent calendar:LegacyFreeBusyStatus calendar:Location calendar:EnhancedLocation calendar:IsMeeting
calendar:IsCancelled calendar:IsRecurring calendar:MeetingRequestWasSent calendar:IsResponseRequested
calendar:CalendarItemType calendar:MyResponseType calendar:IsOrganizer calendar:Organizer calendar:RequiredAttendees
calendar:OptionalAttendees calendar:Resources calendar:AppointmentReplyTime calendar:AppointmentSequenceNumber
calendar:AppointmentState calendar:Recurrence calendar:FirstOccurrence calendar:LastOccurrence
calendar:ModifiedOccurrences calendar:DeletedOccurrences calendar:StartTimeZone calendar:EndTimeZone
calendar:AllowNewTimeProposal calendar:JoinOnlineMeetingUrl calendar:StartWallClock calendar:StartTimeZoneId""".split()

GLOBAL_IDS = ('<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="3" PropertyType="Binary"/>'
              '<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="35" PropertyType="Binary"/>')

CALENDAR = '<t:DistinguishedFolderId Id="calendar"/>'


def root(answer):
    status, _, body = answer
    assert status == 200, (status, body)
    return etree.fromstring(body)


def check(schema, answer):
    """The answer as a tree, after it passed the schema."""
    tree = root(answer)
    schema.assertValid(tree)
    return tree


def codes(answer):
    return [element.text for element in root(answer).iter("{%s}ResponseCode" % NS["m"])]


def text(node, path):
    found = node.find(path, NS)
    return None if found is None else found.text


def full_shape():
    fields = "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in ALL_FIELDS)
    return ("<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:BodyType>Best</t:BodyType><t:AdditionalProperties>"
            f"{fields}{GLOBAL_IDS}</t:AdditionalProperties></m:ItemShape>")


def get_item(*ids, shape=None):
    listed = "".join(one if one.startswith("<") else f'<t:ItemId Id="{one}"/>' for one in ids)
    return f"<m:GetItem>{shape or full_shape()}<m:ItemIds>{listed}</m:ItemIds></m:GetItem>"


def sync(state=None, most=512, folder=CALENDAR):
    old = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return ("<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            f"<m:SyncFolderId>{folder}</m:SyncFolderId>{old}<m:MaxChangesReturned>{most}</m:MaxChangesReturned>"
            "</m:SyncFolderItems>")


def get_attachment(*ids):
    listed = "".join(f'<t:AttachmentId Id="{one}"/>' for one in ids)
    return f"<m:GetAttachment><m:AttachmentIds>{listed}</m:AttachmentIds></m:GetAttachment>"


def update(item_id, change_key, sets, resolution="NeverOverwrite", send="SendToNone"):
    updates = "".join(f'<t:SetItemField><t:FieldURI FieldURI="{uri}"/><t:CalendarItem>{xml}</t:CalendarItem></t:SetItemField>'
                      for uri, xml in sets)
    attribute = f' SendMeetingInvitationsOrCancellations="{send}"' if send else ""
    return (f'<m:UpdateItem ConflictResolution="{resolution}"{attribute}><m:ItemChanges><t:ItemChange>'
            f'<t:ItemId Id="{item_id}" ChangeKey="{change_key}"/><t:Updates>{updates}</t:Updates>'
            "</t:ItemChange></m:ItemChanges></m:UpdateItem>")


def read_changes(simulator, mailbox, state=None, most=512):
    """All changes since the state, as (kind, item id), the new state, and the number of calls."""
    changes, calls = [], 0
    while True:
        answer = root(simulator.soap(sync(state, most), mailbox))
        calls += 1
        message = answer.find(".//m:SyncFolderItemsResponseMessage", NS)
        state = text(message, "m:SyncState")
        for change in message.find("m:Changes", NS):
            item = change.find(".//t:ItemId", NS)
            changes.append((etree.QName(change).localname, item.get("Id")))
        if text(message, "m:IncludesLastItemInRange") == "true":
            return changes, state, calls


def ids_by_uid(simulator, mailbox):
    return {item["uid"]: item for item in simulator.control("GET", f"mailboxes/{mailbox}/items")}


def create(items, send="SendToNone", folder=None, disposition=None):
    """CreateItem of one or more elements given as XML."""
    attributes = f' SendMeetingInvitations="{send}"' if send else ""
    attributes += f' MessageDisposition="{disposition}"' if disposition else ""
    target = f"<m:SavedItemFolderId>{folder}</m:SavedItemFolderId>" if folder else ""
    return f"<m:CreateItem{attributes}>{target}<m:Items>{items}</m:Items></m:CreateItem>"


def change(item, updates, resolution="NeverOverwrite", send="SendToNone"):
    """UpdateItem; `item` is an id element, `updates` Set-, AppendTo- and DeleteItemField elements."""
    attribute = f' SendMeetingInvitationsOrCancellations="{send}"' if send else ""
    return (f'<m:UpdateItem ConflictResolution="{resolution}"{attribute}><m:ItemChanges><t:ItemChange>{item}'
            f"<t:Updates>{updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>")


def set_field(uri, xml, action="SetItemField"):
    path = uri if uri.startswith("<") else f'<t:FieldURI FieldURI="{uri}"/>'
    return f"<t:{action}>{path}<t:CalendarItem>{xml}</t:CalendarItem></t:{action}>"


def delete_field(uri):
    path = uri if uri.startswith("<") else f'<t:FieldURI FieldURI="{uri}"/>'
    return f"<t:DeleteItemField>{path}</t:DeleteItemField>"


def delete(*ids, kind="MoveToDeletedItems", send="SendToNone"):
    return (f'<m:DeleteItem DeleteType="{kind}" SendMeetingCancellations="{send}"><m:ItemIds>{"".join(ids)}</m:ItemIds>'
            "</m:DeleteItem>")


def find(restriction, folder=CALENDAR, fields=()):
    named = "".join(f'<t:FieldURI FieldURI="{name}"/>' for name in fields)
    more = f"<t:AdditionalProperties>{named}</t:AdditionalProperties>" if named else ""
    return (f'<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>{more}</m:ItemShape>'
            '<m:IndexedPageItemView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/>'
            f"<m:Restriction>{restriction}</m:Restriction><m:ParentFolderIds>{folder}</m:ParentFolderIds></m:FindItem>")


def equal_to(path, value):
    return (f'<t:IsEqualTo>{path}<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
            "</t:IsEqualTo>")


def id_of(tree):
    """The first ItemId of an answer, as an element to send back, with its change key."""
    found = tree.find(".//t:ItemId", NS)
    return f'<t:ItemId Id="{found.get("Id")}" ChangeKey="{found.get("ChangeKey")}"/>'


def bare(item):
    """An id element without its change key."""
    return item[:item.index(" ChangeKey=")] + "/>"


EVENTS = ("CreatedEvent", "ModifiedEvent", "DeletedEvent", "MovedEvent")


def scope(folders=CALENDAR, events=EVENTS):
    listed = "".join(f"<t:EventType>{name}</t:EventType>" for name in events)
    return (f"<t:FolderIds>{folders}</t:FolderIds>" if folders else "") + f"<t:EventTypes>{listed}</t:EventTypes>"


def subscribe_push(url, minutes=1, folders=CALENDAR, events=EVENTS, watermark=None):
    everything = "" if folders else ' SubscribeToAllFolders="true"'
    mark = f"<t:Watermark>{watermark}</t:Watermark>" if watermark else ""
    return (f"<m:Subscribe><m:PushSubscriptionRequest{everything}>{scope(folders, events)}{mark}"
            f"<t:StatusFrequency>{minutes}</t:StatusFrequency><t:URL>{url}</t:URL></m:PushSubscriptionRequest></m:Subscribe>")


def subscribe_streaming(folders=CALENDAR, events=EVENTS):
    everything = "" if folders else ' SubscribeToAllFolders="true"'
    return (f"<m:Subscribe><m:StreamingSubscriptionRequest{everything}>{scope(folders, events)}"
            "</m:StreamingSubscriptionRequest></m:Subscribe>")


def subscribe_pull(minutes=10, watermark=None):
    mark = f"<t:Watermark>{watermark}</t:Watermark>" if watermark else ""
    return (f"<m:Subscribe><m:PullSubscriptionRequest>{scope()}{mark}<t:Timeout>{minutes}</t:Timeout></m:PullSubscriptionRequest>"
            "</m:Subscribe>")


def unsubscribe(subscription):
    return f"<m:Unsubscribe><m:SubscriptionId>{subscription}</m:SubscriptionId></m:Unsubscribe>"


def get_events(subscription, watermark):
    return (f"<m:GetEvents><m:SubscriptionId>{subscription}</m:SubscriptionId><m:Watermark>{watermark}</m:Watermark>"
            "</m:GetEvents>")


def get_streaming_events(*subscriptions, minutes=1):
    listed = "".join(f"<t:SubscriptionId>{one}</t:SubscriptionId>" for one in subscriptions)
    return (f"<m:GetStreamingEvents><m:SubscriptionIds>{listed}</m:SubscriptionIds><m:ConnectionTimeout>{minutes}"
            "</m:ConnectionTimeout></m:GetStreamingEvents>")
