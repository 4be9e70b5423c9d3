/* SPDX-License-Identifier: Apache-2.0 */
#include "differ.h"

/* What the decision on one row needs. */
struct base {
	const struct slice *shadow;        /* NULL: to be created */
	const struct written *written;     /* NULL: never written by us */
	const struct field_policy *policy; /* NULL: the field's defaults */
};

static const struct written *find_written(const struct written *written, size_t n_written, const char *field)
{
	for (size_t i = 0; i < n_written; i++)
		if (strcmp(written[i].field, field) == 0)
			return &written[i];
	return NULL;
}

/* What the remote says now. False: it does not show us, so nothing may be written. */
static bool base_value(const struct base *base, const struct map_row *row, struct slice *ret)
{
	*ret = SLICE_NULL;
	if (!base->shadow)
		return true;
	if (!row->can_pull) {
		if (base->written)
			*ret = base->written->wrote;
		return true;
	}
	*ret = base->shadow[row->field->index];
	return !slice_is_null(*ret);
}

static bool says_yes(struct slice value)
{
	return field_equal(FIELD_BOOL, value, SLICE("true"));
}

static bool may_write(const struct base *base, const struct field *field, struct slice from, struct slice to)
{
	enum win win = base->policy ? base->policy->win : field->win;

	if (win == WIN_ANY_TRUE && says_yes(from) && !says_yes(to))
		return false;
	return to.len || (base->policy && base->policy->blank_wins);
}

static bool is_frozen(const struct base *base, const struct field *field, struct slice to)
{
	return base->shadow && base->written && base->written->rounds >= WRITTEN_FREEZE &&
	       field_equal(field->type, base->written->wrote, to);
}

size_t differ(const struct policy *policy, const struct map_row *map, size_t n_map, enum entity entity,
              const struct golden *golden, const struct slice *shadow, const struct written *written,
              size_t n_written, struct difference *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < n_map; i++) {
		const struct map_row *row = &map[i];
		struct slice from, to;
		struct base base;

		if (!row->can_push || row->field->entity != entity)
			continue;
		to = golden->values[row->field->index];
		base = (struct base){ shadow, find_written(written, n_written, row->remote),
			              policy_field(policy, row->field) };
		if (slice_is_null(to) || !base_value(&base, row, &from))
			continue;
		if (field_equal(row->field->type, from, to) || !may_write(&base, row->field, from, to))
			continue;
		ret[n++] = (struct difference){ row, from, to, is_frozen(&base, row->field, to) };
	}
	return n;
}
