/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * HTTP messages as plain data: what to ask, what came back. No I/O here; io/http sends them, connectors write and
 * read them, tests keep them in files. Everything lives in the arena given at the start.
 *
 * Addresses are built from pieces that are escaped one by one, never printed:
 *
 *	http_request_begin(request, arena, "GET", config->base_url, "/crm/v3/objects/contacts");
 *	http_request_query(request, "limit", SLICE("100"));
 *	http_request_header(request, "Accept", "application/json");
 */
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "buf.h"
#include "slice.h"

struct http_header {
	const char *name;
	const char *value;
	bool is_secret;				/* printed as *** */
};

struct http_request {
	struct arena *arena;
	const char *method;			/* "GET", "POST", … */
	const char *url;			/* whole, escaped */
	struct http_header *headers;
	size_t n_headers;
	struct slice body;			/* null slice: none */
	int timeout_s;				/* whole exchange; 0: the engine's default */
	bool changes;				/* it has an effect: an unanswered one is uncertain, not transient */
};

struct http_response {
	int status;				/* 200, …; 0 only in tests of lost answers */
	struct http_header *headers;
	size_t n_headers;
	struct slice body;			/* decoded (gzip, br, zstd), cut off at the ceiling by io/http */
	double took_s;
};

void http_request_begin(struct http_request *request, struct arena *arena, const char *method, const char *base,
			const char *path);				/* path is taken as it is */
void http_request_segment(struct http_request *request, struct slice segment);	/* adds "/" and the escaped segment */
void http_request_query(struct http_request *request, const char *name, struct slice value);
/* Replaces a header of the same name. Control characters are left out: a value can never start another header. */
void http_request_header(struct http_request *request, const char *name, const char *value);
void http_request_secret(struct http_request *request, const char *name, const char *value);
void http_request_json(struct http_request *request, struct slice body);	/* with its Content-Type */
void http_request_form(struct http_request *request, const char *name, struct slice value);	/* adds a pair to a form body */

/* Both take the name in any case; NULL if there is none. */
const char *http_header_find(const struct http_header *headers, size_t n_headers, const char *name);
const char *http_response_header(const struct http_response *response, const char *name);
bool http_response_is_json(const struct http_response *response);	/* by content type; a login page is not */
struct slice url_escape(struct arena *arena, struct slice text);	/* all but RFC 3986 unreserved */
