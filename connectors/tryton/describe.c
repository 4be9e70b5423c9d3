/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc.h"
#include "tryton.h"

/* Types whose value is one text; the others are lists, links and files. */
static const char *const scalar_types[] = { "char",     "text",      "selection", "integer",
	                                    "float",    "numeric",   "boolean",   "date",
	                                    "datetime", "timestamp", "many2one",  NULL };

static bool is_scalar(const char *type)
{
	for (const char *const *scalar = scalar_types; type && *scalar; scalar++)
		if (strcmp(type, *scalar) == 0)
			return true;
	return false;
}

enum next describe_model_ask(struct describe *describe, const char *model, struct http_request *request,
                             struct error *err)
{
	CLEANUP(buf_done) struct buf body = { 0 };

	if (describe->is_known)
		return NEXT_DONE;
	rpc_begin(&body, arena_printf(describe->arena, "model.%s.fields_get", model));
	buf_add_text(&body, "[],");
	return rpc_send(request, describe->arena, describe->session, &body, NULL, err);
}

static const struct derived_field *find_derived(const struct derived_field *derived, const char *name)
{
	for (; derived->name; derived++)
		if (strcmp(derived->name, name) == 0)
			return derived;
	return NULL;
}

static void add_field(struct describe *describe, const char *name, const char *type, bool can_write)
{
	describe->fields[describe->n_fields++] = (struct field_info){
		.name = arena_slice(describe->arena, slice_of(name)),
		.type = arena_slice(describe->arena, slice_of(type)),
		.can_update = can_write,
		.can_create = can_write,
	};
}

/* A field of ours hides the model's of the same name. The rest can be read, not written: see README.md. */
bool describe_model_read(struct describe *describe, const struct derived_field *derived,
                         const struct http_response *response, struct error *err)
{
	CLEANUP(json_decref_p) json_t *doc = NULL;
	json_t *model, *field;
	const char *name;
	size_t n_derived = 0;

	if (!rpc_result(describe->arena, response, &doc, err))
		return false;
	model = json_object_get(doc, "result");
	if (!json_is_object(model))
		return fail(err, ERROR_TRANSIENT, "the answer is no list of fields");
	while (derived[n_derived].name)
		n_derived++;
	describe->fields =
	        arena_array(describe->arena, json_object_size(model) + n_derived, sizeof(*describe->fields));
	for (size_t i = 0; i < n_derived; i++)
		add_field(describe, derived[i].name, derived[i].type, derived[i].can_write);
	json_object_foreach(model, name, field)
	{
		const char *type = json_string_value(json_object_get(field, "type"));

		if (is_scalar(type) && !find_derived(derived, name))
			add_field(describe, name, type, false);
	}
	describe->is_known = true;
	return true;
}
