/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

#include "json.h"

enum { DESCRIBE_ASK, DESCRIBE_DONE };

enum next hubspot_describe_ask(struct describe *describe, struct http_request *request, struct error *err)
{
	(void)err;
	if (describe->step == DESCRIBE_DONE)
		return NEXT_DONE;
	hubspot_begin(request, describe->arena, describe->session, "GET", PLACE_PROPERTIES,
		      SEGMENTS(hubspot_object_of(describe->stream)->path));
	return NEXT_REQUEST;
}

/* Values of a picklist; NULL when anything goes. */
static const char *const *options_read(struct arena *arena, const json_t *property)
{
	const json_t *list = json_object_get(property, "options"), *option;
	size_t n = 0, i;
	const char **options;

	if (json_array_size(list) == 0)
		return NULL;
	options = arena_array(arena, json_array_size(list) + 1, sizeof(*options));
	json_array_foreach(list, i, option) {
		struct slice value = json_text(option, "value");

		if (!slice_is_null(value))
			options[n++] = arena_strndup(arena, value.data, value.len);
	}
	return n > 0 ? options : NULL;
}

static bool is_true(const json_t *object, const char *name)
{
	return slice_equal_text(hubspot_text(object, name), "true") ||
		json_is_true(json_object_get(object, name));
}

static bool field_read(struct arena *arena, const json_t *property, struct field_info *field)
{
	bool is_read_only = is_true(json_object_get(property, "modificationMetadata"), "readOnlyValue") ||
			    is_true(property, "calculated");

	if (slice_is_empty(hubspot_text(property, "name")))
		return false;
	*field = (struct field_info){
		.name = arena_slice(arena, hubspot_text(property, "name")),
		.type = arena_slice(arena, hubspot_text(property, "type")),
		.can_update = !is_read_only,
		.can_create = !is_read_only,
		.is_unique = is_true(property, "hasUniqueValue"),
		.options = options_read(arena, property),
	};
	return true;
}

bool hubspot_describe_read(struct describe *describe, const struct http_response *response, struct error *err)
{
	struct hubspot_page page;

	/* Reading records needs no right to their schema. */
	if (response->status == 404 || response->status == 403) {
		describe->step = DESCRIBE_DONE;
		return true;
	}
	if (!hubspot_page_read(describe->arena, response, &page, err))
		return false;
	describe->fields = arena_array(describe->arena, page.n_items + 1, sizeof(*describe->fields));
	for (size_t i = 0; i < page.n_items; i++) {
		struct error ignored;
		json_t *property = NULL;

		/* A property nobody can read is one the system does not have. */
		if (json_item(describe->arena, page.items[i], &property, &ignored) &&
		    field_read(describe->arena, property, &describe->fields[describe->n_fields]))
			describe->n_fields++;
		json_decref(property);
	}
	describe->is_known = true;
	describe->step = DESCRIBE_DONE;
	return true;
}
