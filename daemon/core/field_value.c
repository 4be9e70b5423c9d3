/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "country.h"
#include "decimal.h"
#include "field.h"
#include "number.h"
#include "phone.h"

#define QUOTE_MAX 60 /* bytes of a bad value shown in an error */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* -- reading -- */

/* Nothing to do for it: no control characters, nothing but ASCII. Written so that the compiler makes vectors
 * of it. */
static bool is_plain(struct slice value)
{
	unsigned odd = 0;

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		odd |= (unsigned)(c < 0x20) | (unsigned)(c >= 0x7f);
	}
	return !odd;
}

static bool is_c1_control(struct slice value, size_t i)
{
	return (unsigned char)value.data[i] == 0xc2 && i + 1 < value.len &&
	       (unsigned char)value.data[i + 1] < 0xa0;
}

/* Control characters off; a line break stays in free text (addresses have them) and is a blank elsewhere. */
static struct slice without_controls(struct arena *arena, enum field_type type, struct slice value)
{
	char *clean = arena_alloc(arena, value.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (is_c1_control(value, i))
			i++;
		else if (c == '\n' && type == FIELD_TEXT)
			clean[len++] = c;
		else if (c == '\n' || c == '\t')
			clean[len++] = ' ';
		else if ((unsigned char)c >= 0x20 && c != 0x7f)
			clean[len++] = c;
	}
	return slice_trim((struct slice){ clean, len });
}

static bool not_of_type(enum field_type type, struct slice value, struct error *err)
{
	size_t len = value.len < QUOTE_MAX ? value.len : QUOTE_MAX;

	while (len < value.len && len && ((unsigned char)value.data[len] & 0xc0) == 0x80)
		len--;
	return fail(err, ERROR_RECORD, "\"%.*s%s\" is not a valid %s", (int)len, value.data,
	            len < value.len ? "…" : "", field_type_name(type));
}

static bool read_decimal(struct arena *arena, struct slice value, struct slice *ret)
{
	char form[DECIMAL_SIZE];
	size_t len;

	if (!decimal_form(value, form, &len))
		return false;
	/* exact as the remote wrote it; only an exponent is spelled out */
	*ret = is_decimal(value) ? value : (struct slice){ arena_strndup(arena, form, len), len };
	return true;
}

static const struct {
	const char *text;
	bool is;
} bool_words[] = {
	{ "true", true }, { "false", false }, { "1", true },  { "0", false },
	{ "yes", true },  { "no", false },    { "y", true },  { "n", false },
	{ "t", true },    { "f", false },     { "on", true }, { "off", false },
};

static bool bool_of(struct slice value, bool *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(bool_words); i++) {
		if (!slice_equal_nocase(value, slice_of(bool_words[i].text)))
			continue;
		*ret = bool_words[i].is;
		return true;
	}
	return false;
}

static bool read_bool(struct arena *arena UNUSED, struct slice value, struct slice *ret)
{
	bool is;

	if (!bool_of(value, &is))
		return false;
	*ret = is ? SLICE("true") : SLICE("false");
	return true;
}

static bool read_date(struct arena *arena, struct slice value, struct slice *ret)
{
	int64_t us;

	if (!time_parse(value, &us))
		return false;
	struct time_parts parts = time_split(us);

	*ret = slice_of(arena_printf(arena, "%04d-%02d-%02d", parts.year, parts.month, parts.day));
	return true;
}

static bool read_time(struct arena *arena, struct slice value, struct slice *ret)
{
	int64_t us;

	if (!time_parse(value, &us))
		return false;
	*ret = slice_of(time_print(arena, us));
	return true;
}

static bool (*const readers[])(struct arena *arena, struct slice value, struct slice *ret) = {
	[FIELD_AMOUNT] = read_decimal, [FIELD_NUMBER] = read_decimal, [FIELD_BOOL] = read_bool,
	[FIELD_DATE] = read_date,      [FIELD_TIME] = read_time,      [FIELD_COUNTRY] = NULL,
};

bool field_read(struct arena *arena, enum field_type type, struct slice value, struct slice *ret,
                struct error *err)
{
	struct slice text = slice_trim(value);

	if (!is_plain(text)) {
		if (!slice_is_utf8(text))
			return fail(err, ERROR_RECORD, "the value is not UTF-8 text");
		text = without_controls(arena, type, text);
	}
	if (!readers[type] || text.len == 0) {
		*ret = text;
		return true;
	}
	return readers[type](arena, text, ret) || not_of_type(type, text, err);
}

/* -- comparing -- */

static bool equal_text(struct slice a, struct slice b)
{
	size_t i = 0, j = 0;

	while (i < a.len && j < b.len) {
		bool blank = is_space(a.data[i]);

		if (blank != is_space(b.data[j]))
			return false;
		if (!blank && a.data[i] != b.data[j])
			return false;
		for (i++; blank && i < a.len && is_space(a.data[i]); i++)
			;
		for (j++; blank && j < b.len && is_space(b.data[j]); j++)
			;
	}
	return i == a.len && j == b.len;
}

static bool equal_decimal(struct slice a, struct slice b)
{
	char form_a[DECIMAL_SIZE], form_b[DECIMAL_SIZE];
	size_t len_a, len_b;

	if (!decimal_form(a, form_a, &len_a) || !decimal_form(b, form_b, &len_b))
		return equal_text(a, b);
	return len_a == len_b && memcmp(form_a, form_b, len_a) == 0;
}

static bool equal_bool(struct slice a, struct slice b)
{
	bool is_a, is_b;

	if (!bool_of(a, &is_a) || !bool_of(b, &is_b))
		return slice_equal_nocase(a, b);
	return is_a == is_b;
}

static int64_t floor_to(int64_t us, int64_t step)
{
	return us / step - (us % step < 0);
}

/* Times are the same to the second: most systems keep no more. */
static bool equal_time_by(struct slice a, struct slice b, int64_t step_us)
{
	int64_t us_a, us_b;

	if (!time_parse(a, &us_a) || !time_parse(b, &us_b))
		return equal_text(a, b);
	return floor_to(us_a, step_us) == floor_to(us_b, step_us);
}

static bool equal_time(struct slice a, struct slice b)
{
	return equal_time_by(a, b, US_PER_S);
}

static bool equal_date(struct slice a, struct slice b)
{
	return equal_time_by(a, b, 86400 * US_PER_S);
}

static struct slice without_scheme(struct slice address)
{
	static const char *const prefixes[] = { "http://", "https://", "www." };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t len = strlen(prefixes[i]);

		if (slice_equal_nocase(slice_sub(address, 0, len), slice_of(prefixes[i])))
			address = slice_sub(address, len, address.len);
	}
	while (address.len && address.data[address.len - 1] == '/')
		address.len--;
	return address;
}

static bool equal_domain(struct slice a, struct slice b)
{
	return slice_equal_nocase(without_scheme(a), without_scheme(b));
}

static bool equal_country(struct slice a, struct slice b)
{
	struct slice code = country_code(a);

	return slice_equal_nocase(a, b) || (code.len && slice_equal(code, country_code(b)));
}

static bool (*const comparers[])(struct slice a, struct slice b) = {
	[FIELD_TEXT] = equal_text,        [FIELD_EMAIL] = slice_equal_nocase, [FIELD_PHONE] = phone_equal,
	[FIELD_PERSON_NAME] = equal_text, [FIELD_COMPANY_NAME] = equal_text,  [FIELD_DOMAIN] = equal_domain,
	[FIELD_AMOUNT] = equal_decimal,   [FIELD_NUMBER] = equal_decimal,     [FIELD_BOOL] = equal_bool,
	[FIELD_DATE] = equal_date,        [FIELD_TIME] = equal_time,          [FIELD_COUNTRY] = equal_country,
};

bool field_equal(enum field_type type, struct slice a, struct slice b)
{
	a = slice_trim(a);
	b = slice_trim(b);
	if (a.len == 0 || b.len == 0)
		return a.len == b.len;
	if (a.len == b.len && memcmp(a.data, b.data, a.len) == 0)
		return true;
	return comparers[type](a, b);
}
