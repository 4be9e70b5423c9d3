/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Tap: the whole unit-test harness. A test program is a list of cases, each a function named for its claim; it prints
 * TAP for meson and a diagnosis with file, line and both values where a claim fails.
 *
 *	static void test_slice_null_is_not_blank(void) { CHECK(!slice_equal(SLICE_NULL, SLICE(""))); }
 *	int main(void) { RUN(test_slice_null_is_not_blank); return tap_done(); }
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int tap_cases, tap_failed_cases, tap_failures;

static inline void tap_fail(const char *file, int line, const char *claim)
{
	tap_failures++;
	printf("# %s:%d: failed: %s\n", file, line, claim);
}

static inline void tap_check(bool is, const char *file, int line, const char *claim)
{
	if (!is)
		tap_fail(file, line, claim);
}

static inline void tap_check_int(int64_t got, int64_t want, const char *file, int line, const char *claim)
{
	if (got == want)
		return;
	tap_fail(file, line, claim);
	printf("#   got  %" PRId64 "\n#   want %" PRId64 "\n", got, want);
}

static inline void tap_check_text(const char *got, const char *want, const char *file, int line, const char *claim)
{
	if (got == want || (got && want && strcmp(got, want) == 0))
		return;
	tap_fail(file, line, claim);
	printf("#   got  %s\n#   want %s\n", got ? got : "(null)", want ? want : "(null)");
}

#define CHECK(claim)		tap_check((claim), __FILE__, __LINE__, #claim)
#define CHECK_INT(got, want)	tap_check_int((got), (want), __FILE__, __LINE__, #got " is " #want)
#define CHECK_TEXT(got, want)	tap_check_text((got), (want), __FILE__, __LINE__, #got " is " #want)
/* A slice against text; needs slice.h. */
#define CHECK_SLICE(got, want)                                                                          \
	do {                                                                                            \
		struct slice got_ = (got);                                                              \
		char text_[4096];                                                                       \
		snprintf(text_, sizeof(text_), "%.*s", (int)got_.len, got_.data ? got_.data : "");      \
		tap_check_text(got_.data ? text_ : NULL, (want), __FILE__, __LINE__, #got " is " #want); \
	} while (0)

#define RUN(test)                                                                              \
	do {                                                                                   \
		int before_ = tap_failures;                                                    \
		test();                                                                        \
		tap_cases++;                                                                   \
		tap_failed_cases += tap_failures != before_;                                   \
		printf("%s %d - %s\n", tap_failures == before_ ? "ok" : "not ok", tap_cases, #test); \
		fflush(stdout);                                                                \
	} while (0)

static inline int tap_done(void)
{
	printf("1..%d\n", tap_cases);
	return tap_failed_cases ? 1 : 0;
}
