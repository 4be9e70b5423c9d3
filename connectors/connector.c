/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "clock.h"
#include "number.h"

#define RETRY_MAX_S  INT64_C(86400)
#define EXCERPT_SIZE 200

const struct connector_ops *connector_find(const char *module)
{
	for (const struct connector_ops *const *ops = connector_registry; *ops; ops++)
		if (strcmp((*ops)->name, module) == 0)
			return *ops;
	return NULL;
}

const struct stream_ops *connector_stream(const struct connector_ops *ops, const char *stream)
{
	for (const struct stream_ops *const *one = ops->streams; *one; one++)
		if (strcmp((*one)->name, stream) == 0)
			return *one;
	return NULL;
}

const char *hook_header(const struct hook *hook, const char *name)
{
	return http_header_find(hook->headers, hook->n_headers, name);
}

/* The three forms of a date in HTTP (RFC 9110, 5.6.7). */
static bool http_date(const char *text, int64_t *ret_us)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT",
		"%A, %d-%b-%y %H:%M:%S GMT",
		"%a %b %e %H:%M:%S %Y",
	};

	for (size_t i = 0; text && i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);
		struct time_parts parts = { .year = tm.tm_year + 1900,
			                    .month = tm.tm_mon + 1,
			                    .day = tm.tm_mday,
			                    .hour = tm.tm_hour,
			                    .minute = tm.tm_min,
			                    .second = tm.tm_sec };

		if (end && *end == '\0')
			return time_join(parts, ret_us);
	}
	return false;
}

/* A date is held against the sender's own clock where it told it: ours may differ. */
static int64_t seconds_until(const struct http_response *response, int64_t at_us)
{
	int64_t now_us;

	if (!http_date(http_response_header(response, "Date"), &now_us))
		now_us = clock_wall_us();
	return (at_us - now_us + US_PER_S - 1) / US_PER_S;
}

static bool all_digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.len;
}

static int retry_after_s(const struct http_response *response)
{
	struct slice text = slice_trim(slice_of(http_response_header(response, "Retry-After")));
	int64_t wait_s = 0, at_us;

	if (all_digits(text) && !parse_int64(text, 0, RETRY_MAX_S, &wait_s))
		wait_s = RETRY_MAX_S;
	else if (text.len && !all_digits(text) && http_date(text.data, &at_us))
		wait_s = seconds_until(response, at_us);
	return (int)(wait_s < 0 ? 0 : wait_s < RETRY_MAX_S ? wait_s : RETRY_MAX_S);
}

static enum error_kind status_kind(int status)
{
	static const struct {
		int first, last;
		enum error_kind kind;
	} kinds[] = {
		{ 0, 0, ERROR_TRANSIENT },     { 200, 299, ERROR_NONE },      { 401, 401, ERROR_EXPIRED },
		{ 403, 403, ERROR_REFUSED },   { 408, 408, ERROR_TRANSIENT }, { 413, 413, ERROR_TOO_LARGE },
		{ 425, 425, ERROR_TRANSIENT }, { 429, 429, ERROR_THROTTLED }, { 500, 599, ERROR_TRANSIENT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (status >= kinds[i].first && status <= kinds[i].last)
			return kinds[i].kind;
	return ERROR_RECORD;
}

/* The first bytes of a JSON answer on one line; a page of HTML says nothing to an operator. */
static void excerpt(const struct http_response *response, char text[static EXCERPT_SIZE + 1])
{
	size_t len = 0;

	if (http_response_is_json(response))
		len = response->body.len < EXCERPT_SIZE ? response->body.len : EXCERPT_SIZE;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)response->body.data[i];

		text[i] = (char)(c < ' ' || c == 0x7f ? ' ' : c);
	}
	text[len] = '\0';
}

bool http_check(const struct http_response *response, struct error *err)
{
	enum error_kind kind = status_kind(response->status);
	char text[EXCERPT_SIZE + 1];

	if (kind == ERROR_NONE)
		return true;
	if (response->status == 0)
		return fail(err, kind, "no answer");
	excerpt(response, text);
	(void)fail(err, kind, "answer %d%s%s", response->status, text[0] ? ": " : "", text);
	if (kind == ERROR_THROTTLED)
		err->retry_after_s = retry_after_s(response);
	return false;
}
