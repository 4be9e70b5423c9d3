/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Report: what administrators read: counts, lists, and everything about one entity. Each is one statement;
 * its columns are told here, in order. Times are microseconds since 1970. They run on a connection of their
 * own, since some of them read a table from end to end.
 */
#include "key.h"
#include "store.h"

struct report {					/* where to ask, and who is told */
	struct pg *pg;
	pg_done *done;
	void *owner;
};

/* connector_id, marks, marks due, hook events waiting, parked, alerts open, activities waiting; none is counted
 * beyond `most`. */
void report_backlog(struct report report, int64_t now_us, int64_t most);
/* connector_id, stream, records, cursor, loaded, passed */
void report_cursors(struct report report);
/* schema version, server version */
void report_version(struct report report);

/* run_id, connector_id, stream, kind, state, records, changed, parked, error, actor, created, started, ended,
 * total, is dry, id; run_id 0: the last `limit` ones. */
void report_runs(struct report report, int64_t run_id, int64_t limit);

/* By reason, the most frequent first: connector_id, kind, object, reason, count, first, last, example ids, number
 * of reasons. */
void report_causes(struct report report, int64_t limit);
/* parked_id, connector_id, kind, object, external_id, ref, reason, times, first, last, count of all; ids NULL: all
 * of them. */
void report_parked(struct report report, const int64_t *ids, size_t n, int64_t limit);

/* alert_id, created, person_id, person, rule, user_id, user, step, state, why, subject, connector_id, remote
 * object, remote id, activities, error, sent, opportunity_id; the latest first. entity_id 0: of all, else those
 * about it. */
void report_alerts(struct report report, int64_t entity_id, int64_t limit);

/* -- Finding an entity: entity_id in column 0 -- */
void report_by_keys(struct report report, const struct key *keys, size_t n);
void report_by_records(struct report report, const int64_t *src_keys, size_t n);	/* then object, external_id */
void report_by_user_email(struct report report, struct slice email);
/* These digits anywhere in it; then phone, mobile. */
void report_by_phone(struct report report, struct slice digits, int64_t limit);
/* Where these ids are now, merges followed: entity, entity_id, label, the id asked for. */
void report_follow(struct report report, const int64_t *ids, size_t n);

/* -- One entity, and those that went into it -- */
/* connector_id, object, external_id, from_entity, to_entity, rule, evidence, actor, decided; the earliest first */
void report_links(struct report report, int64_t entity_id, int64_t limit);
/* src_key, owner's user_id, owner, account_id, account */
void report_relations(struct report report, int64_t entity_id);
/* opportunity_id, name, stage, amount, is_closed, is_won, user_id, owner, connector_id, object, external_id, by
 * ("role", "account") */
void report_opportunities(struct report report, int64_t entity_id, int64_t limit);
/* person_id, label; who takes part in an opportunity */
void report_people(struct report report, int64_t entity_id, int64_t limit);
/* pushed, connector_id, object, external_id, verb, outcome, changes, error */
void report_pushes(struct report report, int64_t entity_id, int64_t limit);
/* occurred, connector_id, kind, title, object, external_id */
void report_activities(struct report report, int64_t entity_id, int64_t limit);
/* connector_id, due, marked, attempts, is_uncertain */
void report_marks(struct report report, int64_t entity_id, const int64_t *connector_ids, size_t n);
/* as report_parked() without the count: what was parked of it */
void report_parked_of(struct report report, int64_t entity_id, int64_t limit);

/* Entities in the order of their ids behind `after`: those marked for a connector, or (0) all that could be pushed. */
void report_entities(struct report report, int16_t connector_id, int64_t after, int64_t limit);
/* marks, marks due */
void report_marked(struct report report, int16_t connector_id, int64_t now_us);
