/* SPDX-License-Identifier: Apache-2.0 */
#include "pass.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "engine.h"
#include "ingest.h"
#include "partition.h"

enum pass_state { PASS_DESCRIBE, PASS_ASK, PASS_ANSWER, PASS_ROOM, PASS_DRAIN, PASS_END, PASS_STATE_COUNT };

enum turn_result { TURN_ON, TURN_WAIT };

struct pass {
	struct stream_state *stream;
	struct instance *instance;
	struct config *config; /* the one it began under */
	const struct connector_config *connector;
	struct pass_options options;
	struct arena *arena;      /* of the pass: pull's run_arena, copies of the options */
	struct arena *call_arena; /* of the request under way */
	struct remote_call call;
	struct describe describe;
	struct stream_config
	        effective; /* its own copy: a reload may end the stream's while a batch is stored */
	struct pull pull;
	struct batch batches[2];
	int filling;          /* which one the pull fills */
	size_t n_settled;     /* records of it that belong to whole pages */
	char *settled_cursor; /* where the next page starts */
	struct ingest ingest;
	struct buf run_progress;
	char *stored_cursor;        /* goes with the batch being stored */
	struct pass *next_draining; /* in instance->draining */
	bool is_storing, is_partitioning, is_cancelled, is_last;
	struct error error; /* why it ends early */
	enum pass_state state;
	struct task step;
	int64_t started_us, records, changed, parked;
};

static const char *const state_names[PASS_STATE_COUNT] = {
	"describe", "ask", "answer", "room", "drain", "end"
};

/* -- Life -- */

static void drain_end(struct pass *pass)
{
	struct pass **at = &pass->instance->draining;

	while (*at != pass)
		at = &(*at)->next_draining;
	*at = pass->next_draining;
	instance_drained(pass->instance);
}

static void pass_free(struct pass *pass)
{
	task_cancel(pass->instance->engine->loop, &pass->step);
	remote_call_cancel(&pass->call);
	batch_done(&pass->batches[0]);
	batch_done(&pass->batches[1]);
	buf_done(&pass->run_progress);
	arena_free(pass->call_arena);
	arena_free(pass->describe.arena);
	arena_free(pass->arena);
	free(pass->settled_cursor);
	free(pass->stored_cursor);
	config_unref(pass->config);
	if (pass->is_cancelled)
		drain_end(pass);
	free(pass);
}

static void pass_enter(struct pass *pass, enum pass_state state)
{
	LOG_DEBUG(&pass->instance->log, "pass moves", kv("stream", pass->stream->config->ops->name),
	          kv("from", state_names[pass->state]), kv("to", state_names[state]));
	pass->state = state;
}

static void pass_fail(struct pass *pass, const struct error *err)
{
	if (!pass->error.kind)
		pass->error = *err;
	pass->is_last = true;
	pass_enter(pass, PASS_DRAIN);
}

static void pass_step(struct pass *pass);

static void pass_woken(struct task *task)
{
	pass_step(container_of(task, struct pass, step));
}

static void set_text(char **text, const char *value)
{
	char *copy = alloc_text(value);

	free(*text);
	*text = copy;
}

/* -- Describe: what the remote really has -- */

static bool described_has(const struct describe *describe, const char *name)
{
	for (size_t i = 0; i < describe->n_fields; i++)
		if (slice_equal_nocase(describe->fields[i].name, slice_of(name)))
			return true;
	return false;
}

static bool described_can_update(const struct describe *describe, const char *name)
{
	for (size_t i = 0; i < describe->n_fields; i++)
		if (slice_equal_nocase(describe->fields[i].name, slice_of(name)))
			return describe->fields[i].can_update || describe->fields[i].can_create;
	return true;
}

/* The stream's map without what the remote lacks; pushing of what it does not let us write is taken off. */
static void stream_described(struct pass *pass)
{
	struct stream_state *stream = pass->stream;
	struct arena *arena = pass->instance->arena;
	const struct stream_config *config = stream->config;
	const struct describe *describe = &pass->describe;
	struct map_row *map = arena_array(arena, config->n_map + 1, sizeof(*map));
	const char **missing = arena_array(arena, config->n_map + 2, sizeof(*missing));
	size_t n = 0, n_missing = 0;

	for (size_t i = 0; i < config->n_map; i++) {
		bool is_dotted = strchr(config->map[i].remote, '.') != NULL;

		if (describe->is_known && !is_dotted && !described_has(describe, config->map[i].remote)) {
			missing[n_missing++] = config->map[i].remote;
			continue;
		}
		map[n] = config->map[i];
		if (describe->is_known && map[n].can_push && !described_can_update(describe, map[n].remote))
			map[n].can_push = false;
		n++;
	}
	stream->effective = *config;
	stream->effective.map = map;
	stream->effective.n_map = n;
	stream->fields = arena_array(arena, n + 2, sizeof(*stream->fields));
	for (size_t i = 0; i < n; i++)
		stream->fields[i] = map[i].remote;
	stream->effective.remote_fields = stream->fields;
	stream->n_fields = n;
	stream->has_key_field =
	        config->key_field && (!describe->is_known || described_has(describe, config->key_field));
	if (stream->has_key_field)
		stream->fields[stream->n_fields++] = config->key_field;
	stream->missing = n_missing ? missing : NULL;
	stream->is_described = true;
	for (size_t i = 0; i < n_missing; i++)
		LOG_WARNING(&pass->instance->log, "mapped field is not at the remote",
		            kv("stream", config->ops->name), kv("field", missing[i]));
}

static void call_begin(struct pass *pass, struct http_request *request)
{
	if (pass->call_arena)
		arena_reset(pass->call_arena);
	else
		pass->call_arena = arena_new(16384);
	*request = (struct http_request){ .arena = pass->call_arena };
}

static void start_call(struct pass *pass, enum next (*ask)(struct remote_call *, struct error *),
                       void (*done)(struct remote_call *, const struct http_response *, const struct error *))
{
	pass->call = (struct remote_call){
		.instance = pass->instance,
		.lane = pass->options.lane,
		.ask = ask,
		.done = done,
		.owner = pass,
	};
	remote_call_start(&pass->call);
}

static enum next ask_describe(struct remote_call *call, struct error *err)
{
	struct pass *pass = call->owner;

	call_begin(pass, &call->request);
	return pass->stream->config->ops->describe_ask(&pass->describe, &call->request, err);
}

static void effective_copy(struct pass *pass)
{
	const struct stream_state *stream = pass->stream;
	size_t n_map = stream->effective.n_map, n_fields = stream->n_fields;
	struct map_row *map = arena_array(pass->arena, n_map + 1, sizeof(*map));
	const char **fields = arena_array(pass->arena, n_fields + 1, sizeof(*fields));

	if (n_map)
		memcpy(map, stream->effective.map, n_map * sizeof(*map));
	if (n_fields)
		memcpy(fields, stream->fields, n_fields * sizeof(*fields));
	pass->effective = stream->effective;
	pass->effective.map = map;
	pass->effective.remote_fields = fields;
	pass->pull.fields = fields;
	pass->pull.n_fields = n_fields;
}

static void fields_known(struct pass *pass)
{
	if (!pass->stream->is_described)
		stream_described(pass);
	effective_copy(pass);
	for (int i = 0; i < 2; i++)
		batch_init(&pass->batches[i], pass->pull.n_fields);
	pass->pull.batch = &pass->batches[0];
	pass_enter(pass, PASS_ASK);
}

static void describe_answered(struct remote_call *call, const struct http_response *response,
                              const struct error *err)
{
	struct pass *pass = call->owner;
	struct error bad = { 0 };

	if (!response && !err)
		fields_known(pass);
	else if (err)
		pass_fail(pass, err);
	else if (!pass->stream->config->ops->describe_read(&pass->describe, response, &bad))
		pass_fail(pass, &bad);
	else
		pass_enter(pass, PASS_DESCRIBE);
	pass_step(pass);
}

static enum turn_result act_describe(struct pass *pass)
{
	const struct stream_ops *ops = pass->stream->config->ops;

	if (pass->stream->is_described || !ops->describe_ask) {
		fields_known(pass);
		return TURN_ON;
	}
	if (!pass->describe.arena)
		pass->describe = (struct describe){
			.arena = arena_new(65536),
			.config = pass->instance->config->module,
			.session = &pass->instance->session,
			.stream = ops,
		};
	pass_enter(pass, PASS_ANSWER);
	start_call(pass, ask_describe, describe_answered);
	return TURN_WAIT; /* describe_answered */
}

/* -- Ask and read -- */

static void page_settled(struct pass *pass)
{
	pass->n_settled = pass->pull.batch->n_records;
	if (pass->pull.cursor)
		set_text(&pass->settled_cursor, pass->pull.cursor);
	pass->pull.cursor = pass->settled_cursor;
}

static enum next ask_pull(struct remote_call *call, struct error *err)
{
	struct pass *pass = call->owner;

	call_begin(pass, &call->request);
	pass->pull.now_us = clock_wall_us();
	return pass->stream->config->ops->ask(&pass->pull, &call->request, err);
}

static void pull_answered(struct remote_call *call, const struct http_response *response,
                          const struct error *err)
{
	struct pass *pass = call->owner;
	struct error bad = { 0 };

	pass->pull.now_us = clock_wall_us();
	if (err) {
		pass_fail(pass, err);
	} else if (!response) {
		page_settled(pass);
		pass->is_last = true;
		pass_enter(pass, PASS_DRAIN);
	} else if (!pass->stream->config->ops->read(&pass->pull, response, &bad)) {
		pass_fail(pass, &bad);
	} else {
		if (!pass->pull.is_open)
			page_settled(pass);
		pass_enter(pass, PASS_ROOM);
	}
	pass_step(pass);
}

static enum turn_result act_ask(struct pass *pass)
{
	pass_enter(pass, PASS_ANSWER);
	start_call(pass, ask_pull, pull_answered);
	return TURN_WAIT; /* pull_answered */
}

static enum turn_result act_answer(struct pass *pass)
{
	(void)pass;
	return TURN_WAIT; /* pull_answered */
}

/* -- Store -- */

static void batch_stored(struct ingest *ingest, const struct error *err);

static void count_batch(struct pass *pass, const struct ingest_counts *counts)
{
	struct engine *engine = pass->instance->engine;
	bool is_news =
	        counts->created || counts->changed || counts->activities || counts->parked || counts->marked;

	pass->instance->n_linked += counts->created;
	pass->records += counts->records;
	pass->changed += counts->created + counts->changed;
	pass->parked += counts->parked;
	pass->stream->records += (uint64_t)counts->records;
	pass->stream->changed += (uint64_t)counts->changed;
	pass->stream->parked += (uint64_t)counts->parked;
	engine->batches++;
	engine->batch_records += (uint64_t)counts->records;
	engine->store_seconds += counts->store_s;
	LOG_AT(&pass->instance->log, is_news ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "batch stored",
	       kv("stream", pass->stream->config->ops->name), kv("records", counts->records),
	       kv("new", counts->created), kv("unchanged", counts->unchanged), kv("linked", counts->linked),
	       kv("merged", counts->merged), kv("parked", counts->parked), kv("marked", counts->marked),
	       kv("activities", counts->activities), kv("seconds", counts->store_s));
	if (counts->marked)
		engine_wake_pushes(engine);
	if (counts->candidates || counts->created || counts->linked)
		engine_wake_alerts(engine);
}

static void run_progress(struct pass *pass, bool is_last)
{
	struct buf *json = &pass->run_progress;

	buf_reset(json);
	buf_add_char(json, '{');
	buf_add_json_string(json, slice_of(pass->stream->config->ops->name));
	buf_add_text(json, ":{\"cursor\":");
	buf_add_json_string(json, slice_of(pass->settled_cursor));
	buf_printf(json, ",\"done\":%s}}", is_last && !pass->error.kind ? "true" : "false");
}

static void swap_batches(struct pass *pass)
{
	pass->filling = !pass->filling;
	pass->pull.batch = &pass->batches[pass->filling];
	batch_reset(pass->pull.batch);
	pass->n_settled = 0;
}

static void store_batch(struct pass *pass)
{
	struct engine *engine = pass->instance->engine;
	struct batch *batch = pass->pull.batch;
	bool is_whole = pass->is_last && !pass->error.kind;

	batch->n_records = pass->n_settled;
	set_text(&pass->stored_cursor, pass->options.kind == PASS_POLL ? pass->settled_cursor : NULL);
	pass->ingest = (struct ingest){
		.store = &engine->store,
		.lane = pass->options.lane == LANE_HOT ? &engine->store.hot : &engine->store.bulk,
		.config = pass->config,
		.connector = pass->connector,
		.stream = &pass->effective,
		.fields = pass->pull.fields,
		.n_fields = pass->pull.n_fields,
		.batch = batch,
		.cursor = pass->stored_cursor,
		.is_loaded = is_whole && pass->options.kind == PASS_POLL,
		.first_load = pass->options.kind == PASS_POLL && !pass->stream->is_loaded,
		.hook_keys = is_whole ? pass->options.hook_keys : NULL,
		.n_hook_keys = is_whole ? pass->options.n_hook_keys : 0,
		.done = batch_stored,
		.owner = pass,
	};
	if (pass->options.run_id) {
		run_progress(pass, pass->is_last);
		pass->ingest.run_id = pass->options.run_id;
		pass->ingest.run_progress = buf_slice(&pass->run_progress);
	}
	pass->is_storing = true;
	ingest_start(&pass->ingest);
	swap_batches(pass);
}

/* The months of a batch's activities need their partitions first; DDL is not for the batch's own transaction.
 */
static void partitioned(void *owner, const struct pg_result *result, const struct error *err)
{
	struct pass *pass = owner;

	(void)result;
	pass->is_partitioning = false;
	if (pass->is_cancelled) {
		pass_free(pass);
		return;
	}
	if (err) {
		pass->error = *err;
		pass_enter(pass, PASS_END);
	} else {
		store_batch(pass);
	}
	pass_step(pass);
}

static bool needs_partitions(struct pass *pass, int64_t *ret_from, int64_t *ret_to)
{
	static const int64_t oldest_us = INT64_C(946684800) * US_PER_S; /* 2000: what is older is a mistake */
	int64_t newest_us = clock_wall_us() + 366 * 86400 * US_PER_S;

	*ret_from = INT64_MAX;
	*ret_to = 0;
	for (size_t i = 0; i < pass->n_settled; i++) {
		const struct record *record = pass->pull.batch->records[i];

		if (record->entity != ENTITY_ACTIVITY || record->occurred_us < oldest_us ||
		    record->occurred_us > newest_us)
			continue;
		*ret_from = record->occurred_us < *ret_from ? record->occurred_us : *ret_from;
		*ret_to = record->occurred_us > *ret_to ? record->occurred_us : *ret_to;
	}
	return *ret_to != 0;
}

static void begin_store(struct pass *pass)
{
	int64_t from, to;

	if (!needs_partitions(pass, &from, &to)) {
		store_batch(pass);
		return;
	}
	pass->is_partitioning = true;
	partitions_make(&pass->instance->engine->store, from, to, partitioned, pass);
}

static void dry_run_batch(struct pass *pass)
{
	pass->records += (int64_t)pass->n_settled;
	pass->parked += (int64_t)pass->pull.batch->n_parked;
	swap_batches(pass);
}

static size_t batch_limit(const struct pass *pass)
{
	return (size_t)pass->config->batch_records;
}

/* After a page: full batches go to the store; with the store busy and the batch full, fetching waits. */
static enum turn_result act_room(struct pass *pass)
{
	bool is_full = pass->pull.batch->n_records >= batch_limit(pass);

	if (pass->is_partitioning)
		return TURN_WAIT; /* partitioned */
	if (pass->pull.is_open || !is_full || !pass->n_settled) {
		pass_enter(pass, PASS_ASK);
		return TURN_ON;
	}
	if (pass->options.dry_run) {
		dry_run_batch(pass);
		return TURN_ON;
	}
	if (pass->is_storing)
		return TURN_WAIT; /* batch_stored */
	begin_store(pass);
	return pass->is_partitioning ? TURN_WAIT : TURN_ON;
}

static bool is_store_needed(const struct pass *pass)
{
	const struct batch *batch = pass->pull.batch;

	if (!batch || pass->options.dry_run || (pass->error.kind && !pass->n_settled))
		return false;
	if (pass->n_settled || batch->n_parked)
		return true;
	if (pass->options.run_id || pass->options.n_hook_keys)
		return true;
	if (pass->options.kind != PASS_POLL)
		return false;
	return !pass->stream->is_loaded ||
	       (pass->settled_cursor &&
	        (!pass->stream->cursor || strcmp(pass->settled_cursor, pass->stream->cursor) != 0));
}

static enum turn_result act_drain(struct pass *pass)
{
	if (pass->is_storing || pass->is_partitioning)
		return TURN_WAIT; /* batch_stored, partitioned */
	if (pass->options.dry_run && pass->n_settled)
		dry_run_batch(pass);
	bool is_needed = is_store_needed(pass);
	pass_enter(pass, PASS_END);
	if (!is_needed)
		return TURN_ON;
	begin_store(pass);
	return TURN_WAIT; /* batch_stored */
}

static void batch_stored(struct ingest *ingest, const struct error *err)
{
	struct pass *pass = container_of(ingest, struct pass, ingest);
	struct stream_state *stream = pass->stream;

	pass->is_storing = false;
	if (pass->is_cancelled) {
		pass_free(pass);
		return;
	}
	if (err) {
		pass->instance->engine->batch_failures++;
		remote_call_cancel(&pass->call);
		if (!pass->error.kind)
			pass->error = *err;
		pass_enter(pass, PASS_END);
	} else {
		if (pass->stored_cursor)
			set_text(&stream->cursor, pass->stored_cursor);
		stream->is_loaded = stream->is_loaded || ingest->is_loaded;
		count_batch(pass, &ingest->counts);
	}
	if (pass->state != PASS_ANSWER)
		pass_step(pass);
}

/* -- End -- */

static enum turn_result act_end(struct pass *pass)
{
	struct stream_state *stream = pass->stream;
	double took_s = (double)(clock_mono_us() - pass->started_us) / US_PER_S;

	if (pass->is_storing || pass->is_partitioning)
		return TURN_WAIT; /* batch_stored */
	if (pass->records)
		stream->records_per_s = took_s > 0 ? (double)pass->records / took_s : 0;
	pass->options.done(pass, pass->error.kind ? &pass->error : NULL);
	pass_free(pass);
	return TURN_WAIT; /* nothing: the pass is gone */
}

static enum turn_result (*const acts[PASS_STATE_COUNT])(struct pass *pass) = {
	[PASS_DESCRIBE] = act_describe, /* what fields are there */
	[PASS_ASK] = act_ask,           /* the connector says what to fetch */
	[PASS_ANSWER] = act_answer,     /* the answer is awaited */
	[PASS_ROOM] = act_room,         /* a full batch waits for the store */
	[PASS_DRAIN] = act_drain,       /* the last batch */
	[PASS_END] = act_end,           /* told to the owner */
};

static void pass_step(struct pass *pass)
{
	enum pass_state before;

	do {
		before = pass->state;
	} while (acts[before](pass) == TURN_ON);
}

struct pass *pass_start(struct stream_state *stream, const struct pass_options *options)
{
	struct pass *pass = alloc_zeroed(1, sizeof(*pass));
	struct instance *instance = stream->instance;
	const struct connector_config *config = instance->config;

	*pass = (struct pass){
		.stream = stream, .instance = instance, .options = *options, .started_us = clock_mono_us()
	};
	pass->config = config_ref(instance->engine->config);
	pass->connector = config;
	pass->arena = arena_new(4096);
	buf_init(&pass->run_progress, 1 << 20);
	pass->step.run = pass_woken;
	struct slice *ids = arena_array(pass->arena, options->n_ids + 1, sizeof(*ids));
	for (size_t i = 0; i < options->n_ids; i++)
		ids[i] = arena_slice(pass->arena, options->ids[i]);
	int64_t *keys = arena_array(pass->arena, options->n_hook_keys + 1, sizeof(*keys));
	if (options->n_hook_keys)
		memcpy(keys, options->hook_keys, options->n_hook_keys * sizeof(*keys));
	pass->options.ids = ids;
	pass->options.hook_keys = keys;
	const char *cursor = options->kind == PASS_POLL ? stream->cursor : options->cursor;
	set_text(&pass->settled_cursor, cursor);
	pass->options.cursor = NULL;
	pass->pull = (struct pull){
		.config = config->module,
		.session = &instance->session,
		.stream = stream->config->ops,
		.run_arena = pass->arena,
		.now_us = clock_wall_us(),
		.overlap_ms = config->overlap_ms,
		.since_us = options->since_us,
		.ids = options->n_ids ? ids : NULL,
		.n_ids = options->n_ids,
		.page_size = (size_t)config->page_size,
		.cursor = pass->settled_cursor,
	};
	task_queue(instance->engine->loop, &pass->step);
	return pass;
}

void pass_cancel(struct pass *pass)
{
	if (!pass)
		return;
	remote_call_cancel(&pass->call);
	task_cancel(pass->instance->engine->loop, &pass->step);
	if (pass->options.dropped)
		pass->options.dropped(pass->options.owner);
	if (pass->instance->engine->is_stopping && !pass->instance->engine->store.is_open) {
		if (pass->is_storing)
			ingest_drop(&pass->ingest);
		pass->is_storing = pass->is_partitioning = false;
	}
	if (pass->is_storing || pass->is_partitioning) {
		pass->is_cancelled = true;
		pass->next_draining = pass->instance->draining;
		pass->instance->draining = pass;
	} else {
		pass_free(pass);
	}
}

void passes_abandon(struct instance *instance)
{
	while (instance->draining) {
		struct pass *pass = instance->draining;

		if (pass->is_storing)
			ingest_drop(&pass->ingest);
		pass_free(pass);
	}
}

struct pass_progress pass_progress(const struct pass *pass)
{
	double took_s = (double)(clock_mono_us() - pass->started_us) / US_PER_S;

	return (struct pass_progress){
		.records = pass->records,
		.changed = pass->changed,
		.parked = pass->parked,
		.started_us = pass->started_us,
		.records_per_s = took_s > 0 ? (double)pass->records / took_s : 0,
		.state = state_names[pass->state],
	};
}

void *pass_owner(const struct pass *pass)
{
	return pass->options.owner;
}

const struct stream_state *pass_stream(const struct pass *pass)
{
	return pass->stream;
}

size_t pass_states(const char *const **ret_names)
{
	*ret_names = state_names;
	return PASS_STATE_COUNT;
}
