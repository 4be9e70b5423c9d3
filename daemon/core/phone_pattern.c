/* SPDX-License-Identifier: Apache-2.0 */
#include "phone_pattern.h"

#include <stddef.h>

/* A set of positions is a word: bit n stands before digit n. */
struct run {
	const char *at;				/* in the pattern */
	struct slice digits;
};

static uint32_t any_of(struct run *run, uint32_t from);

static uint32_t step(const struct run *run, uint32_t from, uint16_t set)
{
	uint32_t to = 0;

	for (size_t i = 0; i < run->digits.len; i++)
		if (from >> i & 1 && set >> (run->digits.data[i] - '0') & 1)
			to |= UINT32_C(2) << i;
	return to;
}

static uint16_t bit_of(char digit)
{
	return (uint16_t)(1u << (digit - '0'));
}

/* [2-9] or [13-5]; the pattern stands behind it afterwards. */
static uint16_t read_class(struct run *run)
{
	uint16_t set = 0;

	for (run->at++; *run->at != ']'; run->at++) {
		char last = run->at[0];

		if (run->at[1] == '-') {
			last = run->at[2];
			for (char c = run->at[0]; c < last; c++)
				set |= bit_of(c);
			run->at += 2;
		}
		set |= bit_of(last);
	}
	run->at++;
	return set;
}

/* One atom: digit, \d, class or group. */
static uint32_t atom(struct run *run, uint32_t from)
{
	uint32_t to;

	switch (*run->at) {
	case '(':
		run->at += run->at[1] == '?' ? 3 : 1;
		to = any_of(run, from);
		run->at++;
		return to;
	case '[':
		return step(run, from, read_class(run));
	case '\\':
		run->at += 2;
		return step(run, from, 0x3ff);
	default:
		return step(run, from, bit_of(*run->at++));
	}
}

struct times {
	unsigned min, max;
};

static unsigned read_number(struct run *run)
{
	unsigned n = 0;

	while (*run->at >= '0' && *run->at <= '9')
		n = 10 * n + (unsigned)(*run->at++ - '0');
	return n;
}

static struct times read_times(struct run *run)
{
	struct times times = { 1, 1 };

	if (*run->at == '?') {
		run->at++;
		times.min = 0;
	} else if (*run->at == '{') {
		run->at++;
		times.min = times.max = read_number(run);
		if (*run->at == ',') {
			run->at++;
			times.max = read_number(run);
		}
		run->at++;
	}
	return times;
}

static uint32_t repeated_atom(struct run *run, uint32_t from)
{
	const char *begin = run->at;
	uint32_t now = atom(run, from);
	struct times times = read_times(run);
	uint32_t to = (times.min == 0 ? from : 0) | (times.min <= 1 ? now : 0);

	for (unsigned n = 2; n <= times.max && now; n++) {
		struct run again = { begin, run->digits };

		now = atom(&again, now);
		if (n >= times.min)
			to |= now;
	}
	return to;
}

/* Alternatives up to the closing bracket or the end. */
static uint32_t any_of(struct run *run, uint32_t from)
{
	uint32_t to = 0, now = from;

	while (*run->at && *run->at != ')') {
		if (*run->at == '|') {
			to |= now;
			now = from;
			run->at++;
			continue;
		}
		now = repeated_atom(run, now);
	}
	return to | now;
}

uint32_t phone_pattern_ends(const char *pattern, struct slice digits)
{
	struct run run = { pattern, digits };

	if (digits.len > PHONE_DIGITS_MAX)
		return 0;
	return any_of(&run, 1);
}

bool phone_pattern_matches(const char *pattern, struct slice digits)
{
	return phone_pattern_ends(pattern, digits) >> digits.len & 1;
}
