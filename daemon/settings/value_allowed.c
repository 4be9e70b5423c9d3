/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand in a setting, in words: for messages and for the printed documents. */
#include "value.h"

#include <inttypes.h>

#include "wording.h"

static bool has_bounds(const struct setting *setting)
{
	return setting->min != 0 || setting->max != 0;
}

static const char *bounds_print(struct arena *arena, const struct setting *setting,
                                const char *(*print)(struct arena *arena, int64_t value))
{
	if (!has_bounds(setting))
		return "";
	return arena_printf(arena, "%s from %s to %s", setting->type == SETTING_DURATION ? "," : "",
	                    print(arena, setting->min), print(arena, setting->max));
}

static const char *number_print(struct arena *arena, int64_t value)
{
	return arena_printf(arena, "%" PRId64, value);
}

static const char *allowed_text(struct arena *arena UNUSED, const struct setting *setting UNUSED)
{
	return "text";
}

static const char *allowed_choice(struct arena *arena, const struct setting *setting)
{
	return list_print(arena, setting->choices);
}

static const char *allowed_int(struct arena *arena, const struct setting *setting)
{
	return arena_printf(arena, "a whole number%s", bounds_print(arena, setting, number_print));
}

static const char *allowed_bool(struct arena *arena UNUSED, const struct setting *setting UNUSED)
{
	return "true, false";
}

static const char *allowed_duration(struct arena *arena, const struct setting *setting)
{
	return arena_printf(arena, "a number with ms, s, m, h or d%s",
	                    bounds_print(arena, setting, duration_print));
}

static const char *allowed_percent(struct arena *arena UNUSED, const struct setting *setting UNUSED)
{
	return "0% to 100%";
}

static const char *allowed_url(struct arena *arena UNUSED, const struct setting *setting UNUSED)
{
	return "https://HOST[:PORT][/PATH], or http:// to a loopback address (127.0.0.1, [::1], localhost)";
}

static const char *allowed_secret(struct arena *arena UNUSED, const struct setting *setting UNUSED)
{
	return "{file: PATH}, {env: NAME} or {credential: NAME}";
}

static const char *allowed_list(struct arena *arena, const struct setting *setting)
{
	return setting->choices
	               ? arena_printf(arena, "a list [a, b, …] of %s", list_print(arena, setting->choices))
	               : "a list [a, b, …]";
}

static const char *allowed_size(struct arena *arena, const struct setting *setting)
{
	return arena_printf(arena, "a number of bytes, or with KiB, MiB or GiB%s",
	                    bounds_print(arena, setting, size_print));
}

const char *value_allowed(struct arena *arena, const struct setting *setting)
{
	static const char *(*const allowed[])(struct arena *, const struct setting *) = {
		[SETTING_TEXT] = allowed_text,         [SETTING_CHOICE] = allowed_choice,
		[SETTING_INT] = allowed_int,           [SETTING_BOOL] = allowed_bool,
		[SETTING_DURATION] = allowed_duration, [SETTING_PERCENT] = allowed_percent,
		[SETTING_URL] = allowed_url,           [SETTING_SECRET] = allowed_secret,
		[SETTING_LIST] = allowed_list,         [SETTING_SIZE] = allowed_size,
	};

	return allowed[setting->type](arena, setting);
}
