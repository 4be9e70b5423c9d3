/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alert plan: what becomes of a list of candidates. Pure but for the ids it takes.
 *
 *	triage	rule? too old? person known?		→ dropped, parked, later, or known
 *	plan	fold what is known, route what is new	→ alerts, more activities of alerts that are there
 */
#include "alert_facts.h"
#include "alerts_store.h"

struct alert_known { /* a candidate that goes on */
	const struct alert_candidate *candidate;
	const struct alert_rule *rule;
};

struct alert_plan {
	struct arena *arena;
	const struct config *config;
	struct store *store; /* makes ids, knows the connectors' numbers */
	bool is_loading;     /* a sales system's first load is under way: young candidates wait for it */
	struct alert_known *known;
	size_t n_known;
	struct alert_decisions decisions;
	size_t n_old, n_no_rule, n_nobody, n_folded; /* for the log */
};

void alert_plan_init(struct alert_plan *plan, struct arena *arena, const struct config *config,
                     struct store *store, size_t n, int64_t now_us);
/* Who goes on is in plan->known. */
void alert_plan_triage(struct alert_plan *plan, struct alert_candidate *candidates, size_t n);
/* The rest of the decisions. open: alerts of the known's people, for folding; they grow along. */
void alert_plan_decide(struct alert_plan *plan, const struct alert_facts *facts, struct alert_row *open,
                       size_t n_open);
/* An alert decided anew, with its texts; parks it when there is nobody. False: as it is, it is right. */
bool alert_plan_again(struct alert_plan *plan, const struct alert_facts *facts, const struct alert_row *alert,
                      struct alert_decided *ret);
int64_t alert_plan_since(const struct alert_plan *plan); /* the oldest last activity an open alert may have to
                                                            be folded into */
