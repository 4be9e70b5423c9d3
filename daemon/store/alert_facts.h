/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alert facts: what routing must know of some people: their records, their accounts, the opportunities of
 * both, and the users who own them. Read for all of them together in a fixed number of rounds of single-table
 * statements, so that it costs the same for one person as for five hundred, and each statement goes to one
 * shard or to all by its own key.
 *
 * It is no single snapshot: an owner may change between two rounds. Who is to be told is looked at again at
 * sending. Everything lives in the caller's arena. The lists are sorted (alert_facts_sort), the look-ups
 * search in them.
 */
#include "hash.h"
#include "store.h"

#define FACT_MERGES_MAX 16 /* links of a chain of merges that are followed */

struct fact_record { /* a source record of a person, account, opportunity or user */
	int64_t src_key;
	int64_t entity_id, owner_key, account_key; /* 0: none */
	int64_t modified_us, created_us;
	enum entity entity;
	bool is_deleted;
	const struct connector_config *connector; /* NULL: not configured any more */
	struct slice object, external_id;
};

struct fact_person {
	int64_t person_id;
	int64_t merged_into; /* 0: not merged */
	struct slice email, first_name, last_name, phone, mobile, company;
	struct hash128 domain;  /* key of the e-mail's domain; 0: none */
	int64_t domain_account; /* the account it points to; 0: none */
};

struct fact_entity { /* an account or an opportunity */
	int64_t entity_id;
	struct slice name;
	bool is_closed;
};

struct fact_user {
	int64_t user_id;
	struct slice name, email;
	bool is_active;
};

struct fact_role {
	int64_t person_key, opportunity_key;
};

struct fact_span {
	struct fact_record *const *list;
	size_t n;
};

struct alert_facts {
	struct fact_record *records;
	size_t n_records;               /* by src_key, each once */
	struct fact_record **by_entity; /* n_records, by entity_id */
	struct fact_record **by_account;
	size_t n_by_account; /* opportunities, by account_key */
	struct fact_person *persons;
	size_t n_persons;
	struct fact_entity *accounts;
	size_t n_accounts;
	struct fact_entity *opportunities;
	size_t n_opportunities;
	struct fact_user *users;
	size_t n_users;
	struct fact_role *roles;
	size_t n_roles; /* by person_key */
};

typedef void alert_facts_done(void *owner, const struct alert_facts *facts, const struct error *err);
/*
 * arena and config must live until done, config as long as the facts. Besides the owners, the users with the
 * owners' e-mail addresses (one human in two systems) and the policy's fallback owner are there.
 */
void alert_facts_load(struct store *store, const struct config *config, struct arena *arena,
                      const int64_t *person_ids, size_t n, alert_facts_done *done, void *owner);

void alert_facts_sort(struct arena *arena, struct alert_facts *facts); /* done by the loading */
const struct fact_record *fact_record(const struct alert_facts *facts,
                                      int64_t src_key); /* all of these: NULL if none */
const struct fact_person *fact_person(const struct alert_facts *facts,
                                      int64_t person_id); /* who it was merged into */
const struct fact_entity *fact_account(const struct alert_facts *facts, int64_t account_id);
const struct fact_entity *fact_opportunity(const struct alert_facts *facts, int64_t opportunity_id);
const struct fact_user *fact_user(const struct alert_facts *facts, int64_t user_id);
struct fact_span fact_records_of(const struct alert_facts *facts, int64_t entity_id);
struct fact_span fact_opportunities_of(const struct alert_facts *facts, int64_t account_key);
const struct fact_role *fact_roles_of(const struct alert_facts *facts, int64_t person_key, size_t *ret_n);
