/* SPDX-License-Identifier: Apache-2.0 */
#include "dirty.h"

#include "world.h"

static struct dirty_mark marks[64];
static size_t n_marks;
static bool is_due_read;

static void due_read(struct dirty_asking *asking, const struct dirty_mark *list, size_t n,
                     const struct error *err)
{
	(void)asking;
	CHECK(!err);
	n_marks = n;
	memcpy(marks, list, n * sizeof(*list));
	is_due_read = true;
	loop_stop(loop);
}

/* Reads the marks of ma that are due into marks. */
static size_t due(size_t limit)
{
	static struct dirty_asking asking = { .done = due_read };

	is_due_read = false;
	dirty_due(&store, connector_id("ma"), limit, &asking);
	wait_for(&is_due_read);
	return n_marks;
}

static void store_results(struct push_result *results, size_t n)
{
	static struct answer answer;

	push_store(&store, connector_id("ma"), folder.config, results, n, ENTITY_PERSON, answer_over,
	           &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

static struct push_result result_of(const struct dirty_mark *mark)
{
	return (struct push_result){
		.mark = mark,
		.then = PUSH_DROP,
		.object = SLICE("contact"),
		.external_id = SLICE("C1"),
		.changes = SLICE("{}"),
		.shadow = SLICE("{}"),
	};
}

/* A person of both systems, whose title the marketing side lacks: one mark. */
static void begin(void)
{
	world_empty();
	begin_batch("ma", "contact");
	(void)add("C1", "Email", "joe@acme.example");
	(void)add("C1", "Title", "");
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Head");
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_INT(due(9), 1);
}

static int64_t src_key_of(const char *external_id)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "SELECT src_key FROM source_record WHERE external_id = '%s'",
	               external_id);
	return ask_int(sql);
}

/* -- Marks -- */

static void test_due_marks_come_oldest_first_and_not_more_than_asked_for(void)
{
	world_empty();
	(void)ask("INSERT INTO dirty (connector_id, entity_id, entity, version, due_at, marked_at, "
	          "is_uncertain, attempts) VALUES"
	          " (1, 11, 0, 5, now() - interval '1 second', now(), false, 0),"
	          " (1, 12, 1, 6, now() - interval '1 minute', now(), true, 3),"
	          " (1, 13, 0, 7, now() + interval '1 minute', now(), false, 0),"
	          " (2, 14, 0, 8, now() - interval '1 hour', now(), false, 0)");
	CHECK_INT(due(9), 2);
	CHECK_INT(marks[0].entity_id, 12);
	CHECK_INT(marks[0].version, 6);
	CHECK_INT(marks[0].entity, ENTITY_ACCOUNT);
	CHECK_INT(marks[0].attempts, 3);
	CHECK(marks[0].is_uncertain && !marks[1].is_uncertain);
	CHECK_INT(marks[1].entity_id, 11);
	CHECK_INT(due(1), 1);
	CHECK_INT(marks[0].entity_id, 12);
}

static void test_next_mark_is_told_even_before_it_is_due(void)
{
	static struct answer answer;

	world_empty();
	dirty_next(&store, connector_id("ma"), answer_over, &answer);
	answer_wait(&answer);
	CHECK_INT(answer.n_rows, 0);
	(void)ask("INSERT INTO dirty (connector_id, entity_id, entity, version, due_at, marked_at) VALUES"
	          " (1, 11, 0, 5, '2031-01-01T00:00:00.000001Z', now()), (1, 12, 0, 5, '2031-01-02', now()),"
	          " (2, 13, 0, 5, '2030-01-01', now())");
	dirty_next(&store, connector_id("ma"), answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(answer.text, "1924992000000001");
}

static void mark_all(bool also_unlinked)
{
	static struct answer answer;

	static int n_modes;
	char mode[16];

	(void)snprintf(mode, sizeof(mode), "mode %d", ++n_modes);	/* another than the last: that is what marks */
	dirty_mark_mode(&store, connector_id("ma"), mode, true, also_unlinked, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

static void test_all_linked_or_all_there_are_get_marked(void)
{
	begin();
	put("sfa", "lead", "L2", "Mail", "only-there@acme.example");
	put("sfa", "deal", "D1", "Name", "Platform");
	put("sfa", "user", "U1", "Mail", "dana@us.example");
	put("sfa", "lead", "L3", "Mail", "gone@acme.example");
	(void)ask("UPDATE source_record SET deleted = true WHERE external_id = 'L3'");
	(void)ask("TRUNCATE dirty");
	mark_all(false);
	CHECK_TEXT(ask("SELECT string_agg(p.email, ' ' ORDER BY p.email) FROM dirty d JOIN person p ON "
	               "p.person_id = d.entity_id"
	               " WHERE d.connector_id = 1"),
	           "joe@acme.example");
	CHECK_TEXT(ask("SELECT count(*) FROM dirty"), "1");
	(void)ask("TRUNCATE dirty");
	mark_all(true);
	CHECK_TEXT(ask("SELECT string_agg(entity::text, ' ' ORDER BY entity) FROM dirty"), "0 0 2");
	CHECK_INT(due(9), 3);
}

static void test_marking_all_renews_marks_under_way_but_keeps_their_wait(void)
{
	begin();
	(void)ask("UPDATE dirty SET due_at = '2040-01-01', attempts = 3");
	int64_t before = ask_int("SELECT version FROM dirty");
	mark_all(true);
	CHECK(ask_int("SELECT version FROM dirty") > before);
	CHECK_TEXT(ask("SELECT due_at = '2040-01-01' FROM dirty"), "t");
}

/* -- What became of a push -- */

static void test_mark_goes_only_if_it_was_not_renewed_meanwhile(void)
{
	struct push_result result;

	begin();
	result = result_of(&marks[0]);
	(void)ask("UPDATE dirty SET version = version + 1");
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT count(*) FROM dirty"), "1");
	CHECK_INT(due(9), 1);
	result = result_of(&marks[0]);
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT count(*) FROM dirty"), "0");
}

static void test_change_during_a_push_renews_the_mark(void)
{
	struct push_result result;
	struct dirty_mark before;

	begin();
	before = marks[0];
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Chief");
	store_batch(NULL);
	result = result_of(&before);
	result.src_key = src_key_of("C1");
	result.shadow = SLICE("{\"Title\": \"Head\"}");
	store_results(&result, 1);
	CHECK_INT(due(9), 1);
	CHECK(marks[0].version != before.version);
}

static void test_again_and_look_wait_and_count(void)
{
	struct push_result result;

	begin();
	result = result_of(&marks[0]);
	result.then = PUSH_AGAIN;
	result.due_us = INT64_C(1924992000000001);
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT attempts || ' ' || is_uncertain || ' ' || (extract(epoch FROM due_at) * "
	               "1000000)::bigint FROM dirty"),
	           "1 false 1924992000000001");
	result.then = PUSH_LOOK;
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT attempts || ' ' || is_uncertain FROM dirty"), "2 true");
	result.then = PUSH_KEEP;
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT attempts || ' ' || is_uncertain FROM dirty"), "2 true");
	/* A change meanwhile does not make the look come earlier: the remote needs its time to show what was
	 * created. */
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Chief");
	store_batch(NULL);
	CHECK_TEXT(
	        ask("SELECT is_uncertain || ' ' || (extract(epoch FROM due_at) * 1000000)::bigint FROM dirty"),
	        "true 1924992000000001");
}

static void test_written_values_become_the_shadow_and_no_difference_is_left(void)
{
	struct push_result result;

	begin();
	result = result_of(&marks[0]);
	result.verb = "update";
	result.outcome = "done";
	result.changes = SLICE("{\"Title\": [\"\", \"Head\"]}");
	result.src_key = src_key_of("C1");
	result.shadow = SLICE("{\"Title\": \"Head\"}");
	result.written = SLICE("[{\"field\": \"Title\", \"wrote\": \"Head\"}]");
	store_results(&result, 1);
	CHECK_TEXT(
	        ask("SELECT (payload->>'Email') || ' ' || (payload->>'Title') || ' ' || (written IS NOT NULL) "
	            "FROM source_record WHERE external_id = 'C1'"),
	        "joe@acme.example Head true");
	CHECK_TEXT(
	        ask("SELECT verb || ' ' || outcome || ' ' || object || ' ' || external_id || ' ' || changes "
	            "|| ' ' || epoch FROM push_log"),
	        "update done contact C1 {\"Title\": [\"\", \"Head\"]} 1");
	CHECK_INT(due(9), 0);
	/* The next look at the person finds nothing to write. */
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Head");
	(void)add("L1", "Phone", "+1 212 555 0147");
	store_batch(NULL);
	CHECK_INT(counts.changed, 1);
	CHECK_INT(due(9), 0);
}

static void test_update_without_a_memory_leaves_the_old_one(void)
{
	struct push_result result;

	begin();
	(void)ask("UPDATE source_record SET written = '[{\"field\": \"Title\", \"wrote\": \"X\"}]'");
	result = result_of(&marks[0]);
	result.src_key = src_key_of("C1");
	result.shadow = SLICE("{\"Title\": \"Head\"}");
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT written->0->>'wrote' FROM source_record WHERE external_id = 'C1'"), "X");
}

/* A person that only the sales side has is created over there as C7. */
static void create(struct push_result *result, const char *id)
{
	*result = result_of(&marks[0]);
	result->verb = "create";
	result->outcome = "done";
	result->external_id = slice_of(id);
	result->is_created = true;
	result->src_key = 4711;
	result->shadow = SLICE("{\"Email\": \"new@acme.example\"}");
}

static void test_created_record_is_known_at_once_and_not_created_twice(void)
{
	struct push_result result;

	world_empty();
	put("sfa", "lead", "L1", "Mail", "new@acme.example");
	CHECK_INT(due(9), 1);
	create(&result, "C7");
	store_results(&result, 1);
	CHECK_TEXT(
	        ask("SELECT connector_id || ' ' || object || ' ' || external_id || ' ' || entity || ' ' || "
	            "(entity_id = (SELECT person_id FROM person)) FROM source_record WHERE src_key = 4711"),
	        "1 contact C7 0 true");
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "new@acme.example");
	(void)add("L1", "Job", "Chief");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT count(*) FROM dirty"), "0"); /* ma does not show a title */
}

static void test_created_record_that_was_read_meanwhile_stays_as_it_was_read(void)
{
	struct push_result result;

	world_empty();
	put("sfa", "lead", "L1", "Mail", "new@acme.example");
	CHECK_INT(due(9), 1);
	create(&result, "C7");
	put("ma", "contact", "C7", "Email", "new@acme.example");
	result.src_key = src_key_of("C7");
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT count(*) || ' ' || bool_and(content_hash <> 0) FROM source_record "
	               "WHERE external_id = 'C7'"),
	           "1 true");
}

/* While the create was under way the person went into another one: the record belongs to that one, else it
 * would be created again. */
static void test_created_record_of_a_person_merged_meanwhile_belongs_to_the_survivor(void)
{
	struct push_result result;

	world_empty();
	put("sfa", "contact", "K1", "Email", "old@acme.example");
	put("sfa", "lead", "L1", "Mail", "new@acme.example");
	CHECK_INT(due(9), 2);
	for (size_t i = 0; i < n_marks; i++)
		if (marks[i].entity_id ==
		    ask_int("SELECT person_id FROM person WHERE email = 'new@acme.example'"))
			marks[0] = marks[i];
	create(&result, "C7");
	put("sfa", "lead", "L1", "Mail", "old@acme.example");
	CHECK_INT(counts.merged, 1);
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT count(DISTINCT entity_id) FROM source_record"), "1");
	CHECK_TEXT(ask("SELECT merged_into IS NULL FROM person p JOIN source_record s ON "
	               "s.entity_id = p.person_id "
	               "WHERE s.src_key = 4711"),
	           "t");
}

/* The same, with the merge not yet committed when the outcome of the create is stored. */
static void test_created_record_waits_for_a_merge_under_way(void)
{
	struct push_result result;
	struct answer answer = { 0 };
	struct page merging;

	world_empty();
	put("sfa", "contact", "K1", "Email", "old@acme.example");
	put("sfa", "lead", "L1", "Mail", "new@acme.example");
	CHECK_INT(due(9), 2);
	for (size_t i = 0; i < n_marks; i++)
		if (marks[i].entity_id ==
		    ask_int("SELECT person_id FROM person WHERE email = 'new@acme.example'"))
			marks[0] = marks[i];
	create(&result, "C7");
	struct pg *blocker = session_open(postgres_conninfo(), 0);
	session_hold(blocker, "LOCK TABLE sync_cursor IN EXCLUSIVE MODE");
	page_begin(&merging, "sfa", "lead");
	(void)page_add(&merging, "L1", "Mail", "old@acme.example");
	page_start(&merging);
	wait_blocked(1);
	push_store(&store, connector_id("ma"), folder.config, &result, 1, ENTITY_PERSON, answer_over,
	           &answer);
	pause_us(50000);
	session_release(blocker);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
	page_wait(&merging);
	CHECK_TEXT(last_error.text, "");
	batch_done(&merging.batch);
	CHECK_TEXT(ask("SELECT count(DISTINCT entity_id) FROM source_record"), "1");
	pg_free(blocker);
}

static void test_record_gone_over_there_is_deleted_here(void)
{
	struct push_result result;

	begin();
	result = result_of(&marks[0]);
	result.verb = "update";
	result.outcome = "gone";
	result.is_gone = true;
	result.src_key = src_key_of("C1");
	store_results(&result, 1);
	CHECK_TEXT(
	        ask("SELECT deleted || ' ' || (payload->>'Email') FROM source_record WHERE external_id = 'C1'"),
	        "true joe@acme.example");
	CHECK_INT(due(9), 0);
}

static void test_refused_push_is_parked_until_one_goes_through(void)
{
	struct push_result result;

	begin();
	result = result_of(&marks[0]);
	result.is_parked = true;
	result.error = SLICE("title is too long");
	result.verb = "update";
	result.outcome = "failed";
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT kind || ' ' || object || ' ' || external_id || ': ' || reason || ' ' "
	               "|| (ref = (SELECT "
	               "person_id FROM person)) FROM parked"),
	           "push contact C1: title is too long true");
	CHECK_TEXT(ask("SELECT outcome || ': ' || error FROM push_log"), "failed: title is too long");
	CHECK_INT(due(9), 0);
	/* It changes: a new mark, and this time it goes through. */
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Boss");
	store_batch(NULL);
	CHECK_INT(due(9), 1);
	result = result_of(&marks[0]);
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_nothing_sent_leaves_no_line_in_the_log(void)
{
	struct push_result result;

	begin();
	result = result_of(&marks[0]);
	store_results(&result, 1);
	CHECK_TEXT(ask("SELECT count(*) FROM push_log"), "0");
}

static void test_outcomes_of_many_marks_are_stored_together(void)
{
	struct push_result results[3];
	char id[16], mail[64];

	world_empty();
	for (int i = 0; i < 3; i++) {
		(void)snprintf(id, sizeof(id), "L%d", i);
		(void)snprintf(mail, sizeof(mail), "p%d@acme.example", i);
		put("sfa", "lead", id, "Mail", mail);
	}
	CHECK_INT(due(9), 3);
	for (int i = 0; i < 3; i++) {
		results[i] = result_of(&marks[i]);
		results[i].verb = "create";
		results[i].outcome = "done";
	}
	results[0].is_created = true;
	results[0].src_key = 1;
	results[1].then = PUSH_AGAIN;
	results[1].due_us = clock_wall_us();
	results[2].is_parked = true;
	results[2].error = SLICE("no");
	store_results(results, 3);
	CHECK_TEXT(ask("SELECT (SELECT count(*) FROM push_log) || ' ' || (SELECT count(*) FROM "
	               "dirty) || ' ' || (SELECT "
	               "count(*) FROM parked)"),
	           "3 1 1");
}

static void test_outcome_that_could_not_be_stored_left_nothing(void)
{
	struct push_result result;
	struct answer answer = { 0 };

	begin();
	struct pg *blocker = session_open(postgres_conninfo(), 0);
	session_hold(blocker, "LOCK TABLE push_log IN EXCLUSIVE MODE");
	result = result_of(&marks[0]);
	result.verb = "update";
	result.outcome = "done";
	result.src_key = src_key_of("C1");
	result.shadow = SLICE("{\"Title\": \"Head\"}");
	push_store(&store, connector_id("ma"), folder.config, &result, 1, ENTITY_PERSON, answer_over,
	           &answer);
	wait_blocked(1);
	kill_blocked();
	answer_wait(&answer);
	CHECK(last_error.kind == ERROR_TRANSIENT || last_error.kind == ERROR_UNCERTAIN);
	session_release(blocker);
	wait_up(&store);
	CHECK_TEXT(ask("SELECT payload->>'Title' FROM source_record WHERE external_id = 'C1'"), "");
	CHECK_INT(due(9), 1);
	pg_free(blocker);
}

int main(void)
{
	world_open();
	RUN(test_due_marks_come_oldest_first_and_not_more_than_asked_for);
	RUN(test_next_mark_is_told_even_before_it_is_due);
	RUN(test_all_linked_or_all_there_are_get_marked);
	RUN(test_marking_all_renews_marks_under_way_but_keeps_their_wait);
	RUN(test_mark_goes_only_if_it_was_not_renewed_meanwhile);
	RUN(test_change_during_a_push_renews_the_mark);
	RUN(test_again_and_look_wait_and_count);
	RUN(test_written_values_become_the_shadow_and_no_difference_is_left);
	RUN(test_update_without_a_memory_leaves_the_old_one);
	RUN(test_created_record_is_known_at_once_and_not_created_twice);
	RUN(test_created_record_that_was_read_meanwhile_stays_as_it_was_read);
	RUN(test_created_record_of_a_person_merged_meanwhile_belongs_to_the_survivor);
	RUN(test_created_record_waits_for_a_merge_under_way);
	RUN(test_record_gone_over_there_is_deleted_here);
	RUN(test_refused_push_is_parked_until_one_goes_through);
	RUN(test_nothing_sent_leaves_no_line_in_the_log);
	RUN(test_outcomes_of_many_marks_are_stored_together);
	RUN(test_outcome_that_could_not_be_stored_left_nothing);
	world_close();
	return tap_done();
}
