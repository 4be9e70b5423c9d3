/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Secret: passwords, tokens and keys, which stand beside the configuration and never in it.
 *
 * {file: PATH} (a regular file of at most 64 KiB; a relative path starts at the configuration's folder),
 * {env: NAME}, or {credential: NAME} (systemd's LoadCredential=). One final newline is taken off. What was read is
 * wiped before its memory is given back, and no message shows it.
 */
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

#define SECRET_MAX 65536

struct secrets {
	struct arena *arena;			/* where they live; longer than this struct's use */
	const char *dir;			/* of relative files */
	bool is_read;				/* false: only form is checked; placeholders until secrets_forget() */
	struct slice **list;			/* members that hold a secret */
	size_t n;
};

enum secret_source { SECRET_FILE, SECRET_ENV, SECRET_CREDENTIAL };
/* "file", "env", "credential" */
bool secret_source_parse(struct slice word, enum secret_source *ret) MUST_CHECK;

/* Reads one secret into *member, which must live as long as the arena. Errors name the source, never the content. */
bool secret_read(struct secrets *secrets, enum secret_source source, const char *name, struct slice *member,
		 struct error *err) MUST_CHECK;
void secrets_forget(struct secrets *secrets);		/* placeholders become null slices */
void secrets_wipe(struct secrets *secrets);		/* all members: bytes overwritten, null afterwards */
