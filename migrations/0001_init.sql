-- Tandem's store. Rules of the schema: docs/schema.md (placement, ids, order of locks, what must not be used).
-- Forward only; never edited after a release. Runs in one transaction, whose hash is kept in schema_version.

-- Where each table goes when the store is spread over several servers; checks and the scale-out command read this list.
CREATE TABLE placement (
	table_name text PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('hash', 'reference', 'local')),
	dist_col text,
	ord int NOT NULL,
	CHECK ((kind = 'hash') = (dist_col IS NOT NULL)));

-- One row: the installation. The secret seeds every key hash; a store without it cannot be read by another.
CREATE TABLE installation (
	installation_id int PRIMARY KEY CHECK (installation_id = 1),
	hash_secret bigint NOT NULL,
	created_at timestamptz NOT NULL);

CREATE TABLE connector (
	connector_id smallint PRIMARY KEY,
	name text NOT NULL UNIQUE,
	module text NOT NULL,
	role text NOT NULL,
	account_id text,                        -- remote account of the credentials; another one is refused
	mode text NOT NULL,                     -- the last mode it ran in
	is_paused boolean NOT NULL DEFAULT false,
	refresh_token text,                     -- rotated by the remote; stored before its first use
	created_at timestamptz NOT NULL);

-- The last word of a remote system on one object: also the shadow, the base of every difference.
CREATE TABLE source_record (
	src_key bigint PRIMARY KEY,             -- hash of (connector, object, external_id)
	connector_id smallint NOT NULL,
	entity smallint NOT NULL,               -- person, account, opportunity, user, campaign
	object text NOT NULL,                   -- remote object, e.g. contact
	external_id text NOT NULL,              -- compared on every hit of src_key
	entity_id bigint,
	content_hash bigint NOT NULL,
	remote_modified_at timestamptz,
	remote_created_at timestamptz,
	seen_at timestamptz NOT NULL,
	deleted boolean NOT NULL DEFAULT false,
	read_only boolean NOT NULL DEFAULT false,       -- takes no writes any more, e.g. a converted lead
	owner_key bigint,                       -- src_key of the user that owns it
	account_key bigint,                     -- src_key of its account
	payload jsonb NOT NULL,                 -- remote field: value; a field not shown is absent
	field_times jsonb,                      -- canonical field: microseconds, where older than remote_modified_at
	written jsonb);                         -- what we wrote and how the remote gave it back (core/differ.h)
CREATE INDEX source_record_entity ON source_record (entity_id);
CREATE INDEX source_record_account ON source_record (account_key) WHERE entity = 2;

-- Who took part in an opportunity (contact roles), as src_keys: they may come before the records they name.
CREATE TABLE opp_role (
	person_key bigint NOT NULL,
	opportunity_key bigint NOT NULL,
	PRIMARY KEY (person_key, opportunity_key));
CREATE INDEX opp_role_opportunity ON opp_role (opportunity_key);

CREATE TABLE match_decision (
	src_key bigint NOT NULL,
	decision_id bigint NOT NULL,
	from_entity bigint,
	to_entity bigint NOT NULL,
	rule smallint NOT NULL,                 -- key kind that linked; 0: no other record, a new entity
	score real NOT NULL,
	evidence text NOT NULL,                 -- the shared value
	actor text NOT NULL,
	config_version bigint NOT NULL,
	undoes bigint,
	decided_at timestamptz NOT NULL,
	PRIMARY KEY (src_key, decision_id));

CREATE TABLE identity_key (
	key_hash bigint NOT NULL,
	kind smallint NOT NULL,
	key_check bigint NOT NULL,
	entity_id bigint NOT NULL,
	src_key bigint NOT NULL,                -- the record that brought it
	PRIMARY KEY (key_hash, kind));
CREATE INDEX identity_key_entity ON identity_key (entity_id);

-- Golden records: a column a canonical field, in the order of core/field.h; a user's own fields in extras.
-- origin: src_key behind each field, in the order of the columns; NULL when one source record gave them all.
CREATE TABLE person (
	person_id bigint PRIMARY KEY, merged_into bigint,
	email text, first_name text, last_name text, title text, phone text, mobile text, company text, website text,
	street text, city text, state text, postal_code text, country text, lifecycle text, lead_status text,
	email_opt_out text,
	extras jsonb, origin bigint[], n_sources int NOT NULL, version int NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL);
CREATE TABLE account (
	account_id bigint PRIMARY KEY, merged_into bigint,
	name text, domain text, website text, phone text, street text, city text, state text, postal_code text,
	country text, industry text, employees text, email text,
	extras jsonb, origin bigint[], n_sources int NOT NULL, version int NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL);
CREATE TABLE opportunity (
	opportunity_id bigint PRIMARY KEY, merged_into bigint,
	name text, stage text, amount text, close_date text, is_closed text, is_won text,
	extras jsonb, origin bigint[], n_sources int NOT NULL, version int NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL);
CREATE TABLE app_user (
	user_id bigint PRIMARY KEY, merged_into bigint,
	email text, first_name text, last_name text, is_active text,
	extras jsonb, origin bigint[], n_sources int NOT NULL, version int NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL);
CREATE TABLE campaign (
	campaign_id bigint PRIMARY KEY, merged_into bigint,
	name text, type text, status text, start_date text, end_date text, is_active text,
	extras jsonb, origin bigint[], n_sources int NOT NULL, version int NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL);

-- What somebody did. subject_key: src_key of the person as the remote named it, or the hash of the e-mail key when it gave
-- only an address; never rewritten, so it does not move on a merge. Partitions a month are made by the daemon.
CREATE TABLE activity (
	subject_key bigint NOT NULL,
	occurred_at timestamptz NOT NULL,
	activity_key bigint NOT NULL,
	subject_is_email boolean NOT NULL,
	connector_id smallint NOT NULL,
	kind text NOT NULL,
	title text,
	campaign_key bigint,
	object text NOT NULL,
	external_id text NOT NULL,
	seen_at timestamptz NOT NULL,
	PRIMARY KEY (subject_key, occurred_at, activity_key)) PARTITION BY RANGE (occurred_at);
CREATE TABLE activity_default PARTITION OF activity DEFAULT;

-- Work tables of the batch; each row is deleted in the transaction that wrote it.
CREATE UNLOGGED TABLE w_source (
	batch bigint NOT NULL, src_key bigint NOT NULL, connector_id smallint, entity smallint, object text, external_id text,
	entity_id bigint, content_hash bigint, remote_modified_at timestamptz, remote_created_at timestamptz, seen_at timestamptz,
	deleted boolean, read_only boolean, owner_key bigint, account_key bigint, payload jsonb, field_times jsonb, written jsonb,
	PRIMARY KEY (batch, src_key));
CREATE UNLOGGED TABLE w_probe (
	batch bigint NOT NULL, src_key bigint NOT NULL, content_hash bigint NOT NULL, PRIMARY KEY (batch, src_key));
CREATE UNLOGGED TABLE w_key (
	batch bigint NOT NULL, key_hash bigint NOT NULL, kind smallint NOT NULL, key_check bigint, entity_id bigint, src_key bigint,
	PRIMARY KEY (batch, key_hash, kind));
CREATE UNLOGGED TABLE w_golden (
	batch bigint NOT NULL, entity_id bigint NOT NULL, merged_into bigint,
	f0 text, f1 text, f2 text, f3 text, f4 text, f5 text, f6 text, f7 text, f8 text, f9 text, f10 text, f11 text, f12 text,
	f13 text, f14 text, f15 text,
	extras jsonb, origin bigint[], n_sources int, updated_at timestamptz,
	PRIMARY KEY (batch, entity_id));
CREATE UNLOGGED TABLE w_role (
	batch bigint NOT NULL, person_key bigint NOT NULL, opportunity_key bigint NOT NULL,
	PRIMARY KEY (batch, person_key, opportunity_key));
CREATE UNLOGGED TABLE w_activity (
	batch bigint NOT NULL, subject_key bigint NOT NULL, occurred_at timestamptz NOT NULL, activity_key bigint NOT NULL,
	subject_is_email boolean, connector_id smallint, kind text, title text, campaign_key bigint, object text, external_id text,
	seen_at timestamptz, subject_email text, tell boolean,
	PRIMARY KEY (batch, subject_key, occurred_at, activity_key));

-- Local tables.
CREATE TABLE sync_cursor (
	connector_id smallint NOT NULL,
	stream text NOT NULL,
	cursor text,
	epoch bigint NOT NULL,                  -- of the lease under which it was last moved
	loaded_at timestamptz,                  -- when its first load was whole; NULL: not yet
	passed_at timestamptz,                  -- end of the last pass that went through
	records bigint NOT NULL DEFAULT 0,      -- read so far
	PRIMARY KEY (connector_id, stream));

CREATE TABLE lease (
	name text PRIMARY KEY,
	holder text NOT NULL,
	epoch bigint NOT NULL,
	slot int NOT NULL,                      -- of the ids that the holder makes
	expires_at timestamptz NOT NULL);

CREATE TABLE run (
	run_id bigint PRIMARY KEY,
	connector_id smallint NOT NULL,
	stream text,                            -- NULL: all
	kind text NOT NULL,                     -- resync, relink
	request jsonb NOT NULL,                 -- what was asked for
	state text NOT NULL,                    -- queued, running, done, failed, cancelled
	progress jsonb NOT NULL,                -- per stream: cursor, done
	records bigint NOT NULL DEFAULT 0,
	changed bigint NOT NULL DEFAULT 0,
	parked bigint NOT NULL DEFAULT 0,
	error text,
	actor text NOT NULL,
	created_at timestamptz NOT NULL,
	started_at timestamptz,
	ended_at timestamptz);
CREATE INDEX run_open ON run (connector_id) WHERE state IN ('queued', 'running');

-- This entity may differ on that connector. The version says whether the mark was renewed while a push was under way.
CREATE TABLE dirty (
	connector_id smallint NOT NULL,
	entity_id bigint NOT NULL,
	entity smallint NOT NULL,
	version bigint NOT NULL,
	due_at timestamptz NOT NULL,
	attempts int NOT NULL DEFAULT 0,
	is_uncertain boolean NOT NULL DEFAULT false,    -- a create of unknown outcome: look it up before a second try
	marked_at timestamptz NOT NULL,
	PRIMARY KEY (connector_id, entity_id));
CREATE INDEX dirty_due ON dirty (connector_id, due_at);

CREATE TABLE push_log (
	push_id bigint PRIMARY KEY,
	connector_id smallint NOT NULL,
	entity_id bigint NOT NULL,
	object text NOT NULL,
	external_id text,
	verb text NOT NULL,                     -- create, update
	outcome text NOT NULL,                  -- done, found, gone, failed, unknown
	changes jsonb NOT NULL,                 -- remote field: [old, new]
	error text,
	config_version bigint NOT NULL,
	epoch bigint NOT NULL,
	pushed_at timestamptz NOT NULL);
CREATE INDEX push_log_entity ON push_log (entity_id);

-- Set aside with its reason, until the record changes or somebody retries it.
CREATE TABLE parked (
	parked_id bigint PRIMARY KEY,
	connector_id smallint NOT NULL,
	kind text NOT NULL,                     -- read, push, alert, hook
	object text NOT NULL,
	external_id text NOT NULL,              -- '' when unreadable
	ref bigint NOT NULL,                    -- entity, alert or src_key it is about; 0 none
	reason text NOT NULL,
	raw text,
	times int NOT NULL DEFAULT 1,
	first_at timestamptz NOT NULL,
	last_at timestamptz NOT NULL,
	CONSTRAINT parked_thing UNIQUE (connector_id, kind, object, external_id, ref));

-- Webhook inbox: committed before the sender gets its 2xx.
CREATE TABLE hook_event (
	connector_id smallint NOT NULL,
	event_key bigint NOT NULL,
	event_check bigint NOT NULL,
	event_id bigint NOT NULL,
	verb smallint NOT NULL,
	object text NOT NULL,
	external_id text NOT NULL,
	into_id text NOT NULL,
	occurred_at timestamptz,
	received_at timestamptz NOT NULL,
	attempts int NOT NULL DEFAULT 0,
	due_at timestamptz NOT NULL,
	done_at timestamptz,
	PRIMARY KEY (connector_id, event_key));
CREATE INDEX hook_event_due ON hook_event (connector_id, due_at) WHERE done_at IS NULL;
CREATE INDEX hook_event_done ON hook_event (done_at) WHERE done_at IS NOT NULL;

-- An activity that a rule may want told. One row each, until it is folded into an alert or dropped with its reason.
CREATE TABLE alert_candidate (
	activity_key bigint PRIMARY KEY,
	subject_key bigint NOT NULL,
	subject_is_email boolean NOT NULL,
	subject_email text,
	connector_id smallint NOT NULL,
	kind text NOT NULL,
	title text,
	occurred_at timestamptz NOT NULL,
	seen_at timestamptz NOT NULL,
	due_at timestamptz NOT NULL,
	attempts int NOT NULL DEFAULT 0);
CREATE INDEX alert_candidate_due ON alert_candidate (due_at);

CREATE TABLE alert (
	alert_id bigint PRIMARY KEY,
	idem_key text NOT NULL UNIQUE,
	rule text NOT NULL,
	person_id bigint NOT NULL,
	opportunity_id bigint,
	user_id bigint,
	step text NOT NULL,
	why text NOT NULL,
	connector_id smallint,                  -- system whose task list is used
	subject text NOT NULL,
	body text NOT NULL,
	n_activities int NOT NULL,
	last_activity_at timestamptz NOT NULL,
	state text NOT NULL,                    -- due, sending, sent, failed, nobody
	is_uncertain boolean NOT NULL DEFAULT false,
	remote_object text, remote_id text,
	about jsonb,                            -- remote ids as last sent: looking for the task asks for the same ones
	attempts int NOT NULL DEFAULT 0,
	error text,
	config_version bigint NOT NULL,
	epoch bigint NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL,
	due_at timestamptz NOT NULL,
	sent_at timestamptz);
CREATE INDEX alert_open ON alert (due_at) WHERE state IN ('due', 'sending');
CREATE INDEX alert_person ON alert (person_id, rule, created_at);
CREATE TABLE alert_activity (
	alert_id bigint NOT NULL,
	activity_key bigint NOT NULL UNIQUE,    -- an activity is told once
	kind text NOT NULL,
	title text,
	occurred_at timestamptz NOT NULL,
	PRIMARY KEY (alert_id, activity_key));

INSERT INTO placement (table_name, kind, dist_col, ord) VALUES
	('source_record', 'hash', 'src_key', 1), ('match_decision', 'hash', 'src_key', 2),
	('identity_key', 'hash', 'key_hash', 3), ('person', 'hash', 'person_id', 4), ('account', 'hash', 'account_id', 5),
	('opportunity', 'hash', 'opportunity_id', 6), ('app_user', 'hash', 'user_id', 7), ('campaign', 'hash', 'campaign_id', 8),
	('opp_role', 'hash', 'person_key', 9), ('activity', 'hash', 'subject_key', 10),
	('w_source', 'hash', 'src_key', 11), ('w_probe', 'hash', 'src_key', 12), ('w_key', 'hash', 'key_hash', 13),
	('w_golden', 'hash', 'entity_id', 15), ('w_role', 'hash', 'person_key', 16),
	('w_activity', 'hash', 'subject_key', 17),
	('connector', 'reference', NULL, 20), ('placement', 'local', NULL, 30), ('installation', 'local', NULL, 31),
	('sync_cursor', 'local', NULL, 32), ('lease', 'local', NULL, 33), ('run', 'local', NULL, 34), ('dirty', 'local', NULL, 35),
	('push_log', 'local', NULL, 36), ('parked', 'local', NULL, 37), ('hook_event', 'local', NULL, 38),
	('alert_candidate', 'local', NULL, 39), ('alert', 'local', NULL, 40), ('alert_activity', 'local', NULL, 41),
	('schema_version', 'local', NULL, 42), ('activity_default', 'hash', 'subject_key', 43);
