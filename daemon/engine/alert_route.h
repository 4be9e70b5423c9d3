/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alert route: from what the store knows of a person to the rep who is told, the system that gets the task,
 * and the records there that the task is about. Pure; the order of owners is route()'s (core/route.h).
 *
 * The system is the rule's channel, else the one of the opportunity, account or record that decided. The
 * owner must have a user there, itself or by the same e-mail address; without a channel any SFA in which he
 * has one will do. An owner who has none is passed over, and the explanation says so. What an SFA says of
 * owners goes before what an MA system says.
 */
#include "alert_facts.h"
#include "policy.h"

struct alert_route {
	int64_t user_id, opportunity_id;          /* 0: none */
	const struct connector_config *connector; /* gets the task; NULL: nobody is told */
	const char *step, *why;
};
void alert_route(struct arena *arena, const struct alert_facts *facts, const struct config *config,
                 int64_t person_id, const struct alert_rule *rule, struct alert_route *ret);
/* The record of an active user, or of who has its e-mail address, among those who can be given tasks there;
 * NULL if none. */
const struct fact_record *alert_reader(const struct alert_facts *facts, int64_t user_id,
                                       const struct connector_config *connector);

/* The accounts a person is with: of its records, else of its e-mail's domain. Lives in the arena. */
struct alert_accounts {
	int64_t *ids, *keys; /* entities; src_keys of account records that are not in the store (yet) */
	size_t n_ids, n_keys;
};
struct alert_accounts alert_accounts_of(struct arena *arena, const struct alert_facts *facts,
                                        const struct fact_person *person);
