/* SPDX-License-Identifier: Apache-2.0 */
#include "partition.h"

#include "world.h"

static int64_t us_of(const char *text)
{
	int64_t us = 0;

	CHECK(time_parse(slice_of(text), &us));
	return us;
}

static void make(int64_t from_us, int64_t to_us)
{
	static struct answer answer;

	partitions_make(&store, from_us, to_us, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

static const char *partitions(void)
{
	return ask("SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid::regclass::text) FROM "
	           "pg_inherits"
	           " WHERE inhparent = 'activity'::regclass AND inhrelid::regclass::text <> "
	           "'activity_default'");
}

static void begin(void)
{
	(void)ask("DO $$ DECLARE t text; BEGIN FOR t IN SELECT inhrelid::regclass FROM pg_inherits WHERE "
	          "inhparent = 'activity'::regclass"
	          " AND inhrelid <> 'activity_default'::regclass LOOP EXECUTE 'DROP TABLE ' || t; DELETE "
	          "FROM placement WHERE table_name = t;"
	          " END LOOP; DELETE FROM activity_default; END $$");
}

static void add_activity(const char *occurred_at)
{
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
	               "INSERT INTO activity (subject_key, occurred_at, activity_key, subject_is_email, "
	               "connector_id, kind, object,"
	               " external_id, seen_at) VALUES (1, '%s', 1, false, 1, 'form', 'visit', 'v', now())",
	               occurred_at);
	(void)ask(sql);
}

static void test_each_month_of_a_span_gets_its_partition_over_the_turn_of_the_year(void)
{
	begin();
	make(us_of("2024-11-30T23:59:59Z"), us_of("2025-01-01"));
	CHECK_TEXT(partitions(), "activity_2024_11 activity_2024_12 activity_2025_01");
	add_activity("2024-12-31 23:59:59.999999+00");
	CHECK_TEXT(ask("SELECT tableoid::regclass FROM activity"), "activity_2024_12");
	CHECK_TEXT(ask("SELECT count(*) FROM placement WHERE table_name LIKE 'activity\\_20%' AND dist_col = "
	               "'subject_key'"),
	           "3");
}

static void test_those_that_are_there_stay(void)
{
	begin();
	make(us_of("2024-11-01"), us_of("2024-12-01"));
	add_activity("2024-12-05 00:00:00+00");
	make(us_of("2024-10-01"), us_of("2025-01-01"));
	CHECK_TEXT(partitions(), "activity_2024_10 activity_2024_11 activity_2024_12 activity_2025_01");
	CHECK_TEXT(ask("SELECT count(*) FROM activity"), "1");
}

static void test_month_with_rows_in_the_default_partition_is_left_there(void)
{
	begin();
	add_activity("2024-12-05 00:00:00+00");
	make(us_of("2024-11-01"), us_of("2025-01-01"));
	CHECK_TEXT(partitions(), "activity_2024_11 activity_2025_01");
	CHECK_TEXT(ask("SELECT tableoid::regclass FROM activity"), "activity_default");
}

static void test_months_outside_of_2000_and_next_year_get_none(void)
{
	char newest[32];

	begin();
	make(us_of("1969-01-01"), us_of("2000-02-01"));
	CHECK_TEXT(partitions(), "activity_2000_01 activity_2000_02");
	begin();
	make(INT64_MIN, INT64_MIN + 1);
	make(us_of("9000-01-01"), INT64_MAX);
	CHECK_TEXT(partitions(), "");
	make(clock_wall_us(), INT64_MAX);
	(void)snprintf(newest, sizeof(newest), "activity_%04d_12", time_split(clock_wall_us()).year + 1);
	CHECK_TEXT(ask("SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = "
	               "'activity'::regclass AND inhrelid::regclass::text "
	               "LIKE 'activity\\_2%'"),
	           newest);
	begin();
	make(INT64_MIN, us_of("2000-01-15"));
	CHECK_TEXT(partitions(), "activity_2000_01");
}

static void test_span_that_ends_before_it_begins_makes_none(void)
{
	begin();
	make(us_of("2024-12-01"), us_of("2024-11-01"));
	CHECK_TEXT(partitions(), "");
}

static void test_two_daemons_make_the_same_month_at_once(void)
{
	struct store other;
	struct answer a, b;

	store_open_as(&other, folder.config, "other");
	for (int round = 0; round < 10; round++) {
		begin();
		a = b = (struct answer){ 0 };
		partitions_make(&store, us_of("2024-01-01"), us_of("2024-06-01"), answer_over, &a);
		partitions_make(&other, us_of("2024-01-01"), us_of("2024-06-01"), answer_over, &b);
		answer_wait(&a);
		CHECK_TEXT(last_error.text, "");
		answer_wait(&b);
		CHECK_TEXT(last_error.text, "");
		CHECK_TEXT(ask("SELECT count(*) FROM pg_inherits WHERE inhparent = 'activity'::regclass"),
		           "7");
	}
	store_close(&other);
}

int main(void)
{
	world_open();
	RUN(test_each_month_of_a_span_gets_its_partition_over_the_turn_of_the_year);
	RUN(test_those_that_are_there_stay);
	RUN(test_month_with_rows_in_the_default_partition_is_left_there);
	RUN(test_months_outside_of_2000_and_next_year_get_none);
	RUN(test_span_that_ends_before_it_begins_makes_none);
	RUN(test_two_daemons_make_the_same_month_at_once);
	world_close();
	return tap_done();
}
