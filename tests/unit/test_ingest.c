/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest.h"

#include "clock.h"
#include "dirty.h"
#include "hooks.h"
#include "lease.h"
#include "partition.h"
#include "postgres.h"
#include "shop.h"

/* A store on a real server, with two systems: sfa (module shop) and ma (module mail). */
static struct folder folder;
static struct loop *loop;
static struct store store;
static struct batch batch;
static struct error last_error;
static struct ingest_counts counts;
static int64_t stamp_us;

#define SFA "module: shop\nrole: sfa\nmode: apply\nbase_url: https://shop.example\nauth: {user: u, token: {file: token}}\n"
#define MA  "module: mail\nrole: ma\nmode: apply\ncreate: [contact]\n"

static void stop_on(const struct error *err)
{
	last_error = err ? *err : (struct error){ 0 };
	loop_stop(loop);
}

static void opened(struct store *opened_store, const struct error *err)
{
	(void)opened_store;
	stop_on(err);
}

static void changed(struct store *changed_store)
{
	(void)changed_store;
}

static char result_text[65536];

static void pg_over(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)owner;
	result_text[0] = '\0';
	size_t used = 0;
	for (size_t row = 0; !err && result && row < result->n_rows; row++)
		used += (size_t)snprintf(result_text + used, sizeof(result_text) - used, "%s%.*s", row ? "\n" : "",
					 SLICE_ARGS(pg_text(result, row, 0)));
	stop_on(err);
}

/* First column of a statement, rows joined by line ends. */
static const char *ask(const char *sql)
{
	pg_exec(store.quick, sql, pg_over, NULL);
	loop_run(loop);
	CHECK_TEXT(last_error.text, "");
	return result_text;
}

static void open_store(void)
{
	folder_begin(&folder);
	folder_write(&folder, "tandem.yaml", "");
	folder_write(&folder, "token", "secret\n");
	folder_write(&folder, "connectors.d/sfa.yaml", SFA);
	folder_write(&folder, "connectors.d/ma.yaml", MA);
	CHECK_TEXT(folder_load(&folder), "");
	folder.config->store = postgres_conninfo();
	loop = loop_new();
	store = (struct store){ .loop = loop, .config = folder.config, .holder = "test", .opened = opened, .changed = changed };
	store_open(&store);
	loop_run(loop);
	CHECK_TEXT(last_error.text, "");
	leases_take(&store, pg_over, NULL);
	loop_run(loop);
	CHECK_TEXT(last_error.text, "");
}

static void close_store(void)
{
	store_close(&store);
	loop_free(loop);
	folder_end(&folder);
}

static void empty_store(void)
{
	(void)ask("TRUNCATE source_record, identity_key, person, account, opportunity, app_user, campaign, opp_role, match_decision,"
		  " activity, dirty, parked, alert_candidate, push_log, hook_event");
}

static const struct stream_config *stream_of(const char *connector, const char *stream)
{
	const struct connector_config *config = config_connector(folder.config, connector);

	for (size_t i = 0; i < config->n_streams; i++)
		if (strcmp(config->streams[i].ops->name, stream) == 0)
			return &config->streams[i];
	return NULL;
}

static void ingested(struct ingest *ingest, const struct error *err)
{
	counts = ingest->counts;
	stop_on(err);
}

static const struct stream_config *filling;
static const char *filling_connector;

static void begin_batch(const char *connector, const char *stream)
{
	filling_connector = connector;
	filling = stream_of(connector, stream);
	batch_init(&batch, filling->n_map);
}

static struct record *add(const char *id, const char *field, const char *value)
{
	struct record *record = batch_find(&batch, filling->ops->name, slice_of(id));

	if (!record) {
		record = batch_add(&batch, filling->ops->name, filling->ops->entity, slice_of(id));
		record->modified_us = stamp_us += US_PER_S;
	}
	for (size_t i = 0; field && i < filling->n_map; i++)
		if (strcmp(filling->map[i].remote, field) == 0)
			batch_set(&batch, record, i, slice_of(value));
	return record;
}

static void store_batch(const char *cursor)
{
	struct ingest ingest = {
		.store = &store, .lane = &store.bulk, .config = folder.config, .batch = &batch, .cursor = cursor, .done = ingested,
		.connector = config_connector(folder.config, filling_connector), .stream = filling,
		.fields = filling->remote_fields, .n_fields = filling->n_map,
	};

	ingest_start(&ingest);
	loop_run(loop);
	batch_done(&batch);
}

/* One record of one stream, stored. */
static void put(const char *connector, const char *stream, const char *id, const char *field, const char *value)
{
	begin_batch(connector, stream);
	(void)add(id, field, value);
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
}

/* -- Cases -- */

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
	empty_store();
	put("sfa", "lead", "L1", "Mail", "Joe.Smith@acme.com");
	CHECK_INT(counts.created, 1);
	CHECK_TEXT(ask("SELECT email || ' ' || n_sources FROM person"), "Joe.Smith@acme.com 1");
	CHECK_TEXT(ask("SELECT object || ' ' || external_id || ' ' || (payload->>'Mail') FROM source_record"), "lead L1 Joe.Smith@acme.com");
	CHECK_TEXT(ask("SELECT count(*) FROM match_decision"), "0");
}

static void test_unchanged_record_stops_at_the_probe(void)
{
	empty_store();
	put("sfa", "lead", "L1", "Mail", "a@b.example");
	put("sfa", "lead", "L1", "Mail", "a@b.example");
	CHECK_INT(counts.unchanged, 1);
	CHECK_INT(counts.changed, 0);
	CHECK_TEXT(ask("SELECT version FROM person"), "1");
}

static void test_same_address_on_two_systems_is_one_person(void)
{
	empty_store();
	put("sfa", "lead", "L1", "Mail", "joe.smith@acme.com");
	put("ma", "contact", "77", "Email", "Joe.Smith+news@ACME.com");
	CHECK_INT(counts.linked, 1);
	CHECK_TEXT(ask("SELECT count(*) || ' ' || max(n_sources) FROM person WHERE merged_into IS NULL"), "1 2");
	CHECK_TEXT(ask("SELECT rule || ' ' || evidence FROM match_decision"), "4 joe.smith@acme.com");
}

static void test_same_address_twice_in_a_batch_is_one_person(void)
{
	empty_store();
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
	empty_store();
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
		empty_store();
		if (order == 0)
			put("sfa", "contact", "C9", "Title", "Boss");
		begin_batch("sfa", "lead");
		struct record *lead = add("L9", "Job", "Chief");
		batch_ref(&batch, lead, REF_SAME_AS, "contact", SLICE("C9"));
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
	empty_store();
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
	empty_store();
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
	empty_store();
	put("sfa", "lead", "L1", "Mail", "shy@acme.example");
	begin_batch("ma", "contact");
	(void)add("C1", "Email", "shy@acme.example");
	(void)add("C1", "Title", "Head");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT count(*) FROM dirty d JOIN connector c USING (connector_id) WHERE c.name = 'sfa'"), "0");
}

static void test_cursor_moves_with_its_records_and_only_under_our_lease(void)
{
	empty_store();
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

	empty_store();
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "ok@d.example");
	(void)fail(&bad, ERROR_RECORD, "Mail is not a string");
	batch_park(&batch, "lead", SLICE("L2"), SLICE("{\"Mail\":\x01\xff}"), &bad);
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
	CHECK_TEXT(ask("SELECT external_id || ': ' || reason FROM parked"), "L2: Mail is not a string");
	put("sfa", "lead", "L2", "Mail", "fine@d.example");
	CHECK_TEXT(ask("SELECT count(*) FROM parked"), "0");
}

static void test_activity_is_stored_once_and_told_once(void)
{
	empty_store();
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
	empty_store();
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

	empty_store();
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
	open_store();
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
	close_store();
	return tap_done();
}
