/* SPDX-License-Identifier: Apache-2.0 */
#include "alerts_store.h"

#include "clock.h"

/* -- Decisions -- */

/* The columns of decided alerts as arrays. */
struct columns {
	int64_t *alert, *person, *opportunity, *user, *connector, *last;
	struct slice *idem, *rule, *step, *why, *subject, *body, *state;
	size_t n;
};

static struct columns columns_of(struct arena *arena, const struct alert_decided *alerts, size_t n)
{
	struct columns c = { .n = n };
	int64_t **ints[] = { &c.alert, &c.person, &c.opportunity, &c.user, &c.connector, &c.last };
	struct slice **texts[] = { &c.idem, &c.rule, &c.step, &c.why, &c.subject, &c.body, &c.state };

	for (size_t i = 0; i < ARRAY_SIZE(ints); i++)
		*ints[i] = arena_array(arena, n + 1, sizeof(int64_t));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*texts[i] = arena_array(arena, n + 1, sizeof(struct slice));
	for (size_t i = 0; i < n; i++) {
		const struct alert_decided *a = &alerts[i];

		c.alert[i] = a->alert_id;
		c.person[i] = a->person_id;
		c.opportunity[i] = a->opportunity_id;
		c.user[i] = a->user_id;
		c.connector[i] = a->connector_id;
		c.last[i] = a->last_us;
		c.idem[i] = slice_of(a->idem_key ? a->idem_key : "");
		c.rule[i] = a->rule;
		c.step[i] = slice_of(a->step);
		c.why[i] = slice_of(a->why);
		c.subject[i] = slice_of(a->subject);
		c.body[i] = slice_of(a->body);
		c.state[i] = a->connector_id ? SLICE("due") : SLICE("nobody");
	}
	return c;
}

/*
 * One statement, so that an alert is there only if it took its candidates away. An alert under way keeps its
 * text: what is told already is not told again.
 */
static void store_told(struct pg *pg, struct arena *arena, const struct alert_decisions *d)
{
	struct columns c = columns_of(arena, d->alerts, d->n_alerts);
	int64_t *told = arena_array(arena, d->n_told + 1, sizeof(*told)),
	        *keys = arena_array(arena, d->n_told + 1, sizeof(*keys));
	int64_t *grown = arena_array(arena, d->n_grown + 1, sizeof(*grown));
	struct slice *subjects = arena_array(arena, d->n_grown + 1, sizeof(*subjects));
	struct slice *bodies = arena_array(arena, d->n_grown + 1, sizeof(*bodies));

	for (size_t i = 0; i < d->n_told; i++) {
		told[i] = d->told[i].alert_id;
		keys[i] = d->told[i].activity_key;
	}
	for (size_t i = 0; i < d->n_grown; i++) {
		grown[i] = d->grown[i].alert_id;
		subjects[i] = slice_of(d->grown[i].subject);
		bodies[i] = slice_of(d->grown[i].body);
	}
	PG_QUERY(
	        pg,
	        "WITH taken AS (DELETE FROM alert_candidate c USING unnest($1::bigint[], $2::bigint[]) t "
	        "(alert_id, activity_key)"
	        " WHERE c.activity_key = t.activity_key RETURNING t.alert_id, c.activity_key, c.kind, "
	        "c.title, c.occurred_at),"
	        " told AS (INSERT INTO alert_activity (alert_id, activity_key, kind, title, occurred_at)"
	        " SELECT alert_id, activity_key, kind, title, occurred_at FROM taken ON CONFLICT "
	        "(activity_key) DO NOTHING"
	        " RETURNING alert_id, occurred_at),"
	        " counted AS (SELECT alert_id, count(*)::int AS n, max(occurred_at) AS last FROM told GROUP "
	        "BY alert_id),"
	        " grown AS (UPDATE alert a SET n_activities = a.n_activities + c.n,"
	        " last_activity_at = greatest(a.last_activity_at, c.last),"
	        " subject = CASE WHEN a.state = 'due' THEN coalesce(g.subject, a.subject) ELSE a.subject END,"
	        " body = CASE WHEN a.state = 'due' THEN coalesce(g.body, a.body) ELSE a.body END"
	        " FROM counted c LEFT JOIN unnest($3::bigint[], $4::text[], $5::text[]) g (alert_id, "
	        "subject, body) USING (alert_id)"
	        " WHERE a.alert_id = c.alert_id)"
	        " INSERT INTO alert (alert_id, person_id, opportunity_id, user_id, connector_id, idem_key, "
	        "rule, step, why, subject, body,"
	        " state, error, n_activities, last_activity_at, config_version, created_at, due_at)"
	        " SELECT alert_id, d.person_id, nullif(d.opportunity_id, 0), nullif(d.user_id, 0), "
	        "nullif(d.connector_id, 0), d.idem_key,"
	        " d.rule, d.step, d.why, d.subject, d.body, d.state, CASE WHEN d.state = 'nobody' THEN d.why "
	        "END, c.n, c.last, $18, $19, $19"
	        " FROM unnest($6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], "
	        "$11::text[], $12::text[], $13::text[],"
	        " $14::text[], $15::text[], $16::text[], $17::text[]) d (alert_id, person_id, "
	        "opportunity_id, user_id, connector_id,"
	        " idem_key, rule, step, why, subject, body, state) JOIN counted c USING (alert_id) ON "
	        "CONFLICT (idem_key) DO NOTHING",
	        NULL, NULL, PG_INTS(told, d->n_told), PG_INTS(keys, d->n_told), PG_INTS(grown, d->n_grown),
	        PG_TEXTS(subjects, d->n_grown), PG_TEXTS(bodies, d->n_grown), PG_INTS(c.alert, c.n),
	        PG_INTS(c.person, c.n), PG_INTS(c.opportunity, c.n), PG_INTS(c.user, c.n),
	        PG_INTS(c.connector, c.n), PG_TEXTS(c.idem, c.n), PG_TEXTS(c.rule, c.n),
	        PG_TEXTS(c.step, c.n), PG_TEXTS(c.why, c.n), PG_TEXTS(c.subject, c.n), PG_TEXTS(c.body, c.n),
	        PG_TEXTS(c.state, c.n), PG_I(d->config_version), PG_AT(d->now_us));
}

void alert_decisions_store(struct store *store, const struct alert_decisions *d, pg_done *done, void *owner)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(16384);
	struct pg *pg = store->quick;

	pg_begin(pg);
	if (d->n_told)
		store_told(pg, arena, d);
	if (d->n_dropped)
		PG_QUERY(pg, "DELETE FROM alert_candidate WHERE activity_key = ANY ($1)", NULL, NULL,
		         PG_INTS(d->dropped, d->n_dropped));
	if (d->n_later)
		PG_QUERY(pg,
		         "UPDATE alert_candidate c SET attempts = attempts + 1,"
		         " due_at = timestamptz 'epoch' + l.due * interval '1 microsecond'"
		         " FROM unnest($1::bigint[], $2::bigint[]) l (activity_key, due)"
		         " WHERE c.activity_key = l.activity_key",
		         NULL, NULL, PG_INTS(d->later, d->n_later), PG_INTS(d->later_us, d->n_later));
	if (d->n_parked)
		parked_add(store, pg, d->parked, d->n_parked, d->now_us, NULL, NULL);
	pg_commit(pg, done, owner);
}

/* -- Open alerts -- */

void alerts_redecide(struct store *store, const struct alert_decided *alerts, size_t n,
                     const struct alert_decisions *parked, int64_t due_us, pg_done *done, void *owner)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(16384);
	struct columns c = columns_of(arena, alerts, n);
	struct pg *pg = store->quick;

	pg_begin(pg);
	PG_QUERY(pg,
	         "UPDATE alert a SET opportunity_id = nullif(d.opportunity_id, 0), user_id = "
	         "nullif(d.user_id, 0),"
	         " connector_id = nullif(d.connector_id, 0), step = d.step, why = d.why, subject = "
	         "d.subject, body = d.body,"
	         " state = d.state, error = CASE WHEN d.state = 'nobody' THEN d.why END, config_version = "
	         "$10, due_at = $11"
	         " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], "
	         "$6::text[], $7::text[], $8::text[],"
	         " $9::text[]) d (alert_id, opportunity_id, user_id, connector_id, step, why, subject, body, "
	         "state)"
	         " WHERE a.alert_id = d.alert_id AND a.state = 'due' AND NOT a.is_uncertain",
	         NULL, NULL, PG_INTS(c.alert, n), PG_INTS(c.opportunity, n), PG_INTS(c.user, n),
	         PG_INTS(c.connector, n), PG_TEXTS(c.step, n), PG_TEXTS(c.why, n), PG_TEXTS(c.subject, n),
	         PG_TEXTS(c.body, n), PG_TEXTS(c.state, n), PG_I(parked->config_version), PG_AT(due_us));
	if (parked->n_parked)
		parked_add(store, pg, parked->parked, parked->n_parked, parked->now_us, NULL, NULL);
	pg_commit(pg, done, owner);
}

void alerts_expire(struct store *store, const int64_t *alert_ids, size_t n, pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         "UPDATE alert SET state = 'failed', error = 'older than the rule''s max_age: not told any "
	         "more'"
	         " WHERE alert_id = ANY ($1) AND state = 'due' AND NOT is_uncertain",
	         done, owner, PG_INTS(alert_ids, n));
}

/* -- Sending -- */

void alert_claim(struct store *store, const struct alert_row *alert, int16_t connector_id, int64_t epoch,
                 struct slice about, pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         "UPDATE alert a SET state = 'sending', is_uncertain = true, attempts = attempts + 1, epoch "
	         "= $3, error = NULL,"
	         " about = coalesce($6, a.about) WHERE a.alert_id = $1 AND a.state = 'due' AND "
	         "a.is_uncertain = $4 AND a.attempts = $5"
	         " AND a.connector_id = $2 AND EXISTS (SELECT 1 FROM lease l JOIN connector c USING (name)"
	         " WHERE c.connector_id = $2 AND l.epoch = $3) RETURNING subject, body, about",
	         done, owner, PG_I(alert->alert_id), PG_I4(connector_id), PG_I(epoch),
	         PG_B(alert->is_uncertain), PG_I4(alert->attempts), PG_J(about));
}

void alert_settle(struct store *store, const struct alert_outcome *outcome, pg_done *done, void *owner)
{
	struct pg *pg = store->quick;
	bool is_sent = slice_equal_text(SLICE("sent"), outcome->state),
	     is_failed = slice_equal_text(SLICE("failed"), outcome->state);
	int64_t now_us = clock_wall_us();

	pg_begin(pg);
	PG_QUERY(
	        pg,
	        "UPDATE alert SET state = $3, is_uncertain = $4, due_at = coalesce($5, due_at), sent_at = $6,"
	        " remote_object = CASE WHEN $6 IS NOT NULL THEN 'task' END, remote_id = $7, error = $8"
	        " WHERE alert_id = $1 AND state = 'sending' AND epoch = $2",
	        NULL, NULL, PG_I(outcome->alert_id), PG_I(outcome->epoch), PG_T(slice_of(outcome->state)),
	        PG_B(outcome->is_uncertain), outcome->due_us ? PG_AT(outcome->due_us) : PG_NULL(PG_TIME),
	        is_sent ? PG_AT(now_us) : PG_NULL(PG_TIME), PG_T(outcome->remote_id), PG_T(outcome->error));
	if (is_sent) /* whichever connector it was parked under */
		PG_QUERY(pg, "DELETE FROM parked WHERE kind = 'alert' AND ref = $1", NULL, NULL,
		         PG_I(outcome->alert_id));
	if (is_failed)
		parked_add(store, pg,
		           &(struct parked_thing){ .connector_id = outcome->connector_id,
		                                   .kind = "alert",
		                                   .object = SLICE("task"),
		                                   .ref = outcome->alert_id,
		                                   .reason = outcome->error },
		           1, now_us, NULL, NULL);
	pg_commit(pg, done, owner);
}

void alerts_resume(struct store *store, int16_t connector_id, pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         "UPDATE alert SET state = 'due', is_uncertain = true, due_at = $2 WHERE connector_id = $1 "
	         "AND state = 'sending'",
	         done, owner, PG_I4(connector_id), PG_AT(clock_wall_us()));
}

void alerts_blocked(struct store *store, int16_t connector_id, const char *why, pg_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         "UPDATE alert SET error = $2 WHERE connector_id = $1 AND state = 'due' AND error IS "
	         "DISTINCT FROM $2",
	         done, owner, PG_I4(connector_id), PG_T(slice_of(why)));
}
