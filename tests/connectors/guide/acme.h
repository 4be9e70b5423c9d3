/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Acme: the example of docs/connector-guide.md, a module for an invented system. Built and played by the
 * tests, and not part of the daemon.
 */
#include "connector.h"

struct acme_config {
	struct slice token;
	struct slice hook_secret;
	int64_t hook_max_age_ms;
};

bool acme_is_json(const struct http_response *response, struct error *err) MUST_CHECK;

/* people.c */
enum next acme_people_ask(struct pull *pull, struct http_request *request, struct error *err);
bool acme_people_read(struct pull *pull, const struct http_response *response, struct error *err);

/* push.c */
enum next acme_push_ask(struct push *push, struct http_request *request, struct error *err);
bool acme_push_read(struct push *push, const struct http_response *response, struct error *err);

/* hook.c */
bool acme_hook_verify(const struct hook *hook, struct error *err);
bool acme_hook_parse(const struct hook *hook, struct hook_events *events, struct error *err);
