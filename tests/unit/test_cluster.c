/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"
#include "tap.h"

#define RECORDS_MAX 40
#define KEYS_EACH   3

/* A record of the tests: keys are small numbers. */
struct input {
	int keys[KEYS_EACH];         /* 0: none */
	int64_t entities[KEYS_EACH]; /* of each key, as the store has it */
	int64_t entity_id;
	enum key_kind kind; /* of all its keys; 0: KEY_EMAIL */
};

struct output {
	struct cluster_record records[RECORDS_MAX];
	struct cluster_merge *merges;
	size_t n_merges;
};

static void run(struct arena *arena, const struct input *inputs, size_t n, struct output *out)
{
	struct id_maker ids = { .slot = 1 };

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		struct key *keys = arena_array(arena, KEYS_EACH, sizeof(*keys));
		int64_t *entities = arena_array(arena, KEYS_EACH, sizeof(*entities));
		size_t n_keys = 0;

		for (size_t k = 0; k < KEYS_EACH; k++) {
			if (!inputs[i].keys[k])
				continue;
			entities[n_keys] = inputs[i].entities[k];
			keys[n_keys++] = (struct key){ inputs[i].kind ? inputs[i].kind : KEY_EMAIL,
				                       SLICE("k"),
				                       { inputs[i].keys[k], -inputs[i].keys[k] } };
		}
		out->records[i] = (struct cluster_record){ .keys = keys,
			                                   .key_entity = entities,
			                                   .n_keys = n_keys,
			                                   .entity_id = inputs[i].entity_id };
	}
	cluster(arena, &ids, INT64_C(1800000000000000), out->records, n, &out->merges, &out->n_merges);
}

static void test_records_without_common_keys_are_apart(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena, (struct input[]){ { .keys = { 1 } }, { .keys = { 2 } }, { .keys = { 0 } } }, 3, &out);
	CHECK(out.records[0].to_entity != out.records[1].to_entity);
	CHECK(out.records[1].to_entity != out.records[2].to_entity);
	for (int i = 0; i < 3; i++) {
		CHECK(out.records[i].is_new_entity);
		CHECK_INT(out.records[i].rule, -1);
	}
	CHECK_INT((int64_t)out.n_merges, 0);
}

static void test_records_of_one_batch_link_over_a_common_key(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena, (struct input[]){ { .keys = { 1, 2 } }, { .keys = { 3, 2 } }, { .keys = { 3 } } }, 3,
	    &out);
	CHECK_INT(out.records[0].to_entity, out.records[1].to_entity);
	CHECK_INT(out.records[0].to_entity, out.records[2].to_entity);
	CHECK(out.records[2].is_new_entity);
	CHECK_INT(out.records[0].rule, 1);
	CHECK_INT(out.records[1].rule, 0);
	CHECK_INT(out.records[2].rule, 0);
}

static void test_record_joins_the_entity_the_store_has(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena, (struct input[]){ { .keys = { 1, 2 }, .entities = { 0, 77 } } }, 1, &out);
	CHECK_INT(out.records[0].to_entity, 77);
	CHECK(!out.records[0].is_new_entity);
	CHECK_INT(out.records[0].rule, 1);
	CHECK_INT((int64_t)out.n_merges, 0);
}

static void test_known_record_stays_and_needs_no_reason(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena,
	    (struct input[]){ { .keys = { 1 }, .entities = { 77 }, .entity_id = 77 }, { .entity_id = 12 } },
	    2, &out);
	CHECK_INT(out.records[0].to_entity, 77);
	CHECK_INT(out.records[0].rule, -1);
	CHECK_INT(out.records[1].to_entity, 12);
	CHECK(!out.records[1].is_new_entity);
}

static void test_two_entities_that_meet_become_the_older(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena, (struct input[]){ { .keys = { 9 } }, { .keys = { 1, 2 }, .entities = { 90, 15 } } }, 2,
	    &out);
	CHECK_INT((int64_t)out.n_merges, 1);
	CHECK_INT(out.merges[0].from_entity, 90);
	CHECK_INT(out.merges[0].to_entity, 15);
	CHECK_INT((int64_t)out.merges[0].record, 1);
	CHECK_INT(out.merges[0].rule, 1);
	CHECK_INT(out.records[1].to_entity, 15);
}

static void test_own_entity_of_a_record_takes_part(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena, (struct input[]){ { .keys = { 1 }, .entities = { 15 }, .entity_id = 90 } }, 1, &out);
	CHECK_INT((int64_t)out.n_merges, 1);
	CHECK_INT(out.merges[0].from_entity, 90);
	CHECK_INT(out.records[0].to_entity, 15);
	CHECK_INT(out.records[0].rule, 0);
}

static void test_entities_meet_over_several_records(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena,
	    (struct input[]){ { .keys = { 1, 5 }, .entities = { 30 } },
	                      { .keys = { 5, 6 } },
	                      { .keys = { 6, 2 }, .entities = { 0, 20 } },
	                      { .keys = { 2, 3 }, .entities = { 20, 40 } } },
	    4, &out);
	CHECK_INT((int64_t)out.n_merges, 2);
	CHECK_INT(out.merges[0].from_entity, 30);
	CHECK_INT(out.merges[1].from_entity, 40);
	CHECK_INT((int64_t)out.merges[0].record, 0);
	CHECK_INT(out.merges[0].rule, 1);
	CHECK_INT((int64_t)out.merges[1].record, 3);
	for (int i = 0; i < 4; i++)
		CHECK_INT(out.records[i].to_entity, 20);
}

static void test_pointers_link_nothing(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena,
	    (struct input[]){ { .keys = { 1 }, .kind = KEY_DOMAIN },
	                      { .keys = { 1 }, .kind = KEY_DOMAIN },
	                      { .keys = { 1 }, .entities = { 9 }, .kind = KEY_DOMAIN } },
	    3, &out);
	CHECK(out.records[0].to_entity != out.records[1].to_entity);
	CHECK(out.records[2].to_entity != 9);
	CHECK_INT(out.records[2].rule, -1);
}

static void test_kind_and_both_halves_of_the_hash_must_agree(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct id_maker ids = { .slot = 1 };
	struct key keys[] = { { KEY_EMAIL, SLICE("a"), { 5, 6 } },
		              { KEY_EMAIL, SLICE("b"), { 5, 7 } },
		              { KEY_PHONE_NAME, SLICE("c"), { 5, 6 } } };
	int64_t none[1] = { 0 };
	struct cluster_record records[3];
	struct cluster_merge *merges;
	size_t n;

	for (size_t i = 0; i < 3; i++)
		records[i] = (struct cluster_record){ .keys = &keys[i], .key_entity = none, .n_keys = 1 };
	cluster(arena, &ids, INT64_C(1800000000000000), records, 3, &merges, &n);
	CHECK(records[0].to_entity != records[1].to_entity);
	CHECK(records[0].to_entity != records[2].to_entity);
	CHECK(records[1].to_entity != records[2].to_entity);
}

static void test_no_records_is_fine(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct output out;

	run(arena, NULL, 0, &out);
	CHECK_INT((int64_t)out.n_merges, 0);
}

/* -- property: the partition is a function of the set of records -- */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void make_inputs(uint64_t *state, struct input *inputs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		inputs[i] = (struct input){ .entity_id = next_random(state) % 4
			                                         ? 0
			                                         : (int64_t)(next_random(state) % 9 + 1) };
		for (size_t k = 0; k < KEYS_EACH; k++) {
			int key = (int)(next_random(state) % 60);

			inputs[i].keys[k] = key < 45 ? key : 0;
			/* the store has one entity a key */
			inputs[i].entities[k] = key < 45 && key % 5 == 0 ? key / 5 + 1 : 0;
		}
	}
}

/* Each record's cluster as the smallest original index in it, so that partitions compare. */
static void partition(const struct output *out, const size_t *order, size_t n, size_t *first)
{
	for (size_t i = 0; i < n; i++) {
		first[order[i]] = order[i];
		for (size_t j = 0; j < n; j++)
			if (out->records[i].to_entity == out->records[j].to_entity &&
			    order[j] < first[order[i]])
				first[order[i]] = order[j];
	}
}

static void shuffle(uint64_t *state, size_t *order, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = next_random(state) % i, swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

static void run_ordered(struct arena *arena, const struct input *inputs, const size_t *order, size_t n,
                        struct output *out)
{
	struct input ordered[RECORDS_MAX];

	for (size_t i = 0; i < n; i++)
		ordered[i] = inputs[order[i]];
	run(arena, ordered, n, out);
}

static void test_any_order_gives_the_same_partition(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(1 << 16);
	uint64_t state = 88172645463325252u;

	for (int round = 0; round < 1500; round++) {
		size_t n = 2 + next_random(&state) % (RECORDS_MAX - 2), order[RECORDS_MAX], want[RECORDS_MAX],
		       got[RECORDS_MAX];
		struct input inputs[RECORDS_MAX];
		struct output first, out;

		for (size_t i = 0; i < n; i++)
			order[i] = i;
		make_inputs(&state, inputs, n);
		run_ordered(arena, inputs, order, n, &first);
		partition(&first, order, n, want);
		for (size_t m = 0; m < first.n_merges; m++) {
			CHECK(first.merges[m].to_entity < first.merges[m].from_entity);
			CHECK(first.merges[m].rule >= 0);
			CHECK((size_t)first.merges[m].rule < first.records[first.merges[m].record].n_keys);
		}
		shuffle(&state, order, n);
		run_ordered(arena, inputs, order, n, &out);
		partition(&out, order, n, got);
		CHECK(memcmp(want, got, n * sizeof(*got)) == 0);
		CHECK_INT((int64_t)out.n_merges, (int64_t)first.n_merges);
		for (size_t m = 0; m < out.n_merges && m < first.n_merges; m++) {
			CHECK_INT(out.merges[m].from_entity, first.merges[m].from_entity);
			CHECK_INT(out.merges[m].to_entity, first.merges[m].to_entity);
		}
		arena_reset(arena);
	}
}

int main(void)
{
	RUN(test_records_without_common_keys_are_apart);
	RUN(test_records_of_one_batch_link_over_a_common_key);
	RUN(test_record_joins_the_entity_the_store_has);
	RUN(test_known_record_stays_and_needs_no_reason);
	RUN(test_two_entities_that_meet_become_the_older);
	RUN(test_own_entity_of_a_record_takes_part);
	RUN(test_entities_meet_over_several_records);
	RUN(test_pointers_link_nothing);
	RUN(test_kind_and_both_halves_of_the_hash_must_agree);
	RUN(test_no_records_is_fine);
	RUN(test_any_order_gives_the_same_partition);
	return tap_done();
}
