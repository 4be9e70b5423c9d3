/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include "world.h"

/* -- Turns -- */

struct waiter {
	struct turn turn;
	int n_granted;
};

static int n_granted;

static void granted(struct turn *turn)
{
	container_of(turn, struct waiter, turn)->n_granted = ++n_granted;
}

static void take(struct waiter *waiter)
{
	*waiter = (struct waiter){ .turn.granted = granted };
	turn_take(&store.bulk, &waiter->turn);
}

static void test_turns_are_granted_one_by_one_in_order_from_the_loop(void)
{
	struct waiter a, b, c;

	n_granted = 0;
	take(&a);
	take(&b);
	take(&c);
	CHECK_INT(a.n_granted, 0);
	pause_us(2000);
	CHECK_INT(a.n_granted, 1);
	CHECK_INT(n_granted, 1);
	turn_end(&a.turn);
	CHECK_INT(n_granted, 1);
	pause_us(2000);
	CHECK_INT(b.n_granted, 2);
	turn_end(&b.turn);
	pause_us(2000);
	CHECK_INT(c.n_granted, 3);
	turn_end(&c.turn);
}

static void test_turn_that_waits_can_be_taken_back_and_taken_again(void)
{
	struct waiter a, b, c;

	n_granted = 0;
	take(&a);
	take(&b);
	take(&c);
	turn_end(&b.turn);
	pause_us(2000);
	turn_end(&a.turn);
	turn_end(&a.turn); /* an idle one is fine */
	pause_us(2000);
	CHECK_INT(b.n_granted, 0);
	CHECK_INT(c.n_granted, 2);
	take(&b);
	turn_end(&c.turn);
	pause_us(2000);
	CHECK_INT(b.n_granted, 3);
	turn_end(&b.turn);
}

static void test_turn_given_up_before_it_was_granted_goes_to_the_next(void)
{
	struct waiter a, b;

	n_granted = 0;
	take(&a);
	take(&b);
	turn_end(&a.turn);
	pause_us(2000);
	CHECK_INT(a.n_granted, 0);
	CHECK_INT(b.n_granted, 1);
	turn_end(&b.turn);
}

static void test_lanes_do_not_wait_for_each_other(void)
{
	struct waiter a, hot = { .turn.granted = granted };

	n_granted = 0;
	take(&a);
	turn_take(&store.hot, &hot.turn);
	pause_us(2000);
	CHECK_INT(n_granted, 2);
	turn_end(&a.turn);
	turn_end(&hot.turn);
}

/* -- Connectors, installation -- */

static void test_connectors_keep_their_numbers_for_ever(void)
{
	struct store again;
	struct folder grown;

	CHECK_INT(store_connector(&store, "ma")->id, 1);
	CHECK_INT(store_connector(&store, "sfa")->id, 2);
	folder_begin(&grown);
	folder_write(&grown, "tandem.yaml", "");
	folder_write(&grown, "token", "secret\n");
	folder_write(&grown, "connectors.d/aaa.yaml", WORLD_MA);
	folder_write(&grown, "connectors.d/sfa.yaml", WORLD_SFA);
	CHECK_TEXT(folder_load(&grown), "");
	grown.config->store = postgres_conninfo();
	store_open_as(&again, grown.config, "test");
	CHECK_TEXT(last_error.text, "");
	CHECK_INT(store_connector(&again, "aaa")->id, 3);
	CHECK_INT(store_connector(&again, "sfa")->id, 2);
	CHECK_TEXT(store_connector(&again, "sfa")->role, "sfa");
	/* One that is not configured any more is still known: its records are there. */
	CHECK_INT(store_connector(&again, "ma")->id, 1);
	CHECK_TEXT(store_connector_by_id(&again, 1)->name, "ma");
	CHECK(!store_connector_by_id(&again, 4));
	CHECK(!store_connector(&again, "nobody"));
	CHECK_TEXT(ask("SELECT string_agg(connector_id || name || module || role || mode, ' ' ORDER BY "
	               "connector_id) FROM connector"),
	           "1mamailmaapply 2sfashopsfaapply 3aaamailmaapply");
	store_close(&again);
	folder_end(&grown);
	(void)ask("DELETE FROM connector WHERE name = 'aaa'");
}

static void test_two_daemons_that_know_a_new_connector_at_once_agree_on_its_number(void)
{
	struct store a, b;
	struct answer first = { 0 }, second = { 0 };

	store_open_as(&a, folder.config, "a");
	store_open_as(&b, folder.config, "b");
	for (int round = 0; round < 5; round++) {
		(void)ask("DELETE FROM connector");
		store_know_connectors(&a, answer_over, &first);
		store_know_connectors(&b, answer_over, &second);
		answer_wait(&first);
		CHECK_TEXT(last_error.text, "");
		answer_wait(&second);
		CHECK_TEXT(last_error.text, "");
		CHECK_TEXT(ask("SELECT string_agg(connector_id || name, ' ' ORDER BY connector_id) FROM "
		               "connector"),
		           "1ma 2sfa");
	}
	store_close(&a);
	store_close(&b);
}

static void test_connector_that_could_not_be_made_known_is_an_error(void)
{
	struct store other;
	struct answer answer = { 0 };

	store_open_as(&other, folder.config, "other");
	struct pg *blocker = session_open(postgres_conninfo(), 0);
	session_hold(blocker, "LOCK TABLE connector IN SHARE ROW EXCLUSIVE MODE");
	store_know_connectors(&other, answer_over, &answer);
	wait_blocked(1);
	(void)ask_on(watcher, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = "
	                      "'Lock'");
	answer_wait(&answer);
	CHECK(last_error.kind == ERROR_TRANSIENT);
	session_release(blocker);
	pg_free(blocker);
	store_close(&other);
}

static void test_secret_of_the_installation_stays(void)
{
	struct store again;

	store_open_as(&again, folder.config, "test");
	CHECK(again.secret == store.secret && store.secret != 0);
	store_close(&again);
}

static void test_ids_grow_and_none_comes_twice(void)
{
	int64_t last = 0;

	for (int i = 0; i < 10000; i++) {
		int64_t id = store_id(&store);

		CHECK(id > last);
		last = id;
	}
}

/* -- Opening, losing, closing -- */

static void test_lost_server_takes_the_store_down_and_its_return_brings_it_back(void)
{
	static const enum postgres_stop ways[] = { POSTGRES_FAST, POSTGRES_IMMEDIATE, POSTGRES_KILL };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		CHECK(store.is_up);
		postgres_stop(ways[i]);
		while (store.is_up)
			loop_run(loop);
		postgres_start();
		wait_up(&store);
		CHECK_TEXT(ask("SELECT count(*) FROM installation"), "1");
	}
}

static void test_one_lost_connection_is_the_store_down_until_it_is_back(void)
{
	(void)ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tandemd "
	          "hot'");
	while (store.is_up)
		loop_run(loop);
	CHECK(pg_is_up(store.quick));
	wait_up(&store);
	CHECK_TEXT(ask_on(store.hot.pg, "SELECT 1"), "1");
}

static struct folder far;

/* A store that is at another place; opens it and waits for how that ends. */
static void open_at(struct store *opened, const char *conninfo)
{
	folder_begin(&far);
	folder_write(&far, "tandem.yaml", "");
	CHECK_TEXT(folder_load(&far), "");
	far.config->store = conninfo;
	store_open_as(opened, far.config, "test");
}

static void test_server_that_cannot_be_reached_is_said_after_a_minute(void)
{
	struct store nowhere;

	clock_fake_set(clock_wall_us());
	int64_t before_us = clock_mono_us();
	open_at(&nowhere, "host=/nonexistent user=tandem dbname=tandem");
	CHECK(last_error.kind == ERROR_TRANSIENT);
	CHECK(strncmp(last_error.text, "could not reach the store within 60 s: ", 39) == 0);
	CHECK(strstr(last_error.text, "/nonexistent") != NULL);
	CHECK_INT((clock_mono_us() - before_us) / US_PER_S, 60);
	CHECK(!nowhere.is_open);
	store_close(&nowhere);
	clock_fake_end();
	folder_end(&far);
}

static void test_foreign_database_is_refused_when_opening(void)
{
	char conninfo[512];
	struct store foreign;

	(void)ask("CREATE DATABASE invoices");
	(void)snprintf(conninfo, sizeof(conninfo), "%s dbname=invoices", postgres_conninfo());
	struct pg *session = session_open(conninfo, 0);
	(void)ask_on(session, "CREATE TABLE invoice (id int)");
	open_at(&foreign, conninfo);
	CHECK(last_error.kind == ERROR_CONFIG);
	CHECK(strstr(last_error.text, "1 tables that are not Tandem's") != NULL);
	CHECK(!foreign.is_open);
	store_close(&foreign);
	pg_free(session);
	folder_end(&far);
}

static void test_embedded_store_that_cannot_be_is_told_from_the_loop(void)
{
	struct store embedded;

	folder_begin(&far);
	folder_write(&far, "tandem.yaml", "");
	CHECK_TEXT(folder_load(&far), "");
	far.config->state_dir = arena_printf(far.arena, "%s/state", far.path);
	far.config->runtime_dir = arena_printf(far.arena, "%s/run", far.path);
	far.config->postgres_bin = "/nonexistent";
	struct answer answer = { 0 };
	embedded = (struct store){
		.loop = loop, .config = far.config, .opened = store_opened, .owner = &answer
	};
	store_open(&embedded);
	CHECK(!answer.is_over);
	answer_wait(&answer);
	CHECK(last_error.kind == ERROR_CONFIG);
	CHECK_TEXT(last_error.text, "postgres_bin \"/nonexistent\" has no initdb");
	store_close(&embedded);
	folder_end(&far);
}

/* Closing at any moment of the opening leaves nothing behind and calls nobody. */
static void test_store_can_be_closed_at_any_moment_of_its_opening(void)
{
	for (int round = 0; round < 12; round++) {
		struct answer answer = { 0 };
		struct store opening = { .loop = loop,
			                 .config = folder.config,
			                 .holder = "test",
			                 .opened = store_opened,
			                 .changed = store_changed,
			                 .owner = &answer };

		store_open(&opening);
		pause_us(round * 1500);
		bool was_over = answer.is_over;
		store_close(&opening);
		pause_us(1000);
		CHECK(answer.is_over == was_over);
	}
}

int main(void)
{
	world_open();
	RUN(test_turns_are_granted_one_by_one_in_order_from_the_loop);
	RUN(test_turn_that_waits_can_be_taken_back_and_taken_again);
	RUN(test_turn_given_up_before_it_was_granted_goes_to_the_next);
	RUN(test_lanes_do_not_wait_for_each_other);
	RUN(test_connectors_keep_their_numbers_for_ever);
	RUN(test_two_daemons_that_know_a_new_connector_at_once_agree_on_its_number);
	RUN(test_connector_that_could_not_be_made_known_is_an_error);
	RUN(test_secret_of_the_installation_stays);
	RUN(test_ids_grow_and_none_comes_twice);
	RUN(test_lost_server_takes_the_store_down_and_its_return_brings_it_back);
	RUN(test_one_lost_connection_is_the_store_down_until_it_is_back);
	RUN(test_server_that_cannot_be_reached_is_said_after_a_minute);
	RUN(test_foreign_database_is_refused_when_opening);
	RUN(test_embedded_store_that_cannot_be_is_told_from_the_loop);
	RUN(test_store_can_be_closed_at_any_moment_of_its_opening);
	world_close();
	return tap_done();
}
