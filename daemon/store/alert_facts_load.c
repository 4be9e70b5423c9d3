/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_facts.h"

#include <stdlib.h>

#include "key.h"

struct keys { /* what a round asks for */
	int64_t *list;
	size_t n, size;
};

struct loading {
	struct store *store;
	const struct config *config;
	struct arena *arena;
	alert_facts_done *done;
	void *owner;
	struct alert_facts *facts;
	size_t sizes[6]; /* room in facts' lists */
	size_t round, pending;
	int merges;
	struct error err;
	struct keys persons, merged, person_keys, domains, account_keys, accounts, opportunity_keys,
	        opportunities, owner_keys, users;
	struct slice *emails;
	size_t n_emails, emails_size;
};

struct question {
	struct loading *loading;
	void (*read)(struct loading *loading, const struct pg_result *result);
};

static void go_on(struct loading *loading);

static void keys_add(struct loading *loading, struct keys *keys, int64_t key)
{
	if (!key)
		return;
	if (keys->n == keys->size) {
		keys->size = keys->size ? 2 * keys->size : 32;
		keys->list = arena_grow(loading->arena, keys->list, keys->n, keys->size, sizeof(*keys->list));
	}
	keys->list[keys->n++] = key;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static struct pg_param keys_param(struct keys *keys)
{
	size_t kept = 0;

	if (keys->n)
		qsort(keys->list, keys->n, sizeof(*keys->list), by_number);
	for (size_t i = 0; i < keys->n; i++)
		if (!kept || keys->list[i] != keys->list[kept - 1])
			keys->list[kept++] = keys->list[i];
	keys->n = kept;
	return PG_INTS(keys->list, keys->n);
}

/* Room for n more items of a list of the facts. */
static void *room(struct loading *loading, size_t which, const void *list, size_t used, size_t n, size_t item)
{
	size_t size = loading->sizes[which];

	if (list && used + n <= size)
		return (void *)list;
	loading->sizes[which] = used + n > 2 * size ? used + n : 2 * size;
	return arena_grow(loading->arena, list, used, loading->sizes[which] + 1, item);
}

static void answered(void *owner, const struct pg_result *result, const struct error *err)
{
	struct question *question = owner;
	struct loading *loading = question->loading;

	if (err && !loading->err.kind)
		loading->err = *err;
	if (!err)
		question->read(loading, result);
	if (--loading->pending == 0)
		go_on(loading);
}

static void ask(struct loading *loading, const char *sql, const struct pg_param *params, size_t n,
                void (*read)(struct loading *loading, const struct pg_result *result))
{
	struct question *question = arena_alloc(loading->arena, sizeof(*question));

	*question = (struct question){ loading, read };
	loading->pending++;
	pg_query(loading->store->quick, sql, params, n, answered, question);
}

static void ask_keys(struct loading *loading, const char *sql, struct keys *keys,
                     void (*read)(struct loading *loading, const struct pg_result *result))
{
	const struct pg_param param = keys_param(keys);

	if (keys->n)
		ask(loading, sql, &param, 1, read);
}

static struct slice text(const struct loading *loading, const struct pg_result *result, size_t row,
                         int column)
{
	return arena_slice(loading->arena, pg_text(result, row, column));
}

/* -- Rows -- */

#define RECORDS                                                                                              \
	"SELECT src_key, connector_id, entity, object, external_id, entity_id, owner_key, account_key, "     \
	"deleted,"                                                                                           \
	" (extract(epoch FROM remote_modified_at) * 1000000)::bigint,"                                       \
	" (extract(epoch FROM remote_created_at) * 1000000)::bigint FROM source_record "

enum { ROOM_RECORDS, ROOM_PERSONS, ROOM_ACCOUNTS, ROOM_OPPORTUNITIES, ROOM_USERS, ROOM_ROLES };

static void read_record(struct loading *loading, const struct pg_result *result, size_t row,
                        struct fact_record *ret)
{
	const struct store_connector *known =
	        store_connector_by_id(loading->store, (int16_t)pg_int(result, row, 1));

	*ret = (struct fact_record){
		.src_key = pg_int(result, row, 0),
		.connector = known ? config_connector(loading->config, known->name) : NULL,
		.entity = (enum entity)pg_int(result, row, 2),
		.object = text(loading, result, row, 3),
		.external_id = text(loading, result, row, 4),
		.entity_id = pg_int(result, row, 5),
		.owner_key = pg_int(result, row, 6),
		.account_key = pg_int(result, row, 7),
		.is_deleted = pg_bool(result, row, 8),
		.modified_us = pg_int(result, row, 9),
		.created_us = pg_int(result, row, 10),
	};
}

static void collect(struct loading *loading, const struct fact_record *record)
{
	if (record->entity == ENTITY_PERSON) {
		keys_add(loading, &loading->person_keys, record->src_key);
		keys_add(loading, &loading->account_keys, record->account_key);
	} else if (record->entity == ENTITY_ACCOUNT) {
		keys_add(loading, &loading->account_keys, record->src_key);
		keys_add(loading, &loading->accounts, record->entity_id);
	} else if (record->entity == ENTITY_OPPORTUNITY) {
		keys_add(loading, &loading->opportunities, record->entity_id);
		keys_add(loading, &loading->owner_keys, record->account_key);
	} else if (record->entity == ENTITY_USER) {
		keys_add(loading, &loading->users, record->entity_id);
	}
	if (!record->is_deleted)
		keys_add(loading, &loading->owner_keys, record->owner_key);
}

static void read_records(struct loading *loading, const struct pg_result *result)
{
	struct alert_facts *facts = loading->facts;

	facts->records = room(loading, ROOM_RECORDS, facts->records, facts->n_records, result->n_rows,
	                      sizeof(*facts->records));
	for (size_t row = 0; row < result->n_rows; row++) {
		struct fact_record *record = &facts->records[facts->n_records++];

		read_record(loading, result, row, record);
		collect(loading, record);
	}
}

static void add_domain(struct loading *loading, struct fact_person *person)
{
	const struct slice values[VALUES_MAX] = { [PERSON_EMAIL] = person->email };
	struct slice domain = domain_of(loading->arena, &loading->config->policy, ENTITY_PERSON, values);

	if (!domain.len)
		return;
	person->domain = key_domain(loading->arena, loading->store->secret, domain).hash;
	keys_add(loading, &loading->domains, person->domain.low);
}

static void read_persons(struct loading *loading, const struct pg_result *result)
{
	struct alert_facts *facts = loading->facts;

	facts->persons = room(loading, ROOM_PERSONS, facts->persons, facts->n_persons, result->n_rows,
	                      sizeof(*facts->persons));
	loading->merged = (struct keys){ 0 };
	for (size_t row = 0; row < result->n_rows; row++) {
		struct fact_person *person = &facts->persons[facts->n_persons++];

		*person = (struct fact_person){
			.person_id = pg_int(result, row, 0),
			.merged_into = pg_int(result, row, 1),
			.email = text(loading, result, row, 2),
			.first_name = text(loading, result, row, 3),
			.last_name = text(loading, result, row, 4),
			.phone = text(loading, result, row, 5),
			.mobile = text(loading, result, row, 6),
			.company = text(loading, result, row, 7),
		};
		add_domain(loading, person);
		keys_add(loading, person->merged_into ? &loading->merged : &loading->persons,
		         person->merged_into ? person->merged_into : person->person_id);
	}
}

static void read_domains(struct loading *loading, const struct pg_result *result)
{
	struct alert_facts *facts = loading->facts;

	for (size_t row = 0; row < result->n_rows; row++) {
		for (size_t i = 0; i < facts->n_persons; i++)
			if (facts->persons[i].domain.low == pg_int(result, row, 0) &&
			    facts->persons[i].domain.high == pg_int(result, row, 1))
				facts->persons[i].domain_account = pg_int(result, row, 2);
		keys_add(loading, &loading->accounts, pg_int(result, row, 2));
	}
}

static void read_roles(struct loading *loading, const struct pg_result *result)
{
	struct alert_facts *facts = loading->facts;

	facts->roles = room(loading, ROOM_ROLES, facts->roles, facts->n_roles, result->n_rows,
	                    sizeof(*facts->roles));
	for (size_t row = 0; row < result->n_rows; row++) {
		facts->roles[facts->n_roles++] =
		        (struct fact_role){ pg_int(result, row, 0), pg_int(result, row, 1) };
		keys_add(loading, &loading->opportunity_keys, pg_int(result, row, 1));
	}
}

static void read_accounts(struct loading *loading, const struct pg_result *result)
{
	struct alert_facts *facts = loading->facts;

	facts->accounts = room(loading, ROOM_ACCOUNTS, facts->accounts, facts->n_accounts, result->n_rows,
	                       sizeof(*facts->accounts));
	for (size_t row = 0; row < result->n_rows; row++)
		facts->accounts[facts->n_accounts++] =
		        (struct fact_entity){ pg_int(result, row, 0), text(loading, result, row, 1), false };
}

static void read_opportunities(struct loading *loading, const struct pg_result *result)
{
	struct alert_facts *facts = loading->facts;

	facts->opportunities = room(loading, ROOM_OPPORTUNITIES, facts->opportunities, facts->n_opportunities,
	                            result->n_rows, sizeof(*facts->opportunities));
	for (size_t row = 0; row < result->n_rows; row++)
		facts->opportunities[facts->n_opportunities++] =
		        (struct fact_entity){ pg_int(result, row, 0), text(loading, result, row, 1),
			                      pg_bool(result, row, 2) };
}

static struct slice lower(struct arena *arena, struct slice mixed)
{
	char *copy = arena_strndup(arena, mixed.len ? mixed.data : "", mixed.len);

	for (size_t i = 0; i < mixed.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct slice){ copy, mixed.len };
}

static void add_email(struct loading *loading, struct slice email)
{
	if (!email.len)
		return;
	if (loading->n_emails == loading->emails_size) {
		loading->emails_size = loading->emails_size ? 2 * loading->emails_size : 16;
		loading->emails = arena_grow(loading->arena, loading->emails, loading->n_emails,
		                             loading->emails_size, sizeof(*loading->emails));
	}
	loading->emails[loading->n_emails++] = lower(loading->arena, email);
}

static void read_users(struct loading *loading, const struct pg_result *result)
{
	struct alert_facts *facts = loading->facts;

	facts->users = room(loading, ROOM_USERS, facts->users, facts->n_users, result->n_rows,
	                    sizeof(*facts->users));
	for (size_t row = 0; row < result->n_rows; row++) {
		struct fact_user *user = &facts->users[facts->n_users++];
		struct slice first = pg_text(result, row, 2), last = pg_text(result, row, 3);
		const char *between = first.len && last.len ? " " : "";

		*user = (struct fact_user){
			.user_id = pg_int(result, row, 0),
			.email = text(loading, result, row, 1),
			.name = slice_of(arena_printf(loading->arena, "%.*s%s%.*s", SLICE_ARGS(first),
			                              between, SLICE_ARGS(last))),
			.is_active = pg_bool(result, row, 4),
		};
		add_email(loading, user->email);
		keys_add(loading, &loading->users, user->user_id);
	}
}

/* -- Rounds -- */

#define PERSONS                                                                                              \
	"SELECT person_id, merged_into, email, first_name, last_name, phone, mobile, company FROM person"    \
	" WHERE person_id = ANY ($1)"
#define USERS                                                                                                \
	"SELECT user_id, email, first_name, last_name, is_active IS DISTINCT FROM 'false' FROM app_user "    \
	"WHERE "

/* Alerts name the person of their day: who was merged since is followed. */
static void ask_merged(struct loading *loading)
{
	if (!loading->merged.n || loading->merges++ == FACT_MERGES_MAX)
		return;
	loading->round--;
	ask_keys(loading, PERSONS, &loading->merged, read_persons);
}

static void ask_persons_records(struct loading *loading)
{
	ask_keys(loading, RECORDS "WHERE entity_id = ANY ($1) AND entity = 0", &loading->persons,
	         read_records);
	ask_keys(loading,
	         "SELECT key_hash, key_check, entity_id FROM identity_key WHERE key_hash = ANY ($1) AND kind "
	         "= 8",
	         &loading->domains, read_domains);
}

static void ask_roles_and_accounts(struct loading *loading)
{
	ask_keys(loading, "SELECT person_key, opportunity_key FROM opp_role WHERE person_key = ANY ($1)",
	         &loading->person_keys, read_roles);
	ask_keys(loading, RECORDS "WHERE src_key = ANY ($1) AND entity = 1", &loading->account_keys,
	         read_records);
}

static void ask_accounts_records(struct loading *loading)
{
	ask_keys(loading, RECORDS "WHERE entity_id = ANY ($1) AND entity = 1", &loading->accounts,
	         read_records);
	ask_keys(loading, RECORDS "WHERE src_key = ANY ($1) AND entity = 2", &loading->opportunity_keys,
	         read_records);
}

static void ask_accounts_opportunities(struct loading *loading)
{
	ask_keys(loading, RECORDS "WHERE account_key = ANY ($1) AND entity = 2 AND NOT deleted",
	         &loading->account_keys, read_records);
	ask_keys(loading, "SELECT account_id, name FROM account WHERE account_id = ANY ($1)",
	         &loading->accounts, read_accounts);
}

static void ask_owners(struct loading *loading)
{
	ask_keys(loading,
	         "SELECT opportunity_id, name, coalesce(is_closed, '') = 'true' FROM opportunity WHERE "
	         "opportunity_id = ANY ($1)",
	         &loading->opportunities, read_opportunities);
	ask_keys(loading, RECORDS "WHERE src_key = ANY ($1)", &loading->owner_keys, read_records);
}

static void ask_users(struct loading *loading)
{
	ask_keys(loading, USERS "user_id = ANY ($1)", &loading->users, read_users);
	add_email(loading, slice_of(loading->config->policy.fallback_owner));
}

static void ask_same_people(struct loading *loading)
{
	const struct pg_param emails = PG_TEXTS(loading->emails, loading->n_emails);

	if (loading->n_emails)
		ask(loading, USERS "lower(email) = ANY ($1) AND merged_into IS NULL", &emails, 1, read_users);
}

static void ask_users_records(struct loading *loading)
{
	ask_keys(loading, RECORDS "WHERE entity_id = ANY ($1) AND entity = 3", &loading->users, read_records);
}

/* Each asks with what the ones before it found. */
static void (*const rounds[])(struct loading *loading) = {
	ask_merged,
	ask_persons_records,
	ask_roles_and_accounts,
	ask_accounts_records,
	ask_accounts_opportunities,
	ask_owners,
	ask_users,
	ask_same_people,
	ask_users_records,
};

static void go_on(struct loading *loading)
{
	while (!loading->pending && !loading->err.kind && loading->round < ARRAY_SIZE(rounds))
		rounds[loading->round++](loading);
	if (loading->pending)
		return;
	if (!loading->err.kind)
		alert_facts_sort(loading->arena, loading->facts);
	loading->done(loading->owner, loading->err.kind ? NULL : loading->facts,
	              loading->err.kind ? &loading->err : NULL);
}

void alert_facts_load(struct store *store, const struct config *config, struct arena *arena,
                      const int64_t *person_ids, size_t n, alert_facts_done *done, void *owner)
{
	struct loading *loading = arena_alloc(arena, sizeof(*loading));
	const struct pg_param ids = PG_INTS(person_ids, n);

	*loading = (struct loading){
		.store = store, .config = config, .arena = arena, .done = done, .owner = owner
	};
	loading->facts = arena_alloc(arena, sizeof(*loading->facts));
	ask(loading, PERSONS, &ids, 1, read_persons);
}
