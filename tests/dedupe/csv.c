/* SPDX-License-Identifier: Apache-2.0 */
#include "csv.h"

#include <errno.h>
#include <zlib.h>

#include "buf.h"

#define FILE_MAX  ((size_t)4 << 30)
#define COLUMNS_MAX 200

static bool read_file(const char *path, struct buf *buf, struct error *err)
{
	gzFile file = gzopen(path, "rb");
	char chunk[1 << 16];
	int n;

	if (!file)
		return fail(err, ERROR_CONFIG, "could not open \"%s\": %s", path, strerror(errno));
	while ((n = gzread(file, chunk, sizeof(chunk))) > 0)
		buf_add(buf, chunk, (size_t)n);
	gzclose(file);
	if (n < 0 || buf->full)
		return fail(err, ERROR_CONFIG, "could not read \"%s\"", path);
	return true;
}

/* One cell, unquoted in place; *at stands behind its comma or line end; *ends: it was the row's last. */
static struct slice read_cell(char *text, size_t len, size_t *at, bool *ends)
{
	char *out = text + *at;
	size_t from = *at, n = 0;
	bool quoted = *at < len && text[*at] == '"';

	*at += quoted;
	for (; *at < len; (*at)++) {
		char c = text[*at];

		if (quoted && c == '"') {
			if (*at + 1 < len && text[*at + 1] == '"') {
				(*at)++;
			} else {
				quoted = false;
				continue;
			}
		} else if (!quoted && (c == ',' || c == '\n')) {
			break;
		} else if (!quoted && c == '\r' && *at + 1 < len && text[*at + 1] == '\n') {
			continue;
		}
		out[n++] = c;
	}
	*ends = *at >= len || text[*at] == '\n';
	*at += *at < len;
	return (struct slice){ text + from, n };
}

static size_t count_lines(const char *text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

static void read_columns(struct arena *arena, char *text, size_t len, size_t *at, struct csv *ret)
{
	bool ends = len == 0;

	ret->columns = arena_array(arena, COLUMNS_MAX, sizeof(*ret->columns));
	while (!ends && ret->n_columns < COLUMNS_MAX)
		ret->columns[ret->n_columns++] = read_cell(text, len, at, &ends);
}

static void read_row(char *text, size_t len, size_t *at, struct csv *ret)
{
	bool ends = false;

	for (size_t i = 0; !ends; i++) {
		struct slice cell = read_cell(text, len, at, &ends);

		if (i < ret->n_columns)
			ret->cells[ret->n_rows * ret->n_columns + i] = cell;
	}
	ret->n_rows++;
}

bool csv_read(struct arena *arena, const char *path, struct csv *ret, struct error *err)
{
	struct buf buf;
	size_t at = 0, len;
	char *text;

	memset(ret, 0, sizeof(*ret));
	buf_init(&buf, FILE_MAX);
	if (!read_file(path, &buf, err)) {
		buf_done(&buf);
		return false;
	}
	text = arena_strndup(arena, buf.data ? buf.data : "", buf.len);
	len = buf.len;
	buf_done(&buf);
	read_columns(arena, text, len, &at, ret);
	ret->cells = arena_array(arena, count_lines(text, len) * (ret->n_columns + 1), sizeof(*ret->cells));
	while (at < len)
		read_row(text, len, &at, ret);
	return true;
}

int csv_column(const struct csv *csv, const char *name)
{
	for (size_t i = 0; i < csv->n_columns; i++)
		if (slice_equal_text(csv->columns[i], name))
			return (int)i;
	return -1;
}
