/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook inbox (daemon/store/hooks.h). */
#include "hooks.h"

#include "world.h"

static struct inbox inbox;
static struct arena *arena;

/* One request with its events, and how it was answered. */
struct request {
	struct hook_delivery delivery;
	struct hook_events events;
	struct hook_event list[4];
	int n_done;
	struct error error;
};

static int n_waiting;

static void answered(struct hook_delivery *delivery, const struct error *err)
{
	struct request *request = container_of(delivery, struct request, delivery);

	request->n_done++;
	request->error = err ? *err : (struct error){ 0 };
	n_waiting--;
	loop_stop(loop);
}

static void event_add(struct request *request, const char *key, const char *id)
{
	request->list[request->events.n_events++] =
	        (struct hook_event){ .key = key, .object = "contact", .id = slice_of(id), .occurred_us = 1 };
}

static void request_begin(struct request *request, const char *connector)
{
	*request = (struct request){ .delivery.connector_id = connector_id(connector),
		                     .delivery.done = answered };
	request->events.events = request->list;
	request->delivery.events = &request->events;
}

static void request_send(struct request *request)
{
	n_waiting++;
	inbox_add(&inbox, &request->delivery);
}

static void wait_answered(void)
{
	while (n_waiting)
		loop_run(loop);
}

/* A request with one event, stored. */
static void deliver(const char *connector, const char *key, const char *id)
{
	struct request request;

	request_begin(&request, connector);
	event_add(&request, key, id);
	request_send(&request);
	wait_answered();
	CHECK_TEXT(request.error.text, "");
	CHECK_INT(request.n_done, 1);
}

/* What is due, as "key-less" text: id and attempts. */
static char due_text[4096];
static int64_t due_keys[64];
static size_t n_due;
static bool is_due_read;

static void due_read(struct inbox_asking *asking, const struct inbox_event *events, size_t n,
                     const struct error *err)
{
	size_t used = 0;

	(void)asking;
	CHECK(!err);
	due_text[0] = '\0';
	n_due = n;
	for (size_t i = 0; i < n && i < ARRAY_SIZE(due_keys) && used < sizeof(due_text); i++) {
		due_keys[i] = events[i].event_key;
		used += (size_t)snprintf(due_text + used, sizeof(due_text) - used, "%s%.*s/%d", i ? " " : "",
		                         SLICE_ARGS(events[i].external_id), events[i].attempts);
	}
	is_due_read = true;
	loop_stop(loop);
}

static const char *due(size_t limit)
{
	static struct inbox_asking asking = { .done = due_read };

	is_due_read = false;
	inbox_due(&store, connector_id("ma"), limit, &asking);
	wait_for(&is_due_read);
	return due_text;
}

static void finish(const int64_t *keys, size_t n)
{
	static struct answer answer;

	inbox_finish(&store, connector_id("ma"), keys, n, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

static void later(const int64_t *keys, size_t n, int64_t due_us)
{
	static struct answer answer;

	inbox_later(&store, connector_id("ma"), keys, n, due_us, "contact is not there yet", answer_over,
	            &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

static void test_events_are_committed_when_their_sender_is_answered(void)
{
	struct pg *other = session_open(postgres_conninfo(), 0);

	world_empty();
	deliver("ma", "e1", "17");
	CHECK_TEXT(ask_on(other, "SELECT object || ' ' || external_id || ' ' || (done_at IS NULL) FROM "
	                         "hook_event"),
	           "contact 17 true");
	pg_free(other);
}

static void test_what_comes_during_a_commit_goes_into_the_next_one_together(void)
{
	struct request first, more[3];
	char keys[3][8];

	world_empty();
	struct pg *other = session_open(postgres_conninfo(), 0);
	session_hold(other, "LOCK TABLE hook_event IN EXCLUSIVE MODE");
	request_begin(&first, "ma");
	event_add(&first, "first", "1");
	request_send(&first);
	wait_blocked(1);
	for (int i = 0; i < 3; i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "more%d", i);
		request_begin(&more[i], "ma");
		event_add(&more[i], keys[i], "2");
		request_send(&more[i]);
	}
	pause_us(20000);
	CHECK_INT(n_waiting, 4);
	session_release(other);
	wait_answered();
	CHECK_TEXT(first.error.text, "");
	CHECK_TEXT(more[2].error.text, "");
	CHECK_TEXT(ask("SELECT string_agg(n::text, ' ' ORDER BY n) FROM (SELECT count(*) AS n FROM "
	               "hook_event GROUP BY xmin::text) t"),
	           "1 3");
	pg_free(other);
}

static void test_duplicates_are_dropped_within_and_across_requests_and_commits(void)
{
	struct request a, b;

	world_empty();
	request_begin(&a, "ma");
	event_add(&a, "e1", "1");
	event_add(&a, "e1", "1");
	event_add(&a, "e2", "2");
	request_begin(&b, "ma");
	event_add(&b, "e2", "2");
	event_add(&b, "e3", "3");
	request_send(&a);
	request_send(&b);
	wait_answered();
	CHECK_TEXT(a.error.text, "");
	CHECK_TEXT(b.error.text, "");
	CHECK_TEXT(due(9), "1/0 2/0 3/0");
	deliver("ma", "e3", "3");
	CHECK_TEXT(due(9), "1/0 2/0 3/0");
	/* Days later, long done: no effect twice. */
	finish(due_keys, 3);
	deliver("ma", "e1", "1");
	CHECK_TEXT(due(9), "");
}

static void test_same_key_of_another_connector_is_another_event(void)
{
	world_empty();
	deliver("ma", "e1", "1");
	deliver("sfa", "e1", "1");
	CHECK_TEXT(ask("SELECT count(*) FROM hook_event"), "2");
	CHECK_TEXT(due(9), "1/0");
}

static void test_request_without_events_is_answered(void)
{
	struct request empty;

	world_empty();
	request_begin(&empty, "ma");
	request_send(&empty);
	wait_answered();
	CHECK_TEXT(empty.error.text, "");
}

static void test_store_down_is_said_at_once(void)
{
	struct request request;

	world_empty();
	postgres_stop(POSTGRES_IMMEDIATE);
	while (store.is_up)
		loop_run(loop);
	request_begin(&request, "ma");
	event_add(&request, "e1", "1");
	request_send(&request);
	CHECK_INT(request.n_done, 1);
	CHECK(request.error.kind == ERROR_TRANSIENT);
	n_waiting = 0;
	postgres_start();
	wait_up(&store);
	deliver("ma", "e1", "1");
	CHECK_TEXT(due(9), "1/0");
}

static void test_backend_killed_during_the_commit_is_told_and_the_resent_event_is_one(void)
{
	struct request request;

	world_empty();
	struct pg *other = session_open(postgres_conninfo(), 0);
	session_hold(other, "LOCK TABLE hook_event IN EXCLUSIVE MODE");
	request_begin(&request, "ma");
	event_add(&request, "e1", "1");
	request_send(&request);
	wait_blocked(1);
	kill_blocked();
	wait_answered();
	CHECK(request.error.kind == ERROR_TRANSIENT || request.error.kind == ERROR_UNCERTAIN);
	session_release(other);
	wait_up(&store);
	deliver("ma", "e1", "1");
	CHECK_TEXT(due(9), "1/0");
	pg_free(other);
}

static void test_due_ones_come_oldest_first_and_not_more_than_asked_for(void)
{
	world_empty();
	deliver("ma", "e3", "3");
	deliver("ma", "e1", "1");
	deliver("ma", "e2", "2");
	CHECK_TEXT(due(2), "3/0 1/0");
	CHECK_TEXT(due(9), "3/0 1/0 2/0");
}

static void test_later_ones_wait_and_count(void)
{
	world_empty();
	deliver("ma", "e1", "1");
	deliver("ma", "e2", "2");
	CHECK_TEXT(due(1), "1/0");
	later(due_keys, 1, clock_wall_us() + 60 * US_PER_S);
	CHECK_TEXT(due(9), "2/0");
	later(due_keys, 1, clock_wall_us());
	CHECK_TEXT(due(9), "2/1");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_event_that_fails_twenty_times_is_parked_and_done(void)
{
	world_empty();
	deliver("ma", "e1", "17");
	for (int attempt = 1; attempt <= 20; attempt++) {
		CHECK_INT(due(9)[0] != '\0', 1);
		CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
		later(due_keys, 1, clock_wall_us());
	}
	CHECK_TEXT(due(9), "");
	CHECK_TEXT(ask("SELECT kind || ' ' || object || ' ' || external_id || ': ' || reason FROM parked"),
	           "hook contact 17: contact is not there yet");
	CHECK_TEXT(ask("SELECT p.ref = h.event_id AND h.attempts = 20 FROM parked p, hook_event h"), "t");
}

static void test_finished_ones_are_not_due_and_are_forgotten_after_a_week(void)
{
	world_empty();
	deliver("ma", "e1", "1");
	deliver("ma", "e2", "2");
	deliver("ma", "e3", "3");
	(void)due(9);
	finish(due_keys, 2);
	CHECK_TEXT(due(9), "3/0");
	(void)ask("UPDATE hook_event SET done_at = now() - interval '8 days' WHERE external_id = '1'");
	(void)ask("UPDATE hook_event SET received_at = now() - interval '30 days' WHERE external_id = '3'");
	inbox_sweep(&store);
	CHECK_TEXT(ask("SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM hook_event"), "2 3");
}

/* What PostgreSQL cannot hold in one request must not refuse those that are committed with it. */
static void test_poisoned_event_harms_no_other(void)
{
	static const int64_t times[] = { INT64_MAX, INT64_MIN, -1, 0 };
	struct request good, bad;
	size_t len = 1 << 20;
	char *endless = arena_alloc(arena, len + 1);

	for (size_t i = 0; i < len; i++)
		endless[i] = (char)('0' + random() % 10);
	const struct slice ids[] = { { "a\0b", 3 }, SLICE("\xff\xfe"), { endless, len }, SLICE("4") };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		world_empty();
		request_begin(&good, "ma");
		event_add(&good, "good", "1");
		request_begin(&bad, "ma");
		event_add(&bad, "bad", "");
		bad.list[0].id = bad.list[0].into_id = ids[i];
		bad.list[0].occurred_us = times[i];
		request_send(&bad);
		request_send(&good);
		wait_answered();
		CHECK_TEXT(good.error.text, "");
		CHECK_TEXT(bad.error.text, "");
		(void)due(9);
		CHECK_INT(n_due, 2);
		for (int attempt = 0; attempt < 20; attempt++)
			later(due_keys, 2, clock_wall_us());
		CHECK_TEXT(ask("SELECT count(*) FROM parked WHERE kind = 'hook'"), "2");
	}
}

static void test_time_an_event_happened_comes_back_as_it_was(void)
{
	struct request request;

	world_empty();
	request_begin(&request, "ma");
	event_add(&request, "e1", "1");
	event_add(&request, "e2", "2");
	request.list[0].occurred_us = INT64_C(1767225600123457);
	request.list[1].occurred_us = 0;
	request_send(&request);
	wait_answered();
	CHECK_TEXT(ask("SELECT coalesce(to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), "
	               "'unknown') FROM hook_event"
	               " ORDER BY external_id"),
	           "2026-01-01 00:00:00.123457\nunknown");
}

static void test_end_of_the_inbox_answers_who_waits(void)
{
	struct request writing, waiting;
	struct pg *other = session_open(postgres_conninfo(), 0);

	world_empty();
	session_hold(other, "LOCK TABLE hook_event IN EXCLUSIVE MODE");
	request_begin(&writing, "ma");
	event_add(&writing, "e1", "1");
	request_send(&writing);
	wait_blocked(1);
	request_begin(&waiting, "ma");
	event_add(&waiting, "e2", "2");
	request_send(&waiting);
	inbox_done(&inbox);
	CHECK_INT(writing.n_done, 1);
	CHECK_INT(waiting.n_done, 1);
	CHECK(writing.error.kind == ERROR_TRANSIENT && waiting.error.kind == ERROR_TRANSIENT);
	session_release(other);
	pause_us(30000); /* the statement under way ends: nobody is answered twice */
	CHECK_INT(writing.n_done, 1);
	inbox_init(&inbox, &store);
	pg_free(other);
}

int main(void)
{
	arena = arena_new(4096);
	world_open();
	inbox_init(&inbox, &store);
	RUN(test_events_are_committed_when_their_sender_is_answered);
	RUN(test_what_comes_during_a_commit_goes_into_the_next_one_together);
	RUN(test_duplicates_are_dropped_within_and_across_requests_and_commits);
	RUN(test_same_key_of_another_connector_is_another_event);
	RUN(test_request_without_events_is_answered);
	RUN(test_store_down_is_said_at_once);
	RUN(test_backend_killed_during_the_commit_is_told_and_the_resent_event_is_one);
	RUN(test_due_ones_come_oldest_first_and_not_more_than_asked_for);
	RUN(test_later_ones_wait_and_count);
	RUN(test_event_that_fails_twenty_times_is_parked_and_done);
	RUN(test_finished_ones_are_not_due_and_are_forgotten_after_a_week);
	RUN(test_poisoned_event_harms_no_other);
	RUN(test_time_an_event_happened_comes_back_as_it_was);
	RUN(test_end_of_the_inbox_answers_who_waits);
	inbox_done(&inbox);
	world_close();
	arena_free(arena);
	return tap_done();
}
