/* SPDX-License-Identifier: Apache-2.0 */
#include "differ.h"

#include "buf.h"
#include "fold.h"
#include "json.h"

#define CUT_MIN    8 /* bytes that must be left for "the same, but cut" */
#define DIGITS_MIN 7 /* digits at the end that make two phone numbers look alike */
#define JSON_MAX   (1 << 20)

/* -- looks alike -- */

static bool alike_letters(struct arena *arena, struct slice a, struct slice b)
{
	struct slice x = fold_letters(arena, a), y = fold_letters(arena, b);

	return x.len && slice_equal(x, y);
}

static bool is_cut_of(struct slice whole, struct slice cut)
{
	cut = slice_trim(cut);
	whole = slice_trim(whole);
	return cut.len >= CUT_MIN && cut.len < whole.len && memcmp(whole.data, cut.data, cut.len) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digit before position *at; 0: none left. */
static char digit_before(struct slice text, size_t *at)
{
	while (*at > 0)
		if (is_digit(text.data[--*at]))
			return text.data[*at];
	return 0;
}

static bool alike_digits(struct slice a, struct slice b)
{
	size_t at_a = a.len, at_b = b.len, n = 0;
	char digit;

	while ((digit = digit_before(a, &at_a)) && digit == digit_before(b, &at_b))
		n++;
	return n >= DIGITS_MIN;
}

static bool looks_alike(enum field_type type, struct slice wrote, struct slice reads)
{
	if (field_equal(type, wrote, reads))
		return true;
	if (type == FIELD_PHONE)
		return alike_digits(wrote, reads);
	/* numbers, booleans and times have a meaning: what is not equal by it is something else */
	if (type == FIELD_AMOUNT || type == FIELD_NUMBER || type == FIELD_BOOL || type == FIELD_DATE ||
	    type == FIELD_TIME)
		return false;
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	return is_cut_of(wrote, reads) || is_cut_of(reads, wrote) || alike_letters(arena, wrote, reads);
}

/* -- applying and learning -- */

static const struct map_row *row_of(const struct written *written, const struct map_row *map, size_t n_map,
                                    size_t *ret_at)
{
	for (size_t i = 0; i < n_map; i++) {
		if (strcmp(map[i].remote, written->field) != 0)
			continue;
		*ret_at = i;
		return &map[i];
	}
	return NULL;
}

void written_apply(const struct written *written, size_t n_written, const struct map_row *map, size_t n_map,
                   struct slice *values)
{
	for (size_t i = 0; i < n_written; i++) {
		size_t at;
		const struct map_row *row = row_of(&written[i], map, n_map, &at);

		if (!row || written[i].is_turned_back || slice_is_null(written[i].reads) ||
		    slice_is_null(values[at]))
			continue;
		if (field_equal(row->field->type, values[at], written[i].reads))
			values[at] = written[i].wrote;
	}
}

/* Only the first read after our write can be the remote's form of it; another form later is somebody's own
 * word. */
static bool is_ours(const struct written *written, enum field_type type, struct slice value)
{
	if (slice_is_null(written->reads))
		return looks_alike(type, written->wrote, value);
	return field_equal(type, written->reads, value) || field_equal(type, written->wrote, value);
}

static void learn(struct written *written, enum field_type type, struct slice value)
{
	if (written->is_turned_back || slice_is_null(value))
		return;
	written->is_turned_back = !is_ours(written, type, value);
	if (written->is_turned_back)
		written->reads = SLICE_NULL;
	else if (slice_is_null(written->reads))
		written->reads = value;
}

void written_learn(struct written *written, size_t n_written, const struct map_row *map, size_t n_map,
                   const struct slice *values)
{
	for (size_t i = 0; i < n_written; i++) {
		size_t at;
		const struct map_row *row = row_of(&written[i], map, n_map, &at);

		if (row)
			learn(&written[i], row->field->type, values[at]);
	}
}

static struct written *find(struct written *list, size_t n, const char *field)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].field, field) == 0)
			return &list[i];
	return NULL;
}

static void note(struct written *entry, const struct difference *difference)
{
	bool again = entry->is_turned_back &&
	             field_equal(difference->row->field->type, entry->wrote, difference->to);

	*entry = (struct written){ .field = difference->row->remote,
		                   .wrote = difference->to,
		                   .rounds = again ? entry->rounds + 1 : 0 };
}

struct written *written_note(struct arena *arena, const struct written *written, size_t n_written,
                             const struct difference *differences, size_t n, size_t *ret_n)
{
	struct written *list = arena_grow(arena, written, n_written, n_written + n, sizeof(*list));
	size_t n_list = n_written;

	for (size_t i = 0; i < n; i++) {
		struct written *entry = find(list, n_list, differences[i].row->remote);

		if (!entry) {
			entry = &list[n_list++];
			entry->field = differences[i].row->remote;
		}
		note(entry, &differences[i]);
	}
	*ret_n = n_list;
	return list;
}

/* -- kept as JSON: [["Title","ours","theirs or null",turned back,rounds], …] -- */

struct slice written_print(struct arena *arena, const struct written *written, size_t n_written)
{
	struct buf buf;

	if (n_written == 0)
		return SLICE_NULL;
	buf_init(&buf, JSON_MAX);
	for (size_t i = 0; i < n_written; i++) {
		buf_add_text(&buf, i ? ",[" : "[[");
		buf_add_json_string(&buf, slice_of(written[i].field));
		buf_add_char(&buf, ',');
		buf_add_json_string(&buf, written[i].wrote);
		buf_add_char(&buf, ',');
		buf_add_json_string(&buf, written[i].reads);
		buf_printf(&buf, ",%s,%d]", written[i].is_turned_back ? "true" : "false", written[i].rounds);
	}
	buf_add_char(&buf, ']');
	/* more than the store is meant to keep: forgotten as a whole, which costs one write more */
	struct slice ret = buf.full ? SLICE_NULL : arena_slice(arena, buf_slice(&buf));

	buf_done(&buf);
	return ret;
}

static struct slice text_at(struct arena *arena, const json_t *row, size_t at)
{
	const json_t *value = json_array_get(row, at);

	if (!json_is_string(value))
		return SLICE_NULL;
	return arena_slice(arena, (struct slice){ json_string_value(value), json_string_length(value) });
}

static bool parse_row(struct arena *arena, const json_t *row, struct written *ret)
{
	struct slice field = text_at(arena, row, 0);

	if (json_array_size(row) != 5 || slice_is_null(field) || !json_is_integer(json_array_get(row, 4)))
		return false;
	*ret = (struct written){
		.field = field.data,
		.wrote = text_at(arena, row, 1),
		.reads = text_at(arena, row, 2),
		.is_turned_back = json_is_true(json_array_get(row, 3)),
		.rounds = (int)json_integer_value(json_array_get(row, 4)),
	};
	return true;
}

bool written_parse(struct arena *arena, struct slice json, struct written **ret, size_t *ret_n)
{
	CLEANUP(json_decref_p) json_t *list = NULL;
	struct error err;
	struct written *written;

	*ret = NULL;
	*ret_n = 0;
	if (slice_is_empty(json))
		return true;
	if (!json_read(json, &list, &err) || !json_is_array(list))
		return false;
	written = arena_array(arena, json_array_size(list) + 1, sizeof(*written));
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!parse_row(arena, json_array_get(list, i), &written[i]))
			return false;
	*ret = written;
	*ret_n = json_array_size(list);
	return true;
}
