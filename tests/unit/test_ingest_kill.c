/* SPDX-License-Identifier: Apache-2.0 */
/* Batches whose server dies, or whose daemon goes. */
#include "ingest.h"

#include "world.h"

static struct pg *blocker;

/* Each round has a store of its own, whose connections do not yet hold back after many failures. */
static int kill_round(int round)
{
	struct store own;
	struct page batch;
	char cursor[32], kill[64];

	store_open_as(&own, folder.config, "test");
	leases_of(&own);
	int64_t pid = strtoll(ask_on(own.bulk.pg, "SELECT pg_backend_pid()"), NULL, 10);
	(void)snprintf(kill, sizeof(kill), "SELECT pg_terminate_backend(%lld)", (long long)pid);
	fill_people(&batch, round % 2 ? "sfa" : "ma", round, 120);
	(void)snprintf(cursor, sizeof(cursor), "page %d", round);
	batch.ingest.cursor = cursor;
	batch.store = &own;
	page_start(&batch);
	pause_us(random() % 35000);
	(void)ask_on(watcher, kill);
	page_wait(&batch);
	CHECK_TEXT(last_error.text, "");
	batch_done(&batch.batch);
	store_close(&own);
	return batch.ingest.attempts;
}

static void test_backend_killed_at_any_statement_of_a_batch_is_no_loss_and_no_double(void)
{
	int n_hit = 0;

	world_empty();
	for (int round = 0; round < 30; round++) {
		char sql[128], want[64];

		n_hit += kill_round(round) > 0;
		(void)snprintf(
		        sql, sizeof(sql),
		        "SELECT count(*) || ' ' || max(n_sources) FROM person WHERE title = 'Title %d'",
		        round);
		(void)snprintf(want, sizeof(want), "120 %d", round ? 2 : 1);
		CHECK_TEXT(ask(sql), want);
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM sync_cursor WHERE cursor = 'page %d'",
		               round);
		CHECK_TEXT(ask(sql), "1");
		check_whole();
	}
	CHECK(n_hit >= 5);
	printf("# %d of 30 batches were hit\n", n_hit);
}

static void test_backend_killed_before_the_commit_is_answered_counts_nothing_twice(void)
{
	struct page batch;

	world_empty();
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	(void)ask("UPDATE sync_cursor SET records = 0");
	for (int round = 0; round < 2; round++) {
		begin_batch("ma", "visit");
		struct record *visit = add("V1", NULL, NULL);
		visit->activity = "form";
		visit->occurred_us = INT64_C(1767225600000000);
		visit->subject_email = SLICE("joe@acme.example");
		batch = page;
		hold_stream(blocker, "ma", "visit");
		page_start(&batch);
		wait_blocked(1);
		kill_blocked();
		session_release(blocker);
		page_wait(&batch);
		CHECK_TEXT(last_error.text, "");
		batch_done(&batch.batch);
		wait_up(&store);
	}
	CHECK_TEXT(
	        ask("SELECT (SELECT count(*) FROM activity) || ' ' || (SELECT count(*) FROM alert_candidate)"),
	        "1 1");
	check_whole();
}

static void world_again(void)
{
	store_close(&store);
	pg_free(watcher);
	watcher = session_open(postgres_conninfo(), 0);
	blocker = session_open(postgres_conninfo(), 0);
	store_open_as(&store, folder.config, "test");
	leases_of(&store);
}

static void test_server_that_stays_away_ends_the_batch_and_its_repetition_is_whole(void)
{
	struct store own;
	struct page batch;

	world_empty();
	store_open_as(&own, folder.config, "test");
	leases_of(&own);
	fill_people(&batch, "ma", 1, 50);
	batch.store = &own;
	hold_stream(blocker, "ma", "contact");
	page_start(&batch);
	wait_blocked(1);
	clock_fake_set(clock_wall_us()); /* nobody waits for the next attempt */
	postgres_stop(POSTGRES_IMMEDIATE);
	page_wait(&batch);
	CHECK(last_error.kind == ERROR_TRANSIENT || last_error.kind == ERROR_UNCERTAIN);
	postgres_start();
	store_close(&own);
	pg_free(blocker);
	clock_fake_end();
	world_again();
	store_open_as(&own, folder.config, "test");
	leases_of(&own);
	page_store(&batch);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(ask("SELECT count(*) FROM source_record"), "50");
	store_close(&own);
	check_whole();
}

static void test_batch_can_be_dropped_at_any_moment_with_its_store(void)
{
	for (int round = 0; round < 8; round++) {
		struct store own;
		struct page batch;

		world_empty();
		store_open_as(&own, folder.config, "test");
		leases_of(&own);
		fill_people(&batch, "ma", 1, 60);
		batch.store = &own;
		page_start(&batch);
		pause_us(round * 3000);
		bool was_over = batch.is_over;
		store_close(&own);
		ingest_drop(&batch.ingest);
		pause_us(1000);
		CHECK(batch.is_over == was_over);
		batch_done(&batch.batch);
		pause_us(20000);
		CHECK_TEXT(ask("SELECT count(*) IN (0, 60) FROM source_record"), "t");
		check_whole();
	}
}

int main(void)
{
	world_open();
	blocker = session_open(postgres_conninfo(), 0);
	srandom(20260101);
	RUN(test_backend_killed_at_any_statement_of_a_batch_is_no_loss_and_no_double);
	RUN(test_backend_killed_before_the_commit_is_answered_counts_nothing_twice);
	RUN(test_server_that_stays_away_ends_the_batch_and_its_repetition_is_whole);
	RUN(test_batch_can_be_dropped_at_any_moment_with_its_store);
	pg_free(blocker);
	world_close();
	return tap_done();
}
