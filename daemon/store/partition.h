/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Partition: the monthly partitions of `activity`. Made ahead by the daemon (this month and the next two) and, for the
 * history of a first load, for the months that come up; what is outside of 2000 … next year stays in activity_default.
 */
#include "store.h"

/* Makes the partitions of the months from..to (inclusive, any time in them). Missing ones only. */
void partitions_make(struct store *store, int64_t from_us, int64_t to_us, pg_done *done, void *owner);
