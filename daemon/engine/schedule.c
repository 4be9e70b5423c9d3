/* SPDX-License-Identifier: Apache-2.0 */
#include "schedule.h"

#include <stdlib.h>
#include <string.h>

#include "alerts.h"
#include "clock.h"
#include "hooks_http.h"
#include "pass.h"
#include "push.h"

static bool may_pull(const struct instance *instance)
{
	return instance->engine->is_ready && instance->engine->store.is_up && !instance->is_paused &&
	       instance_is_ours(instance);
}

/* A first load waits for the streams it names: a contact's account is known before the contact. */
static bool is_blocked(struct instance *instance, const struct stream_state *stream)
{
	const char *const *after = stream->config->ops->after;

	for (size_t i = 0; !stream->is_loaded && after && after[i]; i++) {
		const struct stream_state *first = instance_stream(instance, after[i]);

		if (first && first->config->is_on && !first->is_loaded && !first->is_refused && first->failures < 3)
			return true;
	}
	return instance->hot && pass_stream(instance->hot) == stream;
}

static struct stream_state *next_due(struct instance *instance, int64_t now_us, int64_t *ret_wait_us)
{
	struct stream_state *best = NULL;

	*ret_wait_us = 60 * US_PER_S;
	for (size_t i = 0; i < instance->n_streams; i++) {
		struct stream_state *stream = &instance->streams[i];

		if (!stream->config->is_on || is_blocked(instance, stream))
			continue;
		if (stream->due_us > now_us) {
			*ret_wait_us = stream->due_us - now_us < *ret_wait_us ? stream->due_us - now_us
			                                                      : *ret_wait_us;
			continue;
		}
		if (!best || stream->due_us < best->due_us)
			best = stream;
	}
	return best;
}

static void pass_stored(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)owner;
	(void)result;
	(void)err; /* a display value: the next pass writes it again */
}

static int64_t retry_after_us(const struct stream_state *stream)
{
	int64_t wait_us = 5 * US_PER_S << (stream->failures < 7 ? stream->failures - 1 : 6);

	return stream->error.kind == ERROR_REFUSED ? 300 * US_PER_S : wait_us;
}

/* What was refused before may be allowed again as well. */
static void ask_refused_again(struct instance *instance)
{
	for (size_t i = 0; i < instance->n_streams; i++)
		if (instance->streams[i].is_refused)
			instance->streams[i].due_us = clock_mono_us();
}

static void polled(struct pass *pass, const struct error *err)
{
	struct stream_state *stream = pass_owner(pass);
	struct instance *instance = stream->instance;
	struct engine *engine = instance->engine;
	bool was_failing = stream->failures > 0;

	instance->poll = NULL;
	stream->error = err ? *err : (struct error){ 0 };
	stream->is_refused = err && err->kind == ERROR_REFUSED && instance->session_state == SESSION_OPEN;
	if (err) {
		stream->failures++;
		stream->due_us = clock_mono_us() + retry_after_us(stream);
		LOG_AT(&instance->log, err->kind == ERROR_REFUSED ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		       "pass failed", kv("stream", stream->config->ops->name),
		       kv("failures", stream->failures), kv("error", err));
	} else {
		stream->failures = 0;
		stream->due_us = clock_mono_us() + instance->config->poll_ms * 1000;
		stream->passed_us = clock_wall_us();
		if (was_failing) {
			LOG_INFO(&instance->log, "pass works again", kv("stream", stream->config->ops->name));
			ask_refused_again(instance);
		}
		PG_QUERY(engine->store.quick,
		         "UPDATE sync_cursor SET passed_at = $3 WHERE connector_id = $1 AND stream = $2",
		         pass_stored, NULL, PG_I4(instance_store(instance)->id),
		         PG_T(slice_of(stream->config->ops->name)), PG_AT(stream->passed_us));
		if (engine_is_loaded(engine))
			push_wake(instance);
	}
	schedule_wake(instance);
	hooks_wake(instance);
}

static void schedule_now(struct timer *timer)
{
	struct instance *instance = container_of(timer, struct instance, schedule);
	int64_t wait_us;

	if (instance->poll || !may_pull(instance))
		return;
	struct stream_state *stream = next_due(instance, clock_mono_us(), &wait_us);
	if (!stream) {
		timer_start(instance->engine->loop, &instance->schedule, wait_us);
		return;
	}
	const struct pass_options options = {
		.kind = PASS_POLL,
		.lane = stream->is_loaded ? LANE_NORMAL : LANE_BULK,
		.done = polled,
		.owner = stream,
	};
	instance->poll = pass_start(stream, &options);
}

void schedule_wake(struct instance *instance)
{
	if (instance->poll)
		return;
	instance->schedule.expired = schedule_now;
	instance->schedule.name = "schedule";
	timer_start(instance->engine->loop, &instance->schedule, 0);
}
