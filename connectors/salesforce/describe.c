/* SPDX-License-Identifier: Apache-2.0 */
#include "salesforce.h"

#include "json.h"
#include "number.h"

void describe_begin(struct http_request *request, const struct caller *caller, const struct sobject *object)
{
	request_begin(request, caller, "GET", arena_printf(caller->arena, "/sobjects/%s/describe", object->name));
}

enum next salesforce_describe_ask(struct describe *describe, struct http_request *request, struct error *err)
{
	struct caller caller = { describe->config, describe->session, describe->arena };

	(void)err;
	if (describe->step)
		return NEXT_DONE;
	describe_begin(request, &caller, sobject_of(describe->stream));
	return NEXT_REQUEST;
}

/* Values of a picklist bind only where the list is said to be restricted. */
static const char *const *options_of(struct arena *arena, const json_t *field)
{
	const json_t *list = json_object_get(field, "picklistValues");
	size_t n = json_array_size(list), n_options = 0;
	const char **options;

	if (!n || !row_is(field, "restrictedPicklist"))
		return NULL;
	options = arena_array(arena, n + 1, sizeof(*options));
	for (size_t i = 0; i < n; i++) {
		const json_t *option = json_array_get(list, i);
		struct slice value = row_value(option, "value");

		if (!slice_is_null(value) && !slice_equal_text(row_value(option, "active"), "false"))
			options[n_options++] = arena_strndup(arena, value.data, value.len);
	}
	return options;
}

static void read_field(struct arena *arena, const json_t *json, struct field_info *ret)
{
	bool is_key = row_is(json, "externalId") && (row_is(json, "unique") || row_is(json, "idLookup"));

	*ret = (struct field_info){
		.name = arena_slice(arena, row_value(json, "name")),
		.type = arena_slice(arena, row_value(json, "type")),
		.can_update = row_is(json, "updateable"),
		.can_create = row_is(json, "createable"),
		.is_unique = is_key,
		.options = options_of(arena, json),
	};
	if (!parse_int64(row_value(json, "length"), 0, INT32_MAX, &ret->max_length))
		ret->max_length = 0;
}

bool describe_fields(struct arena *arena, struct slice body, struct field_info **ret_fields, size_t *ret_count,
		     struct error *err)
{
	static const char *const path[] = { "fields", NULL };
	struct field_info *fields;
	struct slice *items;
	size_t n_items, n = 0;

	if (!json_split(arena, body, path, &items, &n_items, NULL, err)) {
		err->kind = ERROR_TRANSIENT;	/* an answer of another shape */
		return fail_in(err, "description of the object");
	}
	fields = arena_array(arena, n_items + 1, sizeof(*fields));
	for (size_t i = 0; i < n_items; i++) {
		CLEANUP(json_decref_p) json_t *json = NULL;
		struct error ignored = { 0 };

		/* A field that cannot be read is one we cannot use: the same as not there. */
		if (!json_item(arena, items[i], &json, &ignored) || slice_is_empty(row_value(json, "name")))
			continue;
		read_field(arena, json, &fields[n++]);
	}
	*ret_fields = fields;
	*ret_count = n;
	return true;
}

bool salesforce_describe_read(struct describe *describe, const struct http_response *response, struct error *err)
{
	struct error ignored = { 0 };

	/* What is not described may still be read; a query tells whether it is there at all. */
	if (salesforce_trouble(response, &ignored) == TROUBLE_MISSING) {
		describe->step = 1;
		return true;
	}
	if (!salesforce_verdict(response, err) ||
	    !describe_fields(describe->arena, response->body, &describe->fields, &describe->n_fields, err))
		return false;
	describe->is_known = true;
	describe->step = 1;
	return true;
}
