/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Unix socket: a listening socket at a path, taken over only from the dead.
 *
 * A file left by a process that is gone is replaced; when somebody answers there, or the path is something else than a
 * socket, it is an error. No two starters can both win: a lock file beside it (path + ".lock") is held meanwhile.
 */
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

/* Non-blocking, closed on exec. -1: err tells. */
int unix_listen(const char *path, mode_t mode, struct error *err) MUST_CHECK;
