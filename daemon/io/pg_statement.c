/* SPDX-License-Identifier: Apache-2.0 */
#include "pg_private.h"

#include "alloc.h"

/* FNV-1a over text and types; the texts are ours, so nobody chooses collisions. */
static uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
	for (const unsigned char *at = data, *end = at + len; at < end; at++)
		hash = (hash ^ *at) * UINT64_C(1099511628211);
	return hash;
}

static bool is_same(const struct statement *statement, const struct step *step, uint64_t hash)
{
	return statement->hash == hash && statement->n_types == step->n_params &&
	       memcmp(statement->types, step->types, (size_t)step->n_params * sizeof(Oid)) == 0 &&
	       strcmp(statement->sql, step->sql) == 0;
}

static void fill(struct pg *pg, struct statement *statement, const struct step *step, uint64_t hash)
{
	size_t size = (size_t)step->n_params * sizeof(Oid);

	*statement =
	        (struct statement){ .sql = alloc_text(step->sql), .hash = hash, .n_types = step->n_params };
	statement->types = alloc_zeroed(1, size + 1);
	memcpy(statement->types, step->types, size);
	statement->number = ++pg->statement_numbers;
	pg->n_statements++;
}

struct statement *statement_for(struct pg *pg, const struct step *step)
{
	uint64_t hash = hash_bytes(UINT64_C(14695981039346656037), step->sql, strlen(step->sql));

	hash = hash_bytes(hash, step->types, (size_t)step->n_params * sizeof(Oid));
	if (!pg->statements)
		pg->statements = alloc_zeroed(STATEMENTS_MAX, sizeof(struct statement));
	for (size_t at = hash % STATEMENTS_MAX;; at = (at + 1) % STATEMENTS_MAX) {
		struct statement *statement = &pg->statements[at];

		if (!statement->sql) {
			if (pg->n_statements >= STATEMENTS_MAX / 2)
				return NULL;
			fill(pg, statement, step, hash);
			return statement;
		}
		if (!is_same(statement, step, hash))
			continue;
		/* Sent in an earlier group and not answered: it may have been skipped there, so do not rely
		 * on it. */
		return statement->state == STATEMENT_SENT && statement->group != pg->group ? NULL : statement;
	}
}

/* On a new connection, or when the server no longer has them. Numbers go on: names are never used twice. */
void statements_forget(struct pg *pg)
{
	for (size_t i = 0; pg->statements && i < STATEMENTS_MAX; i++) {
		free(pg->statements[i].sql);
		free(pg->statements[i].types);
	}
	free(TAKE(pg->statements));
	pg->n_statements = 0;
}

void statement_name(const struct statement *statement, char name[16])
{
	(void)snprintf(name, 16, "s%u", statement->number);
}
