/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hooks at run time: POST /hooks/<connector> → verify → parse → inbox → answer; and working the inbox off: events of one
 * stream become one hot pass over their ids, whose commit also ends the events.
 */
#include "engine.h"

/* Takes the inquiry; answers it now or after the commit. */
void hooks_receive(struct engine *engine, struct inquiry *inquiry, const char *connector);
/* An event of our own making: a record that must be read again soon. */
void hooks_hint(struct instance *instance, const struct hook_event *event);
void hooks_wake(struct instance *instance);				/* events may be due */
