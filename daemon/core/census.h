/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Census: how many records hold each value, and how many incompatible names hold each address and number.
 *
 * What the lists of nobody.h do not know is found here: an address or number used under several names that cannot be
 * one person's is nobody's own. Held in memory; profiles must outlive it.
 */
#include "profile.h"

struct census;

struct census *census_new(void);
void census_free(struct census *census);				/* NULL is fine */
void census_add(struct census *census, const struct profile *profile);
/* Numbers of accounts are switchboards to persons. */
void census_add_switchboard(struct census *census, struct slice e164);
void census_count(const struct census *census, struct profile *profile);	/* fills profile->counts but for the names */
void census_count_names(const struct census *census, struct profile *profile);	/* after all are counted */
double census_records(const struct census *census);
/* log2 of the odds that two records taken blindly are one, from how often a value of one name is held twice. */
float census_prior(const struct census *census);

DEFINE_CLEANUP(struct census *, census_free)
