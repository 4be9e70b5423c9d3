/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Store: the canonical store in PostgreSQL, seen as a whole: its connections, its installation, its ids.
 *
 * Opening is a sequence that runs from the loop: start the embedded server (or none), connect, migrate under a lock,
 * read the installation and the connectors; `opened` tells the end of it, well or not. Three connections share the work:
 * `bulk` for batches, `hot` for what an alert waits for, `quick` for single statements (hooks, administrators, leases). A
 * transaction that waits for answers between its statements takes a turn on its connection first, so that no other
 * statement gets into it; one whose statements are queued in one go needs none.
 *
 * Everything that reads or writes the store names the connector by its connector_id and checks the lease's epoch in the
 * same transaction. All times come from the daemon.
 */
#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "error.h"
#include "id.h"
#include "log.h"
#include "loop.h"
#include "pg.h"

struct store;
struct embedded;

enum { STORE_CONNECTORS_MAX = 1024 };	/* that the store has ever seen */

/* One connector instance as the store knows it. */
struct store_connector {
	int16_t id;
	const char *name;			/* owned by the store */
	char role[8];
	bool is_paused;
	int64_t epoch;				/* of the lease we hold, 0: none */
};

/* One turn on a connection; embedded in who needs it. */
struct turn {
	void (*granted)(struct turn *turn);
	struct turn *next;
	struct lane *lane;			/* set while waiting or holding */
	bool is_holding;
};

struct lane {
	struct pg *pg;
	struct turn *holder, *waiting;		/* waiting: a queue */
	struct task grant;
	struct store *store;
};

/* Memory of a statement under way, which the store frees when its answer does not come any more. */
struct pending {
	struct pending *next, **at;
};

struct store {
	struct loop *loop;
	struct config *config;			/* the one in force; replaced by the engine on reload */
	struct pg *quick;
	struct lane bulk, hot;
	struct embedded *embedded;		/* NULL: an external server */
	char *conninfo;
	uint64_t secret;			/* seeds the key hashes */
	struct id_maker ids;
	const char *holder;			/* who we are in leases; stable over restarts of this installation */
	struct store_connector connectors[STORE_CONNECTORS_MAX];
	size_t n_connectors;
	bool is_open, is_up;			/* opened; all three connections are there now */

	void (*opened)(struct store *store, const struct error *err);	/* err NULL: ready */
	void (*changed)(struct store *store);	/* is_up changed */
	void *owner;
	void *opening;				/* private: state of the opening */
	struct pending *pending;
};

/* Starts opening; `opened` is called once, from the loop. The store must be zeroed but for loop, config and callbacks. */
void store_open(struct store *store);
void store_close(struct store *store);					/* also stops the embedded server, waiting for it at most 30 s */
int64_t store_id(struct store *store);					/* a new row id */
/* The instance of this name; made known to the store (row in `connector`) while opening and on reload. */
struct store_connector *store_connector(struct store *store, const char *name);
const struct store_connector *store_connector_by_id(const struct store *store, int16_t id);	/* NULL if none */
/* Makes connectors of the configuration known that the store has not seen yet; done as pg_done. */
void store_know_connectors(struct store *store, pg_done *done, void *owner);

/* Zeroed memory that begins with a struct pending; for the modules of store/. */
void *pending_new(struct store *store, size_t size);
void pending_free(void *memory);

/*
 * Whoever decides from what the store holds and writes the outcome (a batch, a push's end) takes this lock first, for its
 * transaction: what it read is still so when it writes, on both lanes and in every daemon on this store. First in the order
 * of locks. A SELECT without tables, so that on a cluster the lock is the coordinator's.
 */
#define STORE_WRITE_LOCK     "SELECT pg_advisory_xact_lock($1)"
#define STORE_WRITE_LOCK_KEY INT64_C(7310575213202)

void turn_take(struct lane *lane, struct turn *turn);			/* `granted` comes from the loop */
void turn_end(struct turn *turn);					/* also takes a waiting one out; an idle one is fine */
