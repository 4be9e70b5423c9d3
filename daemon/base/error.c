/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "slice.h"

const char *error_kind_name(enum error_kind kind)
{
	static const char *const names[] = {
		[ERROR_NONE] = "none",           [ERROR_TRANSIENT] = "transient",
		[ERROR_THROTTLED] = "throttled", [ERROR_UNCERTAIN] = "uncertain",
		[ERROR_EXPIRED] = "expired",     [ERROR_REFUSED] = "refused",
		[ERROR_TOO_LARGE] = "too_large", [ERROR_RECORD] = "record",
		[ERROR_CONFIG] = "config",
	};

	return (size_t)kind < ARRAY_SIZE(names) ? names[kind] : "unknown";
}

/* Takes a half character off the end; what is no UTF-8 elsewhere loses its high bytes to '?'. */
static void make_valid(char *text)
{
	size_t len = strlen(text), start = len;

	while (start && len - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start && (unsigned char)text[start - 1] >= 0xc0 &&
	    !slice_is_utf8((struct slice){ text + start - 1, len - start + 1 }))
		text[start - 1] = '\0';
	if (slice_is_utf8(slice_of(text)))
		return;
	for (char *c = text; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
}

bool fail(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list args;

	err->kind = kind;
	err->retry_after_s = 0;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	make_valid(err->text);
	return false;
}

bool fail_in(struct error *err, const char *fmt, ...)
{
	char before[ERROR_TEXT_SIZE / 2], whole[sizeof(before) + sizeof(err->text) + 2];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(before, sizeof(before), fmt, args);
	va_end(args);
	(void)snprintf(whole, sizeof(whole), "%s: %s", before, err->text);
	whole[sizeof(err->text) - 1] = '\0';
	memcpy(err->text, whole, sizeof(err->text));
	make_valid(err->text);
	return false;
}
