/* SPDX-License-Identifier: Apache-2.0 */
#include "survive.h"

/* What the choice among the sources of one field needs. */
struct choice {
	const struct field *field;
	enum win win;
	const char *master; /* NULL: none */
	bool blank_wins;
};

static bool speaks(const struct choice *choice, const struct contribution *from)
{
	struct slice value = from->values[choice->field->index];

	if (choice->win == WIN_ANY_TRUE && slice_equal(value, SLICE("true")))
		return true; /* an opt-out outlives the record that said it */
	return !from->is_deleted && !slice_is_null(value) && (value.len || choice->blank_wins);
}

static bool is_master(const struct choice *choice, const struct contribution *from)
{
	return choice->master &&
	       (strcmp(choice->master, from->connector) == 0 || strcmp(choice->master, from->role) == 0);
}

static size_t characters(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return n;
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Positive: a wins over b. What the field's rule leaves open falls to the next line. */
static int by_rule(const struct choice *choice, const struct contribution *a, const struct contribution *b)
{
	struct slice value_a = a->values[choice->field->index], value_b = b->values[choice->field->index];

	switch (choice->win) {
	case WIN_MASTER:
		return is_master(choice, a) - is_master(choice, b);
	case WIN_FIRST:
		/* a creation time nobody tells comes after all others */
		return compare(b->created_us ? b->created_us : INT64_MAX,
		               a->created_us ? a->created_us : INT64_MAX);
	case WIN_ANY_TRUE:
		return slice_equal(value_a, SLICE("true")) - slice_equal(value_b, SLICE("true"));
	case WIN_LONGEST:
		return compare((int64_t)characters(value_a), (int64_t)characters(value_b));
	case WIN_LATEST:
		break;
	}
	return 0;
}

static int64_t came_us(const struct choice *choice, const struct contribution *contribution)
{
	return contribution->field_us ? contribution->field_us[choice->field->index]
	                              : contribution->modified_us;
}

static bool wins(const struct choice *choice, const struct contribution *a, const struct contribution *b)
{
	int order = by_rule(choice, a, b);

	if (order == 0 && choice->win != WIN_FIRST)
		order = compare(came_us(choice, a), came_us(choice, b));
	if (order == 0)
		order = is_master(choice, a) - is_master(choice, b);
	return order > 0 || (order == 0 && a->src_key < b->src_key);
}

static void choose(const struct choice *choice, const struct contribution *contributions, size_t n,
                   struct golden *ret)
{
	const struct contribution *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (speaks(choice, &contributions[i]) && (!best || wins(choice, &contributions[i], best)))
			best = &contributions[i];
	if (!best)
		return;
	ret->values[choice->field->index] = best->values[choice->field->index];
	ret->origin[choice->field->index] = best->src_key;
}

/* Fields the policy is silent about follow their own default, so that no value is lost. */
static void choose_unlisted(const struct field *field, uint32_t *done,
                            const struct contribution *contributions, size_t n, struct golden *ret)
{
	struct choice choice = { .field = field, .win = field->win };

	if (!(*done >> field->index & 1))
		choose(&choice, contributions, n, ret);
	*done |= UINT32_C(1) << field->index;
}

_Static_assert(VALUES_MAX <= 32, "one bit a value");

void survive(const struct policy *policy, enum entity entity, const struct contribution *contributions,
             size_t n, struct golden *ret)
{
	uint32_t done = 0;
	size_t n_table;
	const struct field *table = field_table(entity, &n_table);

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < n; i++)
		ret->n_sources += !contributions[i].is_deleted;
	for (size_t i = 0; i < policy->n_fields; i++) {
		const struct field_policy *rule = &policy->fields[i];
		struct choice choice = { rule->field, rule->win, rule->master, rule->blank_wins };

		if (rule->field->entity != entity || done >> rule->field->index & 1)
			continue;
		done |= UINT32_C(1) << rule->field->index;
		choose(&choice, contributions, n, ret);
	}
	for (size_t i = 0; i < n_table; i++)
		choose_unlisted(&table[i], &done, contributions, n, ret);
	for (size_t i = 0; i < policy->n_custom; i++)
		if (policy->custom[i].entity == entity)
			choose_unlisted(&policy->custom[i], &done, contributions, n, ret);
}
