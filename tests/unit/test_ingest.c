/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest.h"

#include "world.h"

static void test_schema_follows_the_rules_of_scaling_out(void)
{
	CHECK_TEXT(ask("SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN placement p ON"
		       " p.table_name = c.relname AND p.kind = 'hash' JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = p.dist_col"
		       " WHERE (i.indisunique OR i.indisexclusion) AND NOT a.attnum = ANY (i.indkey[0:i.indnkeyatts-1])"), "");
	CHECK_TEXT(ask("SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public' WHERE"
		       " c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.table_name = c.relname)"), "");
	CHECK_TEXT(ask("SELECT p.table_name FROM placement p WHERE to_regclass(p.table_name) IS NULL"), "");
	CHECK_TEXT(ask("SELECT c.relname FROM placement p JOIN pg_class c ON c.relname = p.table_name JOIN pg_attribute a ON"
		       " a.attrelid = c.oid AND a.attname = p.dist_col WHERE a.atttypid <> 'bigint'::regtype OR NOT a.attnotnull"
		       " OR a.attgenerated <> ''"), "");
	CHECK_TEXT(ask("SELECT conname FROM pg_constraint WHERE contype = 'f'"), "");
	CHECK_TEXT(ask("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"), "");
	CHECK_TEXT(ask("SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'"), "");
	CHECK_TEXT(ask("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public' WHERE"
		       " c.relpersistence = 'u' AND c.relkind = 'r' AND c.relname NOT LIKE 'w\\_%' OR length(c.relname) > 50"), "");
	CHECK_TEXT(ask("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public' WHERE"
		       " c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)"), "");
}

static void test_new_record_makes_a_person(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "Joe.Smith@acme.com");
	CHECK_INT(counts.created, 1);
	CHECK_TEXT(ask("SELECT email || ' ' || n_sources FROM person"), "Joe.Smith@acme.com 1");
	CHECK_TEXT(ask("SELECT object || ' ' || external_id || ' ' || (payload->>'Mail') FROM source_record"), "lead L1 Joe.Smith@acme.com");
	CHECK_TEXT(ask("SELECT count(*) FROM match_decision"), "0");
}

static void test_unchanged_record_stops_at_the_probe(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "a@b.example");
	put("sfa", "lead", "L1", "Mail", "a@b.example");
	CHECK_INT(counts.unchanged, 1);
	CHECK_INT(counts.changed, 0);
	CHECK_TEXT(ask("SELECT version FROM person"), "1");
}

static void test_same_address_on_two_systems_is_one_person(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "joe.smith@acme.com");
	put("ma", "contact", "77", "Email", "Joe.Smith+news@ACME.com");
	CHECK_INT(counts.linked, 1);
	CHECK_TEXT(ask("SELECT count(*) || ' ' || max(n_sources) FROM person WHERE merged_into IS NULL"), "1 2");
	CHECK_TEXT(ask("SELECT rule || ' ' || evidence FROM match_decision"), "4 joe.smith@acme.com");
}

static void test_same_address_twice_in_a_batch_is_one_person(void)
{
	world_empty();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "xena@y.example");
	(void)add("L2", "Mail", "XENA@Y.example");
	(void)add("L3", "Mail", "z@y.example");
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(ask("SELECT count(*) FROM person"), "2");
	CHECK_TEXT(ask("SELECT max(n_sources) FROM person"), "2");
}

static void test_record_that_shares_keys_with_two_people_makes_them_one(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "one@a.example");
	put("ma", "contact", "C1", "Email", "two@a.example");
	CHECK_TEXT(ask("SELECT count(*) FROM person WHERE merged_into IS NULL"), "2");
	/* The sales record now says the other address: its own person and the owner of that address are one. */
	put("sfa", "lead", "L1", "Mail", "two@a.example");
	CHECK_INT(counts.merged, 1);
	CHECK_TEXT(ask("SELECT count(*) FROM person WHERE merged_into IS NULL"), "1");
	CHECK_TEXT(ask("SELECT count(DISTINCT entity_id) FROM source_record"), "1");
	CHECK_TEXT(ask("SELECT count(*) FROM identity_key k JOIN person p ON p.person_id = k.entity_id WHERE p.merged_into IS NOT NULL"), "0");
}

static void test_remote_word_same_as_links_in_both_orders(void)
{
	for (int order = 0; order < 2; order++) {
		world_empty();
		if (order == 0)
			put("sfa", "contact", "C9", "Title", "Boss");
		begin_batch("sfa", "lead");
		struct record *lead = add("L9", "Job", "Chief");
		batch_ref(&page.batch, lead, REF_SAME_AS, "contact", SLICE("C9"));
		store_batch(NULL);
		CHECK_TEXT(last_error.text, "");
		if (order == 1)
			put("sfa", "contact", "C9", "Title", "Boss");
		CHECK_TEXT(ask("SELECT count(DISTINCT entity_id) FROM source_record"), "1");
		CHECK_TEXT(ask("SELECT count(*) FROM person WHERE merged_into IS NULL"), "1");
	}
}

static void test_latest_change_of_a_field_wins_not_of_its_record(void)
{
	world_empty();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Old title");
	store_batch(NULL);
	begin_batch("ma", "contact");
	(void)add("C1", "Email", "joe@acme.example");
	(void)add("C1", "Title", "New title");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT title FROM person WHERE merged_into IS NULL"), "New title");
	/* Another field of the lead changes later: its old title must not look new. */
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Old title");
	(void)add("L1", "Phone", "+1 212 555 0147");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT title || ', ' || phone FROM person WHERE merged_into IS NULL"), "New title, +1 212 555 0147");
}

static void test_difference_marks_the_other_system_and_a_missing_person_the_one_that_may_get_it(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "new@acme.example");
	CHECK_TEXT(ask("SELECT c.name FROM dirty d JOIN connector c USING (connector_id)"), "ma");
	begin_batch("ma", "contact");
	(void)add("C1", "Email", "new@acme.example");
	(void)add("C1", "Title", "Head");
	store_batch(NULL);
	/* A blank on the sales side differs from the golden title; the marketing side has all there is. */
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "new@acme.example");
	(void)add("L1", "Job", "");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT string_agg(c.name, ',' ORDER BY c.name) FROM dirty d JOIN connector c USING (connector_id)"), "ma,sfa");
}

static void test_field_not_shown_is_unknown_and_marks_nothing(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "shy@acme.example");
	begin_batch("ma", "contact");
	(void)add("C1", "Email", "shy@acme.example");
	(void)add("C1", "Title", "Head");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT count(*) FROM dirty d JOIN connector c USING (connector_id) WHERE c.name = 'sfa'"), "0");
}

static void test_cursor_moves_with_its_records_and_only_under_our_lease(void)
{
	world_empty();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "c@d.example");
	store_batch("page 2");
	CHECK_TEXT(ask("SELECT cursor FROM sync_cursor WHERE stream = 'lead' AND connector_id = (SELECT connector_id FROM connector"
		       " WHERE name = 'sfa')"), "page 2");
	(void)ask("UPDATE sync_cursor SET epoch = epoch + 1");
	begin_batch("sfa", "lead");
	(void)add("L2", "Mail", "e@d.example");
	store_batch("page 3");
	CHECK(last_error.kind == ERROR_REFUSED);
	CHECK_TEXT(ask("SELECT count(*) FROM source_record"), "1");
	CHECK_TEXT(ask("SELECT DISTINCT cursor FROM sync_cursor WHERE cursor IS NOT NULL"), "page 2");
	(void)ask("UPDATE sync_cursor SET epoch = epoch - 1");
}

static void test_parked_item_is_kept_and_goes_once_the_record_is_read(void)
{
	struct error bad = { 0 };

	world_empty();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "ok@d.example");
	(void)fail(&bad, ERROR_RECORD, "Mail is not a string");
	batch_park(&page.batch, "lead", SLICE("L2"), SLICE("{\"Mail\":\x01\xff}"), &bad);
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(ask("SELECT external_id || ': ' || reason FROM parked"), "L2: Mail is not a string");
	put("sfa", "lead", "L2", "Mail", "fine@d.example");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_activity_is_stored_once_and_told_once(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "joe@acme.example");
	for (int round = 0; round < 2; round++) {
		begin_batch("ma", "visit");
		struct record *visit = add("V1", NULL, NULL);
		visit->activity = "form";
		visit->occurred_us = INT64_C(1767225600000000);
		visit->title = SLICE("White paper");
		visit->subject_email = SLICE("Joe@ACME.example");
		store_batch(NULL);
		CHECK_TEXT(last_error.text, "");
		CHECK_INT(counts.candidates, round == 0);
	}
	CHECK_TEXT(ask("SELECT count(*) || ' ' || min(kind) FROM activity"), "1 form");
	CHECK_TEXT(ask("SELECT p.email FROM alert_candidate a JOIN identity_key k ON k.key_hash = a.subject_key AND k.kind = 4"
		       " JOIN person p ON p.person_id = k.entity_id"), "joe@acme.example");
}

static void test_value_postgres_cannot_hold_is_not_lost_silently(void)
{
	world_empty();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "ok@d.example");
	(void)add("L1", "Job", "a\xff\xfe" "b");
	(void)add("L2", "Mail", "fine@d.example");
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(ask("SELECT count(*) FROM source_record"), "2");
}

static void test_five_thousand_records_in_one_batch(void)
{
	char id[32], mail[64];

	world_empty();
	begin_batch("sfa", "lead");
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(id, sizeof(id), "L%d", i);
		(void)snprintf(mail, sizeof(mail), "person%d@shop%d.example", i % 4000, i % 40);
		(void)add(id, "Mail", mail);
	}
	store_batch("end");
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(ask("SELECT count(*) FROM person"), "4000");
	CHECK_TEXT(ask("SELECT (SELECT count(*) FROM w_source) + (SELECT count(*) FROM w_key) + (SELECT count(*) FROM w_golden)"
		       " + (SELECT count(*) FROM w_probe)"), "0");
}

int main(void)
{
	world_open();
	RUN(test_schema_follows_the_rules_of_scaling_out);
	RUN(test_new_record_makes_a_person);
	RUN(test_unchanged_record_stops_at_the_probe);
	RUN(test_same_address_on_two_systems_is_one_person);
	RUN(test_same_address_twice_in_a_batch_is_one_person);
	RUN(test_record_that_shares_keys_with_two_people_makes_them_one);
	RUN(test_remote_word_same_as_links_in_both_orders);
	RUN(test_latest_change_of_a_field_wins_not_of_its_record);
	RUN(test_difference_marks_the_other_system_and_a_missing_person_the_one_that_may_get_it);
	RUN(test_field_not_shown_is_unknown_and_marks_nothing);
	RUN(test_cursor_moves_with_its_records_and_only_under_our_lease);
	RUN(test_parked_item_is_kept_and_goes_once_the_record_is_read);
	RUN(test_activity_is_stored_once_and_told_once);
	RUN(test_value_postgres_cannot_hold_is_not_lost_silently);
	RUN(test_five_thousand_records_in_one_batch);
	world_close();
	return tap_done();
}
