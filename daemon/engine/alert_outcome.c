/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_outcome.h"

#include "clock.h"

#define AGAIN_MIN_US (5 * US_PER_S)
#define LOOK_MIN_US  (10 * US_PER_S) /* searches of some systems lag behind their writes */
#define AGAIN_MAX_US (1800 * US_PER_S)

static int64_t backoff_us(const struct alert_attempt *attempt, int64_t min_us)
{
	int64_t wait_us = AGAIN_MIN_US << (attempt->attempts < 10 ? attempt->attempts : 10);

	if (wait_us < min_us)
		wait_us = min_us;
	return attempt->now_us + (wait_us < AGAIN_MAX_US ? wait_us : AGAIN_MAX_US);
}

static void due(struct alert_outcome *ret, bool is_uncertain, int64_t due_us)
{
	ret->state = "due";
	ret->is_uncertain = is_uncertain;
	ret->due_us = due_us;
}

static bool is_for_later(const struct alert_attempt *attempt, enum error_kind kind)
{
	if (kind == ERROR_TRANSIENT || kind == ERROR_THROTTLED)
		return true;
	return (kind == ERROR_REFUSED || kind == ERROR_EXPIRED) && attempt->is_logged_out;
}

static void read_error(const struct alert_attempt *attempt, struct error *err, struct alert_outcome *ret)
{
	bool find = attempt->notice->find;

	if (err->kind == ERROR_UNCERTAIN || (find && is_for_later(attempt, err->kind))) {
		due(ret, true, backoff_us(attempt, LOOK_MIN_US));
	} else if (is_for_later(attempt, err->kind)) {
		due(ret, false, backoff_us(attempt, AGAIN_MIN_US));
	} else {
		if (find)
			(void)fail_in(
			        err,
			        "it is not known whether the task was made, and it cannot be looked for");
		ret->state = "failed";
		ret->is_uncertain = find;
	}
}

/* True: the notice tells it all; false with the error that is to be read. */
static bool read_notice(const struct alert_attempt *attempt, struct alert_outcome *ret, struct error *err)
{
	const struct notice *notice = attempt->notice;

	if (notice->outcome == OUTCOME_DONE || notice->outcome == OUTCOME_FOUND) {
		ret->state = "sent";
		ret->remote_id = notice->remote_id;
		return true;
	}
	if (notice->outcome == OUTCOME_GONE && notice->find) {
		due(ret, false, attempt->now_us);
		return true;
	}
	if (notice->outcome != OUTCOME_FAILED)
		return fail(err, ERROR_UNCERTAIN, "the system did not tell whether the task was made");
	*err = notice->err;
	if (!err->kind)
		(void)fail(err, ERROR_RECORD, "the task was refused without a reason");
	return false;
}

void alert_outcome_read(struct arena *arena, const struct alert_attempt *attempt, struct alert_outcome *ret)
{
	struct error err = *attempt->err;

	ret->is_uncertain = false;
	ret->due_us = 0;
	ret->remote_id = ret->error = SLICE_NULL;
	if (!err.kind && read_notice(attempt, ret, &err))
		return;
	read_error(attempt, &err, ret);
	ret->error = arena_slice(arena, slice_of(err.text));
}
