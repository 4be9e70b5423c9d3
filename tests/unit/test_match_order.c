/* SPDX-License-Identifier: Apache-2.0 */
/* The same records in 20 orders of arrival, through census, blocks, matcher and clusters. */
#include "block.h"
#include "census.h"
#include "resolve.h"
#include "tap.h"

#define PERSONS 120
#define RECORDS 400
#define ORDERS	20

static const struct policy policy = { .region = "US", .match_phone_name = true };

struct row {
	char first[32], last[32], email[64], phone[24], company[32];
};

struct world {
	struct row records[RECORDS];
	size_t order[RECORDS];
	uint32_t cluster[RECORDS]; /* of each record, by its own number */
};

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static const char *const firsts[] = { "Joseph", "Ann", "Carl", "Eva", "Ida", "Robert", "Maria", "Mario", "Jan", "Jon" };
static const char *const lasts[] = { "Smith", "Zuniga", "Meyer", "Novak", "Rossi", "Jones", "Lang", "Lange" };
static const char *const companies[] = { "Acme Tools", "Delta Foods", "Omega Energy", "Sigma Realty", "Zeniq" };
static const char *const hosts[] = { "acme.com", "delta.com", "omega.com", "sigma.com", "zeniq.net" };

/* A person's record with some of the fields missing, short or mistyped; exact: the mailbox and all names are there. */
static void make_record(struct row *record, unsigned person, bool exact, uint64_t *state)
{
	const char *first = firsts[person % ARRAY_SIZE(firsts)], *last = lasts[person / 3 % ARRAY_SIZE(lasts)];
	unsigned company = person / 7 % ARRAY_SIZE(companies), noise = exact ? 0 : (unsigned)(next_random(state) % 8);

	memset(record, 0, sizeof(*record));
	snprintf(record->first, sizeof(record->first), "%s", noise == 1 ? "" : first);
	if (noise == 2)
		record->first[1] = '\0';
	snprintf(record->last, sizeof(record->last), "%s%s", last, noise == 3 ? "s" : "");
	if (exact || noise != 4)
		snprintf(record->email, sizeof(record->email), "%c%s%u@%s", first[0] | 32, last, person, hosts[company]);
	if (!exact && noise != 5)
		snprintf(record->phone, sizeof(record->phone), "415 %03u %04u", 200 + person, 1000 + 7 * person);
	if (!exact && noise != 6)
		snprintf(record->company, sizeof(record->company), "%s", companies[company]);
}

static void make_world(struct world *world, bool exact)
{
	uint64_t state = 88172645463325252u;

	for (size_t i = 0; i < RECORDS; i++) {
		make_record(&world->records[i], (unsigned)(next_random(&state) % PERSONS), exact, &state);
		world->order[i] = i;
	}
}

static void shuffle(struct world *world, uint64_t seed)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;

	for (size_t i = RECORDS; i > 1; i--) {
		size_t j = next_random(&state) % i, kept = world->order[i - 1];

		world->order[i - 1] = world->order[j];
		world->order[j] = kept;
	}
}

static void read_record(struct arena *arena, const struct row *record, struct profile *ret)
{
	struct slice values[VALUES_MAX] = {
		[PERSON_FIRST_NAME] = slice_of(record->first), [PERSON_LAST_NAME] = slice_of(record->last),
		[PERSON_EMAIL] = slice_of(record->email),      [PERSON_PHONE] = slice_of(record->phone),
		[PERSON_COMPANY] = slice_of(record->company),
	};

	profile_person(arena, &policy, values, SLICE_NULL, ret);
}

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

static size_t match_all(struct arena *arena, const struct match_rules *rules, const struct profile *profiles,
                        struct pair **ret)
{
	size_t n = 0;

	*ret = arena_array(arena, RECORDS * RECORDS / 2, sizeof(**ret));
	for (uint32_t i = 0; i < RECORDS; i++)
		for (uint32_t j = i + 1; j < RECORDS; j++) {
			if (!share_a_block(&profiles[i], &profiles[j]))
				continue;
			(*ret)[n] = (struct pair){ .a = i, .b = j };
			match_pair(rules, &profiles[i], &profiles[j], &(*ret)[n++].match);
		}
	return n;
}

static void cluster_world(struct world *world)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 20);
	CLEANUP(census_free_p) struct census *census = census_new();
	struct profile *profiles = arena_array(arena, RECORDS, sizeof(*profiles));
	struct match_rules rules;
	struct resolution resolution;
	struct pair *pairs;
	size_t n;

	for (size_t i = 0; i < RECORDS; i++) {
		read_record(arena, &world->records[world->order[i]], &profiles[i]);
		census_add(census, &profiles[i]);
	}
	for (size_t i = 0; i < RECORDS; i++)
		census_count(census, &profiles[i]);
	for (size_t i = 0; i < RECORDS; i++)
		census_count_names(census, &profiles[i]);
	match_rules_init(&rules, &match_cautious, census_records(census));
	rules.prior = census_prior(census);
	n = match_all(arena, &rules, profiles, &pairs);
	resolve(arena, &rules, profiles, RECORDS, pairs, n, &resolution);
	for (size_t i = 0; i < RECORDS; i++)
		world->cluster[world->order[i]] = resolution.cluster[i];
}

/* Of the pairs that either has together, the share that both have. */
static double agreement(const uint32_t *a, const uint32_t *b)
{
	double both = 0, either = 0;

	for (size_t i = 0; i < RECORDS; i++)
		for (size_t j = i + 1; j < RECORDS; j++) {
			bool x = a[i] == a[j], y = b[i] == b[j];

			both += x && y;
			either += x || y;
		}
	return either > 0 ? both / either : 1;
}

static double worst_agreement(bool exact)
{
	static struct world world, again;
	double worst = 1;

	make_world(&world, exact);
	cluster_world(&world);
	for (uint64_t seed = 1; seed <= ORDERS; seed++) {
		double share;

		again = world;
		shuffle(&again, seed);
		cluster_world(&again);
		share = agreement(world.cluster, again.cluster);
		worst = share < worst ? share : worst;
	}
	printf("# worst agreement of %d orders: %.5f\n", ORDERS, worst);
	return worst;
}

static void test_exact_keys_give_the_same_clusters_in_any_order(void)
{
	CHECK(worst_agreement(true) >= 1);
}

static void test_noisy_records_give_nearly_the_same_clusters(void)
{
	CHECK(worst_agreement(false) >= 0.999);
}

int main(void)
{
	RUN(test_exact_keys_give_the_same_clusters_in_any_order);
	RUN(test_noisy_records_give_nearly_the_same_clusters);
	return tap_done();
}
