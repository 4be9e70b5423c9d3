/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Listener: the HTTP server, libmicrohttpd on the loop (its epoll descriptor is watched). The only includer of
 * microhttpd.h.
 *
 * A whole request (bounded: body, header memory, connections, connections an address, absolute time from the first
 * byte to the last) is handed to `handle`, which answers now or later: webhooks are answered after their commit, the
 * connection sleeps meanwhile. Over the body's ceiling: 413, by Content-Length at once and by counting besides; too
 * slow, in sending or in reading the answer: cut off; more connections than allowed: they wait in the kernel. Smuggling
 * forms (Content-Length with Transfer-Encoding or twice) are 400.
 *
 * Two traps of the library (0.9.75): after its connection or descriptor limit was hit it accepts again only when it is
 * run once more, so it is run while the connection count falls, and once a second; its timeout counts idle time, so a
 * drip would live for ever: every connection has a deadline timer of its own.
 */
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "http_message.h"
#include "loop.h"

struct listener;
struct inquiry;					/* one request; lives until it is answered or its sender is gone */

struct listener_options {
	const char *address;			/* "127.0.0.1:8420", "[::1]:8420", "unix:/path"; used when fd is -1 */
	int fd;					/* a listening socket handed in by the service manager, or -1 */
	int64_t body_max, timeout_ms;
	int64_t connections, connections_per_address;
	void (*handle)(struct inquiry *inquiry, void *owner);
	void *owner;
};

struct listener *listener_new(struct loop *loop, const struct listener_options *options, struct error *err) MUST_CHECK;
void listener_free(struct listener *listener);				/* open inquiries are dropped; not from within `handle` */
int listener_port(const struct listener *listener);			/* for tests with port 0 */
void listener_refuse(struct listener *listener);			/* stop accepting; what is under way ends */
uint64_t listener_connections(const struct listener *listener);

const char *inquiry_method(const struct inquiry *inquiry);
const char *inquiry_path(const struct inquiry *inquiry);		/* without the query */
const char *inquiry_target(const struct inquiry *inquiry);		/* as received, with the query */
const struct http_header *inquiry_headers(const struct inquiry *inquiry, size_t *ret_count);
struct slice inquiry_body(const struct inquiry *inquiry);
/* Remembers who waits for the answer. `gone` is called if the sender leaves or the listener ends first; then the
 * inquiry must not be touched any more. */
void inquiry_hold(struct inquiry *inquiry, void (*gone)(void *owner), void *owner);
/* Answers, once; the inquiry is gone after the call. headers may be NULL. */
void inquiry_answer(struct inquiry *inquiry, int status, const char *content_type, struct slice body,
		    const struct http_header *headers, size_t n_headers);

DEFINE_CLEANUP(struct listener *, listener_free)
