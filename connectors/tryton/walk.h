/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Walk: how a stream is read, page by page, the same for all of them.
 *
 * A first load goes by id alone: exact, and on the primary key's index. Later passes go by time, as scans.
 * Tryton keeps create_date, and write_date which is null until the first change, so each model needs two:
 * rows never changed, by create_date, and changed rows, by write_date; both page by (stamp, id) with
 * microseconds, so ties of any number are exact. A row that is changed meanwhile moves to the end of a scan
 * that is still to come.
 *
 * Stamps are the start of the writing transaction, not its commit: rows may appear behind the newest stamp
 * seen. So a scan steps back by the overlap, at least 120 s, from the newest stamp it knew (its mark). Once a
 * pass that began more than the overlap after the mark was first seen (by our own clock alone) has found
 * nothing newer, nothing can appear there any more: the mark is settled and the next pass starts behind it.
 * Without this an import of 100,000 rows would be read again at every poll of a quiet night.
 *
 * Some changes do not touch the record they belong to (a party's mechanisms and addresses, the opportunities
 * of a merged party). Their scans go `via` another model and read the records they point to again.
 *
 * The cursor is a JSON object: phase, position and the marks by the name of their scan. Times are
 * microseconds.
 */
#include "connector.h"
#include "json.h"

#define WALK_SCANS_MAX      6
#define WALK_CURSOR_SIZE    1536
#define WALK_OVERLAP_MIN_US (120 * INT64_C(1000000))

struct scan {
	const char *name; /* in the cursor */
	const char *model;
	bool is_written;    /* changed rows by write_date; else never changed ones by create_date */
	const char *where;  /* further clauses, each with a comma before it; NULL */
	const char *via;    /* path to the id to be read again; NULL: rows are the records */
	const char *match;  /* with via: the field of the stream's model that holds that id */
	const char *fields; /* with via: what to ask for, each with a comma before it */
	/* with via: false drops the row; NULL: all are needed */
	bool (*is_needed)(const json_t *row, int64_t stamp_us);
};

struct source {
	const char *object; /* name of the stream */
	const char *model;
	const char *where;         /* clauses that hold for every read of the model, as in scan; NULL */
	const char *const *fields; /* always asked for, NULL-terminated */
	bool (*is_derived)(const char *field); /* not the server's: not to be asked for */
	const struct scan *scans;              /* none: every pass reads all */
	size_t n_scans;
	bool (*row)(struct pull *pull, const json_t *row, struct slice id, struct error *err);
};

enum walk_phase { WALK_START, WALK_NEWEST, WALK_ALL, WALK_SCAN, WALK_AGAIN, WALK_IDS, WALK_END };

struct mark {
	int64_t at_us;      /* newest stamp known; 0: none */
	int64_t seen_us;    /* our time when it became known */
	int64_t settled_us; /* nothing at or before it can appear any more; 0: nothing is settled */
};

#define WALK_BEHIND_ALL (-1) /* as place.id: behind every row with that stamp */

/* Where the next page starts: behind the last good row, and behind the unreadable ones that follow it. */
struct place {
	int64_t at_us, id; /* at_us is 0 where rows come by id alone */
	int64_t skip;
};

struct walk {
	const struct source *source;
	enum walk_phase phase;
	size_t scan;
	struct place place;
	struct place again; /* WALK_AGAIN: among the records that the targets point to */
	int64_t entered_us; /* when this scan began; 0: in a run before this one */
	struct mark marks[WALK_SCANS_MAX];
	int64_t *targets; /* via: ids to be read again, of the page just read; in the batch's arena */
	size_t n_targets;
	bool is_last_page;             /* via: that page was the last of its scan */
	char cursor[WALK_CURSOR_SIZE]; /* what pull->cursor points to */
};

struct walk *walk_of(struct pull *pull, const struct source *source); /* pull->state, made at the first ask */
enum next walk_ask(struct walk *walk, struct pull *pull, struct http_request *request, struct error *err);
bool walk_read(struct walk *walk, struct pull *pull, const struct http_response *response, struct error *err);

/* For source.row: the stamps of a row, and a record with them and the values of the pull's fields. */
struct row_times {
	int64_t written_us, created_us; /* 0: none */
};
bool row_times(const json_t *row, struct row_times *ret, struct error *err) MUST_CHECK;
struct record *walk_add(struct pull *pull, const char *object, enum entity entity, struct slice id,
                        const struct row_times *times, const struct slice *values);

/* -- Between the files of walk -- */

void walk_enter_all(struct walk *walk);
void walk_enter_scan(struct walk *walk, const struct pull *pull, size_t scan); /* behind the last: the end */
void walk_leave_scan(struct walk *walk, const struct pull *pull);
void walk_reach(struct mark *mark, int64_t stamp_us, int64_t now_us);
size_t walk_limit(const struct pull *pull);
const char *scan_column(const struct scan *scan);

bool walk_load(struct walk *walk, const char *cursor, struct error *err) MUST_CHECK;
void walk_save(struct walk *walk, struct pull *pull);
