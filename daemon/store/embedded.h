/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Embedded: the daemon's own PostgreSQL (`store: embedded`, the default). Debian's binaries, initdb on first start, a
 * Unix socket only, in the state directory; started, watched and stopped with the daemon.
 *
 * When the daemon runs as root the server is dropped to an unprivileged user (tandem, postgres or nobody: the first that
 * exists), which owns the data directory. A server left behind by a killed daemon is stopped first (pid file checked
 * against /proc). A data directory of another major version, or one that is not ours, is refused untouched. initdb killed
 * half-way is done again: it works in a folder beside it, renamed when whole. A server that dies is restarted with backoff. Two
 * daemons on one state directory: the second is refused (flock on state_dir/lock).
 */
#include "error.h"
#include "loop.h"

struct embedded;
struct embedded_options {
	const char *state_dir;			/* data in state_dir/postgres, socket in socket_dir */
	const char *socket_dir;			/* short: a socket path has 107 bytes */
	const char *postgres_bin;		/* folder of initdb and postgres; "" = found by itself */
	void (*ready)(void *owner, const struct error *err);	/* once: accepts connections, or cannot */
	void (*restarted)(void *owner, const struct error *why);	/* the server ended by itself and is started again */
	void *owner;
};
struct embedded *embedded_new(struct loop *loop, const struct embedded_options *options, struct error *err) MUST_CHECK;
const char *embedded_conninfo(const struct embedded *embedded);
pid_t embedded_pid(const struct embedded *embedded);			/* 0: not running */
void embedded_stop(struct embedded *embedded);				/* fast shutdown, waits; kills after 30 s; frees */
