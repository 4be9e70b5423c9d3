/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connector cases: runner FOLDER... plays every case in the folders (tests/connectors/<connector>) and prints TAP, a
 * test a case. UPDATE_CASES=1 writes requests.txt and rows.json anew instead; look at them before you keep them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "alloc.h"
#include "case.h"

#define TEXT_MAX ((size_t)64 << 20)
#define DIFF_LINES 30				/* most lines of each side of a difference that are printed */

struct tally {
	int n_cases, n_failed;
	bool is_update;
};

/* The text's lines; *ret_n of them, malloc'd. */
static struct slice *lines_of(struct slice text, size_t *ret_n)
{
	struct slice *lines = alloc_zeroed(text.len + 1, sizeof(*lines));
	size_t n = 0;

	while (!slice_is_empty(text)) {
		struct slice rest;

		if (!slice_split(text, '\n', &lines[n++], &rest))
			rest = SLICE("");
		text = rest;
	}
	*ret_n = n;
	return lines;
}

static void lines_show(char sign, const struct slice *lines, size_t n)
{
	for (size_t i = 0; i < n && i < DIFF_LINES; i++)
		printf("#  %c %.*s\n", sign, (int)(lines[i].len < 1000 ? lines[i].len : 1000), lines[i].data);
	if (n > DIFF_LINES)
		printf("#  %c and %zu more lines\n", sign, n - DIFF_LINES);
}

/* What lies between the first and the last line that differ. */
static void difference_show(const char *name, struct slice want, struct slice got)
{
	size_t n_want, n_got, first = 0, last = 0;
	CLEANUP(free_pointer) struct slice *wanted = lines_of(want, &n_want);
	CLEANUP(free_pointer) struct slice *gotten = lines_of(got, &n_got);

	while (first < n_want && first < n_got && slice_equal(wanted[first], gotten[first]))
		first++;
	while (last < n_want - first && last < n_got - first &&
	       slice_equal(wanted[n_want - last - 1], gotten[n_got - last - 1]))
		last++;
	printf("# %s differs from line %zu on (- wanted, + got)\n", name, first + 1);
	lines_show('-', wanted + first, n_want - first - last);
	lines_show('+', gotten + first, n_got - first - last);
}

static bool file_write(struct arena *arena, const char *folder, const char *name, struct slice text)
{
	const char *path = arena_printf(arena, "%s/%s", folder, name);
	FILE *file = fopen(path, "wb");
	bool is_written;

	if (!file)
		return false;
	is_written = fwrite(text.data, 1, text.len, file) == text.len;
	return fclose(file) == 0 && is_written;
}

static bool text_compare(const struct tally *tally, const struct test_case *one, const char *name,
			 struct slice got)
{
	struct slice want = SLICE("");
	struct error err;
	bool is_there = file_read(one->arena, one->folder, name, &want, &err);

	if (tally->is_update && !is_there && got.len == 0)
		return true;
	if (tally->is_update)
		return file_write(one->arena, one->folder, name, got);
	if (slice_equal(want, got) || (want.len == 0 && got.len == 0))
		return true;
	difference_show(name, want, got);
	return false;
}

static bool case_run(const struct tally *tally, const char *folder)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(65536);
	struct outcome_texts texts;
	struct test_case one;
	struct error err;
	bool is_good = case_load(arena, folder, &one, &err);

	buf_init(&texts.requests, TEXT_MAX);
	buf_init(&texts.rows, TEXT_MAX);
	if (is_good) {
		case_play(&one, &texts);
		is_good = text_compare(tally, &one, "requests.txt", buf_slice(&texts.requests));
		is_good &= text_compare(tally, &one, "rows.json", buf_slice(&texts.rows));
	} else {
		printf("# %s\n", err.text);
	}
	case_done(&one);
	buf_done(&texts.requests);
	buf_done(&texts.rows);
	return is_good;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool has_case(const char *folder)
{
	CLEANUP(free_pointer) char *path = alloc_printf("%s/case.json", folder);
	struct stat stat_buf;

	return stat(path, &stat_buf) == 0;
}

static void case_report(struct tally *tally, const char *folder, const char *name)
{
	bool is_good = case_run(tally, folder);

	tally->n_cases++;
	tally->n_failed += !is_good;
	printf("%s %d - %s\n", is_good ? "ok" : "not ok", tally->n_cases, name);
	fflush(stdout);
}

static void folder_run(struct tally *tally, const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_visible, alphasort);

	if (n < 0) {
		printf("# cannot list \"%s\": %s\n", folder, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++) {
		CLEANUP(free_pointer) char *path = alloc_printf("%s/%s", folder, entries[i]->d_name);

		if (has_case(path))
			case_report(tally, path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	struct tally tally = { .is_update = getenv("UPDATE_CASES") != NULL };

	for (int i = 1; i < argc; i++) {
		if (has_case(argv[i]))
			case_report(&tally, argv[i], argv[i]);
		else
			folder_run(&tally, argv[i]);
	}
	printf("1..%d%s\n", tally.n_cases, tally.n_cases == 0 ? " # SKIP no cases" : "");
	return tally.n_failed ? 1 : 0;
}
