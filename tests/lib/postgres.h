/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Postgres: a private PostgreSQL for one test program, in a temporary directory, on a Unix socket only, without rights.
 *
 * The first call of postgres_conninfo() starts it. A keeper process stops and removes it when the test program ends, in
 * whatever way. Without the server's programs the test is skipped as a whole; TANDEM_POSTGRES_BIN names their folder.
 */
#include <stdbool.h>

const char *postgres_conninfo(void);					/* superuser, database postgres */

enum postgres_stop { POSTGRES_FAST, POSTGRES_IMMEDIATE, POSTGRES_KILL };
void postgres_stop(enum postgres_stop how);				/* returns when it has ended */
void postgres_start(void);						/* again; returns when it takes connections */
