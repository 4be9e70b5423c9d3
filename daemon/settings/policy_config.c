/* SPDX-License-Identifier: Apache-2.0 */
/* policy.yaml: what identifies, who wins, who is told; and the masters that the instances' maps name. */
#include "load.h"

#include "wording.h"

const struct setting policy_settings[] = {
	TEXT_SETTING(struct policy, region, "region", .fallback = "US",
	             .help = "country of phone numbers without a country code: two capital letters"),
	LIST_SETTING(struct policy, nobody_emails, "nobody.emails",
	             .help = "addresses (a@b.com) and local parts (info@) that identify nobody; adds to the "
	                     "built-in ones"),
	LIST_SETTING(struct policy, nobody_phones, "nobody.phones",
	             .help = "phone numbers that identify nobody"),
	LIST_SETTING(
	        struct policy, freemail_domains, "freemail",
	        .help = "domains whose addresses say nothing about a company; adds to the built-in ones"),
	BOOL_SETTING(struct policy, match_phone_name, "match.phone_name", .fallback = "true",
	             .help = "the same phone and the same name are the same person"),
	TEXT_SETTING(struct policy, fallback_owner, "fallback_owner", .fallback = "",
	             .help = "e-mail address of the user who is told when nobody else can be; empty: the "
	                     "alert is parked"),
	{ 0 }
};

struct field_values {
	int win;
	const char *master;
	bool blank_wins;
};

const char *const win_choices[] = {
	[WIN_LATEST] = "latest",     [WIN_MASTER] = "master",   [WIN_FIRST] = "first",
	[WIN_ANY_TRUE] = "any_true", [WIN_LONGEST] = "longest", NULL,
};

const struct setting field_settings[] = {
	CHOICE_SETTING(struct field_values, win, "win", .choices = win_choices,
	               .help = "how the value is chosen among the systems"),
	TEXT_SETTING(struct field_values, master, "master",
	             .help = "with win: master, whose value: ma, sfa or a connector's name"),
	BOOL_SETTING(struct field_values, blank_wins, "blank_wins", .fallback = "false",
	             .help = "an empty value may wipe another"),
	{ 0 }
};

static const char *const other_keys[] = { "fields", "alerts", NULL };

/* -- Fields -- */

static void add_defaults(struct policy *policy, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		policy->fields[policy->n_fields++] =
		        (struct field_policy){ .field = &fields[i], .win = fields[i].win };
}

static void load_field_defaults(struct load *load)
{
	struct policy *policy = &load->config->policy;
	size_t room = policy->n_custom + (size_t)FIELD_COUNT_MAX * ENTITY_COUNT, n;

	policy->fields = arena_array(load->arena, room, sizeof(*policy->fields));
	load->field_origins = arena_array(load->scratch, room, sizeof(*load->field_origins));
	for (int i = 0; i < ENTITY_COUNT; i++) {
		const struct field *table = field_table((enum entity)i, &n);

		add_defaults(policy, table, n);
	}
	add_defaults(policy, policy->custom, policy->n_custom);
}

/* policy_field() shows them to readers; only this file writes. */
static size_t policy_index(const struct policy *policy, const struct field *field)
{
	return (size_t)(policy_field(policy, field) - policy->fields);
}

static const char *origin_print(const struct load *load, const struct source *source, const struct node *node)
{
	return arena_printf(load->scratch, "%s:%d", source->name, node->line);
}

static bool check_master(const struct load *load, const struct source *source, const struct node *node,
                         const char *name, const char *master)
{
	struct names names = { .arena = load->scratch };

	names_add(&names, "ma");
	names_add(&names, "sfa");
	for (size_t i = 0; i < load->config->n_connectors; i++)
		names_add(&names, load->config->connectors[i].name);
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.list[i], master) == 0)
			return true;
	load_complain(load, source, node, "%s.master: %s is no role and no connector; %s", name,
	              text_print(load->scratch, slice_of(master)),
	              near_names(load->scratch, slice_of(master), &names));
	return false;
}

static void read_field(struct load *load, const struct field *field, const char *name,
                       const struct node *node)
{
	struct policy *policy = &load->config->policy;
	struct field_policy *rule = &policy->fields[policy_index(policy, field)];
	struct field_values values = { 0 };
	struct schema schema = load_schema(load, &load->policy, field_settings, &values);
	bool has_win;

	schema.prefix = arena_printf(load->scratch, "%s.", name);
	schema_read(&schema, node);
	has_win = schema_is_set(&schema, "win");
	if (values.master && has_win && values.win != WIN_MASTER)
		load_complain(load, &load->policy, node, "%s: master goes with win: master only", name);
	if (!values.master && has_win && values.win == WIN_MASTER && !schema_is_set(&schema, "master"))
		load_complain(load, &load->policy, node, "%s.master: is required with win: master", name);
	if (values.master &&
	    !check_master(load, &load->policy, schema_locate(node, "master"), name, values.master))
		return;
	rule->blank_wins = values.blank_wins;
	if (!values.master && !has_win)
		return;
	rule->win = values.master ? WIN_MASTER : (enum win)values.win;
	rule->master = values.master;
	load->field_origins[rule - policy->fields] = origin_print(load, &load->policy, node);
}

static struct names field_names(const struct load *load, enum entity entity)
{
	const struct policy *policy = &load->config->policy;
	struct names names = { .arena = load->scratch };

	for (size_t i = 0; i < policy->n_fields; i++)
		if (policy->fields[i].field->entity == entity)
			names_add(&names, policy->fields[i].field->name);
	return names;
}

static void load_entity_fields(struct load *load, const struct pair *pair)
{
	struct names entities = { .arena = load->scratch };
	int entity = ENTITY_COUNT;

	for (int i = 0; i < ENTITY_COUNT; i++) {
		if (field_names(load, (enum entity)i).n)
			names_add(&entities, entity_name((enum entity)i));
		if (slice_equal_text(pair->key->text, entity_name((enum entity)i)))
			entity = i;
	}
	if (entity == ENTITY_COUNT || field_names(load, (enum entity)entity).n == 0) {
		load_complain(load, &load->policy, pair->key, "fields: %s is no entity with fields; %s",
		              text_print(load->scratch, pair->key->text),
		              near_names(load->scratch, pair->key->text, &entities));
		return;
	}
	if (pair->value->kind != NODE_MAP && !pair->value->is_bad)
		load_complain(load, &load->policy, pair->value,
		              "fields.%s: is no mapping; allowed: FIELD: {win: …}",
		              entity_name((enum entity)entity));
	for (size_t i = 0; pair->value->kind == NODE_MAP && i < pair->value->n; i++) {
		const struct pair *row = &pair->value->pairs[i];
		const struct field *field = load_field(load, (enum entity)entity, row->key->text.data);
		struct names names = field_names(load, (enum entity)entity);

		if (field)
			read_field(load, field,
			           arena_printf(load->scratch, "fields.%s.%s",
			                        entity_name((enum entity)entity), field->name),
			           row->value);
		else
			load_complain(load, &load->policy, row->key, "fields: %s has no field %s; %s",
			              entity_name((enum entity)entity),
			              text_print(load->scratch, row->key->text),
			              near_names(load->scratch, row->key->text, &names));
	}
}

static void load_fields(struct load *load)
{
	const struct node *fields =
	        load->policy.root ? node_member(load->policy.root, SLICE("fields")) : NULL;

	load_field_defaults(load);
	if (!fields || fields->is_bad || node_is_absent(fields))
		return;
	if (fields->kind != NODE_MAP)
		load_complain(
		        load, &load->policy, fields,
		        "fields: is no mapping; allowed: person, account, opportunity, each with its fields");
	for (size_t i = 0; fields->kind == NODE_MAP && i < fields->n; i++)
		load_entity_fields(load, &fields->pairs[i]);
}

/* -- The rest -- */

static void check_region(const struct load *load)
{
	const char *region = load->config->policy.region;

	if (strlen(region) == 2 && strspn(region, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2)
		return;
	load_complain(load, &load->policy, schema_locate(load->policy.root, "region"),
	              "region: %s is no country; allowed: two capital letters as US, DE, JP",
	              text_print(load->scratch, slice_of(region)));
}

typedef bool item_check(const char *item);

static bool is_address_part(const char *item)
{
	const char *at = strchr(item, '@');

	return at && at > item && !strchr(at + 1, '@');
}

static bool is_domain(const char *item)
{
	return strchr(item, '.') && !strpbrk(item, "@ /");
}

static bool has_digit(const char *item)
{
	return strpbrk(item, "0123456789");
}

static void check_items(const struct load *load, const char *name, const char *const *items,
                        item_check *is_right, const char *allowed)
{
	const struct node *list = schema_locate(load->policy.root, name);

	for (size_t i = 0; items[i] && list->kind == NODE_LIST; i++)
		if (!is_right(items[i]))
			load_complain(load, &load->policy, list->items[i],
			              "%s: %s is not understood; allowed: %s", name,
			              text_print(load->scratch, slice_of(items[i])), allowed);
}

void load_policy(struct load *load)
{
	struct policy *policy = &load->config->policy;
	struct schema schema = load_schema(load, &load->policy, policy_settings, policy);

	schema.others = other_keys;
	schema_read(&schema, load->policy.root);
	check_region(load);
	check_items(load, "nobody.emails", policy->nobody_emails, is_address_part,
	            "whole addresses (a@b.com) or local parts (info@)");
	check_items(load, "nobody.phones", policy->nobody_phones, has_digit, "phone numbers");
	check_items(load, "freemail", policy->freemail_domains, is_domain, "domains as example.com");
	if (policy->fallback_owner[0] && !is_address_part(policy->fallback_owner))
		load_complain(load, &load->policy, schema_locate(load->policy.root, "fallback_owner"),
		              "fallback_owner: %s is no e-mail address",
		              text_print(load->scratch, slice_of(policy->fallback_owner)));
	load_fields(load);
	load_alerts(load);
}

void load_masters(struct load *load, const struct instance *instance)
{
	struct policy *policy = &load->config->policy;

	for (size_t i = 0; i < instance->n_map; i++) {
		const struct map_entry *entry = &instance->map[i];
		enum win win = entry->master ? WIN_MASTER : (enum win)entry->win;
		struct field_policy *rule;
		const char **origin;

		if (!entry->master && entry->win == WIN_NOT_SAID)
			continue;
		if (entry->master &&
		    !check_master(load, instance->source, schema_locate(entry->node, "master"),
		                  map_entry_name(load, entry), entry->master))
			continue;
		rule = &policy->fields[policy_index(policy, entry->field)];
		origin = &load->field_origins[rule - policy->fields];
		if (*origin && (rule->win != win || strcmp(rule->master ? rule->master : "",
		                                           entry->master ? entry->master : "") != 0)) {
			load_complain(load, instance->source, entry->node,
			              "%s: contradicts %s about who wins", map_entry_name(load, entry),
			              *origin);
			continue;
		}
		rule->win = win;
		rule->master = entry->master;
		*origin = origin_print(load, instance->source, entry->node);
	}
}
