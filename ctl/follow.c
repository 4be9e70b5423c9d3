/* SPDX-License-Identifier: Apache-2.0 */
#include "follow.h"

#include <inttypes.h>
#include <unistd.h>

#include "json.h"
#include "show.h"

#define BAR_WIDTH 30

static int64_t number_of(const json_t *run, const char *name)
{
	const json_t *value = json_object_get(run, name);
	double real = json_number_value(value);

	if (json_is_integer(value))
		return json_integer_value(value);
	return real > 0 && real < 1e15 ? (int64_t)real : 0;
}

static const char *state_of(const json_t *run)
{
	const char *state = json_string_value(json_object_get(run, "state"));

	return state ? state : "";
}

bool run_is_over(const json_t *run)
{
	static const char *const ends[] = { "done", "failed", "cancelled" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (strcmp(state_of(run), ends[i]) == 0)
			return true;
	return false;
}

bool run_is_good(const json_t *run)
{
	return strcmp(state_of(run), "done") == 0;
}

/* 1,234,567 */
static void count_print(int64_t value, struct buf *to)
{
	char digits[32];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, value < 0 ? 0 : value);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			(void)buf_add_char(to, ',');
		(void)buf_add_char(to, digits[i]);
	}
}

static void time_draw(int64_t seconds, struct buf *to)
{
	if (seconds >= 3600)
		(void)buf_printf(to, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
		                 (int)(seconds % 60));
	else
		(void)buf_printf(to, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

static void bar_draw(int64_t records, int64_t total, struct buf *to)
{
	double share = records >= total ? 1 : (double)records / (double)total;
	int filled = (int)(share * BAR_WIDTH);

	(void)buf_add_char(to, '[');
	for (int i = 0; i < BAR_WIDTH; i++)
		(void)buf_add_char(to, i < filled ? '#' : '.');
	(void)buf_printf(to, "] %3d%%  ", (int)(share * 100));
}

void run_draw(const json_t *run, struct buf *to)
{
	int64_t records = number_of(run, "records"), total = number_of(run, "total"),
	        rate = number_of(run, "rate");

	if (total > 0)
		bar_draw(records, total, to);
	count_print(records, to);
	if (total > 0) {
		(void)buf_add_char(to, '/');
		count_print(total, to);
	}
	(void)buf_add_text(to, " records  ");
	count_print(rate, to);
	(void)buf_add_text(to, "/s  ");
	time_draw(number_of(run, "seconds"), to);
	if (total > records && rate > 0 && !run_is_over(run)) {
		(void)buf_add_text(to, "  left ");
		time_draw((total - records) / rate, to);
	}
	(void)buf_add_text(to, "  ");
	(void)show(to, slice_of(state_of(run)));
}

static void draw_over(const json_t *run)
{
	CLEANUP(buf_done) struct buf line;

	buf_init(&line, 4096);
	(void)buf_add_text(&line, "\r\x1b[K");
	run_draw(run, &line);
	(void)fwrite(line.data, 1, line.len, stdout);
	(void)fflush(stdout);
}

bool run_follow(struct client *client, json_t *id, bool is_terminal, json_t **ret_run, struct error *err)
{
	for (;;) {
		CLEANUP(json_decref_p) json_t *params = json_pack("{s:O}", "run", id);
		json_t *run;

		if (!client_call(client, "run", params, &run, NULL, err))
			return false;
		if (is_terminal)
			draw_over(run);
		if (run_is_over(run)) {
			*ret_run = run;
			return true;
		}
		json_decref(run);
		(void)usleep(500000);
	}
}
