/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Push: takes the due marks of an instance, computes the differences afresh and writes them, chunk by chunk.
 *
 * Nothing is pushed while the instance observes or proposes, is paused or held by its guard, before every instance's first
 * loads are whole (else half-known people would be created), or without the lease. A create looks first whether the person is
 * there already (PUSH_FIND); one of unknown outcome looks again before a second try.
 */
#include "instance.h"

void push_wake(struct instance *instance);				/* there may be marks: soon, coalesced */
void push_cancel(struct instance *instance);
/* Why nothing is pushed now: "observe", "propose", "paused", "held", "loading", "no lease", "store down", or NULL. */
const char *push_barrier(const struct instance *instance);
