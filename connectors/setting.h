/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Setting: one row describes one setting of a configuration file: its name, type, range, fallback and help.
 *
 * The table is the only statement of a setting. Parser, range checks, `tandemd --check`, `tandemd --settings`, the
 * manual page and the example files come from it. A name may be dotted: "auth.client_id" is key client_id of the
 * mapping auth. The macros tie a row to its member at compile time.
 *
 * Filled structs live in the arena of their configuration and are read-only. Secrets are written as
 * {file: PATH}, {env: NAME} or {credential: NAME} (systemd) and never as a value; they print as ***.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "slice.h"

enum setting_type {
	SETTING_END,
	SETTING_TEXT,				/* const char * */
	SETTING_CHOICE,				/* int, index into choices */
	SETTING_INT,				/* int64_t */
	SETTING_BOOL,				/* bool */
	SETTING_DURATION,			/* int64_t, milliseconds; written 90s, 5m, 2h, 1d */
	SETTING_PERCENT,			/* double, 0 … 1; written 20% */
	SETTING_URL,				/* const char *; https, or http to loopback */
	SETTING_SECRET,				/* struct slice, whole content, final newline off */
	SETTING_LIST,				/* const char *const *, NULL-terminated, never NULL itself */
	SETTING_SIZE,				/* int64_t, bytes; written 32MiB, 64KiB or a plain number */
};
const char *setting_type_name(enum setting_type type);		/* "text", "duration", … */

struct setting {
	const char *name;			/* dotted */
	enum setting_type type;
	size_t offset;				/* into the config struct */
	bool required;
	const char *fallback;			/* as it would be written; NULL: zero, or an empty list */
	int64_t min, max;			/* SETTING_INT, _DURATION (ms), _SIZE (bytes); both 0: no bounds */
	const char *const *choices;		/* SETTING_CHOICE, and allowed items of SETTING_LIST; NULL-terminated */
	const char *help;			/* one line, with the unit */
};

#define SETTING_MEMBER(c, m, ctype) \
	(offsetof(c, m) + 0 * sizeof(char[__builtin_types_compatible_p(typeof(((c *)0)->m), ctype) ? 1 : -1]))

#define TEXT_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_TEXT, .offset = SETTING_MEMBER(c, m, const char *), __VA_ARGS__ }
#define URL_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_URL, .offset = SETTING_MEMBER(c, m, const char *), __VA_ARGS__ }
#define CHOICE_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_CHOICE, .offset = SETTING_MEMBER(c, m, int), __VA_ARGS__ }
#define INT_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_INT, .offset = SETTING_MEMBER(c, m, int64_t), __VA_ARGS__ }
#define BOOL_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_BOOL, .offset = SETTING_MEMBER(c, m, bool), __VA_ARGS__ }
#define DURATION_SETTING(c, m, key, ...) { .name = key, .type = SETTING_DURATION, .offset = SETTING_MEMBER(c, m, int64_t), __VA_ARGS__ }
#define PERCENT_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_PERCENT, .offset = SETTING_MEMBER(c, m, double), __VA_ARGS__ }
#define SECRET_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_SECRET, .offset = SETTING_MEMBER(c, m, struct slice), __VA_ARGS__ }
#define LIST_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_LIST, .offset = SETTING_MEMBER(c, m, const char *const *), __VA_ARGS__ }
#define SIZE_SETTING(c, m, key, ...)	 { .name = key, .type = SETTING_SIZE, .offset = SETTING_MEMBER(c, m, int64_t), __VA_ARGS__ }
