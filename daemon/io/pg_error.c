/* SPDX-License-Identifier: Apache-2.0 */
#include "pg_private.h"

#include <ctype.h>

/* By longest prefix first. https://www.postgresql.org/docs/15/errcodes-appendix.html */
static const struct {
	const char *prefix;
	enum error_kind kind;
} kinds[] = {
	{ "40001", ERROR_TRANSIENT }, /* serialization failure */
	{ "40P01", ERROR_TRANSIENT }, /* deadlock */
	{ "55P03", ERROR_TRANSIENT }, /* lock timeout */
	{ "XX000", ERROR_TRANSIENT }, /* Citus says so of a lost worker */
	{ "25006", ERROR_TRANSIENT }, /* read only: an old primary after a failover */
	{ "25P02", ERROR_TRANSIENT }, /* transaction aborted before */
	{ "26000", ERROR_TRANSIENT }, /* somebody deallocated our statement: prepared anew */
	{ "42501", ERROR_REFUSED },   /* no right */
	{ "3D000", ERROR_CONFIG },    /* no such database */
	{ "08", ERROR_TRANSIENT },    /* connection */
	{ "53", ERROR_TRANSIENT },    /* memory, disk, connections */
	{ "57", ERROR_TRANSIENT },    /* shut down, cancelled by timeout */
	{ "28", ERROR_REFUSED },      /* authentication */
	{ "22", ERROR_RECORD },       /* data */
	{ "23", ERROR_RECORD },       /* constraint */
	{ "54", ERROR_RECORD },       /* a limit of the server, such as a key too long for an index */
	{ "", ERROR_CONFIG },
};

static enum error_kind kind_of(const char *sqlstate)
{
	size_t i = 0;

	while (strncmp(sqlstate, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
		i++;
	return kinds[i].kind;
}

/* DETAIL and HINT stay out: they show values, and values are people. */
void error_of_result(const PGresult *result, struct error *err, char sqlstate[6])
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	sqlstate[0] = '\0';
	if (!state || strlen(state) != 5) {
		struct slice text = slice_trim(slice_of(PQresultErrorMessage(result)));
		fail(err, ERROR_TRANSIENT, "%.*s", SLICE_ARGS(text));
		return;
	}
	memcpy(sqlstate, state, 6);
	fail(err, kind_of(state), "%s (%s)", message ? message : "no message", state);
}

void error_aborted(const struct error *first, struct error *err)
{
	fail(err, ERROR_TRANSIENT, "aborted: %s", first->kind ? first->text : "an earlier step failed");
}

/* After these the connection ends, and what was under way has an unknown outcome. */
bool is_fatal(const PGconn *conn, const PGresult *result)
{
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

	return PQstatus(conn) == CONNECTION_BAD || !PQresultErrorField(result, PG_DIAG_SQLSTATE) ||
	       (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0));
}

static bool is_sqlstate(const char *text)
{
	for (int i = 0; i < 5; i++)
		if (!isdigit((unsigned char)text[i]) && !(text[i] >= 'A' && text[i] <= 'Z'))
			return false;
	return text[5] == ':' && text[6] == ' ';
}

/*
 * A failed attempt leaves only a text: libpq gives no SQLSTATE for it. With verbose errors the text has it:
 * "connection to server … failed: FATAL:  28P01: password authentication failed for user "x"\nLOCATION: …".
 */
void error_of_connecting(const char *message, struct error *err)
{
	struct slice whole = slice_trim(slice_of(message)), line, rest;

	for (const char *at = strstr(message, ":  "); at; at = strstr(at + 3, ":  ")) {
		if (strlen(at) < 10 || !is_sqlstate(at + 3))
			continue;
		char state[6] = { at[3], at[4], at[5], at[6], at[7] };
		slice_split(slice_of(at + 10), '\n', &line, &rest);
		fail(err, kind_of(state), "could not connect to PostgreSQL: %.*s (%s)", SLICE_ARGS(line),
		     state);
		return;
	}
	slice_split(whole, '\n', &line, &rest);
	fail(err, ERROR_TRANSIENT, "could not connect to PostgreSQL: %.*s", SLICE_ARGS(line));
}
