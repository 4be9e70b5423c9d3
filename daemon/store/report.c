/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

/* clang-format off: a statement reads by its own lines */

#define US(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

#define REPORT(report, sql, ...) PG_QUERY((report).pg, sql, (report).done, (report).owner, __VA_ARGS__)

/* What a person reads of a person or a user. */
#define LABEL(t) "coalesce(nullif(trim(concat_ws(' ', " t ".first_name, " t ".last_name)), ''), " t ".email)"

/* -- Counts -- */

#define COUNT(from) "(SELECT count(*) FROM (SELECT 1 FROM " from " LIMIT $2) x)"

void report_backlog(struct report report, int64_t now_us, int64_t most)
{
	REPORT(report,
	       "SELECT c.connector_id, "
	       COUNT("dirty d WHERE d.connector_id = c.connector_id") ", "
	       COUNT("dirty d WHERE d.connector_id = c.connector_id AND d.due_at <= $1") ", "
	       COUNT("hook_event h WHERE h.connector_id = c.connector_id AND h.done_at IS NULL") ", "
	       COUNT("parked p WHERE p.connector_id = c.connector_id") ", "
	       COUNT("alert a WHERE a.connector_id = c.connector_id AND a.state IN ('due', 'sending')") ", "
	       COUNT("alert_candidate k WHERE k.connector_id = c.connector_id")
	       " FROM connector c ORDER BY c.connector_id",
	       PG_AT(now_us), PG_I(most));
}

void report_cursors(struct report report)
{
	pg_exec(report.pg,
	        "SELECT connector_id, stream, records, cursor, " US("loaded_at") ", " US("passed_at")
	        " FROM sync_cursor ORDER BY connector_id, stream",
	        report.done, report.owner);
}

void report_version(struct report report)
{
	pg_exec(report.pg,
	        "SELECT (SELECT max(version) FROM schema_version), current_setting('server_version')",
	        report.done, report.owner);
}

/* -- Lists -- */

void report_runs(struct report report, int64_t run_id, int64_t limit)
{
	REPORT(report,
	       "SELECT run_id, connector_id, stream, kind, state, records, changed, parked, error, actor,"
	       " " US("created_at") ", " US("started_at") ", " US("ended_at") ","
	       " (request->>'total')::bigint, coalesce((request->>'dry_run')::boolean, false), request->>'id'"
	       " FROM run WHERE $1 = 0 OR run_id = $1 ORDER BY run_id DESC LIMIT $2",
	       PG_I(run_id), PG_I(limit));
}

void report_causes(struct report report, int64_t limit)
{
	REPORT(report,
	       "SELECT connector_id, kind, object, reason, count(*),"
	       " " US("min(first_at)") ", " US("max(last_at)") ","
	       " array_to_string((array_agg(external_id ORDER BY parked_id DESC)"
	       " FILTER (WHERE external_id <> ''))[1:3], ', '),"
	       " count(*) OVER ()"
	       " FROM parked GROUP BY connector_id, kind, object, reason"
	       " ORDER BY 5 DESC, connector_id, kind, object, reason LIMIT $1",
	       PG_I(limit));
}

#define PARKED                                                                                  \
	"p.parked_id, p.connector_id, p.kind, p.object, p.external_id, p.ref, p.reason, p.times," \
	" " US("p.first_at") ", " US("p.last_at")

void report_parked(struct report report, const int64_t *ids, size_t n, int64_t limit)
{
	REPORT(report,
	       "SELECT " PARKED ", count(*) OVER () FROM parked p"
	       " WHERE $1::bigint[] IS NULL OR p.parked_id = ANY ($1) ORDER BY p.parked_id LIMIT $2",
	       ids ? PG_INTS(ids, n) : PG_NULL(PG_INT8_ARRAY), PG_I(limit));
}

/* -- Finding an entity -- */

void report_by_keys(struct report report, const struct key *keys, size_t n)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);
	int64_t *hashes = arena_array(arena, n + 1, sizeof(*hashes));
	int64_t *kinds = arena_array(arena, n + 1, sizeof(*kinds));
	int64_t *checks = arena_array(arena, n + 1, sizeof(*checks));

	for (size_t i = 0; i < n; i++) {
		hashes[i] = keys[i].hash.low;
		checks[i] = keys[i].hash.high;
		kinds[i] = keys[i].kind;
	}
	REPORT(report,
	       "SELECT DISTINCT k.entity_id FROM identity_key k"
	       " JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[]) m (h, d, c)"
	       " ON k.key_hash = m.h AND k.kind = m.d AND k.key_check = m.c",
	       PG_INTS(hashes, n), PG_INTS(kinds, n), PG_INTS(checks, n));
}

void report_by_records(struct report report, const int64_t *src_keys, size_t n)
{
	REPORT(report,
	       "SELECT entity_id, object, external_id FROM source_record"
	       " WHERE src_key = ANY ($1) AND entity_id IS NOT NULL",
	       PG_INTS(src_keys, n));
}

void report_by_user_email(struct report report, struct slice email)
{
	REPORT(report,
	       "SELECT user_id FROM app_user"
	       " WHERE lower(email) = lower($1) AND merged_into IS NULL LIMIT 100",
	       PG_T(email));
}

#define HAS_DIGITS(column) "translate(coalesce(" column ", ''), ' +-()./', '') LIKE '%' || $1 || '%'"

void report_by_phone(struct report report, struct slice digits, int64_t limit)
{
	REPORT(report,
	       "SELECT person_id, phone, mobile FROM person"
	       " WHERE merged_into IS NULL AND (" HAS_DIGITS("phone") " OR " HAS_DIGITS("mobile") ")"
	       " UNION ALL SELECT account_id, phone, NULL FROM account"
	       " WHERE merged_into IS NULL AND " HAS_DIGITS("phone") " LIMIT $2",
	       PG_T(digits), PG_I(limit));
}

#define ENTITIES                                                                              \
	"SELECT 0 AS entity, person_id AS id, merged_into AS into_id, " LABEL("person")         \
	" AS label FROM person"                                                               \
	" UNION ALL SELECT 1, account_id, merged_into, name FROM account"                     \
	" UNION ALL SELECT 2, opportunity_id, merged_into, name FROM opportunity"             \
	" UNION ALL SELECT 3, user_id, merged_into, " LABEL("app_user") " FROM app_user"        \
	" UNION ALL SELECT 4, campaign_id, merged_into, name FROM campaign"

void report_follow(struct report report, const int64_t *ids, size_t n)
{
	REPORT(report,
	       "WITH RECURSIVE way (asked, entity, id, into_id, label) AS ("
	       "SELECT e.id, e.entity, e.id, e.into_id, e.label FROM (" ENTITIES ") e WHERE e.id = ANY ($1)"
	       " UNION SELECT way.asked, e.entity, e.id, e.into_id, e.label FROM way"
	       " JOIN (" ENTITIES ") e ON e.id = way.into_id)"
	       " SELECT entity, id, label, asked FROM way WHERE into_id IS NULL ORDER BY id, asked",
	       PG_INTS(ids, n));
}

/* -- One entity -- */

/* src: its source records. ids: itself and those that went into it, whose old lines still bear their own id. */
#define SRC "src AS (SELECT src_key, account_key FROM source_record WHERE entity_id = $1)"
#define IDS                                                                                   \
	"ids AS (SELECT $1 AS id"                                                             \
	" UNION SELECT d.from_entity FROM src JOIN match_decision d USING (src_key)"          \
	" JOIN person g ON g.person_id = d.from_entity WHERE g.merged_into = $1"              \
	" UNION SELECT d.from_entity FROM src JOIN match_decision d USING (src_key)"          \
	" JOIN account g ON g.account_id = d.from_entity WHERE g.merged_into = $1)"

#define ALERTS                                                                                \
	"SELECT a.alert_id, " US("a.created_at") ", a.person_id, " LABEL("p") ", a.rule,"       \
	" a.user_id, " LABEL("u") ", a.step, a.state, a.why, a.subject, a.connector_id,"       \
	" a.remote_object, a.remote_id, a.n_activities, a.error, " US("a.sent_at") ","         \
	" a.opportunity_id FROM alert a LEFT JOIN person p ON p.person_id = a.person_id"      \
	" LEFT JOIN app_user u ON u.user_id = a.user_id"

void report_alerts(struct report report, int64_t entity_id, int64_t limit)
{
	if (entity_id)
		REPORT(report,
		       "WITH " SRC ", " IDS " " ALERTS
		       " WHERE a.person_id IN (SELECT id FROM ids) OR a.opportunity_id = $1 OR a.user_id = $1"
		       " ORDER BY a.alert_id DESC LIMIT $2",
		       PG_I(entity_id), PG_I(limit));
	else
		REPORT(report, ALERTS " ORDER BY a.alert_id DESC LIMIT $1", PG_I(limit));
}

void report_links(struct report report, int64_t entity_id, int64_t limit)
{
	REPORT(report,
	       "SELECT s.connector_id, s.object, s.external_id, d.from_entity, d.to_entity, d.rule,"
	       " d.evidence, d.actor, " US("d.decided_at")
	       " FROM source_record s JOIN match_decision d USING (src_key) WHERE s.entity_id = $1"
	       " ORDER BY d.decided_at, d.decision_id LIMIT $2",
	       PG_I(entity_id), PG_I(limit));
}

void report_relations(struct report report, int64_t entity_id)
{
	REPORT(report,
	       "SELECT s.src_key, u.user_id, " LABEL("u") ", g.account_id, g.name FROM source_record s"
	       " LEFT JOIN source_record o ON o.src_key = s.owner_key"
	       " LEFT JOIN app_user u ON u.user_id = o.entity_id"
	       " LEFT JOIN source_record a ON a.src_key = s.account_key"
	       " LEFT JOIN account g ON g.account_id = a.entity_id"
	       " WHERE s.entity_id = $1 ORDER BY s.src_key",
	       PG_I(entity_id));
}

void report_opportunities(struct report report, int64_t entity_id, int64_t limit)
{
	REPORT(report,
	       "WITH " SRC ", near AS ("
	       "SELECT r.opportunity_key AS src_key, 'role' AS how"
	       " FROM src JOIN opp_role r ON r.person_key = src.src_key"
	       " UNION SELECT o.src_key, 'account' FROM source_record o WHERE o.entity = 2 AND o.account_key IN"
	       " (SELECT src_key FROM src UNION SELECT account_key FROM src WHERE account_key IS NOT NULL)),"
	       " best AS (SELECT src_key, max(how) AS how FROM near GROUP BY src_key)"
	       " SELECT g.opportunity_id, g.name, g.stage, g.amount, g.is_closed = 'true', g.is_won = 'true',"
	       " u.user_id, " LABEL("u") ", s.connector_id, s.object, s.external_id, best.how"
	       " FROM best JOIN source_record s USING (src_key)"
	       " JOIN opportunity g ON g.opportunity_id = s.entity_id"
	       " LEFT JOIN source_record o ON o.src_key = s.owner_key"
	       " LEFT JOIN app_user u ON u.user_id = o.entity_id"
	       " WHERE NOT s.deleted AND g.opportunity_id <> $1"
	       " ORDER BY 5 NULLS FIRST, g.opportunity_id DESC LIMIT $2",
	       PG_I(entity_id), PG_I(limit));
}

void report_people(struct report report, int64_t entity_id, int64_t limit)
{
	REPORT(report,
	       "WITH " SRC " SELECT DISTINCT p.person_id, " LABEL("p") " FROM src"
	       " JOIN opp_role r ON r.opportunity_key = src.src_key"
	       " JOIN source_record s ON s.src_key = r.person_key"
	       " JOIN person p ON p.person_id = s.entity_id ORDER BY 2, 1 LIMIT $2",
	       PG_I(entity_id), PG_I(limit));
}

void report_pushes(struct report report, int64_t entity_id, int64_t limit)
{
	REPORT(report,
	       "WITH " SRC ", " IDS
	       " SELECT " US("l.pushed_at") ", l.connector_id, l.object, l.external_id, l.verb, l.outcome,"
	       " l.changes, l.error FROM push_log l WHERE l.entity_id IN (SELECT id FROM ids)"
	       " ORDER BY l.push_id DESC LIMIT $2",
	       PG_I(entity_id), PG_I(limit));
}

void report_activities(struct report report, int64_t entity_id, int64_t limit)
{
	REPORT(report,
	       "SELECT " US("a.occurred_at") ", a.connector_id, a.kind, a.title, a.object, a.external_id"
	       " FROM activity a WHERE a.subject_key = ANY (ARRAY("
	       "SELECT src_key FROM source_record WHERE entity_id = $1"
	       " UNION SELECT key_hash FROM identity_key WHERE entity_id = $1 AND kind = $3))"
	       " ORDER BY a.occurred_at DESC, a.activity_key LIMIT $2",
	       PG_I(entity_id), PG_I(limit), PG_I4(KEY_EMAIL));
}

void report_marks(struct report report, int64_t entity_id, const int64_t *connector_ids, size_t n)
{
	REPORT(report,
	       "SELECT connector_id, " US("due_at") ", " US("marked_at") ", attempts, is_uncertain FROM dirty"
	       " WHERE entity_id = $1 AND connector_id = ANY ($2::bigint[]::smallint[]) ORDER BY connector_id",
	       PG_I(entity_id), PG_INTS(connector_ids, n));
}

void report_parked_of(struct report report, int64_t entity_id, int64_t limit)
{
	REPORT(report,
	       "SELECT " PARKED " FROM parked p WHERE p.ref = $1"
	       " OR (p.external_id <> '' AND EXISTS (SELECT 1 FROM source_record s WHERE s.entity_id = $1"
	       " AND s.connector_id = p.connector_id AND s.object = p.object AND s.external_id = p.external_id))"
	       " OR (p.kind = 'alert' AND EXISTS (SELECT 1 FROM alert a WHERE a.alert_id = p.ref"
	       " AND a.person_id = $1)) ORDER BY p.parked_id LIMIT $2",
	       PG_I(entity_id), PG_I(limit));
}

/* -- Plan -- */

void report_entities(struct report report, int16_t connector_id, int64_t after, int64_t limit)
{
	if (connector_id)
		REPORT(report,
		       "SELECT entity_id FROM dirty WHERE connector_id = $1 AND entity_id > $2"
		       " ORDER BY entity_id LIMIT $3",
		       PG_I4(connector_id), PG_I(after), PG_I(limit));
	else
		REPORT(report,
		       "SELECT DISTINCT entity_id FROM source_record WHERE entity_id > $1 AND entity IN (0, 1, 2)"
		       " ORDER BY entity_id LIMIT $2",
		       PG_I(after), PG_I(limit));
}

void report_marked(struct report report, int16_t connector_id, int64_t now_us)
{
	REPORT(report,
	       "SELECT count(*), count(*) FILTER (WHERE due_at <= $2) FROM dirty WHERE connector_id = $1",
	       PG_I4(connector_id), PG_AT(now_us));
}
