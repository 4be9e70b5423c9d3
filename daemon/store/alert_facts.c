/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_facts.h"

#include <stdlib.h>
#include <string.h>

/* -- Look-ups: all lists are sorted by an int64_t that stands first in their items -- */

static int64_t number_at(const void *at)
{
	int64_t number;

	memcpy(&number, at, sizeof(number));
	return number;
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_number(const void *a, const void *b)
{
	return compare(number_at(a), number_at(b));
}

static const void *find(const void *list, size_t n, size_t size, int64_t number)
{
	return n ? bsearch(&number, list, n, size, by_number) : NULL;
}

const struct fact_record *fact_record(const struct alert_facts *facts, int64_t src_key)
{
	return find(facts->records, facts->n_records, sizeof(*facts->records), src_key);
}

const struct fact_person *fact_person(const struct alert_facts *facts, int64_t person_id)
{
	const struct fact_person *person = find(facts->persons, facts->n_persons, sizeof(*person), person_id);

	for (int i = 0; person && person->merged_into && i < FACT_MERGES_MAX; i++)
		person = find(facts->persons, facts->n_persons, sizeof(*person), person->merged_into);
	return person;
}

const struct fact_entity *fact_account(const struct alert_facts *facts, int64_t account_id)
{
	return find(facts->accounts, facts->n_accounts, sizeof(*facts->accounts), account_id);
}

const struct fact_entity *fact_opportunity(const struct alert_facts *facts, int64_t opportunity_id)
{
	return find(facts->opportunities, facts->n_opportunities, sizeof(*facts->opportunities),
	            opportunity_id);
}

const struct fact_user *fact_user(const struct alert_facts *facts, int64_t user_id)
{
	return find(facts->users, facts->n_users, sizeof(*facts->users), user_id);
}

typedef int64_t record_key(const struct fact_record *record);

static int64_t entity_of(const struct fact_record *record)
{
	return record->entity_id;
}

static int64_t account_of(const struct fact_record *record)
{
	return record->account_key;
}

static struct fact_span span(struct fact_record *const *list, size_t n, record_key *key, int64_t number)
{
	size_t low = 0, high = n, end;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (key(list[middle]) < number)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < n && key(list[end]) == number; end++)
		;
	return (struct fact_span){ list + low, number ? end - low : 0 };
}

struct fact_span fact_records_of(const struct alert_facts *facts, int64_t entity_id)
{
	return span(facts->by_entity, facts->n_records, entity_of, entity_id);
}

struct fact_span fact_opportunities_of(const struct alert_facts *facts, int64_t account_key)
{
	return span(facts->by_account, facts->n_by_account, account_of, account_key);
}

const struct fact_role *fact_roles_of(const struct alert_facts *facts, int64_t person_key, size_t *ret_n)
{
	const struct fact_role *first = find(facts->roles, facts->n_roles, sizeof(*first), person_key),
	                       *last = first;

	*ret_n = 0;
	if (!first)
		return NULL;
	while (first > facts->roles && first[-1].person_key == person_key)
		first--;
	while (last < facts->roles + facts->n_roles && last->person_key == person_key)
		last++;
	*ret_n = (size_t)(last - first);
	return first;
}

/* -- Sorting -- */

static int by_entity(const void *a, const void *b)
{
	const struct fact_record *x = *(struct fact_record *const *)a, *y = *(struct fact_record *const *)b;
	int order = compare(x->entity_id, y->entity_id);

	return order ? order : compare(x->src_key, y->src_key);
}

static int by_account(const void *a, const void *b)
{
	const struct fact_record *x = *(struct fact_record *const *)a, *y = *(struct fact_record *const *)b;
	int order = compare(x->account_key, y->account_key);

	return order ? order : compare(x->src_key, y->src_key);
}

/* Sorted by the number in front, each number once. */
static void sort(void *list, size_t *n, size_t size)
{
	char *items = list;
	size_t kept = 0;

	if (*n < 2)
		return;
	qsort(list, *n, size, by_number);
	for (size_t i = 0; i < *n; i++) {
		if (kept && number_at(items + i * size) == number_at(items + (kept - 1) * size))
			continue;
		if (kept != i)
			memcpy(items + kept * size, items + i * size, size);
		kept++;
	}
	*n = kept;
}

static void sort_records(struct arena *arena, struct alert_facts *facts)
{
	sort(facts->records, &facts->n_records, sizeof(*facts->records));
	facts->by_entity = arena_array(arena, facts->n_records + 1, sizeof(*facts->by_entity));
	facts->by_account = arena_array(arena, facts->n_records + 1, sizeof(*facts->by_account));
	facts->n_by_account = 0;
	for (size_t i = 0; i < facts->n_records; i++) {
		struct fact_record *record = &facts->records[i];

		facts->by_entity[i] = record;
		if (record->entity == ENTITY_OPPORTUNITY && record->account_key)
			facts->by_account[facts->n_by_account++] = record;
	}
	qsort(facts->by_entity, facts->n_records, sizeof(*facts->by_entity), by_entity);
	qsort(facts->by_account, facts->n_by_account, sizeof(*facts->by_account), by_account);
}

void alert_facts_sort(struct arena *arena, struct alert_facts *facts)
{
	sort_records(arena, facts);
	sort(facts->persons, &facts->n_persons, sizeof(*facts->persons));
	sort(facts->accounts, &facts->n_accounts, sizeof(*facts->accounts));
	sort(facts->opportunities, &facts->n_opportunities, sizeof(*facts->opportunities));
	sort(facts->users, &facts->n_users, sizeof(*facts->users));
	if (facts->n_roles) /* a person has several: they are not made unique */
		qsort(facts->roles, facts->n_roles, sizeof(*facts->roles), by_number);
}
