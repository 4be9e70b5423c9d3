/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest.h"

#include <assert.h>

#include "clock.h"
#include "crypto.h"
#include "ingest_work.h"
#include "parked.h"

#define ATTEMPTS_MAX 5
#define COPY_MAX     ((size_t)256 << 20)

enum {
	INGEST_IDLE,
	INGEST_TURN,
	INGEST_PROBE,
	INGEST_KEYS,
	INGEST_GATHER,
	INGEST_APPLY,
	INGEST_COMMIT,
	INGEST_UNDO
};

static void ingest_step(struct ingest *ingest);

/* -- Steps under way -- */

static void note_error(struct ingest_work *work, const struct error *err)
{
	if (err && !work->error.kind)
		work->error = *err;
}

static void step_over(struct ingest *ingest, const struct error *err)
{
	note_error(ingest->work, err);
	if (--ingest->work->waiting == 0)
		ingest_step(ingest);
}

static void step_done(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)result;
	step_over(owner, err);
}

static void query(struct ingest *ingest, const char *sql, pg_done *done, const struct pg_param *params,
                  size_t n_params)
{
	ingest->work->waiting++;
	pg_query(ingest->lane->pg, sql, params, n_params, done ? done : step_done, ingest);
}
#define QUERY(ingest, sql, done, ...)                                                                        \
	query((ingest), (sql), (done), (const struct pg_param[]){ __VA_ARGS__ },                             \
	      sizeof((const struct pg_param[]){ __VA_ARGS__ }) / sizeof(struct pg_param))

static struct buf *copy_rows(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	assert(work->n_copies < ARRAY_SIZE(work->copy));
	struct buf *rows = &work->copy[work->n_copies++];
	buf_init(rows, COPY_MAX);
	pg_copy_begin(rows);
	return rows;
}

static void copy(struct ingest *ingest, const char *sql, struct buf *rows)
{
	pg_copy_end(rows);
	if (rows->full) {
		struct error large = { 0 };
		(void)fail(&large, ERROR_TOO_LARGE, "batch of %zu records is over %zu bytes",
		           ingest->batch->n_records, COPY_MAX);
		note_error(ingest->work, &large);
		return;
	}
	ingest->work->waiting++;
	pg_copy(ingest->lane->pg, sql, rows, step_done, ingest);
}

/* Memory of rows already sent: their steps are over when the next state begins. */
static void drop_copies(struct ingest_work *work)
{
	for (size_t i = 0; i < work->n_copies; i++)
		buf_done(&work->copy[i]);
	work->n_copies = 0;
}

/* -- Probe: what is new or changed -- */

/* A row of the store that belongs to a record of the batch; NULL (and the record parked) if it is another's.
 */
static struct source *probed_source(struct ingest *ingest, const struct pg_result *result, size_t row,
                                    int id_column)
{
	struct ingest_work *work = ingest->work;
	struct source *source = &work->sources[idmap_get(&work->by_key, pg_int(result, row, 0))];
	struct error taken = { 0 };

	if (slice_equal(pg_text(result, row, id_column), source->record->id))
		return source;
	(void)fail(&taken, ERROR_RECORD, "hash of this record meets that of another one");
	batch_park(ingest->batch, source->record->object, source->record->id, SLICE_NULL, &taken);
	source->is_refused = true;
	return NULL;
}

static void unchanged_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;

	for (size_t row = 0; !err && row < result->n_rows; row++) {
		struct source *source = probed_source(ingest, result, row, 1);

		if (source)
			source->is_unchanged = true;
	}
	step_over(ingest, err);
}

/*
 * What was read before the store's version came to be: a page under way while a webhook brought the newer
 * word. A deletion is always heard, and a resync takes the remote at its word, for one that was set back to
 * an older state.
 */
static bool is_older(const struct ingest *ingest, const struct source *source)
{
	const struct record *record = source->record;

	return record->modified_us && record->modified_us < source->before->modified_us && !ingest->run_id &&
	       (!record->is_deleted || source->before->is_deleted);
}

static void changed_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;
	struct ingest_work *work = ingest->work;

	for (size_t row = 0; !err && row < result->n_rows; row++) {
		struct source *source = probed_source(ingest, result, row, 3);

		if (!source)
			continue;
		source->before = arena_alloc(work->arena, sizeof(*source->before));
		view_source_read(work->arena, ingest->store, ingest->config, result, row, source->before);
		source->is_unchanged = is_older(ingest, source);
		source->is_known = true;
		/* One that is of another kind now (a person who became an account) begins anew as that. */
		if (source->before->entity == source->record->entity)
			source->old_entity = source->before->entity_id;
		source->written = source->before->written;
		source->n_written = source->before->n_written;
	}
	step_over(ingest, err);
}

static void ingest_probe(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	pg_begin(ingest->lane->pg);
	QUERY(ingest, STORE_WRITE_LOCK, NULL, PG_I(STORE_WRITE_LOCK_KEY));
	if (!work->n_sources) {
		QUERY(ingest, "SELECT $1::bigint", NULL, PG_I(work->batch_id));
		return;
	}
	struct buf *rows = copy_rows(ingest);
	ingest_rows_probe(ingest, rows);
	copy(ingest, "COPY w_probe (batch, src_key, content_hash) FROM STDIN (FORMAT binary)", rows);
	QUERY(ingest,
	      "SELECT s.src_key, s.external_id FROM w_probe w JOIN source_record s USING (src_key)"
	      " WHERE w.batch = $1 AND s.content_hash = w.content_hash",
	      unchanged_done, PG_I(work->batch_id));
	QUERY(ingest,
	      "SELECT " VIEW_COLUMNS " FROM w_probe w JOIN source_record s USING (src_key)"
	      " WHERE w.batch = $1 AND s.content_hash <> w.content_hash",
	      changed_done, PG_I(work->batch_id));
}

/* -- Keys: who is known under them -- */

static void keys_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;
	struct ingest_work *work = ingest->work;

	for (size_t row = 0; !err && row < result->n_rows; row++) {
		struct key key = { .kind = (enum key_kind)pg_int(result, row, 1),
			           .hash.low = pg_int(result, row, 0) };
		uint32_t probe = ingest_probe_find(work, &key);

		if (probe != IDMAP_NONE && work->probes[probe].hash.high == pg_int(result, row, 2))
			work->probe_entity[probe] = pg_int(result, row, 3);
	}
	step_over(ingest, err);
}

/* Where a record is that another one says it is the same as. */
static void same_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;
	struct ingest_work *work = ingest->work;
	struct idmap found;

	idmap_init(&found, work->arena, err ? 0 : result->n_rows);
	for (size_t row = 0; !err && row < result->n_rows; row++)
		(void)idmap_put(&found, pg_int(result, row, 0), (uint32_t)row);
	for (size_t i = 0; !err && i < work->n_fresh; i++) {
		const struct ref *same = ingest_ref(work->fresh[i]->record, REF_SAME_AS);
		uint32_t row = same ? idmap_get(&found, ingest_ref_key(ingest, same)) : IDMAP_NONE;

		if (row == IDMAP_NONE)
			continue;
		struct key key = key_same_as(work->arena, ingest->store->secret, ingest->connector->name,
		                             same->object, same->id);
		uint32_t probe = ingest_probe_find(work, &key);
		if (probe != IDMAP_NONE && !work->probe_entity[probe])
			work->probe_entity[probe] = pg_int(result, row, 1);
	}
	step_over(ingest, err);
}

/* Our own id came back from a remote system: a merged one stands for the entity it went into. */
static void own_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;
	struct ingest_work *work = ingest->work;

	for (size_t row = 0; !err && row < result->n_rows; row++) {
		int64_t from = pg_int(result, row, 0), into = pg_int(result, row, 1);

		for (size_t i = 0; i < work->n_fresh; i++) {
			struct cluster_record *record = &work->fresh[i]->cluster;
			int64_t *entity = (int64_t *)record->key_entity;

			if (record->keys[0].kind == KEY_TANDEM_ID && entity[0] == from)
				entity[0] = into;
		}
	}
	step_over(ingest, err);
}

static void ask_same_and_own(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	int64_t *same = arena_array(work->arena, work->n_fresh + 1, sizeof(*same));
	int64_t *own = arena_array(work->arena, work->n_fresh + 1, sizeof(*own));
	size_t n_same = 0, n_own = 0;

	for (size_t i = 0; i < work->n_fresh; i++) {
		const struct ref *ref = ingest_ref(work->fresh[i]->record, REF_SAME_AS);

		if (ref)
			same[n_same++] = ingest_ref_key(ingest, ref);
		if (work->fresh[i]->cluster.keys[0].kind == KEY_TANDEM_ID)
			own[n_own++] = work->fresh[i]->cluster.key_entity[0];
	}
	if (n_same)
		QUERY(ingest,
		      "SELECT src_key, entity_id FROM source_record WHERE src_key = ANY ($1) AND entity_id IS NOT NULL",
		      same_done, PG_INTS(same, n_same));
	if (n_own)
		QUERY(ingest,
		      "SELECT person_id, merged_into FROM person WHERE person_id = ANY ($1) AND merged_into IS NOT NULL"
		      " UNION ALL SELECT account_id, merged_into FROM account WHERE account_id = ANY ($1) "
		      "AND merged_into IS NOT NULL",
		      own_done, PG_INTS(own, n_own));
}

static void ingest_keys(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	ingest_canonical(ingest);
	if (work->n_probes) {
		struct buf *rows = copy_rows(ingest);
		ingest_rows_keys(ingest, rows);
		copy(ingest,
		     "COPY w_key (batch, key_hash, kind, key_check, entity_id, src_key) FROM STDIN (FORMAT binary)",
		     rows);
		QUERY(ingest,
		      "SELECT k.key_hash, k.kind, k.key_check, k.entity_id FROM w_key w JOIN identity_key k "
		      "USING (key_hash, kind)"
		      " WHERE w.batch = $1",
		      keys_done, PG_I(work->batch_id));
	}
	ask_same_and_own(ingest);
	if (!work->waiting)
		QUERY(ingest, "SELECT $1::bigint", NULL, PG_I(work->batch_id));
}

/* -- Gather: lock what is touched, read the other records of it -- */

static void siblings_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;

	for (size_t row = 0; !err && row < result->n_rows; row++)
		ingest_sibling(ingest, result, row);
	step_over(ingest, err);
}

static const struct {
	const char *lock;
	const char *upsert;
} golden_sql[ENTITY_ACTIVITY] = {
	[ENTITY_PERSON] = { "SELECT person_id FROM person WHERE person_id = ANY ($1) ORDER BY person_id FOR UPDATE",
	                    "INSERT INTO person AS g (person_id, merged_into, email, first_name, last_name, "
	                    "title, phone, mobile, company, website,"
	                    " street, city, state, postal_code, country, lifecycle, lead_status, "
	                    "email_opt_out, extras, origin, n_sources, updated_at)"
	                    " SELECT entity_id, merged_into, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, "
	                    "f11, f12, f13, f14, f15, extras, origin,"
	                    " n_sources, updated_at FROM w_golden WHERE batch = $1 ORDER BY entity_id"
	                    " ON CONFLICT (person_id) DO UPDATE SET merged_into = excluded.merged_into, "
	                    "email = excluded.email,"
	                    " first_name = excluded.first_name, last_name = excluded.last_name, title = "
	                    "excluded.title, phone = excluded.phone,"
	                    " mobile = excluded.mobile, company = excluded.company, website = "
	                    "excluded.website, street = excluded.street,"
	                    " city = excluded.city, state = excluded.state, postal_code = "
	                    "excluded.postal_code, country = excluded.country,"
	                    " lifecycle = excluded.lifecycle, lead_status = excluded.lead_status, "
	                    "email_opt_out = excluded.email_opt_out,"
	                    " extras = excluded.extras, origin = excluded.origin, n_sources = "
	                    "excluded.n_sources, updated_at = excluded.updated_at,"
	                    " version = g.version + 1"
	                    " WHERE (g.merged_into, g.email, g.first_name, g.last_name, g.title, g.phone, "
	                    "g.mobile, g.company, g.website, g.street,"
	                    " g.city, g.state, g.postal_code, g.country, g.lifecycle, g.lead_status, "
	                    "g.email_opt_out, g.extras, g.origin, g.n_sources)"
	                    " IS DISTINCT FROM (excluded.merged_into, excluded.email, excluded.first_name, "
	                    "excluded.last_name, excluded.title,"
	                    " excluded.phone, excluded.mobile, excluded.company, excluded.website, "
	                    "excluded.street, excluded.city, excluded.state,"
	                    " excluded.postal_code, excluded.country, excluded.lifecycle, "
	                    "excluded.lead_status, excluded.email_opt_out,"
	                    " excluded.extras, excluded.origin, excluded.n_sources)" },
	[ENTITY_ACCOUNT] = { "SELECT account_id FROM account WHERE account_id = ANY ($1) ORDER BY account_id "
	                     "FOR UPDATE",
	                     "INSERT INTO account AS g (account_id, merged_into, name, domain, website, "
	                     "phone, street, city, state, postal_code,"
	                     " country, industry, employees, email, extras, origin, n_sources, updated_at)"
	                     " SELECT entity_id, merged_into, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, "
	                     "f11, extras, origin, n_sources, updated_at"
	                     " FROM w_golden WHERE batch = $1 ORDER BY entity_id"
	                     " ON CONFLICT (account_id) DO UPDATE SET merged_into = excluded.merged_into, "
	                     "name = excluded.name,"
	                     " domain = excluded.domain, website = excluded.website, phone = excluded.phone, "
	                     "street = excluded.street,"
	                     " city = excluded.city, state = excluded.state, postal_code = "
	                     "excluded.postal_code, country = excluded.country,"
	                     " industry = excluded.industry, employees = excluded.employees, email = "
	                     "excluded.email, extras = excluded.extras,"
	                     " origin = excluded.origin, n_sources = excluded.n_sources, updated_at = "
	                     "excluded.updated_at, version = g.version + 1" },
	[ENTITY_OPPORTUNITY] = { "SELECT opportunity_id FROM opportunity WHERE opportunity_id = ANY ($1) "
	                         "ORDER BY opportunity_id FOR UPDATE",
	                         "INSERT INTO opportunity AS g (opportunity_id, merged_into, name, stage, "
	                         "amount, close_date, is_closed, is_won, extras,"
	                         " origin, n_sources, updated_at)"
	                         " SELECT entity_id, merged_into, f0, f1, f2, f3, f4, f5, extras, origin, "
	                         "n_sources, updated_at"
	                         " FROM w_golden WHERE batch = $1 ORDER BY entity_id"
	                         " ON CONFLICT (opportunity_id) DO UPDATE SET merged_into = "
	                         "excluded.merged_into, name = excluded.name,"
	                         " stage = excluded.stage, amount = excluded.amount, close_date = "
	                         "excluded.close_date, is_closed = excluded.is_closed,"
	                         " is_won = excluded.is_won, extras = excluded.extras, origin = "
	                         "excluded.origin, n_sources = excluded.n_sources,"
	                         " updated_at = excluded.updated_at, version = g.version + 1" },
	[ENTITY_USER] = { "SELECT user_id FROM app_user WHERE user_id = ANY ($1) ORDER BY user_id FOR UPDATE",
	                  "INSERT INTO app_user AS g (user_id, merged_into, email, first_name, last_name, "
	                  "is_active, extras, origin, n_sources,"
	                  " updated_at)"
	                  " SELECT entity_id, merged_into, f0, f1, f2, f3, extras, origin, n_sources, updated_at"
	                  " FROM w_golden WHERE batch = $1 ORDER BY entity_id"
	                  " ON CONFLICT (user_id) DO UPDATE SET merged_into = excluded.merged_into, email = "
	                  "excluded.email,"
	                  " first_name = excluded.first_name, last_name = excluded.last_name, is_active = "
	                  "excluded.is_active,"
	                  " extras = excluded.extras, origin = excluded.origin, n_sources = excluded.n_sources,"
	                  " updated_at = excluded.updated_at, version = g.version + 1" },
	[ENTITY_CAMPAIGN] = { "SELECT campaign_id FROM campaign WHERE campaign_id = ANY ($1) ORDER BY "
	                      "campaign_id FOR UPDATE",
	                      "INSERT INTO campaign AS g (campaign_id, merged_into, name, type, status, "
	                      "start_date, end_date, is_active, extras,"
	                      " origin, n_sources, updated_at)"
	                      " SELECT entity_id, merged_into, f0, f1, f2, f3, f4, f5, extras, origin, "
	                      "n_sources, updated_at"
	                      " FROM w_golden WHERE batch = $1 ORDER BY entity_id"
	                      " ON CONFLICT (campaign_id) DO UPDATE SET merged_into = excluded.merged_into, "
	                      "name = excluded.name,"
	                      " type = excluded.type, status = excluded.status, start_date = "
	                      "excluded.start_date, end_date = excluded.end_date,"
	                      " is_active = excluded.is_active, extras = excluded.extras, origin = "
	                      "excluded.origin, n_sources = excluded.n_sources,"
	                      " updated_at = excluded.updated_at, version = g.version + 1" },
};

static void lock_touched(struct ingest *ingest, const int64_t *ids, size_t n)
{
	for (enum entity entity = 0; entity < ENTITY_ACTIVITY; entity++)
		if (ingest_count_touched(ingest->work, entity))
			QUERY(ingest, golden_sql[entity].lock, NULL, PG_INTS(ids, n));
}

static void ingest_gather(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	size_t n = 0;

	ingest_cluster(ingest);
	ingest_touch(ingest);
	int64_t *known = arena_array(work->arena, work->n_touched + 1, sizeof(*known));
	struct idmap made;
	idmap_init(&made, work->arena, work->n_fresh);
	for (size_t i = 0; i < work->n_fresh; i++)
		if (work->fresh[i]->cluster.is_new_entity)
			(void)idmap_put(&made, work->fresh[i]->cluster.to_entity, 0);
	for (size_t i = 0; i < work->n_touched; i++)
		if (idmap_get(&made, work->touched[i].entity_id) == IDMAP_NONE)
			known[n++] = work->touched[i].entity_id;
	if (!n) {
		QUERY(ingest, "SELECT $1::bigint", NULL, PG_I(work->batch_id));
		return;
	}
	lock_touched(ingest, known, n);
	QUERY(ingest,
	      "SELECT " VIEW_COLUMNS " FROM source_record s WHERE s.entity_id = ANY ($1) ORDER BY s.src_key",
	      siblings_done, PG_INTS(known, n));
}

/* -- Apply -- */

static void claims_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;

	if (!err && result->n_changed != (int64_t)ingest->work->n_claims)
		ingest->work->is_raced = true;
	step_over(ingest, err);
}

static void apply_keys(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	struct buf *rows = copy_rows(ingest);

	work->n_claims = ingest_rows_claims(ingest, rows);
	if (!work->n_claims)
		return;
	copy(ingest,
	     "COPY w_key (batch, key_hash, kind, key_check, entity_id, src_key) FROM STDIN (FORMAT binary)",
	     rows);
	QUERY(ingest,
	      "INSERT INTO identity_key (key_hash, kind, key_check, entity_id, src_key)"
	      " SELECT key_hash, kind, key_check, entity_id, src_key FROM w_key WHERE batch = $1 ORDER BY "
	      "key_hash, kind"
	      " ON CONFLICT (key_hash, kind) DO NOTHING",
	      claims_done, PG_I(work->batch_id2));
}

/* Everything that points at an entity that went into another one follows it. */
static void apply_merges(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	int64_t *from = arena_array(work->arena, work->n_merges + 1, sizeof(*from));
	int64_t *to = arena_array(work->arena, work->n_merges + 1, sizeof(*to));

	if (!work->n_merges)
		return;
	for (size_t i = 0; i < work->n_merges; i++) {
		from[i] = work->merges[i].from_entity;
		to[i] = work->merges[i].to_entity;
	}
	ingest->counts.merged += (int64_t)work->n_merges;
	const struct pg_param params[] = { PG_INTS(from, work->n_merges), PG_INTS(to, work->n_merges) };
	static const char *const statements[] = {
		"UPDATE identity_key k SET entity_id = m.t FROM unnest($1::bigint[], $2::bigint[]) m (f, t) "
		"WHERE k.entity_id = m.f",
		"UPDATE source_record s SET entity_id = m.t FROM unnest($1::bigint[], $2::bigint[]) m (f, t) "
		"WHERE s.entity_id = m.f",
		"UPDATE person g SET merged_into = m.t FROM unnest($1::bigint[], $2::bigint[]) m (f, t) "
		"WHERE g.merged_into = m.f",
		"UPDATE account g SET merged_into = m.t FROM unnest($1::bigint[], $2::bigint[]) m (f, t) "
		"WHERE g.merged_into = m.f",
		"DELETE FROM dirty d USING unnest($1::bigint[], $2::bigint[]) m (f, t) WHERE d.entity_id = m.f",
	};
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		query(ingest, statements[i], NULL, params, 2);
}

static void upserted(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;

	if (!err)
		ingest->counts.changed += result->n_changed;
	step_over(ingest, err);
}

static void apply_golden(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	for (enum entity entity = 0; entity < ENTITY_ACTIVITY; entity++) {
		if (!ingest_count_touched(work, entity))
			continue;
		struct buf *rows = copy_rows(ingest);
		ingest_rows_golden(ingest, entity, rows);
		copy(ingest,
		     "COPY w_golden (batch, entity_id, merged_into, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, "
		     "f10, f11, f12, f13, f14,"
		     " f15, extras, origin, n_sources, updated_at) FROM STDIN (FORMAT binary)",
		     rows);
		QUERY(ingest, golden_sql[entity].upsert, upserted, PG_I(work->batch_id2));
		QUERY(ingest, "DELETE FROM w_golden WHERE batch = $1", NULL, PG_I(work->batch_id2));
	}
}

static void apply_sources(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	struct buf *rows;

	if (!work->n_fresh)
		return;
	rows = copy_rows(ingest);
	ingest_rows_sources(ingest, rows);
	copy(ingest,
	     "COPY w_source (batch, src_key, connector_id, entity, object, external_id, entity_id, "
	     "content_hash, remote_modified_at,"
	     " remote_created_at, seen_at, deleted, read_only, owner_key, account_key, payload, field_times, "
	     "written) FROM STDIN (FORMAT binary)",
	     rows);
	QUERY(ingest,
	      "INSERT INTO source_record (src_key, connector_id, entity, object, external_id, entity_id, content_hash,"
	      " remote_modified_at, remote_created_at, seen_at, deleted, read_only, owner_key, account_key, "
	      "payload, field_times, written)"
	      " SELECT src_key, connector_id, entity, object, external_id, entity_id, content_hash, remote_modified_at,"
	      " remote_created_at, seen_at, deleted, read_only, owner_key, account_key, payload, field_times, written"
	      " FROM w_source WHERE batch = $1 ORDER BY src_key"
	      " ON CONFLICT (src_key) DO UPDATE SET entity = excluded.entity, entity_id = excluded.entity_id, "
	      "content_hash = "
	      "excluded.content_hash,"
	      " remote_modified_at = excluded.remote_modified_at, remote_created_at = excluded.remote_created_at,"
	      " seen_at = excluded.seen_at, deleted = excluded.deleted, read_only = excluded.read_only, "
	      "owner_key = excluded.owner_key,"
	      " account_key = excluded.account_key, payload = excluded.payload, field_times = excluded.field_times,"
	      " written = excluded.written",
	      NULL, PG_I(work->batch_id2));
	rows = copy_rows(ingest);
	if (ingest_rows_decisions(ingest, rows))
		copy(ingest,
		     "COPY match_decision (src_key, decision_id, from_entity, to_entity, rule, score, "
		     "evidence, actor, config_version,"
		     " undoes, decided_at) FROM STDIN (FORMAT binary)",
		     rows);
}

static void apply_roles(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	int64_t *opportunities = arena_array(work->arena, work->n_fresh + 1, sizeof(*opportunities));
	size_t n = 0;

	for (size_t i = 0; i < work->n_fresh; i++)
		if (work->fresh[i]->record->entity == ENTITY_OPPORTUNITY &&
		    !work->fresh[i]->record->is_partial)
			opportunities[n++] = work->fresh[i]->key.low;
	struct buf *rows = copy_rows(ingest);
	if (!ingest_rows_roles(ingest, rows) && !n)
		return;
	copy(ingest, "COPY w_role (batch, person_key, opportunity_key) FROM STDIN (FORMAT binary)", rows);
	QUERY(ingest,
	      "DELETE FROM opp_role r WHERE opportunity_key = ANY ($2) AND NOT EXISTS (SELECT 1 FROM w_role "
	      "w WHERE w.batch = $1"
	      " AND w.person_key = r.person_key AND w.opportunity_key = r.opportunity_key)",
	      NULL, PG_I(work->batch_id2), PG_INTS(opportunities, n));
	QUERY(ingest,
	      "INSERT INTO opp_role (person_key, opportunity_key) SELECT person_key, opportunity_key FROM "
	      "w_role WHERE batch = $1"
	      " ORDER BY person_key, opportunity_key ON CONFLICT DO NOTHING",
	      NULL, PG_I(work->batch_id2));
	QUERY(ingest, "DELETE FROM w_role WHERE batch = $1", NULL, PG_I(work->batch_id2));
}

static void activities_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;

	if (!err && result->n_rows) {
		ingest->counts.activities += pg_int(result, 0, 0);
		ingest->counts.candidates += pg_int(result, 0, 1);
	}
	step_over(ingest, err);
}

static void apply_activities(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	if (!work->n_activities)
		return;
	struct buf *rows = copy_rows(ingest);
	if (!ingest_rows_activities(ingest, rows))
		return;
	copy(ingest,
	     "COPY w_activity (batch, subject_key, occurred_at, activity_key, subject_is_email, "
	     "connector_id, kind, title, campaign_key,"
	     " object, external_id, seen_at, subject_email, tell) FROM STDIN (FORMAT binary)",
	     rows);
	QUERY(ingest,
	      "WITH fresh AS (INSERT INTO activity (subject_key, occurred_at, activity_key, "
	      "subject_is_email, connector_id, kind, title,"
	      " campaign_key, object, external_id, seen_at) SELECT subject_key, occurred_at, activity_key, "
	      "subject_is_email,"
	      " connector_id, kind, title, campaign_key, object, external_id, seen_at FROM w_activity WHERE batch = $1"
	      " ORDER BY subject_key, occurred_at, activity_key ON CONFLICT DO NOTHING RETURNING activity_key),"
	      " candidate AS (INSERT INTO alert_candidate (activity_key, subject_key, subject_is_email, "
	      "subject_email, connector_id, kind,"
	      " title, occurred_at, seen_at, due_at) SELECT w.activity_key, w.subject_key, "
	      "w.subject_is_email, w.subject_email,"
	      " w.connector_id, w.kind, w.title, w.occurred_at, w.seen_at, w.seen_at FROM w_activity w JOIN "
	      "fresh USING (activity_key)"
	      " WHERE w.batch = $1 AND w.tell ON CONFLICT DO NOTHING RETURNING activity_key)"
	      " SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM candidate)",
	      activities_done, PG_I(work->batch_id2));
	QUERY(ingest, "DELETE FROM w_activity WHERE batch = $1", NULL, PG_I(work->batch_id2));
}

static void apply_marks(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	int64_t *connectors = arena_array(work->arena, work->n_marks + 1, sizeof(*connectors));
	int64_t *entities = arena_array(work->arena, work->n_marks + 1, sizeof(*entities));
	int64_t *kinds = arena_array(work->arena, work->n_marks + 1, sizeof(*kinds));

	if (!work->n_marks)
		return;
	for (size_t i = 0; i < work->n_marks; i++) {
		connectors[i] = work->marks[i].connector_id;
		entities[i] = work->marks[i].entity_id;
		kinds[i] = work->marks[i].entity;
	}
	ingest->counts.marked += (int64_t)work->n_marks;
	QUERY(ingest,
	      "INSERT INTO dirty AS d (connector_id, entity_id, entity, version, due_at, marked_at)"
	      " SELECT c, e, k, $4, $5, $5 FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) m (c, e, k) "
	      "ORDER BY c, e"
	      " ON CONFLICT (connector_id, entity_id) DO UPDATE SET version = excluded.version,"
	      " due_at = CASE WHEN d.is_uncertain THEN d.due_at ELSE excluded.due_at END, attempts = 0",
	      NULL, PG_INTS(connectors, work->n_marks), PG_INTS(entities, work->n_marks),
	      PG_INTS(kinds, work->n_marks), PG_I(store_id(ingest->store)), PG_AT(work->now_us));
}

static void cursor_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;

	if (!err && result->n_changed != 1)
		ingest->work->is_fenced = true;
	step_over(ingest, err);
}

static void apply_progress(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	int64_t records = (int64_t)ingest->batch->n_records, parked = (int64_t)ingest->batch->n_parked;

	QUERY(ingest,
	      "UPDATE sync_cursor SET cursor = coalesce($4, cursor), records = records + $5,"
	      " loaded_at = CASE WHEN $6 THEN coalesce(loaded_at, $7) ELSE loaded_at END"
	      " WHERE connector_id = $1 AND stream = $2 AND epoch = $3",
	      cursor_done, PG_I4(work->connector_id), PG_T(slice_of(ingest->stream->ops->name)),
	      PG_I(work->epoch), PG_T(slice_of(ingest->cursor)), PG_I(records), PG_B(ingest->is_loaded),
	      PG_AT(work->now_us));
	if (ingest->run_id)
		QUERY(ingest,
		      "UPDATE run SET progress = progress || $2, records = records + $3, changed = changed + "
		      "$4, parked = parked + $5"
		      " WHERE run_id = $1",
		      NULL, PG_I(ingest->run_id), PG_J(ingest->run_progress), PG_I(records),
		      PG_I((int64_t)work->n_fresh), PG_I(parked));
	if (ingest->n_hook_keys)
		QUERY(ingest,
		      "UPDATE hook_event SET done_at = $3 WHERE connector_id = $1 AND event_key = ANY ($2)",
		      NULL, PG_I4(work->connector_id), PG_INTS(ingest->hook_keys, ingest->n_hook_keys),
		      PG_AT(work->now_us));
}

static void apply_parked(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	int64_t *activities = arena_array(work->arena, work->n_activities + 1, sizeof(*activities));

	for (size_t i = 0; i < work->n_activities; i++)
		activities[i] = ingest_record_key(ingest, work->activities[i]);
	QUERY(ingest, PARKED_CLEAR_SQL, NULL, PG_I4(work->connector_id), PG_I(work->batch_id),
	      PG_I(work->batch_id2), PG_INTS(activities, work->n_activities));
	if (!ingest->batch->n_parked)
		return;
	work->waiting++;
	parked_read(ingest->store, ingest->lane->pg, work->arena, work->connector_id, ingest->batch,
	            work->now_us, step_done, ingest);
	ingest->counts.parked = (int64_t)ingest->batch->n_parked;
}

static void clear_work_tables(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;
	const int64_t both[] = { work->batch_id, work->batch_id2 };

	if (work->n_sources)
		QUERY(ingest, "DELETE FROM w_probe WHERE batch = $1", NULL, PG_I(work->batch_id));
	if (work->n_fresh)
		QUERY(ingest, "DELETE FROM w_source WHERE batch = $1", NULL, PG_I(work->batch_id2));
	if (work->n_probes)
		QUERY(ingest, "DELETE FROM w_key WHERE batch = ANY ($1)", NULL, PG_INTS(both, 2));
}

/* In the order of the locks. Each piece is sent while the next one is built: the loop turns in between. */
static void (*const apply_pieces[])(struct ingest *ingest) = {
	apply_keys,   apply_merges, apply_golden,      apply_sources, apply_roles, apply_activities,
	apply_parked, apply_marks,  clear_work_tables, apply_progress,
};

static void apply_next(struct task *task)
{
	struct ingest *ingest = container_of(task, struct ingest, building);

	apply_pieces[ingest->work->n_pieces++](ingest);
	if (ingest->work->n_pieces < ARRAY_SIZE(apply_pieces))
		task_queue(ingest->store->loop, task);
	else
		step_over(ingest, NULL);
}

static void ingest_apply(struct ingest *ingest)
{
	ingest_decide(ingest);
	ingest->work->waiting++;		/* the building itself, until its last piece */
	ingest->building.run = apply_next;
	ingest->building.name = "batch";
	apply_next(&ingest->building);
}

/* -- The end of an attempt -- */

static void work_free(struct ingest *ingest)
{
	if (!ingest->work)
		return;
	drop_copies(ingest->work);
	arena_free(ingest->work->arena);
	ingest->work = NULL;
}

static void ingest_end(struct ingest *ingest, const struct error *err)
{
	struct error copy_of_err = err ? *err : (struct error){ 0 };

	ingest->counts.store_s = (double)(clock_mono_us() - ingest->started_us) / US_PER_S;
	turn_end(&ingest->turn);
	work_free(ingest);
	ingest->state = INGEST_IDLE;
	ingest->done(ingest, err ? &copy_of_err : NULL);
}

static void ingest_count(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	ingest->counts.records = (int64_t)ingest->batch->n_records;
	ingest->counts.unchanged = (int64_t)(work->n_sources - work->n_fresh);
	for (size_t i = 0; i < work->n_fresh; i++) {
		ingest->counts.created += !work->fresh[i]->is_known;
		ingest->counts.deleted += work->fresh[i]->record->is_deleted;
	}
}

static void retry_now(struct timer *timer)
{
	struct ingest *ingest = container_of(timer, struct ingest, retry);

	turn_take(ingest->lane, &ingest->turn);
}

static void undone(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;
	struct error why = ingest->work->error;
	bool again = ingest->work->is_raced || why.kind == ERROR_TRANSIENT || why.kind == ERROR_UNCERTAIN;

	(void)result;
	(void)err;
	if (ingest->work->is_fenced) {
		(void)fail(&why, ERROR_REFUSED, "another daemon has taken over this connector");
		ingest_end(ingest, &why);
		return;
	}
	if (!again || ++ingest->attempts >= ATTEMPTS_MAX) {
		ingest_end(ingest, &why);
		return;
	}
	/* The whole batch again. Rows are idempotent, so a commit whose outcome is unknown needs no question:
	 * what took effect is found unchanged. */
	turn_end(&ingest->turn);
	work_free(ingest);
	ingest->counts = (struct ingest_counts){ 0 };
	ingest->state = INGEST_TURN;
	timer_start(ingest->store->loop, &ingest->retry,
	            (20 << ingest->attempts) * 1000 + (int64_t)(random_uint64() % 20000));
}

static void commit_done(void *owner, const struct pg_result *result, const struct error *err)
{
	struct ingest *ingest = owner;

	(void)result;
	note_error(ingest->work, err);
	ingest->work->waiting--;
	if (ingest->work->error.kind) {		/* nothing to roll back any more */
		undone(ingest, NULL, NULL);
		return;
	}
	ingest_count(ingest);
	ingest_end(ingest, NULL);
}

static void ingest_commit(struct ingest *ingest)
{
	ingest->work->waiting++;
	pg_commit(ingest->lane->pg, commit_done, ingest);
}

static void ingest_undo(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	if (!work->error.kind)
		(void)fail(&work->error, ERROR_TRANSIENT,
		           work->is_raced ? "lost the race for an identity key" : "batch was not applied");
	pg_rollback(ingest->lane->pg, undone, ingest);
}

/* -- States -- */

static const struct {
	void (*act)(struct ingest *ingest); /* queues steps; the last one done steps on */
	int next;
} states[] = {
	[INGEST_PROBE] = { ingest_probe, INGEST_KEYS },    [INGEST_KEYS] = { ingest_keys, INGEST_GATHER },
	[INGEST_GATHER] = { ingest_gather, INGEST_APPLY }, [INGEST_APPLY] = { ingest_apply, INGEST_COMMIT },
	[INGEST_COMMIT] = { ingest_commit, INGEST_IDLE },  [INGEST_UNDO] = { ingest_undo, INGEST_IDLE },
};

static void ingest_step(struct ingest *ingest)
{
	struct ingest_work *work = ingest->work;

	drop_copies(work);
	if (work->error.kind || work->is_raced || work->is_fenced)
		ingest->state = INGEST_UNDO;
	int state = ingest->state;
	ingest->state = states[state].next;
	states[state].act(ingest);
}

static void turn_granted(struct turn *turn)
{
	struct ingest *ingest = container_of(turn, struct ingest, turn);
	struct arena *arena = arena_new(1 << 20);
	struct store_connector *known = store_connector(ingest->store, ingest->connector->name);
	struct ingest_work *work = arena_alloc(arena, sizeof(*work));

	*work = (struct ingest_work){ .arena = arena, .now_us = clock_wall_us() };
	work->connector_id = known->id;
	work->epoch = known->epoch;
	work->batch_id = store_id(ingest->store);
	work->batch_id2 = store_id(ingest->store);
	ingest->work = work;
	ingest->batch->n_parked = ingest->n_parked; /* an earlier attempt may have added to them */
	ingest_prepare(ingest);
	ingest->state = INGEST_PROBE;
	ingest_step(ingest);
}

void ingest_start(struct ingest *ingest)
{
	assert(ingest->state == INGEST_IDLE);
	ingest->counts = (struct ingest_counts){ 0 };
	ingest->attempts = 0;
	ingest->started_us = clock_mono_us();
	ingest->turn.granted = turn_granted;
	ingest->retry.expired = retry_now;
	ingest->retry.name = "ingest retry";
	ingest->state = INGEST_TURN;
	ingest_check(ingest);
	turn_take(ingest->lane, &ingest->turn);
}

void ingest_drop(struct ingest *ingest)
{
	timer_stop(ingest->store->loop, &ingest->retry);
	task_cancel(ingest->store->loop, &ingest->building);
	turn_end(&ingest->turn);
	work_free(ingest);
	ingest->state = INGEST_IDLE;
}
