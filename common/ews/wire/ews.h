// SPDX-License-Identifier: GPL-3.0-or-later
// EWS wire model, calendar subset: the interface header for soapcpp2. NOT a C++ header; the code is generated at build time.
// Order of members = order of elements in the schema (xs:sequence), base class first. Pointer = optional, std::vector =
// repeated, @ = attribute. A choice is "at most one pointer set", or parallel vectors: alternatives that are not listed
// (Task, Contact, ...) are skipped by the parser and never an error.
// Numbers, booleans, dates and enumerated values of what is READ are text: one unknown or bad value must not fail a whole
// answer. The mapping layer makes sense of them.
#import "stlvector.h"

//gsoap t schema namespace:     http://schemas.microsoft.com/exchange/services/2006/types
//gsoap t schema elementForm:   qualified
//gsoap t schema attributeForm: unqualified
//gsoap m schema namespace:     http://schemas.microsoft.com/exchange/services/2006/messages
//gsoap m schema elementForm:   qualified
//gsoap m schema attributeForm: unqualified
//gsoap e schema namespace:     http://schemas.microsoft.com/exchange/services/2006/errors
//gsoap e schema elementForm:   qualified

// Wire text kept verbatim: 'Z', offsets and floating times survive.
typedef std::string xsd__dateTime;
typedef std::string xsd__date;
typedef std::string xsd__time;
typedef std::string xsd__duration;
class xsd__base64Binary { unsigned char *__ptr; int __size; };

// --- SOAP header and fault detail ------------------------------------------------
class t__RequestServerVersionType { public: @std::string Version; };
class t__ServerVersionInfoType { public: @std::string *MajorVersion 0; @std::string *MinorVersion 0; @std::string *MajorBuildNumber 0; @std::string *MinorBuildNumber 0; @std::string *Version 0; };
class t__ConnectingSIDType { public: std::string *PrincipalName 0; std::string *SID 0; std::string *PrimarySmtpAddress 0; std::string *SmtpAddress 0; };
class t__ExchangeImpersonationType { public: t__ConnectingSIDType *ConnectingSID 1; };

// --- ids ---------------------------------------------------------------------------
class t__ItemIdType { public: @std::string Id; @std::string ChangeKey 0 = ""; };
class t__FolderIdType { public: @std::string Id; @std::string ChangeKey 0 = ""; };
class t__OccurrenceItemIdType { public: @std::string RecurringMasterId; @std::string ChangeKey 0 = ""; @int InstanceIndex; };
class t__RecurringMasterItemIdType { public: @std::string OccurrenceId; @std::string ChangeKey 0 = ""; };
class t__EmailAddressType { public: std::string *Name 0; std::string *EmailAddress 0; std::string *RoutingType 0; std::string *MailboxType 0; t__ItemIdType *ItemId 0; };
class t__DistinguishedFolderIdType { public: t__EmailAddressType *Mailbox 0; @std::string Id; @std::string ChangeKey 0 = ""; };
class t__TargetFolderIdType { public: t__FolderIdType *FolderId 0; t__DistinguishedFolderIdType *DistinguishedFolderId 0; };
class t__BaseFolderIds { public: std::vector<t__FolderIdType> FolderId 0; std::vector<t__DistinguishedFolderIdType> DistinguishedFolderId 0; };
class t__BaseItemIds { public: std::vector<t__ItemIdType> ItemId 0; std::vector<t__OccurrenceItemIdType> OccurrenceItemId 0; std::vector<t__RecurringMasterItemIdType> RecurringMasterItemId 0; };

// --- property paths, shapes -----------------------------------------------------------
class t__PathToUnindexedFieldType { public: @std::string FieldURI; };
class t__PathToIndexedFieldType { public: @std::string FieldURI; @std::string FieldIndex; };
class t__PathToExtendedFieldType { public: @std::string DistinguishedPropertySetId 0 = ""; @std::string PropertySetId 0 = ""; @std::string PropertyTag 0 = ""; @std::string PropertyName 0 = ""; @int *PropertyId 0; @std::string PropertyType; };
class t__ArrayOfValues { public: std::vector<std::string> Value 0; };
class t__ExtendedPropertyType { public: t__PathToExtendedFieldType ExtendedFieldURI 1; std::string *Value 0; t__ArrayOfValues *Values 0; };
class t__Paths { public: std::vector<t__PathToUnindexedFieldType> FieldURI 0; std::vector<t__PathToIndexedFieldType> IndexedFieldURI 0; std::vector<t__PathToExtendedFieldType> ExtendedFieldURI 0; };
class t__ItemResponseShapeType { public: std::string BaseShape; bool *IncludeMimeContent 0; std::string *BodyType 0; t__Paths *AdditionalProperties 0; };

// --- item ------------------------------------------------------------------------------
class t__BodyType { public: std::string __item; @std::string BodyType; @std::string *IsTruncated 0; };
class t__ArrayOfStringsType { public: std::vector<std::string> String 0; };
class t__AttachmentIdType { public: @std::string Id; @std::string RootItemId 0 = ""; @std::string RootItemChangeKey 0 = ""; };
class t__AttachmentType { public: t__AttachmentIdType *AttachmentId 0; std::string *Name 0; std::string *ContentType 0; std::string *ContentId 0; std::string *ContentLocation 0; std::string *Size 0; xsd__dateTime *LastModifiedTime 0; std::string *IsInline 0; };
class t__FileAttachmentType : public t__AttachmentType { public: std::string *IsContactPhoto 0; xsd__base64Binary *Content 0; };
class t__ReferenceAttachmentType : public t__AttachmentType { public: std::string *AttachLongPathName 0; std::string *ProviderType 0; };
class t__Attachments { public: std::vector<t__AttachmentType*> ItemAttachment 0; std::vector<t__FileAttachmentType*> FileAttachment 0; std::vector<t__ReferenceAttachmentType*> ReferenceAttachment 0; };
class t__MimeContentType { public: std::string __item; @std::string CharacterSet 0 = ""; };   // base64 as text
class t__ItemType {
 public:
  t__MimeContentType *MimeContent 0;
  t__ItemIdType *ItemId 0;
  t__FolderIdType *ParentFolderId 0;
  std::string *ItemClass 0;
  std::string *Subject 0;
  std::string *Sensitivity 0;
  t__BodyType *Body 0;
  t__Attachments *Attachments 0;
  xsd__dateTime *DateTimeReceived 0;
  std::string *Size 0;
  t__ArrayOfStringsType *Categories 0;
  std::string *Importance 0;
  std::string *IsDraft 0;
  xsd__dateTime *DateTimeSent 0;
  xsd__dateTime *DateTimeCreated 0;
  xsd__dateTime *ReminderDueBy 0;
  std::string *ReminderIsSet 0;
  std::string *ReminderMinutesBeforeStart 0;
  std::string *HasAttachments 0;
  std::vector<t__ExtendedPropertyType> ExtendedProperty 0;
  std::string *Culture 0;
  std::string *LastModifiedName 0;
  xsd__dateTime *LastModifiedTime 0;
  std::string *IsAssociated 0;
  t__BodyType *TextBody 0;
};

// --- recurrence --------------------------------------------------------------------------
class t__RelativeYearly { public: std::string DaysOfWeek; std::string DayOfWeekIndex; std::string Month; };
class t__AbsoluteYearly { public: std::string DayOfMonth; std::string Month; };
class t__RelativeMonthly { public: std::string Interval; std::string DaysOfWeek; std::string DayOfWeekIndex; };
class t__AbsoluteMonthly { public: std::string Interval; std::string DayOfMonth; };
class t__Weekly { public: std::string Interval; std::string DaysOfWeek; std::string *FirstDayOfWeek 0; };
class t__Daily { public: std::string Interval; };
class t__NoEnd { public: xsd__date StartDate; };
class t__EndDate { public: xsd__date StartDate; xsd__date EndDate; };
class t__Numbered { public: xsd__date StartDate; std::string NumberOfOccurrences; };
class t__RecurrenceType {
 public:
  t__RelativeYearly *RelativeYearlyRecurrence 0;  t__AbsoluteYearly *AbsoluteYearlyRecurrence 0;
  t__RelativeMonthly *RelativeMonthlyRecurrence 0; t__AbsoluteMonthly *AbsoluteMonthlyRecurrence 0;
  t__Weekly *WeeklyRecurrence 0; t__Daily *DailyRecurrence 0;
  t__NoEnd *NoEndRecurrence 0; t__EndDate *EndDateRecurrence 0; t__Numbered *NumberedRecurrence 0;
};
class t__OccurrenceInfoType { public: t__ItemIdType ItemId 1; xsd__dateTime Start; xsd__dateTime End; xsd__dateTime OriginalStart; };
class t__Occurrences { public: std::vector<t__OccurrenceInfoType> Occurrence 0; };
class t__DeletedOccurrenceInfoType { public: xsd__dateTime Start; };
class t__DeletedOccurrences { public: std::vector<t__DeletedOccurrenceInfoType> DeletedOccurrence 0; };

// --- time zone -------------------------------------------------------------------------------
class t__PeriodType { public: @xsd__duration Bias; @std::string Name; @std::string Id; };
class t__Periods { public: std::vector<t__PeriodType> Period 0; };
class t__TransitionTargetType { public: std::string __item; @std::string Kind; };
class t__TransitionType { public: t__TransitionTargetType To 1; };
class t__AbsoluteDateTransitionType : public t__TransitionType { public: xsd__dateTime DateTime; };
class t__RecurringDayTransitionType : public t__TransitionType { public: xsd__duration TimeOffset; std::string Month; std::string DayOfWeek; std::string Occurrence; };
class t__RecurringDateTransitionType : public t__TransitionType { public: xsd__duration TimeOffset; std::string Month; std::string Day; };
class t__Transitions { public: @std::string *Id 0; std::vector<t__TransitionType*> Transition 0; std::vector<t__AbsoluteDateTransitionType*> AbsoluteDateTransition 0; std::vector<t__RecurringDayTransitionType*> RecurringDayTransition 0; std::vector<t__RecurringDateTransitionType*> RecurringDateTransition 0; };
class t__TransitionsGroups { public: std::vector<t__Transitions> TransitionsGroup 0; };
class t__TimeZoneDefinitionType { public: @std::string Id 0 = ""; @std::string Name 0 = ""; t__Periods *Periods 0; t__TransitionsGroups *TransitionsGroups 0; t__Transitions *Transitions 0; };
class t__TimeZoneContextType { public: t__TimeZoneDefinitionType *TimeZoneDefinition 1; };

// --- calendar item, meeting messages -----------------------------------------------------------
class t__SingleRecipientType { public: t__EmailAddressType *Mailbox 1; };
class t__AttendeeType { public: t__EmailAddressType *Mailbox 1; std::string *ResponseType 0; xsd__dateTime *LastResponseTime 0; xsd__dateTime *ProposedStart 0; xsd__dateTime *ProposedEnd 0; };
class t__Attendees { public: std::vector<t__AttendeeType> Attendee 0; };
class t__CalendarItemType : public t__ItemType {
 public:
  std::string *UID 0;
  xsd__dateTime *RecurrenceId 0;
  xsd__dateTime *DateTimeStamp 0;
  xsd__dateTime *Start 0;
  xsd__dateTime *End 0;
  xsd__dateTime *OriginalStart 0;
  std::string *IsAllDayEvent 0;
  std::string *LegacyFreeBusyStatus 0;
  std::string *Location 0;
  std::string *IsMeeting 0;
  std::string *IsCancelled 0;
  std::string *IsRecurring 0;
  std::string *MeetingRequestWasSent 0;
  std::string *IsResponseRequested 0;
  std::string *CalendarItemType 0;
  std::string *MyResponseType 0;
  t__SingleRecipientType *Organizer 0;
  t__Attendees *RequiredAttendees 0;
  t__Attendees *OptionalAttendees 0;
  t__Attendees *Resources 0;
  std::string *Duration 0;
  std::string *TimeZone 0;
  xsd__dateTime *AppointmentReplyTime 0;
  std::string *AppointmentSequenceNumber 0;
  std::string *AppointmentState 0;
  t__RecurrenceType *Recurrence 0;
  t__OccurrenceInfoType *FirstOccurrence 0;
  t__OccurrenceInfoType *LastOccurrence 0;
  t__Occurrences *ModifiedOccurrences 0;
  t__DeletedOccurrences *DeletedOccurrences 0;
  t__TimeZoneDefinitionType *StartTimeZone 0;
  t__TimeZoneDefinitionType *EndTimeZone 0;
  std::string *AllowNewTimeProposal 0;
  std::string *IsOnlineMeeting 0;
  std::string *StartTimeZoneId 0;
  std::string *EndTimeZoneId 0;
  std::string *JoinOnlineMeetingUrl 0;
  std::string *IsOrganizer 0;
};
class t__MeetingMessageType : public t__ItemType { public: t__ItemIdType *AssociatedCalendarItemId 0; std::string *IsDelegated 0; std::string *IsOutOfDate 0; std::string *HasBeenProcessed 0; std::string *ResponseType 0; std::string *UID 0; xsd__dateTime *RecurrenceId 0; xsd__dateTime *DateTimeStamp 0; };
class t__ResponseObjectType { public: t__BodyType *Body 0; t__ItemIdType *ReferenceItemId 0; };
class t__Items {   // xs:choice, repeated: what the service handles; the rest is skipped
 public:
  std::vector<t__ItemType*> Item 0; std::vector<t__ItemType*> Message 0;
  std::vector<t__CalendarItemType*> CalendarItem 0;
  std::vector<t__MeetingMessageType*> MeetingMessage 0; std::vector<t__MeetingMessageType*> MeetingRequest 0;
  std::vector<t__MeetingMessageType*> MeetingResponse 0; std::vector<t__MeetingMessageType*> MeetingCancellation 0;
  std::vector<t__ResponseObjectType*> AcceptItem 0; std::vector<t__ResponseObjectType*> TentativelyAcceptItem 0;
  std::vector<t__ResponseObjectType*> DeclineItem 0;
};

// --- operations: requests ---------------------------------------------------------------------
class m__GetItemType { public: t__ItemResponseShapeType ItemShape 1; t__BaseItemIds ItemIds 1; };
class m__CreateItemType { public: t__TargetFolderIdType *SavedItemFolderId 0; t__Items Items 1; @std::string MessageDisposition 0 = ""; @std::string SendMeetingInvitations 0 = ""; };
class t__SetItemFieldType { public: t__PathToUnindexedFieldType *FieldURI 0; t__PathToIndexedFieldType *IndexedFieldURI 0; t__PathToExtendedFieldType *ExtendedFieldURI 0; t__CalendarItemType *CalendarItem 0; };
class t__DeleteItemFieldType { public: t__PathToUnindexedFieldType *FieldURI 0; t__PathToIndexedFieldType *IndexedFieldURI 0; t__PathToExtendedFieldType *ExtendedFieldURI 0; };
class t__Updates { public: std::vector<t__SetItemFieldType> SetItemField 0; std::vector<t__DeleteItemFieldType> DeleteItemField 0; };
class t__ItemChangeType { public: t__ItemIdType *ItemId 0; t__OccurrenceItemIdType *OccurrenceItemId 0; t__RecurringMasterItemIdType *RecurringMasterItemId 0; t__Updates Updates 1; };
class t__ItemChanges { public: std::vector<t__ItemChangeType> ItemChange; };
class m__UpdateItemType { public: t__ItemChanges ItemChanges 1; @std::string ConflictResolution; @std::string MessageDisposition 0 = ""; @std::string SendMeetingInvitationsOrCancellations 0 = ""; };
class m__DeleteItemType { public: t__BaseItemIds ItemIds 1; @std::string DeleteType; @std::string SendMeetingCancellations 0 = ""; };
class t__IgnoreIds { public: std::vector<t__ItemIdType> ItemId 0; };
class m__SyncFolderItemsType { public: t__ItemResponseShapeType ItemShape 1; t__TargetFolderIdType SyncFolderId 1; std::string *SyncState 0; t__IgnoreIds *Ignore 0; int MaxChangesReturned; std::string *SyncScope 0; };
class t__EventTypes { public: std::vector<std::string> EventType; };
class t__PullSubscriptionRequestType { public: @bool *SubscribeToAllFolders 0; t__BaseFolderIds *FolderIds 0; t__EventTypes EventTypes 1; std::string *Watermark 0; int Timeout; };
class t__PushSubscriptionRequestType { public: @bool *SubscribeToAllFolders 0; t__BaseFolderIds *FolderIds 0; t__EventTypes EventTypes 1; std::string *Watermark 0; int StatusFrequency; std::string URL; std::string *CallerData 0; };
class t__StreamingSubscriptionRequestType { public: @bool *SubscribeToAllFolders 0; t__BaseFolderIds *FolderIds 0; t__EventTypes EventTypes 1; };
class m__SubscribeType { public: t__PullSubscriptionRequestType *PullSubscriptionRequest 0; t__PushSubscriptionRequestType *PushSubscriptionRequest 0; t__StreamingSubscriptionRequestType *StreamingSubscriptionRequest 0; };
class t__SubscriptionIds { public: std::vector<std::string> SubscriptionId; };
class m__GetStreamingEventsType { public: t__SubscriptionIds SubscriptionIds 1; int ConnectionTimeout; };
class m__UnsubscribeType { public: std::string SubscriptionId; };

// --- operations: responses -----------------------------------------------------------------------
// ResponseCode stays text on purpose: servers add codes the schema does not know.
class t__MessageXmlValue { public: std::string __item; @std::string Name 0 = ""; };
class t__MessageXmlType { public: std::vector<t__MessageXmlValue> t__Value 0; };
class m__ResponseMessageType { public: @std::string ResponseClass; std::string *MessageText 0; std::string *ResponseCode 0; t__MessageXmlType *MessageXml 0; };
class m__ItemInfoResponseMessageType : public m__ResponseMessageType { public: t__Items *Items 0; };
class m__ItemResponses { public: std::vector<m__ItemInfoResponseMessageType> GetItemResponseMessage 0; std::vector<m__ItemInfoResponseMessageType> CreateItemResponseMessage 0; std::vector<m__ItemInfoResponseMessageType> UpdateItemResponseMessage 0; std::vector<m__ItemInfoResponseMessageType> DeleteItemResponseMessage 0; };
class m__ItemResponseType { public: m__ItemResponses ResponseMessages 1; };
class t__CreateOrUpdate { public: t__ItemType *Item 0; t__ItemType *Message 0; t__CalendarItemType *CalendarItem 0; t__MeetingMessageType *MeetingMessage 0; t__MeetingMessageType *MeetingRequest 0; t__MeetingMessageType *MeetingResponse 0; t__MeetingMessageType *MeetingCancellation 0; };
class t__ItemDelete { public: t__ItemIdType ItemId 1; };
class t__Changes { public: std::vector<t__CreateOrUpdate> Create 0; std::vector<t__CreateOrUpdate> Update 0; std::vector<t__ItemDelete> Delete 0; };
class m__SyncFolderItemsResponseMessageType : public m__ResponseMessageType { public: std::string *SyncState 0; std::string *IncludesLastItemInRange 0; t__Changes *Changes 0; };
class m__SyncResponses { public: std::vector<m__SyncFolderItemsResponseMessageType> SyncFolderItemsResponseMessage 0; };
class m__SyncFolderItemsResponseType { public: m__SyncResponses ResponseMessages 1; };
class m__SubscribeResponseMessageType : public m__ResponseMessageType { public: std::string *SubscriptionId 0; std::string *Watermark 0; };
class m__SubscribeResponses { public: std::vector<m__SubscribeResponseMessageType> SubscribeResponseMessage 0; };
class m__SubscribeResponseType { public: m__SubscribeResponses ResponseMessages 1; };

// --- notifications ------------------------------------------------------------------------------
class t__NotificationEvent { public: std::string *Watermark 0; xsd__dateTime *TimeStamp 0; t__FolderIdType *FolderId 0; t__ItemIdType *ItemId 0; t__FolderIdType *ParentFolderId 0; t__FolderIdType *OldFolderId 0; t__ItemIdType *OldItemId 0; t__FolderIdType *OldParentFolderId 0; };
union t__EventChoice { t__NotificationEvent *CopiedEvent; t__NotificationEvent *CreatedEvent; t__NotificationEvent *DeletedEvent; t__NotificationEvent *ModifiedEvent; t__NotificationEvent *MovedEvent; t__NotificationEvent *NewMailEvent; t__NotificationEvent *StatusEvent; t__NotificationEvent *FreeBusyChangedEvent; };
class t__Event { public: int __union; union t__EventChoice event; };   // order matters: last watermark wins
class t__NotificationType { public: std::string SubscriptionId; std::string *PreviousWatermark 0; std::string *MoreEvents 0; std::vector<t__Event> __events 0; };
class m__SendNotificationResponseMessageType : public m__ResponseMessageType { public: t__NotificationType *Notification 0; };
class m__SendNotificationMessages { public: std::vector<m__SendNotificationResponseMessageType> SendNotificationResponseMessage 0; };
class m__SendNotificationType { public: m__SendNotificationMessages ResponseMessages 1; };
class m__SendNotificationResultType { public: std::string SubscriptionStatus; };


// --- folders ---------------------------------------------------------------------------------
class t__EffectiveRightsType { public: std::string *CreateAssociated 0; std::string *CreateContents 0; std::string *CreateHierarchy 0; std::string *Delete 0; std::string *Modify 0; std::string *Read 0; std::string *ViewPrivateItems 0; };
class t__FolderType { public: t__FolderIdType *FolderId 0; t__FolderIdType *ParentFolderId 0; std::string *FolderClass 0; std::string *DisplayName 0; std::string *TotalCount 0; std::string *ChildFolderCount 0; std::vector<t__ExtendedPropertyType> ExtendedProperty 0; t__EffectiveRightsType *EffectiveRights 0; std::string *DistinguishedFolderId 0; };
class t__Folders { public: std::vector<t__FolderType> Folder 0; std::vector<t__FolderType> CalendarFolder 0; };
class t__FolderShape { public: std::string BaseShape; t__Paths *AdditionalProperties 0; };
class t__IndexedPageViewType { public: @int *MaxEntriesReturned 0; @int Offset; @std::string BasePoint; };
class t__CalendarViewType { public: @int *MaxEntriesReturned 0; @xsd__dateTime StartDate; @xsd__dateTime EndDate; };
class m__GetFolderType { public: t__FolderShape FolderShape 1; t__BaseFolderIds FolderIds 1; };
class m__CreateFolderType { public: t__TargetFolderIdType ParentFolderId 1; t__Folders Folders 1; };
class t__ConstantValueType { public: @std::string Value; };
class t__FieldURIOrConstantType { public: t__ConstantValueType *Constant 0; };
class t__IsEqualToType { public: t__PathToUnindexedFieldType *FieldURI 0; t__PathToExtendedFieldType *ExtendedFieldURI 0; t__FieldURIOrConstantType FieldURIOrConstant 1; };
class t__OrType { public: std::vector<t__IsEqualToType> t__IsEqualTo 0; };
class t__ExistsType { public: t__PathToExtendedFieldType *ExtendedFieldURI 0; };
class m__RestrictionType { public: t__IsEqualToType *t__IsEqualTo 0; t__OrType *t__Or 0; t__ExistsType *t__Exists 0; };
class m__FindFolderType { public: t__FolderShape FolderShape 1; t__IndexedPageViewType *IndexedPageFolderView 0; m__RestrictionType *Restriction 0; t__BaseFolderIds ParentFolderIds 1; @std::string Traversal; };
class m__FindItemType { public: t__ItemResponseShapeType ItemShape 1; t__IndexedPageViewType *IndexedPageItemView 0; t__CalendarViewType *CalendarView 0; m__RestrictionType *Restriction 0; t__BaseFolderIds ParentFolderIds 1; @std::string Traversal; };
class m__SyncFolderHierarchyType { public: t__FolderShape FolderShape 1; t__TargetFolderIdType *SyncFolderId 0; std::string *SyncState 0; };
class m__FolderInfoResponseMessageType : public m__ResponseMessageType { public: t__Folders *Folders 0; };
class m__FolderResponses { public: std::vector<m__FolderInfoResponseMessageType> GetFolderResponseMessage 0; std::vector<m__FolderInfoResponseMessageType> CreateFolderResponseMessage 0; };
class m__FolderResponseType { public: m__FolderResponses ResponseMessages 1; };
class t__FolderPage { public: t__Folders *Folders 0; @std::string *IndexedPagingOffset 0; @std::string *TotalItemsInView 0; @std::string *IncludesLastItemInRange 0; };
class m__FindFolderResponseMessageType : public m__ResponseMessageType { public: t__FolderPage *RootFolder 0; };
class m__FindFolderResponses { public: std::vector<m__FindFolderResponseMessageType> FindFolderResponseMessage 0; };
class m__FindFolderResponseType { public: m__FindFolderResponses ResponseMessages 1; };
class t__ItemPage { public: t__Items *Items 0; @std::string *IndexedPagingOffset 0; @std::string *TotalItemsInView 0; @std::string *IncludesLastItemInRange 0; };
class m__FindItemResponseMessageType : public m__ResponseMessageType { public: t__ItemPage *RootFolder 0; };
class m__FindItemResponses { public: std::vector<m__FindItemResponseMessageType> FindItemResponseMessage 0; };
class m__FindItemResponseType { public: m__FindItemResponses ResponseMessages 1; };
class t__FolderChange { public: t__FolderType *Folder 0; t__FolderType *CalendarFolder 0; };
class t__FolderDelete { public: t__FolderIdType FolderId 1; };
class t__FolderChanges { public: std::vector<t__FolderChange> Create 0; std::vector<t__FolderChange> Update 0; std::vector<t__FolderDelete> Delete 0; };
class m__SyncFolderHierarchyResponseMessageType : public m__ResponseMessageType { public: std::string *SyncState 0; bool *IncludesLastFolderInRange 0; t__FolderChanges *Changes 0; };
class m__SyncFolderHierarchyResponses { public: std::vector<m__SyncFolderHierarchyResponseMessageType> SyncFolderHierarchyResponseMessage 0; };
class m__SyncFolderHierarchyResponseType { public: m__SyncFolderHierarchyResponses ResponseMessages 1; };

// --- attachments, names, zones, availability, events -----------------------------------------------
class t__AttachmentIds { public: std::vector<t__ItemIdType> AttachmentId; };
class t__AttachmentShapeType { public: bool *IncludeMimeContent 0; std::string *BodyType 0; };
class m__GetAttachmentType { public: t__AttachmentShapeType *AttachmentShape 0; t__AttachmentIds AttachmentIds 1; };
class m__DeleteAttachmentType { public: t__AttachmentIds AttachmentIds 1; };
class m__CreateAttachmentType { public: t__ItemIdType ParentItemId 1; t__Attachments Attachments 1; };
class t__RootItemIdType { public: @std::string RootItemId; @std::string RootItemChangeKey; };
class m__AttachmentInfoResponseMessageType : public m__ResponseMessageType { public: t__Attachments *Attachments 0; t__RootItemIdType *RootItemId 0; };
class m__AttachmentResponses { public: std::vector<m__AttachmentInfoResponseMessageType> GetAttachmentResponseMessage 0; std::vector<m__AttachmentInfoResponseMessageType> CreateAttachmentResponseMessage 0; std::vector<m__AttachmentInfoResponseMessageType> DeleteAttachmentResponseMessage 0; };
class m__AttachmentResponseType { public: m__AttachmentResponses ResponseMessages 1; };
class m__ResolveNamesType { public: std::string UnresolvedEntry; @bool ReturnFullContactData; @std::string SearchScope 0 = ""; };
class t__EmailAddressEntryType { public: std::string __item; @std::string Key 0 = ""; };
class t__EmailAddressEntries { public: std::vector<t__EmailAddressEntryType> Entry 0; };
class t__ContactType { public: t__EmailAddressEntries *EmailAddresses 0; };
class t__ResolutionType { public: t__EmailAddressType Mailbox 1; t__ContactType *Contact 0; };
class t__ResolutionSet { public: std::vector<t__ResolutionType> Resolution 0; @int *TotalItemsInView 0; @bool *IncludesLastItemInRange 0; };
class m__ResolveNamesResponseMessageType : public m__ResponseMessageType { public: t__ResolutionSet *ResolutionSet 0; };
class m__ResolveNamesResponses { public: std::vector<m__ResolveNamesResponseMessageType> ResolveNamesResponseMessage 0; };
class m__ResolveNamesResponseType { public: m__ResolveNamesResponses ResponseMessages 1; };
class t__ZoneIds { public: std::vector<std::string> Id; };
class t__AlternateIdType { public: @std::string Format; @std::string Id; @std::string Mailbox; };
class t__AlternateIds { public: std::vector<t__AlternateIdType> AlternateId; };
class m__ConvertIdType { public: t__AlternateIds SourceIds 1; @std::string DestinationFormat; };
class m__ConvertIdResponseMessageType : public m__ResponseMessageType { public: t__AlternateIdType *AlternateId 0; };
class m__ConvertIdResponses { public: std::vector<m__ConvertIdResponseMessageType> ConvertIdResponseMessage 0; };
class m__ConvertIdResponseType { public: m__ConvertIdResponses ResponseMessages 1; };
class m__GetServerTimeZonesType { public: t__ZoneIds *Ids 0; @bool *ReturnFullTimeZoneData 0; };
class t__ZoneDefinitions { public: std::vector<t__TimeZoneDefinitionType> TimeZoneDefinition 0; };
class m__GetServerTimeZonesResponseMessageType : public m__ResponseMessageType { public: t__ZoneDefinitions *TimeZoneDefinitions 0; };
class m__GetServerTimeZonesResponses { public: std::vector<m__GetServerTimeZonesResponseMessageType> GetServerTimeZonesResponseMessage 0; };
class m__GetServerTimeZonesResponseType { public: m__GetServerTimeZonesResponses ResponseMessages 1; };
class t__SerializableTimeZoneTime { public: int Bias; std::string Time; short DayOrder; short Month; std::string DayOfWeek; std::string *Year 0; };
class t__SerializableTimeZone { public: int Bias; t__SerializableTimeZoneTime StandardTime 1; t__SerializableTimeZoneTime DaylightTime 1; };
class t__EmailAddress { public: std::string *Name 0; std::string Address; std::string *RoutingType 0; };
class t__MailboxData { public: t__EmailAddress Email 1; std::string AttendeeType; bool *ExcludeConflicts 0; };
class t__ArrayOfMailboxData { public: std::vector<t__MailboxData> MailboxData 0; };
class t__Duration { public: xsd__dateTime StartTime; xsd__dateTime EndTime; };
class t__FreeBusyViewOptionsType { public: t__Duration TimeWindow 1; int *MergedFreeBusyIntervalInMinutes 0; std::string *RequestedView 0; };
class m__GetUserAvailabilityRequestType { public: t__SerializableTimeZone *t__TimeZone 0; t__ArrayOfMailboxData MailboxDataArray 1; t__FreeBusyViewOptionsType *t__FreeBusyViewOptions 0; };
class t__CalendarEventDetails { public: std::string *ID 0; std::string *Subject 0; std::string *Location 0; bool *IsMeeting 0; bool *IsRecurring 0; bool *IsException 0; bool *IsReminderSet 0; bool *IsPrivate 0; };
class t__CalendarEvent { public: xsd__dateTime StartTime; xsd__dateTime EndTime; std::string BusyType; t__CalendarEventDetails *CalendarEventDetails 0; };
class t__CalendarEvents { public: std::vector<t__CalendarEvent> CalendarEvent 0; };
class t__WorkingHours { public: t__SerializableTimeZone *TimeZone 0; };
class t__FreeBusyView { public: std::string FreeBusyViewType; std::string *MergedFreeBusy 0; t__CalendarEvents *CalendarEventArray 0; t__WorkingHours *WorkingHours 0; };
class m__FreeBusyResponseType { public: m__ResponseMessageType *ResponseMessage 0; t__FreeBusyView *FreeBusyView 0; };
class m__FreeBusyResponses { public: std::vector<m__FreeBusyResponseType> FreeBusyResponse 0; };
class m__GetUserAvailabilityResponseType { public: m__FreeBusyResponses *FreeBusyResponseArray 0; };
class m__GetEventsType { public: std::string SubscriptionId; std::string Watermark; };
class m__UnsubscribeResponses { public: std::vector<m__ResponseMessageType> UnsubscribeResponseMessage 0; };
class m__UnsubscribeResponseType { public: m__UnsubscribeResponses ResponseMessages 1; };
class m__GetEventsResponses { public: std::vector<m__SendNotificationResponseMessageType> GetEventsResponseMessage 0; };
class m__GetEventsResponseType { public: m__GetEventsResponses ResponseMessages 1; };
class t__NotificationList { public: std::vector<t__NotificationType> Notification 0; };
class m__GetStreamingEventsResponseMessageType : public m__ResponseMessageType { public: t__NotificationList *Notifications 0; t__SubscriptionIds *ErrorSubscriptionIds 0; std::string *ConnectionStatus 0; };
class m__GetStreamingEventsResponses { public: std::vector<m__GetStreamingEventsResponseMessageType> GetStreamingEventsResponseMessage 0; };
class m__GetStreamingEventsResponseType { public: m__GetStreamingEventsResponses ResponseMessages 1; };


// --- SOAP 1.1 envelope as plain elements: at most one member of Body is set --------------
//gsoap s schema namespace:     http://schemas.xmlsoap.org/soap/envelope/
//gsoap s schema elementForm:   unqualified
class s__DetailType { public: std::string *e__ResponseCode 0; std::string *e__Message 0; t__MessageXmlType *t__MessageXml 0; };
class s__FaultType { public: std::string *faultcode 0; std::string *faultstring 0; s__DetailType *detail 0; };
class s__HeaderType { public: t__RequestServerVersionType *t__RequestServerVersion 0; t__ExchangeImpersonationType *t__ExchangeImpersonation 0; t__TimeZoneContextType *t__TimeZoneContext 0; t__ServerVersionInfoType *t__ServerVersionInfo 0; };
class s__BodyType {
 public:
  s__FaultType *s__Fault 0;
  m__GetItemType *m__GetItem 0; m__ItemResponseType *m__GetItemResponse 0;
  m__CreateItemType *m__CreateItem 0; m__ItemResponseType *m__CreateItemResponse 0;
  m__UpdateItemType *m__UpdateItem 0; m__ItemResponseType *m__UpdateItemResponse 0;
  m__DeleteItemType *m__DeleteItem 0; m__ItemResponseType *m__DeleteItemResponse 0;
  m__SyncFolderItemsType *m__SyncFolderItems 0; m__SyncFolderItemsResponseType *m__SyncFolderItemsResponse 0;
  m__SubscribeType *m__Subscribe 0; m__SubscribeResponseType *m__SubscribeResponse 0;
  m__GetFolderType *m__GetFolder 0; m__FolderResponseType *m__GetFolderResponse 0;
  m__CreateFolderType *m__CreateFolder 0; m__FolderResponseType *m__CreateFolderResponse 0;
  m__FindFolderType *m__FindFolder 0; m__FindFolderResponseType *m__FindFolderResponse 0;
  m__FindItemType *m__FindItem 0; m__FindItemResponseType *m__FindItemResponse 0;
  m__SyncFolderHierarchyType *m__SyncFolderHierarchy 0; m__SyncFolderHierarchyResponseType *m__SyncFolderHierarchyResponse 0;
  m__GetAttachmentType *m__GetAttachment 0; m__AttachmentResponseType *m__GetAttachmentResponse 0;
  m__CreateAttachmentType *m__CreateAttachment 0; m__AttachmentResponseType *m__CreateAttachmentResponse 0;
  m__DeleteAttachmentType *m__DeleteAttachment 0; m__AttachmentResponseType *m__DeleteAttachmentResponse 0;
  m__ResolveNamesType *m__ResolveNames 0; m__ResolveNamesResponseType *m__ResolveNamesResponse 0;
  m__ConvertIdType *m__ConvertId 0; m__ConvertIdResponseType *m__ConvertIdResponse 0;
  m__GetServerTimeZonesType *m__GetServerTimeZones 0; m__GetServerTimeZonesResponseType *m__GetServerTimeZonesResponse 0;
  m__GetEventsType *m__GetEvents 0; m__GetEventsResponseType *m__GetEventsResponse 0;
  m__GetUserAvailabilityRequestType *m__GetUserAvailabilityRequest 0; m__GetUserAvailabilityResponseType *m__GetUserAvailabilityResponse 0;
  m__UnsubscribeResponseType *m__UnsubscribeResponse 0; m__GetStreamingEventsResponseType *m__GetStreamingEventsResponse 0;
  m__GetStreamingEventsType *m__GetStreamingEvents 0; m__UnsubscribeType *m__Unsubscribe 0;
  m__SendNotificationType *m__SendNotification 0; m__SendNotificationResultType *m__SendNotificationResult 0;
};
class s__EnvelopeType { public: s__HeaderType *s__Header 0; s__BodyType *s__Body 0; };
