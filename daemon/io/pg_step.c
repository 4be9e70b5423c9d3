/* SPDX-License-Identifier: Apache-2.0 */
#include "pg_private.h"

#include <assert.h>
#include <endian.h>

#include "alloc.h"

/* PostgreSQL counts time from 2000-01-01. */
#define EPOCH_2000_US INT64_C(946684800000000)
#define JSONB_VERSION 1

/* Object ids of built-in types: fixed by the server's catalogue for good. */
static const struct {
	Oid type, element;
} types[] = {
	[PG_INT8] = { 20, 0 },   [PG_INT4] = { 23, 0 },          [PG_TEXT] = { 25, 0 },
	[PG_BOOL] = { 16, 0 },   [PG_REAL] = { 701, 0 },         [PG_JSON] = { 3802, 0 },
	[PG_TIME] = { 1184, 0 }, [PG_INT8_ARRAY] = { 1016, 20 }, [PG_TEXT_ARRAY] = { 1009, 25 },
};

/* -- Lists -- */

void list_init(struct step_list *list)
{
	list->head = NULL;
	list->end = &list->head;
}

void list_add(struct step_list *list, struct step *step)
{
	step->next = NULL;
	*list->end = step;
	list->end = &step->next;
}

struct step *list_take(struct step_list *list)
{
	struct step *step = list->head;

	if (!step)
		return NULL;
	list->head = step->next;
	if (!list->head)
		list->end = &list->head;
	step->next = NULL;
	return step;
}

/* ---- Parameters, in binary: no digits to print and read, and a NUL inside a text is refused instead of
 * cutting it */

static char *put_int4(char *at, int32_t value)
{
	uint32_t wire = htobe32((uint32_t)value);

	memcpy(at, &wire, sizeof(wire));
	return at + sizeof(wire);
}

static char *put_int8(char *at, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	memcpy(at, &wire, sizeof(wire));
	return at + sizeof(wire);
}

static char *put_bytes(char *at, struct slice bytes)
{
	if (bytes.len)
		memcpy(at, bytes.data, bytes.len);
	return at + bytes.len;
}

static size_t array_size(const struct pg_param *param)
{
	size_t size = 3 * 4 + (param->n ? 2 * 4 : 0);

	for (size_t i = 0; i < param->n; i++)
		size += 4 + (param->type == PG_INT8_ARRAY ? 8 : param->texts[i].len);
	return size;
}

static char *put_array(char *at, const struct pg_param *param)
{
	bool has_nulls = false;

	for (size_t i = 0; param->type == PG_TEXT_ARRAY && i < param->n; i++)
		has_nulls |= slice_is_null(param->texts[i]);
	at = put_int4(at, param->n ? 1 : 0);
	at = put_int4(at, has_nulls);
	at = put_int4(at, (int32_t)types[param->type].element);
	if (param->n) {
		at = put_int4(at, (int32_t)param->n);
		at = put_int4(at, 1);
	}
	for (size_t i = 0; i < param->n; i++) {
		if (param->type == PG_INT8_ARRAY) {
			at = put_int8(put_int4(at, 8), param->ints[i]);
			continue;
		}
		struct slice text = param->texts[i];
		at = put_bytes(put_int4(at, slice_is_null(text) ? -1 : (int32_t)text.len), text);
	}
	return at;
}

static size_t param_size(const struct pg_param *param)
{
	if (param->is_null)
		return 0;
	switch (param->type) {
	case PG_INT8:
	case PG_REAL:
	case PG_TIME:
		return 8;
	case PG_INT4:
		return 4;
	case PG_BOOL:
		return 1;
	case PG_TEXT:
		return param->text.len;
	case PG_JSON:
		return 1 + param->text.len;
	case PG_INT8_ARRAY:
	case PG_TEXT_ARRAY:
		return array_size(param);
	}
	return 0;
}

/* A time beyond what the server knows stays beyond it: the server then refuses that row, with its own words.
 */
static int64_t time_since_2000(int64_t us)
{
	int64_t since;

	return __builtin_sub_overflow(us, EPOCH_2000_US, &since) ? INT64_MIN + 1 : since;
}

static char *put_param(char *at, const struct pg_param *param)
{
	int64_t bits;

	switch (param->type) {
	case PG_INT8:
		return put_int8(at, param->i);
	case PG_TIME:
		return put_int8(at, time_since_2000(param->i));
	case PG_REAL:
		memcpy(&bits, &param->real, sizeof(bits));
		return put_int8(at, bits);
	case PG_INT4:
		return put_int4(at, (int32_t)param->i);
	case PG_BOOL:
		*at = param->i != 0;
		return at + 1;
	case PG_TEXT:
		return put_bytes(at, param->text);
	case PG_JSON:
		*at = JSONB_VERSION;
		return put_bytes(at + 1, param->text);
	case PG_INT8_ARRAY:
	case PG_TEXT_ARRAY:
		return put_array(at, param);
	}
	return at;
}

static char *bind(struct step *step, char *at, const struct pg_param *params)
{
	for (int i = 0; i < step->n_params; i++) {
		const struct pg_param *param = &params[i];
		char *from = at;

		step->types[i] = types[param->type].type;
		step->formats[i] = 1;
		if (param->is_null)
			continue;
		at = put_param(at, param);
		step->values[i] = from;
		step->lengths[i] = (int)(at - from);
	}
	return at;
}

/* The protocol counts a message's bytes in 31 bits; the server's own ceiling is 1 GB. */
static bool fits(const struct pg_param *params, size_t n_params, size_t *ret_size)
{
	size_t size = 0;

	for (size_t i = 0; i < n_params; i++)
		size += param_size(&params[i]);
	*ret_size = size;
	return size < (size_t)1000 * 1000 * 1000;
}

struct step *step_new(enum step_kind kind, const char *sql, const struct pg_param *params, size_t n_params)
{
	size_t values_size, text_size = sql ? strlen(sql) + 1 : 0;
	bool is_small = fits(params, n_params, &values_size);

	assert(n_params < 65536);
	if (!is_small)
		values_size = n_params = 0;
	struct step *step =
	        alloc_zeroed(1, sizeof(*step) + n_params * (sizeof(char *) + sizeof(Oid) + 2 * sizeof(int)) +
	                                values_size + text_size);
	step->kind = kind;
	step->size = values_size + text_size + 64;
	step->n_params = (int)n_params;
	step->values = (const char **)step->memory;
	step->types = (Oid *)(step->values + n_params);
	step->lengths = (int *)(step->types + n_params);
	step->formats = step->lengths + n_params;
	char *text = bind(step, (char *)(step->formats + n_params), params);
	if (sql)
		step->sql = memcpy(text, sql, text_size);
	if (!is_small)
		fail(&step->err, ERROR_TOO_LARGE,
		     "parameters of a statement are larger than 1000000000 bytes");
	return step;
}

void step_free(struct step *step)
{
	if (!step)
		return;
	PQclear(step->result);
	free(step);
}
