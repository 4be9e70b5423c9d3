/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Route: who is told about a person's activity, and why (design section 8). A pure function of the facts the store found.
 *
 * Order: owner of the person's open opportunity (contact role before account; then the one with the latest activity, then the
 * newest) → account owner → owner of the contact or lead record (latest changed first) → fallback. Inactive or unknown
 * users are skipped, and the explanation says so.
 */
#include "arena.h"
#include "slice.h"

struct route_user {
	int64_t user_id;			/* 0: none */
	struct slice name, email;
	bool is_active;
	int64_t src_key;			/* source record of the user in the system that gets the task; 0: none there */
};

struct route_opportunity {
	int64_t opportunity_id;
	struct slice name;
	bool is_open;
	bool by_role;				/* the person has a role on it; else by the account only */
	int64_t last_activity_us, created_us;
	struct route_user owner;
};

struct route_owner {
	struct slice of;			/* "account Acme", "contact 003…", for the explanation */
	int64_t modified_us;
	struct route_user owner;
};

struct route_facts {
	const struct route_opportunity *opportunities; size_t n_opportunities;
	const struct route_owner *accounts; size_t n_accounts;
	const struct route_owner *records; size_t n_records;
	struct route_user fallback;
	bool only_open_opportunity;
};

struct route {
	struct route_user to;			/* user_id 0: nobody */
	int64_t opportunity_id;			/* the one that decided, or 0 */
	const char *step;			/* "opportunity_role", "opportunity_account", "account", "record", "fallback", "nobody" */
	const char *why;			/* a sentence: "Dana Field owns the open opportunity “Acme – data platform”, on which …" */
};
void route(struct arena *arena, const struct route_facts *facts, struct route *ret);
