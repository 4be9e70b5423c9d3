/* SPDX-License-Identifier: Apache-2.0 */
/* The streams of an instance: which are on, and their maps: the module's defaults with the user's rows laid
 * over. */
#include "load.h"

#include "wording.h"

/* A stream's map while it is being made. */
struct draft {
	const struct stream_ops *ops;
	struct map_row *rows;
	const struct map_entry **entries; /* beside rows: who said it; NULL the module */
	size_t n;
};

static void draft_add(struct draft *draft, struct map_row row, const struct map_entry *entry)
{
	draft->rows[draft->n] = row;
	draft->entries[draft->n++] = entry;
}

static void draft_remove(struct draft *draft, size_t at)
{
	draft->n--;
	memmove(&draft->rows[at], &draft->rows[at + 1], (draft->n - at) * sizeof(*draft->rows));
	memmove(&draft->entries[at], &draft->entries[at + 1], (draft->n - at) * sizeof(*draft->entries));
}

/*
 * The entities of a stream, a bit each. Mostly its own; but where a module names a field that only the other
 * of person and account has, its records are persons or accounts, and each default counts for both that have
 * such a field.
 */
static unsigned entities_of(const struct stream_ops *ops)
{
	static const enum entity pair[] = { ENTITY_PERSON, ENTITY_ACCOUNT };
	unsigned entities = 1u << ops->entity;

	for (const struct field_map *map = ops->fields; map && map->field; map++)
		for (size_t i = 0; i < ARRAY_SIZE(pair) && !field_find(ops->entity, map->field); i++)
			if (field_find(pair[i], map->field))
				entities |= 1u << pair[i];
	return entities;
}

static bool speaks_of(const struct stream_ops *ops, enum entity entity)
{
	return ops->fields && entities_of(ops) & 1u << entity;
}

static void draft_default(const struct load *load, const struct instance *instance, struct draft *draft,
                          const struct field_map *map)
{
	struct map_row row = {
		.remote = map->remote,
		.can_pull = map->direction != MAP_PUSH,
		.can_push = map->direction != MAP_PULL,
	};
	size_t before = draft->n;

	for (int i = 0; i < ENTITY_COUNT; i++) {
		row.field =
		        speaks_of(draft->ops, (enum entity)i) ? field_find((enum entity)i, map->field) : NULL;
		if (row.field)
			draft_add(draft, row, NULL);
	}
	if (draft->n == before)
		load_complain(load, instance->source, instance->source->root,
		              "module %s: stream %s maps \"%s\", which is no field",
		              instance->connector->ops->name, draft->ops->name, map->field);
}

/* The first row of a field; n if there is none. */
static size_t draft_find(const struct draft *draft, const struct field *field, size_t from)
{
	size_t i = from;

	while (i < draft->n && draft->rows[i].field != field)
		i++;
	return i;
}

static void set_direction(struct map_row *row, int direction)
{
	if (direction == DIRECTION_NOT_SAID)
		return;
	row->can_pull = direction != DIRECTION_PUSH;
	row->can_push = direction != DIRECTION_PULL;
}

/* A user's row takes the place of the module's; a second default of the same field goes, it would contradict.
 */
static void draft_apply(struct draft *draft, struct map_entry *entry)
{
	size_t at = draft_find(draft, entry->field, 0);
	bool is_there = at < draft->n;

	if (entry->is_off || (is_there && entry->remote))
		for (size_t i = entry->is_off ? at : at + 1;
		     (i = draft_find(draft, entry->field, i)) < draft->n;)
			draft_remove(draft, i);
	entry->is_used |= is_there || entry->is_off || entry->remote;
	if (entry->is_off || (!is_there && !entry->remote))
		return;
	if (!is_there)
		draft_add(draft,
		          (struct map_row){ .field = entry->field, .can_pull = true, .can_push = true },
		          entry);
	if (entry->remote)
		draft->rows[at].remote = entry->remote;
	draft->entries[at] = entry;
	set_direction(&draft->rows[at], entry->direction);
}

static void apply_entries(struct instance *instance, struct draft *draft)
{
	for (size_t i = 0; i < instance->n_map; i++)
		if (!instance->map[i].stream && speaks_of(draft->ops, instance->map[i].entity))
			draft_apply(draft, &instance->map[i]);
	for (size_t i = 0; i < instance->n_map; i++)
		if (instance->map[i].stream == draft->ops)
			draft_apply(draft, &instance->map[i]);
}

/* Two canonical fields written to one remote field would fight for ever. */
static void check_writers(const struct load *load, const struct instance *instance, const struct draft *draft)
{
	for (size_t i = 0; i < draft->n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct map_entry *entry =
			        draft->entries[i] ? draft->entries[i] : draft->entries[j];

			if (!entry || draft->rows[i].field->entity != draft->rows[j].field->entity ||
			    !draft->rows[i].can_push || !draft->rows[j].can_push ||
			    strcmp(draft->rows[i].remote, draft->rows[j].remote) != 0)
				continue;
			load_complain(
			        load, instance->source, entry->node,
			        "%s: in stream %s \"%s\" and \"%s\" both write %s; one of them must have "
			        "direction: pull, another remote field, or be off",
			        map_entry_name(load, entry), draft->ops->name, draft->rows[j].field->name,
			        draft->rows[i].field->name,
			        text_print(load->scratch, slice_of(draft->rows[i].remote)));
		}
}

static void finish_stream(const struct load *load, const struct draft *draft, struct stream_config *stream)
{
	const char **remote = arena_array(load->arena, draft->n + 1, sizeof(*remote));

	for (size_t i = 0; i < draft->n; i++) {
		draft->rows[i].can_push &= draft->ops->push_max > 0;
		remote[i] = draft->rows[i].remote;
	}
	stream->map = draft->rows;
	stream->n_map = draft->n;
	stream->remote_fields = remote;
}

static void load_stream(const struct load *load, struct instance *instance, struct stream_config *stream)
{
	const struct field_map *map = stream->ops->fields;
	struct draft draft = { .ops = stream->ops };
	size_t room = instance->n_map;

	while (map && map->field) {
		map++;
		room += 2; /* a person's and an account's */
	}
	draft.rows = arena_array(load->arena, room, sizeof(*draft.rows));
	draft.entries = arena_array(load->scratch, room, sizeof(*draft.entries));
	for (map = stream->ops->fields; map && map->field; map++)
		draft_default(load, instance, &draft, map);
	apply_entries(instance, &draft);
	check_writers(load, instance, &draft);
	finish_stream(load, &draft, stream);
}

/* -- Lists of streams -- */

static struct stream_config *find_stream(const struct connector_config *connector, const char *name)
{
	for (size_t i = 0; i < connector->n_streams; i++)
		if (strcmp(connector->streams[i].ops->name, name) == 0)
			return &connector->streams[i];
	return NULL;
}

/* The node of the n-th item of a list setting. */
static const struct node *item_node(const struct instance *instance, const char *name, size_t n)
{
	const struct node *list = schema_locate(instance->source->root, name);

	return list->kind == NODE_LIST && n < list->n ? list->items[n] : list;
}

static void complain_of_stream(const struct load *load, const struct instance *instance,
                               const struct node *node, const char *setting, const char *stream)
{
	struct names names = { .arena = load->scratch };
	const struct connector_ops *ops = instance->connector->ops;

	for (size_t i = 0; ops->streams[i]; i++)
		names_add(&names, ops->streams[i]->name);
	load_complain(load, instance->source, node, "%s: %s is no stream of module %s; %s", setting,
	              text_print(load->scratch, slice_of(stream)), ops->name,
	              near_names(load->scratch, slice_of(stream), &names));
}

static void load_on(const struct load *load, const struct instance *instance)
{
	struct connector_config *connector = instance->connector;

	for (size_t i = 0; !instance->has_streams && i < connector->n_streams; i++)
		connector->streams[i].is_on = true;
	for (size_t i = 0; instance->streams[i]; i++) {
		struct stream_config *stream = find_stream(connector, instance->streams[i]);

		if (stream)
			stream->is_on = true;
		else
			complain_of_stream(load, instance, item_node(instance, "streams", i), "streams",
			                   instance->streams[i]);
	}
}

static void load_create(const struct load *load, const struct instance *instance)
{
	for (size_t i = 0; instance->create[i]; i++) {
		struct stream_config *stream = find_stream(instance->connector, instance->create[i]);
		const struct node *node = item_node(instance, "create", i);

		if (!stream)
			complain_of_stream(load, instance, node, "create", instance->create[i]);
		else if (!stream->ops->can_create)
			load_complain(load, instance->source, node,
			              "create: nothing can be created in stream %s of module %s",
			              stream->ops->name, instance->connector->ops->name);
		else if (!stream->is_on)
			load_complain(load, instance->source, node,
			              "create: stream %s is not among the streams that are read",
			              stream->ops->name);
		else
			stream->create = true;
	}
}

static void load_key_field(const struct load *load, const struct instance *instance, const struct pair *pair)
{
	struct stream_config *stream = find_stream(instance->connector, pair->key->text.data);

	if (!stream)
		complain_of_stream(load, instance, pair->key, "key_field", pair->key->text.data);
	else if (pair->value->kind != NODE_SCALAR || node_is_absent(pair->value))
		load_complain(load, instance->source, pair->value,
		              "key_field.%s: %s is no name; allowed: the name of a "
		              "unique remote field that takes our ids, or off",
		              stream->ops->name, node_print(load->scratch, pair->value));
	else
		stream->key_field = slice_equal_text(pair->value->text, "off")
		                            ? NULL
		                            : arena_slice(load->arena, pair->value->text).data;
}

/* Where the module's table has key_field.<stream>, its value is the stream's. True if it has any. */
static bool key_fields_of_table(const struct load *load, const struct instance *instance)
{
	const struct connector_config *connector = instance->connector;
	bool has_any = false;

	for (size_t i = 0; i < connector->n_streams; i++) {
		struct stream_config *stream = &connector->streams[i];
		const char *name = arena_printf(load->scratch, "key_field.%s", stream->ops->name);

		for (const struct setting *s = connector->ops->settings; s && s->type != SETTING_END; s++)
			if (s->type == SETTING_TEXT && strcmp(s->name, name) == 0) {
				const char *value =
				        *(const char *const *)((const char *)connector->module + s->offset);

				stream->key_field = value && value[0] ? value : NULL;
				has_any = true;
			}
	}
	return has_any;
}

static void load_key_fields(const struct load *load, const struct instance *instance)
{
	const struct node *map = node_member(instance->source->root, SLICE("key_field"));

	if (key_fields_of_table(load, instance) || !map || map->is_bad || node_is_absent(map))
		return;
	if (map->kind != NODE_MAP)
		load_complain(load, instance->source, map,
		              "key_field: is no mapping; allowed: STREAM: REMOTE_FIELD");
	for (size_t i = 0; map->kind == NODE_MAP && i < map->n; i++)
		load_key_field(load, instance, &map->pairs[i]);
}

static bool can_be_pushed(const struct connector_ops *ops, const struct map_entry *entry)
{
	for (size_t i = 0; ops->streams[i]; i++) {
		bool is_meant = entry->stream ? entry->stream == ops->streams[i]
		                              : speaks_of(ops->streams[i], entry->entity);

		if (is_meant && ops->streams[i]->push_max > 0)
			return true;
	}
	return false;
}

static void check_entries(const struct load *load, const struct instance *instance)
{
	const struct connector_ops *ops = instance->connector->ops;

	for (size_t i = 0; i < instance->n_map; i++) {
		const struct map_entry *entry = &instance->map[i];

		if (!entry->is_used)
			load_complain(load, instance->source, entry->node,
			              "%s.remote: is required, module %s has no default for it",
			              map_entry_name(load, entry), ops->name);
		if (entry->direction == DIRECTION_PUSH && !can_be_pushed(ops, entry))
			load_complain(load, instance->source, entry->node,
			              "%s.direction: \"push\" cannot be, module %s only reads %s",
			              map_entry_name(load, entry), ops->name, entry->scope);
	}
}

void load_streams(struct load *load, struct instance *instance)
{
	struct connector_config *connector = instance->connector;
	const struct connector_ops *ops = connector->ops;

	if (!ops)
		return;
	while (ops->streams[connector->n_streams])
		connector->n_streams++;
	connector->streams = arena_array(load->arena, connector->n_streams, sizeof(*connector->streams));
	for (size_t i = 0; i < connector->n_streams; i++) {
		connector->streams[i].ops = ops->streams[i];
		connector->streams[i].key_field = ops->streams[i]->key_field;
		load_stream(load, instance, &connector->streams[i]);
	}
	load_on(load, instance);
	load_create(load, instance);
	load_key_fields(load, instance);
	check_entries(load, instance);
}
