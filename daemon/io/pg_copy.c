/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in COPY's binary format: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". */
#include "pg.h"

#include <endian.h>

#define EPOCH_2000_US INT64_C(946684800000000)

/* A field of fixed size: its length and its value at once. */
static void add_field(struct buf *rows, const void *wire, uint32_t len)
{
	char field[4 + 8];
	uint32_t wire_len = htobe32(len);

	memcpy(field, &wire_len, 4);
	memcpy(field + 4, wire, len);
	buf_add(rows, field, 4 + len);
}

static void add_int2(struct buf *rows, int16_t value)
{
	uint16_t wire = htobe16((uint16_t)value);

	buf_add(rows, &wire, sizeof(wire));
}

void pg_copy_begin(struct buf *rows)
{
	static const char header[] = "PGCOPY\n\377\r\n\0"
	                             "\0\0\0\0"
	                             "\0\0\0\0";

	buf_add(rows, header, sizeof(header) - 1);
}

void pg_copy_row(struct buf *rows, int n_columns)
{
	add_int2(rows, (int16_t)n_columns);
}

void pg_copy_end(struct buf *rows)
{
	add_int2(rows, -1);
}

void pg_copy_null(struct buf *rows)
{
	static const unsigned char none[] = { 0xff, 0xff, 0xff, 0xff };

	buf_add(rows, none, sizeof(none));
}

void pg_copy_int2(struct buf *rows, int16_t value)
{
	uint16_t wire = htobe16((uint16_t)value);

	add_field(rows, &wire, sizeof(wire));
}

void pg_copy_int4(struct buf *rows, int32_t value)
{
	uint32_t wire = htobe32((uint32_t)value);

	add_field(rows, &wire, sizeof(wire));
}

void pg_copy_int8(struct buf *rows, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	add_field(rows, &wire, sizeof(wire));
}

void pg_copy_bool(struct buf *rows, bool value)
{
	char wire = value;

	add_field(rows, &wire, sizeof(wire));
}

void pg_copy_real(struct buf *rows, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bits = htobe32(bits);
	add_field(rows, &bits, sizeof(bits));
}

static void add_text(struct buf *rows, const char *prefix, size_t prefix_len, struct slice value)
{
	uint32_t wire_len = htobe32((uint32_t)(prefix_len + value.len));

	if (slice_is_null(value)) {
		pg_copy_null(rows);
		return;
	}
	if (value.len > INT32_MAX - prefix_len) {
		rows->full = true;
		return;
	}
	buf_add(rows, &wire_len, sizeof(wire_len));
	buf_add(rows, prefix, prefix_len);
	buf_add_slice(rows, value);
}

void pg_copy_text(struct buf *rows, struct slice value)
{
	add_text(rows, "", 0, value);
}

void pg_copy_json(struct buf *rows, struct slice value)
{
	static const char jsonb_version = 1;

	add_text(rows, &jsonb_version, 1, value);
}

/* A time beyond what the server knows stays beyond it, and is refused there with its own words. */
void pg_copy_time(struct buf *rows, int64_t us)
{
	int64_t since;

	pg_copy_int8(rows, __builtin_sub_overflow(us, EPOCH_2000_US, &since) ? INT64_MIN + 1 : since);
}
