/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alert outcome: what is to be stored of an alert after its request. Pure.
 *
 *	made, found		sent
 *	surely without effect	due again later, nothing to be looked for
 *	not known		due again later, to be looked for first
 *	looked for, not there	due now, to be made
 *	refused			failed, until somebody retries it
 */
#include "alerts_store.h"
#include "connector.h"

struct alert_attempt {
	const struct notice *notice;
	const struct error *err; /* of the call; kind ERROR_NONE: the notice tells */
	int attempts;            /* before this one */
	bool is_logged_out;      /* the system refuses us as a whole: not this alert's fault */
	int64_t now_us;
};
/* Sets all of *ret but whose it is. The error's text lies in the arena. */
void alert_outcome_read(struct arena *arena, const struct alert_attempt *attempt, struct alert_outcome *ret);
