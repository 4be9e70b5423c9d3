/* SPDX-License-Identifier: Apache-2.0 */
#include "lease.h"

#include "world.h"

/* Another daemon on the same database, with a configuration of its own where a case says so. */
static struct store other;

static int64_t epoch_of(struct store *of, const char *connector)
{
	return store_connector(of, connector)->epoch;
}

static void other_opens(const char *holder)
{
	store_open_as(&other, folder.config, holder);
	CHECK_TEXT(last_error.text, "");
}

static void begin(void)
{
	(void)ask("TRUNCATE lease, sync_cursor");
	for (size_t i = 0; i < store.n_connectors; i++)
		store.connectors[i].epoch = 0;
	store.ids.slot = 0;
}

static void expire(void)
{
	(void)ask("UPDATE lease SET expires_at = now() - interval '1 second'");
}

static void test_first_take_has_epoch_1_and_makes_the_cursors(void)
{
	begin();
	leases_of(&store);
	CHECK_INT(epoch_of(&store, "sfa"), 1);
	CHECK_INT(epoch_of(&store, "ma"), 1);
	CHECK_TEXT(ask("SELECT string_agg(name || ' ' || holder || ' ' || epoch || ' ' || slot, ',' ORDER BY "
	               "name) FROM lease"),
	           "ma test 1 0,sfa test 1 0");
	CHECK_TEXT(ask("SELECT min(n) || ' ' || max(n) FROM (SELECT count(*) AS n FROM sync_cursor WHERE "
	               "epoch = 1 GROUP BY connector_id) t"),
	           "6 6");
	CHECK_TEXT(ask("SELECT bool_and(expires_at BETWEEN now() + interval '25 seconds' AND now() + "
	               "interval '31 seconds') FROM lease"),
	           "t");
}

static void test_same_holder_keeps_its_epoch_living_or_expired(void)
{
	begin();
	leases_of(&store);
	leases_of(&store);
	CHECK_INT(epoch_of(&store, "sfa"), 1);
	expire();
	other_opens("test");
	leases_of(&other);
	CHECK_INT(epoch_of(&other, "sfa"), 1);
	CHECK_TEXT(ask("SELECT bool_and(expires_at > now()) FROM lease"), "t");
	store_close(&other);
}

static void test_another_holder_is_refused_until_it_expired(void)
{
	begin();
	leases_of(&store);
	other_opens("other");
	leases_of(&other);
	CHECK_INT(epoch_of(&other, "sfa"), 0);
	CHECK_INT(epoch_of(&other, "ma"), 0);
	CHECK_TEXT(ask("SELECT DISTINCT holder || ' ' || epoch FROM lease"), "test 1");
	CHECK_TEXT(ask("SELECT DISTINCT epoch FROM sync_cursor"), "1");
	store_close(&other);
}

static void test_take_over_raises_the_epoch_and_refuses_the_old_holders_batch(void)
{
	begin();
	leases_of(&store);
	world_empty();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "before@a.example");
	store_batch("page 1");
	CHECK_TEXT(last_error.text, "");

	other_opens("other");
	expire();
	leases_of(&other);
	CHECK_INT(epoch_of(&other, "sfa"), 2);
	CHECK_TEXT(ask("SELECT DISTINCT epoch FROM sync_cursor"), "2");

	begin_batch("sfa", "lead");
	(void)add("L2", "Mail", "after@a.example");
	store_batch("page 2");
	CHECK(last_error.kind == ERROR_REFUSED);
	CHECK_TEXT(ask("SELECT string_agg(external_id, ',') FROM source_record"), "L1");
	CHECK_TEXT(ask("SELECT cursor FROM sync_cursor WHERE cursor IS NOT NULL"), "page 1");

	/* It notices at its next renewal, and gets nothing before the new holder's time is over. */
	leases_of(&store);
	CHECK_INT(epoch_of(&store, "sfa"), 0);
	expire();
	leases_of(&store);
	CHECK_INT(epoch_of(&store, "sfa"), 3);
	store_close(&other);
}

/* The old holder is stopped in the middle of a batch and goes on after the take-over (SIGSTOP, a long pause
 * of the machine). */
static void test_batch_under_way_during_the_take_over_is_refused_as_a_whole(void)
{
	struct page slow;

	begin();
	leases_of(&store);
	world_empty();
	other_opens("other");
	struct pg *blocker = session_open(postgres_conninfo(), 0);
	session_hold(blocker, "LOCK TABLE parked IN ACCESS EXCLUSIVE MODE");
	page_begin(&slow, "sfa", "lead");
	(void)page_add(&slow, "L1", "Mail", "slow@a.example");
	page_start(&slow);
	wait_blocked(1);
	expire();
	leases_of(&other);
	CHECK_INT(epoch_of(&other, "sfa"), 2);
	session_release(blocker);
	page_wait(&slow);
	CHECK(last_error.kind == ERROR_REFUSED);
	CHECK_TEXT(ask("SELECT count(*) FROM source_record"), "0");
	CHECK_TEXT(ask("SELECT count(*) FROM person"), "0");
	batch_done(&slow.batch);
	pg_free(blocker);
	store_close(&other);
}

static void test_given_back_lease_is_free_at_once(void)
{
	static struct answer answer;

	begin();
	leases_of(&store);
	leases_give_back(&store, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
	other_opens("other");
	leases_of(&other);
	CHECK_INT(epoch_of(&other, "sfa"), 2);
	store_close(&other);
}

static void test_give_back_leaves_anothers_leases_alone(void)
{
	static struct answer answer;

	begin();
	leases_of(&store);
	other_opens("other");
	leases_give_back(&other, answer_over, &answer);
	answer_wait(&answer);
	leases_of(&other);
	CHECK_INT(epoch_of(&other, "sfa"), 0);
	store_close(&other);
}

/* Two daemons that share the work: each runs one connector. */
static struct folder half;

static struct config *half_config(const char *name, const char *text)
{
	folder_begin(&half);
	folder_write(&half, "tandem.yaml", "");
	folder_write(&half, "token", "secret\n");
	folder_write(&half, name, text);
	CHECK_TEXT(folder_load(&half), "");
	half.config->store = postgres_conninfo();
	return half.config;
}

static void test_slots_of_living_holders_differ(void)
{
	begin();
	(void)ask("INSERT INTO lease VALUES ('ma', 'old one', 4, 0, now() + interval '1 minute')");
	leases_of(&store);
	CHECK_INT(epoch_of(&store, "sfa"), 1);
	CHECK_INT(epoch_of(&store, "ma"), 0);
	CHECK_TEXT(ask("SELECT slot FROM lease WHERE name = 'sfa'"), "1");
	CHECK_INT(store.ids.slot, 1);
	/* Taking over the other's lease too it keeps its own slot. */
	(void)ask("UPDATE lease SET expires_at = now() - interval '1 second' WHERE name = 'ma'");
	leases_of(&store);
	CHECK_INT(epoch_of(&store, "ma"), 5);
	CHECK_TEXT(ask("SELECT DISTINCT slot FROM lease"), "1");
}

static void test_slot_of_a_holder_that_may_only_sleep_is_not_given_away(void)
{
	begin();
	(void)ask("INSERT INTO lease VALUES ('sfa', 'asleep', 1, 0, now() - interval '1 hour'),"
	          " ('else', 'asleep', 1, 0, now() - interval '1 hour')");
	leases_of(&store);
	CHECK_TEXT(ask("SELECT holder || ' ' || epoch || ' ' || slot FROM lease WHERE name = 'sfa'"),
	           "test 2 1");
	CHECK_INT(store.ids.slot, 1);
}

static void test_two_holders_that_take_different_leases_at_once_get_different_slots(void)
{
	struct answer a = { 0 }, b = { 0 };
	struct store only_ma;

	for (int round = 0; round < 5; round++) {
		begin();
		store_open_as(&only_ma, half_config("connectors.d/ma.yaml", WORLD_MA), "half");
		CHECK_TEXT(last_error.text, "");
		(void)ask("INSERT INTO lease VALUES ('ma', 'gone', 1, 7, now() - interval '1 hour')");
		leases_take(&only_ma, answer_over, &a);
		leases_take(&store, answer_over, &b);
		answer_wait(&a);
		CHECK_TEXT(last_error.text, "");
		answer_wait(&b);
		CHECK_TEXT(last_error.text, "");
		CHECK(epoch_of(&store, "sfa") == 1);
		CHECK((epoch_of(&only_ma, "ma") == 2) != (epoch_of(&store, "ma") == 2));
		CHECK(epoch_of(&only_ma, "ma") != 2 || only_ma.ids.slot != store.ids.slot);
		store_close(&only_ma);
		folder_end(&half);
	}
}

static void test_holder_without_a_lease_makes_no_ids_of_a_holders_slot(void)
{
	begin();
	leases_of(&store);
	other_opens("standby");
	leases_of(&other);
	CHECK_INT(epoch_of(&other, "sfa"), 0);
	CHECK(other.ids.slot != store.ids.slot);
	store_close(&other);
}

static void test_failed_take_gives_no_epoch(void)
{
	static struct answer answer;

	begin();
	other_opens("other");
	struct pg *killer = session_open(postgres_conninfo(), 0);
	session_hold(killer, "LOCK TABLE sync_cursor IN ACCESS EXCLUSIVE MODE");
	leases_take(&other, answer_over, &answer);
	wait_blocked(1);
	kill_blocked();
	answer_wait(&answer);
	CHECK(last_error.kind == ERROR_TRANSIENT || last_error.kind == ERROR_UNCERTAIN);
	CHECK_INT(epoch_of(&other, "sfa"), 0);
	session_release(killer);
	CHECK_TEXT(ask("SELECT count(*) FROM lease"), "0");
	pg_free(killer);
	store_close(&other);
}

int main(void)
{
	world_open();
	RUN(test_first_take_has_epoch_1_and_makes_the_cursors);
	RUN(test_same_holder_keeps_its_epoch_living_or_expired);
	RUN(test_another_holder_is_refused_until_it_expired);
	RUN(test_take_over_raises_the_epoch_and_refuses_the_old_holders_batch);
	RUN(test_batch_under_way_during_the_take_over_is_refused_as_a_whole);
	RUN(test_given_back_lease_is_free_at_once);
	RUN(test_give_back_leaves_anothers_leases_alone);
	RUN(test_slots_of_living_holders_differ);
	RUN(test_slot_of_a_holder_that_may_only_sleep_is_not_given_away);
	RUN(test_two_holders_that_take_different_leases_at_once_get_different_slots);
	RUN(test_holder_without_a_lease_makes_no_ids_of_a_holders_slot);
	RUN(test_failed_take_gives_no_epoch);
	world_close();
	return tap_done();
}
