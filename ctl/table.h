/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Table: what the daemon answers, printed for people. An answer is an object:
 *
 *	{"columns": [{"name": "connector", "title": "CONNECTOR"}, …], "rows": [{"connector": "sfa", …}, …],
 *	 "text": ["line", …], "notes": ["line", …]}
 *
 * text comes first, then the table, then the notes; each may be missing. Columns are as wide as they need to be; those
 * that hold numbers only stand to the right; null is "-". An answer with none of these is printed as "name: value".
 */
#include <jansson.h>
#include <stdbool.h>

#include "buf.h"

void table_print(const json_t *columns, const json_t *rows, bool is_bold, struct buf *to);
void answer_print(const json_t *answer, bool is_bold, struct buf *to);
