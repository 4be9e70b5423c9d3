/* SPDX-License-Identifier: Apache-2.0 */
#include "decimal.h"

#include "number.h"

#define DIGITS_MAX   64
#define EXPONENT_MAX 64

struct decimal {
	bool is_negative;
	char digits[DIGITS_MAX];		/* no leading and no trailing zeros */
	int n_digits;
	int point;				/* where the point stands: 0 before the first digit */
};

static bool read_sign(struct slice *text)
{
	char c = text->len ? text->data[0] : 0;

	if (c == '-' || c == '+')
		*text = slice_sub(*text, 1, text->len);
	return c == '-';
}

static bool read_exponent(struct slice *text, int64_t *exponent)
{
	for (size_t i = 0; i < text->len; i++) {
		if ((text->data[i] | 32) != 'e')
			continue;
		struct slice tail = slice_sub(*text, i + 1, text->len);
		bool is_negative = read_sign(&tail);

		if (!parse_int64(tail, 0, EXPONENT_MAX, exponent))
			return false;
		*exponent = is_negative ? -*exponent : *exponent;
		*text = slice_sub(*text, 0, i);
		return true;
	}
	*exponent = 0;
	return true;
}

static bool read_digits(struct slice text, struct decimal *decimal)
{
	bool is_past_point = false, any = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '.' && !is_past_point) {
			is_past_point = true;
			continue;
		}
		if (c < '0' || c > '9')
			return false;
		any = true;
		decimal->point += !is_past_point;
		if (c == '0' && decimal->n_digits == 0) {
			decimal->point--;
			continue;
		}
		if (decimal->n_digits == DIGITS_MAX)
			return false;
		decimal->digits[decimal->n_digits++] = c;
	}
	return any;
}

static size_t print_small(const struct decimal *decimal, char *form, size_t len)
{
	form[len++] = '0';
	if (decimal->n_digits == 0)
		return len;
	form[len++] = '.';
	for (int i = decimal->point; i < 0; i++)
		form[len++] = '0';
	for (int i = 0; i < decimal->n_digits; i++)
		form[len++] = decimal->digits[i];
	return len;
}

static size_t print_large(const struct decimal *decimal, char *form, size_t len)
{
	int end = decimal->n_digits > decimal->point ? decimal->n_digits : decimal->point;

	for (int i = 0; i < end; i++) {
		if (i == decimal->point)
			form[len++] = '.';
		form[len++] = i < decimal->n_digits ? decimal->digits[i] : '0';
	}
	return len;
}

static size_t print(const struct decimal *decimal, char *form)
{
	size_t len = 0;

	if (decimal->is_negative)
		form[len++] = '-';
	len = decimal->point <= 0 ? print_small(decimal, form, len) : print_large(decimal, form, len);
	form[len] = 0;
	return len;
}

bool decimal_form(struct slice text, char form[DECIMAL_SIZE], size_t *ret_len)
{
	struct decimal decimal = { 0 };
	int64_t exponent = 0;

	if (text.len > 512)
		return false;
	decimal.is_negative = read_sign(&text);
	if (!read_exponent(&text, &exponent) || !read_digits(text, &decimal))
		return false;
	decimal.point += (int)exponent;
	while (decimal.n_digits && decimal.digits[decimal.n_digits - 1] == '0')
		decimal.n_digits--;
	if (decimal.n_digits == 0)
		decimal = (struct decimal){ .point = 0 };
	if (decimal.point < -DIGITS_MAX || decimal.point > DIGITS_MAX)
		return false;
	*ret_len = print(&decimal, form);
	return true;
}
