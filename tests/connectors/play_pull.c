/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

static struct slice *slices_of(struct test_case *one, const json_t *array, size_t *ret_n)
{
	size_t n = json_array_size(array);
	struct slice *list = n ? arena_array(one->arena, n, sizeof(*list)) : NULL;

	for (size_t i = 0; i < n; i++)
		list[i] = slice_of(json_string_value(json_array_get(array, i)));
	*ret_n = n;
	return list;
}

static const char *const *texts_of(struct test_case *one, const json_t *array, size_t *ret_n)
{
	size_t n = json_array_size(array);
	const char **list = arena_array(one->arena, n + 1, sizeof(*list));

	for (size_t i = 0; i < n; i++)
		list[i] = json_string_value(json_array_get(array, i));
	*ret_n = n;
	return list;
}

static enum next pull_ask(struct talk *talk, struct http_request *request, struct error *err)
{
	struct pull *pull = talk->it;

	return pull->stream->ask(pull, request, err);
}

/* As the engine does: a closed page is stored and its memory is gone. The cursor is copied out of that memory. */
static bool pull_read(struct talk *talk, const struct http_response *response, struct error *err)
{
	struct pull *pull = talk->it;

	if (!pull->stream->read(pull, response, err))
		return false;
	if (pull->is_open)
		return true;
	json_array_append_new(json_object_get(talk->rows, "pages"), show_page(talk->one->arena, pull));
	pull->cursor = arena_strdup(talk->one->arena, pull->cursor);
	batch_reset(pull->batch);
	return true;
}

const char *pull_play(struct talk *talk)
{
	struct test_case *one = talk->one;
	const json_t *spec = one->spec;
	struct batch batch;
	struct pull pull = {
		.config = one->config,
		.session = &talk->session,
		.stream = one->stream,
		.run_arena = one->arena,
		.now_us = one->now_us,
		.overlap_ms = json_integer_value(json_object_get(spec, "overlap_ms")),
		.since_us = spec_time(spec, "since", 0),
		.page_size = (size_t)json_integer_value(json_object_get(spec, "page_size")),
		.cursor = spec_text(one, spec, "cursor", NULL),
		.batch = &batch,
	};
	const char *end;

	pull.fields = texts_of(one, json_object_get(spec, "fields"), &pull.n_fields);
	pull.ids = slices_of(one, json_object_get(spec, "ids"), &pull.n_ids);
	batch_init(&batch, pull.n_fields);
	json_object_set_new(talk->rows, "pages", json_array());
	talk->it = &pull;
	talk->ask = pull_ask;
	talk->read = pull_read;
	end = talk_run(talk);
	if (batch.n_records > 0 || batch.n_parked > 0)
		json_object_set_new(talk->rows, "unfinished_page", show_page(one->arena, &pull));
	json_object_set_new(talk->rows, "cursor", pull.cursor ? json_string(pull.cursor) : json_null());
	batch_done(&batch);
	return end;
}
