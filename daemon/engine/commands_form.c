/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "alloc.h"
#include "clock.h"
#include "commands_private.h"
#include "json.h"
#include "number.h"

/* -- Answers -- */

/* Text of the store and of files is UTF-8; what is not must not lose the rest of an answer. */
static json_t *text_value(struct slice text)
{
	json_t *value = slice_is_null(text) ? json_null() : json_stringn(text.data, text.len);

	return value ? value : json_string("(not UTF-8)");
}

PRINTF(2, 0)
static void list_add(json_t *list, const char *fmt, va_list args)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(512);

	json_array_append_new(list, text_value(slice_of(arena_vprintf(arena, fmt, args))));
}

json_t *table_new(const struct column *columns, size_t n)
{
	json_t *table = json_object(), *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(
		        list, json_pack("{s:s, s:s}", "name", columns[i].name, "title", columns[i].title));
	json_object_set_new(table, "columns", list);
	json_object_set_new(table, "rows", json_array());
	json_object_set_new(table, "notes", json_array());
	return table;
}

json_t *table_row(json_t *table)
{
	json_t *row = json_object();

	json_array_append_new(json_object_get(table, "rows"), row);
	return row;
}

void table_note(json_t *table, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	list_add(json_object_get(table, "notes"), fmt, args);
	va_end(args);
}

json_t *story_new(void)
{
	json_t *story = json_object();

	json_object_set_new(story, "text", json_array());
	return story;
}

void story_line(json_t *story, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	list_add(json_object_get(story, "text"), fmt, args);
	va_end(args);
}

void set_text(json_t *object, const char *name, struct slice text)
{
	json_object_set_new(object, name, text_value(text));
}

void set_int(json_t *object, const char *name, int64_t value)
{
	json_object_set_new(object, name, json_integer(value));
}

void set_time(json_t *object, const char *name, int64_t us)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(256);

	set_text(object, name, us ? slice_of(time_print(arena, us - us % US_PER_S)) : SLICE_NULL);
}

void set_id(json_t *object, const char *name, char letter, int64_t id)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(256);

	set_text(object, name, id ? slice_of(id_print(arena, letter, id)) : SLICE_NULL);
}

const char *age_print(struct arena *arena, int64_t us)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } };
	int64_t seconds = us < 0 ? 0 : us / US_PER_S;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (seconds >= 2 * units[i].seconds)
			return arena_printf(arena, "%lld%s", (long long)(seconds / units[i].seconds),
			                    units[i].unit);
	return arena_printf(arena, "%llds", (long long)seconds);
}

void set_age(json_t *object, const char *name, int64_t us)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(256);

	set_text(object, name, us >= 0 ? slice_of(age_print(arena, us)) : SLICE_NULL);
}

char entity_letter(enum entity entity)
{
	static const char letters[] = { 'p', 'a', 'o', 'u', 'c', 'y' };

	return (size_t)entity < sizeof(letters) ? letters[entity] : 'x';
}

/* -- Rows of the store -- */

static json_t *json_cell(struct slice text)
{
	struct error ignored = { 0 };
	json_t *value;

	if (slice_is_null(text) || !json_read(text, &value, &ignored))
		return json_null();
	return value;
}

static void cell_read(const struct store *store, const struct pg_result *result, size_t row, int column,
                      const struct cell *cell, json_t *object)
{
	const struct store_connector *connector;

	if (pg_is_null(result, row, column)) {
		json_object_set_new(object, cell->name, json_null());
		return;
	}
	switch (cell->kind) {
	case CELL_TEXT:
		set_text(object, cell->name, pg_text(result, row, column));
		break;
	case CELL_INT:
		set_int(object, cell->name, pg_int(result, row, column));
		break;
	case CELL_BOOL:
		json_object_set_new(object, cell->name, json_boolean(pg_bool(result, row, column)));
		break;
	case CELL_TIME:
		set_time(object, cell->name, pg_int(result, row, column));
		break;
	case CELL_CONNECTOR:
		connector = store_connector_by_id(store, (int16_t)pg_int(result, row, column));
		set_text(object, cell->name, connector ? slice_of(connector->name) : SLICE_NULL);
		break;
	case CELL_ID:
		set_id(object, cell->name, cell->letter, pg_int(result, row, column));
		break;
	case CELL_JSON:
		json_object_set_new(object, cell->name, json_cell(pg_text(result, row, column)));
		break;
	}
}

json_t *cells_read(const struct store *store, const struct pg_result *result, size_t row,
                   const struct cell *cells, size_t n)
{
	json_t *object = json_object();

	for (size_t i = 0; i < n; i++)
		if (cells[i].name)
			cell_read(store, result, row, (int)i, &cells[i], object);
	return object;
}

json_t *rows_read(const struct store *store, const struct pg_result *result, const struct cell *cells,
                  size_t n)
{
	json_t *list = json_array();

	for (size_t row = 0; row < result->n_rows; row++)
		json_array_append_new(list, cells_read(store, result, row, cells, n));
	return list;
}

/* -- Reasons -- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_value(struct slice word, bool is_quoted)
{
	bool is_number = true, has_mark = false;

	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		is_number = is_number && is_digit(c);
		has_mark = has_mark || is_digit(c) || c == '@' || (is_quoted && c == ' ');
	}
	return has_mark && !(is_number && word.len <= 3);
}

static size_t word_end(struct slice text, size_t at)
{
	while (at < text.len && text.data[at] != ' ' && text.data[at] != '"')
		at++;
	return at;
}

/* Punctuation behind a word is not a part of it: "status 404:" is a status. */
static struct slice word_trim(struct slice word)
{
	while (word.len && strchr(".,:;()[]", word.data[word.len - 1]))
		word.len--;
	return word;
}

static size_t fold_word(struct buf *to, struct slice text, size_t at)
{
	bool is_quoted = text.data[at] == '"';
	size_t begin = at + is_quoted;
	const char *quote = is_quoted ? memchr(text.data + begin, '"', text.len - begin) : NULL;
	size_t end = quote ? (size_t)(quote - text.data) : word_end(text, begin);
	struct slice whole = { text.data + begin, end - begin }, word = quote ? whole : word_trim(whole);

	if (is_quoted)
		buf_add_char(to, '"');
	if (is_value(word, quote != NULL)) {
		buf_add_text(to, "…");
		buf_add(to, whole.data + word.len, whole.len - word.len);
	} else {
		buf_add_slice(to, whole);
	}
	if (quote)
		buf_add_char(to, '"');
	return quote ? end + 1 : end;
}

const char *reason_fold(struct arena *arena, struct slice reason)
{
	struct buf folded;
	size_t at = 0;

	buf_init(&folded, 65536);
	while (at < reason.len) {
		if (reason.data[at] == ' ') {
			buf_add_char(&folded, ' ');
			at++;
		} else {
			at = fold_word(&folded, reason, at);
		}
	}
	char *text = arena_strndup(arena, folded.data ? folded.data : "", folded.len);
	buf_done(&folded);
	return text;
}

/* -- Words of administrators -- */

bool since_parse(struct slice text, int64_t now_us, int64_t *ret_us, struct error *err)
{
	int64_t ago_ms, us;

	if (parse_duration(text, &ago_ms) && ago_ms >= 0 && ago_ms < now_us / 1000) {
		*ret_us = now_us - ago_ms * 1000;
		return true;
	}
	if (!time_parse(text, &us) || us <= 0)
		return fail(err, ERROR_CONFIG,
		            "\"%.*s\" is no time; allowed: 2026-01-31, 2026-01-31T10:15:00Z, or how long "
		            "ago: 2h, 7d",
		            SLICE_ARGS(text));
	if (us > now_us)
		return fail(err, ERROR_CONFIG, "\"%.*s\" is in the future", SLICE_ARGS(text));
	*ret_us = us;
	return true;
}

int setting_line(struct slice yaml, const char *name)
{
	struct slice line, rest = yaml;
	size_t len = strlen(name);
	bool has_more = true;

	for (int number = 1; has_more; number++) {
		has_more = slice_split(rest, '\n', &line, &rest);
		if (slice_starts(line, name) && line.len > len && line.data[len] == ':')
			return number;
	}
	return 0;
}
