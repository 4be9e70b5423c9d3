/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Instance: one configured remote system at run time: its session, its HTTP client, its budget, what its describe told, and
 * the work that runs against it.
 *
 * A remote call (struct remote_call) is one request with its answer. It waits for its lane's turn in the budget and for a
 * session, is authorised, sent, and its answer checked. What is the same for all connectors is dealt with here: a lost
 * session is renewed once for all waiting calls and the call sent once more; throttling makes the whole instance wait as
 * told; transient failures of reads are tried again with full jitter (5 times, 0.5 … 30 s); a request that changes
 * something is never sent twice unless it surely had no effect. The request is asked for only when the call's turn has come
 * and the session is there, since it may need what the login gave (base address, context). `done` is called once, from the
 * loop: with the answer, with an error, or with neither when `ask` had nothing to ask.
 *
 * A session that is refused stops the instance's calls with that error, until the configuration is reloaded, the instance is
 * resumed, or five minutes have passed.
 */
#include "budget.h"
#include "config.h"
#include "connector.h"
#include "hooks.h"
#include "http.h"
#include "log.h"
#include "loop.h"
#include "store.h"

struct engine;
struct instance;
struct pass;
struct push_run;

struct remote_call {
	struct instance *instance;
	enum lane_kind lane;
	enum next (*ask)(struct remote_call *call, struct error *err);	/* fills call->request; its arena lives until done */
	void (*done)(struct remote_call *call, const struct http_response *response, const struct error *err);
	void *owner;
	struct http_request request;
	/* private */
	struct remote_call *next;		/* in a lane's queue */
	struct http_exchange exchange;
	struct timer pause;
	int attempts, state;
	const struct arena *owner_session;	/* the session it was sent under */
	bool is_built;				/* ask was called */
	bool is_renewed;			/* the session was renewed for it already */
};

void remote_call_start(struct remote_call *call);
void remote_call_cancel(struct remote_call *call);			/* done is not called; an idle one is fine */
bool remote_call_is_busy(const struct remote_call *call);

/* One stream of an instance at run time. */
struct stream_state {
	struct instance *instance;
	const struct stream_config *config;	/* as configured */
	struct stream_config effective;		/* without the fields the remote lacks */
	const char **fields;			/* of the pull: effective's remote fields, then the key field if it is there */
	size_t n_fields;
	bool is_described, has_key_field;
	const char *const *missing;		/* configured fields the remote does not have; NULL-terminated or NULL */
	bool is_loaded;				/* its first load is whole */
	bool is_refused;			/* logged in, yet the last pass was refused: no such object, or no right to it */
	char *cursor;				/* as stored; NULL: none yet */
	int64_t due_us;				/* monotonic: when it is polled next */
	int64_t passed_us;			/* wall: end of the last pass that went through; 0 none */
	int failures;				/* passes failed in a row */
	struct error error;			/* of the last pass; kind ERROR_NONE: it was fine */
	uint64_t records, changed, parked;	/* since the start */
	double records_per_s;			/* of the last pass */
};

struct instance {
	struct engine *engine;
	const struct connector_config *config;
	const char *name;
	struct log log;				/* connector=name */
	struct http_client *client;
	struct budget budget;
	struct remote_call *queue[LANE_KIND_COUNT];
	struct timer admit;			/* asks the budget again */
	struct task admit_now;

	struct session session;
	struct arena *session_arena, *login_arena;
	enum { SESSION_NONE, SESSION_OPENING, SESSION_OPEN, SESSION_REFUSED } session_state;
	struct http_exchange login;
	struct timer login_retry;
	int login_failures;
	struct error error;			/* why it is refused or down; ERROR_NONE: fine */

	struct arena *arena;			/* of the stream states; renewed on reload */
	/* Arenas of before a reload, while passes that were given up still store what they had read. */
	struct arena **old_arenas;
	size_t n_old_arenas;
	struct pass *draining;			/* such passes */
	struct stream_state *streams;
	size_t n_streams;
	bool is_paused;

	struct pass *poll, *hot, *resync;	/* what runs now; NULL: nothing */
	struct push_run *push;
	struct timer schedule;			/* next poll */
	struct timer push_due, hooks_due;
	struct inbox_asking hooks_asking;
	int64_t changes[60];			/* pushed in each of the last 60 minutes, for the guard */
	int64_t changes_minute;
	int64_t n_linked;			/* records of it in the store */
	bool is_held;				/* the guard holds pushes */
	uint64_t pushed, push_failed, hooks_accepted, hooks_refused, hook_events;
};

struct instance *instance_new(struct engine *engine, const struct connector_config *config);
void instance_stop(struct instance *instance);				/* cancels all of its work */
void instance_free(struct instance *instance);				/* stops it first; NULL is fine */
/* A new configuration: keeps the session if nothing it depends on changed. */
void instance_reconfigure(struct instance *instance, const struct connector_config *config);
struct stream_state *instance_stream(struct instance *instance, const char *name);	/* NULL if none */
struct store_connector *instance_store(const struct instance *instance);	/* its row in the store */
void instance_drained(struct instance *instance);			/* a pass of `draining` is over */
bool instance_is_ours(const struct instance *instance);			/* we hold its lease */
/* The first loads are whole of all its streams but those that the remote refuses, and at least one is. */
bool instance_is_loaded(const struct instance *instance);
