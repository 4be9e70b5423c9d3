/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Http: requests to remote systems, on libcurl's multi interface inside the loop. The only includer of curl.h.
 *
 * HTTP/2 and keep-alive, answers decompressed; https only, plain http only to loopback; redirects refused; private,
 * loopback and link-local addresses refused when the socket opens unless the client allows them; a ceiling on what
 * an answer may grow to after decompression, on the whole time, on time without progress (low speed 64 bytes/s over
 * 20 s), on header size. Bodies are sent with Content-Length.
 *
 * A client belongs to one connector instance: its own connection cache and rules; what is sent beyond its `connections`
 * waits here, its time not yet running. Proxies named in the environment are not used. An exchange calls `done` exactly
 * once, from the loop and never from within http_send(), unless it is cancelled first.
 *
 * libcurl sends a request again when a kept connection ends without an answer; one with `changes` is never sent twice.
 * Timeouts run on the real clock, also under a fake one, which stands still while an exchange is under way.
 *
 * Errors by kind: ERROR_TRANSIENT for what surely had no effect (could not resolve, connect, TLS handshake lost,
 * reading request failed in transit); for a request with `changes` whose answer did not come whole, ERROR_UNCERTAIN;
 * certificates that do not verify and addresses not allowed ERROR_REFUSED, naming the reason; a URL that cannot be
 * asked ERROR_CONFIG; an answer over the ceiling ERROR_RECORD.
 */
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"
#include "http_message.h"
#include "loop.h"

struct http;					/* one a process */
struct http *http_new(struct loop *loop);
void http_free(struct http *http);

struct http_limits {
	int64_t timeout_ms, connect_timeout_ms;
	int low_speed_s;			/* 0: 20 */
	int64_t body_max;			/* bytes after decompression */
	bool allow_private;			/* loopback, link-local, private addresses */
	int connections;			/* most at once */
	const char *ca_file;			/* NULL: the system's */
	const char *user_agent;
};
struct http_client;
struct http_client *http_client_new(struct http *http, const struct http_limits *limits);
void http_client_free(struct http_client *client);			/* cancels what is under way */

struct http_exchange {
	void (*done)(struct http_exchange *exchange, const struct http_response *response, const struct error *err);
						/* response NULL: err tells; response is good until done returns */
	void *handle;				/* private */
	struct http_client *client;
};
/* The request is copied as needed; `exchange` must live until done or http_cancel(). */
void http_send(struct http_client *client, struct http_exchange *exchange, const struct http_request *request);
void http_cancel(struct http_exchange *exchange);			/* idle one: fine */
bool http_is_busy(const struct http_exchange *exchange);

struct http_totals {
	uint64_t requests, failures, bytes_in, bytes_out, connections;
};
struct http_totals http_client_totals(const struct http_client *client);

const char *http_library(void);					/* "libcurl/7.88.1 OpenSSL/3.0.15 …" */

DEFINE_CLEANUP(struct http *, http_free)
DEFINE_CLEANUP(struct http_client *, http_client_free)
