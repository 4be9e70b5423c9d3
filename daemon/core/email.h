/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Email: the mailbox behind what stands in an e-mail field.
 *
 * The first address of the text counts ("mailto:x@y", "Joe <x@y>", "x@y; z@y"). Lower case, international domains as A-labels,
 * "+tag" off; dots off where the provider ignores them (gmail.com, of which googlemail.com is another name). A mistyped
 * domain of a known provider is flagged and not changed: it is evidence, not a rewrite.
 */
#include <stdbool.h>

#include "arena.h"
#include "slice.h"

#define EMAIL_TEXT_MAX 1024			/* bytes of a value that are looked at */

struct email {
	struct slice text;			/* canonical "joe.smith@acme.com" */
	struct slice local, domain;		/* its parts */
	bool is_role;				/* info@, sales@ …: whoever works there */
	bool is_mistyped;			/* the address was broken and read as it must be meant, or its domain looks mistyped */
	struct slice meant;			/* the domain it looks like, "gmail.com"; null: no guess */
};

bool email_read(struct arena *arena, struct slice raw, struct email *ret) MUST_CHECK;	/* false: no address in it */
bool email_is_role(struct slice local);		/* lower case */
