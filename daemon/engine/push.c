/* SPDX-License-Identifier: Apache-2.0 */
#include "push.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "dirty.h"
#include "engine.h"
#include "hooks_http.h"
#include "json.h"
#include "key.h"
#include "pass.h"

/*
 * One run over the marks that are due:
 *
 *	due → plan → (find or write → settle)* → end
 *
 * The plan is a list of jobs, each an entity at one remote record; jobs of one stream and verb go out in
 *chunks. What came of a chunk is stored before the next is sent.
 */
enum push_state { RUN_DUE, RUN_PLAN, RUN_CHUNK, RUN_ANSWER, RUN_SETTLE, RUN_END, RUN_STATE_COUNT };
static const char *const state_names[RUN_STATE_COUNT] = { "due", "plan", "chunk", "answer", "settle", "end" };

#define MARKS_MAX 500
#define UNDESCRIBED_WAIT_US (10 * US_PER_S)

struct job {
	const struct dirty_mark *mark;
	const struct view *view;
	const struct view_source *source; /* NULL: to be created */
	struct stream_state *stream;
	enum push_verb verb;
	struct difference *differences;
	size_t n_differences;
	bool no_key;          /* the remote would not take our id in its external-id field */
	struct slice refused; /* fields the remote would not take: the rest goes without them */
	bool is_done;
};

struct push_run {
	struct instance *instance;
	struct config *config; /* the one it began under */
	enum push_state state;
	struct arena *arena, *call_arena;
	struct dirty_asking asking;
	struct dirty_mark *marks;
	size_t n_marks;
	struct job *jobs;
	size_t n_jobs;
	struct push_result *extra; /* marks without a job: equal already */
	size_t n_extra;
	struct push push;
	struct job **chunk; /* jobs of the push under way, in the order of its items */
	struct remote_call call;
	struct push_result *results;
	bool is_storing, is_cancelled, is_full;
	struct error error;
};

static void run_step(struct push_run *run);
static void run_settle(struct push_run *run);

/* -- Whether -- */

/* What a stream may be given is known once its first pass since the start or a reload has begun. */
static bool is_undescribed(const struct stream_state *stream)
{
	return stream->config->is_on && stream->config->ops->push_max && !stream->is_described;
}

static bool is_describing(const struct instance *instance)
{
	for (size_t i = 0; i < instance->n_streams; i++)
		if (is_undescribed(&instance->streams[i]) && !instance->streams[i].failures)
			return true;
	return false;
}

const char *push_barrier(const struct instance *instance)
{
	if (!instance->engine->store.is_up)
		return "store down";
	if (!instance_is_ours(instance))
		return "no lease";
	if (instance->is_paused)
		return "paused";
	if (instance->config->mode != MODE_APPLY)
		return mode_name((enum mode)instance->config->mode);
	if (!engine_may_push(instance) || is_describing(instance))
		return "loading";
	return instance->is_held ? "held" : NULL;
}

static int64_t changes_this_hour(struct instance *instance)
{
	int64_t minute = clock_mono_us() / (60 * US_PER_S), sum = 0;

	for (int64_t m = instance->changes_minute + 1; m <= minute && m <= instance->changes_minute + 60; m++)
		instance->changes[m % 60] = 0;
	if (minute > instance->changes_minute)
		instance->changes_minute = minute;
	for (size_t i = 0; i < ARRAY_SIZE(instance->changes); i++)
		sum += instance->changes[i];
	return sum;
}

/* Most changes of an hour that the guard lets through; 0: any number. A small system may always change a few.
 */
static int64_t guard_most(const struct instance *instance)
{
	enum { FEW = 10 };
	int64_t most = instance->config->changes_per_hour;
	int64_t share = (int64_t)(instance->config->share_of_records * (double)instance->n_linked);

	if (instance->config->share_of_records <= 0)
		return most;
	share = share < FEW ? FEW : share;
	return most > 0 && most < share ? most : share;
}

static bool guard_holds(struct instance *instance)
{
	int64_t most = guard_most(instance);
	bool was_held = instance->is_held;

	instance->is_held = most > 0 && changes_this_hour(instance) >= most;
	if (instance->is_held && !was_held)
		LOG_WARNING(&instance->log, "pushes are held: too many changes this hour", kv("most", most));
	return instance->is_held;
}

/* -- Life -- */

static void run_free(struct push_run *run)
{
	arena_free(run->arena);
	arena_free(run->call_arena);
	arena_free(run->push.arena);
	config_unref(run->config);
	free(run);
}

static void run_enter(struct push_run *run, enum push_state state)
{
	LOG_DEBUG(&run->instance->log, "push moves", kv("from", state_names[run->state]),
	          kv("to", state_names[state]));
	run->state = state;
}

static void run_end(struct push_run *run)
{
	struct instance *instance = run->instance;
	bool is_full = run->is_full;
	struct error err = run->error;

	instance->push = NULL;
	run_free(run);
	if (err.kind)
		LOG_WARNING(&instance->log, "push failed", kv("error", &err));
	timer_stop(instance->engine->loop, &instance->push_due);
	instance->push_due.expired = NULL;
	if (is_full && !err.kind)
		push_wake(instance);
}

static void run_fail(struct push_run *run, const struct error *err)
{
	run->error = *err;
	run_enter(run, RUN_END);
}

void push_cancel(struct instance *instance)
{
	struct push_run *run = TAKE(instance->push);

	timer_stop(instance->engine->loop, &instance->push_due);
	if (!run)
		return;
	remote_call_cancel(&run->call);
	if (run->is_storing && instance->engine->store.is_open)
		run->is_cancelled = true;
	else
		run_free(run);
}

/* A callback of the store for a run that was given up meanwhile. */
static bool is_given_up(struct push_run *run)
{
	run->is_storing = false;
	if (!run->is_cancelled)
		return false;
	run_free(run);
	return true;
}

/* -- Due and plan -- */

static void due_read(struct dirty_asking *asking, const struct dirty_mark *marks, size_t n,
                     const struct error *err)
{
	struct push_run *run = container_of(asking, struct push_run, asking);

	if (is_given_up(run))
		return;
	if (err) {
		run_fail(run, err);
	} else {
		run->marks = arena_array(run->arena, n + 1, sizeof(*marks));
		if (n)
			memcpy(run->marks, marks, n * sizeof(*marks));
		run->n_marks = n;
		run->is_full = n == MARKS_MAX;
		run_enter(run, n ? RUN_PLAN : RUN_END);
	}
	run_step(run);
}

static void run_due(struct push_run *run)
{
	run->is_storing = true;
	run->asking.done = due_read;
	dirty_due(&run->instance->engine->store, instance_store(run->instance)->id, MARKS_MAX, &run->asking);
}

static struct job *job_add(struct push_run *run, const struct dirty_mark *mark, const struct view *view,
                           const struct stream_config *stream, bool *waits)
{
	struct job *job = &run->jobs[run->n_jobs];

	*job = (struct job){ .mark = mark,
		             .view = view,
		             .stream = instance_stream(run->instance, stream->ops->name) };
	*waits = *waits || (job->stream && is_undescribed(job->stream));
	if (!job->stream || !job->stream->is_described)
		return NULL;
	run->n_jobs++;
	return job;
}

static size_t differences_of(const struct push_run *run, const struct view *view,
                             const struct view_source *source, const struct stream_state *stream,
                             struct difference **ret)
{
	*ret = arena_array(run->arena, stream->effective.n_map + 1, sizeof(**ret));
	size_t n = view_differ(run->config, view, source, &stream->effective, *ret), kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!(*ret)[i].is_frozen)
			(*ret)[kept++] = (*ret)[i];
	return kept;
}

enum plan { PLAN_NOTHING, PLAN_JOBS, PLAN_WAITS };

/* The jobs of one entity. It waits as a whole while one of its streams cannot be read and thus is not described. */
static enum plan plan_view(struct push_run *run, const struct dirty_mark *mark, const struct view *view)
{
	const struct connector_config *connector = run->instance->config;
	const struct stream_config *stream;
	size_t before = run->n_jobs;
	bool waits = false;

	for (size_t i = 0; i < view->n_sources; i++) {
		const struct view_source *source = &view->sources[i];

		if (source->connector_config != connector || source->is_deleted || source->is_read_only ||
		    !source->stream || !source->stream->ops->push_max)
			continue;
		struct job *job = job_add(run, mark, view, source->stream, &waits);
		if (!job)
			continue;
		job->source = source;
		job->verb = PUSH_UPDATE;
		job->n_differences = differences_of(run, view, source, job->stream, &job->differences);
		if (!job->n_differences)
			run->n_jobs--;
	}
	if (view_may_create(view, connector, &stream)) {
		struct job *job = job_add(run, mark, view, stream, &waits);
		if (job) {
			job->verb = PUSH_FIND;
			job->n_differences = differences_of(run, view, NULL, job->stream, &job->differences);
		}
	}
	if (waits)
		run->n_jobs = before;
	return waits ? PLAN_WAITS : run->n_jobs > before ? PLAN_JOBS : PLAN_NOTHING;
}

static const struct view *view_of(const struct views *views, int64_t entity_id)
{
	for (size_t low = 0, high = views->n; low < high;) {
		size_t middle = (low + high) / 2;

		if (views->list[middle].entity_id == entity_id)
			return &views->list[middle];
		if (views->list[middle].entity_id < entity_id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void planned(void *owner, const struct views *views, const struct error *err)
{
	struct push_run *run = owner;
	size_t most = 0;

	if (is_given_up(run))
		return;
	if (err) {
		run_fail(run, err);
		run_step(run);
		return;
	}
	struct views *kept = arena_alloc(run->arena, sizeof(*kept));
	*kept = *views;
	for (size_t i = 0; i < kept->n; i++)
		most += kept->list[i].n_sources + 1;
	run->jobs = arena_array(run->arena, most + 1, sizeof(*run->jobs));
	run->extra = arena_array(run->arena, run->n_marks + 1, sizeof(*run->extra));
	for (size_t i = 0; i < run->n_marks; i++) {
		const struct dirty_mark *mark = &run->marks[i];
		const struct view *view = view_of(kept, mark->entity_id);
		enum plan plan = view ? plan_view(run, mark, view) : PLAN_NOTHING;

		if (plan != PLAN_JOBS)
			run->extra[run->n_extra++] = (struct push_result){
				.mark = mark,
				.then = plan == PLAN_NOTHING ? PUSH_DROP : mark->is_uncertain ? PUSH_LOOK : PUSH_AGAIN,
				.due_us = clock_wall_us() + UNDESCRIBED_WAIT_US,
			};
	}
	run_enter(run, RUN_SETTLE);
	run->results = run->extra;
	run_step(run);
}

static void run_plan(struct push_run *run)
{
	struct engine *engine = run->instance->engine;
	int64_t *ids = arena_array(run->arena, run->n_marks + 1, sizeof(*ids));

	for (size_t i = 0; i < run->n_marks; i++)
		ids[i] = run->marks[i].entity_id;
	run->is_storing = true;
	views_load(&engine->store, engine->store.quick, run->config, run->arena, ids, run->n_marks, planned,
	           run);
}

/* -- Chunks -- */

/*
 * Our id goes into the external-id field with the next write there is, so that the record is recognised even
 * by a store that was restored from a backup. Not where two records of one person live in that system: the
 * field is unique.
 */
static bool wants_key(const struct push_run *run, const struct job *job)
{
	CLEANUP(json_decref_p) json_t *payload = NULL;
	struct error ignored = { 0 };
	size_t n_records = 0;

	if (job->no_key || job->verb != PUSH_UPDATE || !job->stream->has_key_field ||
	    job->view->entity > ENTITY_ACCOUNT || !json_read(job->source->payload, &payload, &ignored))
		return false;
	for (size_t i = 0; i < job->view->n_sources; i++)
		n_records += job->view->sources[i].connector_config == run->instance->config &&
		             !job->view->sources[i].is_deleted;
	struct slice held = json_text(payload, job->stream->config->key_field);
	return n_records == 1 && !slice_is_null(held) && slice_is_empty(held);
}

static void item_init(struct push_run *run, struct push_item *item, const struct job *job)
{
	struct arena *arena = run->push.arena;

	*item = (struct push_item){
		.entity_id = job->view->entity_id,
		.key = id_print(arena, job->view->entity == ENTITY_ACCOUNT ? 'a' : 'p', job->view->entity_id),
		.email = job->view->entity == ENTITY_PERSON ? job->view->golden.values[PERSON_EMAIL]
		                                            : job->view->golden.values[ACCOUNT_EMAIL],
	};
	if (job->source)
		item->remote_id = job->source->external_id;
	item->changes = arena_array(arena, job->n_differences + 2, sizeof(*item->changes));
	for (size_t i = 0; i < job->n_differences; i++)
		item->changes[item->n_changes++] =
		        (struct change){ job->differences[i].row->remote,
			                 job->differences[i].to.data ? job->differences[i].to : SLICE("") };
	if (wants_key(run, job))
		item->changes[item->n_changes++] =
		        (struct change){ job->stream->config->key_field, slice_of(item->key) };
}

/* The next jobs of one stream and verb; at most one job of an entity in a chunk. */
static size_t chunk_pick(struct push_run *run)
{
	const struct job *first = NULL;
	size_t n = 0;

	run->chunk = arena_array(run->push.arena, run->n_jobs + 1, sizeof(*run->chunk));
	for (size_t i = 0; i < run->n_jobs; i++) {
		struct job *job = &run->jobs[i];

		if (job->is_done || (first && (job->stream != first->stream || job->verb != first->verb)))
			continue;
		first = first ? first : job;
		run->chunk[n++] = job;
		if (n == first->stream->config->ops->push_max)
			break;
	}
	return n;
}

static enum next ask_push(struct remote_call *call, struct error *err)
{
	struct push_run *run = call->owner;

	if (run->call_arena)
		arena_reset(run->call_arena);
	else
		run->call_arena = arena_new(16384);
	call->request = (struct http_request){ .arena = run->call_arena };
	run->push.now_us = clock_wall_us();
	return run->push.stream->push_ask(&run->push, &call->request, err);
}

static void push_answered(struct remote_call *call, const struct http_response *response,
                          const struct error *err)
{
	struct push_run *run = call->owner;
	struct error bad = { 0 };

	if (response && run->push.stream->push_read(&run->push, response, &bad)) {
		remote_call_start(call);
		return;
	}
	if (!err && response)
		err = &bad;
	if (err)
		run->error = *err;
	run_settle(run);
}

static void run_chunk(struct push_run *run)
{
	const struct instance *instance = run->instance;

	arena_free(run->push.arena);
	run->push = (struct push){ .arena = arena_new(65536) };
	size_t n = push_barrier(instance) || guard_holds(run->instance) ? 0 : chunk_pick(run);
	if (!n) {
		run_enter(run, RUN_END);
		run_step(run);
		return;
	}
	run->push.config = instance->config->module;
	run->push.session = &instance->session;
	run->push.stream = run->chunk[0]->stream->config->ops;
	run->push.verb = run->chunk[0]->verb;
	run->push.has_key_field = run->chunk[0]->stream->has_key_field;
	run->push.items = arena_array(run->push.arena, n, sizeof(*run->push.items));
	run->push.n_items = n;
	for (size_t i = 0; i < n; i++)
		item_init(run, &run->push.items[i], run->chunk[i]);
	run_enter(run, RUN_ANSWER);
	run->call = (struct remote_call){ .instance = run->instance,
		                          .lane = LANE_HOT,
		                          .ask = ask_push,
		                          .done = push_answered,
		                          .owner = run };
	remote_call_start(&run->call);
}

/* -- What came of it -- */

static int64_t backoff_us(int attempts)
{
	int64_t wait_us = 5 * US_PER_S << (attempts < 9 ? attempts : 9);

	return clock_wall_us() + (wait_us < 1800 * US_PER_S ? wait_us : 1800 * US_PER_S);
}

static struct slice changes_json(struct push_run *run, const struct job *job, bool with_old)
{
	struct buf json;

	buf_init(&json, 1 << 20);
	buf_add_char(&json, '{');
	for (size_t i = 0; i < job->n_differences; i++) {
		if (i)
			buf_add_char(&json, ',');
		buf_add_json_string(&json, slice_of(job->differences[i].row->remote));
		buf_add_char(&json, ':');
		if (with_old) {
			buf_add_char(&json, '[');
			buf_add_json_string(&json, job->differences[i].from);
			buf_add_char(&json, ',');
		}
		buf_add_json_string(&json, job->differences[i].to.data ? job->differences[i].to : SLICE(""));
		if (with_old)
			buf_add_char(&json, ']');
	}
	buf_add_char(&json, '}');
	struct slice text = arena_slice(run->push.arena, buf_slice(&json));
	buf_done(&json);
	return text;
}

/* The memory of what was written, with this write added: rounds of a field go on counting. */
static struct slice written_after(struct push_run *run, const struct job *job)
{
	const struct view_source *source = job->source;
	size_t n;
	const struct written *written = written_note(run->push.arena, source ? source->written : NULL, source ? source->n_written : 0,
	                                             job->differences, job->n_differences, &n);

	return written_print(run->push.arena, written, n);
}

static void result_written(struct push_run *run, struct push_result *result, const struct job *job,
                           const struct push_item *item)
{
	const struct engine *engine = run->instance->engine;

	result->then = PUSH_DROP;
	result->outcome = "done";
	result->is_parked = job->refused.len > 0;
	result->error = job->refused;
	result->shadow = changes_json(run, job, false);
	result->written = written_after(run, job);
	if (job->source) {
		result->src_key = job->source->src_key;
	} else {
		result->is_created = true;
		result->src_key = source_key(engine->store.secret, run->instance->name,
		                             job->stream->config->ops->name, item->remote_id)
		                          .low;
	}
	run->instance->pushed++;
	run->instance->changes[run->instance->changes_minute % 60]++;
}

static void result_failed(struct push_result *result, const struct push_item *item)
{
	result->outcome = "failed";
	result->error = slice_of(item->err.text);
	if (item->err.kind == ERROR_TRANSIENT || item->err.kind == ERROR_THROTTLED) {
		result->then = PUSH_AGAIN;
		result->due_us = backoff_us(result->mark->attempts);
	} else {
		result->then = PUSH_DROP;
		result->is_parked = true;
	}
}

/* Outcome not known: the record is read again before anything else; a create is looked for first anyway. */
static void result_unknown(struct push_result *result)
{
	result->outcome = "unknown";
	result->then = PUSH_LOOK;
	result->due_us = backoff_us(result->mark->attempts);
}

static void hint(struct push_run *run, const struct job *job, struct slice id);

/* The remote named a field it will not take: that field is set aside, the rest of the record goes. */
static bool without_field(struct push_run *run, struct job *job, const struct push_item *item)
{
	size_t kept = 0;

	if (item->err.kind != ERROR_RECORD || !item->err_field || job->verb == PUSH_FIND)
		return false;
	if (job->stream->has_key_field && !job->no_key &&
	    strcmp(item->err_field, job->stream->config->key_field) == 0) {
		job->no_key = true;
		job->is_done = false;
		return true;
	}
	for (size_t i = 0; i < job->n_differences; i++)
		if (strcmp(job->differences[i].row->remote, item->err_field) != 0)
			job->differences[kept++] = job->differences[i];
	if (!kept || kept == job->n_differences)
		return false;
	job->n_differences = kept;
	job->refused = slice_of(arena_printf(run->arena, "%.*s%s%s: %s", SLICE_ARGS(job->refused),
	                                     job->refused.len ? "; " : "", item->err_field, item->err.text));
	job->is_done = false;
	return true;
}

static void result_of(struct push_run *run, struct push_result *result, struct job *job,
                      struct push_item *item)
{
	*result = (struct push_result){
		.mark = job->mark,
		.verb = job->verb == PUSH_UPDATE   ? "update"
		        : job->verb == PUSH_CREATE ? "create"
		                                   : NULL,
		.object = slice_of(job->stream->config->ops->name),
		.external_id = item->remote_id,
		.changes = changes_json(run, job, true),
		.error = SLICE_NULL,
		.then = PUSH_KEEP,
	};
	job->is_done = true;
	switch (item->outcome) {
	case OUTCOME_DONE:
		if (job->verb == PUSH_FIND) { /* not there: it may be created */
			job->verb = PUSH_CREATE;
			job->is_done = false;
			return;
		}
		result_written(run, result, job, item);
		return;
	case OUTCOME_FOUND:
		result->outcome = "found";
		result->then = PUSH_AGAIN;
		result->due_us = clock_wall_us() + 3 * US_PER_S;
		hint(run, job, item->remote_id);
		return;
	case OUTCOME_GONE:
		result->outcome = "gone";
		result->then = PUSH_DROP;
		result->is_gone = true;
		result->src_key = job->source ? job->source->src_key : 0;
		hint(run, job, item->remote_id);
		return;
	case OUTCOME_FAILED:
		run->instance->push_failed++;
		if (without_field(run, job, item)) {
			result->verb = NULL;
			return;
		}
		result_failed(result, item);
		return;
	case OUTCOME_PENDING:
		break;
	}
	result_unknown(result);
	if (job->source)
		hint(run, job, item->remote_id);
}

/* The record over there is read again, at once: it is not what we thought. */
static void hint(struct push_run *run, const struct job *job, struct slice id)
{
	struct hook_event *event = arena_alloc(run->push.arena, sizeof(*event));

	*event = (struct hook_event){
		.key = arena_printf(run->push.arena, "push/%s/%.*s/%lld", job->stream->config->ops->name,
		                    SLICE_ARGS(id), (long long)clock_wall_us()),
		.verb = HOOK_CHANGED,
		.object = job->stream->config->ops->name,
		.id = id,
		.occurred_us = clock_wall_us(),
	};
	hooks_hint(run->instance, event);
}

static void settled(void *owner, const struct pg_result *result, const struct error *err)
{
	struct push_run *run = owner;

	(void)result;
	if (is_given_up(run))
		return;
	if (err && !run->error.kind)
		run->error = *err;
	run_enter(run, run->error.kind ? RUN_END : RUN_CHUNK);
	run_step(run);
}

/* A whole call that failed speaks for all its items that have no outcome of their own. */
static void spread_error(struct push_run *run)
{
	for (size_t i = 0; run->error.kind && i < run->push.n_items; i++) {
		struct push_item *item = &run->push.items[i];

		if (item->outcome != OUTCOME_PENDING || run->error.kind == ERROR_UNCERTAIN)
			continue;
		item->outcome = OUTCOME_FAILED;
		item->err = run->error;
		if (item->err.kind != ERROR_RECORD)
			item->err.kind = ERROR_TRANSIENT;
	}
	if (run->error.kind == ERROR_RECORD || run->error.kind == ERROR_UNCERTAIN)
		run->error.kind = ERROR_NONE;
}

static void run_settle(struct push_run *run)
{
	struct instance *instance = run->instance;

	spread_error(run);
	(void)changes_this_hour(instance);
	run->results = arena_array(run->push.arena, run->push.n_items + 1, sizeof(*run->results));
	for (size_t i = 0; i < run->push.n_items; i++)
		result_of(run, &run->results[i], run->chunk[i], &run->push.items[i]);
	run_enter(run, RUN_SETTLE);
	run_step(run);
}

static void run_store(struct push_run *run)
{
	struct engine *engine = run->instance->engine;
	size_t n = run->results == run->extra ? run->n_extra : run->push.n_items;
	enum entity entity = run->results == run->extra || !n ? ENTITY_PERSON : run->chunk[0]->view->entity;

	run->is_storing = true;
	push_store(&engine->store, instance_store(run->instance)->id, run->config, run->results, n, entity,
	           settled, run);
}

/* -- States -- */

static void run_wait(struct push_run *run)
{
	(void)run;
}

static void (*const acts[RUN_STATE_COUNT])(struct push_run *run) = {
	[RUN_DUE] = run_due,      /* which marks → due_read */
	[RUN_PLAN] = run_plan,    /* their views, the differences → planned */
	[RUN_CHUNK] = run_chunk,  /* what goes next */
	[RUN_ANSWER] = run_wait,  /* → push_answered */
	[RUN_SETTLE] = run_store, /* outcomes into the store → settled */
	[RUN_END] = run_end,
};

static void run_step(struct push_run *run)
{
	acts[run->state](run);
}

static void push_now(struct timer *timer)
{
	struct instance *instance = container_of(timer, struct instance, push_due);

	if (instance->push || (push_barrier(instance) && !instance->is_held) || guard_holds(instance))
		return;
	struct push_run *run = alloc_zeroed(1, sizeof(*run));
	*run = (struct push_run){ .instance = instance,
		                  .config = config_ref(instance->engine->config),
		                  .arena = arena_new(65536) };
	instance->push = run;
	run_step(run);
}

void push_wake(struct instance *instance)
{
	if (instance->push || timer_is_running(&instance->push_due))
		return;
	instance->push_due = (struct timer){ .expired = push_now, .name = "push" };
	timer_start(instance->engine->loop, &instance->push_due, 50000);
}
