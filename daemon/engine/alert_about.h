/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Alert about: the records of one remote system that a task is about. Pure.
 *
 * They are kept with the alert while its sending is under way: should its outcome stay unknown, the task is
 * looked for with the same ids it was made with, whatever was linked or moved meanwhile.
 */
#include "alert_facts.h"

struct alert_about { /* remote ids; the null slice where that system does not know the thing */
	struct slice owner_id, person_object, person_id, account_id, opportunity_id;
	int64_t due_us; /* of the task */
};
void alert_about_find(const struct alert_facts *facts, const struct connector_config *connector,
                      int64_t person_id, int64_t opportunity_id, int64_t user_id, struct alert_about *ret);
struct slice alert_about_print(struct arena *arena, const struct alert_about *about);
bool alert_about_parse(struct arena *arena, struct slice json, struct alert_about *ret) MUST_CHECK;
/* The account a person is with, for a reader; NULL if not known. */
const struct fact_entity *alert_account(const struct alert_facts *facts, int64_t person_id);
