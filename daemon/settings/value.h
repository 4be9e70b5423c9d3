/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Value: one setting's value, by its type: from a node into a member, and in words. */
#include "schema.h"

/* False after a complaint; *member is untouched then. */
bool value_read(const struct schema *schema, const struct setting *setting, const char *name, const struct node *node,
		void *member);
void value_fallback(const struct schema *schema, const struct setting *setting, void *member);
/* What may stand there: "a whole number from 1 to 100". */
const char *value_allowed(struct arena *arena, const struct setting *setting);
/* https, or http to a loopback address; no user, query or fragment. False: *ret_reason says what is wrong. */
bool url_check(struct slice url, const char **ret_reason) MUST_CHECK;
bool url_is_loopback(struct slice url);		/* 127.0.0.0/8, [::1] or localhost */
