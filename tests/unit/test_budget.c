/* SPDX-License-Identifier: Apache-2.0 */
#include "budget.h"

#include "clock.h"
#include "tap.h"

#define HOUR_US (3600 * US_PER_S)

static struct budget budget;

static void begin(int64_t per_second, int64_t per_day, double hot, int64_t concurrency)
{
	budget_init(&budget, per_second, per_day, hot, concurrency, HOUR_US);
}

/* Calls let through at once in a lane, each ending at once. */
static int admitted(enum lane_kind lane, int64_t now_us, int most)
{
	int n = 0;

	while (n < most && budget_ask(&budget, lane, now_us) == 0) {
		budget_take(&budget, lane, now_us);
		budget_give_back(&budget);
		n++;
	}
	return n;
}

static void test_calls_a_second_are_kept(void)
{
	begin(10, 0, 0, 4);
	CHECK_INT(admitted(LANE_NORMAL, HOUR_US, 100), 10);
	CHECK(budget_ask(&budget, LANE_HOT, HOUR_US) > 0);
	CHECK_INT(admitted(LANE_NORMAL, HOUR_US + US_PER_S / 2, 100), 5);
	CHECK_INT(admitted(LANE_NORMAL, HOUR_US + 60 * US_PER_S, 100), 10);
}

static void test_hot_share_of_the_day_is_for_hot_calls_only(void)
{
	begin(0, 100, 0.2, 4);
	CHECK_INT(admitted(LANE_BULK, HOUR_US, 1000), 80);
	CHECK_INT(admitted(LANE_NORMAL, HOUR_US, 1000), 0);
	CHECK_INT(admitted(LANE_HOT, HOUR_US, 1000), 20);
	CHECK_INT(admitted(LANE_HOT, HOUR_US, 1000), 0);
	CHECK_INT(budget_used_today(&budget, HOUR_US), 100);
}

static void test_day_is_a_rolling_window(void)
{
	begin(0, 100, 0, 4);
	CHECK_INT(admitted(LANE_BULK, HOUR_US, 1000), 100);
	CHECK_INT(admitted(LANE_BULK, HOUR_US + 23 * HOUR_US, 1000), 0);
	CHECK_INT(admitted(LANE_BULK, HOUR_US + 25 * HOUR_US, 1000), 100);
	/* Asked rarely, the window still forgets: two days later it is empty. */
	CHECK_INT(admitted(LANE_BULK, HOUR_US + 75 * HOUR_US, 1000), 100);
}

static void test_a_connection_is_left_for_hot_work(void)
{
	begin(0, 0, 0, 3);
	budget_take(&budget, LANE_BULK, HOUR_US);
	budget_take(&budget, LANE_BULK, HOUR_US);
	CHECK_INT(budget_ask(&budget, LANE_NORMAL, HOUR_US), -1);
	CHECK_INT(budget_ask(&budget, LANE_HOT, HOUR_US), 0);
	budget_take(&budget, LANE_HOT, HOUR_US);
	CHECK_INT(budget_ask(&budget, LANE_HOT, HOUR_US), -1);
	budget_give_back(&budget);
	budget_give_back(&budget);
	CHECK_INT(budget_ask(&budget, LANE_NORMAL, HOUR_US), 0);
}

static void test_one_connection_serves_all_lanes(void)
{
	begin(0, 0, 0, 1);
	CHECK_INT(budget_ask(&budget, LANE_BULK, HOUR_US), 0);
	budget_take(&budget, LANE_BULK, HOUR_US);
	CHECK_INT(budget_ask(&budget, LANE_HOT, HOUR_US), -1);
}

static void test_told_to_wait_all_lanes_wait_and_never_less(void)
{
	begin(0, 0, 0, 4);
	budget_wait(&budget, HOUR_US + 30 * US_PER_S);
	budget_wait(&budget, HOUR_US + 10 * US_PER_S);
	CHECK_INT(budget_ask(&budget, LANE_HOT, HOUR_US), 30 * US_PER_S);
	CHECK_INT(budget_ask(&budget, LANE_HOT, HOUR_US + 30 * US_PER_S), 0);
}

static void test_used_up_day_says_when_to_ask_again(void)
{
	begin(0, 1, 0, 4);
	CHECK_INT(admitted(LANE_HOT, HOUR_US, 10), 1);
	CHECK(budget_ask(&budget, LANE_HOT, HOUR_US) > 0);
	CHECK(budget_ask(&budget, LANE_HOT, HOUR_US) <= 900 * US_PER_S);
}

int main(void)
{
	RUN(test_calls_a_second_are_kept);
	RUN(test_hot_share_of_the_day_is_for_hot_calls_only);
	RUN(test_day_is_a_rolling_window);
	RUN(test_a_connection_is_left_for_hot_work);
	RUN(test_one_connection_serves_all_lanes);
	RUN(test_told_to_wait_all_lanes_wait_and_never_less);
	RUN(test_used_up_day_says_when_to_ask_again);
	return tap_done();
}
