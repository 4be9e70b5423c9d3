/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Text: a file's bytes before they are YAML: whether they are text at all, and where things stand in them. Pure. */
#include <stdbool.h>

#include "config.h"

/* UTF-8 and no control characters; told here because libyaml's own message has no line. */
bool text_check(struct slice text, const char *file, struct problems *problems) MUST_CHECK;
/* Line and column of a byte, from 1; columns count characters. */
void text_place(struct slice text, size_t offset, int *ret_line, int *ret_column);
/* Column of the tab that indents a line (counted from 0); 0: there is none. */
int text_indenting_tab(struct slice text, size_t line_number);
