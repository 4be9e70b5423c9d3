/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Hooks: the webhook inbox. Events are committed before their sender gets its 2xx; an event with a key that is there already
 * is dropped. Commits are grouped: while one is under way, what comes meanwhile waits and goes into the next.
 */
#include "connector.h"
#include "store.h"

struct hook_delivery {				/* one request's events, on their way into the store */
	int16_t connector_id;
	const struct hook_events *events;	/* live until done */
	void (*done)(struct hook_delivery *delivery, const struct error *err);
	struct hook_delivery *next;		/* private */
};

struct inbox {
	struct store *store;
	struct hook_delivery *waiting, *writing;
	struct task flush;
	bool is_writing;
	struct arena *arena;
};
void inbox_init(struct inbox *inbox, struct store *store);
void inbox_done(struct inbox *inbox);
/* done is called from the loop, once; while the store is down at once with ERROR_TRANSIENT. */
void inbox_add(struct inbox *inbox, struct hook_delivery *delivery);

struct inbox_event {
	int64_t event_key;
	enum hook_verb verb;
	struct slice object, external_id, into_id;
	int64_t occurred_us;
	int attempts;
};
/* A question for what waits; the asker's, which outlives the store's connections. */
struct inbox_asking {
	void (*done)(struct inbox_asking *asking, const struct inbox_event *events, size_t n, const struct error *err);
};
/* Events of a connector that wait, oldest first; good until done returns. */
void inbox_due(struct store *store, int16_t connector_id, size_t limit, struct inbox_asking *asking);
/* Events that could not be worked on: due again later; beyond 20 attempts they are parked and done. */
void inbox_later(struct store *store, int16_t connector_id, const int64_t *event_keys, size_t n, int64_t due_us, const char *why,
		 pg_done *done, void *owner);
void inbox_finish(struct store *store, int16_t connector_id, const int64_t *event_keys, size_t n, pg_done *done, void *owner);
/* Forgets done events older than a week; called once an hour. */
void inbox_sweep(struct store *store);
