/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include "json.h"

const struct stream_config *view_stream(const struct connector_config *connector, struct slice object)
{
	for (size_t i = 0; connector && i < connector->n_streams; i++)
		if (slice_equal_text(object, connector->streams[i].ops->name))
			return &connector->streams[i];
	return NULL;
}

/* The remote values out of a stored payload, in the order of the stream's map, learned forms put back; then
 * canonical. */
static void read_values(struct arena *arena, struct view_source *source)
{
	CLEANUP(json_decref_p) json_t *tree = NULL;
	struct error ignored = { 0 };

	source->values = arena_array(arena, VALUES_MAX, sizeof(*source->values));
	if (!source->stream || !json_read(source->payload, &tree, &ignored))
		return;
	const struct map_row *map = source->stream->map;
	size_t n_map = source->stream->n_map;
	struct slice *remote = arena_array(arena, n_map + 1, sizeof(*remote));
	for (size_t i = 0; i < n_map; i++)
		remote[i] = arena_slice(arena, json_text(tree, map[i].remote));
	written_apply(source->written, source->n_written, map, n_map, remote);
	mapping_read(arena, map, n_map, source->entity, remote, source->values, &ignored);
}

static const struct field *field_named(const struct policy *policy, enum entity entity, const char *name)
{
	const struct field *field = field_find(entity, name);

	for (size_t i = 0; !field && i < policy->n_custom; i++)
		if (policy->custom[i].entity == entity && strcmp(policy->custom[i].name, name) == 0)
			field = &policy->custom[i];
	return field;
}

int64_t *view_times_read(struct arena *arena, const struct policy *policy, enum entity entity,
                         struct slice json, int64_t modified_us)
{
	CLEANUP(json_decref_p) json_t *tree = NULL;
	struct error ignored = { 0 };
	const char *name;
	json_t *value;

	if (slice_is_null(json) || !json_read(json, &tree, &ignored))
		return NULL;
	int64_t *times = arena_array(arena, VALUES_MAX, sizeof(*times));
	for (size_t i = 0; i < VALUES_MAX; i++)
		times[i] = modified_us;
	json_object_foreach(tree, name, value)
	{
		const struct field *field = field_named(policy, entity, name);

		if (field && json_is_integer(value))
			times[field->index] = json_integer_value(value);
	}
	return times;
}

static void time_print_one(struct buf *buf, const struct field *field, const int64_t *field_us,
                           int64_t modified_us)
{
	if (field_us[field->index] == modified_us)
		return;
	buf_add_char(buf, buf->len ? ',' : '{');
	buf_add_json_string(buf, slice_of(field->name));
	buf_printf(buf, ":%lld", (long long)field_us[field->index]);
}

struct slice view_times_print(struct arena *arena, const struct policy *policy, enum entity entity,
                              const int64_t *field_us, int64_t modified_us)
{
	struct buf buf;
	struct slice text = SLICE_NULL;
	size_t n_fields;
	const struct field *fields = field_table(entity, &n_fields);

	if (!field_us)
		return SLICE_NULL;
	buf_init(&buf, 16384);
	for (size_t i = 0; i < n_fields; i++)
		time_print_one(&buf, &fields[i], field_us, modified_us);
	for (size_t i = 0; i < policy->n_custom; i++)
		if (policy->custom[i].entity == entity)
			time_print_one(&buf, &policy->custom[i], field_us, modified_us);
	if (buf.len) {
		buf_add_char(&buf, '}');
		text = arena_slice(arena, buf_slice(&buf));
	}
	buf_done(&buf);
	return text;
}

void view_source_read(struct arena *arena, const struct store *store, const struct config *config,
                      const struct pg_result *result, size_t row, struct view_source *ret)
{
	*ret = (struct view_source){
		.src_key = pg_int(result, row, 0),
		.connector = store_connector_by_id(store, (int16_t)pg_int(result, row, 1)),
		.object = arena_slice(arena, pg_text(result, row, 2)),
		.external_id = arena_slice(arena, pg_text(result, row, 3)),
		.entity_id = pg_int(result, row, 4),
		.payload = arena_slice(arena, pg_text(result, row, 5)),
		.modified_us = pg_int(result, row, 7),
		.created_us = pg_int(result, row, 8),
		.is_deleted = pg_bool(result, row, 9),
		.entity = (enum entity)pg_int(result, row, 10),
		.owner_key = pg_int(result, row, 11),
		.account_key = pg_int(result, row, 12),
		.seen_us = pg_int(result, row, 14),
		.is_read_only = pg_bool(result, row, 15),
	};
	ret->connector_config = ret->connector ? config_connector(config, ret->connector->name) : NULL;
	ret->stream = view_stream(ret->connector_config, ret->object);
	if (!written_parse(arena, arena_slice(arena, pg_text(result, row, 6)), &ret->written,
	                   &ret->n_written))
		ret->n_written = 0;
	ret->field_us = view_times_read(arena, &config->policy, ret->entity, pg_text(result, row, 13),
	                                ret->modified_us);
	read_values(arena, ret);
}

struct contribution view_contribution(const struct view_source *source)
{
	return (struct contribution){
		.src_key = source->src_key,
		.connector = source->connector ? source->connector->name : "",
		.role = source->connector ? source->connector->role : "",
		.modified_us = source->modified_us,
		.created_us = source->created_us,
		.field_us = source->field_us,
		.is_deleted = source->is_deleted,
		.values = source->values,
	};
}

struct views_loading {
	struct store *store;
	struct config *config;
	struct arena *arena;
	views_done *done;
	void *owner;
};

static void view_golden(const struct views_loading *loading, struct view *view)
{
	struct contribution *contributions =
	        arena_array(loading->arena, view->n_sources + 1, sizeof(*contributions));

	for (size_t i = 0; i < view->n_sources; i++)
		contributions[i] = view_contribution(&view->sources[i]);
	survive(&loading->config->policy, view->entity, contributions, view->n_sources, &view->golden);
}

static void views_read(void *owner, const struct pg_result *result, const struct error *err)
{
	struct views_loading *loading = owner;
	struct views views = { 0 };
	size_t n_rows = err ? 0 : result->n_rows;
	struct view_source *sources = arena_array(loading->arena, n_rows + 1, sizeof(*sources));

	views.list = arena_array(loading->arena, n_rows + 1, sizeof(*views.list));
	for (size_t row = 0; row < n_rows; row++) {
		view_source_read(loading->arena, loading->store, loading->config, result, row, &sources[row]);
		if (!views.n || views.list[views.n - 1].entity_id != sources[row].entity_id)
			views.list[views.n++] = (struct view){ .entity_id = sources[row].entity_id,
				                               .entity = sources[row].entity,
				                               .sources = &sources[row] };
		views.list[views.n - 1].n_sources++;
	}
	for (size_t i = 0; i < views.n; i++)
		view_golden(loading, &views.list[i]);
	loading->done(loading->owner, err ? NULL : &views, err);
}

void views_load(struct store *store, struct pg *pg, struct config *config, struct arena *arena,
                const int64_t *entity_ids, size_t n, views_done *done, void *owner)
{
	struct views_loading *loading = arena_alloc(arena, sizeof(*loading));

	*loading = (struct views_loading){ store, config, arena, done, owner };
	PG_QUERY(pg,
	         "SELECT " VIEW_COLUMNS
	         " FROM source_record s WHERE s.entity_id = ANY ($1) ORDER BY s.entity_id, s.src_key",
	         views_read, loading, PG_INTS(entity_ids, n));
}

/* Whether the address behind the golden one was changed since its record was first read, and did not just
 * always differ. */
static bool is_address_changed(const struct view *view)
{
	for (size_t i = 0; i < view->n_sources; i++) {
		const struct view_source *source = &view->sources[i];

		if (source->src_key != view->golden.origin[PERSON_EMAIL] || !source->field_us)
			continue;
		for (size_t f = 0; f < PERSON_FIELD_COUNT; f++)
			if (source->field_us[f] < source->field_us[PERSON_EMAIL])
				return true;
	}
	return false;
}

/*
 * A person may have several addresses, each known to a system of its own. One is written over another only
 * when it was changed, or when the policy names a master; that two records of one person never agreed is no
 * reason.
 */
static bool is_other_address(const struct config *config, const struct view *view,
                             const struct difference *difference)
{
	const struct field *field = difference->row->field;

	if (view->entity != ENTITY_PERSON || field->index != PERSON_EMAIL || field->is_custom ||
	    slice_is_empty(difference->from))
		return false;
	const struct field_policy *policy = policy_field(&config->policy, field);
	return !(policy && policy->win == WIN_MASTER) && !is_address_changed(view);
}

size_t view_differ(const struct config *config, const struct view *view, const struct view_source *source,
                   const struct stream_config *stream, struct difference *ret)
{
	size_t kept = 0;

	if (source && (source->is_deleted || source->is_read_only || !stream || !stream->ops->push_max))
		return 0;
	size_t n = differ(&config->policy, stream->map, stream->n_map, view->entity, &view->golden,
	                  source ? source->values : NULL, source ? source->written : NULL,
	                  source ? source->n_written : 0, ret);
	for (size_t i = 0; i < n; i++)
		if (!is_other_address(config, view, &ret[i]))
			ret[kept++] = ret[i];
	return kept;
}

/* A person without an address, or an account without a name, is not sent anywhere. */
static bool is_worth_creating(const struct view *view)
{
	if (!view->golden.n_sources)
		return false;
	if (view->entity == ENTITY_PERSON)
		return !slice_is_empty(view->golden.values[PERSON_EMAIL]);
	return view->entity == ENTITY_ACCOUNT && !slice_is_empty(view->golden.values[ACCOUNT_NAME]);
}

/* A stream may yield several kinds of entities (a party is a person or an account): its map tells which. */
static bool stream_takes(const struct stream_config *stream, enum entity entity)
{
	for (size_t i = 0; i < stream->n_map; i++)
		if (stream->map[i].field->entity == entity && stream->map[i].can_push)
			return true;
	return false;
}

bool view_may_create(const struct view *view, const struct connector_config *connector,
                     const struct stream_config **ret_stream)
{
	if (!is_worth_creating(view))
		return false;
	/* A record that was deleted over there is not made again. */
	for (size_t i = 0; i < view->n_sources; i++)
		if (view->sources[i].connector_config == connector)
			return false;
	for (size_t i = 0; i < connector->n_streams; i++) {
		const struct stream_config *stream = &connector->streams[i];

		if (!stream->create || !stream->is_on || !stream_takes(stream, view->entity))
			continue;
		*ret_stream = stream;
		return true;
	}
	return false;
}
