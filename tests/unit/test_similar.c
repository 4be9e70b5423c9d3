/* SPDX-License-Identifier: Apache-2.0 */
#include "cleanup.h"
#include "similar.h"
#include "tap.h"

static void test_distance_counts_slips(void)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} cases[] = {
		{ "", "", 0 },
		{ "a", "", 1 },
		{ "kitten", "sitting", 3 },
		{ "martha", "marhta", 1 },
		{ "smith", "smiht", 1 },
		{ "smith", "smth", 1 },
		{ "smith", "smithh", 1 },
		{ "ca", "abc", 3 },
		{ "same", "same", 0 },
		{ "abcd", "badc", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_INT(similar_distance(slice_of(cases[i].a), slice_of(cases[i].b), 9), cases[i].distance);
		CHECK_INT(similar_distance(slice_of(cases[i].b), slice_of(cases[i].a), 9), cases[i].distance);
	}
	CHECK_INT(similar_distance(SLICE("kitten"), SLICE("sitting"), 2), 3);
	CHECK_INT(similar_distance(SLICE("abcdefgh"), SLICE("a"), 2), 3);
}

static void check_near(double got, double want)
{
	CHECK(got > want - 0.0005 && got < want + 0.0005);
}

/* Published values of Jaro-Winkler. */
static void test_jaro_winkler_agrees_with_published_values(void)
{
	check_near(similar_jaro_winkler(SLICE("martha"), SLICE("marhta")), 0.961);
	check_near(similar_jaro_winkler(SLICE("dixon"), SLICE("dicksonx")), 0.813);
	check_near(similar_jaro_winkler(SLICE("jellyfish"), SLICE("smellyfish")), 0.896);
	check_near(similar_jaro_winkler(SLICE("dwayne"), SLICE("duane")), 0.840);
	check_near(similar_jaro_winkler(SLICE("abc"), SLICE("xyz")), 0);
	check_near(similar_jaro_winkler(SLICE("same"), SLICE("same")), 1);
	check_near(similar_jaro_winkler(SLICE(""), SLICE("")), 1);
	check_near(similar_jaro_winkler(SLICE("a"), SLICE("")), 0);
}

static bool sound_alike(const char *a, const char *b)
{
	char x[32], y[32];
	size_t n = similar_sound(slice_of(a), x, sizeof(x)), m = similar_sound(slice_of(b), y, sizeof(y));

	return n == m && memcmp(x, y, n) == 0;
}

static void test_transliterations_sound_alike(void)
{
	static const char *const pairs[][2] = {
		{ "tchaikovsky", "chaykovskiy" },
		{ "sergey", "sergei" },
		{ "yeltsin", "eltsin" },
		{ "meyer", "maier" },
		{ "meier", "mayer" },
		{ "schmidt", "schmitt" },
		{ "philip", "filip" },
		{ "katherine", "catherine" },
		{ "dmitri", "dmitriy" },
		{ "mueller", "muller" },
		{ "yury", "iouri" },
		{ "kuznetsov", "kuznezov" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (!sound_alike(pairs[i][0], pairs[i][1]))
			printf("# %s, %s\n", pairs[i][0], pairs[i][1]);
		CHECK(sound_alike(pairs[i][0], pairs[i][1]));
	}
	CHECK(!sound_alike("smith", "jones"));
	CHECK(!sound_alike("ivanov", "petrov"));
}

static void test_long_texts_are_cut(void)
{
	char a[5000], b[5000];

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	CHECK_INT(similar_distance((struct slice){ a, 5000 }, (struct slice){ a, 4000 }, 3), 0);
	CHECK_INT(similar_distance((struct slice){ a, 5000 }, (struct slice){ b, 5000 }, 3), 4);
	check_near(similar_jaro_winkler((struct slice){ a, 5000 }, (struct slice){ a, 5000 }), 1);
}

int main(void)
{
	RUN(test_distance_counts_slips);
	RUN(test_jaro_winkler_agrees_with_published_values);
	RUN(test_transliterations_sound_alike);
	RUN(test_long_texts_are_cut);
	return tap_done();
}
