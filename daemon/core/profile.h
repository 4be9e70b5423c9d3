/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Profile: a record as the matcher sees it: its values normalised once, its identifiers judged.
 *
 * Made by profile_person() or profile_account() from canonical values; the counts are filled in by whoever
 * knows the other records (census.h in memory, a table in the store). All text lies in the arena given.
 */
#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "company.h"
#include "email.h"
#include "mapping.h"
#include "person_name.h"
#include "phone.h"
#include "policy.h"

enum identifier { /* exact facts some records have besides */
	IDENTIFIER_NATIONAL_ID, /* of a person */
	IDENTIFIER_BIRTH_DATE,
	IDENTIFIER_REGISTRATION, /* of a company: register or tax number */
	IDENTIFIER_COUNT,
};

enum { PROFILE_PHONES = 2, PROFILE_ROOTS = 8 };

/* How many of the records known hold a value; 1 at least for the record's own. */
struct profile_counts {
	uint32_t first, last;         /* given name, family name */
	uint32_t company, org, place; /* company name, domain, street with number */
	uint32_t city;
	uint32_t email_names;         /* incompatible names that use the address */
	uint32_t phone_names[PROFILE_PHONES];
	bool phone_is_switchboard[PROFILE_PHONES]; /* an account has it as its own */
};

struct profile {
	enum entity entity;
	struct person_name name;           /* persons */
	struct slice roots[PROFILE_ROOTS]; /* full names the given name may stand for */
	size_t n_roots;
	bool first_is_given; /* a given name in use */
	struct company company; /* employer, or the account itself */
	struct address address;
	struct slice place; /* street, number and postal code or city in one; empty: not whole */
	struct email email;
	bool has_email;   /* an address that may identify: no placeholder */
	struct slice org; /* business domain of the e-mail address, else of the web address; empty: none */
	struct slice web_org; /* business domain of the web address; empty: none */
	struct slice org_stem;
	bool email_is_business;                     /* org comes from the e-mail address */
	struct phone phones[PROFILE_PHONES];        /* phone, mobile; national null: none or a placeholder */
	struct slice identifiers[IDENTIFIER_COUNT]; /* letters and digits alone; empty: none */
	bool is_mailbox; /* a role mailbox without a person's name: one only with the same mailbox */
	bool is_nobody;  /* nothing in it identifies anybody: never linked */
	struct profile_counts counts;
};

void profile_person(struct arena *arena, const struct policy *policy, const struct slice values[VALUES_MAX],
                    struct slice full_name, struct profile *ret);
void profile_account(struct arena *arena, const struct policy *policy, const struct slice values[VALUES_MAX],
                     struct profile *ret);
void profile_identifier(struct arena *arena, struct profile *profile, enum identifier which,
                        struct slice value);
/* After the identifiers are in: whether the record can be linked at all. */
void profile_judge(struct profile *profile);
