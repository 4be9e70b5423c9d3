/* SPDX-License-Identifier: Apache-2.0 */
#include "pg_private.h"

#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "crypto.h"
#include "number.h"

/*
 * One attempt is one address: libpq on a loop cannot give up on a silent host by itself and go on to the
 * next, so the hosts and addresses of the connection string are tried one by one here. A round is all of
 * them.
 */
#define CONNECT_TIMEOUT_S 10
#define BACKOFF_FIRST_US  (100 * INT64_C(1000))
#define BACKOFF_MAX_US    (5 * US_PER_S)
#define UP_LONG_US        (5 * US_PER_S) /* a connection that held so long ends the backoff */

/* Ours, unless the connection string says otherwise. A dead peer is noticed within 30 s. */
static const struct {
	const char *keyword, *value;
} defaults[] = {
	{ "client_encoding", "UTF8" },   { "gssencmode", "disable" },    { "keepalives", "1" },
	{ "keepalives_idle", "10" },     { "keepalives_interval", "5" }, { "keepalives_count", "3" },
	{ "tcp_user_timeout", "25000" },
};

/* -- Down -- */

static void drop_connection(struct pg *pg)
{
	watch_stop(&pg->watch);
	timer_stop(pg->loop, &pg->timer);
	PQfinish(TAKE(pg->conn));
}

static void wait_for_next(struct pg *pg)
{
	int64_t ceiling_us = BACKOFF_FIRST_US;

	for (unsigned i = 0; i < pg->n_failures && ceiling_us < BACKOFF_MAX_US; i++)
		ceiling_us *= 2;
	if (ceiling_us > BACKOFF_MAX_US)
		ceiling_us = BACKOFF_MAX_US;
	pg->n_failures++;
	pg->state = PG_WAITING;
	timer_start(pg->loop, &pg->timer, (int64_t)(random_uint64() % (uint64_t)ceiling_us));
}

static void went_down(struct pg *pg)
{
	bool was_known = pg->is_known_down;

	pg->is_known_down = true;
	wait_for_next(pg);
	pg_fail_all(pg, &pg->err);
	if (!pg->is_dead && !was_known && pg->changed)
		pg->changed(pg, false, pg->owner);
}

static void lost(struct pg *pg, const char *reason)
{
	struct slice line, rest;

	if (pg->state == PG_UP && clock_mono_us() - pg->up_since_us >= UP_LONG_US)
		pg->n_failures = 0;
	slice_split(slice_trim(slice_of(pg->farewell.kind ? pg->farewell.text : reason)), '\n', &line, &rest);
	fail(&pg->err, ERROR_TRANSIENT, "lost the connection to PostgreSQL: %.*s", SLICE_ARGS(line));
	drop_connection(pg);
	went_down(pg);
}

void pg_lost(struct pg *pg, const char *reason)
{
	char *copy = alloc_text(reason); /* it may be libpq's, or in a step */

	lost(pg, copy);
	free(copy);
}

void pg_lost_here(struct pg *pg)
{
	pg_lost(pg, PQerrorMessage(pg->conn));
}

/* -- Connecting -- */

static PQconninfoOption *parse(const struct pg *pg, struct error *err)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(pg->conninfo, &message);

	if (!options) {
		struct slice text = slice_trim(slice_of(message ? message : "out of memory"));
		fail(err, ERROR_CONFIG, "connection string of PostgreSQL: %.*s", SLICE_ARGS(text));
	}
	PQfreemem(message);
	return options;
}

static const char *option(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword; options++)
		if (strcmp(options->keyword, keyword) == 0)
			return options->val && *options->val ? options->val : NULL;
	return NULL;
}

/* Part `index` of a list "a,b,c"; a list of one serves all. NULL: not set, or blank. */
static char *list_part(const char *list, size_t index)
{
	struct slice rest = slice_of(list), head = SLICE_NULL;

	if (!list)
		return NULL;
	bool is_list = strchr(list, ',') != NULL;
	for (size_t i = 0; i <= (is_list ? index : 0); i++) {
		if (slice_is_null(rest))
			return NULL;
		slice_split(rest, ',', &head, &rest);
	}
	return head.len ? alloc_printf("%.*s", SLICE_ARGS(head)) : NULL;
}

static size_t list_length(const char *list)
{
	size_t n = list != NULL;

	for (const char *at = list; at && *at; at++)
		n += *at == ',';
	return n;
}

static bool find_hosts(struct pg *pg)
{
	CLEANUP(PQconninfoFree_p) PQconninfoOption *given = parse(pg, &pg->err);
	CLEANUP(PQconninfoFree_p) PQconninfoOption *fallback = given ? PQconndefaults() : NULL;

	targets_free(pg->targets, pg->n_targets);
	pg->targets = NULL;
	pg->n_targets = pg->next_target = 0;
	if (!given || !fallback)
		return false;
	bool is_set = option(given, "host") || option(given, "hostaddr");
	const char *host = option(is_set ? given : fallback, "host");
	const char *hostaddr = option(is_set ? given : fallback, "hostaddr");
	const char *port = option(given, "port") ? option(given, "port") : option(fallback, "port");
	size_t n = list_length(hostaddr ? hostaddr : host);
	pg->n_targets = n ? n : 1;
	pg->targets = alloc_zeroed(pg->n_targets, sizeof(struct target));
	for (size_t i = 0; i < pg->n_targets; i++)
		pg->targets[i] =
		        (struct target){ list_part(host, i), list_part(hostaddr, i), list_part(port, i) };
	return true;
}

/* Keeps why a server sent us away: its FATAL message comes unasked on an idle connection. */
static void on_notice(void *arg, const PGresult *result)
{
	struct pg *pg = arg;
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	char sqlstate[6];

	if (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
		error_of_result(result, &pg->farewell, sqlstate);
}

static void start_attempt(struct pg *pg); /* the next one, after one that failed */

static void attempt_failed(struct pg *pg, const char *message)
{
	error_of_connecting(message, &pg->err);
	drop_connection(pg);
	if (pg->next_target < pg->n_targets)
		start_attempt(pg);
	else
		went_down(pg);
}

static bool is_ours(const char *keyword)
{
	return strcmp(keyword, "host") == 0 || strcmp(keyword, "hostaddr") == 0 ||
	       strcmp(keyword, "port") == 0;
}

/* Later keywords override earlier ones. */
static PGconn *open_connection(struct pg *pg, const PQconninfoOption *given, const struct target *target)
{
	const char *keywords[96] = { NULL }, *values[96] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++, n++) {
		keywords[n] = defaults[i].keyword;
		values[n] = defaults[i].value;
	}
	keywords[n] = "application_name";
	values[n++] = pg->application_name;
	for (; given->keyword && n < ARRAY_SIZE(keywords) - 4; given++) {
		if (!given->val || is_ours(given->keyword))
			continue;
		keywords[n] = given->keyword;
		values[n++] = given->val;
	}
	keywords[n] = "host";
	values[n++] = target->host;
	keywords[n] = "hostaddr";
	values[n++] = target->hostaddr;
	keywords[n] = "port";
	values[n++] = target->port;
	return PQconnectStartParams(keywords, values, 0);
}

static int64_t connect_timeout_us(const PQconninfoOption *given)
{
	const char *text = option(given, "connect_timeout");
	int64_t seconds = CONNECT_TIMEOUT_S;

	if (text && !parse_int64(slice_of(text), 1, 3600, &seconds))
		seconds = CONNECT_TIMEOUT_S;
	return seconds * US_PER_S;
}

static void start_attempt(struct pg *pg)
{
	CLEANUP(PQconninfoFree_p) PQconninfoOption *given = parse(pg, &pg->err);

	if (!given) {
		went_down(pg);
		return;
	}
	pg->state = PG_CONNECTING;
	pg->farewell.kind = ERROR_NONE;
	pg->conn = open_connection(pg, given, &pg->targets[pg->next_target++]);
	if (!pg->conn || PQstatus(pg->conn) == CONNECTION_BAD) {
		attempt_failed(pg, pg->conn ? PQerrorMessage(pg->conn) : "out of memory");
		return;
	}
	(void)PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE); /* see error_of_connecting() */
	(void)PQsetNoticeReceiver(pg->conn, on_notice, pg);
	timer_start(pg->loop, &pg->timer, connect_timeout_us(given));
	watch_start(pg->loop, &pg->watch, PQsocket(pg->conn), WATCH_WRITE);
}

static void connected(struct pg *pg)
{
	timer_stop(pg->loop, &pg->timer);
	(void)PQsetErrorVerbosity(pg->conn, PQERRORS_DEFAULT);
	pg->state = PG_SETTING_UP;
	if (PQsetnonblocking(pg->conn, 1) != 0)
		pg_lost_here(pg);
	else
		simple_set_up(pg);
}

static void poll_connection(struct pg *pg)
{
	PostgresPollingStatusType status = PQconnectPoll(pg->conn);

	/* libpq may have opened another socket under the same number: stopped and started, epoll learns of
	 * it. */
	watch_stop(&pg->watch);
	if (status == PGRES_POLLING_OK)
		connected(pg);
	else if (status == PGRES_POLLING_FAILED)
		attempt_failed(pg, PQerrorMessage(pg->conn));
	else
		watch_start(pg->loop, &pg->watch, PQsocket(pg->conn),
		            status == PGRES_POLLING_READING ? WATCH_READ : WATCH_WRITE);
}

void pg_up(struct pg *pg, struct step *setup)
{
	struct error err = setup->err;

	step_free(setup);
	if (err.kind) {
		pg_lost(pg, err.text);
		return;
	}
	pg->state = PG_UP;
	pg->up_since_us = clock_mono_us();
	pg->is_known_down = false;
	pg->err = (struct error){ 0 };
	if (pg->changed)
		pg->changed(pg, true, pg->owner);
}

/* -- Rounds -- */

static void on_resolved(struct watch *watch, int events UNUSED)
{
	struct pg *pg = container_of(watch, struct pg, resolved);
	size_t n_targets;
	struct error err = { 0 };

	pg_enter(pg);
	watch_stop(watch);
	struct target *targets = resolution_take(TAKE(pg->resolution), &n_targets, &err);
	targets_free(pg->targets, pg->n_targets);
	pg->targets = targets;
	pg->n_targets = n_targets;
	if (n_targets) {
		start_attempt(pg);
	} else {
		pg->err = err;
		went_down(pg);
	}
	pg_leave(pg);
}

static bool needs_resolving(const struct pg *pg)
{
	for (size_t i = 0; i < pg->n_targets; i++)
		if (!pg->targets[i].hostaddr && host_is_name(pg->targets[i].host))
			return true;
	return false;
}

static void resolve(struct pg *pg)
{
	int fd;

	pg->resolution = resolution_start(pg->targets, pg->n_targets, &fd);
	if (!pg->resolution) {
		fail(&pg->err, ERROR_TRANSIENT,
		     "could not start a thread to resolve the name of the PostgreSQL host");
		went_down(pg);
		return;
	}
	pg->state = PG_RESOLVING;
	watch_start(pg->loop, &pg->resolved, fd, WATCH_READ);
}

static void start_round(struct pg *pg)
{
	if (!find_hosts(pg))
		went_down(pg);
	else if (needs_resolving(pg))
		resolve(pg);
	else
		start_attempt(pg);
}

static void on_timer(struct timer *timer)
{
	struct pg *pg = container_of(timer, struct pg, timer);

	pg_enter(pg);
	if (pg->state == PG_CONNECTING)
		attempt_failed(pg, "no answer in time");
	else
		start_round(pg);
	pg_leave(pg);
}

static void on_ready(struct watch *watch, int events)
{
	struct pg *pg = container_of(watch, struct pg, watch);

	pg_enter(pg);
	if (pg->state == PG_CONNECTING) {
		poll_connection(pg);
	} else if (events & WATCH_READ && !PQconsumeInput(pg->conn)) {
		pg_lost_here(pg);
	} else {
		pg->is_writing = false;
		pg_drive(pg);
	}
	pg_leave(pg);
}

void pg_connect_init(struct pg *pg)
{
	pg->watch = (struct watch){ .ready = on_ready, .name = "pg" };
	pg->resolved = (struct watch){ .ready = on_resolved, .name = "pg names" };
	pg->timer = (struct timer){ .expired = on_timer, .name = "pg connect" };
	pg->state = PG_RESOLVING;
	fail(&pg->err, ERROR_TRANSIENT, "not connected to PostgreSQL yet");
	timer_start(pg->loop, &pg->timer, 0);
}

void pg_connect_done(struct pg *pg)
{
	watch_stop(&pg->resolved);
	if (pg->resolution)
		resolution_drop(TAKE(pg->resolution));
	drop_connection(pg);
	targets_free(TAKE(pg->targets), pg->n_targets);
	pg->n_targets = 0;
	pg->state = PG_WAITING;
}
