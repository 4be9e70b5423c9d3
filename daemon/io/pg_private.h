/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The inside of pg, in parts: pg.c (queue, what a caller sees), pg_step.c (parameters), pg_send.c (queue →
 * libpq), pg_receive.c (libpq → results), pg_simple.c (COPY, scripts and the setup, outside of the pipeline),
 * pg_connect.c (connecting and backoff), pg_loss.c (what a lost connection means for each step), pg_resolve.c
 * (names in a helper thread), pg_error.c (SQLSTATE → kind), pg_statement.c (what is prepared).
 *
 * A step moves queued → sent → (held) → gone. Steps outside of a transaction are held until their sync is
 * answered, because only then they are committed; steps of a transaction are told at once, its commit says
 * how it ended.
 */
#include <libpq-fe.h>

#include "pg.h"

enum step_kind {
	STEP_QUERY,
	STEP_BEGIN,
	STEP_COMMIT,
	STEP_ROLLBACK,
	STEP_SYNC,
	STEP_PREPARE, /* ours: Parse of the statement that follows */
	STEP_COPY,    /* from here on: outside of the pipeline */
	STEP_SCRIPT,
	STEP_SETUP, /* ours: session settings after connecting */
};

struct statement {
	char *sql;
	Oid *types;
	int n_types;
	uint64_t hash;
	unsigned number; /* name on the server: s<number> */
	uint64_t group;  /* group in which Parse was sent */
	enum { STATEMENT_NONE, STATEMENT_SENT, STATEMENT_READY } state;
};

struct step {
	struct step *next;
	enum step_kind kind;
	uint64_t transaction; /* serial, 0: none */
	pg_done *done;
	void *owner;
	const char *sql;
	const struct buf *rows;      /* COPY */
	struct statement *statement; /* PREPARE; QUERY that runs a prepared one */
	size_t size;                 /* bytes of its parameters and text, about what it costs to send */
	bool is_sent, is_answered;
	PGresult *result; /* the answer, until done has it */
	struct error err; /* kind ERROR_NONE: none */
	char sqlstate[6];
	int n_params;
	Oid *types;
	const char **values; /* binary */
	int *lengths, *formats;
	char memory[]; /* all of the above, and the text */
};

struct step_list {
	struct step *head, **end;
};

enum pg_state { PG_WAITING, PG_RESOLVING, PG_CONNECTING, PG_SETTING_UP, PG_UP };
enum simple_phase { SIMPLE_NONE, SIMPLE_ASKED, SIMPLE_COPYING, SIMPLE_ENDING };

struct target {                       /* one address to try */
	char *host, *hostaddr, *port; /* NULL: libpq's default */
};

#define STATEMENTS_MAX 1024 /* power of two; half of it is used at most */

struct pg {
	struct loop *loop;
	char *conninfo, *application_name;
	bool prepare;
	int statement_timeout_ms, lock_timeout_ms;
	void (*changed)(struct pg *pg, bool is_up, void *owner);
	void *owner;

	PGconn *conn;
	enum pg_state state;
	struct watch watch;
	struct timer timer; /* connecting: gives up; waiting: tries again */
	struct task task;   /* sends what was queued in this turn */
	struct error err;
	struct error farewell; /* FATAL message that came unasked */
	bool is_known_down;    /* `changed` was told */
	bool is_holding;       /* the loop's clock */
	bool must_leave;       /* the server cannot do our work any more (read only): connect anew */
	int64_t up_since_us;
	unsigned n_failures; /* rounds in a row, for the backoff */

	struct resolution *resolution; /* names being looked up */
	struct watch resolved;
	struct target *targets;
	size_t n_targets, next_target;

	struct step_list queued, sent, held, failing;
	struct step *simple; /* under way outside of the pipeline */
	enum simple_phase phase;
	size_t copied;                /* bytes of simple->rows given to libpq */
	bool in_pipeline, is_writing; /* is_writing: libpq could not send all of it */
	size_t n_unsynced;            /* sent since the last sync */
	size_t unflushed;             /* bytes given to libpq since the last flush, about */
	uint64_t group;               /* serial of what stands between two syncs */
	unsigned n_nulls;             /* empty answers in a row */

	uint64_t transactions;       /* serial of the last one begun */
	uint64_t queue_transaction;  /* open at the end of the queue; 0: none */
	uint64_t broken_transaction; /* its connection was lost before its end was queued */
	uint64_t commit_sent;        /* COMMITs up to this serial left us */
	uint64_t doomed_transaction; /* a step of it could not be sent, so it must not be committed */
	struct error doomed_err;
	uint64_t failed_transaction;  /* the server refused a step of it */
	struct error transaction_err; /* first error of failed_transaction */
	char transaction_sqlstate[6];
	struct error group_err; /* first error since the last sync, outside of transactions */

	struct statement *statements; /* open addressing by hash */
	unsigned n_statements, statement_numbers;

	int depth;    /* entries from the loop on the stack */
	bool is_dead; /* freed inside a callback; the memory goes with the last entry */
};

static inline bool step_is_simple(const struct step *step)
{
	return step->kind >= STEP_COPY;
}

/* pg_step.c */
void list_init(struct step_list *list);
void list_add(struct step_list *list, struct step *step);
struct step *list_take(struct step_list *list); /* NULL: empty */
struct step *step_new(enum step_kind kind, const char *sql, const struct pg_param *params, size_t n_params);
void step_free(struct step *step);

/* pg_error.c */
void error_of_result(const PGresult *result, struct error *err, char sqlstate[6]);
void error_of_connecting(const char *message, struct error *err);
bool is_fatal(const PGconn *conn, const PGresult *result);
void error_aborted(const struct error *first, struct error *err);

/* pg_statement.c */
struct statement *statement_for(struct pg *pg, const struct step *step); /* NULL: not worth preparing now */
void statements_forget(struct pg *pg);
void statement_name(const struct statement *statement, char name[16]);

/* pg.c */
void pg_finish(struct pg *pg, struct step *step); /* tells the owner and frees; may end in is_dead */
void pg_enter(struct pg *pg);                     /* around everything that the loop calls */
void pg_leave(struct pg *pg);

/* pg_send.c */
void pg_drive(struct pg *pg);                     /* reads and sends what can be, without waiting */
bool pg_doomed(struct pg *pg, struct step *step); /* true: step->err says why it must not be sent */
bool pg_flush(struct pg *pg);                     /* false: the connection was lost meanwhile */
bool pg_send_sync(struct pg *pg);                 /* false: lost */

/* pg_simple.c */
bool simple_start(struct pg *pg) MUST_CHECK; /* head of queued; false: wait, or lost */
void simple_set_up(struct pg *pg);
void simple_continue(struct pg *pg); /* copies on */
void simple_read(struct pg *pg);

/* pg_receive.c */
void pg_receive(struct pg *pg);
void pg_note_failure(struct pg *pg, const struct step *step);

/* pg_connect.c */
void pg_connect_init(struct pg *pg);
void pg_connect_done(struct pg *pg);
void pg_lost(struct pg *pg, const char *reason);
void pg_lost_here(struct pg *pg);              /* libpq has the reason */
void pg_up(struct pg *pg, struct step *setup); /* the session settings were answered */

/* pg_loss.c */
void pg_fail_all(struct pg *pg, const struct error *err);

/* pg_resolve.c */
struct resolution *resolution_start(const struct target *hosts, size_t n_hosts,
                                    int *ret_fd); /* NULL: errno */
struct target *resolution_take(struct resolution *resolution, size_t *ret_count, struct error *err);
void resolution_drop(struct resolution *resolution);
bool host_is_name(const char *host);
void targets_free(struct target *targets, size_t n_targets);

DEFINE_CLEANUP(PGresult *, PQclear)
DEFINE_CLEANUP(PQconninfoOption *, PQconninfoFree)
