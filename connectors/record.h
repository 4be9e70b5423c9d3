/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Record: what a remote system says about one object, as read from one answer.
 *
 * Values are text, aligned with the field names the pull asked for (pull->fields): numbers in their own digits,
 * times as ISO 8601 UTC, booleans as true/false, references as the id. A null slice means the remote did not show the
 * field, the empty slice that it is blank: the difference decides what may be written.
 *
 * A batch owns an arena; everything of its records lives there. A record read twice in a batch is one record: the
 * later word replaces the earlier (batch_add gives the same struct, cleared, when object and id are equal).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

enum entity {
	ENTITY_PERSON,
	ENTITY_ACCOUNT,
	ENTITY_OPPORTUNITY,
	ENTITY_USER,				/* owners: sales reps and other users of a remote system */
	ENTITY_CAMPAIGN,
	ENTITY_ACTIVITY,
	ENTITY_COUNT,
};
const char *entity_name(enum entity entity);				/* "person", … */

/* What a record says about other records of the same system. */
enum ref_kind {
	REF_OWNER,				/* → user */
	REF_ACCOUNT,				/* → account */
	REF_PERSON,				/* → person: who took part (contact roles), whom an activity is about */
	REF_OPPORTUNITY,			/* → opportunity */
	REF_CAMPAIGN,				/* → campaign */
	REF_PARENT,				/* account → parent account */
	REF_SAME_AS,				/* this record and that are one by the remote's own word: merge, conversion */
};

struct ref {
	enum ref_kind kind;
	const char *object;			/* remote object (a stream's name) the id belongs to; static text */
	struct slice id;			/* empty: the remote says "none" */
};

struct record {
	const char *object;			/* remote object = name of the stream it comes from; static text */
	enum entity entity;
	struct slice id;			/* remote id, never empty */
	int64_t modified_us;			/* the remote's own stamp, 0 if it tells none */
	int64_t created_us;
	bool is_deleted;			/* gone at the remote (deleted, archived, merged away) */
	bool is_read_only;			/* takes no writes any more (a converted lead): it still says who it is */
	bool is_partial;			/* refs are incomplete: null refs mean unknown (default: refs are whole) */
	struct slice *values;			/* n_fields of the pull, in its order */
	struct ref *refs;
	size_t n_refs;

	/* Activities only (entity ENTITY_ACTIVITY); the person is a REF_PERSON or, lacking one, the address. */
	const char *activity;			/* kind: "form", "download", "email_open", "email_click", "page_view", "campaign_response", "event", "property" */
	int64_t occurred_us;
	struct slice title;			/* what: name of the form, paper, campaign */
	struct slice subject_email;
};

/* An item that could not be read; the rest of its page goes on. */
struct parked_item {
	const char *object;
	struct slice id;			/* empty if not even that could be read */
	struct slice raw;			/* as it came, cut at 64 KiB */
	const char *reason;
};

struct batch {
	struct arena *arena;
	size_t n_fields;			/* of the stream's pull */
	struct record **records;		/* in order of arrival */
	size_t n_records, size_records;
	struct parked_item *parked;
	size_t n_parked, size_parked;
	struct record **index;			/* open addressing over (object, id); private */
	size_t size_index;
};

void batch_init(struct batch *batch, size_t n_fields);
void batch_done(struct batch *batch);
void batch_reset(struct batch *batch);
/* The record of this id, new or cleared; values are null slices. object is static text, id is copied. */
struct record *batch_add(struct batch *batch, const char *object, enum entity entity, struct slice id);
struct record *batch_find(const struct batch *batch, const char *object, struct slice id);	/* NULL if none */
void batch_set(struct batch *batch, struct record *record, size_t field, struct slice value);	/* copies */
void batch_ref(struct batch *batch, struct record *record, enum ref_kind kind, const char *object, struct slice id);
/* Parks an item: takes the reason from err. raw and id are copied. */
void batch_park(struct batch *batch, const char *object, struct slice id, struct slice raw, const struct error *err);
