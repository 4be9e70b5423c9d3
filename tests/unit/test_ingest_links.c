/* SPDX-License-Identifier: Apache-2.0 */
/* What records say of one another, and of ourselves: references, activities, merges, our own ids. */
#include "id.h"
#include "ingest.h"

#include "world.h"

static struct arena *arena;

/* A deal with its owner and the people in it; ids parted by blanks, NULL: none told. */
static struct record *deal(const char *id, const char *owner, const char *people)
{
	struct record *record = add(id, "Name", "Platform");
	struct slice rest = slice_of(people), one;

	if (owner)
		batch_ref(&page.batch, record, REF_OWNER, "user", slice_of(owner));
	while (!slice_is_empty(rest)) {
		struct slice list = rest;

		if (!slice_split(list, ' ', &one, &rest))
			rest = SLICE("");
		batch_ref(&page.batch, record, REF_PERSON, "contact", one);
	}
	return record;
}

static void put_deal(const char *id, const char *owner, const char *people)
{
	begin_batch("sfa", "deal");
	(void)deal(id, owner, people);
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
}

static const char *people_of(const char *deal_id)
{
	return ask(arena_printf(
	        arena,
	        "SELECT coalesce(string_agg(p.external_id, ' ' ORDER BY p.external_id), '') FROM opp_role r"
	        " JOIN source_record o ON o.src_key = r.opportunity_key JOIN source_record p ON p.src_key = "
	        "r.person_key WHERE o.external_id = '%s'",
	        deal_id));
}

static const char *owner_of(const char *id)
{
	return ask(arena_printf(
	        arena,
	        "SELECT coalesce(u.external_id, 'nobody') FROM source_record s LEFT JOIN source_record u ON "
	        "u.src_key = s.owner_key WHERE s.external_id = '%s'",
	        id));
}

/* -- References -- */

static void test_references_to_records_that_come_later_hold(void)
{
	world_empty();
	put_deal("D1", "U1", "K1 K2");
	CHECK_TEXT(people_of("D1"), "");
	put("sfa", "contact", "K1", "Email", "joe@acme.example");
	put("sfa", "user", "U1", "Mail", "dana@us.example");
	CHECK_TEXT(people_of("D1"), "K1");
	CHECK_TEXT(owner_of("D1"), "U1");
	put("sfa", "contact", "K2", "Email", "amy@acme.example");
	CHECK_TEXT(people_of("D1"), "K1 K2");
}

static void known_people(void)
{
	world_empty();
	put("sfa", "contact", "K1", "Email", "joe@acme.example");
	put("sfa", "contact", "K2", "Email", "amy@acme.example");
	put("sfa", "contact", "K3", "Email", "bob@acme.example");
	put("sfa", "user", "U1", "Mail", "dana@us.example");
	put("sfa", "user", "U2", "Mail", "eve@us.example");
}

static void test_record_read_again_with_other_references_has_those(void)
{
	known_people();
	put_deal("D1", "U1", "K1 K2");
	put_deal("D2", "U1", "K1");
	put_deal("D1", "U2", "K2 K3");
	CHECK_TEXT(people_of("D1"), "K2 K3");
	CHECK_TEXT(owner_of("D1"), "U2");
	CHECK_TEXT(people_of("D2"), "K1");
	put_deal("D1", "", "");
	CHECK_TEXT(people_of("D1"), "");
	CHECK_TEXT(owner_of("D1"), "nobody");
}

static void test_references_not_told_are_unknown_and_stay(void)
{
	known_people();
	put_deal("D1", "U1", "K1 K2");
	begin_batch("sfa", "deal");
	deal("D1", NULL, "K3")->is_partial = true;
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(owner_of("D1"), "U1");
	CHECK_TEXT(people_of("D1"), "K1 K2 K3");
	/* An owner that is told to be nobody is no unknown one. */
	begin_batch("sfa", "deal");
	deal("D1", "", NULL)->is_partial = true;
	store_batch(NULL);
	CHECK_TEXT(owner_of("D1"), "nobody");
}

static void test_same_person_named_twice_by_a_deal_takes_part_once(void)
{
	known_people();
	put_deal("D1", "U1", "K1 K2 K1 K1");
	CHECK_TEXT(people_of("D1"), "K1 K2");
}

static void test_many_deals_of_a_page_keep_their_people_apart(void)
{
	known_people();
	begin_batch("sfa", "deal");
	for (int i = 0; i < 100; i++)
		(void)deal(arena_printf(arena, "D%d", i), "U1", i % 2 ? "K1 K2" : "K3");
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(ask("SELECT count(*) FROM opp_role"), "150");
	CHECK_TEXT(people_of("D98"), "K3");
}

static void test_user_is_never_one_with_a_person_of_the_same_address(void)
{
	world_empty();
	put("sfa", "user", "U1", "Mail", "Dana@us.example");
	put("sfa", "lead", "L1", "Mail", "dana@us.example");
	put("ma", "user", "7", "Mail", "DANA@us.example");
	CHECK_TEXT(ask("SELECT (SELECT count(*) FROM app_user) || ' ' || (SELECT count(*) FROM person)"),
	           "1 1");
	CHECK_TEXT(ask("SELECT count(DISTINCT entity_id) FROM source_record WHERE entity = 3"), "1");
}

/* -- Activities -- */

static struct record *visit(const char *id)
{
	struct record *record = add(id, NULL, NULL);

	record->activity = "form";
	record->occurred_us = INT64_C(1767225600000000);
	record->title = SLICE("White paper");
	return record;
}

/* Whom the activities are of, by their keys; what alerts look at. */
static const char *visitors(void)
{
	return ask("SELECT a.external_id || ' ' || coalesce(p.email, 'nobody') FROM activity a LEFT "
	           "JOIN source_record s ON NOT "
	           "a.subject_is_email AND s.src_key = a.subject_key LEFT JOIN identity_key k ON "
	           "a.subject_is_email AND "
	           "k.key_hash = a.subject_key AND k.kind = 4 LEFT JOIN person p ON p.person_id = "
	           "coalesce(s.entity_id, "
	           "k.entity_id) ORDER BY 1");
}

static void test_activities_by_id_and_by_address_lead_to_the_same_person(void)
{
	world_empty();
	begin_batch("ma", "visit");
	visit("V1")->subject_email = SLICE("Joe+paper@ACME.example");
	batch_ref(&page.batch, visit("V2"), REF_PERSON, "contact", SLICE("C1"));
	visit("V3")->subject_email = SLICE("stranger@x.example");
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_INT(counts.candidates, 3);
	/* They come before the person does. */
	CHECK_TEXT(visitors(), "V1 nobody\nV2 nobody\nV3 nobody");
	put("sfa", "lead", "L1", "Mail", "joe@acme.example");
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	CHECK_TEXT(visitors(), "V1 joe@acme.example\nV2 joe@acme.example\nV3 nobody");
	CHECK_TEXT(ask("SELECT string_agg(coalesce(subject_email, 'none'), ' ' ORDER BY "
	               "subject_email) FROM alert_candidate"),
	           "joe@acme.example stranger@x.example none");
}

static void test_activities_follow_a_merge(void)
{
	world_empty();
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	put("sfa", "lead", "L1", "Mail", "j.smith@acme.example");
	begin_batch("ma", "visit");
	visit("V1")->subject_email = SLICE("j.smith@acme.example");
	batch_ref(&page.batch, visit("V2"), REF_PERSON, "contact", SLICE("C1"));
	store_batch(NULL);
	put("sfa", "lead", "L1", "Mail", "joe@acme.example");
	CHECK_INT(counts.merged, 1);
	CHECK_TEXT(ask("SELECT count(DISTINCT coalesce(s.entity_id, k.entity_id)) FROM activity a "
	               "LEFT JOIN source_record s ON NOT "
	               "a.subject_is_email AND s.src_key = a.subject_key LEFT JOIN identity_key k "
	               "ON a.subject_is_email AND "
	               "k.key_hash = a.subject_key AND k.kind = 4"),
	           "1");
}

static void test_activity_that_names_nobody_is_parked_until_it_does(void)
{
	world_empty();
	begin_batch("ma", "visit");
	visit("V1")->subject_email = SLICE("not an address");
	(void)visit("V2");
	visit("V3")->subject_email = SLICE("joe@acme.example");
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(ask("SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM parked"), "V1 V2");
	CHECK_TEXT(ask("SELECT count(*) FROM activity"), "1");
	begin_batch("ma", "visit");
	visit("V1")->subject_email = SLICE("amy@acme.example");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM parked"), "V2");
}

static void test_history_is_stored_and_not_told(void)
{
	world_empty();
	for (int old = 0; old < 2; old++) {
		begin_batch("ma", "visit");
		visit(old ? "V1" : "V2")->subject_email = SLICE("joe@acme.example");
		if (old)
			page.ingest.activity_since_us = INT64_C(1767225600000001);
		else
			page.ingest.first_load = true;
		store_batch(NULL);
		CHECK_INT(counts.activities, 1);
		CHECK_INT(counts.candidates, 0);
	}
}

static void test_activities_move_their_cursor(void)
{
	world_empty();
	(void)ask("UPDATE sync_cursor SET records = 0");
	begin_batch("ma", "visit");
	visit("V1")->subject_email = SLICE("joe@acme.example");
	store_batch("page 1");
	CHECK_TEXT(ask("SELECT cursor || ' ' || records FROM sync_cursor WHERE cursor IS NOT NULL"),
	           "page 1 1");
	(void)ask("UPDATE sync_cursor SET cursor = NULL, records = 0");
}

/* -- Merges -- */

/* "This record went into that one", as systems tell of a merge. */
static void merged_away(const char *connector, const char *stream, const char *id, const char *into)
{
	begin_batch(connector, stream);
	struct record *record = add(id, NULL, NULL);
	record->is_deleted = record->is_partial = true;
	record->modified_us = 0;
	batch_ref(&page.batch, record, REF_SAME_AS, stream, slice_of(into));
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
}

static const char *living(void)
{
	return ask("SELECT coalesce(email, 'none') || ' ' || n_sources FROM person WHERE "
	           "merged_into IS NULL ORDER BY 1");
}

static void test_opposite_merges_on_two_systems_end_in_one_person_of_all(void)
{
	world_empty();
	put("sfa", "contact", "K1", "Email", "joe@acme.example");
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	put("sfa", "contact", "K2", "Email", "j.smith@acme.example");
	put("ma", "contact", "C2", "Email", "j.smith@acme.example");
	merged_away("sfa", "contact", "K1", "K2");
	merged_away("ma", "contact", "C2", "C1");
	CHECK_TEXT(ask("SELECT count(*) || ' ' || max(n_sources) FROM person WHERE merged_into IS NULL"),
	           "1 2");
	CHECK_TEXT(ask("SELECT count(DISTINCT entity_id) FROM source_record"), "1");
	CHECK_TEXT(ask("SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM source_record "
	               "WHERE deleted"),
	           "C2 K1");
}

static void test_chain_of_merges_leads_to_the_last(void)
{
	world_empty();
	for (int i = 1; i <= 4; i++)
		put("sfa", "contact", arena_printf(arena, "K%d", i), "Email",
		    arena_printf(arena, "p%d@acme.example", i));
	merged_away("sfa", "contact", "K4", "K3");
	merged_away("sfa", "contact", "K3", "K2");
	merged_away("sfa", "contact", "K2", "K1");
	CHECK_TEXT(living(), "p1@acme.example 1");
	CHECK_TEXT(ask("SELECT count(DISTINCT merged_into) FROM person"), "1");
	/* The other addresses are his: what comes under them comes to him. */
	put("ma", "contact", "C1", "Email", "p3@acme.example");
	CHECK_TEXT(ask("SELECT count(*) FROM person WHERE merged_into IS NULL"), "1");
}

static void test_merge_of_two_that_come_in_the_same_page_as_it(void)
{
	world_empty();
	begin_batch("sfa", "contact");
	(void)add("K1", "Email", "joe@acme.example");
	struct record *gone = add("K2", "Email", "j.smith@acme.example");
	gone->is_deleted = true;
	batch_ref(&page.batch, gone, REF_SAME_AS, "contact", SLICE("K1"));
	store_batch(NULL);
	CHECK_TEXT(living(), "joe@acme.example 1");
}

static void test_marks_of_a_merged_person_go_to_the_survivor(void)
{
	world_empty();
	put("sfa", "contact", "K1", "Email", "joe@acme.example");
	put("sfa", "contact", "K2", "Email", "j.smith@acme.example");
	CHECK_TEXT(ask("SELECT count(*) FROM dirty"), "2");
	merged_away("sfa", "contact", "K2", "K1");
	CHECK_TEXT(ask("SELECT count(*) FROM dirty d JOIN person p ON p.person_id = d.entity_id "
	               "WHERE p.merged_into IS NULL"),
	           "1");
	CHECK_TEXT(ask("SELECT count(*) FROM dirty"), "1");
}

static void test_every_link_and_merge_says_why(void)
{
	world_empty();
	put("sfa", "contact", "K1", "Email", "joe@acme.example");
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	put("sfa", "contact", "K2", "Email", "j.smith@acme.example");
	merged_away("sfa", "contact", "K2", "K1");
	CHECK_TEXT(
	        ask("SELECT rule || ' ' || evidence || ' ' || actor || ' ' || (from_entity IS "
	            "NOT NULL) FROM match_decision "
	            "ORDER BY decision_id"),
	        "4 joe@acme.example policy false\n2 sfa contact K1 policy true\n2 sfa contact K1 policy true");
}

/* -- Our own ids -- */

static void put_with_id(const char *connector, const char *stream, const char *id, const char *mail_field,
                        const char *mail, const char *own)
{
	begin_batch(connector, stream);
	(void)add(id, mail_field, mail);
	(void)add(id, page.stream->key_field, own);
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
}

/* The store is an older one than the remote systems remember. */
static void test_record_with_our_id_of_a_person_the_store_lacks_is_adopted_under_it(void)
{
	int64_t lost = store_id(&store);

	world_empty();
	put_with_id("sfa", "lead", "L1", "Mail", "joe@acme.example", id_print(arena, 'p', lost));
	CHECK_INT(ask_int("SELECT person_id FROM person"), lost);
	CHECK_TEXT(living(), "joe@acme.example 1");
	/* The other system's record of him, under the same id with another address; and one by address. */
	put_with_id("ma", "contact", "C1", "Email", "j.smith@acme.example", id_print(arena, 'p', lost));
	put("ma", "contact", "C2", "Email", "joe@acme.example");
	CHECK_INT(ask_int("SELECT count(*) FROM person"), 1);
	CHECK_INT(ask_int("SELECT person_id FROM person"), lost);
	CHECK_TEXT(ask("SELECT rule FROM match_decision ORDER BY decision_id LIMIT 1 OFFSET 1"), "1");
}

static void test_adopted_id_and_a_younger_person_become_one_under_the_older_id(void)
{
	int64_t lost = store_id(&store);

	world_empty();
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	put_with_id("sfa", "lead", "L1", "Mail", "joe@acme.example", id_print(arena, 'p', lost));
	CHECK_TEXT(living(), "joe@acme.example 2");
	CHECK_INT(ask_int("SELECT person_id FROM person WHERE merged_into IS NULL"), lost);
	CHECK_INT(ask_int("SELECT count(*) FROM identity_key k JOIN person p ON p.person_id = "
	                  "k.entity_id WHERE p.merged_into IS NOT NULL"),
	          0);
}

static void test_our_id_of_a_merged_person_leads_to_the_survivor(void)
{
	world_empty();
	put("sfa", "contact", "K1", "Email", "joe@acme.example");
	put("sfa", "contact", "K2", "Email", "j.smith@acme.example");
	int64_t merged = ask_int("SELECT person_id FROM person WHERE email = 'j.smith@acme.example'");
	merged_away("sfa", "contact", "K2", "K1");
	put_with_id("ma", "lead", "L7", "Mail", "third@acme.example", id_print(arena, 'p', merged));
	CHECK_TEXT(ask("SELECT count(*) || ' ' || max(n_sources) FROM person WHERE merged_into IS NULL"),
	           "1 2");
	CHECK_TEXT(ask("SELECT merged_into IS NOT NULL FROM person WHERE person_id IN (SELECT "
	               "merged_into FROM person)"),
	           "f");
}

static void test_what_is_no_id_of_ours_identifies_nobody(void)
{
	const char *const others[] = { "hello",           "p-", "p-0000000000000", "p-zzzzzzzzzzzzz",
		                       "a-01j9z3k7m2qxa", "",   "p-01J9Z3K7M2QX" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		world_empty();
		put_with_id("sfa", "lead", "L1", "Mail", "joe@acme.example", others[i]);
		put_with_id("sfa", "lead", "L2", "Mail", "amy@acme.example", others[i]);
		CHECK_TEXT(living(), "amy@acme.example 1\njoe@acme.example 1");
	}
}

int main(void)
{
	arena = arena_new(65536);
	world_open();
	RUN(test_references_to_records_that_come_later_hold);
	RUN(test_record_read_again_with_other_references_has_those);
	RUN(test_references_not_told_are_unknown_and_stay);
	RUN(test_same_person_named_twice_by_a_deal_takes_part_once);
	RUN(test_many_deals_of_a_page_keep_their_people_apart);
	RUN(test_user_is_never_one_with_a_person_of_the_same_address);
	RUN(test_activities_by_id_and_by_address_lead_to_the_same_person);
	RUN(test_activities_follow_a_merge);
	RUN(test_activity_that_names_nobody_is_parked_until_it_does);
	RUN(test_history_is_stored_and_not_told);
	RUN(test_activities_move_their_cursor);
	RUN(test_opposite_merges_on_two_systems_end_in_one_person_of_all);
	RUN(test_chain_of_merges_leads_to_the_last);
	RUN(test_merge_of_two_that_come_in_the_same_page_as_it);
	RUN(test_marks_of_a_merged_person_go_to_the_survivor);
	RUN(test_every_link_and_merge_says_why);
	RUN(test_record_with_our_id_of_a_person_the_store_lacks_is_adopted_under_it);
	RUN(test_adopted_id_and_a_younger_person_become_one_under_the_older_id);
	RUN(test_our_id_of_a_merged_person_leads_to_the_survivor);
	RUN(test_what_is_no_id_of_ours_identifies_nobody);
	world_close();
	arena_free(arena);
	return tap_done();
}
