/* SPDX-License-Identifier: Apache-2.0 */
#include "tryton.h"
#include "walk.h"

static int64_t overlap_us(const struct pull *pull)
{
	int64_t wished = pull->overlap_ms * 1000;

	return wished > WALK_OVERLAP_MIN_US ? wished : WALK_OVERLAP_MIN_US;
}

void walk_enter_all(struct walk *walk)
{
	walk->phase = WALK_ALL;
	walk->place = (struct place){ 0 };
}

void walk_enter_scan(struct walk *walk, const struct pull *pull, size_t scan)
{
	const struct mark *mark = &walk->marks[scan < WALK_SCANS_MAX ? scan : 0];
	int64_t from = mark->at_us - overlap_us(pull);

	walk->phase = scan < walk->source->n_scans ? WALK_SCAN : WALK_END;
	walk->scan = scan;
	walk->entered_us = pull->now_us;
	walk->place = (struct place){ .at_us = from > 0 ? from : 0 };
	if (mark->settled_us && mark->settled_us >= from)
		walk->place = (struct place){ .at_us = mark->settled_us, .id = WALK_BEHIND_ALL };
}

/* A stamp from the future must not hide what happens until then: a mark is never later than our own clock. */
void walk_reach(struct mark *mark, int64_t stamp_us, int64_t now_us)
{
	int64_t at_us = stamp_us < now_us ? stamp_us : now_us;

	if (at_us <= mark->at_us)
		return;
	mark->at_us = at_us;
	mark->seen_us = now_us;
}

void walk_leave_scan(struct walk *walk, const struct pull *pull)
{
	struct mark *mark = &walk->marks[walk->scan];
	int64_t before_us = mark->at_us;

	walk_reach(mark, walk->place.at_us, pull->now_us);
	if (before_us && mark->at_us == before_us && walk->entered_us - mark->seen_us >= overlap_us(pull))
		mark->settled_us = mark->at_us;
	walk_enter_scan(walk, pull, walk->scan + 1);
}

size_t walk_limit(const struct pull *pull)
{
	const struct tryton_config *config = pull->config;
	size_t most = (size_t)config->page_size;

	return pull->page_size && pull->page_size < most ? pull->page_size : most;
}

const char *scan_column(const struct scan *scan)
{
	return scan->is_written ? "write_date" : "create_date";
}
