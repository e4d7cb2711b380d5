-- SPDX-License-Identifier: GPL-3.0-or-later
-- Telling people (notify_store.hpp).

-- Agreed states that changed. A row is told (its window was closed) and planned (alerts were planned after it) in either
-- order; what is both is removed.
CREATE TABLE journal (
  id {serial},
  mailbox {key} NOT NULL,
  pair {key} NOT NULL,
  uid {key} NOT NULL,
  at BIGINT NOT NULL,
  told BIGINT NOT NULL,
  planned BIGINT NOT NULL,
  modified_by TEXT NOT NULL,
  owner_units TEXT NOT NULL,
  before_copy TEXT NOT NULL,
  after_copy TEXT NOT NULL
);
CREATE INDEX journal_series ON journal (mailbox, uid, id);
CREATE INDEX journal_untold ON journal (at, id) WHERE told = 0;
CREATE INDEX journal_unplanned ON journal (id) WHERE planned = 0;

CREATE TABLE outbox (
  id {serial},
  message_key {key} NOT NULL,
  channel {key} NOT NULL,
  mailbox {key} NOT NULL,
  thread {key} NOT NULL,
  kind TEXT NOT NULL,
  state {key} NOT NULL,
  due BIGINT NOT NULL,
  expires BIGINT,
  attempts BIGINT NOT NULL,
  created BIGINT NOT NULL,
  settled BIGINT,                -- when it was sent, given up or dropped
  error TEXT NOT NULL,
  receipt TEXT NOT NULL,
  payload TEXT NOT NULL
);
CREATE UNIQUE INDEX outbox_key ON outbox (message_key);
CREATE INDEX outbox_state ON outbox (state, id, channel, due);
CREATE INDEX outbox_thread_order ON outbox (mailbox, thread, channel, state, id);
CREATE INDEX outbox_settled ON outbox (settled) WHERE settled IS NOT NULL;

-- The unit of claiming: one row for each thread with queued messages. `head` is the oldest of them, `due` its time: so a claim
-- looks at as many rows as it takes, however many messages wait behind them.
CREATE TABLE outbox_thread (
  channel {key} NOT NULL,
  mailbox {key} NOT NULL,
  thread {key} NOT NULL,
  head BIGINT NOT NULL,
  due BIGINT NOT NULL,
  holder {key} NOT NULL,         -- empty: nobody sends it
  claimed_ms BIGINT NOT NULL,
  PRIMARY KEY (channel, mailbox, thread)
){clustered};
CREATE INDEX outbox_thread_due ON outbox_thread (channel, due, head);

CREATE TABLE alert (
  id {serial},
  mailbox {key} NOT NULL,
  pair {key} NOT NULL,           -- empty, like uid: belongs to no series
  uid {key} NOT NULL,
  kind {key} NOT NULL,
  occurrence TEXT NOT NULL,
  due BIGINT NOT NULL,
  payload TEXT NOT NULL
);
CREATE INDEX alert_due ON alert (due, id);
CREATE INDEX alert_series ON alert (mailbox, uid);

CREATE TABLE preference (
  mailbox {key} PRIMARY KEY,
  settings TEXT NOT NULL
);

CREATE TABLE sealed (
  name {key} PRIMARY KEY,
  value TEXT NOT NULL
);

-- Until now `ends` was that of a series' first occurrence. What may repeat is taken as endless, what may have moved
-- occurrences as without beginning, until it is written again.
UPDATE mapping SET ends = 253402300799 WHERE id IN (SELECT mapping FROM base_copy WHERE
  exchange || caldav LIKE '%BEGIN:VEVENT%RRULE%' OR exchange || caldav LIKE '%BEGIN:VEVENT%RDATE%' OR
  exchange || caldav LIKE '%BEGIN:VEVENT%RECURRENCE-ID%');
UPDATE mapping SET starts = 0 WHERE starts > 0 AND id IN (SELECT mapping FROM base_copy WHERE
  exchange || caldav LIKE '%BEGIN:VEVENT%RECURRENCE-ID%');
