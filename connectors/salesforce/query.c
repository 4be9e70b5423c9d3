/* SPDX-License-Identifier: Apache-2.0 */
#include "salesforce.h"

#include "json.h"

#define BATCH_SIZE_MIN 200
#define BATCH_SIZE_MAX 2000
#define URL_BYTES_MAX 15000			/* a GET takes about 16 KiB with its headers */
#define NEXT_URL_MAX 1000

static const char *base_of(const struct caller *caller)
{
	struct slice base = slice_of(caller->session->base_url);

	while (slice_ends(base, "/"))
		base.len--;
	return arena_strndup(caller->arena, base.data, base.len);
}

void request_begin(struct http_request *request, const struct caller *caller, const char *method, const char *path)
{
	http_request_begin(request, caller->arena, method, base_of(caller),
			   arena_printf(caller->arena, "/services/data/v%s%s", caller->config->api_version, path));
	http_request_header(request, "Accept", "application/json");
	http_request_header(request, "Sforce-Call-Options",
			    arena_printf(caller->arena, "client=%s", caller->config->client_name));
}

void request_write_headers(struct http_request *request, const struct caller *caller)
{
	if (!caller->config->auto_assign)
		http_request_header(request, "Sforce-Auto-Assign", "FALSE");
	if (caller->config->duplicate_rule == DUPLICATE_ALLOW)
		http_request_header(request, "Sforce-Duplicate-Rule-Header",
				    "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true");
	request->changes = true;
}

static const char *batch_size_text(struct arena *arena, size_t size)
{
	size = size < BATCH_SIZE_MIN ? BATCH_SIZE_MIN : size > BATCH_SIZE_MAX ? BATCH_SIZE_MAX : size;
	return arena_printf(arena, "batchSize=%zu", size);
}

bool query_ask(struct http_request *request, const struct caller *caller, const struct buf *soql, bool with_deleted,
	       size_t batch_size, struct error *err)
{
	if (soql->full)
		return fail(err, ERROR_CONFIG, "the query is longer than %d characters: map fewer fields", SOQL_MAX);
	request_begin(request, caller, "GET", with_deleted ? "/queryAll" : "/query");
	http_request_query(request, "q", buf_slice(soql));
	if (strlen(request->url) > URL_BYTES_MAX)
		return fail(err, ERROR_CONFIG, "the query's address has %zu bytes, at most %d are safe: map fewer "
			    "fields", strlen(request->url), URL_BYTES_MAX);
	if (batch_size)
		http_request_header(request, "Sforce-Query-Options", batch_size_text(caller->arena, batch_size));
	return true;
}

void query_ask_more(struct http_request *request, const struct caller *caller, const char *next_url)
{
	http_request_begin(request, caller->arena, "GET", base_of(caller), next_url);
	http_request_header(request, "Accept", "application/json");
	http_request_header(request, "Sforce-Call-Options",
			    arena_printf(caller->arena, "client=%s", caller->config->client_name));
}

/* A path on the same host; anything else would carry the token elsewhere. */
static bool is_next_url(struct slice url)
{
	if (url.len > NEXT_URL_MAX || !slice_starts(url, "/services/data/"))
		return false;
	for (size_t i = 0; i < url.len; i++)
		if (url.data[i] <= ' ' || url.data[i] > '~' || url.data[i] == '\\' || url.data[i] == '#')
			return false;
	return true;
}

bool query_next_url(struct arena *arena, const json_t *envelope, const char **ret, struct error *err)
{
	struct slice url = json_text(envelope, "nextRecordsUrl");
	bool is_done = json_is_true(json_object_get(envelope, "done"));

	if (is_done || (slice_is_empty(url) && !json_object_get(envelope, "done"))) {
		*ret = NULL;
		return true;
	}
	if (slice_is_empty(url))
		return fail(err, ERROR_TRANSIENT, "a query that is not done came without nextRecordsUrl");
	if (!is_next_url(url))
		return fail(err, ERROR_TRANSIENT, "nextRecordsUrl \"%.*s\" is no path of the API",
			    (int)(url.len > 100 ? 100 : url.len), url.data);
	*ret = arena_strndup(arena, url.data, url.len);
	return true;
}

static bool envelope_read(struct arena *arena, struct slice rest, struct query_page *page, struct error *err)
{
	CLEANUP(json_decref_p) json_t *envelope = NULL;

	return json_read(rest, &envelope, err) && query_next_url(arena, envelope, &page->next_url, err);
}

bool query_read(struct arena *arena, struct slice body, struct query_page *ret, struct error *err)
{
	static const char *const path[] = { "records", NULL };
	struct query_page page = { 0 };
	struct slice rest;

	if (json_split(arena, body, path, &page.rows, &page.n_rows, &rest, err) &&
	    envelope_read(arena, rest, &page, err)) {
		*ret = page;
		return true;
	}
	err->kind = ERROR_TRANSIENT;		/* an answer of another shape: nothing of it is taken */
	return fail_in(err, "answer to a query");
}
