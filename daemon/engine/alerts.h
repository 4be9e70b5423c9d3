/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alerts: from an activity worth telling to a task for the rep who owns the opportunity, once.
 *
 *	candidate → person known? → rule → folded into an alert, or a new one with its owner and the reason →
 *task → sent
 *
 * Deciding is one transaction: candidates end, alert rows begin, so a crash tells nothing twice. Sending
 *claims the alert first (state `sending`, committed), so that an alert whose sending was cut short is looked
 *up at the remote by its key before a second try. Nobody to tell, or a refusal, parks the alert with its
 *reason.
 *
 * One run decides for all (alert_plan.c), then a survey says who has what to send and when to look again;
 *each instance has at most one sender (alert_send.c). With nothing to do no timer runs. While a sales
 *system's first load is under way, new candidates wait for it, at most a quarter of an hour: half-known
 *owners would be the wrong ones.
 */
#include "engine.h"

struct alerts *alerts_new(struct engine *engine);
void alerts_free(struct alerts *alerts); /* NULL is fine; after store_close() */
void alerts_wake(struct alerts *alerts); /* candidates or alerts may be due: now */
/* The configuration changed: open alerts keep their rule's name and go on. */
void alerts_reconfigure(struct alerts *alerts);
/* Ends what is under way with this instance; what was being sent is looked for later. alerts NULL is fine. */
void alerts_cancel(struct alerts *alerts, const struct instance *instance);
bool alerts_are_busy(const struct alerts *alerts); /* something is being sent; NULL: no */
