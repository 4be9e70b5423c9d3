/* SPDX-License-Identifier: Apache-2.0 */
#include "problems.h"

#include <stdarg.h>

void problems_add(struct problems *problems, const char *file, int line, int column, const char *fmt, ...)
{
	struct problem problem = { .line = line, .column = column };
	struct arena *arena = problems->arena;
	va_list args;

	if (problems->n > PROBLEMS_MAX)
		return;
	va_start(args, fmt);
	problem.text =
	        problems->n < PROBLEMS_MAX
	                ? arena_vprintf(arena, fmt, args)
	                : arena_printf(arena, "more problems than the first %d follow; correct these first",
	                               PROBLEMS_MAX);
	va_end(args);
	problem.file = arena_strdup(arena, file);
	if ((problems->n & (problems->n - 1)) == 0)
		problems->list = arena_grow(arena, problems->list, problems->n,
		                            problems->n ? 2 * problems->n : 1, sizeof(*problems->list));
	problems->list[problems->n++] = problem;
}

void problems_print(const struct problems *problems, struct buf *to)
{
	for (size_t i = 0; i < problems->n; i++)
		(void)buf_printf(to, "%s:%d:%d: %s\n", problems->list[i].file, problems->list[i].line,
		                 problems->list[i].column, problems->list[i].text);
}

struct order {
	const char *const *files;
	size_t n_files;
};

static size_t file_rank(const struct order *order, const char *file)
{
	size_t i = 0;

	while (i < order->n_files && strcmp(order->files[i], file) != 0)
		i++;
	return i;
}

static int compare_problems(const void *a, const void *b, void *context)
{
	const struct problem *left = a, *right = b;
	size_t left_rank = file_rank(context, left->file), right_rank = file_rank(context, right->file);

	if (left_rank != right_rank)
		return left_rank < right_rank ? -1 : 1;
	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	if (left->column != right->column)
		return left->column < right->column ? -1 : 1;
	return strcmp(left->text, right->text);
}

void problems_sort(struct problems *problems, const char *const *files, size_t n_files)
{
	struct order order = { files, n_files };

	if (problems->n > 1)
		qsort_r(problems->list, problems->n, sizeof(*problems->list), compare_problems, &order);
}
