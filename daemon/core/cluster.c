/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

/*
 * Union-find over nodes: the batch's records first, then the store's entities named by them. A hash table
 * over the keys tells which record of the batch showed a key first.
 */
struct seen_key {
	const struct key *key; /* NULL: free */
	uint32_t record;       /* the first that showed it */
	bool is_shared;        /* another one showed it too */
};

struct seen_entity {
	int64_t entity; /* 0: free */
	uint32_t node;
};

struct component {
	int64_t smallest; /* store entity; 0: none */
	int64_t made;     /* here */
};

struct work {
	struct cluster_record *records;
	size_t n_records;
	uint32_t *parent; /* a node each */
	struct seen_key *keys;
	size_t keys_mask;
	struct seen_entity *entities;
	size_t entities_mask;
	size_t n_entities;
	struct component *components; /* by root node */
};

static size_t table_size(size_t n)
{
	size_t size = 16;

	while (size < 2 * n)
		size *= 2;
	return size;
}

static uint32_t root(struct work *work, uint32_t node)
{
	while (work->parent[node] != node) {
		work->parent[node] = work->parent[work->parent[node]];
		node = work->parent[node];
	}
	return node;
}

/* The smaller node becomes the root: which trees arise does not matter, only which nodes are in one. */
static void join(struct work *work, uint32_t a, uint32_t b)
{
	a = root(work, a);
	b = root(work, b);
	if (a < b)
		work->parent[b] = a;
	else
		work->parent[a] = b;
}

static bool same_key(const struct key *a, const struct key *b)
{
	return a->hash.low == b->hash.low && a->hash.high == b->hash.high && a->kind == b->kind;
}

static struct seen_key *find_key(const struct work *work, const struct key *key)
{
	size_t at = (size_t)(uint64_t)key->hash.low & work->keys_mask;

	while (work->keys[at].key && !same_key(work->keys[at].key, key))
		at = (at + 1) & work->keys_mask;
	return &work->keys[at];
}

static struct seen_entity *find_entity(const struct work *work, int64_t entity)
{
	size_t at = (size_t)((uint64_t)entity * UINT64_C(0x9e3779b97f4a7c15) >> 20) & work->entities_mask;

	while (work->entities[at].entity && work->entities[at].entity != entity)
		at = (at + 1) & work->entities_mask;
	return &work->entities[at];
}

static void join_entity(struct work *work, uint32_t record, int64_t entity)
{
	struct seen_entity *seen;

	if (!entity)
		return;
	seen = find_entity(work, entity);
	if (!seen->entity) {
		seen->entity = entity;
		seen->node = (uint32_t)(work->n_records + work->n_entities++);
		work->parent[seen->node] = seen->node;
	}
	join(work, record, seen->node);
}

static void join_key(struct work *work, uint32_t record, const struct key *key)
{
	struct seen_key *seen = find_key(work, key);

	if (!seen->key) {
		*seen = (struct seen_key){ .key = key, .record = record };
		return;
	}
	seen->is_shared |= seen->record != record;
	join(work, record, seen->record);
}

static void join_record(struct work *work, uint32_t at)
{
	const struct cluster_record *record = &work->records[at];

	join_entity(work, at, record->entity_id);
	for (size_t i = 0; i < record->n_keys; i++) {
		if (!key_links(record->keys[i].kind))
			continue;
		join_key(work, at, &record->keys[i]);
		join_entity(work, at, record->key_entity[i]);
	}
}

static void begin(struct work *work, struct arena *arena, struct cluster_record *records, size_t n_records)
{
	size_t n_keys = 0, n_nodes;

	for (size_t i = 0; i < n_records; i++)
		n_keys += records[i].n_keys;
	n_nodes = 2 * n_records + n_keys;
	*work = (struct work){ .records = records, .n_records = n_records };
	work->keys_mask = table_size(n_keys) - 1;
	work->keys = arena_array(arena, work->keys_mask + 1, sizeof(*work->keys));
	work->entities_mask = table_size(n_records + n_keys) - 1;
	work->entities = arena_array(arena, work->entities_mask + 1, sizeof(*work->entities));
	work->parent = arena_array(arena, n_nodes + 1, sizeof(*work->parent));
	work->components = arena_array(arena, n_nodes + 1, sizeof(*work->components));
	for (size_t i = 0; i < n_records; i++)
		work->parent[i] = (uint32_t)i;
}

static void find_smallest(struct work *work)
{
	for (size_t i = 0; i <= work->entities_mask; i++) {
		const struct seen_entity *seen = &work->entities[i];
		struct component *component;

		if (!seen->entity)
			continue;
		component = &work->components[root(work, seen->node)];
		if (!component->smallest || seen->entity < component->smallest)
			component->smallest = seen->entity;
	}
}

/* Whether key i of a record leads from it to something else than `entity`. */
static bool leads_elsewhere(const struct work *work, const struct cluster_record *record, size_t i,
                            int64_t entity)
{
	if (!key_links(record->keys[i].kind))
		return false;
	if (record->key_entity[i])
		return record->key_entity[i] != entity;
	return find_key(work, &record->keys[i])->is_shared;
}

static int linking_key(const struct work *work, const struct cluster_record *record, int64_t entity)
{
	for (size_t i = 0; i < record->n_keys; i++)
		if (leads_elsewhere(work, record, i, entity))
			return (int)i;
	return -1;
}

static void decide(struct work *work, struct id_maker *ids, int64_t now_us, uint32_t at)
{
	struct cluster_record *record = &work->records[at];
	struct component *component = &work->components[root(work, at)];

	if (!component->smallest && !component->made)
		component->made = id_next(ids, now_us);
	record->is_new_entity = !component->smallest;
	record->to_entity = component->smallest ? component->smallest : component->made;
	record->rule =
	        record->entity_id == record->to_entity ? -1 : linking_key(work, record, record->entity_id);
}

/* The key by which a record points at an entity; n_keys: it is linked there already; -1: it does not point
 * there. */
static int key_to(const struct cluster_record *record, int64_t entity)
{
	for (size_t i = 0; i < record->n_keys; i++)
		if (record->key_entity[i] == entity && key_links(record->keys[i].kind))
			return (int)i;
	return record->entity_id == entity ? (int)record->n_keys : -1;
}

/* By which key a record leads on from an entity; n_keys: by what it is linked to already. */
static int way_on(const struct work *work, const struct cluster_record *record, int64_t entity)
{
	int key = linking_key(work, record, entity);

	if (key < 0 && record->entity_id && record->entity_id != entity)
		return (int)record->n_keys;
	return key;
}

/*
 * Notes the record as a witness of why `from` is one with the rest. A witness that points at the surviving
 * entity itself is better than one that leads there over others; among equals the first record stays.
 */
static void witness(const struct work *work, struct cluster_merge *merge, size_t at, bool *is_direct)
{
	const struct cluster_record *record = &work->records[at];
	int here = key_to(record, merge->from_entity);
	int there = key_to(record, merge->to_entity);
	bool direct = there >= 0;

	if (here < 0 || *is_direct || (merge->rule >= 0 && !direct))
		return;
	if (!direct)
		there = way_on(work, record, merge->from_entity);
	if (there < 0)
		return;
	if (here == (int)record->n_keys || (there != (int)record->n_keys && there > here))
		here = there;
	merge->record = at;
	merge->rule = here;
	*is_direct = direct;
}

static int by_entity(const void *a, const void *b)
{
	const struct cluster_merge *x = a, *y = b;

	return (x->from_entity > y->from_entity) - (x->from_entity < y->from_entity);
}

static size_t list_merges(struct work *work, struct cluster_merge *merges)
{
	size_t n = 0;

	for (size_t i = 0; i <= work->entities_mask; i++) {
		int64_t entity = work->entities[i].entity, smallest;

		if (!entity)
			continue;
		smallest = work->components[root(work, work->entities[i].node)].smallest;
		if (smallest != entity)
			merges[n++] = (struct cluster_merge){ .from_entity = entity,
				                              .to_entity = smallest,
				                              .rule = -1 };
	}
	qsort(merges, n, sizeof(*merges), by_entity);
	return n;
}

static struct cluster_merge *find_merge(struct cluster_merge *merges, size_t n, int64_t entity)
{
	struct cluster_merge wanted = { .from_entity = entity };

	return n ? bsearch(&wanted, merges, n, sizeof(*merges), by_entity) : NULL;
}

static void explain(const struct work *work, struct cluster_merge *merges, size_t n, bool *is_direct,
                    size_t at)
{
	const struct cluster_record *record = &work->records[at];

	for (size_t i = 0; i <= record->n_keys; i++) {
		int64_t entity = i < record->n_keys ? record->key_entity[i] : record->entity_id;
		struct cluster_merge *merge = entity ? find_merge(merges, n, entity) : NULL;

		if (merge)
			witness(work, merge, at, &is_direct[merge - merges]);
	}
}

void cluster(struct arena *arena, struct id_maker *ids, int64_t now_us, struct cluster_record *records,
             size_t n_records, struct cluster_merge **ret_merges, size_t *ret_n_merges)
{
	struct work work;
	struct cluster_merge *merges;
	bool *is_direct;
	size_t n_merges;

	begin(&work, arena, records, n_records);
	for (size_t i = 0; i < n_records; i++)
		join_record(&work, (uint32_t)i);
	find_smallest(&work);
	for (size_t i = 0; i < n_records; i++)
		decide(&work, ids, now_us, (uint32_t)i);
	merges = arena_array(arena, work.n_entities + 1, sizeof(*merges));
	n_merges = list_merges(&work, merges);
	is_direct = arena_array(arena, n_merges + 1, sizeof(*is_direct));
	for (size_t i = 0; i < n_records && n_merges; i++)
		explain(&work, merges, n_merges, is_direct, i);
	*ret_merges = merges;
	*ret_n_merges = n_merges;
}
