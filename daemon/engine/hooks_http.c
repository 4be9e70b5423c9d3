/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks_http.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "pass.h"

#define EVENTS_AT_ONCE 500

/* -- Receiving -- */

struct receipt { /* a request whose events are being committed */
	struct hook_delivery delivery;
	struct instance *instance;
	struct inquiry *inquiry; /* NULL: its sender is gone */
	struct arena *arena;
	struct hook_events events;
};

static void answer(struct inquiry *inquiry, int status, const char *text)
{
	const struct http_header later[] = { { .name = "Retry-After", .value = "5" } };

	inquiry_answer(inquiry, status, "text/plain", slice_of(text), status == 503 ? later : NULL,
	               status == 503);
}

static void sender_gone(void *owner)
{
	((struct receipt *)owner)->inquiry = NULL;
}

static void receipt_free(struct receipt *receipt)
{
	arena_free(receipt->arena);
	free(receipt);
}

static void committed(struct hook_delivery *delivery, const struct error *err)
{
	struct receipt *receipt = container_of(delivery, struct receipt, delivery);
	struct instance *instance = receipt->instance;

	if (receipt->inquiry)
		answer(receipt->inquiry, err ? 503 : 202, err ? "try again later\n" : "accepted\n");
	if (err) {
		LOG_WARNING(&instance->log, "hook not stored", kv("error", err));
	} else {
		instance->hooks_accepted++;
		instance->hook_events += receipt->events.n_events;
		hooks_wake(instance);
	}
	receipt_free(receipt);
}

static void refuse(struct instance *instance, struct inquiry *inquiry, const struct error *err)
{
	instance->hooks_refused++;
	LOG_WARNING(&instance->log, "hook refused", kv("error", err));
	answer(inquiry, err->kind == ERROR_REFUSED ? 401 : 400,
	       err->kind == ERROR_REFUSED ? "not authorised\n" : "not understood\n");
}

static bool read_hook(struct receipt *receipt, struct error *err)
{
	const struct connector_config *config = receipt->instance->config;
	struct hook hook = {
		.config = config->module,
		.arena = receipt->arena,
		.now_us = clock_wall_us(),
		.method = inquiry_method(receipt->inquiry),
		.path = inquiry_target(receipt->inquiry),
		.public_url = config->hook_url ? config->hook_url : "",
		.body = inquiry_body(receipt->inquiry),
	};

	hook.headers = inquiry_headers(receipt->inquiry, &hook.n_headers);
	return config->ops->hook_verify(&hook, err) && config->ops->hook_parse(&hook, &receipt->events, err);
}

static void accept_hook(struct instance *instance, struct inquiry *inquiry)
{
	struct receipt *receipt = alloc_zeroed(1, sizeof(*receipt));
	struct error err = { 0 };

	*receipt = (struct receipt){ .instance = instance, .inquiry = inquiry, .arena = arena_new(16384) };
	if (!read_hook(receipt, &err)) {
		refuse(instance, inquiry, &err);
		receipt_free(receipt);
		return;
	}
	if (!receipt->events.n_events) {
		answer(inquiry, 202, "accepted\n");
		instance->hooks_accepted++;
		receipt_free(receipt);
		return;
	}
	receipt->delivery = (struct hook_delivery){
		.connector_id = instance_store(instance)->id,
		.events = &receipt->events,
		.done = committed,
	};
	inquiry_hold(inquiry, sender_gone, receipt);
	inbox_add(&instance->engine->inbox, &receipt->delivery);
}

void hooks_receive(struct engine *engine, struct inquiry *inquiry, const char *connector)
{
	struct instance *instance = engine_instance(engine, connector);

	if (!instance || !instance->config->ops->hook_verify)
		answer(inquiry, 404, "no such hook\n");
	else if (strcmp(inquiry_method(inquiry), "POST") != 0)
		answer(inquiry, 405, "only POST\n");
	else if (!engine->is_ready || !engine->store.is_up || !instance_store(instance))
		answer(inquiry, 503, "try again later\n");
	else
		accept_hook(instance, inquiry);
}

/* -- Hints -- */

void hooks_hint(struct instance *instance, const struct hook_event *event)
{
	struct receipt *receipt = alloc_zeroed(1, sizeof(*receipt));
	struct hook_event *copy;

	*receipt = (struct receipt){ .instance = instance, .arena = arena_new(512) };
	copy = arena_alloc(receipt->arena, sizeof(*copy));
	*copy = *event;
	copy->key = arena_strdup(receipt->arena, event->key);
	copy->id = arena_slice(receipt->arena, event->id);
	receipt->events = (struct hook_events){ copy, 1 };
	receipt->delivery = (struct hook_delivery){
		.connector_id = instance_store(instance)->id,
		.events = &receipt->events,
		.done = committed,
	};
	inbox_add(&instance->engine->inbox, &receipt->delivery);
}

/* -- Working off -- */

struct working { /* the events one hot pass is for */
	struct instance *instance;
	int64_t *keys;
	size_t n_keys;
};

static void working_free(void *owner)
{
	struct working *working = owner;

	free(working->keys);
	free(working);
}

static void put_off(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)result;
	if (!err)
		hooks_wake(owner);
}

static void passed(struct pass *pass, const struct error *err)
{
	struct working *working = pass_owner(pass);
	struct instance *instance = working->instance;
	struct engine *engine = instance->engine;

	instance->hot = NULL;
	if (err) {
		LOG_WARNING(&instance->log, "hook events not worked off", kv("events", working->n_keys),
		            kv("error", err));
		if (engine->store.is_up)
			inbox_later(&engine->store, instance_store(instance)->id, working->keys,
			            working->n_keys, clock_wall_us() + 10 * US_PER_S, err->text, put_off,
			            instance);
	} else {
		hooks_wake(instance);
	}
	working_free(working);
}

/* Deleted ids of a stream that cannot be read by id, and events of streams that are off, have nothing to be
 * read. */
static struct stream_state *readable_stream(struct instance *instance, const struct inbox_event *event)
{
	CLEANUP(free_pointer) char *name = alloc_printf("%.*s", SLICE_ARGS(event->object));
	struct stream_state *stream = instance_stream(instance, name);

	return stream && stream->config->is_on ? stream : NULL;
}

static void start_pass(struct instance *instance, struct stream_state *stream,
                       const struct inbox_event *events, size_t n)
{
	struct working *working = alloc_zeroed(1, sizeof(*working));
	struct slice *ids = alloc_zeroed(n * 2 + 1, sizeof(*ids));
	size_t n_ids = 0, most = stream->config->ops->ids_max;
	bool by_cursor = !most;

	*working = (struct working){ .instance = instance, .keys = alloc_zeroed(n, sizeof(int64_t)) };
	for (size_t i = 0; i < n; i++) {
		bool is_here = slice_equal_text(events[i].object, stream->config->ops->name);
		bool has_id = !slice_is_empty(events[i].external_id);
		bool is_known = false;

		if (!is_here || (!by_cursor && n_ids + 2 > most && has_id))
			continue;
		if (!has_id && n_ids)
			continue; /* a pass by cursor has its own turn */
		by_cursor = by_cursor || !has_id;
		for (size_t k = 0; k < n_ids; k++)
			is_known = is_known || slice_equal(ids[k], events[i].external_id);
		if (!is_known && has_id && most)
			ids[n_ids++] = events[i].external_id;
		if (!slice_is_empty(events[i].into_id) && most)
			ids[n_ids++] = events[i].into_id;
		working->keys[working->n_keys++] = events[i].event_key;
	}
	const struct pass_options options = {
		.kind = n_ids ? PASS_IDS : PASS_POLL,
		.lane = LANE_HOT,
		.ids = ids,
		.n_ids = n_ids,
		.hook_keys = working->keys,
		.n_hook_keys = working->n_keys,
		.done = passed,
		.dropped = working_free,
		.owner = working,
	};
	instance->hot = pass_start(stream, &options);
	free(ids);
}

static void finished(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)result;
	if (!err)
		hooks_wake(owner);
}

static void events_read(struct inbox_asking *asking, const struct inbox_event *events, size_t n, const struct error *err)
{
	struct instance *instance = container_of(asking, struct instance, hooks_asking);
	int64_t unreadable[EVENTS_AT_ONCE];
	size_t n_unreadable = 0;

	if (err || instance->hot || instance->is_paused || !instance_is_ours(instance))
		return;
	for (size_t i = 0; i < n; i++) {
		struct stream_state *stream = readable_stream(instance, &events[i]);

		if (!stream) {
			unreadable[n_unreadable++] = events[i].event_key;
			continue;
		}
		/* By cursor only when no poll of that stream is under way: it will see the change itself,
		 * next time. */
		if (slice_is_empty(events[i].external_id) && instance->poll &&
		    pass_stream(instance->poll) == stream)
			continue;
		start_pass(instance, stream, events, n);
		break;
	}
	if (n_unreadable)
		inbox_finish(&instance->engine->store, instance_store(instance)->id, unreadable, n_unreadable,
		             finished, instance);
}

static void work_off(struct timer *timer)
{
	struct instance *instance = container_of(timer, struct instance, hooks_due);

	if (instance->hot || !instance->engine->store.is_up || instance->is_paused ||
	    !instance_is_ours(instance))
		return;
	instance->hooks_asking.done = events_read;
	inbox_due(&instance->engine->store, instance_store(instance)->id, EVENTS_AT_ONCE, &instance->hooks_asking);
}

void hooks_wake(struct instance *instance)
{
	if (instance->hot || timer_is_running(&instance->hooks_due))
		return;
	instance->hooks_due = (struct timer){ .expired = work_off, .name = "hooks" };
	timer_start(instance->engine->loop, &instance->hooks_due, 1000);
}
