/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs records of a CSV file through the normalisers, the blocking and the matcher, in memory. README.md says how.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "candidates.h"
#include "census.h"
#include "clock.h"
#include "csv.h"

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
	int column[ARRAY_SIZE(columns)], identifier[ARRAY_SIZE(identifiers)]; /* where they are; -1: not there */
	int id, full_name, house, second_line;
	struct profile *profiles;
	size_t n;
	struct pair *pairs;
	size_t n_pairs;
};

static const struct policy policy = { .region = "US", .match_phone_name = true };

static struct slice cell(const struct csv *csv, size_t row, int column)
{
	return column < 0 ? SLICE("") : csv->cells[row * csv->n_columns + (size_t)column];
}

static void find_columns(struct bench *bench)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		bench->column[i] = csv_column(&bench->csv, columns[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(identifiers); i++)
		bench->identifier[i] = csv_column(&bench->csv, identifiers[i].name);
	bench->id = csv_column(&bench->csv, "record_id");
	bench->full_name = csv_column(&bench->csv, "full_name");
	bench->house = csv_column(&bench->csv, "street_number");
	bench->second_line = csv_column(&bench->csv, "address_2");
}

/* House number and second line where they have columns of their own. */
static void complete_street(const struct bench *bench, size_t row, struct slice *street)
{
	struct slice house = cell(&bench->csv, row, bench->house);
	struct slice line = cell(&bench->csv, row, bench->second_line);

	if (house.len || line.len)
		*street = slice_of(arena_printf(bench->arena, "%.*s %.*s %.*s", SLICE_ARGS(house), SLICE_ARGS(*street),
		                                SLICE_ARGS(line)));
}

static void values_of(const struct bench *bench, size_t row, struct slice values[VALUES_MAX])
{
	for (size_t i = 0; i < VALUES_MAX; i++)
		values[i] = SLICE("");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		int to = bench->entity == ENTITY_PERSON ? columns[i].person : columns[i].account;
		struct slice value = cell(&bench->csv, row, bench->column[i]);

		if (to >= 0 && value.len)
			values[to] = value;
	}
	if (bench->entity == ENTITY_PERSON)
		complete_street(bench, row, &values[PERSON_STREET]);
}

static void make_profile(struct bench *bench, size_t row)
{
	struct profile *profile = &bench->profiles[row];
	struct slice values[VALUES_MAX];

	values_of(bench, row, values);
	if (bench->entity == ENTITY_PERSON)
		profile_person(bench->arena, &policy, values,
		               cell(&bench->csv, row, bench->full_name), profile);
	else
		profile_account(bench->arena, &policy, values, profile);
	for (size_t i = 0; i < ARRAY_SIZE(identifiers); i++) {
		struct slice value = cell(&bench->csv, row, bench->identifier[i]);

		if (value.len)
			profile_identifier(bench->arena, profile, identifiers[i].which, value);
	}
	profile_judge(profile);
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
	int id = bench->id;

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
	int id = bench->id;

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
	find_columns(&accounts);
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

/* Another order of arrival of the same records. */
static void shuffle(struct bench *bench, uint64_t seed)
{
	struct csv *csv = &bench->csv;
	uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;

	for (size_t i = csv->n_rows; i > 1; i--) {
		struct slice *x = csv->cells + (i - 1) * csv->n_columns, *y;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		y = csv->cells + state % i * csv->n_columns;
		for (size_t c = 0; x != y && c < csv->n_columns; c++) {
			struct slice cell_x = x[c];

			x[c] = y[c];
			y[c] = cell_x;
		}
	}
}

static void print_policy(const struct match_policy *of)
{
	printf("%s: %s\n", of->name, of->what);
	for (int i = 0; i < WEIGHT_COUNT; i++) {
		const struct weight_note *note = match_weight_note((enum weight)i);

		printf("%-30s %6.1f  %s\n", note->name, (double)of->weight[i], note->reason);
	}
}

/* Records a second of one step, and of all so far. */
static void print_step(const struct bench *bench, const char *step, int64_t begin)
{
	double seconds = (double)(clock_mono_us() - begin) / 1e6;

	printf("%-12s %8.3f s %10.0f records/s\n", step, seconds, (double)bench->n / (seconds > 0 ? seconds : 1e-6));
}

static void normalise(struct bench *bench, struct census *census)
{
	bench->profiles = arena_array(bench->arena, bench->n + 1, sizeof(*bench->profiles));
	for (size_t i = 0; i < bench->n; i++)
		make_profile(bench, i);
	for (size_t i = 0; i < bench->n; i++)
		census_add(census, &bench->profiles[i]);
	for (size_t i = 0; i < bench->n; i++)
		census_count(census, &bench->profiles[i]);
	for (size_t i = 0; i < bench->n; i++)
		census_count_names(census, &bench->profiles[i]);
}

struct options {
	const char *object, *records, *clusters, *questions, *accounts;
	const struct match_policy *policy;
	uint64_t shuffle; /* 0: as they are */
};

static bool run(struct bench *bench, const struct options *options, int64_t started, struct error *err)
{
	CLEANUP(census_free_p) struct census *census = census_new();
	struct match_rules rules;
	struct resolution resolution;
	int64_t begin;

	if (options->accounts && !add_switchboards(bench->arena, options->accounts, census, err))
		return false;
	begin = clock_mono_us();
	normalise(bench, census);
	print_step(bench, "normalise", begin);
	match_rules_init(&rules, options->policy, census_records(census));
	rules.prior = census_prior(census);
	bench->n_pairs = find_candidates(bench->arena, bench->profiles, bench->n, &bench->pairs);
	print_step(bench, "+ block", begin);
	match_all(bench, &rules);
	learn_mistakes(bench, &rules);
	print_step(bench, "+ score", begin);
	resolve(bench->arena, &rules, bench->profiles, bench->n, bench->pairs, bench->n_pairs, &resolution);
	print_step(bench, "+ resolve", begin);
	print_step(bench, "with parsing", started);
	print_candidates(bench);
	printf("prior: %.2f bits; questions: %zu\n", (double)rules.prior, resolution.n_questions);
	if (!write_clusters(bench, &resolution, options->clusters))
		return fail(err, ERROR_CONFIG, "could not write \"%s\"", options->clusters);
	if (options->questions && !write_questions(bench, &resolution, options->questions))
		return fail(err, ERROR_CONFIG, "could not write \"%s\"", options->questions);
	return true;
}

static bool read_options(int argc, char **argv, struct options *ret)
{
	static const struct option known[] = {
		{ "object", required_argument, NULL, 'o' },   { "records", required_argument, NULL, 'r' },
		{ "out", required_argument, NULL, 'c' },      { "review-out", required_argument, NULL, 'q' },
		{ "accounts", required_argument, NULL, 'a' }, { "policy", required_argument, NULL, 'p' },
		{ "shuffle", required_argument, NULL, 's' },  { NULL, 0, NULL, 0 },
	};
	int option;

	*ret = (struct options){ .object = "person", .policy = &match_cautious };
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'o':
			ret->object = optarg;
			break;
		case 'r':
			ret->records = optarg;
			break;
		case 'c':
			ret->clusters = optarg;
			break;
		case 'q':
			ret->questions = optarg;
			break;
		case 'a':
			ret->accounts = optarg;
			break;
		case 'p':
			ret->policy = match_policy_find(slice_of(optarg));
			break;
		case 's':
			ret->shuffle = strtoull(optarg, NULL, 10);
			break;
		default:
			return false;
		}
	}
	return ret->policy && (strcmp(ret->object, "person") == 0 || strcmp(ret->object, "account") == 0) &&
	       (!ret->records == !ret->clusters);
}

int main(int argc, char **argv)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 20);
	struct bench bench = { .arena = arena };
	struct error err = { 0 };
	struct options options;
	int64_t started = clock_mono_us();

	if (!read_options(argc, argv, &options)) {
		fputs("usage: dedupe_bench [--policy cautious|balanced] [--object person|account] --records FILE.csv[.gz]\n"
		      "\t--out CLUSTERS.csv [--review-out PAIRS.csv] [--accounts FILE.csv[.gz]] [--shuffle SEED]\n",
		      stderr);
		return 2;
	}
	if (!options.records) {
		print_policy(options.policy);
		return 0;
	}
	bench.entity = strcmp(options.object, "account") == 0 ? ENTITY_ACCOUNT : ENTITY_PERSON;
	if (csv_read(arena, options.records, &bench.csv, &err)) {
		bench.n = bench.csv.n_rows;
		find_columns(&bench);
		if (options.shuffle)
			shuffle(&bench, options.shuffle);
		if (run(&bench, &options, started, &err))
			return 0;
	}
	fprintf(stderr, "%s\n", err.text);
	return 1;
}
