/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

#include "tap.h"
#include "value.h"
#include "wording.h"

struct thing {
	const char *name, *url;
	int color;
	int64_t count, wait_ms, size;
	bool is_on;
	double share;
	const char *const *tags, *const *colors;
	struct slice secret;
};

static const char *const colors[] = { "red", "green", NULL };

static const struct setting settings[] = {
	TEXT_SETTING(struct thing, name, "name", .required = true),
	URL_SETTING(struct thing, url, "net.url", .fallback = "https://a.example"),
	CHOICE_SETTING(struct thing, color, "color", .choices = colors, .fallback = "green"),
	INT_SETTING(struct thing, count, "count", .fallback = "3", .min = 1, .max = 10),
	DURATION_SETTING(struct thing, wait_ms, "net.wait", .fallback = "90s", .min = 1000, .max = 86400000),
	SIZE_SETTING(struct thing, size, "size", .fallback = "64KiB", .min = 1024, .max = 1 << 30),
	BOOL_SETTING(struct thing, is_on, "is_on", .fallback = "true"),
	PERCENT_SETTING(struct thing, share, "share", .fallback = "20%"),
	LIST_SETTING(struct thing, tags, "tags", .fallback = "a, b"),
	LIST_SETTING(struct thing, colors, "colors", .choices = colors),
	SECRET_SETTING(struct thing, secret, "auth.secret"),
	{ 0 }
};

/* A module's table that knows better about count. */
struct other {
	int64_t count, extra;
};
static const struct setting others[] = { INT_SETTING(struct other, count, "count", .fallback = "5", .min = 4,
	                                             .max = 6),
	                                 INT_SETTING(struct other, extra, "net.extra"),
	                                 { 0 } };

static struct arena *arena;
static struct thing thing;
static struct other other;
static struct schema schema;
static struct secrets secrets;

static const char *read_with(const char *text, bool both)
{
	static const char *const outside[] = { "map", NULL };
	struct problems problems = { .arena = arena };
	const struct node *root = node_read(arena, slice_of(text), "f", &problems);
	const char *printed = "";

	thing = (struct thing){ 0 };
	other = (struct other){ 0 };
	secrets = (struct secrets){ .arena = arena, .dir = "/", .is_read = false };
	schema = (struct schema){ .arena = arena,
		                  .scratch = arena,
		                  .problems = &problems,
		                  .secrets = &secrets,
		                  .file = "f",
		                  .prefix = "",
		                  .parts = { { settings, &thing, NULL },
		                             { both ? others : NULL, &other, NULL } },
		                  .others = outside };
	schema_read(&schema, root);
	for (size_t i = 0; i < problems.n; i++)
		printed = arena_printf(arena, "%s%s%d:%d: %s", printed, i ? "\n" : "", problems.list[i].line,
		                       problems.list[i].column, problems.list[i].text);
	return printed;
}

static const char *read_text(const char *text)
{
	return read_with(text, false);
}

static void test_fallbacks_fill_what_is_not_set(void)
{
	CHECK_TEXT(read_text("name: x\n"), "");
	CHECK_TEXT(thing.url, "https://a.example");
	CHECK_INT(thing.color, 1);
	CHECK_INT(thing.count, 3);
	CHECK_INT(thing.wait_ms, 90000);
	CHECK_INT(thing.size, 65536);
	CHECK(thing.is_on);
	CHECK(thing.share > 0.199 && thing.share < 0.201);
	CHECK_TEXT(thing.tags[1], "b");
	CHECK(thing.tags[2] == NULL);
	CHECK(thing.colors && thing.colors[0] == NULL);
	CHECK(slice_is_null(thing.secret));
}

static void test_values_of_every_type_are_read(void)
{
	CHECK_TEXT(read_text("name: x\nnet: {url: 'https://b.example/', wait: 2m}\ncolor: red\ncount: "
	                     "10\nsize: 2 MiB\n"
	                     "is_on: false\nshare: 5%\ntags: []\ncolors: [green, red]\n"),
	           "");
	CHECK_TEXT(thing.url, "https://b.example");
	CHECK_INT(thing.wait_ms, 120000);
	CHECK_INT(thing.color, 0);
	CHECK_INT(thing.count, 10);
	CHECK_INT(thing.size, 2 << 20);
	CHECK(!thing.is_on);
	CHECK(thing.tags[0] == NULL);
	CHECK_TEXT(thing.colors[0], "green");
	CHECK(schema_is_set(&schema, "net.wait") && !schema_is_set(&schema, "auth.secret"));
}

static void test_each_wrong_value_is_told_with_what_is_allowed(void)
{
	CHECK_TEXT(read_text("name: [x]\nnet: {wait: sixty}\ncolor: blue\ncount: 11\nis_on: yes\nshare: "
	                     "0.2\ntags: a\ncolors: [red, blu]\nsize: big\n"),
	           "1:7: name: a list is no text; allowed: text\n"
	           "2:13: net.wait: \"sixty\" is no duration; allowed: a number with ms, s, m, h or d, from "
	           "1s to 1d\n"
	           "3:8: color: \"blue\" is not known; allowed: red, green\n"
	           "4:8: count: \"11\" is out of range; allowed: a whole number from 1 to 10\n"
	           "5:8: is_on: \"yes\" is neither true nor false; allowed: true, false\n"
	           "6:8: share: \"0.2\" is no percentage; allowed: 0% to 100%\n"
	           "7:7: tags: \"a\" is no list; allowed: a list [a, b, …]\n"
	           "8:15: colors: \"blu\" is not known; allowed: red, green\n"
	           "9:7: size: \"big\" is no size; allowed: a number of bytes, or with KiB, MiB or GiB from "
	           "1KiB to 1GiB");
}

static void test_numbers_are_taken_strictly(void)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{ "010", "\"010\" begins with a zero, which may mean octal" },
		{ "-007", "\"-007\" begins with a zero, which may mean octal" },
		{ "0o7", "\"0o7\" is no whole number" },
		{ "8x", "\"8x\" is no whole number" },
		{ "1e1", "\"1e1\" is no whole number" },
		{ "1_0", "\"1_0\" is no whole number" },
		{ "3.0", "\"3.0\" is no whole number" },
		{ "'3'", "\"3\" in quotes is text" },
		{ "99999999999999999999", "\"99999999999999999999\" is no whole number" },
		{ "{a: 1}", "a mapping is no whole number" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_TEXT(read_text(arena_printf(arena, "name: x\ncount: %s\n", cases[i].text)),
		           arena_printf(arena, "2:8: count: %s; allowed: a whole number from 1 to 10",
		                        cases[i].problem));
}

static void test_durations_need_a_unit(void)
{
	CHECK_TEXT(read_text("name: x\nnet: {wait: 60}\n"), "2:13: net.wait: \"60\" is no duration; allowed: "
	                                                    "a number with ms, s, m, h or d, from 1s to 1d");
	CHECK_TEXT(read_text("name: x\nnet: {wait: 2d}\n"),
	           "2:13: net.wait: \"2d\" is out of range; allowed: a number with ms, s, m, h or d, from 1s "
	           "to 1d");
}

static void test_unknown_keys_get_near_names(void)
{
	CHECK_TEXT(read_text("name: x\ncuont: 1\nfoo: 2\nnet: {wiat: 3s}\nnet.wait: 3s\nmap: {any: thing}\n"),
	           "2:1: unknown key \"cuont\"; did you mean \"count\"?\n"
	           "3:1: unknown key \"foo\"; allowed: name, net, color, count, size, is_on, share, tags, "
	           "colors, auth, map\n"
	           "4:7: unknown key \"wiat\" in \"net\"; did you mean \"wait\"?\n"
	           "5:1: unknown key \"net.wait\"; write it as net: {wait: …}");
}

static void test_missing_and_empty_are_told(void)
{
	CHECK_TEXT(read_text("color: red\n"), "1:1: name: is required; allowed: text");
	CHECK_TEXT(read_text("name:\ncount:\nnet:\n"), "1:6: name: has no value; allowed: text\n"
	                                               "2:7: count: has no value; allowed: a whole number "
	                                               "from 1 to 10; leave the line out for the default");
	CHECK_TEXT(read_text("name: ''\n"), "1:7: name: \"\" is empty; allowed: text");
	CHECK_TEXT(read_text("- a\n- b\n"),
	           "1:1: this is no mapping; allowed: lines of the form \"key: value\"");
	CHECK_TEXT(read_text("name: x\nnet: fast\n"),
	           "2:6: net: is no mapping; allowed: a mapping with url, wait");
}

static void test_secret_as_a_value_is_refused_and_not_shown(void)
{
	const char *told = read_text("name: x\nauth: {secret: hunter2}\n");

	CHECK_TEXT(told, "2:16: auth.secret: a secret does not stand here itself, only where it is; allowed: "
	                 "{file: PATH}, "
	                 "{env: NAME} or {credential: NAME}");
	CHECK(!strstr(read_text("name: x\nauth: hunter2\n"), "hunter2"));
	CHECK(!strstr(read_text("name: x\nauth: {secret: [hunter2]}\n"), "hunter2"));
	CHECK_TEXT(read_text("name: x\nauth: {secret: {file: a, env: B}}\n"),
	           "2:16: auth.secret: does not say where the secret is; "
	           "allowed: {file: PATH}, {env: NAME} or {credential: NAME}");
}

static void test_two_tables_share_a_name_and_a_group(void)
{
	CHECK_TEXT(read_with("name: x\ncount: 6\nnet: {wait: 5s, extra: 9}\n", true), "");
	CHECK_INT(thing.count, 6);
	CHECK_INT(other.count, 6);
	CHECK_INT(other.extra, 9);
	CHECK_TEXT(read_with("name: x\ncount: 9\n", true),
	           "2:8: count: \"9\" is out of range; allowed: a whole number from 4 to 6");
}

static void test_urls(void)
{
	static const struct {
		const char *url;
		bool is_right, is_loopback;
	} cases[] = {
		{ "https://acme.my.salesforce.com", true, false },
		{ "https://a.example:8443/path", true, false },
		{ "http://127.0.0.1:8080", true, true },
		{ "http://127.9.9.9", true, true },
		{ "http://[::1]:80/x", true, true },
		{ "http://localhost:1", true, true },
		{ "http://a.example", false, false },
		{ "http://localhost.evil.example", false, false },
		{ "http://127.0.0.1.evil.example", false, false },
		{ "http://10.0.0.1", false, false },
		{ "ftp://a.example", false, false },
		{ "https://", false, false },
		{ "https://a b.example", false, false },
		{ "https://a.example:0", false, false },
		{ "https://a.example:99999", false, false },
		{ "https://a.example:80x", false, false },
		{ "https://user:pw@a.example", false, false },
		{ "https://a.example/?q=1", false, false },
		{ "https://[::1", false, false },
		{ "https://[zz]", false, false },
		{ "a.example", false, false },
		{ "", false, false },
	};
	const char *reason;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (url_check(slice_of(cases[i].url), &reason) != cases[i].is_right)
			tap_fail(__FILE__, __LINE__, cases[i].url);
		if (cases[i].is_right && url_is_loopback(slice_of(cases[i].url)) != cases[i].is_loopback)
			tap_fail(__FILE__, __LINE__, cases[i].url);
	}
}

static void test_values_in_messages_are_harmless(void)
{
	CHECK_TEXT(text_print(arena, SLICE("a\x1b[31mb\"c\n")), "\"a\\x1b[31mb\\\"c\\x0a\"");
	CHECK_TEXT(text_print(arena, SLICE("\xc3\xa4\xff")), "\"ä\\xff\"");
	CHECK_TEXT(
	        text_print(arena,
	                   SLICE("0123456789012345678901234567890123456789012345678901234567890123456789")),
	        "\"012345678901234567890123456789012345678901234567890123456789…\"");
	CHECK_TEXT(read_text("name: \"a\\eb\"\n"),
	           "1:7: name: \"a\\x1bb\" holds a control character; allowed: text");
}

static void test_near_names_know_swaps_and_keep_away_from_strangers(void)
{
	const char *list[] = { "poll", "mode", "module", "streams", NULL };
	struct names names = { .arena = arena, .list = list, .n = 4 };

	CHECK_TEXT(near_names(arena, SLICE("opll"), &names), "did you mean \"poll\"?");
	CHECK_TEXT(near_names(arena, SLICE("modul"), &names), "did you mean \"module\" or \"mode\"?");
	CHECK_TEXT(near_names(arena, SLICE("stream"), &names), "did you mean \"streams\"?");
	CHECK_TEXT(near_names(arena, SLICE("str"), &names), "did you mean \"streams\"?");
	CHECK_TEXT(near_names(arena, SLICE("mod"), &names), "did you mean \"mode\" or \"module\"?");
	CHECK_TEXT(near_names(arena, SLICE("x"), &names), "allowed: poll, mode, module, streams");
	CHECK_TEXT(near_names(arena, SLICE(""), &names), "allowed: poll, mode, module, streams");
}

int main(void)
{
	arena = arena_new(4096);
	RUN(test_fallbacks_fill_what_is_not_set);
	RUN(test_values_of_every_type_are_read);
	RUN(test_each_wrong_value_is_told_with_what_is_allowed);
	RUN(test_numbers_are_taken_strictly);
	RUN(test_durations_need_a_unit);
	RUN(test_unknown_keys_get_near_names);
	RUN(test_missing_and_empty_are_told);
	RUN(test_secret_as_a_value_is_refused_and_not_shown);
	RUN(test_two_tables_share_a_name_and_a_group);
	RUN(test_urls);
	RUN(test_values_in_messages_are_harmless);
	RUN(test_near_names_know_swaps_and_keep_away_from_strangers);
	arena_free(arena);
	return tap_done();
}
