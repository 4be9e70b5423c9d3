/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Policy: the one policy (policy.yaml): what identifies, who wins, who is told. Plain data, filled by settings/,
 * read by core/ and engine/.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field.h"

struct field_policy {
	const struct field *field;
	enum win win;
	const char *master;			/* WIN_MASTER: "ma", "sfa" or a connector's name */
	bool blank_wins;
};

/* An alert rule: which activities are told to the owner. */
struct alert_rule {
	const char *name;
	const char *const *activities;		/* kinds; empty: all */
	const char *title_like;			/* part of the title, any case; "" any */
	const char *channel;			/* connector whose task list is used; "" = the SFA of the opportunity */
	int64_t fold_ms;			/* activities of one person within this time go into one alert */
	int64_t max_age_ms;			/* an activity older than this is not told any more */
	int64_t due_ms;				/* task's due time after the activity */
	bool only_open_opportunity;		/* tell nobody when there is no open opportunity */
};

struct policy {
	const char *region;			/* default region of phone numbers, ISO 3166 alpha-2 */
	const char *const *nobody_emails;	/* addresses and local parts ("info@") that identify nobody; adds to the built-in */
	const char *const *nobody_phones;
	const char *const *freemail_domains;	/* adds to the built-in list */
	bool match_phone_name;			/* phone + name is an exact key */
	struct field_policy *fields;		/* every field of every entity that has golden values, custom ones too */
	size_t n_fields;
	struct field *custom;			/* user's own fields, of all entities */
	size_t n_custom;
	struct alert_rule *alerts;
	size_t n_alerts;
	const char *fallback_owner;		/* e-mail of the user told when nobody else can be; "" = nobody, alert is parked */
};

const struct field_policy *policy_field(const struct policy *policy, const struct field *field);
