/* SPDX-License-Identifier: Apache-2.0 */
/* Identity numbers and birth dates, either of which may be mistyped. */
#include <stdlib.h>

#include "match_private.h"
#include "similar.h"

#define NUMBER_DIGITS 6 /* a shorter number with another digit is another number */
#define MONTH	      31

enum near match_numbers(struct slice a, struct slice b)
{
	unsigned distance;

	if (a.len == 0 || b.len == 0)
		return NEAR_MISSING;
	if (slice_equal(a, b))
		return NEAR_SAME;
	if (a.len < NUMBER_DIGITS || b.len < NUMBER_DIGITS)
		return NEAR_DIFFERENT;
	distance = similar_distance(a, b, 2);
	return distance == 1 ? NEAR_SLIP : distance == 2 ? NEAR_FAR : NEAR_DIFFERENT;
}

/* Year, month, day of eight digits in that order; other orders are compared by digits alone. */
struct date {
	int year, month, day;
};

static int number_at(struct slice digits, size_t from, size_t len)
{
	int number = 0;

	for (size_t i = from; i < from + len; i++)
		number = 10 * number + (digits.data[i] - '0');
	return number;
}

static bool read_date(struct slice digits, struct date *ret)
{
	if (digits.len != 8)
		return false;
	for (size_t i = 0; i < 8; i++)
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
	*ret = (struct date){ number_at(digits, 0, 4), number_at(digits, 4, 2), number_at(digits, 6, 2) };
	return true;
}

static int day_of_year(const struct date *date)
{
	return MONTH * date->month + date->day;
}

static bool is_slip(const struct date *a, const struct date *b)
{
	int same = (a->year == b->year) + (a->month == b->month) + (a->day == b->day);

	return same == 2 || (a->year == b->year && a->month == b->day && a->day == b->month);
}

/* About a month apart, in one year or in two that differ as mistakes make them. */
static bool is_near(const struct date *a, const struct date *b)
{
	int years = abs(a->year - b->year);
	int days = abs(day_of_year(a) - day_of_year(b));

	if (years == 1 && days > 6 * MONTH)
		days = 12 * MONTH - days;
	return (years <= 2 || (years >= 9 && years <= 11)) && days <= MONTH + 4;
}

enum near match_births(struct slice a, struct slice b)
{
	struct date x, y;

	if (a.len == 0 || b.len == 0)
		return NEAR_MISSING;
	if (slice_equal(a, b))
		return NEAR_SAME;
	if (similar_distance(a, b, 1) == 1)
		return NEAR_SLIP;
	if (!read_date(a, &x) || !read_date(b, &y))
		return NEAR_DIFFERENT;
	if (is_slip(&x, &y))
		return NEAR_SLIP;
	return is_near(&x, &y) ? NEAR_FAR : NEAR_DIFFERENT;
}
