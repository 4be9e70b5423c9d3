/* SPDX-License-Identifier: Apache-2.0 */
/* map: of an instance: what its rows say, and the custom fields that they bring. */
#include "load.h"

#include "wording.h"

struct map_values {
	const char *remote;
	const char *master;
	int direction;
	int win;
	bool is_custom, is_key;
	int type;
};

static const char *const directions[] = { "pull", "push", "both", NULL };
static const char *const field_types[] = {
	[FIELD_TEXT] = "text",
	[FIELD_EMAIL] = "email",
	[FIELD_PHONE] = "phone",
	[FIELD_PERSON_NAME] = "person_name",
	[FIELD_COMPANY_NAME] = "company_name",
	[FIELD_DOMAIN] = "domain",
	[FIELD_AMOUNT] = "amount",
	[FIELD_NUMBER] = "number",
	[FIELD_BOOL] = "bool",
	[FIELD_DATE] = "date",
	[FIELD_TIME] = "time",
	[FIELD_COUNTRY] = "country",
	NULL,
};

const struct setting map_settings[] = {
	TEXT_SETTING(struct map_values, remote, "remote",
	             .help = "name of the field in the remote system; default: the module's"),
	CHOICE_SETTING(struct map_values, direction, "direction", .choices = directions,
	               .help = "pull: read only; push: written only; both; default: the module's, else both"),
	TEXT_SETTING(struct map_values, master, "master",
	             .help = "whose value wins: ma, sfa or a connector's name"),
	CHOICE_SETTING(struct map_values, win, "win", .choices = win_choices,
	               .help = "how the value is chosen among the systems"),
	BOOL_SETTING(struct map_values, is_custom, "custom", .fallback = "false",
	             .help = "this is a field of your own, not a built-in one"),
	BOOL_SETTING(struct map_values, is_key, "key", .fallback = "false",
	             .help = "a custom field whose value is an external id: equal values are the same person "
	                     "or account"),
	CHOICE_SETTING(struct map_values, type, "type", .fallback = "text", .choices = field_types,
	               .help = "what a custom field holds"),
	{ 0 }
};

const char *map_entry_name(const struct load *load, const struct map_entry *entry)
{
	return arena_printf(load->scratch, "map.%s.%s", entry->scope, entry->field->name);
}

static bool is_field_name(struct slice name)
{
	if (name.len > 48 || !(name.data[0] >= 'a' && name.data[0] <= 'z'))
		return false;
	return strspn(name.data, "abcdefghijklmnopqrstuvwxyz0123456789_") == name.len;
}

/* -- Custom fields -- */

static size_t count_custom(const struct policy *policy, enum entity entity)
{
	size_t n = 0;

	for (size_t i = 0; i < policy->n_custom; i++)
		n += policy->custom[i].entity == entity;
	return n;
}

static const struct field *add_custom(struct load *load, enum entity entity, struct slice name,
                                      const struct map_values *values)
{
	struct policy *policy = &load->config->policy;
	struct field *field = &policy->custom[policy->n_custom];
	size_t n_built_in, n = count_custom(policy, entity);

	(void)field_table(entity, &n_built_in);
	*field = (struct field){
		.name = arena_slice(load->arena, name).data,
		.entity = entity,
		.index = (unsigned)(n_built_in + n),
		.type = (enum field_type)values->type,
		.win = WIN_LATEST,
		.is_key = values->is_key,
		.is_custom = true,
	};
	policy->n_custom++;
	return field;
}

/* Several connectors may bring the same field, if they agree on what it is. NULL after a complaint. */
static const struct field *custom_field(struct load *load, const struct instance *instance,
                                        enum entity entity, const struct node *key,
                                        const struct map_values *values)
{
	const struct field *field = load_field(load, entity, key->text.data);
	const char *name = text_print(load->scratch, key->text);
	const char *wrong = NULL;

	if (field && !field->is_custom)
		wrong = "is a built-in field; leave out custom: true, or take another name";
	else if (field && ((int)field->type != values->type || field->is_key != values->is_key))
		wrong = "is a custom field with another type or key in another place already";
	else if (!field && !is_field_name(key->text))
		wrong = "is no name of a field; allowed: a-z first, then a-z, 0-9 and _, at most 48";
	else if (!field && count_custom(&load->config->policy, entity) == FIELD_CUSTOM_MAX)
		wrong = arena_printf(load->scratch, "is one custom field of %s too many; allowed: %d",
		                     entity_name(entity), FIELD_CUSTOM_MAX);
	if (wrong) {
		load_complain(load, instance->source, key, "map: %s %s", name, wrong);
		return NULL;
	}
	return field ? field : add_custom(load, entity, key->text, values);
}

static void complain_of_field(const struct load *load, const struct instance *instance, enum entity entity,
                              const struct node *key)
{
	struct names names = { .arena = load->scratch };
	size_t n;
	const struct field *table = field_table(entity, &n);

	for (size_t i = 0; i < n; i++)
		names_add(&names, table[i].name);
	load_complain(load, instance->source, key,
	              "map: %s has no field %s; %s (a field of your own: {remote: …, custom: true})",
	              entity_name(entity), text_print(load->scratch, key->text),
	              near_names(load->scratch, key->text, &names));
}

/* -- Rows -- */

struct scope {
	const char *name;
	const struct stream_ops *stream; /* NULL: the entity's */
	enum entity entity;
};

/* What a row says; false after a complaint. */
static bool read_values(struct load *load, const struct instance *instance, const char *name,
                        const struct node *node, struct map_values *values, struct map_entry *entry)
{
	struct schema schema = load_schema(load, instance->source, map_settings, values);
	size_t before = load->problems->n;

	schema.prefix = arena_printf(load->scratch, "%s.", name);
	schema_read(&schema, node);
	entry->remote = values->remote;
	entry->master = values->master;
	entry->direction =
	        schema_is_set(&schema, "direction") ? DIRECTION_PULL + values->direction : DIRECTION_NOT_SAID;
	entry->win = schema_is_set(&schema, "win") ? values->win : WIN_NOT_SAID;
	if (!values->is_custom && (values->is_key || schema_is_set(&schema, "type")))
		load_complain(load, instance->source, node,
		              "%s: key and type belong to custom fields (custom: true)", name);
	if (values->is_custom && !values->remote)
		load_complain(load, instance->source, node, "%s.remote: is required for a custom field",
		              name);
	if (entry->master && entry->win != WIN_NOT_SAID && entry->win != WIN_MASTER)
		load_complain(load, instance->source, node, "%s: master goes with win: master only", name);
	if (!entry->master && entry->win == WIN_MASTER)
		load_complain(load, instance->source, node, "%s.master: is required with win: master", name);
	return load->problems->n == before;
}

static bool read_entry(struct load *load, const struct instance *instance, const struct scope *scope,
                       const struct pair *pair, struct map_entry *entry)
{
	const char *name = arena_printf(load->scratch, "map.%s.%s", scope->name, pair->key->text.data);
	const struct node *node = pair->value;
	struct map_values values = { 0 };

	*entry = (struct map_entry){ .scope = scope->name,
		                     .node = node,
		                     .stream = scope->stream,
		                     .entity = scope->entity,
		                     .win = WIN_NOT_SAID };
	if (pair->key->is_bad || node->is_bad)
		return false;
	if (node->kind == NODE_LIST || node_is_absent(node)) {
		load_complain(load, instance->source, node,
		              "%s: %s; allowed: the remote field's name, "
		              "{remote: NAME, …} or off",
		              name, node->kind == NODE_LIST ? "is a list" : "has no value");
		return false;
	}
	if (node->kind == NODE_MAP && !read_values(load, instance, name, node, &values, entry))
		return false;
	if (node->kind == NODE_SCALAR && slice_equal_text(node->text, "off"))
		entry->is_off = true;
	else if (node->kind == NODE_SCALAR)
		entry->remote = arena_slice(load->arena, node->text).data;
	entry->field = values.is_custom ? custom_field(load, instance, scope->entity, pair->key, &values)
	                                : field_find(scope->entity, pair->key->text.data);
	if (!entry->field && !values.is_custom)
		complain_of_field(load, instance, scope->entity, pair->key);
	return entry->field;
}

static bool find_entity(struct slice name, enum entity *ret)
{
	for (int i = 0; i < ENTITY_COUNT; i++) {
		size_t n;

		(void)field_table((enum entity)i, &n);
		if (n == 0 || !slice_equal_text(name, entity_name((enum entity)i)))
			continue;
		*ret = (enum entity)i;
		return true;
	}
	return false;
}

static bool find_scope(struct load *load, const struct instance *instance, const struct node *key,
                       struct scope *ret)
{
	const struct connector_ops *ops = instance->connector->ops;
	struct names names = { .arena = load->scratch };
	size_t n;

	ret->name = key->text.data;
	ret->stream = NULL;
	if (find_entity(key->text, &ret->entity))
		return true;
	ret->stream = connector_stream(ops, key->text.data);
	if (ret->stream && ret->stream->fields) {
		ret->entity = ret->stream->entity;
		return true;
	}
	for (int i = 0; i < ENTITY_COUNT; i++)
		if (field_table((enum entity)i, &n) && n)
			names_add(&names, entity_name((enum entity)i));
	for (size_t i = 0; ops->streams[i]; i++)
		if (ops->streams[i]->fields)
			names_add(&names, ops->streams[i]->name);
	load_complain(load, instance->source, key,
	              "map: %s is neither an entity nor a stream with fields; %s",
	              text_print(load->scratch, key->text), near_names(load->scratch, key->text, &names));
	return false;
}

static void load_scope(struct load *load, struct instance *instance, const struct pair *pair)
{
	const struct node *rows = pair->value;
	struct scope scope;

	if (pair->key->is_bad || rows->is_bad || !find_scope(load, instance, pair->key, &scope) ||
	    node_is_absent(rows))
		return;
	if (rows->kind != NODE_MAP) {
		load_complain(load, instance->source, rows,
		              "map.%s: is no mapping; allowed: FIELD: REMOTE, "
		              "FIELD: {remote: NAME, …}, FIELD: off",
		              scope.name);
		return;
	}
	instance->map = arena_grow(load->scratch, instance->map, instance->n_map, instance->n_map + rows->n,
	                           sizeof(*instance->map));
	for (size_t i = 0; i < rows->n; i++)
		if (read_entry(load, instance, &scope, &rows->pairs[i], &instance->map[instance->n_map]))
			instance->n_map++;
}

void load_map(struct load *load, struct instance *instance)
{
	const struct node *map =
	        instance->connector->ops ? node_member(instance->source->root, SLICE("map")) : NULL;

	if (!map || map->is_bad || node_is_absent(map))
		return;
	if (map->kind != NODE_MAP) {
		load_complain(load, instance->source, map,
		              "map: is no mapping; allowed: person, account, opportunity or a "
		              "stream's name, each with its fields");
		return;
	}
	for (size_t i = 0; i < map->n; i++)
		load_scope(load, instance, &map->pairs[i]);
}
