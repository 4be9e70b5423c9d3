/* SPDX-License-Identifier: Apache-2.0 */
#include "block.h"
#include "census.h"
#include "resolve.h"
#include "tap.h"

#define PERSONS_MAX 40

static const struct policy policy = { .region = "US", .match_phone_name = true };

struct person {
	const char *first, *last, *email, *phone, *company;
};

struct world {
	struct arena *arena;
	struct profile profiles[PERSONS_MAX];
	size_t n;
	struct resolution resolution;
};

static bool share_a_block(const struct profile *a, const struct profile *b)
{
	struct block_key x[BLOCK_KEYS_MAX], y[BLOCK_KEYS_MAX];
	size_t n = block_keys(a, x), m = block_keys(b, y);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			if (x[i].hash == y[j].hash)
				return true;
	return false;
}

static void run(struct world *world, const struct person *persons, size_t n)
{
	CLEANUP(census_free_p) struct census *census = census_new();
	struct match_rules rules;
	struct pair *pairs = arena_array(world->arena, n * n, sizeof(*pairs));
	size_t n_pairs = 0;

	match_rules_init(&rules, &match_cautious, 20000);
	world->n = n;
	for (size_t i = 0; i < n; i++) {
		struct slice values[VALUES_MAX] = {
			[PERSON_FIRST_NAME] = slice_of(persons[i].first),
			[PERSON_LAST_NAME] = slice_of(persons[i].last),
			[PERSON_EMAIL] = slice_of(persons[i].email),
			[PERSON_PHONE] = slice_of(persons[i].phone),
			[PERSON_COMPANY] = slice_of(persons[i].company),
		};

		profile_person(world->arena, &policy, values, SLICE_NULL, &world->profiles[i]);
		census_add(census, &world->profiles[i]);
	}
	for (size_t i = 0; i < n; i++)
		census_count(census, &world->profiles[i]);
	for (size_t i = 0; i < n; i++)
		census_count_names(census, &world->profiles[i]);
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i + 1; j < n; j++) {
			if (!share_a_block(&world->profiles[i], &world->profiles[j]))
				continue;
			pairs[n_pairs] = (struct pair){ .a = i, .b = j };
			match_pair(&rules, &world->profiles[i], &world->profiles[j], &pairs[n_pairs++].match);
		}
	resolve(world->arena, &rules, world->profiles, n, pairs, n_pairs, &world->resolution);
}

static bool together(const struct world *world, size_t a, size_t b)
{
	return world->resolution.cluster[a] == world->resolution.cluster[b];
}

static void test_joe_becomes_one_over_several_records(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct world world = { .arena = arena };

	run(&world,
	    (struct person[]){ { "Joe", "Smith", "joe@acme.com", "415 389 2671", "Acme" },
	                       { "Joe", "Smith", "joe@acme.com" },
	                       { "Joseph", "Smith", "", "415 389 2671" },
	                       { "Ann", "Jones", "ann@acme.com", "", "Acme" } },
	    4);
	CHECK(together(&world, 0, 1) && together(&world, 0, 2));
	CHECK(!together(&world, 0, 3));
}

static void test_vetoed_records_do_not_meet_over_a_third(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct world world = { .arena = arena };

	/* the nameless record has the mailbox of one and the number of the other */
	run(&world,
	    (struct person[]){ { "Joe", "Smith", "jsmith@acme.com" },
	                       { "Ann", "Smith", "", "415 389 2671" },
	                       { "", "", "jsmith@acme.com", "415 389 2671" } },
	    3);
	CHECK(!together(&world, 0, 1));
}

static void test_bare_record_joins_the_only_one_it_fits(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct world world = { .arena = arena };

	run(&world,
	    (struct person[]){ { "Joe", "Zuniga", "joe@acme.com", "", "Acme" },
	                       { "Joe", "Zuniga", "", "", "Acme" } },
	    2);
	CHECK(together(&world, 0, 1));
}

static void test_bare_record_between_two_namesakes_is_a_question(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct world world = { .arena = arena };

	run(&world,
	    (struct person[]){ { "Joe", "Zuniga", "joe.zuniga@acme.com", "", "Acme" },
	                       { "Joe", "Zuniga", "", "", "Acme" },
	                       { "Joe", "Zuniga", "joe.zuniga2@acme.com", "", "Acme" } },
	    3);
	CHECK(!together(&world, 0, 1) && !together(&world, 1, 2) && !together(&world, 0, 2));
	CHECK(world.resolution.n_questions >= 2);
}

static void test_clusters_have_a_cap(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct world world = { .arena = arena };
	struct person persons[PERSONS_MAX];
	size_t most = 0;

	for (size_t i = 0; i < PERSONS_MAX; i++)
		persons[i] = (struct person){ "Joe", "Smith", "joe@acme.com" };
	run(&world, persons, PERSONS_MAX);
	for (size_t i = 0; i < PERSONS_MAX; i++) {
		size_t size = 0;

		for (size_t j = 0; j < PERSONS_MAX; j++)
			size += together(&world, i, j);
		most = size > most ? size : most;
	}
	CHECK(most <= RESOLVE_CLUSTER_MAX);
	CHECK(world.resolution.n_questions > 0);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Any order of arrival gives the same clusters where keys are exact. */
static void test_order_does_not_change_exact_clusters(void)
{
	static const char *const emails[] = { "joe@acme.com", "ann@acme.com", "carl@delta.com",
		                              "eva@omega.com", "ida@sigma.com" };
	static const char *const names[] = { "Joe", "Ann", "Carl", "Eva", "Ida" };
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	uint64_t state = 88172645463325252u;

	for (int round = 0; round < 50; round++) {
		struct world world = { .arena = arena };
		struct person persons[20];
		size_t who[20];

		for (size_t i = 0; i < 20; i++) {
			who[i] = next_random(&state) % 5;
			persons[i] = (struct person){ names[who[i]], "Smith", emails[who[i]] };
		}
		run(&world, persons, 20);
		for (size_t i = 0; i < 20; i++)
			for (size_t j = 0; j < 20; j++)
				CHECK(together(&world, i, j) == (who[i] == who[j]));
		arena_reset(arena);
	}
}

static void test_over_full_block_is_refined(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct world world = { .arena = arena };
	struct block_key key = { 42 };

	run(&world,
	    (struct person[]){ { "Joe", "Smith", "", "", "Acme" },
	                       { "Joe", "Smith", "", "", "Acme" },
	                       { "Ann", "Smith", "", "", "Acme" } },
	    3);
	CHECK_INT(block_refine(key, &world.profiles[0]).hash, block_refine(key, &world.profiles[1]).hash);
	CHECK(block_refine(key, &world.profiles[0]).hash != block_refine(key, &world.profiles[2]).hash);
}

static void test_nobody_has_no_blocks(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	struct world world = { .arena = arena };
	struct block_key keys[BLOCK_KEYS_MAX];

	run(&world, (struct person[]){ { "Test", "Test", "test@test.com", "000 000 0000", "N/A" } }, 1);
	CHECK_INT((int64_t)block_keys(&world.profiles[0], keys), 0);
}

int main(void)
{
	RUN(test_joe_becomes_one_over_several_records);
	RUN(test_vetoed_records_do_not_meet_over_a_third);
	RUN(test_bare_record_joins_the_only_one_it_fits);
	RUN(test_bare_record_between_two_namesakes_is_a_question);
	RUN(test_clusters_have_a_cap);
	RUN(test_order_does_not_change_exact_clusters);
	RUN(test_over_full_block_is_refined);
	RUN(test_nobody_has_no_blocks);
	return tap_done();
}
