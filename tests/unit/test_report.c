/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "clock.h"
#include "migrate.h"
#include "order.h"
#include "postgres.h"
#include "tap.h"

static struct loop *loop;
static struct pg *pg;
static struct store store;
static struct error last_error;
static char text[65536]; /* rows of the last answer: cells with | between, rows on lines */
static int n_columns;

static void over(void *owner, const struct pg_result *result, const struct error *err)
{
	size_t used = 0;

	(void)owner;
	text[0] = '\0';
	last_error = err ? *err : (struct error){ 0 };
	for (size_t row = 0; !err && result && row < result->n_rows; row++)
		for (int column = 0; column < n_columns; column++) {
			struct slice cell = pg_text(result, row, column);

			used += (size_t)snprintf(text + used, sizeof(text) - used, "%.*s%s", SLICE_ARGS(cell),
			                         column + 1 == n_columns ? "\n" : "|");
		}
	loop_stop(loop);
}

static const char *answer(void)
{
	loop_run(loop);
	CHECK_TEXT(last_error.text, "");
	return text;
}

static struct report columns(int n)
{
	n_columns = n;
	return (struct report){ pg, over, NULL };
}

static void sql(const char *statements)
{
	n_columns = 0;
	pg_script(pg, statements, over, NULL);
	(void)answer();
}

static const char *value(const char *statement)
{
	n_columns = 1;
	pg_exec(pg, statement, over, NULL);
	return answer();
}

/* Joe is a contact of ma (1) and of sfa (2), into whom person 101 went; Dana owns his opportunity. */
static const char seed[] =
        "INSERT INTO connector (connector_id, name, module, role, mode, created_at) VALUES"
        " (1, 'ma', 'hubspot', 'ma', 'apply', now()), (2, 'sfa', 'salesforce', 'sfa', 'apply', now());"
        "INSERT INTO person (person_id, merged_into, email, first_name, last_name, phone, n_sources, "
        "updated_at) VALUES"
        " (100, NULL, 'joe@acme.com', 'Joe', 'Smith', '+1 (415) 555-0132', 2, now()), (101, 100, NULL, NULL, "
        "NULL, NULL, 0, now()),"
        " (102, 101, NULL, NULL, NULL, NULL, 0, now()), (103, NULL, 'amy@acme.com', '', '', NULL, 1, now());"
        "INSERT INTO account (account_id, name, phone, n_sources, updated_at) VALUES (200, 'Acme', '415 555 "
        "0100', 1, now());"
        "INSERT INTO opportunity (opportunity_id, name, stage, amount, is_closed, is_won, n_sources, "
        "updated_at) VALUES"
        " (300, 'Platform', 'Quote', '10.00', 'false', 'false', 1, now()), (301, 'Old', 'Lost', '1', 'true', "
        "'false', 1, now());"
        "INSERT INTO app_user (user_id, email, first_name, last_name, n_sources, updated_at) VALUES"
        " (400, 'Dana@us.com', 'Dana', 'Field', 1, now());"
        "INSERT INTO source_record (src_key, connector_id, entity, object, external_id, entity_id, "
        "content_hash, seen_at, owner_key,"
        " account_key, payload) VALUES (11, 1, 0, 'contact', '17', 100, 1, now(), NULL, NULL, '{}'),"
        " (12, 2, 0, 'contact', '003A', 100, 1, now(), 41, 21, '{}'), (21, 2, 1, 'account', '001A', 200, 1, "
        "now(), 41, NULL, '{}'),"
        " (31, 2, 2, 'opportunity', '006A', 300, 1, now(), 41, 21, '{}'), (32, 2, 2, 'opportunity', '006B', "
        "301, 1, now(), NULL, 21, '{}'),"
        " (41, 2, 3, 'user', '005A', 400, 1, now(), NULL, NULL, '{}');"
        "INSERT INTO opp_role VALUES (12, 31);"
        "INSERT INTO match_decision (src_key, decision_id, from_entity, to_entity, rule, score, evidence, "
        "actor, config_version, decided_at)"
        " VALUES (12, 1, 101, 100, 4, 1, 'joe@acme.com', 'policy', 1, 'epoch'::timestamptz + interval '1 "
        "second');"
        "INSERT INTO identity_key (key_hash, kind, key_check, entity_id, src_key) VALUES (7, 4, 8, 100, 11);"
        "INSERT INTO activity (subject_key, occurred_at, activity_key, subject_is_email, connector_id, kind, "
        "title, object, external_id,"
        " seen_at) VALUES (11, 'epoch'::timestamptz + interval '5 seconds', 1, false, 1, 'form', 'Paper', "
        "'form', 'f1', now()),"
        " (7, 'epoch'::timestamptz + interval '6 seconds', 2, true, 1, 'download', 'Book', 'event', 'e1', "
        "now()),"
        " (99, 'epoch'::timestamptz + interval '7 seconds', 3, false, 1, 'form', 'Other', 'form', 'f2', "
        "now());"
        "INSERT INTO push_log (push_id, connector_id, entity_id, object, external_id, verb, outcome, "
        "changes, config_version, epoch,"
        " pushed_at) VALUES (1, 2, 101, 'contact', '003A', 'update', 'done', '{\"Title\": [\"a\", \"b\"]}', "
        "1, 1,"
        " 'epoch'::timestamptz + interval '8 seconds'), (2, 2, 999, 'contact', 'x', 'update', 'done', '{}', "
        "1, 1, now());"
        "INSERT INTO dirty (connector_id, entity_id, entity, version, due_at, marked_at) VALUES"
        " (2, 100, 0, 1, 'epoch', 'epoch'), (2, 103, 0, 1, 'epoch'::timestamptz + interval '1 hour', "
        "'epoch');"
        "INSERT INTO alert (alert_id, idem_key, rule, person_id, opportunity_id, user_id, step, why, "
        "connector_id, subject, body,"
        " n_activities, last_activity_at, state, config_version, created_at, due_at) VALUES (500, 'k', "
        "'interest', 101, 300, 400, 'role',"
        " 'owns it', 2, 'Joe', 'b', 1, now(), 'failed', 1, now(), now());"
        "INSERT INTO parked (parked_id, connector_id, kind, object, external_id, ref, reason, times, "
        "first_at, last_at) VALUES"
        " (601, 1, 'read', 'contact', '18', 0, 'no address', 2, 'epoch', 'epoch'), (602, 1, 'read', "
        "'contact', '19', 0, 'no address', 1,"
        " 'epoch', 'epoch'), (603, 2, 'push', 'contact', '003A', 100, 'too long', 1, 'epoch', 'epoch'),"
        " (604, 2, 'alert', 'task', '', 500, 'nobody', 1, 'epoch', 'epoch'), (605, 1, 'hook', 'contact', "
        "'20', 700, 'gone', 1, 'epoch',"
        " 'epoch');"
        "INSERT INTO hook_event (connector_id, event_key, event_check, event_id, verb, object, external_id, "
        "into_id, received_at, attempts,"
        " due_at, done_at) VALUES (1, 9, 9, 700, 0, 'contact', '20', '', now(), 20, now(), now());"
        "INSERT INTO sync_cursor (connector_id, stream, epoch, records) VALUES (1, 'contact', 1, 42);";

static void test_backlog_counts_what_waits(void)
{
	report_backlog(columns(7), 1, 100);
	CHECK_TEXT(answer(), "1|0|0|0|3|0|0\n2|2|1|0|2|0|0\n");
	report_backlog(columns(7), 1, 1);
	CHECK_TEXT(answer(), "1|0|0|0|1|0|0\n2|1|1|0|1|0|0\n");
	report_cursors(columns(3));
	CHECK_TEXT(answer(), "1|contact|42\n");
}

static void test_same_reasons_are_one_row(void)
{
	report_causes(columns(9), 10);
	CHECK_TEXT(answer(), "1|read|contact|no address|2|0|0|19, "
	                     "18|4\n1|hook|contact|gone|1|0|0|20|4\n2|alert|task|nobody|1|0|0||4\n"
	                     "2|push|contact|too long|1|0|0|003A|4\n");
}

static void test_parked_things_are_listed_by_id(void)
{
	static const int64_t ids[] = { 602, 604, 999 };

	report_parked(columns(5), ids, 3, 10);
	CHECK_TEXT(answer(), "602|1|read|contact|19\n604|2|alert|task|\n");
	report_parked(columns(1), NULL, 0, 2);
	CHECK_TEXT(answer(), "601\n602\n");
}

static void test_an_old_id_leads_to_where_it_went(void)
{
	static const int64_t ids[] = { 102, 103, 200, 300, 400, 777 };

	report_follow(columns(4), ids, 6);
	CHECK_TEXT(
	        answer(),
	        "0|100|Joe Smith|102\n0|103|amy@acme.com|103\n1|200|Acme|200\n2|300|Platform|300\n3|400|Dana "
	        "Field|400\n");
}

static void test_keys_and_records_lead_to_their_entity(void)
{
	static const int64_t src_keys[] = { 12, 31, 5 };
	const struct key keys[] = {
		{ .kind = KEY_EMAIL, .hash = { 7, 8 } },
		{ .kind = KEY_DOMAIN, .hash = { 7, 8 } },
		{ .kind = KEY_EMAIL, .hash = { 7, 9 } },
	};

	report_by_keys(columns(1), keys, 1);
	CHECK_TEXT(answer(), "100\n");
	report_by_keys(columns(1), keys + 1, 2);
	CHECK_TEXT(answer(), "");
	report_by_records(columns(3), src_keys, 3);
	CHECK_TEXT(answer(), "100|contact|003A\n300|opportunity|006A\n");
	report_by_user_email(columns(1), SLICE("dana@US.com"));
	CHECK_TEXT(answer(), "400\n");
}

static void test_a_phone_is_found_however_it_is_written(void)
{
	report_by_phone(columns(2), SLICE("4155550132"), 10);
	CHECK_TEXT(answer(), "100|+1 (415) 555-0132\n");
	report_by_phone(columns(1), SLICE("4155550100"), 10);
	CHECK_TEXT(answer(), "200\n");
	report_by_phone(columns(1), SLICE("9999999999"), 10);
	CHECK_TEXT(answer(), "");
}

static void test_links_tell_key_and_value(void)
{
	report_links(columns(9), 100, 100);
	CHECK_TEXT(answer(), "2|contact|003A|101|100|4|joe@acme.com|policy|1000000\n");
	report_relations(columns(5), 100);
	CHECK_TEXT(answer(), "11||||\n12|400|Dana Field|200|Acme\n");
}

static void test_what_went_into_an_entity_is_told_with_it(void)
{
	report_pushes(columns(7), 100, 20);
	CHECK_TEXT(answer(), "8000000|2|contact|003A|update|done|{\"Title\": [\"a\", \"b\"]}\n");
	report_alerts(columns(1), 100, 20);
	CHECK_TEXT(answer(), "500\n");
	report_alerts(columns(1), 103, 20);
	CHECK_TEXT(answer(), "");
	report_alerts(columns(1), 0, 20);
	CHECK_TEXT(answer(), "500\n");
}

static void test_activities_are_found_by_record_and_by_address(void)
{
	report_activities(columns(4), 100, 20);
	CHECK_TEXT(answer(), "6000000|1|download|Book\n5000000|1|form|Paper\n");
}

static void test_opportunities_come_by_role_before_account(void)
{
	report_opportunities(columns(12), 100, 20);
	CHECK_TEXT(answer(), "300|Platform|Quote|10.00|f|f|400|Dana Field|2|opportunity|006A|role\n"
	                     "301|Old|Lost|1|t|f|||2|opportunity|006B|account\n");
	report_people(columns(2), 300, 20);
	CHECK_TEXT(answer(), "100|Joe Smith\n");
}

static void test_marks_and_parked_things_of_one_entity(void)
{
	static const int64_t connectors[] = { 1, 2 };

	report_marks(columns(2), 100, connectors, 2);
	CHECK_TEXT(answer(), "2|0\n");
	report_parked_of(columns(3), 100, 10);
	CHECK_TEXT(answer(), "603|2|push\n");
	report_marked(columns(2), 2, 1);
	CHECK_TEXT(answer(), "2|1\n");
}

static void test_entities_are_walked_in_order(void)
{
	report_entities(columns(1), 2, 0, 1);
	CHECK_TEXT(answer(), "100\n");
	report_entities(columns(1), 2, 100, 10);
	CHECK_TEXT(answer(), "103\n");
	report_entities(columns(1), 0, 100, 10);
	CHECK_TEXT(answer(), "200\n300\n301\n");
}

/* ---- Orders ---- */

static void add_run(int64_t run_id, const char *stream, const char *id)
{
	const struct order_run run = {
		.run_id = run_id,
		.connector_id = 1,
		.stream = slice_of(stream),
		.id = slice_of(id),
		.actor = "root",
		.request = id ? SLICE("{\"id\": \"17\"}") : SLICE("{\"full\": true}"),
	};

	n_columns = 3;
	order_run(&store, &run, over, NULL);
	(void)answer();
}

static void test_a_second_run_of_the_same_is_refused(void)
{
	add_run(801, "contact", NULL);
	CHECK_TEXT(text, "");
	add_run(802, "contact", NULL);
	CHECK_TEXT(text, "801|contact|queued\n");
	add_run(803, NULL, NULL);
	CHECK_TEXT(text, "801|contact|queued\n");
	add_run(804, "company", NULL);
	CHECK_TEXT(text, "");
	add_run(805, "contact", "17");
	CHECK_TEXT(text, "");
	report_runs(columns(5), 0, 10);
	CHECK_TEXT(answer(),
	           "805|1|contact|resync|queued\n804|1|company|resync|queued\n801|1|contact|resync|queued\n");
	report_runs(columns(1), 804, 1);
	CHECK_TEXT(answer(), "804\n");
}

static void test_a_total_is_noted(void)
{
	const struct order_run run = { .run_id = 801, .connector_id = 1, .stream = SLICE("contact") };

	order_run_total(pg, &run);
	CHECK_TEXT(value("SELECT request->>'total' FROM run WHERE run_id = 801"), "1\n");
}

static void test_a_run_is_cancelled_once(void)
{
	n_columns = 2;
	order_cancel(&store, 801, over, NULL);
	CHECK_TEXT(answer(), "queued|t\n");
	order_cancel(&store, 801, over, NULL);
	CHECK_TEXT(answer(), "cancelled|f\n");
	order_cancel(&store, 999, over, NULL);
	CHECK_TEXT(answer(), "");
}

static void test_a_pause_is_kept(void)
{
	order_pause(&store, 1, true, over, NULL);
	(void)answer();
	CHECK_TEXT(value("SELECT string_agg(name, ',') FROM connector WHERE is_paused"), "ma\n");
}

static void test_a_retry_begins_each_kind_anew(void)
{
	static const int64_t ids[] = { 601, 603, 604, 605 };
	struct order_retried retried = { .done = over };

	sql("DELETE FROM dirty");
	order_retry(&store, ids, 4, &retried);
	(void)answer();
	CHECK_INT(retried.reads, 1);
	CHECK_INT(retried.pushes, 1);
	CHECK_INT(retried.alerts, 1);
	CHECK_INT(retried.hooks, 1);
	CHECK_TEXT(value("SELECT parked_id FROM parked"), "602\n");
	CHECK_TEXT(value("SELECT concat_ws(',', object, external_id, verb) FROM hook_event WHERE event_key = "
	                 "601 AND done_at IS NULL"),
	           "contact,18,0\n");
	CHECK_TEXT(value("SELECT attempts FROM hook_event WHERE event_id = 700 AND done_at IS NULL"), "0\n");
	CHECK_TEXT(value("SELECT concat_ws(',', connector_id, entity_id, entity) FROM dirty"), "2,100,0\n");
	CHECK_TEXT(value("SELECT state FROM alert"), "due\n");
}

static void test_what_is_dropped_is_gone(void)
{
	static const int64_t ids[] = { 602 };

	n_columns = 0;
	order_drop(&store, ids, 1, over, NULL);
	(void)answer();
	CHECK_TEXT(value("SELECT count(*) FROM parked"), "0\n");
}

static void begin(void)
{
	const struct pg_options options = { .conninfo = postgres_conninfo(),
		                            .application_name = "test",
		                            .prepare = true };

	loop = loop_new();
	pg = pg_new(loop, &options);
	store = (struct store){ .loop = loop, .quick = pg };
	migrate(pg, clock_wall_us(), over, NULL);
	(void)answer();
	sql(seed);
}

int main(void)
{
	begin();
	RUN(test_backlog_counts_what_waits);
	RUN(test_same_reasons_are_one_row);
	RUN(test_parked_things_are_listed_by_id);
	RUN(test_an_old_id_leads_to_where_it_went);
	RUN(test_keys_and_records_lead_to_their_entity);
	RUN(test_a_phone_is_found_however_it_is_written);
	RUN(test_links_tell_key_and_value);
	RUN(test_what_went_into_an_entity_is_told_with_it);
	RUN(test_activities_are_found_by_record_and_by_address);
	RUN(test_opportunities_come_by_role_before_account);
	RUN(test_marks_and_parked_things_of_one_entity);
	RUN(test_entities_are_walked_in_order);
	RUN(test_a_second_run_of_the_same_is_refused);
	RUN(test_a_total_is_noted);
	RUN(test_a_run_is_cancelled_once);
	RUN(test_a_pause_is_kept);
	RUN(test_a_retry_begins_each_kind_anew);
	RUN(test_what_is_dropped_is_gone);
	pg_free(pg);
	loop_free(loop);
	return tap_done();
}
