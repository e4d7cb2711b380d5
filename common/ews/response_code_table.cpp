// SPDX-License-Identifier: GPL-3.0-or-later
// The table of response codes by what the caller should do. Meanings: Microsoft, EWS reference "ResponseCode"
// (web-service-reference/responsecode) and the classification of docs/quirks.md. Every code of Microsoft's schema
// stands here once; the test compares both.
#include <array>

#include "ews/response_code_table.hpp"

namespace caravan::ews {
namespace {

constexpr std::array kGroups = {
    CodeGroup{Fault::retry_later, "The server is busy; it is asked again when the time it named is over.",
              "ErrorServerBusy ErrorServiceUnavailable"},
    CodeGroup{Fault::retry_later, "",
              "ErrorInternalServerTransientError ErrorTimeoutExpired ErrorMailboxStoreUnavailable ErrorMailboxFailover "
              "ErrorConnectionFailed ErrorInsufficientResources ErrorTooManyObjectsOpened ErrorNotEnoughMemory "
              "ErrorADUnavailable ErrorADOperation ErrorExceededConnectionCount ErrorExceededFindCountLimit "
              "ErrorNoRespondingCASInDestinationSite ErrorProxyRequestProcessingFailed ErrorRequestAborted "
              "ErrorClientDisconnected ErrorBatchProcessingStopped ErrorProxyCallFailed ErrorProxySoapException "
              "ErrorProxyTokenExpired ErrorReadEventsFailed ErrorMailboxLogonFailed ErrorFreeBusyGenerationFailed "
              "ErrorMessageTrackingTransientError ErrorInstantSearchTimeout ErrorWin32InteropError "
              "ErrorDataSourceOperation ErrorProxiedSubscriptionCallFailure ErrorPublicFolderRequestProcessingFailed "
              "ErrorWebRequestInInvalidState ErrorParsingXMLResponse ErrorSearchFolderNotInitialized "
              "ErrorLocationServicesRequestTimedOut ErrorLocationServicesRequestFailed ErrorUMServerUnavailable "
              "ErrorNewEventStreamConnectionOpened"},
    CodeGroup{Fault::retry_later, "The mailbox is being moved to another server; wait until the move is done.",
              "ErrorMailboxMoveInProgress"},
    CodeGroup{Fault::retry_later, "If it stays, look for the request in the server's event log.",
              "ErrorInternalServerError ErrorItemSave ErrorFolderSave ErrorFolderSaveFailed ErrorMoveCopyFailed "
              "ErrorDeleteItemsFailed"},
    CodeGroup{Fault::precondition_failed, "",
              "ErrorIrresolvableConflict ErrorStaleObject ErrorChangeKeyRequired "
              "ErrorChangeKeyRequiredForWriteOperations ErrorInvalidChangeKey ErrorObjectTypeChanged "
              "ErrorCalendarMeetingRequestIsOutOfDate ErrorFolderExists ErrorCalendarCannotUpdateDeletedItem"},
    CodeGroup{Fault::precondition_failed, "The folder is listed from the beginning.", "ErrorInvalidSyncStateData"},
    CodeGroup{Fault::precondition_failed, "The mailbox is subscribed anew.",
              "ErrorInvalidWatermark ErrorExpiredSubscription ErrorMissedNotificationEvents ErrorInvalidSubscription "
              "ErrorSubscriptionUnsubscribed ErrorInvalidPullSubscriptionId"},
    CodeGroup{Fault::not_found, "",
              "ErrorItemNotFound ErrorCalendarOccurrenceIsDeletedFromRecurrence "
              "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange ErrorInvalidAttachmentId "
              "ErrorNameResolutionNoResults ErrorMailRecipientNotFound ErrorRecipientNotFound ErrorEventNotFound "
              "ErrorSubscriptionNotFound ErrorLocalServerObjectNotFound ErrorCannotAccessDeletedPublicFolder "
              "ErrorInstantSearchSessionExpired"},
    CodeGroup{Fault::not_found, "The folder is gone, or the account may no longer see it.",
              "ErrorFolderNotFound ErrorSyncFolderNotFound ErrorParentFolderNotFound ErrorSavedItemFolderNotFound "
              "ErrorToFolderNotFound ErrorManagedFolderNotFound ErrorNoCalendar"},
    CodeGroup{Fault::denied,
              "Give the account the role ApplicationImpersonation for this mailbox (New-ManagementRoleAssignment), or "
              "set exchange.access.",
              "ErrorImpersonateUserDenied ErrorImpersonationDenied ErrorImpersonationFailed "
              "ErrorInvalidExchangeImpersonationHeaderData ErrorInvalidUserPrincipalName ErrorInvalidUserSid "
              "ErrorInvalidUserSidMissingUPN ErrorInvalidSid ErrorMoreThanOneAccessModeSpecified "
              "ErrorAccessModeSpecified ErrorCallerIsInvalidADAccount"},
    CodeGroup{Fault::denied, "Check the address in the mailbox list: no mailbox of this organisation has it.",
              "ErrorNonExistentMailbox ErrorMissingEmailAddress ErrorNameResolutionNoMailbox "
              "ErrorMissingExchangePrincipal ErrorInvalidMailbox ErrorAutoDiscoverFailed ErrorCannotFindUser "
              "ErrorDuplicateLegacyDistinguishedName"},
    CodeGroup{Fault::denied, "Use the primary address that the server names.", "ErrorNonPrimarySmtpAddress"},
    CodeGroup{Fault::denied, "Check the rights of the account on this mailbox (doctor lists them).",
              "ErrorAccessDenied ErrorCreateItemAccessDenied ErrorCreateSubfolderAccessDenied ErrorCannotDeleteObject "
              "ErrorSubscriptionAccessDenied ErrorSubscriptionDelegateAccessNotSupported ErrorNoFreeBusyAccess "
              "ErrorSendAsDenied ErrorUserNotAllowedByPolicy ErrorPermissionNotAllowedByPolicy ErrorNotDelegate "
              "ErrorDelegateNoUser ErrorDelegateMissingConfiguration ErrorNotAllowedExternalSharingByPolicy "
              "ErrorMessageBlocked ErrorMessageSubmissionBlocked ErrorInvalidLogonType "
              "ErrorInvalidManagementRoleHeader"},
    CodeGroup{Fault::denied, "The account must be put right in the directory first.",
              "ErrorAccountDisabled ErrorAccountSuspend ErrorAccountSuspendShowTierUpgrade ErrorPasswordExpired "
              "ErrorPasswordChangeRequired ErrorInvalidLicense ErrorOrganizationAccessBlocked "
              "ErrorLogonAsNetworkServiceFailed ErrorInvalidClientSecurityContext ErrorInvalidSecurityDescriptor "
              "ErrorInvalidSerializedAccessToken ErrorTokenSerializationDenied ErrorInvalidNetworkServiceContext "
              "ErrorInvalidAuthorizationContext ErrorGetServerSecurityDescriptorFailed "
              "ErrorInvalidClientAccessTokenRequest ErrorUnauthorizedClientAccessTokenRequest "
              "ErrorNoOAuthServerAvailableForRequest ErrorADSessionFilter ErrorProxyGroupSidLimitExceeded"},
    CodeGroup{Fault::denied, "The mailbox is full or over a limit that the administrator set.",
              "ErrorQuotaExceeded ErrorMessagePerFolderCountReceiveQuotaExceeded ErrorSubmissionQuotaExceeded "
              "ErrorExceededSubscriptionCount ErrorExceededMessageLimit ErrorExceededMessageLimitShowTierUpgrade "
              "ErrorExceededMaxRecipientLimit ErrorExceededMaxRecipientLimitBlock "
              "ErrorExceededMaxRecipientLimitShowTierUpgrade ErrorRulesOverQuota ErrorIndividualMailboxLimitReached"},
    CodeGroup{Fault::denied, "Set exchange.url to the server that holds the mailbox.",
              "ErrorProxyRequestNotAllowed ErrorWrongServerVersion ErrorWrongServerVersionDelegate "
              "ErrorCrossSiteRequest ErrorNoApplicableProxyCASServersAvailable "
              "ErrorNoDestinationCASDueToKerberosRequirements ErrorNoDestinationCASDueToSSLRequirements "
              "ErrorNoDestinationCASDueToVersionMismatch ErrorProxyServiceDiscoveryFailed ErrorServiceDiscoveryFailed "
              "ErrorInvalidProxySecurityContext ErrorInvalidCrossForestCredentials ErrorAddressSpaceNotFound "
              "ErrorMultiLegacyMailboxAccess ErrorMailboxConfiguration"},
    CodeGroup{Fault::unsupported, "",
              "ErrorInvalidServerVersion ErrorIncorrectSchemaVersion ErrorInvalidSchemaVersionForMailboxVersion"},
    CodeGroup{Fault::unsupported, "Exchange can't hold this entry as it is.",
              "ErrorCalendarInvalidRecurrence ErrorCalendarOutOfRange ErrorRecurrenceHasNoOccurrence "
              "ErrorRecurrenceEndDateTooBig ErrorCalendarInvalidDayForWeeklyRecurrence "
              "ErrorCalendarInvalidDayForTimeChangePattern ErrorUnsupportedRecurrence ErrorCalendarDurationIsTooLong "
              "ErrorCalendarEndDateIsEarlierThanStartDate ErrorOccurrenceCrossingBoundary "
              "ErrorOccurrenceTimeSpanTooBig ErrorCalendarInvalidTimeZone ErrorTimeZone "
              "ErrorCalendarCannotMoveOrCopyOccurrence ErrorCalendarInvalidAttributeValue "
              "ErrorCalendarInvalidPropertyValue ErrorDataSizeLimitExceeded ErrorMessageSizeExceeded "
              "ErrorRequestStreamTooBig ErrorAttachmentSizeLimitExceeded ErrorAttachmentNestLevelLimitExceeded "
              "ErrorInvalidRecipients ErrorInvalidSmtpAddress ErrorMissingRecipients ErrorInvalidRoutingType "
              "ErrorVirusDetected ErrorVirusMessageDeleted ErrorUnsupportedMimeConversion "
              "ErrorUnsupportedTypeForConversion ErrorUnsupportedCulture"},
    CodeGroup{Fault::unsupported, "Ask for a smaller span.",
              "ErrorCalendarViewRangeTooBig ErrorTimeIntervalTooBig ErrorResultSetTooBig ErrorValueOutOfRange "
              "ErrorMailboxDataArrayTooBig"},
    CodeGroup{Fault::unsupported, "The meeting does not allow this answer or change.",
              "ErrorCalendarIsCancelledForAccept ErrorCalendarIsCancelledForDecline ErrorCalendarIsCancelledForRemove "
              "ErrorCalendarIsCancelledForTentative ErrorCalendarIsDelegatedForAccept "
              "ErrorCalendarIsDelegatedForDecline ErrorCalendarIsDelegatedForRemove "
              "ErrorCalendarIsDelegatedForTentative ErrorCalendarIsGroupMailboxForAccept "
              "ErrorCalendarIsGroupMailboxForDecline ErrorCalendarIsGroupMailboxForSuppressReadReceipt "
              "ErrorCalendarIsGroupMailboxForTentative ErrorCalendarIsNotOrganizer ErrorCalendarIsOrganizerForAccept "
              "ErrorCalendarIsOrganizerForDecline ErrorCalendarIsOrganizerForRemove "
              "ErrorCalendarIsOrganizerForTentative ErrorCalendarForwardActionNotAllowed "
              "ErrorInvalidItemForOperationAcceptItem ErrorInvalidItemForOperationCancelItem "
              "ErrorInvalidItemForOperationDeclineItem ErrorInvalidItemForOperationRemoveItem "
              "ErrorInvalidItemForOperationTentative"},
    CodeGroup{Fault::malformed, "Exchange itself can't read the item; open it in Outlook, save it or delete it.",
              "ErrorItemCorrupt ErrorCorruptData ErrorContentConversionFailed ErrorMimeContentConversionFailed "
              "ErrorMimeContentInvalid ErrorMimeContentInvalidBase64String ErrorItemPropertyRequestFailed "
              "ErrorFolderPropertRequestFailed ErrorCalendarInvalidPropertyState ErrorFolderCorrupt "
              "ErrorCannotOpenFileAttachment ErrorResponseSchemaValidation ErrorPropertyValidationFailure"},
    CodeGroup{Fault::unsupported, "This belongs to a part of Exchange that Caravan does not use.",
              "ErrorAddDelegatesFailed ErrorAffectedTaskOccurrencesRequired ErrorApplyConversationActionFailed "
              "ErrorArchiveFolderPathCreation ErrorArchiveMailboxNotEnabled ErrorArchiveMailboxSearchFailed "
              "ErrorArchiveMailboxServiceDiscoveryFailed ErrorCannotArchiveCalendarContactTaskFolderException "
              "ErrorCannotArchiveItemsInArchiveMailbox ErrorCannotArchiveItemsInPublicFolders "
              "ErrorCannotCreateContactInNonContactFolder ErrorCannotCreatePostItemInNonMailFolder "
              "ErrorCannotCreateTaskInNonTaskFolder ErrorCannotDeleteTaskOccurrence "
              "ErrorCannotDisableMandatoryExtension ErrorCannotDownloadExtensionManifest ErrorCannotGetExternalEcpUrl "
              "ErrorCannotSetCalendarPermissionOnNonCalendarFolder ErrorCannotSetNonCalendarPermissionOnCalendarFolder "
              "ErrorCannotSetPermissionUnknownEntries ErrorCannotSpecifySearchFolderAsSourceFolder "
              "ErrorCannotUninstallProvidedExtensions ErrorClientIntentInvalidStateDefinition "
              "ErrorClientIntentNotFound ErrorCreateManagedFolderPartialCompletion ErrorDelegateAlreadyExists "
              "ErrorDelegateCannotAddOwner ErrorDelegateValidationFailed ErrorDeleteUnifiedMessagingPromptFailed "
              "ErrorDiscoverySearchesDisabled ErrorDistributionListMemberNotExist "
              "ErrorDuplicateSenderRestrictionsInputFound ErrorExportRemoteArchiveItemsFailed "
              "ErrorExtensionAlreadyInstalledForOrg ErrorExtensionNotFound ErrorExtensionsNotAuthorized "
              "ErrorFindRemoteArchiveFolderFailed ErrorGetRemoteArchiveFolderFailed ErrorGetRemoteArchiveItemFailed "
              "ErrorIPGatewayNotFound ErrorImContactLimitReached ErrorImGroupDisplayNameAlreadyExists "
              "ErrorImGroupLimitReached ErrorInboxRulesValidationError ErrorInstantSearchFailed "
              "ErrorInvalidAttachmentSubfilter ErrorInvalidAttachmentSubfilterTextFilter "
              "ErrorInvalidContactEmailAddress ErrorInvalidContactEmailIndex ErrorInvalidDelegatePermission "
              "ErrorInvalidDelegateUserId ErrorInvalidExpressionTypeForSubFilter ErrorInvalidExtensionId "
              "ErrorInvalidExternalSharingInitiator ErrorInvalidExternalSharingSubscriber "
              "ErrorInvalidFederatedOrganizationId ErrorInvalidFederationOrganizationIdentifier "
              "ErrorInvalidFractionalPagingParameters ErrorInvalidGetSharingFolderRequest "
              "ErrorInvalidIdMalformedEwsLegacyIdFormat ErrorInvalidImContactId "
              "ErrorInvalidImDistributionGroupSmtpAddress ErrorInvalidItemForOperationArchiveItem "
              "ErrorInvalidKeepNCount ErrorInvalidKeepNType ErrorInvalidLatitude ErrorInvalidLikeRequest "
              "ErrorInvalidLongitude ErrorInvalidManagedFolderProperty ErrorInvalidManagedFolderQuota "
              "ErrorInvalidManagedFolderSize ErrorInvalidOofParameter ErrorInvalidPercentCompleteValue "
              "ErrorInvalidPermissionSettings ErrorInvalidPhoneCallId ErrorInvalidPhoneNumber ErrorInvalidPhotoSize "
              "ErrorInvalidRecipientSubfilter ErrorInvalidRecipientSubfilterComparison "
              "ErrorInvalidRecipientSubfilterOrder ErrorInvalidRecipientSubfilterTextFilter "
              "ErrorInvalidRetentionTagIdGuid ErrorInvalidRetentionTagInheritance ErrorInvalidRetentionTagInvisible "
              "ErrorInvalidRetentionTagNone ErrorInvalidRetentionTagTypeMismatch ErrorInvalidSIPUri "
              "ErrorInvalidScheduledOofDuration ErrorInvalidSharingData ErrorInvalidSharingMessage "
              "ErrorInvalidSubfilterType ErrorInvalidSubfilterTypeNotAttendeeType "
              "ErrorInvalidSubfilterTypeNotRecipientType ErrorInvalidSweepRule ErrorInvalidSweepRuleOperationType "
              "ErrorInvalidUserOofSettings ErrorLegacyMailboxFreeBusyViewTypeNotMerged ErrorLocationServicesDisabled "
              "ErrorLocationServicesInvalidRequest ErrorMailTipsDisabled ErrorMailboxHoldNotFound "
              "ErrorManagedFolderAlreadyExists ErrorManagedFoldersRootFailure "
              "ErrorMarketPlaceExtensionAlreadyInstalledForOrg ErrorMeetingSuggestionGenerationFailed "
              "ErrorMessageTrackingNoSuchDomain ErrorMessageTrackingPermanentError "
              "ErrorMissingEmailAddressForManagedFolder ErrorMissingInformationSharingFolderId "
              "ErrorMissingManagedFolderId ErrorNewerExtensionAlreadyInstalled "
              "ErrorNewerMarketPlaceExtensionAlreadyInstalled ErrorNoPublicFolderReplicaAvailable "
              "ErrorNoPublicFolderServerAvailable ErrorNoRbacPermissionToInstallMarketPlaceExtensions "
              "ErrorNoRbacPermissionToInstallReadWriteMailboxExtensions "
              "ErrorNoSenderRestrictionsSettingsFoundInRequest ErrorNoSpeechDetected ErrorNotSupportedSharingMessage "
              "ErrorOperationNotAllowedWithPublicFolderRoot ErrorOrganizationNotFederated ErrorOutlookRuleBlobExists "
              "ErrorPhoneNumberNotDialable ErrorPromptPublishingOperationFailed "
              "ErrorPublicFolderMailboxDiscoveryFailed ErrorPublicFolderOperationFailed "
              "ErrorPublicFolderServerNotFound ErrorPublicFolderSyncException ErrorReadReceiptNotPending "
              "ErrorRecognizerNotInstalled ErrorRemoveDelegatesFailed ErrorResolveNamesOnlyOneContactsFolderAllowed "
              "ErrorSearchQueryHasTooManyKeywords ErrorSearchTooManyMailboxes ErrorSenderRestrictionsUpdateFailed "
              "ErrorSentTaskRequestUpdate ErrorSharingNoExternalEwsAvailable ErrorSharingSynchronizationFailed "
              "ErrorSpeechGrammarError ErrorTargetDomainNotSupported ErrorTeamMailboxActiveToPendingDelete "
              "ErrorTeamMailboxErrorUnknown ErrorTeamMailboxFailedSendingNotifications "
              "ErrorTeamMailboxNotAuthorizedOwner ErrorTeamMailboxNotFound ErrorTeamMailboxNotLinkedToSharePoint "
              "ErrorTeamMailboxUrlValidationFailed ErrorUnableToGetUserOofSettings "
              "ErrorUnableToRemoveImContactFromGroup ErrorUnexpectedUnifiedGroupsCount "
              "ErrorUnifiedGroupAadAuthorizationRequestDenied ErrorUnifiedGroupAliasNamingPolicy "
              "ErrorUnifiedGroupAlreadyExists ErrorUnifiedGroupCreationDisabled "
              "ErrorUnifiedGroupMailboxAADCreationFailed ErrorUnifiedGroupMailboxAADDeleteFailed "
              "ErrorUnifiedGroupMailboxDeleteFailed ErrorUnifiedGroupMailboxNamingPolicy "
              "ErrorUnifiedGroupMailboxNotFound ErrorUnifiedGroupMailboxProvisionFailed "
              "ErrorUnifiedGroupMailboxUpdateDelayed ErrorUnifiedGroupMailboxUpdateFailed "
              "ErrorUnifiedGroupMailboxUpdatedPartialProperties ErrorUnifiedMessagingDialPlanNotFound "
              "ErrorUnifiedMessagingPromptNotFound ErrorUnifiedMessagingReportDataNotFound "
              "ErrorUnifiedMessagingRequestFailed ErrorUnifiedMessagingServerNotFound ErrorUnsupportedSubFilter "
              "ErrorUnsupportedUserForExecuteSearch ErrorUpdateDelegatesFailed ErrorUserNotUnifiedMessagingEnabled "
              "ErrorUserWithoutFederatedProxyAddress ErrorVoiceMailNotImplemented ErrorWeatherServiceDisabled "
              "ErrorWorkingHoursSaveFailed ErrorWorkingHoursXmlMalformed"},
    CodeGroup{Fault::malformed, "This is a fault of Caravan: report it with the request's log line.",
              "ErrorAvailabilityConfigNotFound ErrorCalendarCannotUseIdForOccurrenceId "
              "ErrorCalendarCannotUseIdForRecurringMasterId ErrorCalendarFolderIsInvalidForCalendarView "
              "ErrorCalendarSeekToConditionNotSupported ErrorCannotCreateCalendarItemInNonCalendarFolder "
              "ErrorCannotEmptyFolder ErrorCannotGetSourceFolderPath ErrorCannotUseFolderIdForItemId "
              "ErrorCannotUseItemIdForFolderId ErrorContainsFilterWrongType ErrorContentIndexingNotEnabled "
              "ErrorCrossMailboxMoveCopy ErrorDeleteDistinguishedFolder ErrorDistinguishedUserNotSupported "
              "ErrorDuplicateExtendedKeywordDefinition ErrorDuplicateInputFolderNames ErrorDuplicateSOAPHeader "
              "ErrorDuplicateUserIdsSpecified ErrorEmailAddressMismatch ErrorFolderSavePropertyError "
              "ErrorFreeBusyDLLimitReached ErrorIncorrectUpdatePropertyCount ErrorInvalidAccessLevel "
              "ErrorInvalidArgument ErrorInvalidBulkActionType ErrorInvalidCompleteDate "
              "ErrorInvalidExcludesRestriction ErrorInvalidExtendedProperty ErrorInvalidExtendedPropertyValue "
              "ErrorInvalidFolderId ErrorInvalidFolderTypeForOperation ErrorInvalidFreeBusyViewType ErrorInvalidId "
              "ErrorInvalidIdEmpty ErrorInvalidIdMalformed ErrorInvalidIdMonikerTooLong "
              "ErrorInvalidIdNotAnItemAttachmentId ErrorInvalidIdReturnedByResolveNames "
              "ErrorInvalidIdStoreObjectIdTooLong ErrorInvalidIdTooManyAttachmentLevels ErrorInvalidIdXml "
              "ErrorInvalidImGroupId ErrorInvalidIndexedPagingParameters ErrorInvalidInternetHeaderChildNodes "
              "ErrorInvalidInternetWebProxyOnLocalServer ErrorInvalidItemForOperationCreateItem "
              "ErrorInvalidItemForOperationCreateItemAttachment ErrorInvalidItemForOperationExpandDL "
              "ErrorInvalidItemForOperationSendItem ErrorInvalidMergedFreeBusyInterval "
              "ErrorInvalidNameForNameResolution ErrorInvalidOperation ErrorInvalidOrganizationRelationshipForFreeBusy "
              "ErrorInvalidPagingMaxRows ErrorInvalidParentFolder ErrorInvalidPropertyAppend "
              "ErrorInvalidPropertyDelete ErrorInvalidPropertyForExists ErrorInvalidPropertyForOperation "
              "ErrorInvalidPropertyRequest ErrorInvalidPropertySet ErrorInvalidPropertyUpdateSentMessage "
              "ErrorInvalidPushSubscriptionUrl ErrorInvalidReferenceItem ErrorInvalidReportMessageActionType "
              "ErrorInvalidRequest ErrorInvalidRestriction ErrorInvalidSendItemSaveSettings "
              "ErrorInvalidSubscriptionRequest ErrorInvalidTimeInterval ErrorInvalidUserInfo "
              "ErrorInvalidValueForProperty ErrorItemSavePropertyError ErrorMailboxDataArrayEmpty "
              "ErrorMailboxScopeNotAllowedWithoutQueryString ErrorMessageDispositionRequired ErrorMissingArgument "
              "ErrorMissingInformationEmailAddress ErrorMissingInformationReferenceItemId "
              "ErrorMissingItemForCreateItemAttachment ErrorMissingUserIdInformation ErrorMoveDistinguishedFolder "
              "ErrorNameResolutionMultipleResults ErrorNoFolderClassOverride ErrorNoPropertyTagForCustomProperties "
              "ErrorParentFolderIdRequired ErrorPropertyUpdate ErrorQueryFilterTooLong ErrorRequiredPropertyMissing "
              "ErrorResolveNamesInvalidFolderType ErrorRestrictionTooComplex ErrorRestrictionTooLong "
              "ErrorSchemaValidation ErrorSendMeetingCancellationsRequired "
              "ErrorSendMeetingInvitationsOrCancellationsRequired ErrorSendMeetingInvitationsRequired "
              "ErrorSentMeetingRequestUpdate ErrorSubscriptionsDisabledForGroup ErrorUnsupportedMapiPropertyType "
              "ErrorUnsupportedPathForQuery ErrorUnsupportedPathForSortGroup ErrorUnsupportedPropertyDefinition "
              "ErrorUnsupportedQueryFilter ErrorUpdatePropertyMismatch"},
};

}  // namespace

std::span<const CodeGroup> code_groups() noexcept { return kGroups; }

}  // namespace caravan::ews
