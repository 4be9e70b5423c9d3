/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Client: one conversation with the daemon. JSON-RPC 2.0 over a Unix socket, a line a message, one request at a time.
 */
#include <jansson.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

struct client {
	int fd;					/* -1: not open */
	int64_t timeout_ms;			/* of one call */
	int64_t last_id;
	struct buf received;			/* behind the last answer */
};

/* ERROR_TRANSIENT: nobody answers there. ERROR_REFUSED: the socket does not let us in. */
bool client_open(struct client *client, const char *path, int64_t timeout_ms, struct error *err) MUST_CHECK;
void client_close(struct client *client);
/*
 * Sends a request and waits for its answer. *ret_result is the caller's. False: ERROR_TRANSIENT when the daemon went
 * away, ERROR_UNCERTAIN when it did not answer in time, ERROR_REFUSED when it said no; then *ret_detail, if it is not
 * NULL, receives the error's data (the caller's too) or NULL.
 */
bool client_call(struct client *client, const char *method, json_t *params, json_t **ret_result, json_t **ret_detail,
		 struct error *err) MUST_CHECK;
