/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Budget: how many calls a connector may make, and whose turn it is. Pure: time is given.
 *
 * Three lanes: hot (alerts, webhooks, pushes), normal (polls), bulk (first loads, resyncs). A call is admitted when fewer
 * than `concurrency` are under way, the bucket of calls a second has a token, the system has not told us to wait, and the
 * day's calls are not used up; the hot share of the day is only for hot calls. Hot goes before normal before bulk; a lane
 * that is not hot leaves one connection free for hot work whenever there is more than one. The day is a rolling window of
 * 24 h in 96 quarters, so that no midnight opens a flood.
 */
#include <stdbool.h>
#include <stdint.h>

enum lane_kind { LANE_HOT, LANE_NORMAL, LANE_BULK, LANE_KIND_COUNT };
const char *lane_name(enum lane_kind lane);

#define BUDGET_QUARTERS 96

struct budget {
	int64_t calls_per_second, calls_per_day;	/* 0: no limit known */
	double hot_share;
	int64_t concurrency, under_way;
	double tokens;
	int64_t filled_us;				/* monotonic: when tokens was last brought up to date */
	int64_t wait_until_us;				/* monotonic: told to wait (429) */
	int64_t quarters[BUDGET_QUARTERS];		/* calls made in each */
	int64_t quarter;				/* number of the current one since 1970 */
	uint64_t calls[LANE_KIND_COUNT];		/* since the start, for metrics */
};

void budget_init(struct budget *budget, int64_t calls_per_second, int64_t calls_per_day, double hot_share, int64_t concurrency,
		 int64_t mono_us);
void budget_limits(struct budget *budget, int64_t calls_per_second, int64_t calls_per_day, double hot_share, int64_t concurrency);
int64_t budget_used_today(const struct budget *budget, int64_t mono_us);
/* 0: go (budget_take must follow); else microseconds until it is worth asking again; -1: wait for a call to end. */
int64_t budget_ask(struct budget *budget, enum lane_kind lane, int64_t mono_us);
void budget_take(struct budget *budget, enum lane_kind lane, int64_t mono_us);
void budget_give_back(struct budget *budget);		/* a call ended */
void budget_wait(struct budget *budget, int64_t until_us);	/* monotonic; only ever later */
