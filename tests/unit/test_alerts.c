/* SPDX-License-Identifier: Apache-2.0 */
#include "alerts.h"

#include "alert_send.h"
#include "clock.h"
#include "key.h"
#include "lease.h"
#include "postgres.h"
#include "shop.h"

/*
 * Alerts on a real store, with the rest of the engine played here: two systems, sfa (takes tasks) and ma
 * (does not), whose answers the cases write.
 */
static struct folder folder;
static struct engine engine;
static struct instance sfa, ma, *instances[] = { &sfa, &ma };
static struct connector_ops task_ops;
static struct error last_error;

/* ---- The engine
 * ----------------------------------------------------------------------------------------------- */

struct instance *engine_instance(struct engine *of, const char *name)
{
	for (size_t i = 0; i < of->n_instances; i++)
		if (strcmp(of->instances[i]->name, name) == 0)
			return of->instances[i];
	return NULL;
}

struct store_connector *instance_store(const struct instance *instance)
{
	return store_connector(&instance->engine->store, instance->name);
}

bool instance_is_ours(const struct instance *instance)
{
	return instance_store(instance)->epoch != 0;
}

/* What the remote answers, in order; then all is well. */
static enum error_kind script[8];
static size_t n_script, script_at;
static bool finds, never_answers;
static struct notice sent[8]; /* texts are copied */
static char sent_text[8][5][512];
static size_t n_sent;
static struct task call_task;
static struct remote_call *call_waiting;

static void answer_call(struct task *task UNUSED)
{
	struct remote_call *call = call_waiting;
	struct error err = { 0 };

	call_waiting = NULL;
	enum next next = call->ask(call, &err);
	if (next == NEXT_REQUEST && script_at < n_script && script[script_at++] != ERROR_NONE)
		(void)fail(&err, script[script_at - 1], "scripted");
	if (next == NEXT_REQUEST && !err.kind)
		call->done(call, &(struct http_response){ .status = 200 }, NULL);
	else
		call->done(call, NULL, err.kind ? &err : NULL);
}

void remote_call_start(struct remote_call *call)
{
	call_waiting = call;
	if (!never_answers)
		task_queue(engine.loop, &call_task);
}

void remote_call_cancel(struct remote_call *call)
{
	if (call_waiting == call)
		call_waiting = NULL;
}

static enum next task_ask(struct notice *notice, struct http_request *request UNUSED,
                          struct error *err UNUSED)
{
	if (notice->outcome != OUTCOME_PENDING)
		return NEXT_DONE;
	char(*text)[512] = sent_text[n_sent % 8];
	const char *const from[] = { notice->subject, notice->body, notice->owner_id.data,
		                     notice->person_id.data, notice->opportunity_id.data };
	for (size_t i = 0; i < 5; i++)
		(void)snprintf(text[i], sizeof(text[i]), "%s", from[i] ? from[i] : "");
	sent[n_sent++ % 8] = *notice;
	return NEXT_REQUEST;
}

static bool task_read(struct notice *notice, const struct http_response *response UNUSED,
                      struct error *err UNUSED)
{
	notice->outcome = !notice->find ? OUTCOME_DONE : finds ? OUTCOME_FOUND : OUTCOME_GONE;
	notice->remote_id = SLICE("T1");
	return true;
}

/* ---- The store
 * ------------------------------------------------------------------------------------------------ */

static char result_text[8192];

static void stop_on(const struct error *err)
{
	last_error = err ? *err : (struct error){ 0 };
	loop_stop(engine.loop);
}

static void pg_over(void *owner UNUSED, const struct pg_result *result, const struct error *err)
{
	size_t used = 0;

	result_text[0] = '\0';
	for (size_t row = 0; !err && result && row < result->n_rows; row++)
		used += (size_t)snprintf(result_text + used, sizeof(result_text) - used, "%s%.*s",
		                         row ? "\n" : "", SLICE_ARGS(pg_text(result, row, 0)));
	stop_on(err);
}

static const char *ask(const char *sql)
{
	pg_exec(engine.store.quick, sql, pg_over, NULL);
	loop_run(engine.loop);
	CHECK_TEXT(last_error.text, "");
	return result_text;
}

static void run_script(const char *sql)
{
	pg_script(engine.store.quick, sql, pg_over, NULL);
	loop_run(engine.loop);
	CHECK_TEXT(last_error.text, "");
}

static void on_nap(struct timer *timer UNUSED)
{
	loop_stop(engine.loop);
}

static void nap(int64_t us)
{
	struct timer timer = { .expired = on_nap, .name = "nap" };

	timer_start(engine.loop, &timer, us);
	loop_run(engine.loop);
}

/* Wakes the alerts and waits until a statement says so. */
static void until(const char *sql, const char *want)
{
	alerts_wake(engine.alerts);
	for (int i = 0; i < 250 && strcmp(ask(sql), want) != 0; i++)
		nap(10000);
	CHECK_TEXT(result_text, want);
}

static void opened(struct store *store UNUSED, const struct error *err)
{
	stop_on(err);
}

static void changed(struct store *store UNUSED)
{
}

static void instance_begin(struct instance *instance, const char *name)
{
	*instance = (struct instance){ .engine = &engine,
		                       .name = name,
		                       .config = config_connector(folder.config, name),
		                       .log = { &engine.log, "connector", name } };
}

static struct connector_config *config_of(const char *name)
{
	return (struct connector_config *)config_connector(folder.config, name);
}

static void open_all(void)
{
	folder_begin(&folder);
	folder_write(&folder, "tandem.yaml", "");
	folder_write(&folder, "token", "secret\n");
	folder_write(&folder, "connectors.d/sfa.yaml",
	             "module: shop\nrole: sfa\nmode: apply\nbase_url: https://shop.example\n"
	             "auth: {user: u, token: {file: token}}\n");
	folder_write(&folder, "connectors.d/ma.yaml", "module: mail\nrole: ma\nmode: apply\n");
	folder_write(&folder, "policy.yaml",
	             "alerts: [{name: interest, activities: [form, download], fold: 10m, max_age: 1d}]\n");
	CHECK_TEXT(folder_load(&folder), "");
	folder.config->store = postgres_conninfo();
	task_ops = shop_connector;
	task_ops.notice_ask = task_ask;
	task_ops.notice_read = task_read;
	config_of("sfa")->ops = &task_ops;
	call_task.run = answer_call;
	engine = (struct engine){
		.loop = loop_new(), .config = folder.config, .instances = instances, .n_instances = 2
	};
	instance_begin(&sfa, "sfa");
	instance_begin(&ma, "ma");
	engine.store = (struct store){ .loop = engine.loop,
		                       .config = folder.config,
		                       .holder = "test",
		                       .opened = opened,
		                       .changed = changed };
	store_open(&engine.store);
	loop_run(engine.loop);
	CHECK_TEXT(last_error.text, "");
	leases_take(&engine.store, pg_over, NULL);
	loop_run(engine.loop);
	CHECK_TEXT(last_error.text, "");
	engine.is_ready = true;
}

static void close_all(void)
{
	store_close(&engine.store);
	loop_free(engine.loop);
	folder_end(&folder);
}

/*
 * The world of every case: Dana and Bob are reps of sfa; Joe is a contact at Acme and a contact of the
 * mailer. Dana owns opportunity 31, on which Joe has a role; Bob owns opportunity 32, the account and Joe's
 * contact record.
 */
#define RECORD                                                                                               \
	"INSERT INTO source_record (src_key, connector_id, entity, object, external_id, entity_id, "         \
	"owner_key, account_key,"                                                                            \
	" remote_modified_at, content_hash, seen_at, payload) SELECT k, (SELECT connector_id FROM "          \
	"connector WHERE name = c),"                                                                         \
	" e, o, x, i, w, a, '2026-01-01'::timestamptz + m * interval '1 day', 0, '2026-01-01', '{}' FROM "   \
	"(VALUES "

static const char *const world =
        "TRUNCATE source_record, identity_key, person, account, opportunity, app_user, opp_role, parked, "
        "alert_candidate, alert,"
        " alert_activity;" RECORD "(101, 'sfa', 3, 'user', 'U-dana', 1, NULL::bigint, NULL::bigint, 1), "
                                  "(102, 'sfa', 3, 'user', 'U-bob', 2, NULL, NULL, 1),"
        " (103, 'ma', 3, 'user', 'M-dana', 3, NULL, NULL, 1),"
        " (111, 'sfa', 0, 'contact', 'C-joe', 11, 102, 121, 2), (112, 'ma', 0, 'contact', 'M-joe', 11, NULL, "
        "NULL, 9),"
        " (113, 'sfa', 0, 'lead', 'L-joe', 11, NULL, NULL, 5),"
        " (121, 'sfa', 1, 'account', 'A-acme', 21, 102, NULL, 1),"
        " (131, 'sfa', 2, 'deal', 'O-31', 31, 101, NULL, 1), (132, 'sfa', 2, 'deal', 'O-32', 32, 102, 121, 8)"
        ") r (k, c, e, o, x, i, w, a, m);"
        "INSERT INTO app_user (user_id, email, first_name, last_name, is_active, n_sources, updated_at) "
        "VALUES"
        " (1, 'dana@us.example', 'Dana', 'Field', 'true', 1, '2026-01-01'), (2, 'bob@us.example', 'Bob', "
        "'Bench', NULL, 1, '2026-01-01'),"
        " (3, 'Dana@us.example', 'Dana', 'F.', NULL, 1, '2026-01-01');"
        "INSERT INTO person (person_id, email, first_name, last_name, phone, n_sources, updated_at) VALUES"
        " (11, 'joe.smith@acme.com', 'Joe', 'Smith', '+1 555', 3, '2026-01-01');"
        "INSERT INTO account (account_id, name, n_sources, updated_at) VALUES (21, 'Acme Inc.', 1, "
        "'2026-01-01');"
        "INSERT INTO opportunity (opportunity_id, name, is_closed, n_sources, updated_at) VALUES"
        " (31, 'Platform', 'false', 1, '2026-01-01'), (32, 'Support', NULL, 1, '2026-01-01');"
        "INSERT INTO opp_role (person_key, opportunity_key) VALUES (111, 131);";

static void begin(void)
{
	if (engine.alerts) { /* nothing of the case before is under way */
		for (int i = 0; i < 250 && alerts_are_busy(engine.alerts); i++)
			nap(10000);
		nap(30000);
		alerts_free(engine.alerts);
	}
	n_script = script_at = n_sent = 0;
	finds = never_answers = false;
	sfa.is_paused = false;
	config_of("sfa")->mode = MODE_APPLY;
	folder.config->policy.fallback_owner = "";
	folder.config->policy.alerts[0].channel = "";
	folder.config->policy.alerts[0].only_open_opportunity = false;
	run_script(world);
	engine.alerts = alerts_new(&engine);
}

/* An activity of Joe's record at the mailer. */
static void did(int64_t key, const char *kind, const char *title, int minutes_ago)
{
	char sql[1024];

	(void)snprintf(sql, sizeof(sql),
	               "INSERT INTO alert_candidate (activity_key, subject_key, subject_is_email, "
	               "connector_id, kind, title, occurred_at,"
	               " seen_at, due_at) SELECT %lld, 112, false, connector_id, '%s', '%s', now() - %d * "
	               "interval '1 minute', now(), now()"
	               " FROM connector WHERE name = 'ma'",
	               (long long)key, kind, title, minutes_ago);
	run_script(sql);
}

#define STATE                                                                                                \
	"SELECT string_agg(state || ' ' || coalesce(user_id, 0) || ' ' || step || ' ' || n_activities, ',' " \
	"ORDER BY alert_id) FROM alert"

/* ---- Who is told
 * ---------------------------------------------------------------------------------------------- */

static void test_role_goes_before_account(void)
{
	begin();
	did(1, "form", "Pricing paper", 1);
	until(STATE, "sent 1 opportunity_role 1");
	CHECK_INT(n_sent, 1);
	CHECK_TEXT(sent_text[0][0], "Joe Smith (Acme Inc.) downloaded “Pricing paper”");
	CHECK(strstr(sent_text[0][1], "Why you: Dana Field owns the open opportunity “Platform”") != NULL);
	CHECK_TEXT(sent_text[0][2], "U-dana");
	CHECK_TEXT(sent_text[0][3], "C-joe");
	CHECK_TEXT(sent_text[0][4], "O-31");
	CHECK(!sent[0].find);
	CHECK_TEXT(ask("SELECT count(*) FROM alert_candidate"), "0");
	CHECK_TEXT(ask("SELECT idem_key || ' ' || opportunity_id || ' ' || remote_id || ' ' || is_uncertain "
	               "|| ' ' || (sent_at IS NOT NULL)"
	               " || ' ' || coalesce(error, '-') || ' ' || attempts || ' ' || (about ->> 'owner') "
	               "FROM alert"),
	           "interest/11/1 31 T1 false true - 1 U-dana");
	CHECK_TEXT(ask("SELECT activity_key || kind || title FROM alert_activity"), "1formPricing paper");
}

static void test_inactive_owner_is_skipped_and_said(void)
{
	begin();
	run_script("UPDATE app_user SET is_active = 'false' WHERE user_id IN (1, 3)");
	did(1, "form", "Demo", 1);
	until(STATE, "sent 2 opportunity_account 1");
	CHECK_TEXT(sent_text[0][2], "U-bob");
	CHECK(strstr(ask("SELECT why FROM alert"), "Dana Field") && strstr(result_text, "is not active"));
}

static void test_closed_and_deleted_opportunities_do_not_count(void)
{
	begin();
	run_script("UPDATE opportunity SET is_closed = 'true' WHERE opportunity_id = 31;"
	           "UPDATE source_record SET deleted = true WHERE src_key = 132");
	did(1, "form", "Demo", 1);
	until(STATE, "sent 2 account 1");
	CHECK_TEXT(ask("SELECT coalesce(opportunity_id, 0) FROM alert"), "0");
}

static void test_account_by_the_domain_of_the_address(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);
	struct hash128 key = key_domain(arena, engine.store.secret, SLICE("acme.com")).hash;
	char sql[512];

	begin();
	(void)snprintf(sql, sizeof(sql),
	               "DELETE FROM opp_role; UPDATE source_record SET account_key = NULL WHERE src_key = "
	               "111; INSERT INTO identity_key"
	               " VALUES (%lld, 8, %lld, 21, 121)",
	               (long long)key.low, (long long)key.high);
	run_script(sql);
	did(1, "form", "Demo", 1);
	until(STATE, "sent 2 opportunity_account 1");
	CHECK(strstr(sent_text[0][0], "(Acme Inc.)") != NULL);
}

static void test_owner_of_the_record_comes_last(void)
{
	begin();
	run_script("DELETE FROM opp_role; DELETE FROM source_record WHERE src_key IN (121, 131, 132)");
	did(1, "form", "Demo", 1);
	until(STATE, "sent 2 record 1");
	CHECK_TEXT(ask("SELECT why FROM alert"), "Bob Bench owns the contact in sfa");
}

static void test_owner_in_the_mailer_is_told_where_he_has_a_user(void)
{
	begin();
	run_script("DELETE FROM opp_role; DELETE FROM source_record WHERE src_key IN (121, 131, 132);"
	           "UPDATE source_record SET owner_key = NULL WHERE src_key = 111; UPDATE source_record SET "
	           "owner_key = 103 WHERE src_key = 112");
	did(1, "form", "Demo", 1);
	until(STATE, "sent 3 record 1");
	CHECK_TEXT(sent_text[0][2], "U-dana");
}

static void test_owner_without_a_user_there_is_passed_over(void)
{
	begin();
	run_script("DELETE FROM opp_role; DELETE FROM source_record WHERE src_key IN (121, 131, 132);"
	           "UPDATE source_record SET owner_key = 103 WHERE src_key = 112; UPDATE app_user SET email "
	           "= 'x@us.example' WHERE user_id = 3");
	did(1, "form", "Demo", 1);
	until(STATE, "sent 2 record 1");
	CHECK(strstr(ask("SELECT why FROM alert"),
	             "Dana F., who owns the contact in ma, has no user in a system that takes tasks"));
}

static void test_opportunities_of_the_mailer_count_only_without_others(void)
{
	begin();
	run_script("UPDATE source_record SET connector_id = (SELECT connector_id FROM connector WHERE name = "
	           "'ma'), owner_key = 103"
	           " WHERE src_key = 131");
	did(1, "form", "Demo", 1);
	until(STATE, "sent 2 opportunity_account 1");
	run_script("DELETE FROM source_record WHERE src_key = 132");
	did(2, "form", "Demo", 100);
	until(STATE, "sent 2 opportunity_account 1,sent 3 opportunity_role 1");
	CHECK_TEXT(sent_text[1][2], "U-dana");
}

static void test_person_of_an_address_and_of_a_merge(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);
	struct hash128 key = key_email(arena, engine.store.secret, SLICE("joe.smith@acme.com")).hash;
	char sql[1024];

	begin();
	(void)snprintf(sql, sizeof(sql),
	               "INSERT INTO person (person_id, merged_into, n_sources, updated_at) VALUES (12, 11, "
	               "0, '2026-01-01');"
	               "INSERT INTO identity_key VALUES (%lld, 4, %lld, 12, 112), (77, 4, 5, 11, 112);"
	               "INSERT INTO alert_candidate (activity_key, subject_key, subject_is_email, "
	               "subject_email, connector_id, kind,"
	               " occurred_at, seen_at, due_at) VALUES (1, %lld, true, 'joe.smith@acme.com', 1, "
	               "'form', now(), now(), now()),"
	               " (2, 77, true, 'joe.smith@acme.com', 1, 'form', now(), now(), now())",
	               (long long)key.low, (long long)key.high, (long long)key.low);
	run_script(sql);
	until(STATE, "sent 1 opportunity_role 1");
	CHECK_TEXT(ask("SELECT activity_key || ' ' || attempts FROM alert_candidate"),
	           "2 1"); /* 64 bits alone prove nothing */
}

static void test_nobody_is_parked_then_fallback(void)
{
	begin();
	run_script("UPDATE app_user SET is_active = 'false'");
	did(1, "form", "Demo", 1);
	until(STATE, "nobody 0 nobody 1");
	CHECK_TEXT(ask("SELECT p.kind || ' ' || (p.ref = a.alert_id) || ' ' || (p.reason = a.why) || ' ' || "
	               "(a.error = a.why)"
	               " FROM parked p, alert a"),
	           "alert true true true");
	run_script("INSERT INTO app_user (user_id, email, last_name, n_sources, updated_at) VALUES (9, "
	           "'Boss@us.example', 'Boss', 1,"
	           " '2026-01-01'); " RECORD "(109, 'sfa', 3, 'user', 'U-boss', 9, NULL::bigint, "
	                                     "NULL::bigint, 1)) r (k, c, e, o, x, i, w, a, m);"
	           "UPDATE alert SET state = 'due'");
	folder.config->policy.fallback_owner = "boss@US.example";
	until(STATE, "sent 9 fallback 1"); /* retried by hand: routed again */
	CHECK_TEXT(sent_text[0][2], "U-boss");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_rule_for_open_opportunities_alone(void)
{
	begin();
	folder.config->policy.alerts[0].only_open_opportunity = true;
	run_script("UPDATE opportunity SET is_closed = 'true'");
	did(1, "form", "Demo", 1);
	until(STATE, "nobody 0 nobody 1");
	CHECK_INT(n_sent, 0);
}

/* ---- Candidates
 * ----------------------------------------------------------------------------------------------- */

static void test_unknown_person_waits_then_is_parked(void)
{
	begin();
	did(1, "form", "Demo", 1);
	run_script("UPDATE alert_candidate SET subject_key = 999");
	until("SELECT attempts || ' ' || (due_at BETWEEN now() AND now() + interval '2 seconds') FROM "
	      "alert_candidate",
	      "1 true");
	run_script("UPDATE alert_candidate SET due_at = now(), occurred_at = now() - interval '2 days'");
	until("SELECT count(*) FROM alert_candidate", "0");
	CHECK_TEXT(ask("SELECT kind || ' ' || object || ' ' || ref FROM parked"), "alert form 1");
	CHECK_TEXT(ask("SELECT count(*) FROM alert"), "0");
}

static void test_known_later_is_told(void)
{
	begin();
	did(1, "form", "Demo", 1);
	run_script("UPDATE source_record SET src_key = 999 WHERE src_key = 112");
	until("SELECT attempts FROM alert_candidate", "1");
	run_script("UPDATE source_record SET src_key = 112 WHERE src_key = 999");
	until(STATE, "sent 1 opportunity_role 1"); /* by the timer: due again 2 s later */
}

static void test_old_and_unruled_activities_end(void)
{
	begin();
	did(1, "form", "Demo", 3000);
	did(2, "page_view", "Demo", 1);
	until("SELECT count(*) FROM alert_candidate", "0");
	CHECK_TEXT(ask("SELECT count(*) FROM alert"), "0");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_burst_is_one_alert(void)
{
	begin();
	did(1, "form", "A", 3);
	did(2, "form", "B", 2);
	did(3, "download", "C", 1);
	until(STATE, "sent 1 opportunity_role 3");
	CHECK_INT(n_sent, 1);
	CHECK_TEXT(sent_text[0][0], "Joe Smith (Acme Inc.): 3 activities");
	did(4, "form", "D", 0);
	until(STATE, "sent 1 opportunity_role 4");
	did(5, "form", "E", -30);
	until(STATE, "sent 1 opportunity_role 4,sent 1 opportunity_role 1");
	CHECK_INT(n_sent, 2);
}

/* ---- Sending
 * -------------------------------------------------------------------------------------------------- */

static void test_observed_system_gets_nothing_and_says_why(void)
{
	begin();
	config_of("sfa")->mode = MODE_OBSERVE;
	did(1, "form", "A", 2);
	until("SELECT state || ' ' || error FROM alert", "due connector is in mode observe");
	did(2, "form", "B", 1);
	until(STATE, "due 1 opportunity_role 2");
	CHECK_TEXT(ask("SELECT subject FROM alert"), "Joe Smith (Acme Inc.): 2 activities");
	CHECK(strstr(ask("SELECT body FROM alert"), "Why you: Dana Field owns") != NULL);
	CHECK_INT(n_sent, 0);
	config_of("sfa")->mode = MODE_APPLY;
	alerts_reconfigure(engine.alerts);
	until(STATE, "sent 1 opportunity_role 2");
	CHECK_INT(n_sent, 1);
	CHECK_TEXT(sent_text[0][0], "Joe Smith (Acme Inc.): 2 activities");
}

static void test_owner_gone_meanwhile_is_routed_again(void)
{
	begin();
	sfa.is_paused = true;
	did(1, "form", "A", 2);
	until("SELECT state || ' ' || user_id || ' ' || coalesce(error, '') FROM alert",
	      "due 1 connector is paused");
	run_script("UPDATE app_user SET is_active = 'false' WHERE user_id IN (1, 3)");
	sfa.is_paused = false;
	until(STATE, "sent 2 opportunity_account 1");
	CHECK_INT(n_sent, 1);
	CHECK_TEXT(sent_text[0][2], "U-bob");
	CHECK(strstr(sent_text[0][1], "Why you: Bob Bench owns") != NULL);
}

static void test_alerts_too_old_are_not_sent(void)
{
	begin();
	sfa.is_paused = true;
	did(1, "form", "A", 2);
	until("SELECT state FROM alert", "due");
	run_script("UPDATE alert SET last_activity_at = now() - interval '8 days'");
	sfa.is_paused = false;
	until("SELECT state FROM alert", "failed");
	CHECK_INT(n_sent, 0);
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void soon(void)
{
	run_script("UPDATE alert SET due_at = now() WHERE state = 'due'");
}

static void test_unknown_outcome_is_looked_up_before_a_second_try(void)
{
	begin();
	script[n_script++] = ERROR_UNCERTAIN;
	did(1, "form", "A", 2);
	until("SELECT state || ' ' || is_uncertain || ' ' || (due_at > now() + interval '8 seconds') FROM "
	      "alert",
	      "due true true");
	CHECK_INT(n_sent, 1);
	/* What was linked meanwhile does not change whom it is looked for with. */
	run_script("UPDATE app_user SET is_active = 'false' WHERE user_id IN (1, 3); UPDATE source_record "
	           "SET external_id = 'C-new' WHERE src_key = 111");
	finds = true;
	soon();
	until("SELECT state || ' ' || is_uncertain || ' ' || remote_id FROM alert", "sent false T1");
	CHECK_INT(n_sent, 2);
	CHECK(!sent[0].find && sent[1].find);
	CHECK_TEXT(sent_text[1][2], "U-dana");
	CHECK_TEXT(sent_text[1][3], "C-joe");
	CHECK_INT(sent[1].due_us, sent[0].due_us);
}

static void test_not_found_is_made_again_for_who_owns_it_now(void)
{
	begin();
	script[n_script++] = ERROR_UNCERTAIN;
	did(1, "form", "A", 2);
	until("SELECT state || ' ' || is_uncertain FROM alert", "due true");
	run_script("UPDATE app_user SET is_active = 'false' WHERE user_id IN (1, 3)");
	soon();
	until(STATE, "sent 2 opportunity_account 1");
	CHECK_INT(n_sent, 3);
	CHECK(sent[1].find && !sent[2].find);
	CHECK_TEXT(sent_text[2][2], "U-bob");
}

static void test_failed_search_stays_uncertain(void)
{
	begin();
	script[n_script++] = ERROR_UNCERTAIN;
	script[n_script++] = ERROR_TRANSIENT;
	did(1, "form", "A", 2);
	until("SELECT state || ' ' || is_uncertain FROM alert", "due true");
	soon();
	until("SELECT state || ' ' || is_uncertain || ' ' || attempts FROM alert", "due true 2");
	CHECK(sent[1].find);
	script[n_script++] = ERROR_REFUSED;
	soon();
	until("SELECT state || ' ' || is_uncertain || ' ' || attempts FROM alert", "failed true 3");
	CHECK(strstr(ask("SELECT reason FROM parked"), "cannot be looked for") != NULL);
	CHECK_INT(n_sent, 3);
}

static void test_transient_failure_is_tried_again_without_a_search(void)
{
	begin();
	script[n_script++] = ERROR_TRANSIENT;
	did(1, "form", "A", 2);
	until("SELECT state || ' ' || is_uncertain || ' ' || error || ' ' || (due_at BETWEEN now() AND now() "
	      "+ interval '5 s') FROM alert",
	      "due false scripted true");
	soon();
	until("SELECT state || ' ' || coalesce(error, '-') FROM alert", "sent -");
	CHECK(!sent[1].find);
}

static void test_refused_task_is_parked_until_it_goes_through(void)
{
	begin();
	script[n_script++] = ERROR_RECORD;
	did(1, "form", "A", 2);
	until("SELECT state || ' ' || error FROM alert", "failed scripted");
	CHECK_TEXT(
	        ask("SELECT p.kind || ' ' || p.reason || ' ' || (p.ref = a.alert_id) FROM parked p, alert a"),
	        "alert scripted true");
	run_script("UPDATE alert SET state = 'due'");
	until("SELECT state FROM alert", "sent");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_alert_of_a_dead_daemon_is_looked_for(void)
{
	begin();
	never_answers = true;
	did(1, "form", "A", 2);
	until("SELECT state || ' ' || is_uncertain FROM alert", "sending true");
	CHECK(alerts_are_busy(engine.alerts));
	alerts_free(engine.alerts); /* and everything it knew */
	never_answers = false;
	finds = true;
	engine.alerts = alerts_new(&engine);
	n_sent = 0;
	until("SELECT state || ' ' || remote_id FROM alert", "sent T1");
	CHECK_INT(n_sent, 1);
	CHECK(sent[0].find);
}

static void test_cancelled_instance_resumes_by_looking(void)
{
	begin();
	never_answers = true;
	did(1, "form", "A", 2);
	until("SELECT state FROM alert", "sending");
	never_answers = false;
	finds = true;
	alerts_cancel(engine.alerts, &sfa);
	CHECK(!alerts_are_busy(engine.alerts));
	alerts_cancel(engine.alerts, &sfa);
	alerts_cancel(NULL, &sfa);
	until("SELECT state FROM alert", "sent");
	CHECK(sent[n_sent - 1].find);
}

static void test_stolen_lease_stops_the_claim(void)
{
	begin();
	run_script("UPDATE lease SET epoch = epoch + 1");
	did(1, "form", "A", 2);
	until("SELECT state FROM alert", "due");
	nap(200000);
	CHECK_INT(n_sent, 0);
	CHECK_TEXT(ask("SELECT state || attempts FROM alert"), "due0");
	run_script("UPDATE lease SET epoch = epoch - 1");
	until("SELECT state FROM alert", "sent");
}

static void test_repeated_decision_tells_nothing_twice(void)
{
	begin();
	did(1, "form", "A", 2);
	until("SELECT state FROM alert", "sent");
	did(1, "form", "A", 2); /* the same activity, should it ever come back */
	until("SELECT count(*) FROM alert_candidate", "0");
	nap(100000);
	CHECK_TEXT(ask("SELECT count(*) || ' ' || sum(n_activities) FROM alert"), "1 1");
	CHECK_INT(n_sent, 1);
}

static void test_many_people_at_once(void)
{
	begin();
	run_script("INSERT INTO person (person_id, last_name, n_sources, updated_at) SELECT 1000 + g, 'P' || "
	           "g, 1, '2026-01-01'"
	           " FROM generate_series(1, 1200) g;"
	           "INSERT INTO source_record (src_key, connector_id, entity, object, external_id, "
	           "entity_id, owner_key, account_key,"
	           " content_hash, seen_at, payload) SELECT 10000 + g, 2, 0, 'contact', 'C' || g, 1000 + g, "
	           "102, 121, 0, '2026-01-01', '{}'"
	           " FROM generate_series(1, 1200) g;"
	           "INSERT INTO alert_candidate (activity_key, subject_key, subject_is_email, connector_id, "
	           "kind, title, occurred_at,"
	           " seen_at, due_at) SELECT g, 10000 + g, false, 1, 'form', 'Demo', now(), now(), now() "
	           "FROM generate_series(1, 1200) g");
	config_of("sfa")->mode = MODE_OBSERVE;
	until("SELECT count(*) FROM alert WHERE state = 'due' AND user_id = 2 AND step = "
	      "'opportunity_account'",
	      "1200");
	CHECK_TEXT(ask("SELECT count(*) FROM alert_candidate"), "0");
}

int main(void)
{
	open_all();
	RUN(test_role_goes_before_account);
	RUN(test_inactive_owner_is_skipped_and_said);
	RUN(test_closed_and_deleted_opportunities_do_not_count);
	RUN(test_account_by_the_domain_of_the_address);
	RUN(test_owner_of_the_record_comes_last);
	RUN(test_owner_in_the_mailer_is_told_where_he_has_a_user);
	RUN(test_owner_without_a_user_there_is_passed_over);
	RUN(test_opportunities_of_the_mailer_count_only_without_others);
	RUN(test_person_of_an_address_and_of_a_merge);
	RUN(test_nobody_is_parked_then_fallback);
	RUN(test_rule_for_open_opportunities_alone);
	RUN(test_unknown_person_waits_then_is_parked);
	RUN(test_known_later_is_told);
	RUN(test_old_and_unruled_activities_end);
	RUN(test_burst_is_one_alert);
	RUN(test_observed_system_gets_nothing_and_says_why);
	RUN(test_owner_gone_meanwhile_is_routed_again);
	RUN(test_alerts_too_old_are_not_sent);
	RUN(test_unknown_outcome_is_looked_up_before_a_second_try);
	RUN(test_not_found_is_made_again_for_who_owns_it_now);
	RUN(test_failed_search_stays_uncertain);
	RUN(test_transient_failure_is_tried_again_without_a_search);
	RUN(test_refused_task_is_parked_until_it_goes_through);
	RUN(test_alert_of_a_dead_daemon_is_looked_for);
	RUN(test_cancelled_instance_resumes_by_looking);
	RUN(test_stolen_lease_stops_the_claim);
	RUN(test_repeated_decision_tells_nothing_twice);
	RUN(test_many_people_at_once);
	alerts_free(engine.alerts);
	close_all();
	return tap_done();
}
