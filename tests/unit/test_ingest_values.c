/* SPDX-License-Identifier: Apache-2.0 */
/* Values that a batch must survive: hostile, out of range, old, gone. */
#include "ingest.h"

#include "world.h"

static struct arena *arena;

static struct record *add_bytes(struct slice id, const char *field, struct slice value)
{
	return page_add_bytes(&page, id, field, value);
}

static const char *parked(void)
{
	return ask("SELECT external_id || ': ' || reason FROM parked ORDER BY 1");
}

static void store_well(void)
{
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
}

/* -- What PostgreSQL cannot hold -- */

static void test_record_whose_id_is_no_text_is_parked_and_the_page_goes_on(void)
{
	static const struct slice ids[] = {
		{ "a\0b", 3 }, { "\xff\xfe", 2 }, { "a\xc3", 2 }, { "\xed\xa0\x80", 3 }
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		world_empty();
		begin_batch("sfa", "lead");
		(void)add("L1", "Mail", "one@acme.example");
		(void)add_bytes(ids[i], "Mail", SLICE("two@acme.example"));
		(void)add("L3", "Mail", "three@acme.example");
		store_well();
		CHECK_TEXT(ask("SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM source_record"),
		           "L1 L3");
		CHECK_TEXT(ask("SELECT count(*) FROM parked"), "1");
	}
}

static void test_activity_whose_id_is_no_text_is_parked_and_the_page_goes_on(void)
{
	world_empty();
	begin_batch("ma", "visit");
	for (int i = 0; i < 2; i++) {
		struct record *visit = add_bytes(i ? SLICE("V1") : SLICE("\xff"), NULL, SLICE_NULL);
		visit->activity = "form";
		visit->occurred_us = INT64_C(1767225600000000);
		visit->title = i ? SLICE("\xff") : SLICE("Paper");
		visit->subject_email = SLICE("joe@acme.example");
	}
	store_well();
	CHECK_TEXT(ask("SELECT external_id || coalesce(title, ' untitled') FROM activity"), "V1 untitled");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "1");
}

static void test_reference_that_is_no_text_leads_nowhere(void)
{
	world_empty();
	for (enum ref_kind kind = REF_OWNER; kind <= REF_SAME_AS; kind++) {
		begin_batch("sfa", "lead");
		struct record *record = add("L1", "Mail", "one@acme.example");
		batch_ref(&page.batch, record, kind, "contact", (struct slice){ "\xff\0x", 3 });
		store_well();
		begin_batch("sfa", "lead");
		record = add("L2", "Mail", "two@acme.example");
		batch_ref(&page.batch, record, kind, "contact", (struct slice){ "\xff\0x", 3 });
		store_well();
		CHECK_TEXT(ask("SELECT count(*) FROM person WHERE merged_into IS NULL"), "2");
	}
}

static void test_value_that_is_no_text_is_unknown_and_said(void)
{
	world_empty();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "one@acme.example");
	(void)add_bytes(SLICE("L1"), "Job", (struct slice){ "a\0b", 3 });
	store_well();
	CHECK_TEXT(ask("SELECT payload::text FROM source_record"), "{\"Mail\": \"one@acme.example\"}");
	CHECK_TEXT(parked(), "L1: field \"Job\" is no text in UTF-8");
}

static void test_time_out_of_range_is_unknown_and_said(void)
{
	static const int64_t times[] = { INT64_MAX, INT64_MIN, INT64_C(253402300800000000),
		                         INT64_C(-62135596800000001) };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		world_empty();
		begin_batch("sfa", "lead");
		add("L1", "Mail", "one@acme.example")->modified_us = times[i];
		add("L2", "Mail", "two@acme.example")->created_us = times[i];
		(void)add("L3", "Mail", "three@acme.example");
		store_well();
		CHECK_TEXT(ask("SELECT count(*) || ' ' || count(remote_modified_at) || ' ' || "
		               "count(remote_created_at) FROM "
		               "source_record"),
		           "3 2 0");
		CHECK_TEXT(
		        parked(),
		        "L1: its time of change is out of range\nL2: its time of creation is out of range");
	}
}

static void test_times_at_the_edges_are_kept(void)
{
	world_empty();
	begin_batch("sfa", "lead");
	add("L1", "Mail", "one@acme.example")->modified_us = INT64_C(253402300799999999);
	add("L2", "Mail", "two@acme.example")->modified_us = INT64_C(-62135596800000000);
	store_well();
	CHECK_TEXT(parked(), "");
	CHECK_TEXT(ask("SELECT (extract(epoch FROM remote_modified_at) * 1000000)::bigint FROM "
	               "source_record ORDER BY external_id"),
	           "253402300799999999\n-62135596800000000");
}

static void test_activity_of_no_time_is_parked_and_the_page_goes_on(void)
{
	static const int64_t times[] = { INT64_MAX, INT64_MIN };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		world_empty();
		begin_batch("ma", "visit");
		for (int n = 0; n < 2; n++) {
			struct record *visit = add(n ? "V1" : "V2", NULL, NULL);
			visit->activity = "form";
			visit->occurred_us = n ? INT64_C(1767225600000000) : times[i];
			visit->subject_email = SLICE("joe@acme.example");
		}
		store_well();
		CHECK_TEXT(ask("SELECT external_id FROM activity"), "V1");
		CHECK_TEXT(parked(), "V2: its time is out of range");
	}
}

static void test_endless_values_and_ids_are_stored(void)
{
	size_t len = 1 << 20;
	char *endless = arena_alloc(arena, len + 1);

	for (size_t i = 0; i < len; i++)
		endless[i] = (char)('a' + random() % 26);
	world_empty();
	begin_batch("sfa", "lead");
	struct slice text = { endless, len };
	(void)add_bytes(text, "Mail", SLICE("one@acme.example"));
	(void)add_bytes(text, "Job", text);
	(void)add_bytes(text, "Phone", text);
	struct record *record = add("L2", "Mail", "two@acme.example");
	batch_ref(&page.batch, record, REF_SAME_AS, "lead", text);
	batch_ref(&page.batch, record, REF_OWNER, "user", text);
	store_well();
	CHECK_TEXT(ask("SELECT count(*) || ' ' || max(length(external_id)) FROM source_record"), "2 1048576");
}

static void test_values_with_signs_of_other_languages_come_back_as_they_were(void)
{
	static const char *const values[] = { "{1,2}",
		                              "a\\b",
		                              "\"quoted\"",
		                              "O'Brien; DROP TABLE person",
		                              "a\tb\nc\r",
		                              "\\N",
		                              "NULL",
		                              "\x01\x1f",
		                              "ünïcödé 漢字 \xf0\x9f\x98\x80",
		                              " blank ",
		                              "null",
		                              ("\xef\xbb\xbf"
		                               "bom") };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		world_empty();
		put("sfa", "lead", values[i], "Job", values[i]);
		CHECK_TEXT(ask("SELECT external_id FROM source_record"), values[i]);
		CHECK_TEXT(ask("SELECT payload->>'Job' FROM source_record"), values[i]);
	}
}

/* -- Repeated attempts -- */

/* The server kills the first attempt at its end; the second one must say and store the same. */
static void store_twice(void)
{
	struct page twice = page;
	struct pg *blocker = session_open(postgres_conninfo(), 0);

	session_hold(blocker, "LOCK TABLE sync_cursor IN EXCLUSIVE MODE");
	page_start(&twice);
	wait_blocked(1);
	kill_blocked();
	session_release(blocker);
	page_wait(&twice);
	CHECK_TEXT(last_error.text, "");
	CHECK(twice.ingest.attempts >= 1);
	batch_done(&twice.batch);
	pg_free(blocker);
	wait_up(&store);
}

static void test_repeated_attempt_parks_and_counts_the_same(void)
{
	world_empty();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "one@acme.example");
	(void)add("L1", "Job", "a\xff");
	(void)add_bytes(SLICE("\xff"), "Mail", SLICE("two@acme.example"));
	add("L3", "Mail", "three@acme.example")->modified_us = INT64_MAX;
	store_twice();
	CHECK_TEXT(ask("SELECT count(*) || ' ' || max(times) FROM parked"), "3 1");
	CHECK_INT(counts.parked, 3);
	CHECK_INT(counts.created, 2);
	CHECK_TEXT(ask("SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM source_record"),
	           "L1 L3");
}

static void test_repeated_attempt_at_a_deletion_keeps_what_the_record_said(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "one@acme.example");
	begin_batch("sfa", "lead");
	add("L1", NULL, NULL)->is_deleted = true;
	store_twice();
	CHECK_TEXT(ask("SELECT deleted || ' ' || (payload->>'Mail') FROM source_record"),
	           "true one@acme.example");
	/* Told once more it is nothing new. */
	begin_batch("sfa", "lead");
	add("L1", NULL, NULL)->is_deleted = true;
	store_well();
	CHECK_INT(counts.unchanged, 1);
}

/* -- Versions -- */

static void put_version(const char *id, const char *title, int64_t modified_us, bool is_deleted)
{
	begin_batch("sfa", "lead");
	struct record *record = add(id, "Mail", "joe@acme.example");
	if (title)
		(void)add(id, "Job", title);
	record->modified_us = modified_us;
	record->is_deleted = is_deleted;
	store_well();
}

static const char *version(void)
{
	return ask("SELECT (payload->>'Job') || ' ' || deleted || ' ' || coalesce((extract(epoch "
	           "FROM remote_modified_at))::int, 0) "
	           "FROM source_record");
}

static void test_older_version_is_skipped_an_equal_or_unknown_one_is_taken(void)
{
	world_empty();
	put_version("L1", "New", 200 * US_PER_S, false);
	put_version("L1", "Old", 100 * US_PER_S, false);
	CHECK_TEXT(version(), "New false 200");
	CHECK_INT(counts.unchanged, 1);
	CHECK_TEXT(ask("SELECT title FROM person"), "New");
	put_version("L1", "Same second", 200 * US_PER_S, false);
	CHECK_TEXT(version(), "Same second false 200");
	put_version("L1", "No stamp", 0, false);
	CHECK_TEXT(ask("SELECT payload->>'Job' FROM source_record"), "No stamp");
}

static void test_deletion_is_taken_at_any_time_and_an_older_page_brings_nothing_back(void)
{
	world_empty();
	put_version("L1", "Head", 200 * US_PER_S, false);
	put_version("L1", NULL, 0, true);
	CHECK_TEXT(version(), "Head true 200");
	put_version("L1", "Old", 100 * US_PER_S, false);
	CHECK_TEXT(version(), "Head true 200");
	CHECK_TEXT(ask("SELECT n_sources FROM person"), "0");
	/* Restored over there. */
	put_version("L1", "Back", 300 * US_PER_S, false);
	CHECK_TEXT(version(), "Back false 300");
	CHECK_TEXT(ask("SELECT n_sources || title FROM person"), "1Back");
}

/* A remote that was set back to an older state: the administrator has it read again, and it is believed. */
static void test_resync_believes_an_older_version(void)
{
	world_empty();
	put_version("L1", "New", 200 * US_PER_S, false);
	begin_batch("sfa", "lead");
	struct record *record = add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Restored");
	record->modified_us = 100 * US_PER_S;
	page.ingest.run_id = 1;
	page.ingest.run_progress = SLICE("{}");
	store_well();
	CHECK_TEXT(version(), "Restored false 100");
}

/* -- Records that are of another kind now -- */

static void test_record_that_becomes_an_account_is_no_person_any_more(void)
{
	world_empty();
	begin_batch("sfa", "party");
	(void)add("7", "First", "Joe");
	(void)add("7", "Phone", "+1 212 555 0147");
	store_well();
	CHECK_TEXT(ask("SELECT count(*) FROM person"), "1");
	begin_batch("sfa", "party");
	struct record *record = batch_add(&page.batch, "party", ENTITY_ACCOUNT, SLICE("7"));
	record->modified_us = stamp_us += US_PER_S;
	(void)add("7", "Name", "Acme Inc.");
	store_well();
	CHECK_TEXT(ask("SELECT name || ' ' || n_sources FROM account"), "Acme Inc. 1");
	CHECK_TEXT(ask("SELECT count(*) FROM person WHERE n_sources > 0"), "0");
	CHECK_TEXT(ask("SELECT count(*) FROM account a JOIN person p ON p.person_id = a.account_id"), "0");
	CHECK_TEXT(ask("SELECT entity FROM source_record"), "1");
	/* Joe's keys do not lead to the account. */
	begin_batch("sfa", "party");
	(void)add("8", "First", "Joe");
	(void)add("8", "Phone", "+1 212 555 0147");
	store_well();
	CHECK_TEXT(ask("SELECT n_sources FROM person ORDER BY n_sources DESC LIMIT 1"), "1");
	CHECK_TEXT(ask("SELECT n_sources FROM account"), "1");
}

int main(void)
{
	arena = arena_new(65536);
	world_open();
	RUN(test_record_whose_id_is_no_text_is_parked_and_the_page_goes_on);
	RUN(test_activity_whose_id_is_no_text_is_parked_and_the_page_goes_on);
	RUN(test_reference_that_is_no_text_leads_nowhere);
	RUN(test_value_that_is_no_text_is_unknown_and_said);
	RUN(test_time_out_of_range_is_unknown_and_said);
	RUN(test_times_at_the_edges_are_kept);
	RUN(test_activity_of_no_time_is_parked_and_the_page_goes_on);
	RUN(test_endless_values_and_ids_are_stored);
	RUN(test_values_with_signs_of_other_languages_come_back_as_they_were);
	RUN(test_repeated_attempt_parks_and_counts_the_same);
	RUN(test_repeated_attempt_at_a_deletion_keeps_what_the_record_said);
	RUN(test_older_version_is_skipped_an_equal_or_unknown_one_is_taken);
	RUN(test_deletion_is_taken_at_any_time_and_an_older_page_brings_nothing_back);
	RUN(test_resync_believes_an_older_version);
	RUN(test_record_that_becomes_an_account_is_no_person_any_more);
	world_close();
	arena_free(arena);
	return tap_done();
}
