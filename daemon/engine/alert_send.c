/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_send.h"

#include <stdlib.h>
#include <string.h>

#include "alert_about.h"
#include "alert_outcome.h"
#include "alert_plan.h"
#include "alert_text.h"
#include "alloc.h"
#include "clock.h"

#define ALERTS_MAX 50             /* of one run; those left over are the next run's */
#define RETRY_US   (2 * US_PER_S) /* of an outcome that could not be stored */

enum send_state {
	SEND_READ,
	SEND_FACTS,
	SEND_SORT,
	SEND_CLAIM,
	SEND_ASK,
	SEND_SETTLE,
	SEND_END,
	SEND_STATE_COUNT
};
static const char *const state_names[SEND_STATE_COUNT] = { "read", "facts",  "sort", "claim",
	                                                   "ask",  "settle", "end" };

struct alert_sender {
	struct engine *engine;
	struct instance *instance; /* NULL: only routes */
	struct config *config;
	alert_send_ended *ended;
	void *owner;
	enum send_state state;
	int16_t connector_id;
	struct arena *arena, *task_arena, *call_arena;
	struct alert_row *rows;
	size_t n_rows, at;
	const struct alert_facts *facts;
	struct notice notice;
	struct remote_call call;
	size_t n_answers; /* to the request under way: something may have been done */
	struct alert_outcome outcome;
	struct timer retry;
	struct error error;
	bool is_storing, is_cancelled;
	size_t n_moved, n_sent, n_failed, n_again;
};

static void sender_step(struct alert_sender *sender);

const char *alert_send_barrier(const struct instance *instance)
{
	static const char *const modes[] = {
		[MODE_OBSERVE] = "connector is in mode observe",
		[MODE_PROPOSE] = "connector is in mode propose",
	};

	if (!instance->engine->is_ready || !instance->engine->store.is_up)
		return "store is down";
	if (!instance_is_ours(instance))
		return "another daemon runs this connector";
	if (instance->is_paused)
		return "connector is paused";
	if (instance->config->mode != MODE_APPLY)
		return modes[instance->config->mode];
	return instance->session_state == SESSION_REFUSED ? "connector cannot log in" : NULL;
}

/* -- Life -- */

static void sender_free(struct alert_sender *sender)
{
	timer_stop(sender->engine->loop, &sender->retry);
	config_unref(sender->config);
	arena_free(sender->arena);
	arena_free(sender->task_arena);
	arena_free(sender->call_arena);
	free(sender);
}

static const struct log *log_of(const struct alert_sender *sender)
{
	return sender->instance ? &sender->instance->log : &sender->engine->log;
}

static void sender_enter(struct alert_sender *sender, enum send_state state)
{
	LOG_DEBUG(log_of(sender), "alerts move", kv("from", state_names[sender->state]),
	          kv("to", state_names[state]));
	sender->state = state;
}

static void sender_fail(struct alert_sender *sender, const struct error *err)
{
	sender->error = *err;
	sender_enter(sender, SEND_END);
}

/* A callback of the store for a run that was given up meanwhile. */
static bool is_given_up(struct alert_sender *sender)
{
	sender->is_storing = false;
	if (!sender->is_cancelled)
		return false;
	sender_free(sender);
	return true;
}

void alert_send_cancel(struct alert_sender *sender)
{
	remote_call_cancel(&sender->call);
	timer_stop(sender->engine->loop, &sender->retry);
	if (sender->is_storing && sender->engine->store.is_open) {
		sender->is_cancelled = true;
		sender->instance = NULL;
	} else {
		sender_free(sender);
	}
}

static void send_end(struct alert_sender *sender)
{
	bool went_well = !sender->error.kind && sender->n_moved > 0;

	if (sender->error.kind)
		LOG_WARNING(log_of(sender), "alerts could not be sent", kv("error", &sender->error));
	if (sender->n_sent || sender->n_failed || sender->n_again)
		LOG_INFO(log_of(sender), "alerts sent", kv("sent", sender->n_sent),
		         kv("failed", sender->n_failed), kv("again", sender->n_again));
	sender->ended(sender, went_well, sender->owner);
	sender_free(sender);
}

/* -- Read and sort out -- */

static void rows_read(void *owner, struct alert_row *rows, size_t n, const struct error *err)
{
	struct alert_sender *sender = owner;

	if (is_given_up(sender))
		return;
	sender->rows = rows;
	sender->n_rows = n;
	if (err)
		sender_fail(sender, err);
	else
		sender_enter(sender, n ? SEND_FACTS : SEND_END);
	sender_step(sender);
}

static void send_read(struct alert_sender *sender)
{
	sender->is_storing = true;
	alerts_due(&sender->engine->store, sender->arena, sender->connector_id, ALERTS_MAX, rows_read,
	           sender);
}

static void facts_read(void *owner, const struct alert_facts *facts, const struct error *err)
{
	struct alert_sender *sender = owner;

	if (is_given_up(sender))
		return;
	sender->facts = facts;
	if (err)
		sender_fail(sender, err);
	else
		sender_enter(sender, SEND_SORT);
	sender_step(sender);
}

static void send_facts(struct alert_sender *sender)
{
	int64_t *people = arena_array(sender->arena, sender->n_rows, sizeof(*people));

	for (size_t i = 0; i < sender->n_rows; i++)
		people[i] = sender->rows[i].person_id;
	sender->is_storing = true;
	alert_facts_load(&sender->engine->store, sender->config, sender->arena, people, sender->n_rows,
	                 facts_read, sender);
}

static void sorted_out(void *owner, const struct pg_result *result, const struct error *err)
{
	struct alert_sender *sender = owner;

	(void)result;
	if (is_given_up(sender))
		return;
	if (err)
		sender_fail(sender, err);
	else
		sender_enter(sender, SEND_CLAIM);
	sender_step(sender);
}

static bool is_too_old(const struct alert_sender *sender, const struct alert_row *alert, int64_t now_us)
{
	const struct alert_rule *rule = alert_rule_named(&sender->config->policy, alert->rule);

	return now_us - alert->last_us > rule->max_age_ms * 1000;
}

/* An uncertain one stays with whom it was sent to, until it was looked up. */
static void send_sort(struct alert_sender *sender)
{
	int64_t now_us = clock_wall_us(), *old = arena_array(sender->arena, sender->n_rows, sizeof(*old));
	struct alert_decided *again = arena_array(sender->arena, sender->n_rows, sizeof(*again));
	size_t n_old = 0, n_again = 0, n_kept = 0;
	struct store *store = &sender->engine->store;
	struct alert_plan plan;

	alert_plan_init(&plan, sender->arena, sender->config, store, sender->n_rows, now_us);
	for (size_t i = 0; i < sender->n_rows; i++) {
		if (sender->rows[i].is_uncertain)
			sender->rows[n_kept++] = sender->rows[i];
		else if (is_too_old(sender, &sender->rows[i], now_us))
			old[n_old++] = sender->rows[i].alert_id;
		else if (alert_plan_again(&plan, sender->facts, &sender->rows[i], &again[n_again]))
			n_again++;
		else
			sender->rows[n_kept++] = sender->rows[i];
	}
	sender->n_rows = n_kept;
	sender->n_moved += n_old + n_again;
	if (n_old)
		LOG_WARNING(log_of(sender), "alerts are too old to be told", kv("alerts", n_old));
	if (n_again)
		LOG_INFO(log_of(sender), "alerts were routed again", kv("alerts", n_again),
		         kv("nobody", plan.n_nobody));
	sender->is_storing = n_old || n_again;
	if (n_old)
		alerts_expire(store, old, n_old, n_again ? NULL : sorted_out, sender);
	if (n_again)
		alerts_redecide(store, again, n_again, &plan.decisions,
		                now_us + (sender->instance ? US_PER_S : 0), sorted_out, sender);
	if (sender->is_storing)
		return;
	sender_enter(sender, SEND_CLAIM);
	sender_step(sender);
}

/* -- Claim -- */

static struct slice or_empty(struct slice text)
{
	return slice_is_null(text) ? SLICE("") : text;
}

static void notice_init(struct alert_sender *sender, const struct alert_row *alert,
                        const struct alert_about *about, bool find)
{
	sender->notice = (struct notice){
		.config = sender->instance->config->module,
		.session = &sender->instance->session,
		.arena = sender->task_arena,
		.key = alert_key(sender->task_arena, alert->alert_id),
		.owner_id = or_empty(about->owner_id),
		.person_object = about->person_object.len
		                         ? arena_strndup(sender->task_arena, about->person_object.data,
		                                         about->person_object.len)
		                         : NULL,
		.person_id = or_empty(about->person_id),
		.account_id = or_empty(about->account_id),
		.opportunity_id = or_empty(about->opportunity_id),
		.created_us = alert->created_us,
		.due_us = about->due_us,
		.find = find,
	};
}

static void claimed(void *owner, const struct pg_result *result, const struct error *err)
{
	struct alert_sender *sender = owner;

	if (is_given_up(sender))
		return;
	if (err) {
		sender_fail(sender, err);
	} else if (!result->n_rows) {
		sender->at++;
	} else {
		sender->notice.subject = arena_slice(sender->task_arena, pg_text(result, 0, 0)).data;
		sender->notice.body = arena_slice(sender->task_arena, pg_text(result, 0, 1)).data;
		sender_enter(sender, SEND_ASK);
	}
	sender_step(sender);
}

static void send_claim(struct alert_sender *sender)
{
	if (sender->at == sender->n_rows || !sender->instance || alert_send_barrier(sender->instance)) {
		sender_enter(sender, SEND_END);
		sender_step(sender);
		return;
	}
	const struct alert_row *alert = &sender->rows[sender->at];
	const struct alert_rule *rule = alert_rule_named(&sender->config->policy, alert->rule);
	int64_t epoch = instance_store(sender->instance)->epoch;
	struct alert_about about;

	arena_free(sender->task_arena);
	sender->task_arena = arena_new(8192);
	bool find = alert->is_uncertain && alert_about_parse(sender->task_arena, alert->about, &about);
	if (!find) {
		alert_about_find(sender->facts, sender->instance->config, alert->person_id,
		                 alert->opportunity_id, alert->user_id, &about);
		about.due_us = alert->created_us + rule->due_ms * 1000;
	}
	notice_init(sender, alert, &about, find);
	sender->outcome = (struct alert_outcome){ .alert_id = alert->alert_id,
		                                  .epoch = epoch,
		                                  .connector_id = sender->connector_id };
	sender->is_storing = true;
	alert_claim(&sender->engine->store, alert, sender->connector_id, epoch,
	            find ? SLICE_NULL : alert_about_print(sender->task_arena, &about), claimed, sender);
}

/* -- Ask -- */

static void settle(struct alert_sender *sender, const struct error *err)
{
	struct alert_outcome *outcome = &sender->outcome;
	const struct alert_attempt attempt = {
		.notice = &sender->notice,
		.err = err,
		.attempts = sender->rows[sender->at].attempts,
		.is_logged_out = sender->instance->session_state == SESSION_REFUSED,
		.now_us = clock_wall_us(),
	};

	alert_outcome_read(sender->task_arena, &attempt, outcome);
	sender->n_sent += strcmp(outcome->state, "sent") == 0;
	sender->n_failed += strcmp(outcome->state, "failed") == 0;
	sender->n_again += strcmp(outcome->state, "due") == 0;
	sender_enter(sender, SEND_SETTLE);
	sender_step(sender);
}

static enum next ask_notice(struct remote_call *call, struct error *err)
{
	struct alert_sender *sender = call->owner;

	if (sender->call_arena)
		arena_reset(sender->call_arena);
	else
		sender->call_arena = arena_new(8192);
	call->request = (struct http_request){ .arena = sender->call_arena };
	sender->notice.now_us = clock_wall_us();
	return sender->instance->config->ops->notice_ask(&sender->notice, &call->request, err);
}

static void answered(struct remote_call *call, const struct http_response *response, const struct error *err)
{
	struct alert_sender *sender = call->owner;
	struct error bad = { 0 };

	if (response && sender->instance->config->ops->notice_read(&sender->notice, response, &bad)) {
		sender->n_answers++;
		remote_call_start(call);
		return;
	}
	if (err)
		bad = *err;
	/* An answer that cannot be read, or a fault behind a first answer: something was done, or not. */
	if (bad.kind == ERROR_TRANSIENT && !sender->notice.find && (response || sender->n_answers))
		bad.kind = ERROR_UNCERTAIN;
	settle(sender, &bad);
}

static void send_ask(struct alert_sender *sender)
{
	sender->n_answers = 0;
	sender->call = (struct remote_call){
		.instance = sender->instance,
		.lane = LANE_HOT,
		.ask = ask_notice,
		.done = answered,
		.owner = sender,
	};
	remote_call_start(&sender->call);
}

/* -- Settle -- */

static void settle_again(struct timer *timer)
{
	sender_step(container_of(timer, struct alert_sender, retry));
}

static void settled(void *owner, const struct pg_result *result, const struct error *err)
{
	struct alert_sender *sender = owner;

	(void)result;
	if (is_given_up(sender))
		return;
	if (err) {
		LOG_WARNING(log_of(sender), "outcome of an alert could not be stored", kv("error", err));
		sender->retry = (struct timer){ .expired = settle_again, .name = "alert outcome" };
		timer_start(sender->engine->loop, &sender->retry, RETRY_US);
		return;
	}
	sender->n_moved++;
	sender->at++;
	sender_enter(sender, SEND_CLAIM);
	sender_step(sender);
}

static void send_settle(struct alert_sender *sender)
{
	sender->is_storing = true;
	alert_settle(&sender->engine->store, &sender->outcome, settled, sender);
}

/* -- States -- */

static void (*const acts[SEND_STATE_COUNT])(struct alert_sender *sender) = {
	[SEND_READ] = send_read,     /* what is due → rows_read */
	[SEND_FACTS] = send_facts,   /* what holds of its people now → facts_read */
	[SEND_SORT] = send_sort,     /* too old, or without its owner → sorted_out */
	[SEND_CLAIM] = send_claim,   /* the next one, ours from now on → claimed */
	[SEND_ASK] = send_ask,       /* made, or looked for → answered */
	[SEND_SETTLE] = send_settle, /* what came of it → settled, again until it is stored */
	[SEND_END] = send_end,
};

static void sender_step(struct alert_sender *sender)
{
	acts[sender->state](sender);
}

struct alert_sender *alert_send_start(struct engine *engine, struct instance *instance,
                                      alert_send_ended *ended, void *owner)
{
	struct alert_sender *sender = alloc_zeroed(1, sizeof(*sender));

	*sender = (struct alert_sender){
		.engine = engine,
		.instance = instance,
		.config = config_ref(engine->config),
		.ended = ended,
		.owner = owner,
		.connector_id = instance ? instance_store(instance)->id : 0,
		.arena = arena_new(65536),
	};
	sender_step(sender);
	return sender;
}
