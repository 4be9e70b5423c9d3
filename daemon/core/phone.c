/* SPDX-License-Identifier: Apache-2.0 */
#include "phone.h"

#include <unictype.h>
#include <unistr.h>

#include "fold.h"
#include "phone_metadata.h"
#include "phone_pattern.h"

#define DIGITS_MIN    3
#define EXTENSION_MAX 8
#define WHOLE_DIGITS  7 /* behind so many digits a comma or slash begins another number */

/* A typed number taken apart, before any plan is asked. */
struct typed {
	char digits[PHONE_TEXT_MAX];
	size_t n_digits;
	char extension[EXTENSION_MAX];
	size_t n_extension;
	bool has_plus;
};

static const char *const extension_words[] = {
	"extension", "durchwahl", "poste", "anexo", "interno", "ramal", "extn",
	"ext",       "int",       "dw",    "wew",   "x",       "#",
};

/* -- reading the text -- */

/* Digits of all scripts become ASCII, the full-width plus too; other signs beyond ASCII separate. */
static struct slice to_ascii(struct slice raw, char room[PHONE_TEXT_MAX])
{
	size_t len = 0;

	for (size_t at = 0; at < raw.len && len < PHONE_TEXT_MAX;) {
		ucs4_t rune;

		at += (size_t)u8_mbtouc(&rune, (const uint8_t *)raw.data + at, raw.len - at);
		if (rune < 0x80)
			room[len++] = (char)rune;
		else if (uc_decimal_value(rune) >= 0)
			room[len++] = (char)('0' + uc_decimal_value(rune));
		else if (rune == 0xff0b)
			room[len++] = '+';
		else if (uc_is_alpha(rune))
			room[len++] = '?';
	}
	return (struct slice){ room, len };
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_separator(char c)
{
	return c != 0 && strchr(" -./()[]~\t\n\r\\,:'\"_", c) != NULL;
}

/* Reads "ext. 12" at the end of a number; true if the rest of the text is that. */
static bool read_extension(struct slice rest, struct typed *typed)
{
	for (size_t i = 0; i < ARRAY_SIZE(extension_words); i++) {
		size_t len = strlen(extension_words[i]);

		if (!slice_equal_nocase(slice_sub(rest, 0, len), slice_of(extension_words[i])))
			continue;
		for (size_t at = len; at < rest.len; at++) {
			if (is_digit(rest.data[at]) && typed->n_extension < EXTENSION_MAX)
				typed->extension[typed->n_extension++] = rest.data[at];
			else if (is_digit(rest.data[at]) ||
			         !(is_separator(rest.data[at]) || rest.data[at] == '='))
				return false;
		}
		return true;
	}
	return false;
}

static struct slice without_label(struct slice text)
{
	static const char *const labels[] = { "tel:", "tel.",    "tel",  "phone:", "phone",
		                              "ph:",  "mobile:", "mob:", "fon:",   "t:" };

	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (slice_equal_nocase(slice_sub(text, 0, strlen(labels[i])), slice_of(labels[i])))
			return slice_trim(slice_sub(text, strlen(labels[i]), text.len));
	return text;
}

static bool read_typed(struct slice text, struct typed *typed)
{
	text = without_label(slice_trim(text));
	for (size_t at = 0; at < text.len; at++) {
		char c = text.data[at];

		if (is_digit(c))
			typed->digits[typed->n_digits++] = c;
		else if (c == '+' && typed->n_digits == 0)
			typed->has_plus = true;
		else if (c == '+' || c == '|' ||
		         (typed->n_digits >= WHOLE_DIGITS && (c == ',' || c == '/')) ||
		         (c == ';' && !slice_starts(slice_sub(text, at + 1, 4), "ext=")))
			break;
		else if (!is_separator(c) && c != ';')
			return typed->n_digits >= DIGITS_MIN &&
			       read_extension(slice_sub(text, at, text.len), typed);
	}
	return typed->n_digits >= DIGITS_MIN;
}

static bool take_apart(struct slice raw, struct typed *typed)
{
	char room[PHONE_TEXT_MAX];
	struct slice text = slice_sub(slice_trim(raw), 0, PHONE_TEXT_MAX);

	if (!fold_is_ascii(text))
		text = to_ascii(text, room);
	return read_typed(text, typed);
}

/* -- plans -- */

static const struct phone_region *region_of(struct slice name)
{
	size_t low = 0, high = n_phone_regions;

	while (low < high && name.len == 2) {
		size_t middle = (low + high) / 2;
		int order = memcmp(name.data, phone_regions[middle].region, 2);

		if (order == 0)
			return &phone_regions[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static const struct phone_region *region_of_code(unsigned code)
{
	size_t low = 0, high = n_phone_codes;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (phone_codes[middle].code == code)
			return &phone_regions[phone_codes[middle].region];
		if (code < phone_codes[middle].code)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* The region whose calling code the digits begin with. Codes are free of prefixes among one another. */
static const struct phone_region *region_of_digits(struct slice digits)
{
	unsigned code = 0;

	for (size_t i = 0; i < 3 && i < digits.len; i++) {
		const struct phone_region *region;

		code = 10 * code + (unsigned)(digits.data[i] - '0');
		region = region_of_code(code);
		if (region)
			return region;
	}
	return NULL;
}

static bool fits(const struct phone_region *plan, struct slice national)
{
	return national.len < 32 && plan->lengths >> national.len & 1 &&
	       phone_pattern_matches(plan->pattern, national);
}

static struct slice after(struct slice digits, size_t n)
{
	return slice_sub(digits, n, digits.len);
}

/* Argentina's 0 11 15 2345 6789 is 9 11 2345 6789 abroad. */
static struct slice without_mobile_mark(struct arena *arena, const struct phone_region *plan,
                                        struct slice national)
{
	uint32_t ends = phone_pattern_ends(plan->marked, national);

	for (size_t end = 2; end <= 4; end++) {
		if (!(ends >> end & 1) || !slice_starts(after(national, end), "15") || national.len != 12)
			continue;
		const char *text = arena_printf(arena, "9%.*s%.*s", (int)end, national.data,
		                                SLICE_ARGS(after(national, end + 2)));

		return slice_of(text);
	}
	return national;
}

static struct slice without_carrier(const struct phone_region *plan, struct slice national)
{
	bool is_carrier =
	        national.len >= 12 && phone_pattern_ends(plan->carrier, slice_sub(national, 0, 2)) >> 2 & 1;

	return is_carrier ? after(national, 2) : national;
}

/*
 * National digits as the plan has them: trunk prefix off, area code on where the plan says so. A prefix comes
 * off only where a number that fits did not begin with it.
 */
static struct slice to_national(struct arena *arena, const struct phone_region *plan, struct slice digits)
{
	struct slice national = digits;
	size_t len = plan->prefix ? strlen(plan->prefix) : 0;

	if (plan->local && phone_pattern_matches(plan->local, digits))
		return slice_of(arena_printf(arena, "%s%.*s", plan->area, SLICE_ARGS(digits)));
	if (len && slice_starts(digits, plan->prefix))
		national = after(digits, len);
	if (plan->carrier && national.len < digits.len)
		national = without_carrier(plan, national);
	if (plan->marked)
		national = without_mobile_mark(arena, plan, national);
	if (fits(plan, digits) && !fits(plan, national))
		return digits;
	return national;
}

static void set(struct arena *arena, const struct phone_region *plan, struct slice national,
                struct phone *ret)
{
	ret->national = arena_slice(arena, national);
	ret->is_possible = national.len < 32 && plan->lengths >> national.len & 1;
	ret->is_valid = ret->is_possible && fits(plan, national);
	if (!ret->is_possible)
		return;
	ret->e164 = slice_of(arena_printf(arena, "+%s%.*s", plan->code, SLICE_ARGS(national)));
	ret->code = slice_of(plan->code);
	ret->region = slice_of(plan->region);
}

static bool read_international(struct arena *arena, struct slice digits, struct phone *ret)
{
	const struct phone_region *plan = region_of_digits(digits);

	if (!plan)
		return false;
	set(arena, plan, to_national(arena, plan, after(digits, strlen(plan->code))), ret);
	return ret->is_possible;
}

/* Dialled as from the region: "011 49 …" in the US, "00 49 …" nearly everywhere. */
static bool read_dialled(struct arena *arena, const struct phone_region *plan, struct slice digits,
                         struct phone *ret)
{
	uint32_t ends = plan && plan->international
	                        ? phone_pattern_ends(plan->international, slice_sub(digits, 0, 8))
	                        : 0;

	for (size_t end = 5; end >= 2; end--)
		if (ends >> end & 1 && digits.len > end &&
		    read_international(arena, after(digits, end), ret) && ret->is_valid)
			return true;
	return slice_starts(digits, "00") && read_international(arena, after(digits, 2), ret) &&
	       ret->is_valid;
}

/* Without plus, but with the region's own code in front: "1 415 …", "49 30 …". */
static bool has_own_code(struct arena *arena, const struct phone_region *plan, struct slice digits,
                         struct slice national)
{
	size_t len = strlen(plan->code);
	bool begins = slice_starts(digits, plan->code);

	if (!begins || fits(plan, national))
		return false;
	return fits(plan, to_national(arena, plan, after(digits, len)));
}

static void read_number(struct arena *arena, const struct typed *typed, struct slice region,
                        struct phone *ret)
{
	struct slice digits = { typed->digits, typed->n_digits };
	const struct phone_region *plan = region_of(region);
	struct slice national;

	if (typed->has_plus) {
		(void)read_international(arena, digits, ret);
		return;
	}
	if (!plan) {
		(void)read_dialled(arena, NULL, digits, ret);
		return;
	}
	national = to_national(arena, plan, digits);
	if (!fits(plan, national) && read_dialled(arena, plan, digits, ret))
		return;
	if (has_own_code(arena, plan, digits, national))
		national = to_national(arena, plan, after(digits, strlen(plan->code)));
	set(arena, plan, national, ret);
}

bool phone_read(struct arena *arena, struct slice raw, struct slice region, struct phone *ret)
{
	struct typed typed = { .n_digits = 0 };

	*ret = (struct phone){ .is_valid = false };
	if (!take_apart(raw, &typed))
		return false;
	read_number(arena, &typed, region, ret);
	if (slice_is_null(ret->e164))
		*ret = (struct phone){ .national = arena_slice(
			                       arena, (struct slice){ typed.digits, typed.n_digits }) };
	if (typed.n_extension)
		ret->extension = arena_slice(arena, (struct slice){ typed.extension, typed.n_extension });
	return true;
}

/* -- comparing -- */

/* A number as dialled: calling code, where one is given, and the digits behind it without trunk zeros. */
struct dialled {
	struct slice code, rest;
};

static struct slice without_zeros(struct slice digits)
{
	while (digits.len && digits.data[0] == '0')
		digits = after(digits, 1);
	return digits;
}

static struct dialled dial(const struct typed *typed)
{
	struct slice digits = { typed->digits, typed->n_digits };
	bool is_foreign = typed->has_plus || slice_starts(digits, "00");
	struct slice significant = without_zeros(digits);
	const struct phone_region *plan = region_of_digits(significant);

	/* eleven digits with a 1 in front are a North American number with its code */
	if (!plan || !(is_foreign || (significant.len == 11 && significant.data[0] == '1')))
		return (struct dialled){ SLICE_NULL, significant };
	return (struct dialled){ slice_of(plan->code),
		                 without_zeros(after(significant, strlen(plan->code))) };
}

bool phone_equal(struct slice a, struct slice b)
{
	struct typed x = { .n_digits = 0 }, y = { .n_digits = 0 };
	struct dialled dial_x, dial_y;

	if (!take_apart(a, &x) || !take_apart(b, &y))
		return slice_equal(a, b);
	if (x.n_extension != y.n_extension || memcmp(x.extension, y.extension, x.n_extension) != 0)
		return false;
	dial_x = dial(&x);
	dial_y = dial(&y);
	if (!slice_equal(dial_x.rest, dial_y.rest))
		return false;
	return slice_is_null(dial_x.code) || slice_is_null(dial_y.code) ||
	       slice_equal(dial_x.code, dial_y.code);
}
