/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Control: the control socket. JSON-RPC 2.0, a line a message, over a Unix stream socket of mode 0660.
 *
 * The peer's uid and gids (SO_PEERCRED, and its groups) decide its role. Requests may be answered later, in any
 * order. A peer that does not read its answers for 10 s, has 16 MiB of them unread, sends a line over 1 MiB or says
 * nothing for 5 minutes is cut off; one with 32 requests open is not read meanwhile. A stale socket file is replaced
 * only if nobody answers on it; a second daemon is refused. The file belongs to operator_group, else to admin_group.
 *
 * Error codes beside JSON-RPC's own: -32000 minus the number of the error's kind; data.kind has its name.
 */
#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "error.h"
#include "loop.h"

enum role { ROLE_VIEWER, ROLE_OPERATOR, ROLE_ADMIN };
const char *role_name(enum role role);

struct control;
struct call;					/* one request under way */

struct control_options {
	const char *path;
	int fd;					/* listening socket from the service manager, or -1 */
	const char *operator_group, *admin_group;	/* "" none; root and the daemon's own user are admin */
	/* params is an object, never NULL, borrowed for the call. Answer with call_answer or call_fail, now or later. */
	void (*handle)(struct call *call, const char *method, const json_t *params, void *owner);
	void *owner;
	int stall_ms, idle_ms;			/* 0: 10 s, 5 minutes */
};
struct control *control_new(struct loop *loop, const struct control_options *options, struct error *err) MUST_CHECK;
void control_free(struct control *control);				/* removes the socket it made */

enum role call_role(const struct call *call);
uid_t call_uid(const struct call *call);
const char *call_actor(const struct call *call);			/* user's name or "uid 1000", for the audit trail */
void call_answer(struct call *call, json_t *result);			/* takes result; a call whose peer is gone is fine */
/* JSON-RPC error object: code by kind, message = err->text, data.kind = its name. */
void call_fail(struct call *call, const struct error *err);
void call_unknown(struct call *call);					/* method not found */

DEFINE_CLEANUP(struct control *, control_free)
