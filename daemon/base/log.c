/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"

#define LINE_SIZE        4096 /* PIPE_BUF: one write is one line, whole or not at all */
#define VALUE_SIZE       1024 /* most bytes of one value */
#define CUT_MARK         " cut=true"
#define TAIL_SIZE        (sizeof("\"" CUT_MARK "\n")) /* kept free for the end of a line */
#define REPEAT_MAX       20
#define REPEAT_WINDOW_US (10 * US_PER_S)
#define REPEAT_PLACES    512 /* more messages than the program has */
#define REPEAT_TRIES     8

/* One message of one level within its current window. */
struct repeats {
	const char *message;
	enum log_level level;
	int64_t since_us;
	uint64_t passed, held;
};

/* The sink is one for the process, so is what belongs to it. */
static enum log_level level_least = LOG_LEVEL_INFO;
static uint64_t lost_total, lost_untold;
static struct repeats repeats_table[REPEAT_PLACES];

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_ERROR] = "error",
};

void log_level_set(enum log_level level)
{
	level_least = level;
}

enum log_level log_level_get(void)
{
	return level_least;
}

bool log_level_parse(const char *text, enum log_level *level)
{
	for (size_t i = 0; text && i < ARRAY_SIZE(level_names); i++) {
		if (strcmp(level_names[i], text) != 0)
			continue;
		*level = (enum log_level)i;
		return true;
	}
	return false;
}

const char *log_level_name(enum log_level level)
{
	return (size_t)level < ARRAY_SIZE(level_names) ? level_names[level] : "unknown";
}

uint64_t log_lines_lost(void)
{
	return lost_total;
}

/* -- A line -- */

struct line {
	char data[LINE_SIZE];
	size_t len;
	bool is_full; /* nothing more is added */
	bool is_cut;  /* something was left out */
};

static void line_add(struct line *line, const char *data, size_t len)
{
	if (line->is_full || line->len + len > LINE_SIZE - TAIL_SIZE) {
		line->is_full = line->is_cut = true;
		return;
	}
	memcpy(line->data + line->len, data, len);
	line->len += len;
}

/* For what ends a value or the line; there is always room for one of each. */
static void line_end(struct line *line, const char *text)
{
	memcpy(line->data + line->len, text, strlen(text));
	line->len += strlen(text);
}

static void line_printf(struct line *line, const char *fmt, ...) PRINTF(2, 3);
static void line_printf(struct line *line, const char *fmt, ...)
{
	char text[64];
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len > 0)
		line_add(line, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

static bool needs_quotes(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f)
			return true;
	}
	return text.len == 0;
}

/* Control characters of ASCII and of Unicode's second row (as 0xc2 0x80 … 0xc2 0x9f): they steer terminals. */
static bool is_control(const unsigned char *at, size_t left)
{
	return *at < ' ' || *at == 0x7f || (*at == 0xc2 && left > 1 && at[1] < 0xa0);
}

/* Writes one character of a value in quotes; says how many bytes of it that were. */
static size_t line_add_character(struct line *line, const unsigned char *at, size_t left, bool is_utf8)
{
	static const char shorts[] = { ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\' };
	size_t len = 1;

	if (*at < sizeof(shorts) && shorts[*at]) {
		line_add(line, (char[]){ '\\', shorts[*at] }, 2);
	} else if (*at >= 0x80 && !is_utf8) {
		line_add(line, "?", 1);
	} else if (is_control(at, left)) {
		len += *at == 0xc2;
		line_printf(line, "\\u%04x", at[len - 1]);
	} else {
		while (len < left && (at[len] & 0xc0) == 0x80)
			len++;
		line_add(line, (const char *)at, len);
	}
	return len;
}

static struct slice cut_value(struct slice text)
{
	size_t len = text.len;

	if (len <= VALUE_SIZE)
		return text;
	len = VALUE_SIZE;
	for (int back = 0; back < 3 && (text.data[len] & 0xc0) == 0x80; back++)
		len--;
	return slice_sub(text, 0, len);
}

static void line_add_quoted(struct line *line, struct slice text)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	bool is_utf8 = slice_is_utf8(text);

	line_add(line, "\"", 1);
	if (line->is_full)
		return;
	for (size_t i = 0; i < text.len && !line->is_full;)
		i += line_add_character(line, bytes + i, text.len - i, is_utf8);
	line_end(line, "\"");
}

static void line_add_value(struct line *line, struct slice whole)
{
	struct slice text = cut_value(whole);

	if (!text.data)
		line_add(line, "null", 4);
	else if (needs_quotes(text))
		line_add_quoted(line, text);
	else
		line_add(line, text.data, text.len);
	line->is_cut = line->is_cut || text.len < whole.len;
}

static void line_add_name(struct line *line, const char *name)
{
	if (line->len)
		line_add(line, " ", 1);
	line_add(line, name, strlen(name));
	line_add(line, "=", 1);
}

static void line_add_text(struct line *line, const char *name, struct slice value)
{
	line_add_name(line, name);
	line_add_value(line, value);
}

static void line_add_tags(struct line *line, const struct log *log)
{
	if (!log)
		return;
	line_add_tags(line, log->parent);
	if (log->name)
		line_add_text(line, log->name, slice_of(log->text));
}

static void line_add_error(struct line *line, const char *name, const struct error *err)
{
	if (!err)
		return;
	line_add_text(line, name, slice_of(err->text));
	line_add_text(line, "kind", slice_of(error_kind_name(err->kind)));
}

static void line_add_number(struct line *line, const struct kv *kv)
{
	line_add_name(line, kv->name);
	if (kv->type == KV_INT)
		line_printf(line, "%" PRId64, kv->i);
	else if (kv->type == KV_UINT)
		line_printf(line, "%" PRIu64, kv->u);
	else if (kv->real > -1e15 && kv->real < 1e15)
		line_printf(line, "%.3f", kv->real);
	else
		line_printf(line, "%g", kv->real);
}

static void line_add_field(struct line *line, const struct kv *kv)
{
	switch (kv->type) {
	case KV_INT:
	case KV_UINT:
	case KV_REAL:
		line_add_number(line, kv);
		break;
	case KV_BOOL:
		line_add_text(line, kv->name, kv->is ? SLICE("true") : SLICE("false"));
		break;
	case KV_TEXT:
		line_add_text(line, kv->name, slice_of(kv->text));
		break;
	case KV_SLICE:
		line_add_text(line, kv->name, kv->slice);
		break;
	case KV_ERROR:
		line_add_error(line, kv->name, kv->err);
		break;
	}
}

/* -- The sink -- */

/* Never waits: a pipe or socket that would take no line now loses it. */
static bool line_write(struct line *line)
{
	struct pollfd sink = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t written;

	if (line->is_cut)
		line_end(line, CUT_MARK);
	line_end(line, "\n");
	if (poll(&sink, 1, 0) != 1 || sink.revents != POLLOUT)
		return false;
	do
		written = write(STDERR_FILENO, line->data, line->len);
	while (written < 0 && errno == EINTR);
	return written == (ssize_t)line->len;
}

static void tell_lost(void)
{
	struct line line = { .len = 0 };
	uint64_t told = lost_untold;

	if (!told)
		return;
	line_printf(&line, "level=warning msg=\"log lines lost\" lines=%" PRIu64, told);
	if (line_write(&line))
		lost_untold -= told;
}

/* -- Repeats -- */

static struct repeats *repeats_of(const char *message, enum log_level level)
{
	size_t hash = ((uintptr_t)message ^ (uintptr_t)level << 12) * UINT64_C(0x9e3779b97f4a7c15) >> 40;
	struct repeats *oldest = &repeats_table[hash % REPEAT_PLACES];

	for (size_t i = 0; i < REPEAT_TRIES; i++) {
		struct repeats *place = &repeats_table[(hash + i) % REPEAT_PLACES];

		if (place->message == message && place->level == level)
			return place;
		if (!place->message || (oldest->message && place->since_us < oldest->since_us))
			oldest = place;
	}
	*oldest = (struct repeats){ .message = message, .level = level, .since_us = clock_mono_us() };
	return oldest;
}

/* Whether this one may pass; *ret_held: how many were held back before it and not told yet. */
static bool may_pass(const char *message, enum log_level level, uint64_t *ret_held)
{
	struct repeats *one = repeats_of(message, level);
	int64_t now_us = clock_mono_us();

	*ret_held = 0;
	if (now_us - one->since_us >= REPEAT_WINDOW_US || now_us < one->since_us) {
		*ret_held = one->held;
		*one = (struct repeats){ .message = message, .level = level, .since_us = now_us };
	}
	if (one->passed == REPEAT_MAX) {
		one->held++;
		lost_total++;
		return false;
	}
	one->passed++;
	return true;
}

void log_write(const struct log *log, enum log_level level, const char *message, const struct kv *fields)
{
	struct line line;
	uint64_t held;

	if (!may_pass(message, level, &held))
		return;
	line.len = 0; /* the rest of its 4 KiB needs no clearing */
	line.is_full = line.is_cut = false;
	line_add_text(&line, "level", slice_of(log_level_name(level)));
	line_add_tags(&line, log);
	line_add_text(&line, "msg", slice_of(message));
	if (held)
		line_add_field(&line, &(struct kv){ "repeats", KV_UINT, { .u = held } });
	for (; fields && fields->name; fields++)
		line_add_field(&line, fields);
	tell_lost();
	if (line_write(&line))
		return;
	lost_total++;
	lost_untold++;
}
