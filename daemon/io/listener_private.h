/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The inside of listener: listener.c has the daemon and its connections, inquiry.c one request and its
 * answer. */
#include <microhttpd.h>

#include "arena.h"
#include "buf.h"
#include "listener.h"

struct listener {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	struct watch watch;
	struct timer tick; /* safety, and what the library wants to do soon */
	struct task run;
	char *unix_path; /* socket file of ours, NULL: none */
	int refused_fd;  /* listening socket after listener_refuse(), -1 */
	int64_t body_max, timeout_ms;
	void (*handle)(struct inquiry *inquiry, void *owner);
	void *owner;
	struct connection *connections;
};

struct connection {
	struct connection *next, **link;
	struct listener *listener;
	struct timer deadline;
	int fd;
	bool had_request;
	struct inquiry *sleeping; /* held, the library has it suspended; NULL: none */
};

struct inquiry {
	struct connection *connection;
	struct MHD_Connection *mhd;
	struct arena *arena;
	const char *method, *target, *path;
	struct http_header *headers;
	size_t n_headers, size_headers;
	struct buf body;
	struct watch peer; /* while asleep: does the sender still listen? */
	bool is_begun, is_handled, is_in_handle, is_abandoned;
	bool is_over;   /* 413 was sent */
	size_t dropped; /* bytes read and thrown away after that */
	struct MHD_Response *response;
	unsigned status;
	void (*gone)(void *owner);
	void *gone_owner;
};

struct inquiry *inquiry_new(struct connection *connection, struct MHD_Connection *mhd, const char *target);
void inquiry_free(struct inquiry *inquiry);
void inquiry_abandon(struct inquiry *inquiry); /* asleep: tells `gone`, wakes it to be closed */
/* The library's access handler. */
enum MHD_Result inquiry_step(struct inquiry *inquiry, const char *method, const char *upload,
                             size_t *upload_size);
