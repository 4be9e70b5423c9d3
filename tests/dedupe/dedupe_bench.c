/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs records of a CSV file through the normalisers, the blocking and the matcher, in memory:
 *
 *	dedupe_bench person|account RECORDS.csv[.gz] CLUSTERS.csv [REVIEW.csv [ACCOUNTS.csv]]
 *
 * CLUSTERS.csv gets record_id,cluster_id; REVIEW.csv the pairs a person would be asked about. Columns are the
 *standard ones or one of their other names below.
 */
#include <stdio.h>

#include "block.h"
#include "census.h"
#include "clock.h"
#include "csv.h"
#include "resolve.h"

/* Standard column, and what else it is called. */
static const struct {
	const char *name;
	int person, account; /* canonical value; -1: none */
} columns[] = {
	{ "email", PERSON_EMAIL, ACCOUNT_EMAIL },
	{ "first_name", PERSON_FIRST_NAME, -1 },
	{ "given_name", PERSON_FIRST_NAME, -1 },
	{ "last_name", PERSON_LAST_NAME, -1 },
	{ "surname", PERSON_LAST_NAME, -1 },
	{ "title", PERSON_TITLE, -1 },
	{ "company", PERSON_COMPANY, -1 },
	{ "name", -1, ACCOUNT_NAME },
	{ "website", PERSON_WEBSITE, ACCOUNT_WEBSITE },
	{ "phone", PERSON_PHONE, ACCOUNT_PHONE },
	{ "mobile", PERSON_MOBILE, -1 },
	{ "street", PERSON_STREET, ACCOUNT_STREET },
	{ "address", PERSON_STREET, ACCOUNT_STREET },
	{ "address_1", PERSON_STREET, ACCOUNT_STREET },
	{ "city", PERSON_CITY, ACCOUNT_CITY },
	{ "suburb", PERSON_CITY, ACCOUNT_CITY },
	{ "state", PERSON_STATE, ACCOUNT_STATE },
	{ "postal_code", PERSON_POSTAL_CODE, ACCOUNT_POSTAL_CODE },
	{ "postcode", PERSON_POSTAL_CODE, ACCOUNT_POSTAL_CODE },
	{ "country", PERSON_COUNTRY, ACCOUNT_COUNTRY },
};

static const struct {
	const char *name;
	enum identifier which;
} identifiers[] = {
	{ "birth_date", IDENTIFIER_BIRTH_DATE },  { "date_of_birth", IDENTIFIER_BIRTH_DATE },
	{ "dob", IDENTIFIER_BIRTH_DATE },         { "national_id", IDENTIFIER_NATIONAL_ID },
	{ "soc_sec_id", IDENTIFIER_NATIONAL_ID }, { "registration_number", IDENTIFIER_REGISTRATION },
};

struct bench {
	struct arena *arena;
	enum entity entity;
	struct csv csv;
	struct profile *profiles;
	size_t n;
	struct pair *pairs;
	size_t n_pairs, size_pairs;
	uint32_t *candidates; /* of each record */
};

static const struct policy policy = { .region = "US", .match_phone_name = true };

static struct slice cell(const struct csv *csv, size_t row, int column)
{
	return column < 0 ? SLICE("") : csv->cells[row * csv->n_columns + (size_t)column];
}

static void add_second_line(const struct bench *bench, size_t row, struct slice values[VALUES_MAX])
{
	struct slice line = cell(&bench->csv, row, csv_column(&bench->csv, "address_2"));

	if (line.len && bench->entity == ENTITY_PERSON)
		values[PERSON_STREET] = slice_of(arena_printf(bench->arena, "%.*s %.*s",
		                                              SLICE_ARGS(values[PERSON_STREET]), SLICE_ARGS(line)));
}

static void values_of(const struct bench *bench, size_t row, struct slice values[VALUES_MAX])
{
	int number = csv_column(&bench->csv, "street_number");

	for (size_t i = 0; i < VALUES_MAX; i++)
		values[i] = SLICE("");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		int to = bench->entity == ENTITY_PERSON ? columns[i].person : columns[i].account;
		struct slice value = cell(&bench->csv, row, csv_column(&bench->csv, columns[i].name));

		if (to >= 0 && value.len)
			values[to] = value;
	}
	add_second_line(bench, row, values);
	if (number >= 0 && bench->entity == ENTITY_PERSON && cell(&bench->csv, row, number).len)
		values[PERSON_STREET] = slice_of(arena_printf(bench->arena, "%.*s %.*s",
		                                              SLICE_ARGS(cell(&bench->csv, row, number)),
		                                              SLICE_ARGS(values[PERSON_STREET])));
}

static void make_profile(struct bench *bench, size_t row)
{
	struct profile *profile = &bench->profiles[row];
	struct slice values[VALUES_MAX];

	values_of(bench, row, values);
	if (bench->entity == ENTITY_PERSON)
		profile_person(bench->arena, &policy, values,
		               cell(&bench->csv, row, csv_column(&bench->csv, "full_name")), profile);
	else
		profile_account(bench->arena, &policy, values, profile);
	for (size_t i = 0; i < ARRAY_SIZE(identifiers); i++) {
		struct slice value = cell(&bench->csv, row, csv_column(&bench->csv, identifiers[i].name));

		if (value.len)
			profile_identifier(bench->arena, profile, identifiers[i].which, value);
	}
	profile_judge(profile);
}

/* -- candidates -- */

struct posting {
	int64_t hash;
	uint32_t record;
};

static int by_hash(const void *x, const void *y)
{
	const struct posting *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->record > b->record) - (a->record < b->record);
}

static int by_records(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);
}

static void add_pair(struct bench *bench, uint32_t a, uint32_t b)
{
	if (bench->n_pairs == bench->size_pairs) {
		bench->pairs = arena_grow(bench->arena, bench->pairs, bench->n_pairs,
		                          2 * bench->size_pairs + 1024, sizeof(struct pair));
		bench->size_pairs = 2 * bench->size_pairs + 1024;
	}
	bench->pairs[bench->n_pairs++] = (struct pair){ .a = a < b ? a : b, .b = a < b ? b : a };
}

static void pair_block(struct bench *bench, const struct posting *postings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			add_pair(bench, postings[i].record, postings[j].record);
}

static void pair_blocks(struct bench *bench, struct posting *postings, size_t n, bool refine)
{
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from; to < n && postings[to].hash == postings[from].hash; to++)
			;
		if (to - from <= BLOCK_LIMIT) {
			pair_block(bench, postings + from, to - from);
		} else if (refine) {
			for (size_t i = from; i < to; i++)
				postings[i].hash = block_refine((struct block_key){ postings[i].hash },
				                                &bench->profiles[postings[i].record])
				                           .hash;
			qsort(postings + from, to - from, sizeof(*postings), by_hash);
			pair_blocks(bench, postings + from, to - from, false);
		}
	}
}

static void find_candidates(struct bench *bench)
{
	struct posting *postings = arena_array(bench->arena, bench->n * BLOCK_KEYS_MAX, sizeof(*postings));
	size_t n = 0, unique = 0;

	for (size_t i = 0; i < bench->n; i++) {
		struct block_key keys[BLOCK_KEYS_MAX];
		size_t n_keys = block_keys(&bench->profiles[i], keys);

		for (size_t k = 0; k < n_keys; k++)
			postings[n++] = (struct posting){ keys[k].hash, (uint32_t)i };
	}
	qsort(postings, n, sizeof(*postings), by_hash);
	pair_blocks(bench, postings, n, true);
	qsort(bench->pairs, bench->n_pairs, sizeof(*bench->pairs), by_records);
	for (size_t i = 0; i < bench->n_pairs; i++)
		if (i == 0 || by_records(&bench->pairs[i], &bench->pairs[i - 1]) != 0)
			bench->pairs[unique++] = bench->pairs[i];
	bench->n_pairs = unique;
}

static int by_number(const void *x, const void *y)
{
	return (*(const uint32_t *)x > *(const uint32_t *)y) - (*(const uint32_t *)x < *(const uint32_t *)y);
}

static void print_candidates(struct bench *bench)
{
	uint32_t *count = arena_array(bench->arena, bench->n + 1, sizeof(*count));

	for (size_t i = 0; i < bench->n_pairs; i++) {
		count[bench->pairs[i].a]++;
		count[bench->pairs[i].b]++;
	}
	qsort(count, bench->n, sizeof(*count), by_number);
	printf("candidates: %zu pairs, a record: median %u, p99 %u, most %u\n", bench->n_pairs,
	       count[bench->n / 2], count[bench->n * 99 / 100], count[bench->n - 1]);
}

/* -- files -- */

static bool write_clusters(const struct bench *bench, const struct resolution *resolution, const char *path)
{
	FILE *file = fopen(path, "w");
	int id = csv_column(&bench->csv, "record_id");

	if (!file)
		return false;
	fputs("record_id,cluster_id\n", file);
	for (size_t i = 0; i < bench->n; i++)
		fprintf(file, "%.*s,%u\n", SLICE_ARGS(cell(&bench->csv, i, id)), resolution->cluster[i]);
	return fclose(file) == 0;
}

static bool write_questions(const struct bench *bench, const struct resolution *resolution, const char *path)
{
	FILE *file = fopen(path, "w");
	int id = csv_column(&bench->csv, "record_id");

	if (!file)
		return false;
	fputs("record_id_a,record_id_b,weight,veto,strong,name,email,phone,identifier,company\n", file);
	for (size_t i = 0; i < resolution->n_questions; i++) {
		const struct pair *pair = &resolution->questions[i];

		fprintf(file, "%.*s,%.*s,%.1f,%s,%d", SLICE_ARGS(cell(&bench->csv, pair->a, id)),
		        SLICE_ARGS(cell(&bench->csv, pair->b, id)), (double)pair->match.weight,
		        veto_name(pair->match.veto), pair->match.is_strong);
		for (size_t e = 0; e < EVIDENCE_COUNT; e++)
			fprintf(file, ",%.1f", (double)pair->match.evidence[e]);
		fputc('\n', file);
	}
	return fclose(file) == 0;
}

static bool add_switchboards(struct arena *arena, const char *path, struct census *census, struct error *err)
{
	struct bench accounts = { .arena = arena, .entity = ENTITY_ACCOUNT };

	if (!csv_read(arena, path, &accounts.csv, err))
		return false;
	for (size_t i = 0; i < accounts.csv.n_rows; i++) {
		struct slice values[VALUES_MAX];
		struct profile profile;

		values_of(&accounts, i, values);
		profile_account(arena, &policy, values, &profile);
		if (profile.phones[0].e164.len)
			census_add_switchboard(census, profile.phones[0].e164);
	}
	return true;
}

static void match_all(struct bench *bench, const struct match_rules *rules)
{
	for (size_t i = 0; i < bench->n_pairs; i++)
		match_pair(rules, &bench->profiles[bench->pairs[i].a], &bench->profiles[bench->pairs[i].b],
		           &bench->pairs[i].match);
}

/* Persons of a register are compared twice: first to see how often each fact is wrong in this store. */
static void learn_mistakes(struct bench *bench, struct match_rules *rules)
{
	struct fact_counts *counts = arena_alloc(bench->arena, sizeof(*counts));
	static const char *const names[FACT_COUNT] = { "first", "last", "birth", "number", "place", "email" };
	size_t n = 0;

	for (size_t i = 0; i < bench->n_pairs; i++)
		if (bench->pairs[i].match.is_register) {
			facts_add(counts, &bench->pairs[i].match.facts);
			n++;
		}
	if (n == 0)
		return;
	facts_estimate(counts, &rules->mistakes);
	printf("mistakes:");
	for (size_t i = 0; i < FACT_COUNT; i++)
		printf(" %s %.3f", names[i], (double)rules->mistakes.rate[i]);
	printf("; twins %d, namesakes %d, strangers %d\n", rules->mistakes.allow_twins,
	       rules->mistakes.allow_namesakes, rules->mistakes.allow_strangers);
	match_all(bench, rules);
}

static bool run(struct bench *bench, char **argv, int argc, struct error *err)
{
	CLEANUP(census_free_p) struct census *census = census_new();
	struct match_rules rules;
	struct resolution resolution;
	int64_t begin = clock_mono_us(), end;

	if (argc > 5 && !add_switchboards(bench->arena, argv[5], census, err))
		return false;
	begin = clock_mono_us();
	bench->profiles = arena_array(bench->arena, bench->n + 1, sizeof(*bench->profiles));
	for (size_t i = 0; i < bench->n; i++)
		make_profile(bench, i);
	printf("normalise: %.2f s\n", (double)(clock_mono_us() - begin) / 1e6);
	for (size_t i = 0; i < bench->n; i++)
		census_add(census, &bench->profiles[i]);
	for (size_t i = 0; i < bench->n; i++)
		census_count(census, &bench->profiles[i]);
	match_rules_init(&rules, &match_cautious, census_records(census));
	printf("census: %.2f s\n", (double)(clock_mono_us() - begin) / 1e6);
	find_candidates(bench);
	printf("block: %.2f s\n", (double)(clock_mono_us() - begin) / 1e6);
	match_all(bench, &rules);
	learn_mistakes(bench, &rules);
	printf("match: %.2f s\n", (double)(clock_mono_us() - begin) / 1e6);
	resolve(bench->arena, &rules, bench->profiles, bench->n, bench->pairs, bench->n_pairs, &resolution);
	end = clock_mono_us();
	print_candidates(bench);
	printf("%zu records in %.2f s: %.0f a second; %zu questions\n", bench->n, (double)(end - begin) / 1e6,
	       (double)bench->n * 1e6 / (double)(end - begin), resolution.n_questions);
	if (!write_clusters(bench, &resolution, argv[3]))
		return fail(err, ERROR_CONFIG, "could not write \"%s\"", argv[3]);
	if (argc > 4 && !write_questions(bench, &resolution, argv[4]))
		return fail(err, ERROR_CONFIG, "could not write \"%s\"", argv[4]);
	return true;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 20);
	struct bench bench = { .arena = arena };
	struct error err = { 0 };

	if (argc < 4) {
		fputs("usage: dedupe_bench person|account RECORDS.csv[.gz] CLUSTERS.csv [REVIEW.csv "
		      "[ACCOUNTS.csv]]\n",
		      stderr);
		return 2;
	}
	bench.entity = strcmp(argv[1], "account") == 0 ? ENTITY_ACCOUNT : ENTITY_PERSON;
	if (!csv_read(arena, argv[2], &bench.csv, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	bench.n = bench.csv.n_rows;
	if (!run(&bench, argv, argc, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	return 0;
}
