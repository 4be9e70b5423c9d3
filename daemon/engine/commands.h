/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Commands: what administrators ask over the control socket, one row of a table a method: name, role needed, what
 * it does.
 *
 * A table result is {"columns":[{"name","title"}…],"rows":[{…}…],"notes":[…]}; a narrative one
 * {"text":[…lines…], …data}.
 * Every change is logged with who asked for it.
 */
#include "engine.h"

struct commands;

void commands_handle(struct call *call, const char *method, const json_t *params, void *engine);
/* Answers what is under way with an error. Before the control socket, the store and the instances go; NULL is fine. */
void commands_free(struct commands *commands);
