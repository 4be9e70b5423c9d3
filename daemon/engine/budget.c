/* SPDX-License-Identifier: Apache-2.0 */
#include "budget.h"

#include "clock.h"

#define QUARTER_US (900 * US_PER_S)

const char *lane_name(enum lane_kind lane)
{
	static const char *const names[LANE_KIND_COUNT] = { "hot", "normal", "bulk" };

	return names[lane];
}

void budget_limits(struct budget *budget, int64_t calls_per_second, int64_t calls_per_day, double hot_share,
                   int64_t concurrency)
{
	budget->calls_per_second = calls_per_second;
	budget->calls_per_day = calls_per_day;
	budget->hot_share = hot_share;
	budget->concurrency = concurrency;
}

void budget_init(struct budget *budget, int64_t calls_per_second, int64_t calls_per_day, double hot_share,
                 int64_t concurrency, int64_t mono_us)
{
	*budget = (struct budget){ .filled_us = mono_us,
		                   .quarter = mono_us / QUARTER_US,
		                   .tokens = (double)calls_per_second };
	budget_limits(budget, calls_per_second, calls_per_day, hot_share, concurrency);
}

static void budget_advance(struct budget *budget, int64_t mono_us)
{
	int64_t quarter = mono_us / QUARTER_US;

	for (int64_t q = budget->quarter + 1; q <= quarter && q <= budget->quarter + BUDGET_QUARTERS; q++)
		budget->quarters[q % BUDGET_QUARTERS] = 0;
	if (quarter > budget->quarter)
		budget->quarter = quarter;
	if (mono_us <= budget->filled_us)
		return;
	budget->tokens += (double)(mono_us - budget->filled_us) / US_PER_S * (double)budget->calls_per_second;
	if (budget->tokens > (double)budget->calls_per_second)
		budget->tokens = (double)budget->calls_per_second;
	budget->filled_us = mono_us;
}

int64_t budget_used_today(const struct budget *budget, int64_t mono_us)
{
	int64_t used = 0, now = mono_us / QUARTER_US;

	for (int64_t q = budget->quarter;
	     q > now - BUDGET_QUARTERS && q > budget->quarter - BUDGET_QUARTERS && q >= 0; q--)
		used += budget->quarters[q % BUDGET_QUARTERS];
	return used;
}

static bool is_day_used_up(const struct budget *budget, enum lane_kind lane, int64_t mono_us)
{
	double allowed = (double)budget->calls_per_day * (lane == LANE_HOT ? 1 : 1 - budget->hot_share);

	return budget->calls_per_day > 0 && (double)budget_used_today(budget, mono_us) + 1 > allowed;
}

int64_t budget_ask(struct budget *budget, enum lane_kind lane, int64_t mono_us)
{
	int64_t connections =
	        lane == LANE_HOT || budget->concurrency < 2 ? budget->concurrency : budget->concurrency - 1;

	budget_advance(budget, mono_us);
	if (budget->wait_until_us > mono_us)
		return budget->wait_until_us - mono_us;
	if (is_day_used_up(budget, lane, mono_us))
		return QUARTER_US - mono_us % QUARTER_US;
	if (budget->concurrency > 0 && budget->under_way >= connections)
		return -1;
	if (budget->calls_per_second > 0 && budget->tokens < 1)
		return (int64_t)((1 - budget->tokens) / (double)budget->calls_per_second * US_PER_S) + 1;
	return 0;
}

void budget_take(struct budget *budget, enum lane_kind lane, int64_t mono_us)
{
	budget_advance(budget, mono_us);
	budget->quarters[budget->quarter % BUDGET_QUARTERS]++;
	if (budget->calls_per_second > 0)
		budget->tokens -= 1;
	budget->under_way++;
	budget->calls[lane]++;
}

void budget_give_back(struct budget *budget)
{
	budget->under_way--;
}

void budget_wait(struct budget *budget, int64_t until_us)
{
	if (until_us > budget->wait_until_us)
		budget->wait_until_us = until_us;
}
