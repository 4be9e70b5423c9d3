/* SPDX-License-Identifier: Apache-2.0 */
/* One row of an answer: its values, its place in the order, its references. */
#include "salesforce.h"

#include "clock.h"
#include "json.h"

struct slice row_value(const json_t *row, const char *path)
{
	struct slice rest = slice_of(path), name;

	while (slice_split(rest, '.', &name, &rest)) {
		row = json_object_getn(row, name.data, name.len);
		if (json_is_null(row))
			return SLICE("");
	}
	row = json_object_getn(row, name.data, name.len);
	return row ? json_scalar(row) : SLICE_NULL;
}

bool row_is(const json_t *row, const char *path)
{
	return slice_equal_text(row_value(row, path), "true");
}

/* Their times, "2026-01-31T10:15:30.000+0000", in the form that the contract has for all systems. */
struct slice row_plain(struct arena *arena, struct slice value)
{
	static const char shape[] = "0000-00-00T00:00:00.000+0000";
	int64_t us;

	if (value.len != sizeof(shape) - 1)
		return value;
	for (size_t i = 0; i < value.len; i++) {
		bool is_digit = value.data[i] >= '0' && value.data[i] <= '9';

		if (shape[i] == '0' ? !is_digit : shape[i] != value.data[i])
			return value;
	}
	return time_parse(value, &us) ? slice_of(time_print(arena, us)) : value;
}

void row_ref(struct row *row, enum ref_kind kind, const char *object, struct slice id)
{
	struct record_id whole = { "" };

	if (slice_is_null(id) || (id.len && !record_id_parse(id, &whole))) {
		row->record->is_partial = true;
		return;
	}
	if (kind == REF_SAME_AS && !whole.text[0])	/* the usual case: not merged, not converted */
		return;
	if (kind == REF_OWNER && slice_starts(record_id_slice(&whole), "00G"))	/* a queue, no user */
		whole = (struct record_id){ "" };
	batch_ref(row->pull->batch, row->record, kind, object, record_id_slice(&whole));
}

bool row_head(struct row *row, struct error *err)
{
	struct slice id = row_value(row->json, "Id"), stamp = row_value(row->json, "SystemModstamp");

	if (!record_id_parse(id, &row->id))
		return fail(err, ERROR_RECORD, "Id \"%.*s\" is no record id", (int)(id.len > 40 ? 40 : id.len),
			    id.data ? id.data : "");
	if (!time_parse(stamp, &row->stamp_us))
		return fail(err, ERROR_RECORD, "SystemModstamp \"%.*s\" is no time",
			    (int)(stamp.len > 40 ? 40 : stamp.len), stamp.data ? stamp.data : "");
	return true;
}

struct slice row_raw(struct slice raw, const char *name)
{
	const char *at = memmem(raw.data, raw.len, name, strlen(name));
	struct slice rest, value;

	if (!at)
		return SLICE("");
	rest = slice_trim(slice_sub(raw, (size_t)(at - raw.data) + strlen(name), raw.len));
	if (!slice_starts(rest, ":"))
		return SLICE("");
	rest = slice_trim(slice_sub(rest, 1, rest.len));
	if (!slice_starts(rest, "\"") || !slice_split(slice_sub(rest, 1, rest.len), '"', &value, &rest))
		return SLICE("");
	return value;
}

void row_place(struct row *row, struct slice raw)
{
	if (!row->id.text[0] && !record_id_parse(row_raw(raw, "\"Id\""), &row->id))
		row->id = (struct record_id){ "" };
	if (!row->stamp_us && !time_parse(row_raw(raw, "\"SystemModstamp\""), &row->stamp_us))
		row->stamp_us = 0;
}
