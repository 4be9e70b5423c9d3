/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Lease: which daemon runs a connector. A row with an epoch that grows by one at each take-over; every transaction that
 * writes for the connector checks it (the batch by its row in sync_cursor, which a take-over re-stamps too).
 *
 * The same holder (this installation's state directory) takes its own lease back at once after a restart; anybody else
 * waits until it expired. Renewed every third of its life. With its leases a holder has a slot, in which it makes its ids
 * (id.h): one that no other holder has. A holder without a lease makes its few ids in a slot by chance, apart from those.
 */
#include "store.h"

#define LEASE_LIFE_S 30

/*
 * Takes or renews the leases of all connectors of the configuration in one statement and makes their sync_cursor rows.
 * Sets store_connector.epoch; `done` as pg_done (result NULL).
 */
void leases_take(struct store *store, pg_done *done, void *owner);
void leases_give_back(struct store *store, pg_done *done, void *owner);	/* on a clean stop: others need not wait */
