/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Match: how much speaks for two records being one (Fellegi-Sunter, in bits), and what forbids it.
 *
 * Each piece of evidence has a level and a weight (match_policy.h); what is missing weighs nothing. A rare name
 * weighs more than a frequent one. Company, domain, address and switchboard are one piece of evidence: the best
 * counts. Vetoes come before weights: a pair with one is never linked by itself, whatever the sum.
 *
 * Two persons who both have a birth date or identity number are compared as a register does (match_register.c):
 * over all facts, any of which may be wrong as often as the store's own mistakes say (facts.h).
 *
 * A pure function of two profiles (with their counts) and the rules.
 */
#include "facts.h"
#include "match_policy.h"
#include "profile.h"

enum veto {
	VETO_NONE,
	VETO_FIRST_NAME,        /* two given names that are not one */
	VETO_LAST_NAME,         /* two family names, and nothing that explains it */
	VETO_GENERATION,        /* Sr and Jr */
	VETO_MAILBOX,           /* two mailboxes of one organisation */
	VETO_IDENTIFIER,        /* two register or identity numbers, or two birth dates */
	VETO_MAILBOX_IS_NOBODY, /* a role mailbox is no person */
	VETO_NOBODY,            /* placeholders only */
	VETO_COMPANY,           /* two companies that only resemble one another */
	VETO_COUNTRY,           /* legal forms or places of two countries */
	VETO_COUNT,
};

enum evidence {
	EVIDENCE_NAME,
	EVIDENCE_EMAIL,
	EVIDENCE_PHONE,
	EVIDENCE_IDENTIFIER,
	EVIDENCE_COMPANY, /* company, domain, place: the best of them */
	EVIDENCE_COUNT,
};

/* From what speaks against one mailbox to what speaks for it. */
enum email_level {
	EMAIL_MISSING,
	EMAIL_NUMBERED,   /* john.smith@ and john.smith2@ */
	EMAIL_DIFFERS,    /* two mailboxes of one organisation */
	EMAIL_UNRELATED,  /* of two organisations, or private: says nothing */
	EMAIL_ALIAS,      /* another spelling of the same name at the same organisation */
	EMAIL_SHARED,     /* the same, and nobody's own */
	EMAIL_SLIP,       /* one letter apart */
	EMAIL_OTHER_HOST, /* same person-like local part at another domain of the same stem */
	EMAIL_OWN,
};

struct match {
	float weight; /* sum of the evidence and the prior; above 0: more likely one than two */
	float evidence[EVIDENCE_COUNT];
	enum veto veto;
	enum email_level email;
	struct facts facts; /* of persons of a register */
	bool is_register;   /* compared as a register does */
	bool is_strong;     /* an own mailbox, own number or identifier in common */
	bool has_rivals;    /* both have identifiers of their own of one sort, none in common */
	bool is_question;   /* to be asked whatever the weight */
	bool is_bare;       /* nothing strong, but the whole name at one company */
	bool is_account;
};

struct match_rules {
	const struct match_policy *policy;
	struct mistakes mistakes;
	double n_records; /* known to the census the counts come from */
	float prior;      /* bits: how likely two records of the store are one (census.h) */
};

/* Of a store of n_records that says nothing about itself yet. */
void match_rules_init(struct match_rules *rules, const struct match_policy *policy, double n_records);
void match_pair(const struct match_rules *rules, const struct profile *a, const struct profile *b,
                struct match *ret);
bool match_links(const struct match_rules *rules, const struct match *match);
bool match_asks(const struct match_rules *rules, const struct match *match);
const char *veto_name(enum veto veto);
const char *evidence_name(enum evidence evidence);

/* -- names alone: for the census as well -- */

enum name_level {
	NAME_MISSING,
	NAME_SAME,
	NAME_NICK, /* nickname, or one part of a double name */
	NAME_INITIAL,
	NAME_SLIP, /* a letter typed wrong, or transliterated by other rules */
	NAME_NEAR, /* several letters typed wrong: told from another name in registers only */
	NAME_DIFFERENT,
};

struct name_match {
	enum name_level first, last;
	bool is_swapped;
	bool generations_differ;
};

void match_names(const struct profile *a, const struct profile *b, struct name_match *ret);
bool names_are_compatible(const struct name_match *match); /* could be one person's */
