/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Csv: reads a whole RFC 4180 file, plain or gzipped. The first row names the columns. */
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

struct csv {
	struct slice *columns;
	size_t n_columns;
	struct slice *cells;			/* n_rows * n_columns; missing ones are empty */
	size_t n_rows;
};

bool csv_read(struct arena *arena, const char *path, struct csv *ret, struct error *err) MUST_CHECK;
int csv_column(const struct csv *csv, const char *name);		/* -1: none */
