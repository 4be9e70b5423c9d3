/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Problems: what else the readers of this folder need of the list that config.h shows. */
#include "config.h"

#define PROBLEMS_MAX 1000			/* listed; one more says that there are others */

/* Puts the list in the order of `files` (names as given to problems_add), then of line and column. */
void problems_sort(struct problems *problems, const char *const *files, size_t n_files);
