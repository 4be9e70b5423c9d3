/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Pg: one connection to PostgreSQL, non-blocking, in pipeline mode, with COPY. The only includer of libpq-fe.h.
 *
 * Work is queued as steps and sent in order; each step calls `done` exactly once, from the loop. Statements go
 * in pipeline mode: many are under way at once, a sync after each `pg_sync()` or when the queue runs empty. libpq does
 * not do COPY in pipeline mode, so a COPY step waits until the pipeline is empty, leaves it, copies and goes back: the
 * caller does not notice. Results are text format.
 *
 * Outside of pg_begin … pg_commit the steps between two syncs are one transaction, and each is told only when it is
 * committed. Inside, steps are told as they are answered, and the commit tells how it ended; the connection is always
 * clean after it. An error inside a transaction makes the steps up to the next sync fail with ERROR_TRANSIENT
 * "aborted": the first failed step has the real error.
 *
 * A lost connection fails all queued steps: those of which it is unknown whether they took effect (a COMMIT under way
 * and its transaction; what commits by itself and was sent, a SELECT excepted) with ERROR_UNCERTAIN, all others with
 * ERROR_TRANSIENT. The rest of a transaction that was begun before the loss fails too, up to its commit or rollback.
 * pg reconnects by itself with backoff (full jitter, 100 ms … 5 s); `changed` tells once that it went down, or could
 * not be reached at the start, and once that it is up. What is queued while it is down waits for the next attempt and
 * fails with it. The hosts of the connection string are tried one by one, 10 s each (connect_timeout); names are
 * resolved in a helper thread so that the loop never blocks; a dead peer is noticed by TCP keepalives and
 * tcp_user_timeout within 30 s.
 *
 * SQLSTATE classes → kinds: 08, 40001, 40P01, 53, 55P03, 57, XX000 (Citus) transient; 42501, 28 refused; 22, 23, 54
 * record; the rest config. 25006 (the server became read only) and a prepared statement that is gone or stale are
 * transient. `sqlstate` is at hand in the result for who needs more.
 *
 * All SQL is constant text with $1… parameters. Statements are prepared on first use per connection when
 * prepare is on (pg_options); a transaction-mode pooler needs it off.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "error.h"
#include "loop.h"
#include "slice.h"

struct pg;

struct pg_options {
	const char *conninfo;			/* libpq connection string or URL */
	const char *application_name;
	bool prepare;				/* keep prepared statements */
	int statement_timeout_ms, lock_timeout_ms;	/* set by SET on connect; 0: none */
	void (*changed)(struct pg *pg, bool is_up, void *owner);	/* connected, or lost; NULL: nobody asks */
	void *owner;
};

struct pg *pg_new(struct loop *loop, const struct pg_options *options);	/* starts connecting at once */
void pg_free(struct pg *pg);						/* queued steps get no callback any more */
bool pg_is_up(const struct pg *pg);
bool pg_is_idle(const struct pg *pg);					/* nothing queued or under way */
const struct error *pg_error(const struct pg *pg);			/* why it is down */

/* Rows of one step; good until done returns. Rows count from 0, columns as in the SELECT list. */
struct pg_result {
	void *handle;				/* PGresult */
	size_t n_rows;
	int64_t n_changed;			/* INSERT, UPDATE, DELETE, COPY */
	char sqlstate[6];			/* of the error, "" if none */
};
struct slice pg_text(const struct pg_result *result, size_t row, int column);	/* null slice for NULL */
int64_t pg_int(const struct pg_result *result, size_t row, int column);		/* 0 for NULL */
bool pg_bool(const struct pg_result *result, size_t row, int column);
double pg_real(const struct pg_result *result, size_t row, int column);
bool pg_is_null(const struct pg_result *result, size_t row, int column);

/* err NULL: it worked. On failure result is NULL or holds only the sqlstate. */
typedef void pg_done(void *owner, const struct pg_result *result, const struct error *err);

enum pg_param_type { PG_INT8, PG_INT4, PG_TEXT, PG_BOOL, PG_REAL, PG_JSON, PG_TIME, PG_INT8_ARRAY, PG_TEXT_ARRAY };
struct pg_param {
	enum pg_param_type type;
	bool is_null;
	int64_t i;				/* INT8, INT4, BOOL; TIME: microseconds since 1970 UTC */
	double real;
	struct slice text;			/* TEXT, JSON */
	const int64_t *ints;			/* INT8_ARRAY */
	const struct slice *texts;		/* TEXT_ARRAY; a null slice is NULL */
	size_t n;
};
#define PG_I(value)	((struct pg_param){ .type = PG_INT8, .i = (value) })
#define PG_I4(value)	((struct pg_param){ .type = PG_INT4, .i = (value) })
#define PG_B(value)	((struct pg_param){ .type = PG_BOOL, .i = (value) })
#define PG_R(value)	((struct pg_param){ .type = PG_REAL, .real = (value) })
#define PG_T(value)	((struct pg_param){ .type = PG_TEXT, .text = (value), .is_null = slice_is_null(value) })
#define PG_J(value)	((struct pg_param){ .type = PG_JSON, .text = (value), .is_null = slice_is_null(value) })
#define PG_AT(value)	((struct pg_param){ .type = PG_TIME, .i = (value) })
#define PG_NULL(kind)	((struct pg_param){ .type = (kind), .is_null = true })
#define PG_INTS(array, count)  ((struct pg_param){ .type = PG_INT8_ARRAY, .ints = (array), .n = (count) })
#define PG_TEXTS(array, count) ((struct pg_param){ .type = PG_TEXT_ARRAY, .texts = (array), .n = (count) })

/* Queues a statement; parameters are copied. done NULL: only an error of the transaction matters, found at its commit.
 * A text with a NUL in it fails with ERROR_RECORD, as the server refuses it. */
void pg_query(struct pg *pg, const char *sql, const struct pg_param *params, size_t n_params, pg_done *done,
	      void *owner);
#define PG_QUERY(pg, sql, done, owner, ...)                                                     \
	pg_query((pg), (sql), (const struct pg_param[]){ __VA_ARGS__ },                          \
		 sizeof((const struct pg_param[]){ __VA_ARGS__ }) / sizeof(struct pg_param), (done), (owner))
void pg_exec(struct pg *pg, const char *sql, pg_done *done, void *owner);	/* no parameters */
/* Several statements, outside the pipeline; in a transaction or alone. One it leaves open is rolled back. */
void pg_script(struct pg *pg, const char *sql, pg_done *done, void *owner);

/*
 * COPY … FROM STDIN (FORMAT binary). The rows are built by the pg_copy_* functions in a buf that the caller owns and
 * keeps unchanged until done; one that is full fails with ERROR_TOO_LARGE. A copy starts with pg_copy_begin() and ends
 * with pg_copy_end().
 */
void pg_copy_begin(struct buf *rows);
void pg_copy_row(struct buf *rows, int n_columns);			/* then exactly n_columns values */
void pg_copy_int2(struct buf *rows, int16_t value);
void pg_copy_int4(struct buf *rows, int32_t value);
void pg_copy_int8(struct buf *rows, int64_t value);
void pg_copy_bool(struct buf *rows, bool value);
void pg_copy_real(struct buf *rows, float value);
void pg_copy_text(struct buf *rows, struct slice value);		/* null slice: NULL */
void pg_copy_json(struct buf *rows, struct slice value);		/* jsonb */
void pg_copy_time(struct buf *rows, int64_t us);			/* timestamptz */
void pg_copy_null(struct buf *rows);
void pg_copy_end(struct buf *rows);
void pg_copy(struct pg *pg, const char *sql, const struct buf *rows, pg_done *done, void *owner);

void pg_sync(struct pg *pg);						/* end of what stands or falls together */
void pg_begin(struct pg *pg);						/* BEGIN */
void pg_commit(struct pg *pg, pg_done *done, void *owner);		/* COMMIT and sync; err if any step since pg_begin failed */
void pg_rollback(struct pg *pg, pg_done *done, void *owner);

DEFINE_CLEANUP(struct pg *, pg_free)
