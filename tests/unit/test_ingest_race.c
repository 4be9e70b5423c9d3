/* SPDX-License-Identifier: Apache-2.0 */
/* Batches that meet: on the two lanes of one daemon, and in two daemons. */
#include "ingest.h"

#include "world.h"

static struct pg *blocker;

/* The first is about to commit, then the second begins and runs until it waits or is through; then the first
 * commits. */
static void meet(struct page *first, struct page *second)
{
	hold_stream(blocker, first->connector, first->stream->ops->name);
	page_start(first);
	wait_blocked(1);
	page_start(second);
	for (int i = 0; i < 20 && !second->is_over; i++)
		pause_us(5000);
	session_release(blocker);
	page_wait(first);
	CHECK_TEXT(last_error.text, "");
	page_wait(second);
	CHECK_TEXT(last_error.text, "");
	batch_done(&first->batch);
	batch_done(&second->batch);
	check_whole();
}

/* Runs a case in both orders, and with the first on either lane. */
static void in_all_orders(void (*fill)(struct page *a, struct page *b), void (*check)(void))
{
	for (int round = 0; round < 4; round++) {
		struct page a, b;

		world_empty();
		fill(&a, &b);
		a.lane = round & 1 ? &store.hot : &store.bulk;
		b.lane = round & 1 ? &store.bulk : &store.hot;
		if (round & 2)
			meet(&b, &a);
		else
			meet(&a, &b);
		check();
	}
}

/* -- Two lanes -- */

static void fill_same_address(struct page *a, struct page *b)
{
	page_begin(a, "ma", "contact");
	(void)page_add(a, "C1", "Email", "joe@acme.example");
	(void)page_add(a, "C2", "Email", "amy@acme.example");
	page_begin(b, "sfa", "lead");
	(void)page_add(b, "L2", "Mail", "amy@acme.example");
	(void)page_add(b, "L1", "Mail", "joe@acme.example");
}

static void check_same_address(void)
{
	CHECK_TEXT(
	        ask("SELECT email || ' ' || n_sources FROM person WHERE merged_into IS NULL ORDER BY email"),
	        "amy@acme.example 2\njoe@acme.example 2");
}

static void test_same_new_people_on_both_lanes_are_made_once(void)
{
	in_all_orders(fill_same_address, check_same_address);
}

static void known_joe(void)
{
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	put("sfa", "lead", "L1", "Mail", "joe@acme.example");
}

static void fill_changes(struct page *a, struct page *b)
{
	known_joe();
	page_begin(a, "ma", "contact");
	(void)page_add(a, "C1", "Email", "joe@acme.example");
	(void)page_add(a, "C1", "Company", "Acme");
	page_begin(b, "sfa", "lead");
	(void)page_add(b, "L1", "Mail", "joe@acme.example");
	(void)page_add(b, "L1", "Phone", "+1 212 555 0147");
}

static void check_changes(void)
{
	CHECK_TEXT(ask("SELECT company || ', ' || phone || ', ' || n_sources FROM person"),
	           "Acme, +1 212 555 0147, 2");
}

static void test_changes_of_one_person_on_both_lanes_are_both_in_the_golden_record(void)
{
	in_all_orders(fill_changes, check_changes);
}

/* Joe is two people: C1, and L1 with K1 of the sales side. L1 takes C1's address, K1 gets a title. */
static void fill_merge(struct page *a, struct page *b)
{
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	put("sfa", "lead", "L1", "Mail", "j.smith@acme.example");
	begin_batch("sfa", "contact");
	batch_ref(&page.batch, add("K1", "Email", "j.smith@acme.example"), REF_SAME_AS, "lead", SLICE("L1"));
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT count(*) FROM person"), "2");
	page_begin(a, "sfa", "lead");
	(void)page_add(a, "L1", "Mail", "joe@acme.example");
	page_begin(b, "sfa", "contact");
	struct record *record = page_add(b, "K1", "Email", "j.smith@acme.example");
	(void)page_add(b, "K1", "Title", "Chief");
	batch_ref(&b->batch, record, REF_SAME_AS, "lead", SLICE("L1"));
}

static void check_merge(void)
{
	CHECK_TEXT(ask("SELECT count(*) || ' ' || max(n_sources) || ' ' || max(title) FROM person "
	               "WHERE merged_into IS NULL"),
	           "1 3 Chief");
	CHECK_TEXT(ask("SELECT count(*) FROM person WHERE merged_into IS NOT NULL"), "1");
	CHECK_TEXT(ask("SELECT count(DISTINCT entity_id) FROM source_record"), "1");
}

static void test_merge_meets_a_change_of_one_of_the_merged(void)
{
	in_all_orders(fill_merge, check_merge);
}

/* A hook had L1 read at 10:05, while a page that was read at 10:00 waits for its turn. */
static void fill_versions(struct page *a, struct page *b)
{
	put("sfa", "lead", "L1", "Mail", "joe@acme.example");
	page_begin(a, "sfa", "lead");
	struct record *older = page_add(a, "L1", "Mail", "joe@acme.example");
	(void)page_add(a, "L1", "Job", "Old");
	(void)page_add(a, "L2", "Mail", "amy@acme.example");
	page_begin(b, "sfa", "lead");
	struct record *newer = page_add(b, "L1", "Mail", "joe@acme.example");
	(void)page_add(b, "L1", "Job", "New");
	newer->modified_us = older->modified_us + 300 * US_PER_S;
}

static void check_versions(void)
{
	CHECK_TEXT(ask("SELECT payload->>'Job' FROM source_record WHERE external_id = 'L1'"), "New");
	CHECK_TEXT(ask("SELECT title FROM person WHERE email = 'joe@acme.example'"), "New");
	CHECK_TEXT(ask("SELECT count(*) FROM source_record"), "2");
}

static void test_older_version_of_a_record_never_replaces_a_newer_one(void)
{
	in_all_orders(fill_versions, check_versions);
}

/* Nothing identifies these but the remote's own ids. */
static void fill_keyless(struct page *a, struct page *b)
{
	for (int i = 0; i < 2; i++) {
		struct page *filled = i ? b : a;

		page_begin(filled, "sfa", "lead");
		(void)page_add(filled, "L1", "Job", "Head");
		(void)page_add(filled, "L2", "Job", i ? "Second" : "First");
	}
}

static void check_keyless(void)
{
	CHECK_TEXT(ask("SELECT count(*) FROM source_record"), "2");
	CHECK_TEXT(ask("SELECT count(*) FROM person"), "2");
	CHECK_TEXT(ask("SELECT payload->>'Job' FROM source_record WHERE external_id = 'L2'"), "Second");
}

static void test_same_new_record_on_both_lanes_is_one_person(void)
{
	in_all_orders(fill_keyless, check_keyless);
}

/* Two records say of each other's people that they are one, each by a third record. */
static void fill_opposite(struct page *a, struct page *b)
{
	put("ma", "contact", "C1", "Email", "one@acme.example");
	put("ma", "contact", "C2", "Email", "two@acme.example");
	put("sfa", "lead", "L1", "Mail", "one@acme.example");
	put("sfa", "lead", "L2", "Mail", "two@acme.example");
	page_begin(a, "ma", "contact");
	(void)page_add(a, "C1", "Email", "two@acme.example");
	page_begin(b, "sfa", "lead");
	(void)page_add(b, "L2", "Mail", "one@acme.example");
}

static void check_opposite(void)
{
	CHECK_TEXT(ask("SELECT count(*) || ' ' || max(n_sources) FROM person WHERE merged_into IS NULL"),
	           "1 4");
}

static void test_opposite_merges_on_both_lanes_end_in_one_person(void)
{
	in_all_orders(fill_opposite, check_opposite);
}

/* -- Deadlock, serialisation -- */

static void test_deadlock_repeats_the_batch(void)
{
	struct page batch;
	int64_t low, high;
	char sql[128];

	world_empty();
	put("sfa", "lead", "L1", "Mail", "one@acme.example");
	put("sfa", "lead", "L2", "Mail", "two@acme.example");
	low = ask_int("SELECT min(person_id) FROM person");
	high = ask_int("SELECT max(person_id) FROM person");
	page_begin(&batch, "sfa", "lead");
	(void)page_add(&batch, "L1", "Mail", "one@acme.example");
	(void)page_add(&batch, "L1", "Job", "Head");
	(void)page_add(&batch, "L2", "Mail", "two@acme.example");
	(void)page_add(&batch, "L2", "Job", "Boss");
	(void)snprintf(sql, sizeof(sql), "SELECT 1 FROM person WHERE person_id = %lld FOR UPDATE",
	               (long long)high);
	session_hold(blocker, sql);
	page_start(&batch);
	wait_blocked(1);
	(void)snprintf(sql, sizeof(sql), "SELECT 1 FROM person WHERE person_id = %lld FOR UPDATE",
	               (long long)low);
	(void)ask_on(blocker, sql);
	session_release(blocker);
	page_wait(&batch);
	CHECK_TEXT(last_error.text, "");
	CHECK(batch.ingest.attempts >= 1);
	CHECK_TEXT(ask("SELECT title FROM person ORDER BY 1"), "Boss\nHead");
	batch_done(&batch.batch);
	check_whole();
}

static void reconnect(void)
{
	(void)ask_on(watcher, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name "
	                      "LIKE 'tandemd%'");
	while (store.is_up)
		loop_run(loop);
	wait_up(&store);
}

static void test_serialisation_failure_repeats_the_batch(void)
{
	struct page a, b;

	(void)ask("ALTER DATABASE postgres SET default_transaction_isolation = 'repeatable read'");
	reconnect();
	world_empty();
	fill_changes(&a, &b);
	b.lane = &store.hot;
	meet(&a, &b);
	CHECK(a.ingest.attempts + b.ingest.attempts >= 1);
	check_changes();
	(void)ask("ALTER DATABASE postgres RESET default_transaction_isolation");
	reconnect();
}

/* -- Two daemons on one store -- */

static struct folder half;

static void test_two_daemons_that_meet_the_same_person_make_one(void)
{
	struct store other;
	struct page a, b;

	folder_begin(&half);
	folder_write(&half, "tandem.yaml", "");
	folder_write(&half, "connectors.d/news.yaml", WORLD_MA);
	CHECK_TEXT(folder_load(&half), "");
	half.config->store = postgres_conninfo();
	store_open_as(&other, half.config, "other");
	CHECK_TEXT(last_error.text, "");
	leases_of(&other);
	for (int round = 0; round < 6; round++) {
		world_empty();
		fill_people(&a, "sfa", round, 40);
		page_begin(&b, "ma", "contact");
		b.store = &other;
		b.connector = "news";
		b.stream = stream_of(half.config, "news", "contact");
		for (int i = 39; i >= 0; i--) {
			char id[32], mail[64];

			(void)snprintf(id, sizeof(id), "N%d", i);
			(void)snprintf(mail, sizeof(mail), "p%d@acme%d.example", i, i % 7);
			(void)page_add(&b, id, "Email", mail);
		}
		page_start(round % 2 ? &a : &b);
		page_start(round % 2 ? &b : &a);
		page_wait(&a);
		CHECK_TEXT(last_error.text, "");
		page_wait(&b);
		CHECK_TEXT(last_error.text, "");
		batch_done(&a.batch);
		batch_done(&b.batch);
		CHECK_TEXT(ask("SELECT count(*) || ' ' || min(n_sources) || ' ' || max(n_sources) "
		               "FROM person WHERE merged_into IS NULL"),
		           "40 2 2");
		check_whole();
	}
	store_close(&other);
	folder_end(&half);
}

int main(void)
{
	world_open();
	blocker = session_open(postgres_conninfo(), 0);
	RUN(test_same_new_people_on_both_lanes_are_made_once);
	RUN(test_changes_of_one_person_on_both_lanes_are_both_in_the_golden_record);
	RUN(test_merge_meets_a_change_of_one_of_the_merged);
	RUN(test_older_version_of_a_record_never_replaces_a_newer_one);
	RUN(test_same_new_record_on_both_lanes_is_one_person);
	RUN(test_opposite_merges_on_both_lanes_end_in_one_person);
	RUN(test_deadlock_repeats_the_batch);
	RUN(test_serialisation_failure_repeats_the_batch);
	RUN(test_two_daemons_that_meet_the_same_person_make_one);
	pg_free(blocker);
	world_close();
	return tap_done();
}
