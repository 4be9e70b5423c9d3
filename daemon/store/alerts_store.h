/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alerts in the store: candidates (activities that may be told), alerts and the activities each tells of.
 *
 *	alert.state	due → sending → sent | failed, and back to due when it did not work; nobody: no reader
 *was found
 *
 * Deciding ends candidates and begins alerts in one transaction, in which only the one who takes a candidate
 *away tells of it: two daemons, or a commit of unknown outcome that is repeated, tell nothing twice. A claim
 *is committed before the request goes out and leaves is_uncertain behind, until the outcome is stored.
 */
#include "arena.h"
#include "parked.h"
#include "store.h"

struct alert_candidate {
	int64_t activity_key, subject_key;
	bool subject_is_email;
	struct slice subject_email; /* normalised; null: the remote named a record */
	int16_t connector_id;
	struct slice kind, title;
	int64_t occurred_us, seen_us;
	int attempts;      /* looks so far that did not know the person */
	int64_t person_id; /* 0: not known yet */
};
typedef void alert_candidates_done(void *owner, struct alert_candidate *candidates, size_t n,
                                   const struct error *err);
/* Candidates that are due, oldest first, at most `limit`, with their people; in the arena, which must live
 * until done. */
void alert_candidates_due(struct store *store, struct arena *arena, size_t limit, alert_candidates_done *done,
                          void *owner);

struct told_activity {
	int64_t activity_key;
	struct slice kind, title;
	int64_t occurred_us;
};

struct alert_row {
	int64_t alert_id, person_id, opportunity_id, user_id; /* the last two 0: none */
	int16_t connector_id;                                 /* 0: none */
	struct slice rule, why, state, about;
	bool is_uncertain;
	int attempts;
	int64_t created_us, first_us, last_us; /* first and last: of its activities */
	struct told_activity *activities;      /* oldest first; only of alerts that are due */
	size_t n_activities;
};
typedef void alert_rows_done(void *owner, struct alert_row *rows, size_t n, const struct error *err);
/* Alerts of these people whose last activity is since_us or later. Merged people's alerts are with their old
 * ids. */
void alerts_of_people(struct store *store, struct arena *arena, const int64_t *person_ids, size_t n,
                      int64_t since_us, alert_rows_done *done, void *owner);
/* Alerts due for sending by this connector, oldest first; connector 0: those without one, which must be
 * routed again. */
void alerts_due(struct store *store, struct arena *arena, int16_t connector_id, size_t limit,
                alert_rows_done *done, void *owner);

/* What an alert is about to be: new, or decided again. */
struct alert_decided {
	int64_t alert_id, person_id, opportunity_id, user_id;
	const char *idem_key; /* new ones */
	struct slice rule;
	const char *step, *why, *subject, *body;
	int16_t connector_id; /* 0: nobody is told */
	int64_t last_us;
};
struct alert_teller { /* this candidate is told by that alert */
	int64_t alert_id, activity_key;
};
struct alert_text_change { /* an alert still due tells of more now */
	int64_t alert_id;
	const char *subject, *body;
};
struct alert_decisions {
	struct alert_decided *alerts;
	size_t n_alerts;
	struct alert_text_change *grown;
	size_t n_grown;
	struct alert_teller *told;
	size_t n_told;
	int64_t *dropped;
	size_t n_dropped; /* candidates that end untold */
	int64_t *later, *later_us;
	size_t n_later; /* candidates to look at again */
	struct parked_thing *parked;
	size_t n_parked;
	int64_t config_version, now_us;
};
void alert_decisions_store(struct store *store, const struct alert_decisions *decisions, pg_done *done,
                           void *owner);
/* Due alerts get another owner (or none); they are due again at due_us. */
void alerts_redecide(struct store *store, const struct alert_decided *alerts, size_t n,
                     const struct alert_decisions *parked, int64_t due_us, pg_done *done, void *owner);
/* Due alerts that nobody wants told any more. */
void alerts_expire(struct store *store, const int64_t *alert_ids, size_t n, pg_done *done, void *owner);

/*
 * Takes a due alert for sending; the result has one row (subject, body, about) if it is ours now, none if the
 * lease of the connector is another's, or the alert is not due any more. about null: that of the last sending
 * stays.
 */
void alert_claim(struct store *store, const struct alert_row *alert, int16_t connector_id, int64_t epoch,
                 struct slice about, pg_done *done, void *owner);
struct alert_outcome {
	int64_t alert_id, epoch;
	int16_t connector_id;
	const char *state; /* sent, failed, due */
	bool is_uncertain;
	int64_t due_us;         /* state due */
	struct slice remote_id; /* sent; may be null */
	struct slice error;     /* null: none */
};
/* Storing it twice is fine. A failed one is parked, a sent one is not any more. */
void alert_settle(struct store *store, const struct alert_outcome *outcome, pg_done *done, void *owner);
/* What was under way when its sender ended: due again, to be looked for first. */
void alerts_resume(struct store *store, int16_t connector_id, pg_done *done, void *owner);
/* Why alerts of this connector wait, for who asks. */
void alerts_blocked(struct store *store, int16_t connector_id, const char *why, pg_done *done, void *owner);

struct alert_survey {
	int16_t connector_id; /* 0: none; -1: candidates */
	int64_t due_us;       /* when the next is due; 0: none */
	int64_t n_sending;
};
/* What there is to do, a row a connector. */
void alerts_survey(struct store *store, pg_done *done, void *owner);
struct alert_survey alert_survey_read(const struct pg_result *result, size_t row);
