-- SPDX-License-Identifier: GPL-3.0-or-later
-- The first schema. Both databases run this text; the words in braces are replaced by the drivers: {serial} is an ascending
-- key made by the database, {row} such a key taken from another table, {key} a text that is compared and sorted byte for
-- byte. Times are seconds (…_ms: milliseconds) since 1970.
-- Every table is keyed by mailbox or by pair, so that it can be divided.

CREATE TABLE mailbox (
  address {key} PRIMARY KEY,
  caldav_user TEXT NOT NULL,
  aliases TEXT NOT NULL,
  kind TEXT NOT NULL,
  zone TEXT NOT NULL,
  state TEXT NOT NULL,
  last_success BIGINT,
  last_error TEXT NOT NULL,
  last_error_code TEXT NOT NULL
);

CREATE TABLE pair (
  id {key} PRIMARY KEY,
  mailbox {key} NOT NULL,
  folder {key} NOT NULL,
  folder_name TEXT NOT NULL,
  collection {key} NOT NULL,
  state TEXT NOT NULL,
  collection_made BIGINT NOT NULL,
  made_by TEXT NOT NULL,
  sync_token TEXT NOT NULL,
  ctag TEXT NOT NULL,
  listing_complete BIGINT NOT NULL,
  since TEXT NOT NULL,
  until TEXT NOT NULL,
  last_success BIGINT,
  sync_state TEXT NOT NULL
);
CREATE UNIQUE INDEX pair_folder ON pair (mailbox, folder);
CREATE UNIQUE INDEX pair_collection ON pair (collection) WHERE collection <> '' AND state <> 'folder_gone';

-- Item ids and hrefs are long and come in no order, so an index on them is a page written for each row of a large
-- calendar. They are looked up by *_key: the first 16 bytes of the SHA-256 of pair and id; the id itself is compared after
-- that. `claim` makes one index serve uniqueness and look-ups: empty where the row claims the id, else the uid, which claims
-- nothing (tombstones; series without an href). What is walked whole lies apart from the texts.
CREATE TABLE mapping (
  id {serial},
  pair {key} NOT NULL,
  uid {key} NOT NULL,
  state TEXT NOT NULL,
  href TEXT NOT NULL,
  href_key {bytes} NOT NULL,
  claim {key} NOT NULL,
  etag TEXT NOT NULL,
  exchange_digest TEXT NOT NULL,
  caldav_digest TEXT NOT NULL,
  exchange_modified BIGINT NOT NULL,
  caldav_modified BIGINT NOT NULL,
  exchange_removed BIGINT NOT NULL,
  caldav_removed BIGINT NOT NULL,
  starts BIGINT NOT NULL,
  ends BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  summary TEXT NOT NULL
);
CREATE UNIQUE INDEX mapping_uid ON mapping (pair, uid);
CREATE UNIQUE INDEX mapping_href ON mapping (href_key, claim);

CREATE TABLE base_copy (
  mapping {row},
  exchange TEXT NOT NULL,
  caldav TEXT NOT NULL           -- empty: the same as exchange
);

CREATE TABLE mapping_item (
  mapping BIGINT NOT NULL,
  number BIGINT NOT NULL,        -- position among the parts of the series
  item TEXT NOT NULL,
  item_key {bytes} NOT NULL,
  claim {key} NOT NULL,          -- empty, or the uid of a tombstone
  change_key TEXT NOT NULL,
  occurrence TEXT NOT NULL,
  PRIMARY KEY (mapping, number)
){clustered};
CREATE UNIQUE INDEX mapping_item_lookup ON mapping_item (item_key, claim);

CREATE TABLE pending_change (
  sequence {serial},
  pair {key} NOT NULL,
  side TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version TEXT NOT NULL
);
CREATE INDEX pending_change_order ON pending_change (pair, side, sequence);

-- Open intents only: closing one removes its row, so that no index is needed.
CREATE TABLE intent (
  id {serial},
  pair {key} NOT NULL,
  run TEXT NOT NULL,
  target TEXT NOT NULL,
  kind TEXT NOT NULL,
  uid TEXT NOT NULL,
  object TEXT NOT NULL,
  expected TEXT NOT NULL,
  desired TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  created BIGINT NOT NULL,
  desired_copy TEXT NOT NULL,
  payload TEXT NOT NULL
);

CREATE TABLE parked (
  id {key} NOT NULL,
  pair {key} NOT NULL,
  mailbox {key} NOT NULL,
  side {key} NOT NULL,
  object {key} NOT NULL,
  uid TEXT NOT NULL,
  reason TEXT NOT NULL,
  code TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  accepted BIGINT NOT NULL,
  first_seen BIGINT NOT NULL,
  next_try BIGINT NOT NULL,
  PRIMARY KEY (pair, side, object)
);
CREATE UNIQUE INDEX parked_id ON parked (id);
CREATE INDEX parked_mailbox ON parked (mailbox);

CREATE TABLE conflict (
  id {key} PRIMARY KEY,
  pair {key} NOT NULL,
  mailbox {key} NOT NULL,
  uid TEXT NOT NULL,
  units TEXT NOT NULL,
  winner TEXT NOT NULL,
  state TEXT NOT NULL,
  at BIGINT NOT NULL,
  losing_copy TEXT NOT NULL
);
CREATE INDEX conflict_mailbox ON conflict (mailbox, at);
CREATE INDEX conflict_pair ON conflict (pair);

CREATE TABLE loss (
  pair {key} NOT NULL,
  mailbox {key} NOT NULL,
  uid {key} NOT NULL,
  reason TEXT NOT NULL,
  occurrence TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX loss_series ON loss (pair, uid);
CREATE INDEX loss_mailbox ON loss (mailbox);

-- History grows by one row an event and write, and is read by people alone: what one series went through is looked for
-- among the rows of its mailbox, what is too old at the beginning of the table. An index on uids would be written at
-- random.
CREATE TABLE audit (
  id {serial},
  at BIGINT NOT NULL,
  run TEXT NOT NULL,
  pair {key} NOT NULL,
  mailbox {key} NOT NULL,
  uid {key} NOT NULL,
  event TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_mailbox ON audit (mailbox, id);
CREATE INDEX audit_deletes ON audit (pair, at) WHERE event = 'deleted';

CREATE TABLE undo (
  id {serial},
  run {key} NOT NULL,
  pair {key} NOT NULL,
  mailbox {key} NOT NULL,
  uid TEXT NOT NULL,
  href TEXT NOT NULL,
  before_etag TEXT NOT NULL,
  after_etag TEXT NOT NULL,
  state TEXT NOT NULL,
  at BIGINT NOT NULL,
  before_text TEXT
);
CREATE INDEX undo_run ON undo (run, id);

CREATE TABLE stopped_plan (
  hash {key} PRIMARY KEY,
  pair {key} NOT NULL,
  mailbox {key} NOT NULL,
  deletes TEXT NOT NULL,
  state TEXT NOT NULL,
  created BIGINT NOT NULL,
  approved_until BIGINT
);
CREATE INDEX stopped_plan_pair ON stopped_plan (pair);

CREATE TABLE run (
  id {key} PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  options TEXT NOT NULL,
  summary TEXT NOT NULL,
  created BIGINT NOT NULL,
  started BIGINT,
  ended BIGINT
);
CREATE INDEX run_created ON run (created);

CREATE TABLE job (
  id {serial},
  run {key} NOT NULL,
  mailbox {key} NOT NULL,
  kind TEXT NOT NULL,
  options TEXT NOT NULL,
  state TEXT NOT NULL,
  holder {key} NOT NULL,
  claimed_ms BIGINT NOT NULL,
  progress TEXT NOT NULL,
  error TEXT NOT NULL,
  error_code TEXT NOT NULL,
  remedy TEXT NOT NULL
);
CREATE INDEX job_run ON job (run, id);
CREATE INDEX job_waiting ON job (id) WHERE state IN ('queued', 'claimed');

CREATE TABLE lease (
  pair {key} PRIMARY KEY,
  holder {key} NOT NULL,
  epoch BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL
);

CREATE TABLE heartbeat (
  holder {key} PRIMARY KEY,
  role TEXT NOT NULL,
  at_ms BIGINT NOT NULL
);

CREATE TABLE setting (
  name {key} PRIMARY KEY,
  value TEXT NOT NULL
);

-- Live sync (live_store.hpp). One row for each mailbox under live sync, the unit of claiming: `due_ms` is the least of its pairs'
-- times, and now after a hint; `claim` counts the claims, so that a late settlement is told apart.
CREATE TABLE live_mailbox (
  mailbox {key} PRIMARY KEY,
  due_ms BIGINT NOT NULL,
  not_before_ms BIGINT NOT NULL,
  claim BIGINT NOT NULL,
  holder {key} NOT NULL,         -- empty: nobody works on it
  claimed_ms BIGINT NOT NULL
);
CREATE INDEX live_mailbox_due ON live_mailbox (due_ms, mailbox);

-- Hints counted and hints served; …_since_ms is the time of the first one not served, where there is one.
CREATE TABLE wake (
  pair {key} PRIMARY KEY,
  mailbox {key} NOT NULL,
  exchange_hints BIGINT NOT NULL,
  exchange_served BIGINT NOT NULL,
  exchange_since_ms BIGINT NOT NULL,
  caldav_hints BIGINT NOT NULL,
  caldav_served BIGINT NOT NULL,
  caldav_since_ms BIGINT NOT NULL,
  next_exchange_ms BIGINT NOT NULL,
  next_caldav_ms BIGINT NOT NULL,
  next_audit_ms BIGINT NOT NULL
);
CREATE INDEX wake_mailbox ON wake (mailbox);

CREATE TABLE subscription (
  token {key} PRIMARY KEY,       -- SHA-256 of the secret in the callback's URL
  mailbox {key} NOT NULL,
  kind TEXT NOT NULL,
  state {key} NOT NULL,
  exchange_id TEXT NOT NULL,
  watermark TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  heard_ms BIGINT NOT NULL
);
CREATE INDEX subscription_mailbox ON subscription (mailbox);
