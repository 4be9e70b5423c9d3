/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Error: the kind is the policy, the text is for the operator.
 *
 * What can fail returns bool and fills err exactly when it returns false. Below engine/ nothing logs: an error is
 * reported upwards and logged once. Wording is PostgreSQL's: lower case, no full stop, no function names; "could
 * not" if it may work next time, "cannot" if never; quote names and give the value complained of. Never a secret.
 *
 *	if (!json_is_string(email))
 *		return fail(err, ERROR_RECORD, "email is not a string");
 *	if (!contact_decode(row, contact, err))
 *		return fail_in(err, "contact %s", id);		"contact 17: email is not a string"
 */
#include <stdbool.h>
#include <stdint.h>

#include "cleanup.h"

enum error_kind {
	ERROR_NONE,
	ERROR_TRANSIENT,			/* timeout, 5xx, lost connection: again later */
	ERROR_THROTTLED,			/* 429, quota: again after retry_after_s */
	ERROR_UNCERTAIN,			/* it may have taken effect: look before doing it again */
	ERROR_EXPIRED,				/* the session ran out: log in once, then the same request once more */
	ERROR_REFUSED,				/* credentials or rights: stop the stream, tell the operator */
	ERROR_TOO_LARGE,			/* the request's batch is too large: halve it */
	ERROR_RECORD,				/* this record only: park it, go on */
	ERROR_CONFIG,				/* do not start */
};

#define ERROR_TEXT_SIZE 512

struct error {
	enum error_kind kind;
	int retry_after_s;			/* with ERROR_THROTTLED; 0: the sender did not say */
	char text[ERROR_TEXT_SIZE];		/* cut at the end when longer, always valid UTF-8 */
};

const char *error_kind_name(enum error_kind kind);			/* "transient", "throttled", … */

/* Both always return false: reporting and leaving is one line. err may not be NULL. */
bool fail(struct error *err, enum error_kind kind, const char *fmt, ...) PRINTF(3, 4);
bool fail_in(struct error *err, const char *fmt, ...) PRINTF(2, 3);	/* puts "context: " before the text */
