/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Log: one line an event, logfmt, to standard error (the service manager stamps and stores it).
 *
 *	LOG_INFO(&run->log, "page stored", kv("records", n), kv("seconds", took));
 *	level=info connector=sfa stream=contact run=41 msg="page stored" records=100 seconds=0.214
 *
 * The message is a literal and never varies; what varies is a field. A `struct log` is a parent and one tag, so
 * asynchronous code keeps its context without globals. info: worth reading in a quiet week. warning: the daemon
 * coped. error: somebody must act. Never a token, name, address or mail: record ids only.
 * Only engine/ and main.c log. Repeats of one message from one place are limited to 20 in 10 s and counted.
 * A log sink that blocks or is full loses lines, never work; the number lost is told once lines pass again.
 */
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "slice.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

struct log {
	const struct log *parent;		/* NULL: the root */
	const char *name;			/* field name of the tag, NULL for none */
	const char *text;			/* its value; borrowed, lives as long as the log */
};

struct kv {
	const char *name;			/* NULL ends a list */
	enum { KV_INT, KV_UINT, KV_REAL, KV_BOOL, KV_TEXT, KV_SLICE, KV_ERROR } type;
	union {
		int64_t i;
		uint64_t u;
		double real;
		bool is;
		const char *text;
		struct slice slice;
		const struct error *err;
	};
};

static inline struct kv kv_int(const char *name, int64_t v) { return (struct kv){ name, KV_INT, { .i = v } }; }
static inline struct kv kv_uint(const char *name, uint64_t v) { return (struct kv){ name, KV_UINT, { .u = v } }; }
static inline struct kv kv_real(const char *name, double v) { return (struct kv){ name, KV_REAL, { .real = v } }; }
static inline struct kv kv_bool(const char *name, bool v) { return (struct kv){ name, KV_BOOL, { .is = v } }; }
static inline struct kv kv_text(const char *name, const char *v) { return (struct kv){ name, KV_TEXT, { .text = v } }; }
static inline struct kv kv_slice(const char *name, struct slice v) { return (struct kv){ name, KV_SLICE, { .slice = v } }; }
static inline struct kv kv_error(const char *name, const struct error *v) { return (struct kv){ name, KV_ERROR, { .err = v } }; }

#define kv(name, value)                                                                                          \
	_Generic((value), bool: kv_bool, int: kv_int, long: kv_int, long long: kv_int, short: kv_int,            \
		 unsigned: kv_uint, unsigned long: kv_uint, unsigned long long: kv_uint, unsigned short: kv_uint, \
		 float: kv_real, double: kv_real, char *: kv_text, const char *: kv_text,                        \
		 struct slice: kv_slice, struct error *: kv_error, const struct error *: kv_error)("" name, value)

void log_level_set(enum log_level level);				/* process-wide, as the sink is */
enum log_level log_level_get(void);
bool log_level_parse(const char *text, enum log_level *level) MUST_CHECK;
const char *log_level_name(enum log_level level);
uint64_t log_lines_lost(void);						/* since the start: repeats and a blocked sink */

/* fields ends with a kv whose name is NULL; log may be NULL (no tags). Use the macros. */
void log_write(const struct log *log, enum log_level level, const char *message, const struct kv *fields);

#define LOG_AT(log, level, message, ...)                                                                \
	do {                                                                                            \
		if ((level) >= log_level_get())                                                         \
			log_write((log), (level), "" message, (const struct kv[]){ __VA_ARGS__ __VA_OPT__(,) { 0 } }); \
	} while (0)
#define LOG_DEBUG(log, ...)   LOG_AT(log, LOG_LEVEL_DEBUG, __VA_ARGS__)
#define LOG_INFO(log, ...)    LOG_AT(log, LOG_LEVEL_INFO, __VA_ARGS__)
#define LOG_WARNING(log, ...) LOG_AT(log, LOG_LEVEL_WARNING, __VA_ARGS__)
#define LOG_ERROR(log, ...)   LOG_AT(log, LOG_LEVEL_ERROR, __VA_ARGS__)
