/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_route.h"

#include "idmap.h"
#include "route.h"

/* What an MA system says of owners ranks behind what any SFA says: its records change with every visit to a
 * page. */
#define MA_OLDER_US    (INT64_C(1000) * 366 * 86400 * 1000000)
#define UNREACHED_TOLD 3 /* owners without a user in the right system that the sentence names */

struct routing {
	struct arena *arena;
	const struct alert_facts *facts;
	const struct config *config;
	const struct fact_person *person;
	const struct connector_config *channel; /* of the rule; NULL: any */
	struct route_opportunity *opportunities;
	struct route_owner *accounts, *records;
	size_t n_opportunities, n_accounts, n_records, size_opportunities, size_accounts;
	struct idmap by_opportunity; /* number in opportunities */
	const char *unreached;       /* "; Ann Old, who owns …, has no user in …" and so on */
	int n_unreached;
};

/* -- Readers -- */

static const struct fact_record *own_record(const struct alert_facts *facts, int64_t user_id,
                                            const struct connector_config *connector)
{
	struct fact_span records = fact_records_of(facts, user_id);

	for (size_t i = 0; i < records.n; i++)
		if (records.list[i]->entity == ENTITY_USER && !records.list[i]->is_deleted &&
		    records.list[i]->connector == connector)
			return records.list[i];
	return NULL;
}

const struct fact_record *alert_reader(const struct alert_facts *facts, int64_t user_id,
                                       const struct connector_config *connector)
{
	const struct fact_user *user = fact_user(facts, user_id);

	if (!user || !user->is_active || !connector || !connector->ops->notice_ask)
		return NULL;
	const struct fact_record *found = own_record(facts, user_id, connector);
	for (size_t i = 0; !found && user->email.len && i < facts->n_users; i++)
		if (facts->users[i].is_active && slice_equal_nocase(facts->users[i].email, user->email))
			found = own_record(facts, facts->users[i].user_id, connector);
	return found;
}

static const struct fact_record *reach(const struct routing *routing, int64_t user_id,
                                       const struct connector_config *natural)
{
	if (routing->channel)
		return alert_reader(routing->facts, user_id, routing->channel);
	const struct fact_record *found = alert_reader(routing->facts, user_id, natural);
	for (size_t i = 0; !found && i < routing->config->n_connectors; i++)
		if (routing->config->connectors[i].role == ROLE_SFA)
			found = alert_reader(routing->facts, user_id, &routing->config->connectors[i]);
	return found;
}

static void pass_over(struct routing *routing, const struct fact_user *user, const char *of)
{
	struct slice name = user->name.len ? user->name : user->email;

	if (routing->n_unreached++ < UNREACHED_TOLD)
		routing->unreached = arena_printf(
		        routing->arena, "%s; %.*s, who owns %s, has no user in %s%s", routing->unreached,
		        SLICE_ARGS(name), of, routing->channel ? "the system " : "a system that takes tasks",
		        routing->channel ? routing->channel->name : "");
}

/* False: there is an owner, but nowhere to tell him. No owner at all, or an inactive one, is for route() to
 * explain. */
static bool owner_of(struct routing *routing, const struct fact_record *record, const char *of,
                     struct route_user *ret)
{
	const struct fact_record *owner = fact_record(routing->facts, record->owner_key);
	const struct fact_user *user = owner ? fact_user(routing->facts, owner->entity_id) : NULL;

	*ret = (struct route_user){ 0 };
	if (!user)
		return true;
	*ret = (struct route_user){ .user_id = user->user_id,
		                    .name = user->name,
		                    .email = user->email,
		                    .is_active = user->is_active && !owner->is_deleted };
	if (!ret->is_active)
		return true;
	const struct fact_record *reader = reach(routing, user->user_id, record->connector);
	if (!reader) {
		pass_over(routing, user, of);
		return false;
	}
	ret->src_key = reader->src_key;
	return true;
}

/* -- What there is -- */

static bool is_ma(const struct fact_record *record)
{
	return record->connector->role == ROLE_MA;
}

static void add_opportunity(struct routing *routing, const struct fact_record *record, bool by_role)
{
	const struct fact_entity *golden = fact_opportunity(routing->facts, record->entity_id);
	struct route_user owner;

	if (record->is_deleted || record->entity != ENTITY_OPPORTUNITY || !record->connector || !golden)
		return;
	if (golden->is_closed || idmap_get(&routing->by_opportunity, record->entity_id) != IDMAP_NONE)
		return;
	const char *of = arena_printf(routing->arena, "the opportunity “%.*s”", SLICE_ARGS(golden->name));
	if (!owner_of(routing, record, of, &owner))
		return;
	(void)idmap_put(&routing->by_opportunity, record->entity_id, (uint32_t)routing->n_opportunities);
	if (routing->n_opportunities == routing->size_opportunities) {
		routing->size_opportunities = 2 * routing->size_opportunities + 8;
		routing->opportunities =
		        arena_grow(routing->arena, routing->opportunities, routing->n_opportunities,
		                   routing->size_opportunities, sizeof(*routing->opportunities));
	}
	routing->opportunities[routing->n_opportunities++] = (struct route_opportunity){
		.opportunity_id = record->entity_id,
		.name = golden->name,
		.is_open = true,
		.by_role = by_role,
		.last_activity_us = record->modified_us,
		.created_us = record->created_us,
		.owner = owner,
	};
}

static void add_owner(struct routing *routing, struct route_owner *list, size_t *n,
                      const struct fact_record *record, const char *of)
{
	struct route_user owner;

	if (record->is_deleted || !record->connector || !record->owner_key ||
	    !owner_of(routing, record, of, &owner) || !owner.user_id)
		return;
	list[(*n)++] = (struct route_owner){
		.of = slice_of(of),
		.owner = owner,
		.modified_us = record->modified_us - (is_ma(record) ? MA_OLDER_US : 0),
	};
}

static void add_account_records(struct routing *routing, int64_t account_id)
{
	const struct fact_entity *account = fact_account(routing->facts, account_id);
	struct fact_span records = fact_records_of(routing->facts, account_id);
	struct slice name = account && account->name.len ? account->name : SLICE("without a name");

	if (routing->n_accounts + records.n > routing->size_accounts) {
		routing->size_accounts = 2 * (routing->n_accounts + records.n);
		routing->accounts = arena_grow(routing->arena, routing->accounts, routing->n_accounts,
		                               routing->size_accounts, sizeof(*routing->accounts));
	}
	for (size_t i = 0; i < records.n; i++)
		if (records.list[i]->entity == ENTITY_ACCOUNT)
			add_owner(routing, routing->accounts, &routing->n_accounts, records.list[i],
			          arena_printf(routing->arena, "the account “%.*s”", SLICE_ARGS(name)));
}

/* -- The person's accounts -- */

static void account_add(int64_t *list, size_t *n, int64_t id)
{
	for (size_t i = 0; i < *n; i++)
		if (list[i] == id)
			return;
	if (id)
		list[(*n)++] = id;
}

struct alert_accounts alert_accounts_of(struct arena *arena, const struct alert_facts *facts,
                                        const struct fact_person *person)
{
	struct fact_span records = fact_records_of(facts, person->person_id);
	struct alert_accounts accounts = { 0 };

	accounts.ids = arena_array(arena, records.n + 1, sizeof(*accounts.ids));
	accounts.keys = arena_array(arena, records.n + 1, sizeof(*accounts.keys));
	for (size_t i = 0; i < records.n; i++) {
		const struct fact_record *record = records.list[i];
		const struct fact_record *account =
		        record->is_deleted ? NULL : fact_record(facts, record->account_key);

		if (account)
			account_add(accounts.ids, &accounts.n_ids, account->entity_id);
		else if (!record->is_deleted)
			account_add(accounts.keys, &accounts.n_keys, record->account_key);
	}
	if (!accounts.n_ids && !accounts.n_keys)
		account_add(accounts.ids, &accounts.n_ids, person->domain_account);
	return accounts;
}

/* -- Facts of a person -- */

static void add_role_opportunities(struct routing *routing, bool of_ma)
{
	struct fact_span records = fact_records_of(routing->facts, routing->person->person_id);

	for (size_t i = 0; i < records.n; i++) {
		size_t n;
		const struct fact_role *roles = fact_roles_of(routing->facts, records.list[i]->src_key, &n);

		for (size_t k = 0; k < n; k++) {
			const struct fact_record *record =
			        fact_record(routing->facts, roles[k].opportunity_key);

			if (record && record->connector && is_ma(record) == of_ma)
				add_opportunity(routing, record, true);
		}
	}
}

static void add_opportunities_of(struct routing *routing, int64_t account_key, bool of_ma)
{
	struct fact_span records = fact_opportunities_of(routing->facts, account_key);

	for (size_t i = 0; i < records.n; i++)
		if (records.list[i]->connector && is_ma(records.list[i]) == of_ma)
			add_opportunity(routing, records.list[i], false);
}

static void add_account_opportunities(struct routing *routing, const struct alert_accounts *accounts,
                                      bool of_ma)
{
	for (size_t i = 0; i < accounts->n_ids; i++) {
		struct fact_span records = fact_records_of(routing->facts, accounts->ids[i]);

		for (size_t k = 0; k < records.n; k++)
			add_opportunities_of(routing, records.list[k]->src_key, of_ma);
	}
	for (size_t i = 0; i < accounts->n_keys; i++)
		add_opportunities_of(routing, accounts->keys[i], of_ma);
}

static void add_opportunities(struct routing *routing, const struct alert_accounts *accounts)
{
	/* Roles first: an opportunity counts once, by its strongest tie. */
	bool is_ma_wanted = routing->channel && routing->channel->role == ROLE_MA;

	add_role_opportunities(routing, false);
	add_account_opportunities(routing, accounts, false);
	if (routing->n_opportunities && !is_ma_wanted)
		return;
	add_role_opportunities(routing, true);
	add_account_opportunities(routing, accounts, true);
}

static void add_records(struct routing *routing)
{
	struct fact_span records = fact_records_of(routing->facts, routing->person->person_id);

	routing->records = arena_array(routing->arena, records.n + 1, sizeof(*routing->records));
	for (size_t i = 0; i < records.n; i++) {
		const struct fact_record *record = records.list[i];

		if (record->connector)
			add_owner(routing, routing->records, &routing->n_records, record,
			          arena_printf(routing->arena, "the %.*s in %s", SLICE_ARGS(record->object),
			                       record->connector->name));
	}
}

static struct route_user fallback_of(const struct routing *routing)
{
	struct slice email = slice_of(routing->config->policy.fallback_owner);
	struct route_user best = { 0 };

	for (size_t i = 0; email.len && i < routing->facts->n_users; i++) {
		const struct fact_user *user = &routing->facts->users[i];
		const struct fact_record *reader;

		if (!slice_equal_nocase(user->email, email) || best.src_key)
			continue;
		reader = reach(routing, user->user_id, NULL);
		best = (struct route_user){ user->user_id, user->name, user->email, reader != NULL,
			                    reader ? reader->src_key : 0 };
	}
	return best;
}

static void add_facts(struct routing *routing, struct route_facts *facts)
{
	struct alert_accounts accounts = alert_accounts_of(routing->arena, routing->facts, routing->person);

	add_opportunities(routing, &accounts);
	for (size_t i = 0; i < accounts.n_ids; i++)
		add_account_records(routing, accounts.ids[i]);
	add_records(routing);
	facts->opportunities = routing->opportunities;
	facts->n_opportunities = routing->n_opportunities;
	facts->accounts = routing->accounts;
	facts->n_accounts = routing->n_accounts;
	facts->records = routing->records;
	facts->n_records = routing->n_records;
}

void alert_route(struct arena *arena, const struct alert_facts *facts, const struct config *config,
                 int64_t person_id, const struct alert_rule *rule, struct alert_route *ret)
{
	struct routing routing = { .arena = arena,
		                   .facts = facts,
		                   .config = config,
		                   .person = fact_person(facts, person_id),
		                   .unreached = "" };
	struct route_facts known = { .only_open_opportunity = rule->only_open_opportunity };
	struct route route_ret;

	idmap_init(&routing.by_opportunity, arena, 16);
	if (rule->channel && rule->channel[0])
		routing.channel = config_connector(config, rule->channel);
	if (routing.person)
		add_facts(&routing, &known);
	known.fallback = fallback_of(&routing);
	route(arena, &known, &route_ret);
	const struct fact_record *reader = fact_record(facts, route_ret.to.src_key);
	*ret = (struct alert_route){
		.user_id = route_ret.to.user_id,
		.opportunity_id = route_ret.opportunity_id,
		.step = route_ret.step,
		.connector = reader ? reader->connector : NULL,
		.why = arena_printf(arena, "%s%s", route_ret.why, routing.unreached),
	};
}
