/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include <stdlib.h>
#include <string.h>

#include "alerts.h"
#include "alloc.h"
#include "clock.h"
#include "crypto.h"
#include "engine.h"
#include "pass.h"
#include "push.h"

/* -- Streams -- */

static void stream_init(struct instance *instance, struct stream_state *stream,
                        const struct stream_config *config)
{
	*stream = (struct stream_state){ .instance = instance, .config = config, .effective = *config };
	stream->due_us = clock_mono_us();
}

static void old_arenas_free(struct instance *instance)
{
	while (!instance->draining && instance->n_old_arenas)
		arena_free(instance->old_arenas[--instance->n_old_arenas]);
}

void instance_drained(struct instance *instance)
{
	old_arenas_free(instance);
}

static void streams_init(struct instance *instance)
{
	const struct connector_config *config = instance->config;
	struct stream_state *old = instance->streams;
	size_t n_old = instance->n_streams;
	struct arena *old_arena = instance->arena;

	instance->arena = arena_new(16384);
	instance->n_streams = config->n_streams;
	instance->streams = arena_array(instance->arena, config->n_streams + 1, sizeof(*instance->streams));
	for (size_t i = 0; i < config->n_streams; i++) {
		stream_init(instance, &instance->streams[i], &config->streams[i]);
		for (size_t k = 0; k < n_old; k++) {
			if (strcmp(old[k].config->ops->name, config->streams[i].ops->name) != 0)
				continue;
			instance->streams[i].is_loaded = old[k].is_loaded;
			instance->streams[i].cursor = TAKE(old[k].cursor);
			instance->streams[i].passed_us = old[k].passed_us;
		}
	}
	for (size_t k = 0; k < n_old; k++)
		free(old[k].cursor);
	instance->old_arenas =
	        alloc_resize(instance->old_arenas, instance->n_old_arenas + 1, sizeof(old_arena));
	instance->old_arenas[instance->n_old_arenas++] = old_arena;
	old_arenas_free(instance);
}

struct stream_state *instance_stream(struct instance *instance, const char *name)
{
	for (size_t i = 0; i < instance->n_streams; i++)
		if (strcmp(instance->streams[i].config->ops->name, name) == 0)
			return &instance->streams[i];
	return NULL;
}

struct store_connector *instance_store(const struct instance *instance)
{
	return store_connector(&instance->engine->store, instance->name);
}

bool instance_is_ours(const struct instance *instance)
{
	const struct store_connector *known = instance_store(instance);

	return known && known->epoch != 0;
}

bool instance_is_loaded(const struct instance *instance)
{
	bool is_any_loaded = false;

	for (size_t i = 0; i < instance->n_streams; i++) {
		const struct stream_state *stream = &instance->streams[i];

		if (stream->config->is_on && !stream->is_loaded && !stream->is_refused)
			return false;
		is_any_loaded = is_any_loaded || stream->is_loaded;
	}
	return is_any_loaded;
}

/* -- Life -- */

static void admit(struct instance *instance);

static void admit_later(struct timer *timer)
{
	admit(container_of(timer, struct instance, admit));
}

static void admit_soon(struct task *task)
{
	admit(container_of(task, struct instance, admit_now));
}

static void login_again(struct timer *timer)
{
	struct instance *instance = container_of(timer, struct instance, login_retry);

	instance->session_state = SESSION_NONE;
	admit(instance);
}

static struct http_client *client_new(const struct instance *instance)
{
	const struct connector_config *config = instance->config;
	const struct http_limits limits = {
		.timeout_ms = config->timeout_ms,
		.connect_timeout_ms = 10000,
		.body_max = config->body_max,
		.allow_private = config->allow_private_network,
		.connections = (int)config->concurrency,
		.user_agent = "tandemd/" TANDEM_VERSION,
	};

	return http_client_new(instance->engine->http, &limits);
}

struct instance *instance_new(struct engine *engine, const struct connector_config *config)
{
	struct instance *instance = alloc_zeroed(1, sizeof(*instance));

	*instance = (struct instance){ .engine = engine, .config = config, .name = alloc_text(config->name) };
	instance->log = (struct log){ &engine->log, "connector", instance->name };
	instance->admit = (struct timer){ .expired = admit_later, .name = "admit" };
	instance->admit_now.run = admit_soon;
	instance->login_retry = (struct timer){ .expired = login_again, .name = "login retry" };
	budget_init(&instance->budget, config->calls_per_second, config->calls_per_day, config->hot_share,
	            config->concurrency, clock_mono_us());
	instance->client = client_new(instance);
	streams_init(instance);
	return instance;
}

static void session_end(struct instance *instance)
{
	if (http_is_busy(&instance->login))
		budget_give_back(&instance->budget);
	http_cancel(&instance->login);
	timer_stop(instance->engine->loop, &instance->login_retry);
	arena_free(instance->session_arena);
	arena_free(instance->login_arena);
	instance->session_arena = instance->login_arena = NULL;
	instance->session = (struct session){ 0 };
	instance->session_state = SESSION_NONE;
	instance->error = (struct error){ 0 };
}

static void work_cancel(struct instance *instance)
{
	pass_cancel(instance->poll);
	pass_cancel(instance->hot);
	pass_cancel(instance->resync);
	push_cancel(instance);
	alerts_cancel(instance->engine->alerts, instance);
	instance->poll = instance->hot = instance->resync = NULL;
}

void instance_reconfigure(struct instance *instance, const struct connector_config *config)
{
	const struct connector_config *old = instance->config;
	bool is_client_changed = old->timeout_ms != config->timeout_ms || old->body_max != config->body_max ||
	                         old->allow_private_network != config->allow_private_network ||
	                         old->concurrency != config->concurrency;

	work_cancel(instance);
	session_end(instance);
	instance->config = config;
	budget_limits(&instance->budget, config->calls_per_second, config->calls_per_day, config->hot_share,
	              config->concurrency);
	if (is_client_changed) {
		http_client_free(instance->client);
		instance->client = client_new(instance);
		instance->budget.under_way = 0;
	}
	streams_init(instance);
}

void instance_stop(struct instance *instance)
{
	struct loop *loop = instance->engine->loop;

	work_cancel(instance);
	timer_stop(loop, &instance->admit);
	timer_stop(loop, &instance->schedule);
	timer_stop(loop, &instance->push_due);
	timer_stop(loop, &instance->hooks_due);
	task_cancel(loop, &instance->admit_now);
	session_end(instance);
}

void instance_free(struct instance *instance)
{
	if (!instance)
		return;
	instance_stop(instance);
	http_client_free(instance->client);
	for (size_t i = 0; i < instance->n_streams; i++)
		free(instance->streams[i].cursor);
	arena_free(instance->arena);
	passes_abandon(instance);
	old_arenas_free(instance);
	free(instance->old_arenas);
	free((char *)instance->name);
	free(instance);
}

/* -- Session -- */

static void login_ask(struct instance *instance);

static void fail_waiting(struct instance *instance, const struct error *err)
{
	struct remote_call *calls = NULL, **end = &calls;

	for (int lane = 0; lane < LANE_KIND_COUNT; lane++) {
		*end = TAKE(instance->queue[lane]);
		while (*end)
			end = &(*end)->next;
	}
	while (calls) {
		struct remote_call *call = calls;

		calls = call->next;
		call->next = NULL;
		call->state = 0;
		call->done(call, NULL, err);
	}
}

static void login_failed(struct instance *instance, const struct error *why)
{
	struct error err = *why;
	bool is_refused = err.kind == ERROR_REFUSED || err.kind == ERROR_EXPIRED ||
	                  err.kind == ERROR_RECORD || err.kind == ERROR_CONFIG;
	int64_t wait_us = err.kind == ERROR_THROTTLED && err.retry_after_s ? err.retry_after_s * US_PER_S
	                  : is_refused
	                          ? 300 * US_PER_S
	                          : US_PER_S << (instance->login_failures < 8 ? instance->login_failures : 8);

	instance->login_failures++;
	(void)fail_in(&err, "cannot log in");
	if (is_refused)
		err.kind = ERROR_REFUSED;
	LOG_ERROR(&instance->log, "login failed", kv("error", &err), kv("retry_s", wait_us / US_PER_S));
	instance->session_state = SESSION_REFUSED;
	instance->error = err;
	timer_start(instance->engine->loop, &instance->login_retry, wait_us);
	fail_waiting(instance, &instance->error);
}

static void account_stored(void *owner, const struct pg_result *result, const struct error *err)
{
	struct instance *instance = owner;
	struct error other = { 0 };

	if (instance->session_state != SESSION_OPENING)
		return;
	if (err) {
		login_failed(instance, err);
		return;
	}
	if (result->n_rows && !pg_is_null(result, 0, 0) && instance->session.account_id &&
	    !slice_equal_text(pg_text(result, 0, 0), instance->session.account_id)) {
		(void)fail(&other, ERROR_REFUSED,
		           "the credentials belong to account \"%s\", but this connector was set up with \"%.*s\"",
		           instance->session.account_id, SLICE_ARGS(pg_text(result, 0, 0)));
		login_failed(instance, &other);
		return;
	}
	instance->session_state = SESSION_OPEN;
	instance->login_failures = 0;
	instance->error = (struct error){ 0 };
	LOG_INFO(&instance->log, "logged in",
	         kv("account", instance->session.account_id ? instance->session.account_id : ""));
	admit(instance);
}

/* A rotated refresh token and the account are stored before the session is used (A2, A36 of the fault list).
 */
static void login_over(struct instance *instance)
{
	struct store *store = &instance->engine->store;
	const struct store_connector *known = instance_store(instance);

	PG_QUERY(store->quick,
	         "UPDATE connector SET refresh_token = coalesce($2, refresh_token), account_id = "
	         "coalesce(account_id, $3)"
	         " WHERE connector_id = $1 RETURNING account_id",
	         account_stored, instance, PG_I4(known ? known->id : 0),
	         PG_T(slice_of(instance->session.refresh_token)),
	         PG_T(slice_of(instance->session.account_id)));
}

static void login_answered(struct http_exchange *exchange, const struct http_response *response,
                           const struct error *err)
{
	struct instance *instance = container_of(exchange, struct instance, login);
	const struct connector_ops *ops = instance->config->ops;
	struct error bad = { 0 };

	budget_give_back(&instance->budget);
	if (err)
		bad = *err;
	else if ((ops->check ? ops->check : http_check)(response, &bad) &&
	         ops->login_read(&instance->session, response, &bad)) {
		login_ask(instance);
		return;
	}
	login_failed(instance, &bad);
}

static void login_ask(struct instance *instance)
{
	struct http_request request = { 0 };
	struct error err = { 0 };

	arena_free(instance->login_arena);
	instance->login_arena = arena_new(4096);
	request.arena = instance->login_arena;
	instance->session.now_us = clock_wall_us();
	switch (instance->config->ops->login_ask(&instance->session, &request, &err)) {
	case NEXT_REQUEST:
		budget_take(&instance->budget, LANE_HOT, clock_mono_us());
		instance->login.done = login_answered;
		http_send(instance->client, &instance->login, &request);
		break;
	case NEXT_DONE:
		login_over(instance);
		break;
	case NEXT_FAILED:
		login_failed(instance, &err);
		break;
	}
}

static void refresh_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct instance *instance = owner;

	if (instance->session_state != SESSION_OPENING)
		return;
	if (err) {
		login_failed(instance, err);
		return;
	}
	if (result->n_rows && !pg_is_null(result, 0, 0))
		instance->session.refresh_token =
		        arena_slice(instance->session_arena, pg_text(result, 0, 0)).data;
	login_ask(instance);
}

static void session_open(struct instance *instance)
{
	const struct store_connector *known = instance_store(instance);

	session_end(instance);
	instance->session_state = SESSION_OPENING;
	instance->session_arena = arena_new(4096);
	instance->session = (struct session){
		.arena = instance->session_arena,
		.config = instance->config->module,
		.base_url = instance->config->base_url,
	};
	PG_QUERY(instance->engine->store.quick, "SELECT refresh_token FROM connector WHERE connector_id = $1",
	         refresh_read, instance, PG_I4(known ? known->id : 0));
}

static bool session_is_good(struct instance *instance)
{
	if (instance->session_state == SESSION_OPEN && instance->session.expires_us &&
	    instance->session.expires_us < clock_wall_us() + 60 * US_PER_S)
		instance->session_state = SESSION_NONE;
	if (instance->session_state == SESSION_NONE)
		session_open(instance);
	return instance->session_state == SESSION_OPEN;
}

/* -- Calls -- */

enum { CALL_IDLE, CALL_QUEUED, CALL_SENT, CALL_PAUSED };

#define CALL_ATTEMPTS_MAX 5
#define CALL_PAUSE_MIN_US 500000
#define CALL_PAUSE_MAX_US (30 * US_PER_S)

bool remote_call_is_busy(const struct remote_call *call)
{
	return call->state != CALL_IDLE;
}

static void call_queue(struct remote_call *call)
{
	struct instance *instance = call->instance;
	struct remote_call **end = &instance->queue[call->lane];

	while (*end)
		end = &(*end)->next;
	*end = call;
	call->next = NULL;
	call->state = CALL_QUEUED;
	task_queue(instance->engine->loop, &instance->admit_now);
}

static void call_end(struct remote_call *call, const struct http_response *response, const struct error *err)
{
	call->state = CALL_IDLE;
	call->done(call, response, err);
}

static void call_paused(struct timer *timer)
{
	call_queue(container_of(timer, struct remote_call, pause));
}

static void call_pause(struct remote_call *call)
{
	int64_t most_us = (int64_t)CALL_PAUSE_MIN_US << call->attempts;

	if (most_us > CALL_PAUSE_MAX_US)
		most_us = CALL_PAUSE_MAX_US;
	call->state = CALL_PAUSED;
	call->pause = (struct timer){ .expired = call_paused, .name = "call retry" };
	timer_start(call->instance->engine->loop, &call->pause,
	            (int64_t)(random_uint64() % (uint64_t)most_us));
}

/* The session ran out under the call: renewed once for all who wait, and the call goes again once. */
static void call_renew(struct remote_call *call, struct error *err)
{
	struct instance *instance = call->instance;

	if (call->is_renewed) {
		err->kind = ERROR_REFUSED;
		call_end(call, NULL, err);
		return;
	}
	call->is_renewed = true;
	if (instance->session_state == SESSION_OPEN && call->owner_session == instance->session_arena)
		instance->session_state = SESSION_NONE;
	call_queue(call);
}

static void call_throttled(struct remote_call *call, const struct error *err)
{
	int64_t wait_us = (err->retry_after_s > 0 ? err->retry_after_s : 10) * US_PER_S;

	LOG_WARNING(&call->instance->log, "throttled", kv("wait_s", wait_us / US_PER_S), kv("error", err));
	budget_wait(&call->instance->budget, clock_mono_us() + wait_us);
	call_queue(call);
}

static void call_failed(struct remote_call *call, struct error *err)
{
	switch (err->kind) {
	case ERROR_EXPIRED:
		call_renew(call, err);
		return;
	case ERROR_THROTTLED:
		call_throttled(call, err);
		return;
	case ERROR_TRANSIENT:
		if (++call->attempts >= CALL_ATTEMPTS_MAX)
			break;
		call_pause(call);
		return;
	default:
		break;
	}
	call_end(call, NULL, err);
}

static void call_answered(struct http_exchange *exchange, const struct http_response *response,
                          const struct error *err)
{
	struct remote_call *call = container_of(exchange, struct remote_call, exchange);
	struct instance *instance = call->instance;
	const struct connector_ops *ops = instance->config->ops;
	struct error bad = { 0 };

	budget_give_back(&instance->budget);
	task_queue(instance->engine->loop, &instance->admit_now);
	if (!err && (ops->check ? ops->check : http_check)(response, &bad)) {
		call_end(call, response, NULL);
		return;
	}
	if (err)
		bad = *err;
	/* The remote answered with a fault of its own: what the request changed is not known. */
	if (!err && bad.kind == ERROR_TRANSIENT && call->request.changes)
		bad.kind = ERROR_UNCERTAIN;
	call_failed(call, &bad);
}

/* False: nothing is to be sent, and the call has ended. */
static bool call_build(struct remote_call *call)
{
	struct error err = { 0 };
	enum next next = call->is_built ? NEXT_REQUEST : call->ask(call, &err);

	call->is_built = true;
	if (next == NEXT_REQUEST)
		return true;
	call_end(call, NULL, next == NEXT_FAILED ? &err : NULL);
	return false;
}

static void call_send(struct remote_call *call)
{
	struct instance *instance = call->instance;

	call->state = CALL_IDLE;
	if (!call_build(call))
		return;
	struct http_request request = call->request;
	/* Authorised anew each time: the session may be another one than at the first try. */
	request.headers = arena_array(request.arena, request.n_headers + 8, sizeof(*request.headers));
	if (request.n_headers)
		memcpy(request.headers, call->request.headers, request.n_headers * sizeof(*request.headers));
	instance->config->ops->authorize(&instance->session, &request);
	call->owner_session = instance->session_arena;
	call->state = CALL_SENT;
	call->exchange.done = call_answered;
	budget_take(&instance->budget, call->lane, clock_mono_us());
	http_send(instance->client, &call->exchange, &request);
}

static void admit(struct instance *instance)
{
	bool has_waiting =
	        instance->queue[LANE_HOT] || instance->queue[LANE_NORMAL] || instance->queue[LANE_BULK];
	int64_t soonest_us = 0;

	if (!has_waiting)
		return;
	if (instance->session_state == SESSION_REFUSED) {
		fail_waiting(instance, &instance->error);
		return;
	}
	if (!session_is_good(instance))
		return;
	for (int lane = 0; lane < LANE_KIND_COUNT; lane++) {
		int64_t wait_us = 0;

		while (instance->queue[lane] &&
		       !(wait_us = budget_ask(&instance->budget, (enum lane_kind)lane, clock_mono_us()))) {
			struct remote_call *call = instance->queue[lane];

			instance->queue[lane] = call->next;
			call->next = NULL;
			call_send(call);
		}
		if (instance->queue[lane] && wait_us > 0 && (!soonest_us || wait_us < soonest_us))
			soonest_us = wait_us;
	}
	if (soonest_us)
		timer_start(instance->engine->loop, &instance->admit, soonest_us);
}

void remote_call_start(struct remote_call *call)
{
	call->attempts = 0;
	call->is_renewed = call->is_built = false;
	call_queue(call);
}

void remote_call_cancel(struct remote_call *call)
{
	struct instance *instance = call->instance;

	if (!instance || call->state == CALL_IDLE)
		return;
	if (call->state == CALL_SENT) {
		http_cancel(&call->exchange);
		budget_give_back(&instance->budget);
		task_queue(instance->engine->loop, &instance->admit_now);
	}
	if (call->state == CALL_PAUSED)
		timer_stop(instance->engine->loop, &call->pause);
	for (struct remote_call **at = &instance->queue[call->lane]; *at; at = &(*at)->next) {
		if (*at != call)
			continue;
		*at = call->next;
		break;
	}
	call->state = CALL_IDLE;
}
