/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Salesforce: what the files of this module share. See README.md for the API calls used and their limits.
 *
 *	salesforce.c  tables: settings, streams, the connector itself
 *	login.c       token endpoint, three flows
 *	answer.c      what an error answer means
 *	soql.c        text of queries: escaping, ids, times
 *	query.c       one query as a request, one page of its answer
 *	keyset.c      where an incremental pass stands
 *	pull.c        the pull of every stream, with select.c (columns), row.c (a row) and roles.c (contact roles)
 *	objects.c     the streams of records; activities.c the streams of activities
 *	describe.c    fields of an object
 *	values.c      JSON of a value; push.c writes, find.c looks records up
 *	tasks.c       an alert as a Task
 */
#include <jansson.h>

#include "connector.h"

/* -- Settings -- */

enum auth_flow { FLOW_CLIENT_CREDENTIALS, FLOW_JWT, FLOW_REFRESH_TOKEN };
enum duplicate_rule { DUPLICATE_ALLOW, DUPLICATE_OBEY };

struct salesforce_config {
	int flow;				/* enum auth_flow */
	const char *client_id, *username, *audience, *login_url;
	struct slice client_secret, private_key, refresh_token;
	const char *api_version;
	int64_t page_size;
	bool auto_assign;
	int duplicate_rule;			/* enum duplicate_rule */
	const char *client_name;
	const char *key_lead, *key_contact, *key_account, *key_opportunity;
	const char *task_status, *task_closed_status, *task_priority, *task_subject_prefix;
};

/* -- Objects -- */

struct row;

/* A column that a stream asks for beside the mapped ones. */
struct column {
	const char *name;			/* path into a row; an INVALID_FIELD message is searched for it */
	const char *text;			/* in the query, where that is not the name */
	const char *fallback;			/* when the org does not know something of text; NULL: left out */
	const char *doubtful, *entity;		/* with fallback: what it leaves out, and of what */
	bool is_ref;				/* becomes a reference of `kind` to `object` */
	enum ref_kind kind;
	const char *object;
};

struct sobject {
	struct stream_ops ops;
	const char *name;			/* "Contact" */
	const struct column *columns;		/* ends with name NULL */
	bool (*accept)(const struct row *row);	/* false: the row is no record of this stream; NULL: all are */
	void (*finish)(struct row *row);	/* adds what the columns cannot say; NULL: nothing */
	bool has_roles;				/* contact roles of an opportunity, see roles.c */
	const char *const *required;		/* on create; NULL-terminated, or NULL */
	bool has_email, has_converted;		/* for looking up */
	bool has_account;			/* takes AccountId on create */
	size_t key_offset;			/* of the key field's name in the config */
};

static inline const struct sobject *sobject_of(const struct stream_ops *stream)
{
	return container_of(stream, const struct sobject, ops);
}

extern const struct sobject salesforce_user, salesforce_account, salesforce_contact, salesforce_lead,
	salesforce_opportunity, salesforce_campaign, salesforce_campaign_member, salesforce_task;

/* -- Answers -- */

/* Errors that a pull can do something about itself. */
enum trouble {
	TROUBLE_NONE,				/* a good answer, or an error for everybody */
	TROUBLE_TIMEOUT,			/* QUERY_TIMEOUT: ask for less */
	TROUBLE_LOCATOR,			/* INVALID_QUERY_LOCATOR: go on by keyset */
	TROUBLE_FIELD,				/* INVALID_FIELD: leave the column out */
	TROUBLE_TYPE,				/* INVALID_TYPE: the object is not there or not shown */
	TROUBLE_MISSING,			/* NOT_FOUND, INSUFFICIENT_ACCESS: nor is what was asked by address */
};

bool salesforce_verdict(const struct http_response *response, struct error *err) MUST_CHECK;
/* The same, but lets pass what a pull deals with itself: all other reads ask salesforce_verdict() again. */
bool salesforce_check(const struct http_response *response, struct error *err);
/* With err filled in when it is trouble. */
enum trouble salesforce_trouble(const struct http_response *response, struct error *err);
/* Kind of a code, as in "errorCode" of an answer and "statusCode" of one result; `other` for codes not in the table. */
enum error_kind salesforce_code_kind(struct slice code, enum error_kind other);

/* -- SOQL -- */

#define SOQL_MAX 100000				/* characters of a query */
#define URL_SAFE_BYTES 8000			/* half of what a GET may have; lists are cut to stay below it */

/* A record id in its 18-character form: the last three tell the case of the others. */
struct record_id {
	char text[19];				/* "": none */
};

bool record_id_parse(struct slice text, struct record_id *ret) MUST_CHECK;	/* 15 or 18 letters and digits */
static inline struct slice record_id_slice(const struct record_id *id)
{
	return slice_of(id->text);
}

bool soql_is_name(struct slice name);			/* a field, or a path of relationships that ends in one */
bool soql_is_text(struct slice text);			/* may stand in a literal: UTF-8 without control characters */
void soql_text(struct buf *soql, struct slice text);	/* 'quoted and escaped' */
void soql_time(struct buf *soql, int64_t us);
size_t soql_url_length(struct slice text);		/* once escaped and quoted, as an item of a list */

/* -- Queries -- */

/* Whom a request is for: the fields that pull, push, describe and notice have in common. */
struct caller {
	const struct salesforce_config *config;
	const struct session *session;
	struct arena *arena;
};

struct query_page {
	struct slice *rows;			/* raw, of the response */
	size_t n_rows;
	const char *next_url;			/* in the arena; NULL: the query is done */
};

void request_begin(struct http_request *request, const struct caller *caller, const char *method, const char *path);
void request_write_headers(struct http_request *request, const struct caller *caller);
/* batch_size 0: the server's own; with_deleted: queryAll */
bool query_ask(struct http_request *request, const struct caller *caller, const struct buf *soql, bool with_deleted,
	       size_t batch_size, struct error *err) MUST_CHECK;
void query_ask_more(struct http_request *request, const struct caller *caller, const char *next_url);
bool query_read(struct arena *arena, struct slice body, struct query_page *ret, struct error *err) MUST_CHECK;
/* next_url of an envelope, already checked; ret NULL when it is done. */
bool query_next_url(struct arena *arena, const json_t *envelope, const char **ret, struct error *err) MUST_CHECK;

/* -- Keyset -- */

/*
 * Where an incremental pass stands in (SystemModstamp, Id), and what is needed to begin the next one.
 *
 * A stamp is taken during a transaction and seen at its end, so rows may turn up behind the place that was reached. A
 * pass therefore steps back by the overlap; but only until the overlap has passed since the newest stamp was seen, so
 * that a quiet object is not read again for ever. How long that is is measured on our clock between two moments,
 * never by comparing our clock with theirs.
 */
struct keyset {
	bool is_started;
	int64_t at_us;
	struct record_id id;			/* rows behind this one; none: rows of at_us are still to be read */
	int64_t top_us, top_seen_us;		/* newest stamp ever, and our time when it was first seen */
	int64_t again_us;			/* where the next pass begins if this one is held up; 0: none */
};

bool keyset_parse(struct slice text, struct keyset *ret) MUST_CHECK;
const char *keyset_print(struct arena *arena, const struct keyset *keyset);
void keyset_start(struct keyset *keyset, int64_t at_us);			/* rows from this time on */
void keyset_move(struct keyset *keyset, int64_t stamp_us, const struct record_id *id, int64_t now_us,
		 int64_t overlap_us);
void keyset_turn(struct keyset *keyset, int64_t pass_began_us, int64_t overlap_us);	/* the pass is over */
void keyset_where(const struct keyset *keyset, struct buf *soql);		/* with ORDER BY */

/* -- Pull -- */

struct selected {
	struct column column;
	bool is_dropped;
};

enum scan_phase { PHASE_ROWS, PHASE_ROLES, PHASE_DONE };
enum scan_query { QUERY_ROWS, QUERY_ROLES, QUERY_IDS };

/* A sub-select that did not fit into its row. */
struct child {
	struct child *next;
	struct record_id parent;
	const char *url;
};

/* What one answer brought; becomes true (scan_advance) only once its children were read too. */
struct scan_page {
	size_t n_rows;
	int64_t last_us;
	struct record_id last_id;		/* none: no row told its place */
	const char *next_url;
};

/* State of a pull. Lives in its run_arena. */
struct scan {
	struct keyset rows, roles;
	enum scan_phase phase;
	enum scan_query query;			/* the running one */
	bool is_by_ids;				/* pull->ids */
	bool is_asked;				/* a request is out; still so at the next ask: it failed */
	int64_t began_us;
	size_t limit;				/* rows of one query */
	size_t n_query_rows;			/* of the running query so far */
	struct selected *selected;
	size_t n_selected;
	struct record_id *ids;			/* to be read now */
	size_t n_ids, at_id, size_ids;
	bool roles_done;			/* the last page of roles was read */
	const char *next_url;
	struct scan_page page;
	struct child *children;
	int n_troubles;
};

struct row {
	struct pull *pull;
	const json_t *json;
	struct record *record;			/* NULL in accept */
	struct record_id id;
	int64_t stamp_us;
};

enum next salesforce_pull_ask(struct pull *pull, struct http_request *request, struct error *err);
bool salesforce_pull_read(struct pull *pull, const struct http_response *response, struct error *err);

struct caller pull_caller(const struct pull *pull);

/* select.c */
bool select_columns(struct pull *pull, struct scan *scan, struct error *err) MUST_CHECK;
void select_add(const struct scan *scan, const struct sobject *object, struct buf *soql);
/*
 * Leaves out the column that an INVALID_FIELD answer is about. The message quotes its name or tells it as a plain word;
 * false for one that tells none or several, so that nothing is left out by mistake.
 */
bool select_drop(struct scan *scan, struct slice body) MUST_CHECK;

/* row.c */
/* Value at a path of relationships: empty when the remote says null on the way, null slice when it is not there. */
struct slice row_value(const json_t *row, const char *path);
bool row_is(const json_t *row, const char *path);				/* is true */
struct slice row_plain(struct arena *arena, struct slice value);		/* times as the contract wants them */
/* Adds a reference: an id that is not shown or none is left out and makes the record partial. */
void row_ref(struct row *row, enum ref_kind kind, const char *object, struct slice id);
bool row_head(struct row *row, struct error *err) MUST_CHECK;			/* Id and SystemModstamp */
/*
 * The value of a member in a row that cannot be parsed; empty if it is not there. Good enough to say which record it is
 * and to go on behind it: Id and SystemModstamp are asked for first, and both values are checked before they are used.
 */
struct slice row_raw(struct slice raw, const char *name);
void row_place(struct row *row, struct slice raw);			/* by row_raw(), what is not known yet */

/* roles.c */
#define ROLES_PATH "OpportunityContactRoles"
/* Those inside the opportunity's row. */
bool roles_of_row(struct row *row, struct scan *scan, struct error *err) MUST_CHECK;
bool roles_child_read(struct pull *pull, struct scan *scan, struct slice body, struct error *err) MUST_CHECK;
void roles_select(struct buf *soql);						/* the changed roles */
void scan_want(struct scan *scan, struct arena *arena, const struct record_id *id);	/* once */

/* -- The rest of the operations -- */

enum next salesforce_login_ask(struct session *session, struct http_request *request, struct error *err);
bool salesforce_login_read(struct session *session, const struct http_response *response, struct error *err);

enum next salesforce_describe_ask(struct describe *describe, struct http_request *request, struct error *err);
bool salesforce_describe_read(struct describe *describe, const struct http_response *response, struct error *err);
void describe_begin(struct http_request *request, const struct caller *caller, const struct sobject *object);
bool describe_fields(struct arena *arena, struct slice body, struct field_info **ret_fields, size_t *ret_count,
		     struct error *err) MUST_CHECK;

/* JSON type of a field's values. */
enum value_type { VALUE_UNKNOWN, VALUE_TEXT, VALUE_BOOLEAN, VALUE_NUMBER };
enum value_type value_type_of(const char *field);			/* standard fields only */
enum value_type value_type_named(struct slice remote_type);			/* describe's word */
bool value_is_ambiguous(struct slice value);				/* reads as a number or a boolean */
void value_add(struct buf *body, enum value_type type, struct slice value);	/* empty: null */

enum next salesforce_push_ask(struct push *push, struct http_request *request, struct error *err);
bool salesforce_push_read(struct push *push, const struct http_response *response, struct error *err);
enum next find_ask(struct push *push, struct http_request *request, struct error *err);
bool find_read(struct push *push, const struct http_response *response, struct error *err);
const char *push_key_field(const struct push *push);
struct caller push_caller(const struct push *push);

enum next salesforce_notice_ask(struct notice *notice, struct http_request *request, struct error *err);
bool salesforce_notice_read(struct notice *notice, const struct http_response *response, struct error *err);
