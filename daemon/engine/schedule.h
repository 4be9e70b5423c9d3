/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Schedule: when which stream of an instance is polled, and the runs that administrators ask for.
 *
 * One poll pass an instance at a time, one resync besides, one hot pass besides. First loads go in the order of the streams,
 * each after those it names; a stream that failed is tried again with backoff (5 s … 10 min) while the others go on. A run
 * (resync) lives in the store: its streams and cursors are kept there, so it goes on after a restart.
 */
#include "engine.h"

void schedule_wake(struct instance *instance);		/* look now what is due */
void runs_wake(struct instance *instance);		/* look now whether a run waits */
/* The pass of this run, if it is running here; cancels it too. NULL if none. */
struct pass *run_pass(struct engine *engine, int64_t run_id);
/* The run's row was set to cancelled: its pass ends. */
void run_cancelled(struct engine *engine, int64_t run_id);
