/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

#define DAY_S       INT64_C(86400)
#define DAYS_OF_400 146097 /* days in 400 years */
#define EPOCH_DAYS  719468 /* from 1 March of year 0 to 1970-01-01 */
#define YEAR_MIN    1
#define YEAR_MAX    9999

/* For tests only, as the header says: time is one for the whole process, so its stand-in is too. */
static struct {
	bool is_on;
	int64_t us;
} fake;

static int64_t clock_us(clockid_t id)
{
	struct timespec now;

	if (fake.is_on)
		return fake.us;
	int failed = clock_gettime(id, &now);
	assert(!failed);
	return now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

void clock_fake_set(int64_t wall_us)
{
	fake.is_on = true;
	fake.us = wall_us;
}

void clock_fake_move(int64_t by_us)
{
	assert(fake.is_on);
	fake.us += by_us;
}

void clock_fake_end(void)
{
	fake.is_on = false;
}

bool clock_is_fake(void)
{
	return fake.is_on;
}

static int64_t divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * Days and dates are counted from 1 March, so that the odd day of leap years is the last of the year; the
 * months from March on then have lengths that (153 m + 2) / 5 gives exactly.
 */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2), m = (month + 9) % 12;
	int64_t era = divide_down(y, 400), of_era = y - era * 400;

	return era * DAYS_OF_400 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day - 1 -
	       EPOCH_DAYS;
}

static void date_of(int64_t days, struct time_parts *parts)
{
	int64_t since = days + EPOCH_DAYS, era = divide_down(since, DAYS_OF_400),
	        of_era = since - era * DAYS_OF_400;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (year * 365 + year / 4 - year / 100), m = (5 * of_year + 2) / 153;

	parts->day = (int)(of_year - (153 * m + 2) / 5 + 1);
	parts->month = (int)(m < 10 ? m + 3 : m - 9);
	parts->year = (int)(year + era * 400 + (parts->month <= 2));
}

struct time_parts time_split(int64_t us)
{
	int64_t seconds = divide_down(us, US_PER_S), days = divide_down(seconds, DAY_S);
	int of_day = (int)(seconds - days * DAY_S);
	struct time_parts parts = {
		.hour = of_day / 3600,
		.minute = of_day / 60 % 60,
		.second = of_day % 60,
		.microsecond = (int)(us % US_PER_S + (us % US_PER_S < 0 ? US_PER_S : 0)),
	};

	date_of(days, &parts);
	return parts;
}

static bool is_between(int value, int first, int last)
{
	return value >= first && value <= last;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && is_leap);
}

bool time_join(struct time_parts parts, int64_t *ret_us)
{
	if (!is_between(parts.year, YEAR_MIN, YEAR_MAX) || !is_between(parts.month, 1, 12) ||
	    !is_between(parts.day, 1, days_in_month(parts.year, parts.month)) ||
	    !is_between(parts.hour, 0, 23) || !is_between(parts.minute, 0, 59) ||
	    !is_between(parts.second, 0, 59) || !is_between(parts.microsecond, 0, 999999))
		return false;
	int64_t days = days_of(parts.year, parts.month, parts.day);
	int64_t seconds = days * DAY_S + parts.hour * 3600 + parts.minute * 60 + parts.second;
	*ret_us = seconds * US_PER_S + parts.microsecond;
	return true;
}

/* -- Reading -- */

struct reader {
	const char *at, *end;
};

static bool take(struct reader *in, const char *any)
{
	if (in->at == in->end || *in->at == '\0' || !strchr(any, *in->at))
		return false;
	in->at++;
	return true;
}

static bool take_digits(struct reader *in, int count, int *ret)
{
	int value = 0;

	if (in->end - in->at < count)
		return false;
	for (int i = 0; i < count; i++) {
		char c = in->at[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	in->at += count;
	*ret = value;
	return true;
}

/* Digits beyond the sixth are finer than we keep. */
static bool take_fraction(struct reader *in, int *ret_microsecond)
{
	int value = 0, digits = 0, digit;

	for (; take_digits(in, 1, &digit); digits++)
		if (digits < 6)
			value = value * 10 + digit;
	for (int i = digits; i < 6; i++)
		value *= 10;
	*ret_microsecond = value;
	return digits > 0;
}

static bool take_zone(struct reader *in, int *ret_offset_s)
{
	bool is_west = in->at < in->end && *in->at == '-';
	int hours = 0, minutes = 0;

	*ret_offset_s = 0;
	if (in->at == in->end || take(in, "Zz"))
		return true;
	if (!take(in, "+-") || !take_digits(in, 2, &hours) || hours > 23)
		return false;
	bool has_colon = take(in, ":");
	if ((has_colon || in->at < in->end) && (!take_digits(in, 2, &minutes) || minutes > 59))
		return false;
	*ret_offset_s = (hours * 60 + minutes) * (is_west ? -60 : 60);
	return true;
}

static bool take_time_of_day(struct reader *in, struct time_parts *parts, int *ret_offset_s)
{
	if (!take_digits(in, 2, &parts->hour) || !take(in, ":") || !take_digits(in, 2, &parts->minute))
		return false;
	if (take(in, ":")) {
		if (!take_digits(in, 2, &parts->second))
			return false;
		if (take(in, ".,") && !take_fraction(in, &parts->microsecond))
			return false;
	}
	return take_zone(in, ret_offset_s);
}

bool time_parse(struct slice text, int64_t *ret_us)
{
	struct reader in = { text.data, text.len ? text.data + text.len : text.data };
	struct time_parts parts = { 0 };
	int offset_s = 0;
	int64_t us, first_us, end_us;

	if (!text.len || !take_digits(&in, 4, &parts.year) || !take(&in, "-") ||
	    !take_digits(&in, 2, &parts.month) || !take(&in, "-") || !take_digits(&in, 2, &parts.day))
		return false;
	if (take(&in, "Tt ") && !take_time_of_day(&in, &parts, &offset_s))
		return false;
	if (in.at != in.end || !time_join(parts, &us))
		return false;
	us -= offset_s * US_PER_S;
	first_us = days_of(YEAR_MIN, 1, 1) * DAY_S * US_PER_S;
	end_us = days_of(YEAR_MAX + 1, 1, 1) * DAY_S * US_PER_S;
	if (us < first_us || us >= end_us) /* its zone leads out of the calendar */
		return false;
	*ret_us = us;
	return true;
}

/* -- Writing -- */

static char *put_digits(char *at, int count, int value)
{
	for (int i = count - 1; i >= 0; i--, value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + count;
}

const char *time_print(struct arena *arena, int64_t us)
{
	struct time_parts parts = time_split(us);

	if (!is_between(parts.year, 0, YEAR_MAX)) /* no date of anybody's, but never a wrong one */
		return arena_printf(arena, "%d-%02d-%02dT%02d:%02d:%02dZ", parts.year, parts.month, parts.day,
		                    parts.hour, parts.minute, parts.second);
	char *text = arena_strdup(arena, "0000-00-00T00:00:00.000000Z");
	put_digits(text, 4, parts.year);
	put_digits(text + 5, 2, parts.month);
	put_digits(text + 8, 2, parts.day);
	put_digits(text + 11, 2, parts.hour);
	put_digits(text + 14, 2, parts.minute);
	put_digits(text + 17, 2, parts.second);
	if (parts.microsecond)
		put_digits(text + 20, 6, parts.microsecond);
	else
		memcpy(text + 19, "Z", 2);
	return text;
}
