// SPDX-License-Identifier: GPL-3.0-or-later
// What Mattermost's own client says about the documents that Caravan sends. Constants of these types are checked for
// names that do not exist as well.
import type {Client4} from '@mattermost/client';
import type {PostAction} from '@mattermost/types/integration_actions';
import type {MessageAttachment} from '@mattermost/types/message_attachments';
import type {CustomStatusDuration, UserCustomStatus} from '@mattermost/types/users';

export type NewPost = Parameters<Client4['createPost']>[0];
export type Patch = Omit<Parameters<Client4['patchPost']>[0], 'id'>; // the id stands in the path
export type DirectChannel = Parameters<Client4['createDirectChannel']>[0];

// Clients never see where a button leads, so their type does not have it.
export type Button = PostAction & {
    id: string;
    type: 'button';
    style: 'good' | 'default' | 'danger';
    integration: {url: string; context: Record<string, unknown>};
};
export type Attachment = Omit<MessageAttachment, 'actions'> & {actions?: Button[]};

// On the wire it is the text of the enumeration.
export type CustomStatus = Omit<UserCustomStatus, 'duration'> & {duration: `${CustomStatusDuration}`};
