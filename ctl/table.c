/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <inttypes.h>

#include "alloc.h"
#include "show.h"

#define GAP 2 /* columns between two cells */

static void real_print(double value, struct buf *to)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%.2f", value);

	if (len < 0 || (size_t)len >= sizeof(text)) {
		(void)buf_printf(to, "%g", value);
		return;
	}
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	(void)buf_add(to, text, (size_t)len);
}

static void value_print(const json_t *value, struct buf *to);

static void array_print(const json_t *array, struct buf *to)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i)
			(void)buf_add_text(to, ", ");
		value_print(json_array_get(array, i), to);
	}
}

static void object_print(const json_t *object, struct buf *to)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15));

	(void)show(to, slice_of(text ? text : "…"));
	free(text);
}

static void value_print(const json_t *value, struct buf *to)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_NULL:
		(void)buf_add_char(to, '-');
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		(void)buf_add_text(to, json_is_true(value) ? "yes" : "no");
		break;
	case JSON_INTEGER:
		(void)buf_printf(to, "%" PRId64, (int64_t)json_integer_value(value));
		break;
	case JSON_REAL:
		real_print(json_real_value(value), to);
		break;
	case JSON_STRING:
		(void)show(to, (struct slice){ json_string_value(value), json_string_length(value) });
		break;
	case JSON_ARRAY:
		array_print(value, to);
		break;
	case JSON_OBJECT:
		object_print(value, to);
		break;
	}
}

/* -- Tables -- */

struct column {
	const char *name, *title;
	size_t width;
	bool is_number;
};

static const json_t *cell(const json_t *row, const struct column *column)
{
	return json_object_get(row, column->name);
}

/* Columns that a cell takes. */
static size_t cell_width(const json_t *value)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, 1 << 20);
	value_print(value, &text);
	return show(NULL, buf_slice(&text));
}

static bool is_numeric(const json_t *rows, const struct column *column)
{
	bool is_any = false;

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *value = cell(json_array_get(rows, i), column);

		if (value && !json_is_null(value) && !json_is_number(value))
			return false;
		is_any |= json_is_number(value);
	}
	return is_any;
}

static void column_measure(struct column *column, const json_t *definition, const json_t *rows)
{
	const char *name = json_string_value(json_object_get(definition, "name"));
	const char *title = json_string_value(json_object_get(definition, "title"));

	column->name = name ? name : "";
	column->title = title ? title : column->name;
	column->width = show(NULL, slice_of(column->title));
	column->is_number = is_numeric(rows, column);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		size_t width = cell_width(cell(json_array_get(rows, i), column));

		if (width > column->width)
			column->width = width;
	}
}

static void pad(struct buf *to, size_t n)
{
	while (n--)
		(void)buf_add_char(to, ' ');
}

/* One cell that is printed already; the last one of a line gets no blanks behind it. */
static void cell_add(const struct column *column, struct slice text, size_t width, bool is_last,
                     struct buf *to)
{
	size_t room = column->width - width;

	if (column->is_number)
		pad(to, room);
	(void)buf_add_slice(to, text);
	if (!column->is_number && !is_last)
		pad(to, room);
	if (!is_last)
		pad(to, GAP);
}

static void header_print(const struct column *columns, size_t n, bool is_bold, struct buf *to)
{
	if (is_bold)
		(void)buf_add_text(to, "\x1b[1m");
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_done) struct buf text;
		size_t width;

		buf_init(&text, 65536);
		width = show(&text, slice_of(columns[i].title));
		cell_add(&columns[i], buf_slice(&text), width, i + 1 == n, to);
	}
	(void)buf_add_text(to, is_bold ? "\x1b[0m\n" : "\n");
}

static void row_print(const struct column *columns, size_t n, const json_t *row, struct buf *to)
{
	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_done) struct buf text;

		buf_init(&text, 1 << 20);
		value_print(cell(row, &columns[i]), &text);
		cell_add(&columns[i], buf_slice(&text), show(NULL, buf_slice(&text)), i + 1 == n, to);
	}
	(void)buf_add_char(to, '\n');
}

void table_print(const json_t *columns, const json_t *rows, bool is_bold, struct buf *to)
{
	size_t n = json_array_size(columns);
	CLEANUP(free_pointer) struct column *measured = alloc_zeroed(n + 1, sizeof(*measured));

	for (size_t i = 0; i < n; i++)
		column_measure(&measured[i], json_array_get(columns, i), rows);
	header_print(measured, n, is_bold, to);
	for (size_t i = 0; i < json_array_size(rows); i++)
		row_print(measured, n, json_array_get(rows, i), to);
}

/* -- Answers -- */

static void lines_print(const json_t *lines, struct buf *to)
{
	for (size_t i = 0; i < json_array_size(lines); i++) {
		value_print(json_array_get(lines, i), to);
		(void)buf_add_char(to, '\n');
	}
}

static void members_print(const json_t *object, struct buf *to)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		(void)show(to, slice_of(name));
		(void)buf_add_text(to, ": ");
		value_print(value, to);
		(void)buf_add_char(to, '\n');
	}
}

void answer_print(const json_t *answer, bool is_bold, struct buf *to)
{
	const json_t *text = json_object_get(answer, "text"), *notes = json_object_get(answer, "notes");
	const json_t *columns = json_object_get(answer, "columns"), *rows = json_object_get(answer, "rows");

	lines_print(text, to);
	if (json_is_array(columns))
		table_print(columns, rows, is_bold, to);
	if (!text && !columns && json_is_object(answer))
		members_print(answer, to);
	else
		lines_print(notes, to);
	if (!json_is_object(answer)) {
		value_print(answer, to);
		(void)buf_add_char(to, '\n');
	}
}
