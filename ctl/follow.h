/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Follow: how far a run is, asked twice a second and drawn as one line that is written over. */
#include <jansson.h>
#include <stdbool.h>

#include "buf.h"
#include "client.h"

/*
 * Draws a run: {"state", "records", "total" or null, "rate", "seconds"}, as
 * "[#####...............]  25%  500/2,000 records  120/s  0:04  left 0:12  fetch". Pure.
 */
void run_draw(const json_t *run, struct buf *to);
bool run_is_over(const json_t *run);		/* done, failed, cancelled */
bool run_is_good(const json_t *run);		/* done */

/* Asks for the run until it is over, drawing on a terminal. *ret_run is the last answer, the caller's. */
bool run_follow(struct client *client, json_t *id, bool is_terminal, json_t **ret_run, struct error *err) MUST_CHECK;
