/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

/* [place][api]. Where the sheet of the API names no dated path, the classic one stands for both. */
static const char *const places[][2] = {
	[PLACE_OBJECTS] = { "/crm/v3/objects", "/crm/objects/2026-03" },
	[PLACE_ASSOCIATIONS] = { "/crm/v4/associations", "/crm/associations/2026-03" },
	[PLACE_OBJECT_ASSOCIATIONS] = { "/crm/v4/objects", "/crm/objects/2026-03" },
	[PLACE_PROPERTIES] = { "/crm/v3/properties", "/crm/v3/properties" },
	[PLACE_PIPELINES] = { "/crm/v3/pipelines", "/crm/v3/pipelines" },
	[PLACE_OWNERS] = { "/crm/v3/owners", "/crm/v3/owners" },
	[PLACE_FORMS] = { "/marketing/v3/forms", "/marketing/v3/forms" },
	[PLACE_SUBMISSIONS] = { "/form-integrations/v1/submissions/forms",
		"/form-integrations/v1/submissions/forms" },
	[PLACE_EVENTS] = { "/events/v3/events", "/events/v3/events" },
	[PLACE_EVENT_TYPES] = { "/events/v3/events/event-types", "/events/v3/events/event-types" },
};

static void segment_add(struct http_request *request, struct slice segment)
{
	struct slice head, tail;

	while (slice_split(segment, '/', &head, &tail)) {
		http_request_segment(request, head);
		segment = tail;
	}
	http_request_segment(request, segment);
}

void hubspot_begin(struct http_request *request, struct arena *arena, const struct session *session,
		   const char *method,
		   enum hubspot_place place, const char *const *segments)
{
	const struct hubspot_config *config = session->config;

	http_request_begin(request, arena, method, session->base_url, places[place][config->api]);
	for (; segments && *segments; segments++)
		segment_add(request, slice_of(*segments));
	http_request_header(request, "Accept", "application/json");
}

bool hubspot_body(struct http_request *request, struct buf *body, struct error *err)
{
	bool is_full = body->full;

	if (!is_full)
		http_request_json(request, arena_slice(request->arena, buf_slice(body)));
	buf_done(body);
	return !is_full || fail(err, ERROR_TOO_LARGE, "the request would be larger than %zu bytes",
				HUBSPOT_BODY_MAX);
}

void hubspot_add_member(struct buf *buf, const char *name, struct slice text)
{
	buf_add_json_string(buf, slice_of(name));
	buf_add_char(buf, ':');
	buf_add_json_string(buf, text);
}

void hubspot_add_ids(struct buf *buf, const struct slice *ids, size_t n_ids)
{
	buf_add_text(buf, "\"inputs\":[");
	for (size_t i = 0; i < n_ids; i++) {
		buf_add_text(buf, i > 0 ? ",{" : "{");
		hubspot_add_member(buf, "id", ids[i]);
		buf_add_char(buf, '}');
	}
	buf_add_char(buf, ']');
}

void hubspot_add_names(struct buf *buf, const char *name, const char *const *list, size_t n)
{
	buf_printf(buf, "\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(buf, ',');
		buf_add_json_string(buf, slice_of(list[i]));
	}
	buf_add_char(buf, ']');
}
