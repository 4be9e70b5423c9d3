/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Private to commands*.c: one command under way.
 *
 * A command asks the store several things at once (command_ask), each answer is read as it comes, and go_on runs when
 * the last one is there; an error of any of them is the command's answer instead. It ends with command_answer(),
 * command_fail() or command_refuse(), which free it. Reads go over a connection of their own, so that nothing else
 * waits behind them.
 */
#include "commands.h"
#include "report.h"

struct command {
	struct engine *engine;
	struct commands *commands;
	struct call *call;
	struct config *config;			/* the one it began under */
	struct arena *arena;
	json_t *params;				/* their types are checked */
	const char *actor;
	int waiting;				/* answers still to come */
	struct error error;			/* the first one of them */
	void (*go_on)(struct command *command);
	void (*release)(struct command *command);	/* what is not in the arena; NULL: nothing */
	void *state;
	struct command *next, **link;		/* in commands->first */
};
typedef void command_read(struct command *command, const struct pg_result *result);

/* Owner for a statement whose done is command_told(). read NULL: only an error matters. */
void *command_ask(struct command *command, command_read *read);
void command_told(void *owner, const struct pg_result *result, const struct error *err);
struct report command_report(struct command *command, command_read *read);	/* on the reading connection */
struct pg *command_pg(struct command *command);
void command_over(struct command *command, const struct error *err);	/* one of `waiting` ended; err NULL: well */

void command_answer(struct command *command, json_t *result);
void command_fail(struct command *command, const struct error *err);
void command_refuse(struct command *command, enum error_kind kind, const char *fmt, ...) PRINTF(3, 4);

const char *command_text(const struct command *command, const char *name);	/* NULL: not given */
bool command_flag(const struct command *command, const char *name);
/* A row id as people write it, "r-01j9…" or digits; false: the command was refused. */
bool command_id(struct command *command, const char *name, char letter, int64_t *ret);
/* The instance that the param connector names; NULL: the command was refused. */
struct instance *command_instance(struct command *command);
const char *names_allowed(struct arena *arena, const char *const *names, size_t n);	/* "a, b, c" */

/* -- commands_form.c: how answers look -- */
struct column {
	const char *name, *title;
};
json_t *table_new(const struct column *columns, size_t n);
json_t *table_row(json_t *table);					/* a new one; borrowed */
void table_note(json_t *table, const char *fmt, ...) PRINTF(2, 3);
json_t *story_new(void);
void story_line(json_t *story, const char *fmt, ...) PRINTF(2, 3);
void set_text(json_t *object, const char *name, struct slice text);	/* null slice: null */
void set_int(json_t *object, const char *name, int64_t value);
void set_time(json_t *object, const char *name, int64_t us);		/* to the second; 0: null */
void set_id(json_t *object, const char *name, char letter, int64_t id);	/* 0: null */
void set_age(json_t *object, const char *name, int64_t us);		/* negative: null */
const char *age_print(struct arena *arena, int64_t us);			/* "12s", "3m", "2h", "5d" */
char entity_letter(enum entity entity);

/* Columns of a result as members of an object; a name NULL is passed over. */
struct cell {
	const char *name;
	enum { CELL_TEXT, CELL_INT, CELL_BOOL, CELL_TIME, CELL_CONNECTOR, CELL_ID, CELL_JSON } kind;
	char letter;				/* CELL_ID */
};
json_t *cells_read(const struct store *store, const struct pg_result *result, size_t row, const struct cell *cells,
		   size_t n);
json_t *rows_read(const struct store *store, const struct pg_result *result, const struct cell *cells, size_t n);

/* A reason without what differs from record to record, so that equal causes look equal: words with a digit or an @, and
 * quoted values with such or a blank, become "…"; numbers of at most three digits (a status) stay. */
const char *reason_fold(struct arena *arena, struct slice reason);
/* "2026-01-31", "2026-01-31T10:15:00Z", or how long ago: "2h", "7d". Not in the future. */
bool since_parse(struct slice text, int64_t now_us, int64_t *ret_us, struct error *err) MUST_CHECK;
int setting_line(struct slice yaml, const char *name);			/* at the top level; 0: not there */

/* -- the commands -- */
void status_run(struct command *command);		/* commands_status.c */
void version_run(struct command *command);
void runs_run(struct command *command);			/* commands_runs.c */
void run_run(struct command *command);
void resync_run(struct command *command);
void cancel_run(struct command *command);
void pause_run(struct command *command);		/* commands_setup.c */
void resume_run(struct command *command);
void mode_run(struct command *command);
void reload_run(struct command *command);
void log_run(struct command *command);
void trace_run(struct command *command);		/* commands_trace.c */
void plan_run(struct command *command);			/* commands_plan.c */
void errors_run(struct command *command);		/* commands_parked.c */
void errors_retry_run(struct command *command);
void errors_drop_run(struct command *command);
void alerts_run(struct command *command);		/* commands_alerts.c */
void check_run(struct command *command);		/* commands_check.c */

/* -- shared by several of them -- */
json_t *alert_rows(const struct store *store, const struct pg_result *result);	/* of report_alerts() */
json_t *parked_rows(const struct store *store, const struct pg_result *result);	/* of report_parked() */
struct difference;
struct view;
struct view_source;
/* What a source record must be told, by what its remote system really has; frozen ones included. */
size_t plan_differences(const struct command *command, const struct view *view, const struct view_source *source,
			struct difference **ret);
/* One field of a record: field, from, to, source ("ma/contact/17"). */
json_t *plan_change(struct command *command, const struct view *view, const struct difference *difference);
/* All that a record to be created is given; *ret_stream NULL: it is not to be created there. */
size_t plan_creation(const struct command *command, const struct view *view, const struct connector_config *connector,
		     const struct stream_config **ret_stream, struct difference **ret);

/* commands_trace.c finds, commands_facts.c gathers, commands_story.c tells: fills story["text"] from the others. */
#define TRACE_HITS_MAX 100
struct trace {
	struct slice key;
	const char *looked;			/* what was looked for, in words */
	struct slice phone;			/* as asked for; null: it is none */
	int64_t ids[TRACE_HITS_MAX];
	size_t n_ids;
	json_t *hits, *story;
	int64_t entity_id;
	enum entity entity;
	const struct view *view;
};
void trace_gather(struct command *command);		/* and answers */
void story_tell(json_t *story);

/* commands_status.c shows, commands_notes.c says what is not as it should be. */
#define STATUS_COUNTED_MOST 100000			/* what waits is counted up to here: looking must be cheap */
struct status {
	json_t *backlog;				/* connector: {marks, …} */
	json_t *cursors;				/* connector: {stream: {records, cursor}} */
	json_t *causes;					/* of what is parked: how often */
	int64_t schema;
	char server[64];
};
void status_notes(struct command *command, json_t *table);
