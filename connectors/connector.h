/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Connector: the whole contract between the engine and a module that knows one remote system.
 *
 * A connector does no I/O. It says what to ask (a struct http_request) and reads what came back (a struct
 * http_response). Sockets, TLS, logging in when the session ran out, retries with backoff, rate limits, budgets, the
 * paging loop, transactions, logs and metrics exist once, in the engine. A connector never logs, never reads a clock
 * (now_us is given), has no globals that change and calls no other connector. It includes base/ and this folder only.
 *
 * Every conversation is a pair of functions called in turn:
 *
 *	ask   returns NEXT_REQUEST with the request filled in, NEXT_DONE when there is nothing more to ask,
 *	      or NEXT_FAILED with err
 *	read  takes the answer; false with err when it is not what was asked for
 *
 * Before read, the engine has dealt with everything that is the same for all: lost connections, 401 (log in once, ask
 * once more), 429 and 5xx by `check` (or the default below). So read sees an answer that check let pass.
 *
 * Life of a pull: the engine makes it with the stored cursor; ask/read alternate until NEXT_DONE. read adds records to
 * pull->batch and, when a page is whole, sets pull->cursor to where the next page starts. If a page needs several
 * answers (records, then their associations), pull->is_open stays true in between: the engine stores records and cursor
 * in one transaction, and only while is_open is false. `state` is the connector's scratch for one pull, from run_arena.
 * The cursor is text that the connector alone understands, kept for ever; it must stay readable by later versions.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "http_message.h"
#include "record.h"
#include "setting.h"
#include "slice.h"

enum next {
	NEXT_REQUEST,				/* the request is filled in: send it */
	NEXT_DONE,				/* nothing more for now */
	NEXT_FAILED,				/* err is filled in */
};

/* -- Session: what logging in gave -- */

struct session {
	struct arena *arena;			/* lives as long as the session; a new login starts a new one */
	const void *config;			/* the module's config struct */
	const char *base_url;			/* from the instance's settings; login may replace it (instance_url) */
	const char *token;
	const char *refresh_token;		/* rotated ones are stored by the engine before first use; NULL if none */
	const char *context;			/* anything else later requests need, in the module's own form */
	const char *account_id;			/* which remote account these credentials belong to; compared at each login */
	int64_t expires_us;			/* wall time; 0: unknown, renew on 401 */
	int64_t now_us;				/* of this step */
	int step;				/* for logins of several steps; 0 at the start */
};

/* -- Fields: what the remote system really has -- */

struct field_info {
	struct slice name;
	struct slice type;			/* the remote's word for it */
	bool can_update, can_create;
	bool is_unique;				/* may serve as external id */
	int64_t max_length;			/* 0: unknown */
	const char *const *options;		/* allowed values, NULL-terminated; NULL: any */
};

struct describe {
	struct arena *arena;
	const void *config;
	const struct session *session;
	const struct stream_ops *stream;
	int step;
	bool is_known;				/* false after NEXT_DONE: this system does not tell; ask for everything */
	struct field_info *fields;
	size_t n_fields;
};

/* -- Pull -- */

struct pull {
	const void *config;
	const struct session *session;
	const struct stream_ops *stream;
	struct arena *run_arena;		/* lives as long as this pull */
	const char *const *fields;		/* remote names to ask for, in the order of record->values */
	size_t n_fields;
	int64_t now_us;				/* of this step */
	int64_t overlap_ms;			/* how far an incremental pass steps back, from the settings */
	int64_t since_us;			/* a resync --since: start an incremental pass here; 0: as the cursor says */
	const struct slice *ids;		/* read just these records (webhook hint, read-back); NULL: by cursor */
	size_t n_ids;				/* at most stream->ids_max */
	size_t page_size;			/* records a page wished for; 0: the module's own maximum */
	const char *cursor;			/* NULL: from the very beginning */
	struct batch *batch;
	bool is_open;				/* the page needs further answers */
	void *state;
};

/* -- Push -- */

enum outcome {
	OUTCOME_PENDING,			/* not decided yet; still so at NEXT_DONE: unknown, to be looked up */
	OUTCOME_DONE,				/* took effect; remote_id is set */
	OUTCOME_FOUND,				/* create: it is there already under remote_id; nothing was written */
	OUTCOME_GONE,				/* update: the record is not there any more */
	OUTCOME_FAILED,				/* refused; err says why, err_field which field if the remote told */
};

struct change {
	const char *field;			/* remote name */
	struct slice value;			/* empty: clear it; never null */
};

struct push_item {
	int64_t entity_id;
	const char *key;			/* our id of the entity, to be written into the external-id field where there is one */
	struct slice remote_id;			/* update: which record; create: empty, filled in by read */
	struct slice email;			/* create, find: the person's address, or empty */
	struct slice account_id;		/* create: remote id of the account it belongs to, or empty */
	struct slice owner_id;			/* create: remote id of the owner, or empty */
	struct change *changes;			/* only what differs; create: all that is to be set */
	size_t n_changes;
	enum outcome outcome;
	struct error err;
	const char *err_field;			/* remote name, in the push's arena; NULL */
};

enum push_verb {
	PUSH_FIND,				/* look for records that are these entities (key, then e-mail): FOUND, or DONE = none there */
	PUSH_CREATE,
	PUSH_UPDATE,
};

struct push {
	const void *config;
	const struct session *session;
	const struct stream_ops *stream;
	struct arena *arena;
	int64_t now_us;
	enum push_verb verb;			/* the same for all items */
	struct push_item *items;		/* at most stream->push_max */
	size_t n_items;
	bool has_key_field;			/* the external-id field exists at the remote (describe) */
	int step;
	void *state;
};

/* -- Notice: an alert as a task for a user of the remote system -- */

struct notice {
	const void *config;
	const struct session *session;
	struct arena *arena;
	int64_t now_us;
	const char *key;			/* unique for ever; must be findable again at the remote (see find) */
	struct slice owner_id;			/* remote user */
	const char *person_object;		/* e.g. "contact", "lead"; NULL: none */
	struct slice person_id;
	struct slice account_id, opportunity_id;	/* remote ids or empty */
	const char *subject, *body;		/* body already ends with a line that holds the key */
	int64_t created_us;			/* when the alert was decided */
	int64_t due_us;
	bool find;				/* ask whether it is there (after an unknown outcome), write nothing */
	int step;
	enum outcome outcome;			/* DONE (written, remote_id), FOUND, FAILED; find and not there: GONE */
	struct slice remote_id;
	struct error err;
	void *state;
};

/* -- Hook: a webhook of the remote system -- */

struct hook {
	const void *config;
	struct arena *arena;
	int64_t now_us;
	const char *method;
	const char *path;			/* as received, with its query */
	const char *public_url;			/* how the world calls this hook, from the settings; "" if not set */
	const struct http_header *headers;
	size_t n_headers;
	struct slice body;			/* raw bytes */
};

enum hook_verb { HOOK_CHANGED, HOOK_DELETED, HOOK_MERGED, HOOK_ACTIVITY };

struct hook_event {
	const char *key;			/* what makes it one event: a second one with this key is dropped */
	enum hook_verb verb;
	const char *object;			/* stream to pull; static text */
	struct slice id;			/* remote id to read again; empty: pull the stream by its cursor, now */
	struct slice into_id;			/* HOOK_MERGED: the surviving record */
	int64_t occurred_us;
};

struct hook_events {
	struct hook_event *events;
	size_t n_events;
};

const char *hook_header(const struct hook *hook, const char *name);	/* any case; NULL */

/* -- Tables -- */

/* Default mapping of a remote field; the user's `map:` adds to these and overrides them. */
struct field_map {
	const char *field;			/* canonical name, see core/field.h */
	const char *remote;
	enum { MAP_BOTH, MAP_PULL, MAP_PUSH } direction;
};

struct stream_ops {
	const char *name;			/* remote object, singular: "contact" */
	enum entity entity;
	const char *help;			/* one line */
	const struct field_map *fields;		/* ends with field NULL; activities: NULL */
	const char *const *after;		/* streams that are pulled before it in a first load; NULL-terminated or NULL */
	size_t ids_max;				/* most ids of one pull by ids; 0: it cannot */
	enum next (*ask)(struct pull *pull, struct http_request *request, struct error *err);
	bool (*read)(struct pull *pull, const struct http_response *response, struct error *err);

	enum next (*describe_ask)(struct describe *describe, struct http_request *request, struct error *err);	/* or NULL */
	bool (*describe_read)(struct describe *describe, const struct http_response *response, struct error *err);

	size_t push_max;			/* items of one push; 0: read only */
	bool can_create;
	const char *key_field;			/* default external-id field, NULL: none; setting `key_field.<stream>` overrides */
	enum next (*push_ask)(struct push *push, struct http_request *request, struct error *err);
	bool (*push_read)(struct push *push, const struct http_response *response, struct error *err);
};

struct connector_ops {
	const char *name;			/* module name in the settings: "salesforce" */
	const char *help;
	const char *default_role;		/* "ma" or "sfa" */
	const char *default_base_url;		/* NULL: must be set */
	const struct setting *settings;		/* the module's own, beside the common ones; ends with SETTING_END */
	size_t config_size;
	/* Relations between settings: false with ERROR_CONFIG; err->text names the setting. Optional. */
	bool (*settings_check)(const void *config, struct error *err);
	const struct stream_ops *const *streams;	/* NULL-terminated, in the order of a first load */
	int64_t calls_per_second, calls_per_day;	/* defaults of the budget; 0: none */

	enum next (*login_ask)(struct session *session, struct http_request *request, struct error *err);
	bool (*login_read)(struct session *session, const struct http_response *response, struct error *err);
	/* Puts the session's credentials on a request; called for every request but those of login. */
	void (*authorize)(const struct session *session, struct http_request *request);

	/* What an answer means before anybody reads it; true = go on to read. NULL: http_check(). */
	bool (*check)(const struct http_response *response, struct error *err);

	enum next (*notice_ask)(struct notice *notice, struct http_request *request, struct error *err);	/* or NULL */
	bool (*notice_read)(struct notice *notice, const struct http_response *response, struct error *err);

	/* Signature over the raw bytes before anything is parsed; ERROR_REFUSED → 401. NULL: takes no hooks. */
	bool (*hook_verify)(const struct hook *hook, struct error *err);
	bool (*hook_parse)(const struct hook *hook, struct hook_events *events, struct error *err);
};

/*
 * The default reading of a status: 2xx passes; 401 ERROR_EXPIRED; 403 ERROR_REFUSED; 408, 425, 5xx ERROR_TRANSIENT;
 * 413 ERROR_TOO_LARGE; 429 ERROR_THROTTLED with Retry-After (seconds or date, capped at a day, never negative); anything
 * else ERROR_RECORD with the status and the first bytes of a JSON answer. The engine turns TRANSIENT into UNCERTAIN for
 * requests that change something.
 */
bool http_check(const struct http_response *response, struct error *err);

/* NULL-terminated, generated from the folders that were built. */
extern const struct connector_ops *const connector_registry[];
const struct connector_ops *connector_find(const char *module);		/* NULL if there is none */
const struct stream_ops *connector_stream(const struct connector_ops *ops, const char *stream);	/* NULL if none */
