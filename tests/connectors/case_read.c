/* SPDX-License-Identifier: Apache-2.0 */
#include "case.h"

#include <errno.h>
#include <stdio.h>

#include "clock.h"
#include "json.h"
#include "number.h"

#define FILE_MAX ((size_t)64 << 20)

static void file_close(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

bool file_read(struct arena *arena, const char *folder, const char *name, struct slice *ret, struct error *err)
{
	const char *path = arena_printf(arena, "%s/%s", folder, name);
	CLEANUP(file_close) FILE *file = fopen(path, "rb");
	CLEANUP(buf_done) struct buf content = { 0 };
	char piece[8192];
	size_t got;

	if (!file)
		return fail(err, ERROR_CONFIG, "cannot open \"%s\": %s", path, strerror(errno));
	buf_init(&content, FILE_MAX);
	while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(&content, piece, got);
	if (ferror(file) || content.full)
		return fail(err, ERROR_CONFIG, "cannot read \"%s\" as a whole", path);
	*ret = arena_slice(arena, content.len ? buf_slice(&content) : SLICE(""));
	return true;
}

const char *spec_text(const struct test_case *one, const json_t *object, const char *name, const char *fallback)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_object(value) || json_is_array(value)) {
		char *text = json_dumps(value, JSON_COMPACT);
		const char *copy = arena_strdup(one->arena, text);

		free(text);
		return copy;
	}
	return json_is_string(value) ? json_string_value(value) : fallback;
}

struct slice spec_slice(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_null(value))
		return SLICE_NULL;
	if (!json_is_string(value))
		return SLICE("");
	return (struct slice){ json_string_value(value), json_string_length(value) };
}

int64_t spec_time(const json_t *object, const char *name, int64_t fallback)
{
	struct slice text = spec_slice(object, name);
	int64_t us;

	return !slice_is_empty(text) && time_parse(text, &us) ? us : fallback;
}

/* "HTTP/1.1 200 OK", "HTTP 200" or "200" */
static bool status_read(struct slice line, int *ret)
{
	struct slice head, tail = line;
	int64_t status;

	if (slice_starts(line, "HTTP") && !slice_split(line, ' ', &head, &tail))
		return false;
	slice_split(slice_trim(tail), ' ', &head, &tail);
	if (!parse_int64(slice_trim(head), 0, 999, &status))
		return false;
	*ret = (int)status;
	return true;
}

static struct slice line_take(struct slice *text)
{
	struct slice line, rest;

	if (!slice_split(*text, '\n', &line, &rest))
		rest = SLICE("");
	*text = rest;
	return slice_ends(line, "\r") ? slice_sub(line, 0, line.len - 1) : line;
}

static bool response_read(struct test_case *one, struct slice text, struct http_response *response,
			  struct error *err)
{
	struct slice status = line_take(&text);
	struct http_header *headers = arena_array(one->arena, 64, sizeof(*headers));
	size_t n = 0;

	if (!status_read(slice_trim(status), &response->status))
		return fail(err, ERROR_CONFIG, "\"%.*s\" is not a status line", SLICE_ARGS(status));
	for (struct slice line = line_take(&text); line.len > 0 && n < 64; line = line_take(&text)) {
		struct slice name, value;

		if (!slice_split(line, ':', &name, &value))
			return fail(err, ERROR_CONFIG, "\"%.*s\" is not a header", SLICE_ARGS(line));
		headers[n].name = arena_strndup(one->arena, name.data, name.len);
		value = slice_trim(value);
		headers[n++].value = arena_strndup(one->arena, value.data, value.len);
	}
	response->headers = headers;
	response->n_headers = n;
	response->body = slice_ends(text, "\n") ? slice_sub(text, 0, text.len - 1) : text;
	return true;
}

/* Where the next line "=====" starts, or the end of the text. */
static size_t separator_find(struct slice text, size_t from)
{
	for (size_t at = from; at < text.len;) {
		const char *end = memchr(text.data + at, '\n', text.len - at);
		size_t next = end ? (size_t)(end - text.data) + 1 : text.len;

		if (slice_equal(slice_trim(slice_sub(text, at, next - at)), SLICE("=====")))
			return at;
		at = next;
	}
	return text.len;
}

static bool responses_read(struct test_case *one, struct error *err)
{
	struct slice text;
	struct error missing;
	size_t size = 0;

	if (!file_read(one->arena, one->folder, "responses.txt", &text, &missing))
		return true;
	for (size_t at = 0; at < text.len;) {
		size_t end = separator_find(text, at);
		const char *after = memchr(text.data + end, '\n', text.len - end);
		struct slice part = slice_sub(text, at, end - at);

		if (one->n_responses == size) {
			one->responses = arena_grow(one->arena, one->responses, size, size * 2 + 8,
						    sizeof(*one->responses));
			size = size * 2 + 8;
		}
		if (!response_read(one, part, &one->responses[one->n_responses], err))
			return fail_in(err, "responses.txt, answer %zu", one->n_responses + 1);
		one->n_responses++;
		at = after ? (size_t)(after - text.data) + 1 : text.len;
	}
	return true;
}

static bool json_file_read(struct test_case *one, const char *name, json_t **ret, struct error *err)
{
	struct slice text;

	if (!file_read(one->arena, one->folder, name, &text, err))
		return false;
	if (!json_read(text, ret, err))
		return fail_in(err, "%s", name);
	if (!json_is_object(*ret))
		return fail(err, ERROR_CONFIG, "%s is not an object", name);
	return true;
}

static bool parts_find(struct test_case *one, struct error *err)
{
	const char *connector = spec_text(one, one->spec, "connector", "");
	const char *stream = spec_text(one, one->spec, "stream", NULL);

	one->ops = connector_find(connector);
	if (!one->ops)
		return fail(err, ERROR_CONFIG, "there is no connector \"%s\"", connector);
	one->stream = stream ? connector_stream(one->ops, stream) : NULL;
	if (stream && !one->stream)
		return fail(err, ERROR_CONFIG, "connector \"%s\" has no stream \"%s\"", connector, stream);
	one->now_us = spec_time(one->spec, "now", 0);
	if (one->now_us == 0)
		return fail(err, ERROR_CONFIG, "\"now\" is not a time");
	return true;
}

bool case_load(struct arena *arena, const char *folder, struct test_case *ret, struct error *err)
{
	struct error missing;

	*ret = (struct test_case){ .arena = arena, .folder = folder };
	if (!json_file_read(ret, "case.json", &ret->spec, err))
		return false;
	if (!json_file_read(ret, "config.json", &ret->settings, &missing))
		ret->settings = json_object();
	return parts_find(ret, err) && case_configure(ret, err) && responses_read(ret, err);
}

void case_done(struct test_case *one)
{
	json_decref(one->spec);
	json_decref(one->settings);
}
