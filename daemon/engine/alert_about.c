/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_about.h"

#include "alert_route.h"
#include "buf.h"
#include "json.h"
#include "number.h"

static bool has_role(const struct alert_facts *facts, const struct fact_record *record,
                     int64_t opportunity_id)
{
	size_t n;
	const struct fact_role *roles = fact_roles_of(facts, record->src_key, &n);

	for (size_t i = 0; i < n; i++) {
		const struct fact_record *opportunity = fact_record(facts, roles[i].opportunity_key);

		if (opportunity && opportunity_id && opportunity->entity_id == opportunity_id)
			return true;
	}
	return false;
}

/* The one with a role on the opportunity, then a contact, then any other, then a lead; the latest of equals.
 */
static int person_rank(const struct alert_facts *facts, const struct fact_record *record,
                       int64_t opportunity_id)
{
	if (has_role(facts, record, opportunity_id))
		return 4;
	if (slice_equal_text(record->object, "contact"))
		return 3;
	return slice_equal_text(record->object, "lead") ? 1 : 2;
}

static const struct fact_record *person_there(const struct alert_facts *facts,
                                              const struct connector_config *connector, int64_t person_id,
                                              int64_t opportunity_id)
{
	struct fact_span records = fact_records_of(facts, person_id);
	const struct fact_record *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < records.n; i++) {
		const struct fact_record *record = records.list[i];

		if (record->connector != connector || record->is_deleted || record->entity != ENTITY_PERSON)
			continue;
		int rank = person_rank(facts, record, opportunity_id);
		if (rank > best_rank || (rank == best_rank && record->modified_us > best->modified_us)) {
			best = record;
			best_rank = rank;
		}
	}
	return best;
}

static const struct fact_record *entity_there(const struct alert_facts *facts,
                                              const struct connector_config *connector, int64_t entity_id)
{
	struct fact_span records = fact_records_of(facts, entity_id);

	for (size_t i = 0; i < records.n; i++)
		if (records.list[i]->connector == connector && !records.list[i]->is_deleted)
			return records.list[i];
	return NULL;
}

void alert_about_find(const struct alert_facts *facts, const struct connector_config *connector,
                      int64_t person_id, int64_t opportunity_id, int64_t user_id, struct alert_about *ret)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);
	const struct fact_person *person = fact_person(facts, person_id);
	const struct fact_record *owner = alert_reader(facts, user_id, connector), *account = NULL, *there,
	                         *opportunity;

	*ret = (struct alert_about){ 0 };
	if (owner)
		ret->owner_id = owner->external_id;
	opportunity = opportunity_id ? entity_there(facts, connector, opportunity_id) : NULL;
	if (opportunity) {
		ret->opportunity_id = opportunity->external_id;
		account = fact_record(facts, opportunity->account_key);
	}
	if (!person)
		return;
	there = person_there(facts, connector, person->person_id, opportunity_id);
	if (there) {
		ret->person_object = there->object;
		ret->person_id = there->external_id;
	}
	struct alert_accounts accounts = alert_accounts_of(arena, facts, person);
	for (size_t i = 0; (!account || account->is_deleted) && i < accounts.n_ids; i++)
		account = entity_there(facts, connector, accounts.ids[i]);
	if (account && !account->is_deleted)
		ret->account_id = account->external_id;
}

const struct fact_entity *alert_account(const struct alert_facts *facts, int64_t person_id)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1024);
	const struct fact_person *person = fact_person(facts, person_id);
	const struct fact_entity *found = NULL;

	if (!person)
		return NULL;
	struct alert_accounts accounts = alert_accounts_of(arena, facts, person);
	for (size_t i = 0; !found && i < accounts.n_ids; i++)
		found = fact_account(facts, accounts.ids[i]);
	return found;
}

/* -- As kept with the alert -- */

struct slice alert_about_print(struct arena *arena, const struct alert_about *about)
{
	const struct {
		const char *name;
		struct slice value;
	} members[] = {
		{ "owner", about->owner_id },
		{ "person_object", about->person_object },
		{ "person", about->person_id },
		{ "account", about->account_id },
		{ "opportunity", about->opportunity_id },
	};
	struct buf json;

	buf_init(&json, 65536);
	buf_printf(&json, "{\"due\":\"%lld\"", (long long)about->due_us);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (!members[i].value.len)
			continue;
		buf_printf(&json, ",\"%s\":", members[i].name);
		buf_add_json_string(&json, members[i].value);
	}
	buf_add_char(&json, '}');
	struct slice text = arena_slice(arena, buf_slice(&json));
	buf_done(&json);
	return text;
}

bool alert_about_parse(struct arena *arena, struct slice json, struct alert_about *ret)
{
	CLEANUP(json_decref_p) json_t *tree = NULL;
	struct error ignored = { 0 };
	int64_t due_us;

	if (slice_is_null(json) || !json_read(json, &tree, &ignored) || !json_is_object(tree) ||
	    !parse_int64(json_text(tree, "due"), INT64_MIN, INT64_MAX, &due_us))
		return false;
	*ret = (struct alert_about){
		.owner_id = arena_slice(arena, json_text(tree, "owner")),
		.person_object = arena_slice(arena, json_text(tree, "person_object")),
		.person_id = arena_slice(arena, json_text(tree, "person")),
		.account_id = arena_slice(arena, json_text(tree, "account")),
		.opportunity_id = arena_slice(arena, json_text(tree, "opportunity")),
		.due_us = due_us,
	};
	return true;
}
