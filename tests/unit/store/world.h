/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * World: a store on a real server, with two systems in it: sfa (module shop) and ma (module mail), and pages
 * of records to feed it with. What a test waits for is waited for in the loop, so everything else goes on
 * meanwhile.
 */
#include "clock.h"
#include "ingest.h"
#include "lease.h"
#include "postgres.h"
#include "shop.h"

#define WORLD_SFA                                                                                            \
	"module: shop\nrole: sfa\nmode: apply\nbase_url: https://shop.example\nauth: {user: u, "             \
	"token: {file: token}}\n"
#define WORLD_MA "module: mail\nrole: ma\nmode: apply\ncreate: [contact]\n"

/* The answer to one thing that was asked for. */
struct answer {
	bool is_over;
	struct error error;
	int64_t n_rows, n_changed;
	char text[65536]; /* cells with | between, rows on lines */
	int n_columns;    /* to print; 0: one */
};

static struct folder folder;
static struct loop *loop;
static struct store store;
static struct pg *watcher; /* looks at what the other sessions do; never in a transaction, whose view of them
                              stands still */
static struct error last_error;
static struct ingest_counts counts;
static int64_t stamp_us; /* of the last record made */

/* -- Waiting -- */

static inline void wait_for(const bool *is_over)
{
	while (!*is_over)
		loop_run(loop);
}

static inline void answer_print(struct answer *answer, const struct pg_result *result)
{
	int n_columns = answer->n_columns ? answer->n_columns : 1;
	size_t used = 0;

	answer->text[0] = '\0';
	for (size_t row = 0; result && row < result->n_rows; row++)
		for (int column = 0; column < n_columns && used < sizeof(answer->text) - 1; column++)
			used += (size_t)snprintf(answer->text + used, sizeof(answer->text) - used, "%s%.*s",
			                         column ? "|"
			                         : row  ? "\n"
			                                : "",
			                         SLICE_ARGS(pg_text(result, row, column)));
}

/* As pg_done; owner is the struct answer. */
static inline void answer_over(void *owner, const struct pg_result *result, const struct error *err)
{
	struct answer *answer = owner;

	answer->error = err ? *err : (struct error){ 0 };
	answer->n_rows = !err && result ? (int64_t)result->n_rows : 0;
	answer->n_changed = !err && result ? result->n_changed : 0;
	answer_print(answer, err ? NULL : result);
	answer->is_over = true;
	loop_stop(loop);
}

/* Waits for what was begun with it; it can be used again. */
static inline void answer_wait(struct answer *answer)
{
	wait_for(&answer->is_over);
	answer->is_over = false;
	last_error = answer->error;
}

static inline const char *ask_on(struct pg *pg, const char *sql)
{
	static struct answer answer;

	pg_exec(pg, sql, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
	return answer.text;
}

/* First column of a statement, rows joined by line ends. */
static inline const char *ask(const char *sql)
{
	return ask_on(store.quick, sql);
}

static inline int64_t ask_int(const char *sql)
{
	return strtoll(ask(sql), NULL, 10);
}

/* Turns the loop for a while. */
static inline void pause_expired(struct timer *timer)
{
	*(bool *)timer->owner = true;
	loop_stop(loop);
}

static inline void pause_us(int64_t us)
{
	bool is_over = false;
	struct timer timer = { .expired = pause_expired, .name = "test", .owner = &is_over };

	timer_start(loop, &timer, us);
	wait_for(&is_over);
}

/* -- Other sessions, to be in the way -- */

static inline struct pg *session_open(const char *conninfo, int lock_timeout_ms)
{
	const struct pg_options options = {
		.conninfo = conninfo,
		.application_name = "test",
		.prepare = true,
		.lock_timeout_ms = lock_timeout_ms,
	};

	return pg_new(loop, &options);
}

/* Begins a transaction with a statement in it, and leaves it open. */
static inline void session_hold(struct pg *session, const char *sql)
{
	pg_begin(session);
	(void)ask_on(session, sql);
}

static inline void session_release(struct pg *session)
{
	static struct answer answer;

	pg_rollback(session, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

/* Until n backends wait for a lock. */
static inline void wait_blocked(int n)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", n);
	while (strcmp(ask_on(watcher, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"),
	              text) != 0)
		pause_us(3000);
}

static inline void kill_blocked(void)
{
	(void)ask_on(watcher, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type "
	                      "= 'Lock'");
}

/* -- Opening -- */

static inline void store_opened(struct store *opened, const struct error *err)
{
	answer_over(opened->owner, NULL, err);
}

static inline void store_changed(struct store *changed)
{
	(void)changed;
	loop_stop(loop);
}

/* Opens one more store on the same database, as another holder would. */
static inline void store_open_as(struct store *opened, struct config *config, const char *holder)
{
	static struct answer answer;

	*opened = (struct store){ .loop = loop,
		                  .config = config,
		                  .holder = holder,
		                  .opened = store_opened,
		                  .changed = store_changed,
		                  .owner = &answer };
	store_open(opened);
	answer_wait(&answer);
}

static inline void leases_of(struct store *taker)
{
	static struct answer answer;

	leases_take(taker, answer_over, &answer);
	answer_wait(&answer);
	CHECK_TEXT(last_error.text, "");
}

static inline void wait_up(const struct store *waited)
{
	while (!waited->is_up)
		loop_run(loop);
}

static inline void config_open(const char *sfa, const char *ma, const char *policy)
{
	folder_begin(&folder);
	folder_write(&folder, "tandem.yaml", "");
	folder_write(&folder, "token", "secret\n");
	folder_write(&folder, "policy.yaml", policy);
	folder_write(&folder, "connectors.d/sfa.yaml", sfa);
	folder_write(&folder, "connectors.d/ma.yaml", ma);
	CHECK_TEXT(folder_load(&folder), "");
	folder.config->store = postgres_conninfo();
}

static inline void world_open_with(const char *sfa, const char *ma, const char *policy)
{
	config_open(sfa, ma, policy);
	loop = loop_new();
	watcher = session_open(postgres_conninfo(), 0);
	store_open_as(&store, folder.config, "test");
	CHECK_TEXT(last_error.text, "");
	leases_of(&store);
}

static inline void world_open(void)
{
	world_open_with(WORLD_SFA, WORLD_MA, "");
}

static inline void world_close(void)
{
	store_close(&store);
	pg_free(watcher);
	loop_free(loop);
	folder_end(&folder);
}

/* All that came from the systems and what was made of it. */
static inline void world_empty(void)
{
	(void)ask("DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(table_name, ', ') FROM placement "
	          "WHERE table_name NOT IN"
	          " ('placement', 'installation', 'connector', 'schema_version', 'sync_cursor', 'lease')); "
	          "END $$");
}

static inline int16_t connector_id(const char *name)
{
	return store_connector(&store, name)->id;
}

/* -- Pages of records -- */

#define PAGE_FIELDS_MAX 40

struct page {
	struct store *store;
	struct lane *lane; /* NULL: bulk */
	struct batch batch;
	const char *connector;
	const struct stream_config *stream;
	const char *fields[PAGE_FIELDS_MAX]; /* the stream's, then the one of our ids */
	size_t n_fields;
	struct ingest ingest;
	bool is_over;
	struct error error;
};

static struct page page; /* the one that begin_batch() … store_batch() fill */

static inline const struct stream_config *stream_of(const struct config *config, const char *connector,
                                                    const char *stream)
{
	const struct connector_config *found = config_connector(config, connector);

	for (size_t i = 0; i < found->n_streams; i++)
		if (strcmp(found->streams[i].ops->name, stream) == 0)
			return &found->streams[i];
	return NULL;
}

static inline void page_begin(struct page *begun, const char *connector, const char *stream)
{
	*begun = (struct page){ .store = &store, .connector = connector };
	begun->stream = stream_of(store.config, connector, stream);
	begun->n_fields = begun->stream->n_map;
	for (size_t i = 0; i < begun->n_fields; i++)
		begun->fields[i] = begun->stream->remote_fields[i];
	if (begun->stream->key_field)
		begun->fields[begun->n_fields++] = begun->stream->key_field;
	batch_init(&begun->batch, begun->n_fields);
}

/* The record of this id, with one more field; a new one is a second later than the one before. */
static inline struct record *page_add_bytes(struct page *filled, struct slice id, const char *field,
                                            struct slice value)
{
	const struct stream_ops *ops = filled->stream->ops;
	struct record *record = batch_find(&filled->batch, ops->name, id);
	bool is_set = !field;

	if (!record) {
		record = batch_add(&filled->batch, ops->name, ops->entity, id);
		record->modified_us = stamp_us += US_PER_S;
	}
	for (size_t i = 0; field && i < filled->n_fields; i++)
		if (strcmp(filled->fields[i], field) == 0) {
			batch_set(&filled->batch, record, i, value);
			is_set = true;
		}
	CHECK(is_set);
	return record;
}

static inline struct record *page_add(struct page *filled, const char *id, const char *field,
                                      const char *value)
{
	return page_add_bytes(filled, slice_of(id), field, slice_of(value));
}

static inline void page_stored(struct ingest *ingest, const struct error *err)
{
	struct page *stored = ingest->owner;

	stored->error = err ? *err : (struct error){ 0 };
	stored->is_over = true;
	loop_stop(loop);
}

/* Begins to store it; what the ingest needs beyond that is set in page.ingest before. */
static inline void page_start(struct page *started)
{
	struct ingest *ingest = &started->ingest;

	ingest->store = started->store;
	ingest->lane = started->lane ? started->lane : &started->store->bulk;
	ingest->config = started->store->config;
	ingest->connector = config_connector(started->store->config, started->connector);
	ingest->stream = started->stream;
	ingest->fields = started->fields;
	ingest->n_fields = started->n_fields;
	ingest->batch = &started->batch;
	ingest->done = page_stored;
	ingest->owner = started;
	ingest_start(ingest);
}

static inline void page_wait(struct page *waited)
{
	wait_for(&waited->is_over);
	waited->is_over = false;
	last_error = waited->error;
	counts = waited->ingest.counts;
}

static inline void page_store(struct page *stored)
{
	page_start(stored);
	page_wait(stored);
	batch_done(&stored->batch);
}

/* -- One page at a time -- */

static inline void begin_batch(const char *connector, const char *stream)
{
	page_begin(&page, connector, stream);
}

static inline struct record *add(const char *id, const char *field, const char *value)
{
	return page_add(&page, id, field, value);
}

static inline void store_batch(const char *cursor)
{
	page.ingest.cursor = cursor;
	page_store(&page);
}

/* One record with one field of one stream, stored. */
static inline void put(const char *connector, const char *stream, const char *id, const char *field,
                       const char *value)
{
	begin_batch(connector, stream);
	(void)add(id, field, value);
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
}

/* -- Batches that meet, or die -- */

/* What holds after every batch, whatever happened to it. */
static inline void check_whole(void)
{
	CHECK_TEXT(ask("SELECT count(*) FROM source_record s LEFT JOIN person p ON p.person_id = "
	               "s.entity_id WHERE s.entity = 0"
	               " AND (p.person_id IS NULL OR p.merged_into IS NOT NULL)"),
	           "0");
	CHECK_TEXT(ask("SELECT count(*) FROM person p WHERE n_sources <> (SELECT count(*) FROM "
	               "source_record s WHERE s.entity_id ="
	               " p.person_id AND NOT deleted)"),
	           "0");
	CHECK_TEXT(ask("SELECT count(*) FROM person p WHERE merged_into IS NULL AND NOT EXISTS "
	               "(SELECT 1 FROM source_record s"
	               " WHERE s.entity_id = p.person_id)"),
	           "0");
	CHECK_TEXT(ask("SELECT count(*) FROM identity_key k LEFT JOIN person p ON p.person_id = "
	               "k.entity_id WHERE p.person_id IS "
	               "NULL OR p.merged_into IS NOT NULL"),
	           "0");
	CHECK_TEXT(ask("SELECT (SELECT count(*) FROM w_source) + (SELECT count(*) FROM w_key) + "
	               "(SELECT count(*) FROM w_golden)"
	               " + (SELECT count(*) FROM w_probe) + (SELECT count(*) FROM w_role) + (SELECT "
	               "count(*) FROM w_activity)"),
	           "0");
}

/* Stops batches of this stream at their last statement: the session keeps the row of its cursor. */
static inline void hold_stream(struct pg *session, const char *connector, const char *stream)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
	               "SELECT 1 FROM sync_cursor WHERE stream = '%s' AND connector_id = %d FOR UPDATE",
	               stream, connector_id(connector));
	session_hold(session, sql);
}

/* n people of a round, each known to both systems by his address; the title tells the round. */
static inline void fill_people(struct page *filled, const char *connector, int round, int n)
{
	bool is_ma = connector[0] == 'm';
	char id[32], mail[64], title[32];

	page_begin(filled, connector, is_ma ? "contact" : "lead");
	for (int i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "%s%d", is_ma ? "C" : "L", i);
		(void)snprintf(mail, sizeof(mail), "p%d@acme%d.example", i, i % 7);
		(void)snprintf(title, sizeof(title), "Title %d", round);
		(void)page_add(filled, id, is_ma ? "Email" : "Mail", mail);
		(void)page_add(filled, id, is_ma ? "Title" : "Job", title);
	}
}
