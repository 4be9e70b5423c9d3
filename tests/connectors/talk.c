/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

#define REQUESTS_MAX 10000			/* a conversation that never ends is a failure, not a wait */

static bool is_repeated(enum error_kind kind)
{
	return kind == ERROR_TRANSIENT || kind == ERROR_THROTTLED || kind == ERROR_EXPIRED;
}

static bool answer_check(const struct talk *talk, const struct http_response *response, struct error *err)
{
	const struct connector_ops *ops = talk->one->ops;

	if (response->status == 0)
		return fail(err, ERROR_TRANSIENT, "no answer");
	return ops->check ? ops->check(response, err) : http_check(response, err);
}

/* Reports an error; true: it is of the kind after which the engine asks again, and an answer is left to give. */
static bool error_take(struct talk *talk, const struct error *err)
{
	json_array_append_new(talk->errors, show_error(err));
	return is_repeated(err->kind) && talk->next_response < talk->one->n_responses;
}

const char *talk_run(struct talk *talk)
{
	struct test_case *one = talk->one;

	for (int i = 0; i < REQUESTS_MAX; i++) {
		struct http_request request = { .arena = one->arena };
		const struct http_response *response;
		struct error err = { 0 };
		enum next next = talk->ask(talk, &request, &err);

		if (next == NEXT_DONE)
			return "done";
		if (next == NEXT_FAILED) {
			json_array_append_new(talk->errors, show_error(&err));
			return "failed";
		}
		if (!talk->is_login && one->ops->authorize)
			one->ops->authorize(&talk->session, &request);
		show_request(&talk->texts->requests, &request);
		if (talk->next_response == one->n_responses)
			return "asks on";
		response = &one->responses[talk->next_response++];
		if (answer_check(talk, response, &err) && talk->read(talk, response, &err))
			continue;
		if (!error_take(talk, &err))
			return "failed";
	}
	return "never ends";
}
