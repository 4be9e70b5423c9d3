/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The inside of control: control.c has the socket and the peers' bytes, control_call.c lines, requests and
 * answers. */
#include "buf.h"
#include "control.h"

#define LINE_MAX_BYTES (1024 * 1024)
#define OUT_MAX_BYTES  (16 * 1024 * 1024)
#define CALLS_MAX      32 /* open requests of one peer */

struct control {
	struct loop *loop;
	int fd;
	char *path; /* of the socket we made; NULL: handed in */
	struct watch watch;
	struct timer pause;            /* no descriptor left: try again */
	gid_t operator_gid, admin_gid; /* (gid_t)-1: none */
	void (*handle)(struct call *call, const char *method, const json_t *params, void *owner);
	void *owner;
	int64_t stall_us, idle_us;
	struct peer *peers;
	int n_peers;
};

struct peer {
	struct peer *next, **link;
	struct control *control;
	struct watch watch;
	struct task work;   /* lines left in `in`, or the end */
	struct timer limit; /* stall while there is output, else idle */
	int fd;
	struct buf in, out;
	struct call *calls; /* open ones */
	int n_calls;
	bool is_ended, is_broken; /* sent its last byte; must be cut off */
	enum role role;
	uid_t uid;
	char actor[64];
};

struct call {
	struct call *next, **link;
	struct peer *peer; /* NULL: gone */
	json_t *id;        /* NULL: a notification, wants no answer */
	enum role role;
	uid_t uid;
	char actor[64];
};

void peer_line(struct peer *peer, struct slice line);
void peer_orphan(struct peer *peer);                   /* its open calls go on without it */
void peer_write(struct peer *peer, struct slice text); /* a whole line */
