/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * The inside of http: http.c has clients and the loop, http_transfer.c one request from its options to its
 * answer or error, http_address.c which addresses may be talked to.
 */
#include <curl/curl.h>
#include <sys/socket.h>

#include "arena.h"
#include "http.h"

enum transfer_state { TRANSFER_WAITING, TRANSFER_RUNNING, TRANSFER_ENDED };

struct transfer {
	struct transfer *next, **link; /* in the client's list of its state */
	enum transfer_state state;
	struct http_exchange *exchange;
	struct http_client *client;
	struct arena *arena; /* of the request and of the answer's headers */
	CURL *easy;
	struct curl_slist *headers;
	const char *host; /* for messages */
	struct buf body;
	size_t header_bytes;
	bool changes, is_over, loopback_only;
	int n_sent;       /* how often the request was put on a connection */
	char refused[64]; /* address that must not be talked to, "" none */
	char message[CURL_ERROR_SIZE];
	struct error err; /* kind ERROR_NONE: none */
};

struct transfer_list {
	struct transfer *head, **end;
};

struct http_client {
	struct http *http;
	struct loop *loop;
	struct http_limits limits;
	char *ca_file, *user_agent;
	CURLM *multi;
	void *timer;      /* ev_timer: libcurl's clock is the real one */
	struct task kick; /* libcurl's timer, and transfers that ended */
	bool is_due;      /* libcurl's timer expired */
	struct transfer_list waiting, running, ended;
	int n_running;
	bool is_holding;
	struct http_totals totals;
	int depth;    /* entries from the loop on the stack */
	bool is_dead; /* freed inside a callback */
};

struct transfer *transfer_new(struct http_client *client, struct http_exchange *exchange,
                              const struct http_request *request); /* with err when it cannot be asked */
void transfer_free(struct transfer *transfer);
void transfer_ended(struct transfer *transfer, CURLcode code); /* sets err, counts */
void transfer_response(struct transfer *transfer, struct http_response *response);

bool address_is_private(const struct sockaddr *address); /* any that is not of the public internet */
bool address_is_loopback(const struct sockaddr *address);
bool host_is_loopback(const char *host); /* by its name; what it resolves to is checked too */

DEFINE_CLEANUP(CURLU *, curl_url_cleanup)
