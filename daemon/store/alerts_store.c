/* SPDX-License-Identifier: Apache-2.0 */
#include "alerts_store.h"

#include <stdlib.h>

#include "clock.h"
#include "key.h"

#define TIME(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

/* -- Candidates -- */

struct resolving {
	struct store *store;
	struct arena *arena;
	alert_candidates_done *done;
	void *owner;
	struct alert_candidate *candidates;
	struct alert_candidate **by_subject;
	size_t n;
	struct error err;
};

static int by_subject(const void *a, const void *b)
{
	const struct alert_candidate *x = *(struct alert_candidate *const *)a,
	                             *y = *(struct alert_candidate *const *)b;

	return (x->subject_key > y->subject_key) - (x->subject_key < y->subject_key);
}

static size_t first_of(const struct resolving *resolving, int64_t subject_key)
{
	size_t low = 0, high = resolving->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (resolving->by_subject[middle]->subject_key < subject_key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Only the low half of an address's hash is in the candidate: the other is compared here. */
static bool is_subject(const struct resolving *resolving, const struct alert_candidate *candidate,
                       bool is_email, int64_t check)
{
	if (candidate->subject_is_email != is_email)
		return false;
	return !is_email ||
	       key_email(resolving->arena, resolving->store->secret, candidate->subject_email).hash.high ==
	               check;
}

static void resolve(struct resolving *resolving, const struct pg_result *result, bool is_email)
{
	for (size_t row = 0; row < result->n_rows; row++) {
		int64_t subject_key = pg_int(result, row, 0);

		for (size_t i = first_of(resolving, subject_key); i < resolving->n; i++) {
			struct alert_candidate *candidate = resolving->by_subject[i];

			if (candidate->subject_key != subject_key)
				break;
			if (is_subject(resolving, candidate, is_email, pg_int(result, row, 2)))
				candidate->person_id = pg_int(result, row, 1);
		}
	}
}

static void records_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct resolving *resolving = owner;

	if (err)
		resolving->err = *err;
	else
		resolve(resolving, result, false);
}

static void addresses_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct resolving *resolving = owner;

	if (err && !resolving->err.kind)
		resolving->err = *err;
	if (!resolving->err.kind)
		resolve(resolving, result, true);
	resolving->done(resolving->owner, resolving->candidates, resolving->err.kind ? 0 : resolving->n,
	                resolving->err.kind ? &resolving->err : NULL);
}

static void candidates_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct resolving *resolving = owner;
	struct arena *arena = resolving->arena;

	if (err || !result->n_rows) {
		resolving->done(resolving->owner, NULL, 0, err);
		return;
	}
	resolving->n = result->n_rows;
	resolving->candidates = arena_array(arena, resolving->n, sizeof(*resolving->candidates));
	resolving->by_subject = arena_array(arena, resolving->n, sizeof(*resolving->by_subject));
	int64_t *subjects = arena_array(arena, resolving->n, sizeof(*subjects));
	for (size_t row = 0; row < resolving->n; row++) {
		resolving->candidates[row] = (struct alert_candidate){
			.activity_key = pg_int(result, row, 0),
			.subject_key = pg_int(result, row, 1),
			.subject_is_email = pg_bool(result, row, 2),
			.subject_email = arena_slice(arena, pg_text(result, row, 3)),
			.connector_id = (int16_t)pg_int(result, row, 4),
			.kind = arena_slice(arena, pg_text(result, row, 5)),
			.title = arena_slice(arena, pg_text(result, row, 6)),
			.occurred_us = pg_int(result, row, 7),
			.seen_us = pg_int(result, row, 8),
			.attempts = (int)pg_int(result, row, 9),
		};
		resolving->by_subject[row] = &resolving->candidates[row];
		subjects[row] = resolving->candidates[row].subject_key;
	}
	qsort(resolving->by_subject, resolving->n, sizeof(*resolving->by_subject), by_subject);
	PG_QUERY(resolving->store->quick,
	         "SELECT src_key, entity_id, 0 FROM source_record WHERE src_key = ANY ($1) AND entity = 0 "
	         "AND entity_id IS NOT NULL",
	         records_read, resolving, PG_INTS(subjects, resolving->n));
	PG_QUERY(resolving->store->quick,
	         "SELECT key_hash, entity_id, key_check FROM identity_key WHERE key_hash = ANY ($1) AND kind "
	         "= 4",
	         addresses_read, resolving, PG_INTS(subjects, resolving->n));
}

void alert_candidates_due(struct store *store, struct arena *arena, size_t limit, alert_candidates_done *done,
                          void *owner)
{
	struct resolving *resolving = arena_alloc(arena, sizeof(*resolving));

	*resolving = (struct resolving){ .store = store, .arena = arena, .done = done, .owner = owner };
	PG_QUERY(store->quick,
	         "SELECT activity_key, subject_key, subject_is_email, subject_email, connector_id, kind, "
	         "title, " TIME("occurred_at") ", " TIME(
	                 "seen_at") ", attempts FROM alert_candidate WHERE due_at <= $1 ORDER BY due_at, "
	                            "activity_key LIMIT $2",
	         candidates_read, resolving, PG_AT(clock_wall_us()), PG_I((int64_t)limit));
}

/* -- Alerts -- */

#define ALERTS                                                                                               \
	"SELECT a.alert_id, a.person_id, a.opportunity_id, a.user_id, a.connector_id, a.rule, a.why, "       \
	"a.state, a.about,"                                                                                  \
	" a.is_uncertain, a.attempts, " TIME("a.created_at") ", " TIME(                                      \
	        "a.last_activity_at") ","                                                                    \
	                              " (SELECT " TIME(                                                      \
	                                      "min(t.occurred_at)") " FROM alert_activity t WHERE "          \
	                                                            "t.alert_id = a.alert_id) FROM alert a "

struct reading {
	struct arena *arena;
	struct store *store;
	alert_rows_done *done;
	void *owner;
	struct alert_row *rows;
	size_t n;
};

static struct alert_row *row_of(const struct reading *reading, int64_t alert_id)
{
	for (size_t i = 0; i < reading->n; i++)
		if (reading->rows[i].alert_id == alert_id)
			return &reading->rows[i];
	return NULL;
}

/* They come alert by alert. */
static void activities_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct reading *reading = owner;
	struct arena *arena = reading->arena;
	struct alert_row *alert = NULL;

	if (err) {
		reading->done(reading->owner, NULL, 0, err);
		return;
	}
	struct told_activity *list = arena_array(arena, result->n_rows + 1, sizeof(*list));
	for (size_t row = 0; row < result->n_rows; row++) {
		if (!alert || alert->alert_id != pg_int(result, row, 0)) {
			alert = row_of(reading, pg_int(result, row, 0));
			alert->activities = &list[row];
		}
		list[row] = (struct told_activity){
			.activity_key = pg_int(result, row, 1),
			.kind = arena_slice(arena, pg_text(result, row, 2)),
			.title = arena_slice(arena, pg_text(result, row, 3)),
			.occurred_us = pg_int(result, row, 4),
		};
		alert->n_activities++;
	}
	reading->done(reading->owner, reading->rows, reading->n, NULL);
}

static void alerts_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct reading *reading = owner;
	struct arena *arena = reading->arena;

	if (err || !result->n_rows) {
		reading->done(reading->owner, NULL, 0, err);
		return;
	}
	reading->n = result->n_rows;
	reading->rows = arena_array(arena, reading->n, sizeof(*reading->rows));
	int64_t *due = arena_array(arena, reading->n, sizeof(*due));
	size_t n_due = 0;
	for (size_t row = 0; row < reading->n; row++) {
		struct alert_row *alert = &reading->rows[row];

		*alert = (struct alert_row){
			.alert_id = pg_int(result, row, 0),
			.person_id = pg_int(result, row, 1),
			.opportunity_id = pg_int(result, row, 2),
			.user_id = pg_int(result, row, 3),
			.connector_id = (int16_t)pg_int(result, row, 4),
			.rule = arena_slice(arena, pg_text(result, row, 5)),
			.why = arena_slice(arena, pg_text(result, row, 6)),
			.state = arena_slice(arena, pg_text(result, row, 7)),
			.about = arena_slice(arena, pg_text(result, row, 8)),
			.is_uncertain = pg_bool(result, row, 9),
			.attempts = (int)pg_int(result, row, 10),
			.created_us = pg_int(result, row, 11),
			.last_us = pg_int(result, row, 12),
			.first_us = pg_int(result, row, 13),
		};
		if (slice_equal_text(alert->state, "due"))
			due[n_due++] = alert->alert_id;
	}
	PG_QUERY(reading->store->quick,
	         "SELECT alert_id, activity_key, kind, title, " TIME(
	                 "occurred_at") " FROM alert_activity WHERE alert_id = ANY ($1)"
	                                " ORDER BY alert_id, alert_activity.occurred_at, activity_key",
	         activities_read, reading, PG_INTS(due, n_due));
}

static struct reading *reading_new(struct store *store, struct arena *arena, alert_rows_done *done,
                                   void *owner)
{
	struct reading *reading = arena_alloc(arena, sizeof(*reading));

	*reading = (struct reading){ .arena = arena, .store = store, .done = done, .owner = owner };
	return reading;
}

void alerts_of_people(struct store *store, struct arena *arena, const int64_t *person_ids, size_t n,
                      int64_t since_us, alert_rows_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         ALERTS "WHERE a.person_id = ANY ($1) AND a.last_activity_at >= $2 ORDER BY a.alert_id",
	         alerts_read, reading_new(store, arena, done, owner), PG_INTS(person_ids, n),
	         PG_AT(since_us));
}

void alerts_due(struct store *store, struct arena *arena, int16_t connector_id, size_t limit,
                alert_rows_done *done, void *owner)
{
	PG_QUERY(store->quick,
	         ALERTS "WHERE a.state = 'due' AND a.due_at <= $2 AND coalesce(a.connector_id, 0) = $1 ORDER "
	                "BY a.due_at, a.alert_id"
	                " LIMIT $3",
	         alerts_read, reading_new(store, arena, done, owner), PG_I4(connector_id),
	         PG_AT(clock_wall_us()), PG_I((int64_t)limit));
}

void alerts_survey(struct store *store, pg_done *done, void *owner)
{
	pg_exec(store->quick,
	        "SELECT coalesce(connector_id, 0), " TIME(
	                "min(due_at) FILTER (WHERE state = 'due')") ", count(*) FILTER (WHERE state = "
	                                                            "'sending') FROM alert WHERE state IN "
	                                                            "('due', 'sending') GROUP BY 1"
	                                                            " UNION ALL SELECT -1, " TIME(
	                                                                    "min(due_at)") ", 0 FROM "
	                                                                                   "alert_candidate",
	        done, owner);
}

struct alert_survey alert_survey_read(const struct pg_result *result, size_t row)
{
	return (struct alert_survey){ (int16_t)pg_int(result, row, 0), pg_int(result, row, 1),
		                      pg_int(result, row, 2) };
}
