/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve.h"

#include "hash.h"

#define MEAN_MIN -4.f /* mean weight across two clusters below which they do not agree as wholes */

struct work {
	struct arena *arena;
	const struct match_rules *rules;
	const struct profile *profiles;
	size_t n;
	uint32_t *root; /* of each record: the cluster's smallest record */
	uint32_t *next; /* members of a cluster in a ring */
	uint32_t *size; /* by root */
};

static int by_weight(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;

	if (a->match.is_strong != b->match.is_strong)
		return b->match.is_strong - a->match.is_strong;
	if (a->match.weight != b->match.weight)
		return a->match.weight < b->match.weight ? 1 : -1;
	if (a->tie != b->tie)
		return a->tie < b->tie ? -1 : 1;
	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);
}

static uint64_t digest(const struct profile *profile)
{
	const struct slice parts[] = {
		profile->name.first,         profile->name.middle,        profile->name.last,
		profile->company.name,       profile->place,              profile->address.city,
		profile->phones[0].national, profile->phones[1].national, profile->identifiers[0],
		profile->identifiers[1],     profile->identifiers[2],     profile->org,
		profile->has_email ? profile->email.text : SLICE_NULL,
	};

	return (uint64_t)hash_key(0, 0, parts, ARRAY_SIZE(parts)).low;
}

/* The same for both orders of a pair. */
static void set_ties(struct arena *arena, const struct profile *profiles, size_t n, struct pair *pairs, size_t n_pairs)
{
	uint64_t *digests = arena_array(arena, n + 1, sizeof(*digests));

	for (size_t i = 0; i < n; i++)
		digests[i] = digest(&profiles[i]);
	for (size_t i = 0; i < n_pairs; i++)
		pairs[i].tie = digests[pairs[i].a] + digests[pairs[i].b];
}

static void join(struct work *work, uint32_t a, uint32_t b)
{
	uint32_t low = a < b ? a : b, high = a < b ? b : a, at = high, swap;

	do {
		work->root[at] = low;
		at = work->next[at];
	} while (at != high);
	swap = work->next[low];
	work->next[low] = work->next[high];
	work->next[high] = swap;
	work->size[low] += work->size[high];
}

static bool forbids(const struct match_rules *rules, const struct match *match, bool is_weak)
{
	return match->veto != VETO_NONE || (is_weak && match->has_rivals && !match_links(rules, match));
}

/* Whether no pair across two clusters is vetoed (for a weak link: nor rivals) and they agree in the mean. */
static bool agree(const struct work *work, uint32_t a, uint32_t b, bool is_weak)
{
	double sum = 0;
	uint32_t x = a, y = b;

	do {
		do {
			struct match match;

			match_pair(work->rules, &work->profiles[x], &work->profiles[y], &match);
			if (forbids(work->rules, &match, is_weak))
				return false;
			sum += match.weight;
			y = work->next[y];
		} while (y != b);
		x = work->next[x];
	} while (x != a);
	return sum >= (double)MEAN_MIN * work->size[a] * work->size[b];
}

static bool may_join(const struct work *work, uint32_t a, uint32_t b, bool is_weak)
{
	return work->size[a] + work->size[b] <= RESOLVE_CLUSTER_MAX && agree(work, a, b, is_weak);
}

static void take_strong(struct work *work, const struct pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t a = work->root[pairs[i].a], b = work->root[pairs[i].b];

		if (a != b && pairs[i].match.is_strong && match_links(work->rules, &pairs[i].match) &&
		    may_join(work, a, b, false))
			join(work, a, b);
	}
}

/* -- weak links -- */

struct weak {
	uint32_t a, b; /* clusters, in both orders */
	float weight;
};

static int by_cluster(const void *x, const void *y)
{
	const struct weak *a = x, *b = y;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);
}

static size_t list_weak(const struct work *work, const struct pair *pairs, size_t n, struct weak *ret)
{
	size_t n_weak = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t a = work->root[pairs[i].a], b = work->root[pairs[i].b];

		if (a == b || pairs[i].match.is_strong || !match_links(work->rules, &pairs[i].match))
			continue;
		ret[n_weak++] = (struct weak){ a, b, pairs[i].match.weight };
		ret[n_weak++] = (struct weak){ b, a, pairs[i].match.weight };
	}
	qsort(ret, n_weak, sizeof(*ret), by_cluster);
	return n_weak;
}

/* Whether a cluster could as well belong to a third one that has nothing to do with `other`. */
static bool is_torn(const struct work *work, const struct weak *weak, size_t n, uint32_t cluster,
                    uint32_t other)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (weak[middle].a < cluster)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n && weak[low].a == cluster; low++) {
		uint32_t third = work->root[weak[low].b];

		if (third != work->root[other] && third != work->root[cluster] &&
		    !agree(work, work->root[other], third, true))
			return true;
	}
	return false;
}

static void take_weak(struct work *work, const struct pair *pairs, size_t n)
{
	struct weak *weak = arena_array(work->arena, 2 * n + 1, sizeof(*weak));
	uint32_t *before = arena_array(work->arena, work->n + 1, sizeof(*before));
	size_t n_weak = list_weak(work, pairs, n, weak);

	memcpy(before, work->root, work->n * sizeof(*before));
	for (size_t i = 0; i < n; i++) {
		uint32_t a = work->root[pairs[i].a], b = work->root[pairs[i].b];

		if (a == b || pairs[i].match.is_strong || !match_links(work->rules, &pairs[i].match))
			continue;
		if (is_torn(work, weak, n_weak, before[pairs[i].a], b) ||
		    is_torn(work, weak, n_weak, before[pairs[i].b], a))
			continue;
		if (may_join(work, a, b, true))
			join(work, a, b);
	}
}

/* -- questions: one a pair of clusters -- */

struct question {
	uint32_t a, b;
	const struct pair *pair;
};

static int by_clusters(const void *x, const void *y)
{
	const struct question *a = x, *b = y;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	return by_weight(a->pair, b->pair);
}

static void ask(struct work *work, const struct pair *pairs, size_t n, struct resolution *ret)
{
	struct question *open = arena_array(work->arena, n + 1, sizeof(*open));
	size_t n_open = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t a = work->root[pairs[i].a], b = work->root[pairs[i].b];

		if (a != b && match_asks(work->rules, &pairs[i].match))
			open[n_open++] = (struct question){ a < b ? a : b, a < b ? b : a, &pairs[i] };
	}
	qsort(open, n_open, sizeof(*open), by_clusters);
	ret->questions = arena_array(work->arena, n_open + 1, sizeof(*ret->questions));
	ret->n_questions = 0;
	for (size_t i = 0; i < n_open; i++)
		if (i == 0 || open[i].a != open[i - 1].a || open[i].b != open[i - 1].b)
			ret->questions[ret->n_questions++] = *open[i].pair;
}

void resolve(struct arena *arena, const struct match_rules *rules, const struct profile *profiles, size_t n,
             struct pair *pairs, size_t n_pairs, struct resolution *ret)
{
	struct work work = { .arena = arena, .rules = rules, .profiles = profiles, .n = n };

	work.root = arena_array(arena, n + 1, sizeof(*work.root));
	work.next = arena_array(arena, n + 1, sizeof(*work.next));
	work.size = arena_array(arena, n + 1, sizeof(*work.size));
	for (size_t i = 0; i < n; i++) {
		work.root[i] = work.next[i] = (uint32_t)i;
		work.size[i] = 1;
	}
	set_ties(arena, profiles, n, pairs, n_pairs);
	qsort(pairs, n_pairs, sizeof(*pairs), by_weight);
	take_strong(&work, pairs, n_pairs);
	take_weak(&work, pairs, n_pairs);
	ret->cluster = work.root;
	ask(&work, pairs, n_pairs, ret);
}
