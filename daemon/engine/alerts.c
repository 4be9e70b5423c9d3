/* SPDX-License-Identifier: Apache-2.0 */
#include "alerts.h"

#include <stdlib.h>

#include "alert_plan.h"
#include "alert_send.h"
#include "alloc.h"
#include "clock.h"

#define CANDIDATES_MAX 500
#define BLOCKED_US     (60 * US_PER_S) /* between two looks at a barrier */
#define FAILED_US      (5 * US_PER_S)
#define SOONEST_US     10000

struct sending {
	struct sending *next;
	struct alerts *alerts;
	const struct instance *instance; /* NULL: the alerts without a connector */
	struct alert_sender *sender;
};

struct deciding {
	struct alerts *alerts;
	struct arena *arena;
	struct config *config;
	struct alert_plan plan;
	const struct alert_facts *facts;
	int64_t *people;
	size_t n_people, n_candidates;
};

struct alerts {
	struct engine *engine;
	struct task wake;
	struct timer timer;
	struct deciding *deciding; /* NULL: none, or the survey after it */
	struct sending *sending;
	bool is_surveying, is_woken; /* woken during a run: another one follows */
};

/* -- Sending -- */

static void wait_at_most(struct alerts *alerts, int64_t wait_us)
{
	struct loop *loop = alerts->engine->loop;

	if (wait_us < SOONEST_US)
		wait_us = SOONEST_US;
	if (!timer_is_running(&alerts->timer) || alerts->timer.due_us > clock_mono_us() + wait_us)
		timer_start(loop, &alerts->timer, wait_us);
}

static struct sending *sending_of(const struct alerts *alerts, const struct instance *instance)
{
	for (struct sending *sending = alerts->sending; sending; sending = sending->next)
		if (sending->instance == instance)
			return sending;
	return NULL;
}

static void unlink_sending(struct sending *sending)
{
	struct sending **at = &sending->alerts->sending;

	while (*at != sending)
		at = &(*at)->next;
	*at = sending->next;
	free(sending);
}

static void sender_ended(struct alert_sender *sender, bool went_well, void *owner)
{
	struct sending *sending = owner;
	struct alerts *alerts = sending->alerts;

	(void)sender;
	unlink_sending(sending);
	if (went_well)
		alerts_wake(alerts);
	else
		wait_at_most(alerts, FAILED_US);
}

static void send_from(struct alerts *alerts, struct instance *instance)
{
	struct sending *sending = alloc_zeroed(1, sizeof(*sending));

	*sending = (struct sending){ alerts->sending, alerts, instance, NULL };
	alerts->sending = sending;
	sending->sender = alert_send_start(alerts->engine, instance, sender_ended, sending);
}

void alerts_cancel(struct alerts *alerts, const struct instance *instance)
{
	struct sending *sending = alerts && instance ? sending_of(alerts, instance) : NULL;

	if (!sending)
		return;
	alert_send_cancel(sending->sender);
	unlink_sending(sending);
	if (!alerts->engine->is_stopping)
		alerts_wake(alerts);
}

bool alerts_are_busy(const struct alerts *alerts)
{
	return alerts && alerts->sending;
}

/* -- Survey: who has what to do, and when -- */

static void noted(void *owner, const struct pg_result *result, const struct error *err)
{
	struct alerts *alerts = owner;

	(void)result;
	if (err)
		LOG_WARNING(&alerts->engine->log, "alerts could not be marked as waiting", kv("error", err));
}

static void resumed(void *owner, const struct pg_result *result, const struct error *err)
{
	struct alerts *alerts = owner;

	if (err) {
		wait_at_most(alerts, FAILED_US);
		return;
	}
	LOG_WARNING(&alerts->engine->log, "alerts whose sending was cut short are looked for",
	            kv("alerts", result->n_changed));
	alerts_wake(alerts);
}

static struct instance *instance_by_id(const struct engine *engine, int16_t connector_id)
{
	const struct store_connector *known = store_connector_by_id(&engine->store, connector_id);

	return known ? engine_instance((struct engine *)engine, known->name) : NULL;
}

static void survey_instance(struct alerts *alerts, struct instance *instance, const struct alert_survey *line,
                            int64_t now_us)
{
	const char *barrier = alert_send_barrier(instance);

	if (sending_of(alerts, instance))
		return; /* its end wakes us */
	if (barrier) {
		alerts_blocked(&alerts->engine->store, line->connector_id, barrier, noted, alerts);
		wait_at_most(alerts, BLOCKED_US);
	} else if (line->n_sending) {
		alerts_resume(&alerts->engine->store, line->connector_id, resumed, alerts);
	} else if (line->due_us && line->due_us <= now_us) {
		send_from(alerts, instance);
	} else if (line->due_us) {
		wait_at_most(alerts, line->due_us - now_us);
	}
}

static void survey_line(struct alerts *alerts, const struct alert_survey *line, int64_t now_us)
{
	struct instance *instance =
	        line->connector_id > 0 ? instance_by_id(alerts->engine, line->connector_id) : NULL;

	if (instance)
		survey_instance(alerts, instance, line, now_us);
	else if (line->connector_id == 0 && line->due_us && line->due_us <= now_us &&
	         !sending_of(alerts, NULL))
		send_from(alerts, NULL);
	else if (line->connector_id <= 0 && line->due_us && !sending_of(alerts, NULL))
		wait_at_most(alerts, line->due_us - now_us);
}

static void surveyed(void *owner, const struct pg_result *result, const struct error *err)
{
	struct alerts *alerts = owner;

	alerts->is_surveying = false;
	if (err) {
		LOG_WARNING(&alerts->engine->log, "could not see which alerts are due", kv("error", err));
		wait_at_most(alerts, FAILED_US);
	}
	for (size_t row = 0; !err && row < result->n_rows; row++) {
		const struct alert_survey line = alert_survey_read(result, row);

		survey_line(alerts, &line, clock_wall_us());
	}
	if (alerts->is_woken)
		alerts_wake(alerts);
}

static void survey(struct alerts *alerts)
{
	alerts->is_surveying = true;
	timer_stop(alerts->engine->loop, &alerts->timer);
	alerts_survey(&alerts->engine->store, surveyed, alerts);
}

/* -- Deciding -- */

static void deciding_free(struct deciding *deciding)
{
	if (!deciding)
		return;
	config_unref(deciding->config);
	arena_free(deciding->arena);
	free(deciding);
}

/* More candidates: at once; else what there is to send. */
static void deciding_end(struct deciding *deciding, const struct error *err)
{
	struct alerts *alerts = deciding->alerts;
	bool is_full = deciding->n_candidates == CANDIDATES_MAX;

	alerts->deciding = NULL;
	if (err)
		LOG_WARNING(&alerts->engine->log, "alerts could not be decided", kv("error", err));
	deciding_free(deciding);
	if (err)
		wait_at_most(alerts, FAILED_US);
	else if (is_full)
		alerts_wake(alerts);
	if (!err)
		survey(alerts);
	else if (alerts->is_woken)
		alerts->is_woken = false; /* the timer stands for it */
}

static void decided(void *owner, const struct pg_result *result, const struct error *err)
{
	struct deciding *deciding = owner;
	const struct alert_plan *plan = &deciding->plan;
	const struct alert_decisions *d = &plan->decisions;

	(void)result;
	if (!err && (d->n_told || d->n_dropped))
		LOG_INFO(&deciding->alerts->engine->log, "alerts decided",
		         kv("activities", deciding->n_candidates), kv("alerts", d->n_alerts),
		         kv("folded", plan->n_folded), kv("nobody", plan->n_nobody), kv("later", d->n_later),
		         kv("old", plan->n_old), kv("no_rule", plan->n_no_rule));
	deciding_end(deciding, err);
}

static void store_decisions(struct deciding *deciding)
{
	alert_decisions_store(&deciding->alerts->engine->store, &deciding->plan.decisions, decided, deciding);
}

static void open_read(void *owner, struct alert_row *open, size_t n, const struct error *err)
{
	struct deciding *deciding = owner;

	if (err) {
		deciding_end(deciding, err);
		return;
	}
	alert_plan_decide(&deciding->plan, deciding->facts, open, n);
	store_decisions(deciding);
}

static void facts_read(void *owner, const struct alert_facts *facts, const struct error *err)
{
	struct deciding *deciding = owner;

	if (err) {
		deciding_end(deciding, err);
		return;
	}
	deciding->facts = facts;
	alerts_of_people(&deciding->alerts->engine->store, deciding->arena, deciding->people,
	                 deciding->n_people, alert_plan_since(&deciding->plan), open_read, deciding);
}

static bool is_stream_loading(const struct stream_state *stream)
{
	enum entity entity = stream->config->ops->entity;

	return stream->config->is_on && !stream->is_loaded && !stream->failures &&
	       (entity == ENTITY_PERSON || entity == ENTITY_ACCOUNT || entity == ENTITY_OPPORTUNITY ||
	        entity == ENTITY_USER);
}

static bool is_loading(const struct engine *engine)
{
	for (size_t i = 0; i < engine->n_instances; i++) {
		const struct instance *instance = engine->instances[i];

		if (instance->config->role != ROLE_SFA || !instance_is_ours(instance) ||
		    instance->is_paused || instance->session_state == SESSION_REFUSED)
			continue;
		for (size_t s = 0; s < instance->n_streams; s++)
			if (is_stream_loading(&instance->streams[s]))
				return true;
	}
	return false;
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void collect_people(struct deciding *deciding)
{
	const struct alert_plan *plan = &deciding->plan;
	size_t n = 0;

	deciding->people = arena_array(deciding->arena, plan->n_known, sizeof(*deciding->people));
	for (size_t i = 0; i < plan->n_known; i++)
		deciding->people[i] = plan->known[i].candidate->person_id;
	qsort(deciding->people, plan->n_known, sizeof(*deciding->people), by_id);
	for (size_t i = 0; i < plan->n_known; i++)
		if (!n || deciding->people[i] != deciding->people[n - 1])
			deciding->people[n++] = deciding->people[i];
	deciding->n_people = n;
}

static void candidates_read(void *owner, struct alert_candidate *candidates, size_t n,
                            const struct error *err)
{
	struct deciding *deciding = owner;
	struct engine *engine = deciding->alerts->engine;

	deciding->n_candidates = n;
	if (err || !n) {
		deciding_end(deciding, err);
		return;
	}
	alert_plan_init(&deciding->plan, deciding->arena, deciding->config, &engine->store, n,
	                clock_wall_us());
	deciding->plan.is_loading = is_loading(engine);
	alert_plan_triage(&deciding->plan, candidates, n);
	if (!deciding->plan.n_known) {
		store_decisions(deciding);
		return;
	}
	collect_people(deciding);
	alert_facts_load(&engine->store, deciding->config, deciding->arena, deciding->people,
	                 deciding->n_people, facts_read, deciding);
}

/* -- Waking -- */

static void begin(struct task *task)
{
	struct alerts *alerts = container_of(task, struct alerts, wake);
	struct engine *engine = alerts->engine;

	if (!engine->is_ready || !engine->store.is_up || engine->is_stopping)
		return; /* the engine wakes us when it is ready */
	alerts->is_woken = alerts->deciding || alerts->is_surveying;
	if (alerts->is_woken)
		return;
	alerts->deciding = alloc_zeroed(1, sizeof(*alerts->deciding));
	*alerts->deciding = (struct deciding){ .alerts = alerts,
		                               .arena = arena_new(65536),
		                               .config = config_ref(engine->config) };
	alert_candidates_due(&engine->store, alerts->deciding->arena, CANDIDATES_MAX, candidates_read,
	                     alerts->deciding);
}

static void timer_due(struct timer *timer)
{
	alerts_wake(container_of(timer, struct alerts, timer));
}

void alerts_wake(struct alerts *alerts)
{
	task_queue(alerts->engine->loop, &alerts->wake);
}

void alerts_reconfigure(struct alerts *alerts)
{
	alerts_wake(alerts);
}

struct alerts *alerts_new(struct engine *engine)
{
	struct alerts *alerts = alloc_zeroed(1, sizeof(*alerts));

	*alerts = (struct alerts){
		.engine = engine,
		.wake = { .run = begin, .name = "alerts" },
		.timer = { .expired = timer_due, .name = "alerts" },
	};
	return alerts;
}

void alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return;
	struct engine *engine = alerts->engine;

	while (alerts->sending) {
		alert_send_cancel(alerts->sending->sender);
		unlink_sending(alerts->sending);
	}
	task_cancel(engine->loop, &alerts->wake);
	timer_stop(engine->loop, &alerts->timer);
	deciding_free(alerts->deciding);
	if (engine->alerts == alerts)
		engine->alerts = NULL; /* instances that are freed later ask for it */
	free(alerts);
}
