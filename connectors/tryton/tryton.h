/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Tryton: settings and parts of the module, see README.md. */
#include "connector.h"
#include "json.h"
#include "walk.h"

enum { PARTY_AUTO, PARTY_PERSON, PARTY_ACCOUNT };
enum { TITLE_NONE, TITLE_COMMENT };
enum { ALERT_NOTE };

struct tryton_config {
	const char *login;
	struct slice password;
	int party;    /* PARTY_… */
	int title_in; /* TITLE_… */
	int alert;    /* ALERT_… */
	int64_t page_size;
};

#define TRYTON_IDS_MAX  500
#define TRYTON_PUSH_MAX 100

extern const struct stream_ops tryton_employee, tryton_party, tryton_opportunity, tryton_engagement;

enum next tryton_notice_ask(struct notice *notice, struct http_request *request, struct error *err);
bool tryton_notice_read(struct notice *notice, const struct http_response *response, struct error *err);

/* describe.c: fields_get of the model, plus the fields we derive. */
struct derived_field {
	const char *name, *type;
	bool can_write; /* false for all but these of the model's own, too */
};
enum next describe_model_ask(struct describe *describe, const char *model, struct http_request *request,
                             struct error *err);
bool describe_model_read(struct describe *describe, const struct derived_field *derived,
                         const struct http_response *response, struct error *err);
