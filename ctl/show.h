/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Show: text of others on a terminal. Control characters, escape codes, invisible and text-turning characters become
 * visible (\n, \x1b, \u{202e}), so that no name can move the cursor or colour the screen. Widths are columns, by
 * Unicode; they need an UTF-8 locale (show_begin).
 */
#include <stddef.h>

#include "buf.h"
#include "slice.h"

void show_begin(void);					/* once, before anything is shown */
size_t show(struct buf *to, struct slice text);		/* columns used; to NULL: only counts */
