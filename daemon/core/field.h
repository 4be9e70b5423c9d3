/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Field: the canonical fields, the few that everything is brought into. One table an entity.
 *
 * The order of a table is the order of the columns of that entity's table in the store and of the values of a golden
 * record; it only grows at its end (with a migration). A user's own fields (map: person: score: {remote: …}) are
 * custom fields: they get the indexes behind the table's and live in the store's `extras`.
 */
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "record.h"

enum field_type {
	FIELD_TEXT,
	FIELD_EMAIL,
	FIELD_PHONE,
	FIELD_PERSON_NAME,
	FIELD_COMPANY_NAME,
	FIELD_DOMAIN,				/* web address or domain */
	FIELD_AMOUNT,				/* exact decimal, kept as text */
	FIELD_NUMBER,
	FIELD_BOOL,
	FIELD_DATE,
	FIELD_TIME,
	FIELD_COUNTRY,
};

/* How the value of a golden record is chosen among its sources (design section 7). */
enum win { WIN_LATEST, WIN_MASTER, WIN_FIRST, WIN_ANY_TRUE, WIN_LONGEST };

struct field {
	const char *name;			/* "first_name" */
	enum entity entity;
	unsigned index;				/* in golden->values */
	enum field_type type;
	enum win win;				/* default; policy overrides */
	bool is_key;				/* custom: its value is an external id that identifies the entity */
	bool is_custom;
};

enum {
	PERSON_EMAIL, PERSON_FIRST_NAME, PERSON_LAST_NAME, PERSON_TITLE, PERSON_PHONE, PERSON_MOBILE, PERSON_COMPANY,
	PERSON_WEBSITE, PERSON_STREET, PERSON_CITY, PERSON_STATE, PERSON_POSTAL_CODE, PERSON_COUNTRY, PERSON_LIFECYCLE,
	PERSON_LEAD_STATUS, PERSON_EMAIL_OPT_OUT, PERSON_FIELD_COUNT,
};
enum {
	ACCOUNT_NAME, ACCOUNT_DOMAIN, ACCOUNT_WEBSITE, ACCOUNT_PHONE, ACCOUNT_STREET, ACCOUNT_CITY, ACCOUNT_STATE,
	ACCOUNT_POSTAL_CODE, ACCOUNT_COUNTRY, ACCOUNT_INDUSTRY, ACCOUNT_EMPLOYEES, ACCOUNT_EMAIL, ACCOUNT_FIELD_COUNT,
};
enum {
	OPPORTUNITY_NAME, OPPORTUNITY_STAGE, OPPORTUNITY_AMOUNT, OPPORTUNITY_CLOSE_DATE, OPPORTUNITY_IS_CLOSED,
	OPPORTUNITY_IS_WON, OPPORTUNITY_FIELD_COUNT,
};
enum { USER_EMAIL, USER_FIRST_NAME, USER_LAST_NAME, USER_IS_ACTIVE, USER_FIELD_COUNT };
enum {
	CAMPAIGN_NAME, CAMPAIGN_TYPE, CAMPAIGN_STATUS, CAMPAIGN_START_DATE, CAMPAIGN_END_DATE, CAMPAIGN_IS_ACTIVE,
	CAMPAIGN_FIELD_COUNT,
};
#define FIELD_COUNT_MAX 16			/* largest of the five */
#define FIELD_CUSTOM_MAX 16			/* a user's own fields an entity */

const struct field *field_table(enum entity entity, size_t *ret_count);
const struct field *field_find(enum entity entity, const char *name);	/* built-in ones only; NULL if none */
const char *field_type_name(enum field_type type);
const char *win_name(enum win win);
bool win_parse(struct slice text, enum win *ret) MUST_CHECK;
/*
 * Whether two values of a field mean the same to a reader (what decides a difference): phones by digits, e-mail by case,
 * amounts by value, booleans and dates by meaning, text by bytes after trimming and folding of white space.
 */
bool field_equal(enum field_type type, struct slice a, struct slice b);
/* The canonical form of what a remote says: trimmed, control characters off, dates as YYYY-MM-DD, times as ISO UTC,
 * booleans true/false. A value that is not of the type gives false with ERROR_RECORD, naming it. Blank stays blank. */
bool field_read(struct arena *arena, enum field_type type, struct slice value, struct slice *ret, struct error *err) MUST_CHECK;
