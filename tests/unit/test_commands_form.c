/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "commands_private.h"
#include "json.h"
#include "tap.h"

static struct arena *arena;

#define FOLD(text) reason_fold(arena, slice_of(text))

static void test_reasons_that_differ_in_values_are_one_cause(void)
{
	CHECK_TEXT(FOLD("contact 90017: \"joe@acme.com\" is no e-mail address"),
	           "contact …: \"…\" is no e-mail address");
	CHECK_TEXT(FOLD("contact 90018: \"x y\" is no e-mail address"),
	           "contact …: \"…\" is no e-mail address");
	CHECK_TEXT(FOLD("owner 0055g00000AbCdE was not found"), "owner … was not found");
	CHECK_TEXT(FOLD("no room at joe@acme.com."), "no room at ….");
}

static void test_names_and_statuses_stay_in_a_cause(void)
{
	CHECK_TEXT(FOLD("field \"Title\" may not be written"), "field \"Title\" may not be written");
	CHECK_TEXT(FOLD("status 404: not found"), "status 404: not found");
	CHECK_TEXT(FOLD("status 4041: not found"), "status …: not found");
	CHECK_TEXT(FOLD(""), "");
	CHECK_TEXT(FOLD("  two  blanks "), "  two  blanks ");
}

static void test_a_quote_without_an_end_loses_nothing(void)
{
	CHECK_TEXT(FOLD("it said \"oops and ended"), "it said \"oops and ended");
	CHECK_TEXT(FOLD("\""), "\"");
	CHECK_TEXT(FOLD("\"\" is empty"), "\"\" is empty");
}

static int64_t now_us = INT64_C(1780000000) * US_PER_S;

static const char *since(const char *text)
{
	struct error err = { 0 };
	int64_t us;

	return since_parse(slice_of(text), now_us, &us, &err) ? time_print(arena, us)
	                                                      : arena_strdup(arena, err.text);
}

static void test_since_takes_times_and_how_long_ago(void)
{
	CHECK_TEXT(since("2026-01-31"), "2026-01-31T00:00:00Z");
	CHECK_TEXT(since("2026-01-31T10:15:00Z"), "2026-01-31T10:15:00Z");
	CHECK_TEXT(since("2h"), time_print(arena, now_us - 7200 * US_PER_S));
	CHECK_TEXT(since("7d"), time_print(arena, now_us - 7 * 86400 * US_PER_S));
}

static void test_since_says_what_it_takes(void)
{
	CHECK(strstr(since("yesterday"), "\"yesterday\" is no time; allowed: 2026-01-31"));
	CHECK(strstr(since("7"), "is no time"));
	CHECK(strstr(since(""), "is no time"));
	CHECK_TEXT(since("2999-01-01"), "\"2999-01-01\" is in the future");
	CHECK(strstr(since("99999999d"), "no time"));
}

static void test_setting_is_found_at_the_top_level_only(void)
{
	CHECK_INT(setting_line(SLICE("name: sfa\nmode: apply\n"), "mode"), 2);
	CHECK_INT(setting_line(SLICE("# mode: x\nauth:\n  mode: y\nmode:"), "mode"), 4);
	CHECK_INT(setting_line(SLICE("model: x\nmodes: y"), "mode"), 0);
	CHECK_INT(setting_line(SLICE(""), "mode"), 0);
	CHECK_INT(setting_line(SLICE("\n\n"), "mode"), 0);
}

static void test_ages_are_short(void)
{
	CHECK_TEXT(age_print(arena, 0), "0s");
	CHECK_TEXT(age_print(arena, 59 * US_PER_S), "59s");
	CHECK_TEXT(age_print(arena, 119 * US_PER_S), "119s");
	CHECK_TEXT(age_print(arena, 120 * US_PER_S), "2m");
	CHECK_TEXT(age_print(arena, 3 * 3600 * US_PER_S), "3h");
	CHECK_TEXT(age_print(arena, INT64_C(5) * 86400 * US_PER_S), "5d");
	CHECK_TEXT(age_print(arena, -1), "0s");
}

static void test_a_table_has_columns_rows_and_notes(void)
{
	static const struct column columns[] = { { "a", "A" }, { "b", "B" } };
	CLEANUP(json_decref_p) json_t *table = table_new(columns, 2);
	json_t *row = table_row(table);

	set_text(row, "a", SLICE("x"));
	set_text(row, "b", SLICE_NULL);
	set_id(row, "id", 'p', 0);
	set_age(row, "age", -1);
	set_time(row, "at", 1500000);
	table_note(table, "%d of \"%s\"", 3, "things");
	char *text = json_dumps(table, JSON_COMPACT | JSON_SORT_KEYS);
	CHECK_TEXT(text, "{\"columns\":[{\"name\":\"a\",\"title\":\"A\"},{\"name\":\"b\",\"title\":\"B\"}],"
	                 "\"notes\":[\"3 of \\\"things\\\"\"],"
	                 "\"rows\":[{\"a\":\"x\",\"age\":null,\"at\":\"1970-01-01T00:00:01Z\",\"b\":null,"
	                 "\"id\":null}]}");
	free(text);
}

static void test_text_that_is_not_utf8_loses_itself_only(void)
{
	CLEANUP(json_decref_p) json_t *row = json_object();

	set_text(row, "a", SLICE("\xff"));
	set_text(row, "b", SLICE("good"));
	CHECK_TEXT(json_string_value(json_object_get(row, "a")), "(not UTF-8)");
	CHECK_TEXT(json_string_value(json_object_get(row, "b")), "good");
}

/* ---- The story ---- */

static const char *told(const char *members)
{
	CLEANUP(json_decref_p) json_t *story = story_new();
	CLEANUP(json_decref_p) json_t *given = NULL;
	struct error err = { 0 };
	const char *all = "";

	CHECK(json_read(slice_of(members), &given, &err));
	json_object_update(story, given);
	story_tell(story);
	const json_t *text = json_object_get(story, "text");
	for (size_t i = 0; i < json_array_size(text); i++)
		all = arena_printf(arena, "%s%s\n", all, json_string_value(json_array_get(text, i)));
	return all;
}

static void test_a_story_says_only_what_is_known(void)
{
	CHECK_TEXT(told("{\"kind\":\"person\",\"id\":\"p-1\",\"label\":null}"), "person p-1\n");
	CHECK_TEXT(told("{\"kind\":\"person\",\"id\":\"p-1\",\"label\":\"Joe\",\"records\":[]}"),
	           "person p-1  Joe\n");
}

static void test_values_tell_their_record_and_rule(void)
{
	CHECK_TEXT(told("{\"kind\":\"person\",\"id\":\"p-1\",\"golden\":[{\"field\":\"title\",\"value\":"
	                "\"CTO\",\"rule\":\"latest\","
	                "\"connector\":\"ma\",\"object\":\"contact\",\"id\":\"17\"},{\"field\":\"a_very_long_"
	                "name_of_a_field\",\"value\":\"x\","
	                "\"rule\":\"first\"}]}"),
	           "person p-1\n\nvalues, and where each comes from\n  title           CTO   (latest: "
	           "ma/contact/17)\n"
	           "  a_very_long_name_of_a_field x   (first)\n");
}

static void test_marks_show_flags_only_where_set(void)
{
	CHECK_TEXT(told("{\"kind\":\"person\",\"id\":\"p-1\",\"marks\":[{\"connector\":\"sfa\",\"marked\":"
	                "\"m\",\"due\":\"d\",\"attempts\":0,"
	                "\"uncertain\":false},{\"connector\":\"ma\",\"marked\":\"m\",\"due\":\"d\","
	                "\"attempts\":2,\"uncertain\":true}]}"),
	           "person p-1\n\nwaiting to be looked at\n  sfa: marked m, due d\n  ma: marked m, due d, "
	           "tried 2 times, a create of unknown"
	           " outcome\n");
}

static void test_an_alert_says_why_on_a_line_of_its_own(void)
{
	const char *text =
	        told("{\"kind\":\"person\",\"id\":\"p-1\",\"alerts\":[{\"created\":\"t\",\"user\":\"Dana\","
	             "\"step\":\"role\","
	             "\"subject\":\"Joe\",\"why\":\"owns "
	             "it\",\"state\":\"sent\",\"connector\":\"sfa\",\"object\":\"task\",\"remote\":"
	             "\"00T\"}]}");

	CHECK_TEXT(text, "person p-1\n\nalerts\n  t  to Dana (role): Joe\n    why: owns it\n    sent as "
	                 "sfa/task/00T\n");
}

static void test_a_value_with_brackets_is_no_template(void)
{
	CHECK(strstr(told("{\"kind\":\"person\",\"id\":\"p-1\",\"people\":[{\"id\":\"p-2\",\"label\":\"[{id}]"
	                  " {x\"}]}"),
	             "  p-2  [{id}] {x\n"));
}

int main(void)
{
	arena = arena_new(65536);
	RUN(test_reasons_that_differ_in_values_are_one_cause);
	RUN(test_names_and_statuses_stay_in_a_cause);
	RUN(test_a_quote_without_an_end_loses_nothing);
	RUN(test_since_takes_times_and_how_long_ago);
	RUN(test_since_says_what_it_takes);
	RUN(test_setting_is_found_at_the_top_level_only);
	RUN(test_ages_are_short);
	RUN(test_a_table_has_columns_rows_and_notes);
	RUN(test_text_that_is_not_utf8_loses_itself_only);
	RUN(test_a_story_says_only_what_is_known);
	RUN(test_values_tell_their_record_and_rule);
	RUN(test_marks_show_flags_only_where_set);
	RUN(test_an_alert_says_why_on_a_line_of_its_own);
	RUN(test_a_value_with_brackets_is_no_template);
	arena_free(arena);
	return tap_done();
}
