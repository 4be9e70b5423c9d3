/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alert text: what the rep reads, and which rule an activity falls under. Pure.
 *
 *	Joe Smith (Acme Inc.) downloaded “Pricing paper”
 *	Joe Smith (Acme Inc.): 3 activities
 *
 * Everything that came from outside is brought to one line of bounded length first, so no title can pose as
 *another line of the body; its last line holds the alert's key, by which a task is found again.
 */
#include "alerts_store.h"
#include "policy.h"

struct alert_story {
	int64_t alert_id;
	struct slice first_name, last_name, email, phone, account, opportunity; /* empty or null: not known */
	struct slice why;                       /* why this rep: a sentence without its full stop */
	const struct told_activity *activities; /* in any order */
	size_t n_activities;
};

const char *alert_key(struct arena *arena, int64_t alert_id); /* "t-01j9z3k7m2qxa" */
const char *alert_subject(struct arena *arena, const struct alert_story *story);
const char *alert_body(struct arena *arena, const struct alert_story *story);

/* The first rule that tells of such an activity; NULL: none does. */
const struct alert_rule *alert_rule_match(struct arena *arena, const struct policy *policy, struct slice kind,
                                          struct slice title);
/* The rule of an open alert; when it is gone from the policy, one with the defaults of the settings. */
const struct alert_rule *alert_rule_named(const struct policy *policy, struct slice name);
