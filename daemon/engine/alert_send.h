/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alert send: one run over the due alerts of one instance, one after the other in its hot lane.
 *
 *	read → facts → sort out (too old, owner gone) → (claim → ask → settle)*
 *
 * The claim is committed before the request goes out. An alert of unknown outcome is looked up at the remote
 *first, with the ids it was sent with; only when it is not there it is made again, with what holds then. An
 *outcome is kept until it is stored, however long the store is away. A run without an instance only routes
 *alerts that have no connector (yet).
 */
#include "alerts_store.h"
#include "engine.h"

struct alert_sender;
typedef void alert_send_ended(struct alert_sender *sender, bool went_well,
                              void *owner); /* the sender is freed afterwards */
/* instance NULL: alerts without a connector. `ended` comes from the loop. */
struct alert_sender *alert_send_start(struct engine *engine, struct instance *instance,
                                      alert_send_ended *ended, void *owner);
/* Gives up without `ended`: an alert under way stays `sending`, and is resumed as uncertain. */
void alert_send_cancel(struct alert_sender *sender);
/* Why this instance sends nothing now, in words; NULL: it may. */
const char *alert_send_barrier(const struct instance *instance);
