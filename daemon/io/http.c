/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <assert.h>
#include <ev.h>

#include "alloc.h"
#include "http_private.h"

struct http {
	struct loop *loop;
	int n_clients;
};

struct socket_watch {
	struct watch watch;
	struct http_client *client;
};

/* -- Lists -- */

static void list_init(struct transfer_list *list)
{
	list->head = NULL;
	list->end = &list->head;
}

static void list_add(struct transfer_list *list, struct transfer *transfer)
{
	transfer->next = NULL;
	transfer->link = list->end;
	*list->end = transfer;
	list->end = &transfer->next;
}

static void list_remove(struct transfer_list *list, struct transfer *transfer)
{
	*transfer->link = transfer->next;
	if (transfer->next)
		transfer->next->link = transfer->link;
	else
		list->end = transfer->link;
}

static struct transfer_list *list_of(struct http_client *client, enum transfer_state state)
{
	switch (state) {
	case TRANSFER_WAITING:
		return &client->waiting;
	case TRANSFER_RUNNING:
		return &client->running;
	default:
		return &client->ended;
	}
}

static void move(struct transfer *transfer, enum transfer_state state)
{
	struct http_client *client = transfer->client;

	list_remove(list_of(client, transfer->state), transfer);
	client->n_running += (state == TRANSFER_RUNNING) - (transfer->state == TRANSFER_RUNNING);
	transfer->state = state;
	list_add(list_of(client, state), transfer);
}

/* -- Running -- */

static void update_hold(struct http_client *client)
{
	bool hold = client->waiting.head || client->running.head || client->ended.head;

	if (hold && !client->is_holding)
		loop_hold(client->loop);
	else if (!hold && client->is_holding)
		loop_release(client->loop);
	client->is_holding = hold;
}

/* From here libcurl asks for its timer, so that nothing happens before the loop runs. */
static void run_waiting(struct http_client *client)
{
	int most = client->limits.connections > 0 ? client->limits.connections : 1;

	while (client->waiting.head && client->n_running < most) {
		struct transfer *transfer = client->waiting.head;

		move(transfer, TRANSFER_RUNNING);
		client->totals.requests++;
		if (curl_multi_add_handle(client->multi, transfer->easy) == CURLM_OK)
			continue;
		fail(&transfer->err, ERROR_TRANSIENT, "out of memory");
		move(transfer, TRANSFER_ENDED);
		task_queue(client->loop, &client->kick);
	}
}

static void collect_ended(struct http_client *client)
{
	int rest;

	/* All of them: the next call would come with the next event only. */
	for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &rest)) != NULL;) {
		struct transfer *transfer = NULL;
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
		(void)curl_multi_remove_handle(client->multi, easy); /* message is gone after this */
		transfer_ended(transfer, code);
		move(transfer, TRANSFER_ENDED);
	}
}

static void tell(struct transfer *transfer)
{
	struct http_exchange *exchange = transfer->exchange;
	struct http_response response;

	exchange->handle = NULL; /* done may send the next one */
	if (transfer->err.kind) {
		exchange->done(exchange, NULL, &transfer->err);
		return;
	}
	transfer_response(transfer, &response);
	exchange->done(exchange, &response, NULL);
}

static void client_enter(struct http_client *client)
{
	client->depth++;
}

static void client_leave(struct http_client *client)
{
	while (!client->is_dead && client->ended.head) {
		struct transfer *transfer = client->ended.head;

		list_remove(&client->ended, transfer);
		tell(transfer);
		transfer_free(transfer);
	}
	if (!client->is_dead) {
		run_waiting(client);
		update_hold(client);
	}
	if (--client->depth == 0 && client->is_dead)
		free(client);
}

static void act(struct http_client *client, curl_socket_t fd, int flags)
{
	int running;

	client_enter(client);
	(void)curl_multi_socket_action(client->multi, fd, flags, &running);
	collect_ended(client);
	client_leave(client);
}

/* -- libcurl's sockets and timer -- */

static void on_ready(struct watch *watch, int events)
{
	struct socket_watch *self = container_of(watch, struct socket_watch, watch);

	act(self->client, watch->fd,
	    (events & WATCH_READ ? CURL_CSELECT_IN : 0) | (events & WATCH_WRITE ? CURL_CSELECT_OUT : 0));
}

static int on_socket(CURL *easy UNUSED, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct http_client *client = arg;
	struct socket_watch *self = assigned;

	if (what == CURL_POLL_REMOVE) {
		if (self)
			watch_stop(&self->watch);
		free(self);
		return 0;
	}
	if (!self) {
		self = alloc_zeroed(1, sizeof(*self));
		self->watch = (struct watch){ .ready = on_ready, .name = "http" };
		self->client = client;
		(void)curl_multi_assign(client->multi, fd, self);
	}
	watch_start(client->loop, &self->watch, fd,
	            (what & CURL_POLL_IN ? WATCH_READ : 0) | (what & CURL_POLL_OUT ? WATCH_WRITE : 0));
	return 0;
}

static void on_kick(struct task *task)
{
	struct http_client *client = container_of(task, struct http_client, kick);

	if (client->is_due) {
		client->is_due = false;
		act(client, CURL_SOCKET_TIMEOUT, 0);
		return;
	}
	client_enter(client);
	client_leave(client);
}

static void on_timer(struct ev_loop *ev UNUSED, ev_timer *timer, int revents UNUSED)
{
	struct http_client *client = timer->data;

	client->is_due = true;
	task_queue(client->loop, &client->kick);
}

/* libcurl must not be called back from here. Milliseconds are kept: its own example for libev rounds them to
 * 0. */
static int on_timeout(CURLM *multi UNUSED, long timeout_ms, void *arg)
{
	struct http_client *client = arg;
	struct ev_loop *ev = loop_ev(client->loop);

	ev_timer_stop(ev, client->timer);
	if (timeout_ms < 0)
		return 0;
	ev_now_update(ev);
	ev_timer_set((ev_timer *)client->timer, (double)timeout_ms / 1000.0, 0.0);
	ev_timer_start(ev, client->timer);
	return 0;
}

/* -- Life -- */

struct http *http_new(struct loop *loop)
{
	struct http *http = alloc_zeroed(1, sizeof(*http));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	http->loop = loop;
	return http;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	assert(http->n_clients == 0);
	curl_global_cleanup();
	free(http);
}

struct http_client *http_client_new(struct http *http, const struct http_limits *limits)
{
	struct http_client *client = alloc_zeroed(1, sizeof(*client));
	ev_timer *timer = alloc_zeroed(1, sizeof(*timer));

	client->http = http;
	client->loop = http->loop;
	client->limits = *limits;
	client->ca_file = alloc_text(limits->ca_file);
	client->user_agent = alloc_text(limits->user_agent);
	client->kick = (struct task){ .run = on_kick, .name = "http" };
	list_init(&client->waiting);
	list_init(&client->running);
	list_init(&client->ended);
	ev_init(timer, on_timer);
	timer->data = client;
	client->timer = timer;
	client->multi = curl_multi_init();
	if (!client->multi)
		abort();
	(void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	(void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	(void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	(void)curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)limits->connections);
	(void)curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)limits->connections);
	http->n_clients++;
	return client;
}

static void drop(struct transfer *transfer)
{
	struct http_client *client = transfer->client;

	if (transfer->state == TRANSFER_RUNNING) {
		(void)curl_multi_remove_handle(client->multi, transfer->easy);
		client->n_running--;
	}
	list_remove(list_of(client, transfer->state), transfer);
	transfer->exchange->handle = NULL;
	transfer_free(transfer);
}

void http_client_free(struct http_client *client)
{
	if (!client || client->is_dead)
		return;
	client->is_dead = true;
	for (int state = TRANSFER_WAITING; state <= TRANSFER_ENDED; state++)
		for (struct transfer_list *list = list_of(client, state); list->head;)
			drop(list->head);
	(void)curl_multi_cleanup(client->multi);
	ev_timer_stop(loop_ev(client->loop), client->timer);
	task_cancel(client->loop, &client->kick);
	free(client->timer);
	free(client->ca_file);
	free(client->user_agent);
	update_hold(client);
	client->http->n_clients--;
	if (!client->depth)
		free(client);
}

void http_send(struct http_client *client, struct http_exchange *exchange, const struct http_request *request)
{
	struct transfer *transfer = transfer_new(client, exchange, request);

	assert(!exchange->handle && !client->is_dead);
	exchange->handle = transfer;
	exchange->client = client;
	transfer->state = transfer->err.kind ? TRANSFER_ENDED : TRANSFER_WAITING;
	list_add(list_of(client, transfer->state), transfer);
	client->totals.failures += transfer->err.kind != ERROR_NONE;
	task_queue(client->loop, &client->kick); /* runs it, or tells what is wrong with it */
	update_hold(client);
}

void http_cancel(struct http_exchange *exchange)
{
	struct http_client *client = exchange->client;

	if (!exchange->handle)
		return;
	drop(exchange->handle);
	task_queue(client->loop, &client->kick); /* its place is free */
	update_hold(client);
}

bool http_is_busy(const struct http_exchange *exchange)
{
	return exchange->handle != NULL;
}

struct http_totals http_client_totals(const struct http_client *client)
{
	return client->totals;
}

const char *http_library(void)
{
	return curl_version();
}
