/* SPDX-License-Identifier: Apache-2.0 */
#include "http_message.h"

#include <string.h>

#define FIRST_HEADERS 8
#define FORM_TYPE     "application/x-www-form-urlencoded"

struct slice url_escape(struct arena *arena, struct slice text)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	char *out = arena_alloc(arena, text.len * 3 + 1), *at = out;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (memchr(plain, c, sizeof(plain) - 1)) {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = hex[c >> 4];
		*at++ = hex[c & 15];
	}
	return (struct slice){ out, (size_t)(at - out) };
}

void http_request_begin(struct http_request *request, struct arena *arena, const char *method,
                        const char *base, const char *path)
{
	size_t len = strlen(base);

	while (len && base[len - 1] == '/' && path[0] == '/')
		len--;
	*request = (struct http_request){
		.arena = arena,
		.method = method,
		.url = arena_printf(arena, "%.*s%s", (int)len, base, path),
	};
}

void http_request_segment(struct http_request *request, struct slice segment)
{
	struct slice text = url_escape(request->arena, segment);

	request->url = arena_printf(request->arena, "%s/%s", request->url, text.data);
}

void http_request_query(struct http_request *request, const char *name, struct slice value)
{
	struct slice left = url_escape(request->arena, slice_of(name)),
	             right = url_escape(request->arena, value);

	request->url = arena_printf(request->arena, "%s%c%s=%s", request->url,
	                            strchr(request->url, '?') ? '&' : '?', left.data, right.data);
}

static const char *without_control(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text), *to = copy;

	for (const char *from = copy; *from; from++)
		if ((unsigned char)*from >= ' ' && *from != 0x7f)
			*to++ = *from;
	*to = '\0';
	return copy;
}

static struct http_header *header_place(struct http_request *request, const char *name)
{
	size_t n = request->n_headers;

	for (size_t i = 0; i < n; i++)
		if (slice_equal_nocase(slice_of(request->headers[i].name), slice_of(name)))
			return &request->headers[i];
	/* The list has no size of its own: it is full at 0 and at each power of two from FIRST_HEADERS on. */
	if (n == 0 || (n >= FIRST_HEADERS && (n & (n - 1)) == 0))
		request->headers = arena_grow(request->arena, request->headers, n, n ? n * 2 : FIRST_HEADERS,
		                              sizeof(*request->headers));
	return &request->headers[request->n_headers++];
}

static void header_set(struct http_request *request, const char *name, const char *value, bool is_secret)
{
	*header_place(request, name) = (struct http_header){
		.name = without_control(request->arena, name),
		.value = without_control(request->arena, value),
		.is_secret = is_secret,
	};
}

void http_request_header(struct http_request *request, const char *name, const char *value)
{
	header_set(request, name, value, false);
}

void http_request_secret(struct http_request *request, const char *name, const char *value)
{
	header_set(request, name, value, true);
}

void http_request_json(struct http_request *request, struct slice body)
{
	request->body = arena_slice(request->arena, body);
	http_request_header(request, "Content-Type", "application/json");
}

void http_request_form(struct http_request *request, const char *name, struct slice value)
{
	struct slice left = url_escape(request->arena, slice_of(name)),
	             right = url_escape(request->arena, value);

	if (slice_is_null(request->body))
		http_request_header(request, "Content-Type", FORM_TYPE);
	request->body = slice_of(arena_printf(request->arena, "%.*s%s%s=%s", SLICE_ARGS(request->body),
	                                      request->body.len ? "&" : "", left.data, right.data));
}

const char *http_header_find(const struct http_header *headers, size_t n_headers, const char *name)
{
	for (size_t i = 0; i < n_headers; i++)
		if (slice_equal_nocase(slice_of(headers[i].name), slice_of(name)))
			return headers[i].value;
	return NULL;
}

const char *http_response_header(const struct http_response *response, const char *name)
{
	return http_header_find(response->headers, response->n_headers, name);
}

bool http_response_is_json(const struct http_response *response)
{
	struct slice type = slice_of(http_response_header(response, "Content-Type")), parameters;

	(void)slice_split(type, ';', &type, &parameters);
	type = slice_trim(type);
	if (slice_equal_nocase(type, SLICE("application/json")) ||
	    slice_equal_nocase(type, SLICE("text/json")))
		return true;
	return type.len > 5 && memchr(type.data, '/', type.len) &&
	       slice_equal_nocase(slice_sub(type, type.len - 5, 5), SLICE("+json")); /* RFC 6839 */
}
