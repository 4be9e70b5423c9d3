/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Party: one party as the server shows it, with the mechanisms and the address that stand for it.
 *
 * Tryton's party is person and company alike and keeps e-mail, phones and places as rows of their own. We
 * offer them as fields of the party: the value of the first active mechanism of a type, in the server's own
 * order, and of the first active address. Writing such a field changes that row, or makes one.
 */
#include "connector.h"
#include "json.h"
#include "tryton.h"

enum mechanism_type {
	MECHANISM_EMAIL,
	MECHANISM_PHONE,
	MECHANISM_MOBILE,
	MECHANISM_WEBSITE,
	MECHANISM_COUNT
};
extern const char *const mechanism_names[MECHANISM_COUNT]; /* Tryton's words */

enum address_part {
	ADDRESS_STREET,
	ADDRESS_POSTAL_CODE,
	ADDRESS_CITY,
	ADDRESS_WRITABLE,
	ADDRESS_STATE = ADDRESS_WRITABLE,
	ADDRESS_COUNTRY,
	ADDRESS_COUNT
};
extern const char *const address_names[ADDRESS_COUNT];

struct mechanism {
	struct slice id; /* null: the party has none of this type */
	struct slice value, comment, stamp;
};

struct address {
	struct slice id;
	struct slice parts[ADDRESS_COUNT];
	struct slice stamp;
};

struct party {
	struct slice id, name, stamp;
	struct slice replaced_by; /* id; empty: was not merged away */
	bool is_active;
	bool has_tax_identifier;
	bool shows_mechanisms,
	        shows_addresses; /* false: the answer had none of them, not even an empty list */
	struct mechanism mechanisms[MECHANISM_COUNT];
	struct address address;
	int64_t touched_us; /* newest stamp of its mechanisms and addresses, inactive ones too; 0: none */
};

/* Texts are borrowed from the tree. */
bool party_read(const json_t *row, struct party *ret, struct error *err) MUST_CHECK;
bool party_is_account(const struct tryton_config *config, const struct party *party);

/* What a field of the stream stands for. */
enum party_part { PART_NAME, PART_FIRST_NAME, PART_LAST_NAME, PART_TITLE, PART_MECHANISM, PART_ADDRESS };
struct party_field {
	const char *name;
	enum party_part part;
	int index; /* mechanism_type or address_part */
};
const struct party_field *party_field(const char *name); /* NULL: not one of ours */

/* push.c */
enum next party_push_ask(struct push *push, struct http_request *request, struct error *err);
bool party_push_read(struct push *push, const struct http_response *response, struct error *err);
