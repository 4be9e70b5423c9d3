/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <inttypes.h>

#include "rpc.h"
#include "walk.h"

static const char *const phase_names[] = { [WALK_ALL] = "all", [WALK_SCAN] = "scan", [WALK_END] = "rest" };

static bool load_number(const json_t *doc, const char *name, int64_t *ret)
{
	const json_t *value = json_object_get(doc, name);

	if (value && !json_is_integer(value))
		return false;
	*ret = value ? json_integer_value(value) : 0;
	return true;
}

static void load_mark(struct mark *mark, const json_t *list)
{
	mark->at_us = json_integer_value(json_array_get(list, 0));
	mark->seen_us = json_integer_value(json_array_get(list, 1));
	mark->settled_us = json_integer_value(json_array_get(list, 2));
}

static bool load_phase(struct walk *walk, const json_t *doc)
{
	const char *phase = json_string_value(json_object_get(doc, "phase"));
	const char *scan = json_string_value(json_object_get(doc, "scan"));

	for (size_t i = 0; phase && i < ARRAY_SIZE(phase_names); i++)
		if (phase_names[i] && strcmp(phase, phase_names[i]) == 0)
			walk->phase = (enum walk_phase)i;
	if (walk->phase != WALK_SCAN)
		return walk->phase != WALK_START;
	for (walk->scan = 0; walk->scan < walk->source->n_scans; walk->scan++)
		if (scan && strcmp(scan, walk->source->scans[walk->scan].name) == 0)
			return true;
	return false;
}

static bool load(struct walk *walk, const json_t *doc)
{
	const json_t *marks = json_object_get(doc, "marks");

	for (size_t i = 0; i < walk->source->n_scans; i++)
		load_mark(&walk->marks[i], json_object_get(marks, walk->source->scans[i].name));
	return json_integer_value(json_object_get(doc, "v")) == 1 && load_phase(walk, doc) &&
	       load_number(doc, "at", &walk->place.at_us) && load_number(doc, "id", &walk->place.id) &&
	       load_number(doc, "skip", &walk->place.skip);
}

bool walk_load(struct walk *walk, const char *cursor, struct error *err)
{
	CLEANUP(json_decref_p) json_t *doc = NULL;
	struct error shape = { 0 };

	if (!json_read(slice_of(cursor), &doc, &shape) || !load(walk, doc))
		return fail(err, ERROR_REFUSED, "the cursor of stream \"%s\" cannot be read: \"%.200s\"",
		            walk->source->object, cursor);
	return true;
}

static void save_marks(struct walk *walk, struct buf *out)
{
	for (size_t i = 0; i < walk->source->n_scans; i++) {
		const struct mark *mark = &walk->marks[i];

		buf_printf(out, "%s\"%s\":[%" PRId64 ",%" PRId64 ",%" PRId64 "]", i ? "," : "",
		           walk->source->scans[i].name, mark->at_us, mark->seen_us, mark->settled_us);
	}
}

/* Fits: six marks of a name and three numbers are below 600 bytes, the rest below 200. */
void walk_save(struct walk *walk, struct pull *pull)
{
	CLEANUP(buf_done) struct buf out;

	buf_init(&out, sizeof(walk->cursor) - 1);
	buf_printf(&out, "{\"v\":1,\"phase\":\"%s\"", phase_names[walk->phase]);
	if (walk->phase == WALK_SCAN)
		buf_printf(&out, ",\"scan\":\"%s\"", walk->source->scans[walk->scan].name);
	if (walk->phase != WALK_END)
		buf_printf(&out, ",\"at\":%" PRId64 ",\"id\":%" PRId64 ",\"skip\":%" PRId64,
		           walk->place.at_us, walk->place.id, walk->place.skip);
	buf_add_text(&out, ",\"marks\":{");
	save_marks(walk, &out);
	buf_add_text(&out, "}}");
	assert(!out.full);
	memcpy(walk->cursor, out.data, out.len + 1);
	pull->cursor = walk->cursor;
}
