/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "json.h"
#include "pass.h"
#include "schedule.h"

/* A run at work: one stream after the other, each where its progress in the store says. */
struct run_work {
	struct instance *instance;
	int64_t run_id;
	json_t *request, *progress;
};

static void run_free(void *owner)
{
	struct run_work *work = owner;

	json_decref(work->request);
	json_decref(work->progress);
	free(work);
}

static void run_over(void *owner, const struct pg_result *result, const struct error *err)
{
	struct instance *instance = owner;

	(void)result;
	if (!err)
		runs_wake(instance);
}

static void run_end(struct run_work *work, const char *state, const struct error *err,
                    const struct pass_progress *dry)
{
	struct instance *instance = work->instance;

	LOG_INFO(&instance->log, "run ended", kv("run", work->run_id), kv("state", state));
	PG_QUERY(instance->engine->store.quick,
	         "UPDATE run SET state = $2, error = $3, ended_at = $4, records = greatest(records, $5), "
	         "parked = greatest(parked, $6)"
	         " WHERE run_id = $1 AND state IN ('queued', 'running')",
	         run_over, instance, PG_I(work->run_id), PG_T(slice_of(state)),
	         PG_T(err ? slice_of(err->text) : SLICE_NULL), PG_AT(clock_wall_us()),
	         PG_I(dry ? dry->records : 0), PG_I(dry ? dry->parked : 0));
	run_free(work);
}

static bool is_stream_done(const struct run_work *work, const char *stream)
{
	return json_is_true(json_object_get(json_object_get(work->progress, stream), "done"));
}

static struct stream_state *next_stream(const struct run_work *work)
{
	const char *only = json_string_value(json_object_get(work->request, "stream"));

	for (size_t i = 0; i < work->instance->n_streams; i++) {
		struct stream_state *stream = &work->instance->streams[i];
		const char *name = stream->config->ops->name;

		if (stream->config->is_on && (!only || strcmp(only, name) == 0) &&
		    !is_stream_done(work, name))
			return stream;
	}
	return NULL;
}

static void run_go_on(struct run_work *work);

static void stream_passed(struct pass *pass, const struct error *err)
{
	struct run_work *work = pass_owner(pass);
	struct instance *instance = work->instance;
	struct pass_progress progress = pass_progress(pass);
	const char *name = pass_stream(pass)->config->ops->name;

	instance->resync = NULL;
	if (err && (err->kind == ERROR_TRANSIENT || err->kind == ERROR_THROTTLED)) {
		/* It stays as it is in the store; tried again with the next poll. */
		LOG_WARNING(&instance->log, "run waits", kv("run", work->run_id), kv("error", err));
		run_free(work);
		return;
	}
	if (err) {
		run_end(work, "failed", err, NULL);
		return;
	}
	if (json_is_true(json_object_get(work->request, "dry_run")))
		json_object_set_new(
		        work->request, "counted",
		        json_integer(json_integer_value(json_object_get(work->request, "counted")) +
		                     progress.records));
	json_object_set_new(work->progress, name, json_pack("{s:b}", "done", 1));
	run_go_on(work);
}

static void run_go_on(struct run_work *work)
{
	struct instance *instance = work->instance;
	struct stream_state *stream = next_stream(work);
	const char *id = json_string_value(json_object_get(work->request, "id"));
	struct slice ids[1] = { slice_of(id) };

	if (!stream) {
		struct pass_progress counted = { .records = json_integer_value(
			                                 json_object_get(work->request, "counted")) };
		run_end(work, "done", NULL, &counted);
		return;
	}
	const json_t *progress = json_object_get(work->progress, stream->config->ops->name);
	const struct pass_options options = {
		.kind = id ? PASS_IDS : PASS_RESYNC,
		.lane = id ? LANE_NORMAL : LANE_BULK,
		.ids = ids,
		.n_ids = id ? 1 : 0,
		.run_id = work->run_id,
		.cursor = json_string_value(json_object_get(progress, "cursor")),
		.since_us = json_integer_value(json_object_get(work->request, "since_us")),
		.dry_run = json_is_true(json_object_get(work->request, "dry_run")),
		.done = stream_passed,
		.dropped = run_free,
		.owner = work,
	};
	instance->resync = pass_start(stream, &options);
}

static void run_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct instance *instance = owner;
	struct error bad = { 0 };

	if (err || !result->n_rows || instance->resync)
		return;
	struct run_work *work = alloc_zeroed(1, sizeof(*work));
	*work = (struct run_work){ .instance = instance, .run_id = pg_int(result, 0, 0) };
	if (!json_read(pg_text(result, 0, 1), &work->request, &bad) ||
	    !json_read(pg_text(result, 0, 2), &work->progress, &bad)) {
		run_end(work, "failed", &bad, NULL);
		return;
	}
	LOG_INFO(&instance->log, "run begins", kv("run", work->run_id));
	run_go_on(work);
}

void runs_wake(struct instance *instance)
{
	struct engine *engine = instance->engine;

	if (instance->resync || !engine->is_ready || !engine->store.is_up || instance->is_paused ||
	    !instance_is_ours(instance))
		return;
	PG_QUERY(engine->store.quick,
	         "UPDATE run SET state = 'running', started_at = coalesce(started_at, $2) WHERE run_id = "
	         "(SELECT run_id FROM run"
	         " WHERE connector_id = $1 AND state IN ('queued', 'running') ORDER BY run_id LIMIT 1) "
	         "RETURNING run_id, request, progress",
	         run_read, instance, PG_I4(instance_store(instance)->id), PG_AT(clock_wall_us()));
}

struct pass *run_pass(struct engine *engine, int64_t run_id)
{
	for (size_t i = 0; i < engine->n_instances; i++) {
		struct pass *pass = engine->instances[i]->resync;

		if (pass && ((struct run_work *)pass_owner(pass))->run_id == run_id)
			return pass;
	}
	return NULL;
}

void run_cancelled(struct engine *engine, int64_t run_id)
{
	struct pass *pass = run_pass(engine, run_id);

	if (!pass)
		return;
	struct instance *instance = ((struct run_work *)pass_owner(pass))->instance;
	instance->resync = NULL;
	pass_cancel(pass);
	runs_wake(instance);
}
