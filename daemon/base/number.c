/* SPDX-License-Identifier: Apache-2.0 */
#include "number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool parse_int64(struct slice text, int64_t min, int64_t max, int64_t *ret)
{
	size_t i = text.len && text.data[0] == '-';
	bool is_negative = i == 1;
	int64_t value = 0;

	if (i == text.len)
		return false;
	for (; i < text.len; i++) {
		if (!is_digit(text.data[i]) || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, text.data[i] - '0', &value))
			return false;
	}
	if (!is_negative &&
	    __builtin_sub_overflow(0, value, &value)) /* gathered as a negative: its range is larger */
		return false;
	if (value < min || value > max)
		return false;
	*ret = value;
	return true;
}

bool is_decimal(struct slice text)
{
	size_t i = text.len && text.data[0] == '-', digits = 0, points = 0;

	for (; i < text.len; i++) {
		digits += is_digit(text.data[i]);
		points += text.data[i] == '.';
		if (!is_digit(text.data[i]) && text.data[i] != '.')
			return false;
	}
	return digits && points <= 1 && is_digit(text.data[text.len - 1]);
}

bool parse_real(struct slice text, double *ret)
{
	char copy[64], *end;

	if (!text.len || text.len >= sizeof(copy) || !memchr("-.0123456789", text.data[0], 12))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!memchr("-+.eE0123456789", text.data[i], 15))
			return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	double value = strtod(copy, &end);
	if (*end || !isfinite(value))
		return false;
	*ret = value;
	return true;
}

bool parse_bool(struct slice text, bool *ret)
{
	if (!slice_equal(text, SLICE("true")) && !slice_equal(text, SLICE("false")))
		return false;
	*ret = text.len == 4;
	return true;
}

bool parse_duration(struct slice text, int64_t *ret_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	size_t digits = 0;
	int64_t value;

	while (digits < text.len && is_digit(text.data[digits]))
		digits++;
	if (!parse_int64(slice_sub(text, 0, digits), 0, INT64_MAX / 86400000, &value))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!slice_equal_text(slice_sub(text, digits, text.len), units[i].unit))
			continue;
		*ret_ms = value * units[i].ms;
		return true;
	}
	return false;
}

bool parse_percent(struct slice text, double *ret)
{
	double value;

	if (!slice_ends(text, "%") || !parse_real(slice_sub(text, 0, text.len - 1), &value) || value < 0 ||
	    value > 100)
		return false;
	*ret = value / 100;
	return true;
}
