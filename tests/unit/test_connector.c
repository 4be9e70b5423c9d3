/* SPDX-License-Identifier: Apache-2.0 */
#include "connector.h"

#include "cleanup.h"
#include "clock.h"
#include "tap.h"

static const struct stream_ops contacts = { .name = "contact" }, deals = { .name = "deal" };
static const struct stream_ops *const streams[] = { &contacts, &deals, NULL };
static const struct connector_ops acme = { .name = "acme", .streams = streams },
                                  other = { .name = "other", .streams = streams + 2 };
const struct connector_ops *const connector_registry[] = { &acme, &other, NULL };

static struct http_header headers[4];
static struct error err;

static bool check(int status, const char *name, const char *value, const char *date)
{
	struct http_response response = { .status = status,
		                          .headers = headers,
		                          .body = SLICE("{\"message\":\"no\",\n\"x\":1}") };

	headers[response.n_headers++] =
	        (struct http_header){ .name = "content-type", .value = "application/json; charset=utf-8" };
	if (name)
		headers[response.n_headers++] = (struct http_header){ .name = name, .value = value };
	if (date)
		headers[response.n_headers++] = (struct http_header){ .name = "Date", .value = date };
	err = (struct error){ 0 };
	return http_check(&response, &err);
}

static void test_status_decides_the_kind(void)
{
	static const struct {
		int status;
		enum error_kind kind;
	} cases[] = {
		{ 200, ERROR_NONE },      { 207, ERROR_NONE },      { 299, ERROR_NONE },
		{ 0, ERROR_TRANSIENT },   { 301, ERROR_RECORD },    { 400, ERROR_RECORD },
		{ 401, ERROR_EXPIRED },   { 403, ERROR_REFUSED },   { 404, ERROR_RECORD },
		{ 408, ERROR_TRANSIENT }, { 413, ERROR_TOO_LARGE }, { 425, ERROR_TRANSIENT },
		{ 429, ERROR_THROTTLED }, { 500, ERROR_TRANSIENT }, { 503, ERROR_TRANSIENT },
		{ 599, ERROR_TRANSIENT }, { 600, ERROR_RECORD },    { -1, ERROR_RECORD },
		{ 100, ERROR_RECORD },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CHECK_INT(check(cases[i].status, NULL, NULL, NULL), cases[i].kind == ERROR_NONE);
		CHECK_INT(err.kind, cases[i].kind);
	}
}

static int wait_s(const char *value, const char *date)
{
	CHECK(!check(429, "retry-after", value, date));
	return err.retry_after_s;
}

static void test_retry_after_is_read_in_both_forms_and_bounded(void)
{
	CHECK_INT(wait_s("7", NULL), 7);
	CHECK_INT(wait_s(" 7 ", NULL), 7);
	CHECK_INT(wait_s("0", NULL), 0);
	CHECK_INT(wait_s("-5", NULL), 0);
	CHECK_INT(wait_s("86401", NULL), 86400);
	CHECK_INT(wait_s("99999999999999999999999", NULL), 86400);
	CHECK_INT(wait_s("soon", NULL), 0);
	CHECK_INT(wait_s("", NULL), 0);
	CHECK_INT(wait_s("7.5", NULL), 0);
	CHECK(!check(429, NULL, NULL, NULL));
	CHECK_INT(err.retry_after_s, 0);
	/* Against the sender's clock, whatever ours says. */
	CHECK_INT(wait_s("Sun, 06 Nov 1994 08:50:07 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"), 30);
	CHECK_INT(wait_s("Sunday, 06-Nov-94 08:50:07 GMT", "Sun Nov  6 08:49:37 1994"), 30);
	CHECK_INT(wait_s("Sun, 06 Nov 1994 08:49:07 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"), 0);
	CHECK_INT(wait_s("Sun, 06 Nov 2094 08:49:07 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"), 86400);
	CHECK_INT(wait_s("Sun, 31 Feb 1994 08:50:07 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"), 0);
	/* Without it, against ours. */
	clock_fake_set(INT64_C(784111777) * US_PER_S + 1); /* a moment after 08:49:37 */
	CHECK_INT(wait_s("Sun, 06 Nov 1994 08:50:07 GMT", NULL), 30);
	CHECK_INT(wait_s("Sun, 06 Nov 1994 08:50:07 GMT", "yesterday"), 30);
	clock_fake_end();
}

static void test_error_quotes_a_json_answer_on_one_line_and_no_page(void)
{
	CHECK(!check(400, NULL, NULL, NULL));
	CHECK_TEXT(err.text, "answer 400: {\"message\":\"no\", \"x\":1}");

	struct http_header html = { .name = "Content-Type", .value = "text/html" };
	struct http_response response = {
		.status = 502, .headers = &html, .n_headers = 1, .body = SLICE("<html>")
	};
	CHECK(!http_check(&response, &err));
	CHECK_TEXT(err.text, "answer 502");

	char large[5000];
	memset(large, 'x', sizeof(large));
	html.value = "application/problem+json";
	response.body = (struct slice){ large, sizeof(large) };
	CHECK(!http_check(&response, &err));
	CHECK(strlen(err.text) < 300);
	response.body = SLICE("\xff\0\x1b[31m");
	CHECK(!http_check(&response, &err));
	CHECK_TEXT(err.text, "answer 502: ?  [31m");
}

static void test_modules_and_streams_are_found_by_their_whole_name(void)
{
	CHECK(connector_find("acme") == &acme);
	CHECK(connector_find("other") == &other);
	CHECK(!connector_find("acm"));
	CHECK(!connector_find(""));
	CHECK(connector_stream(&acme, "deal") == &deals);
	CHECK(!connector_stream(&acme, "deals"));
	CHECK(!connector_stream(&other, "contact"));
}

static void test_hook_headers_are_found_in_any_case(void)
{
	const struct http_header sent[] = { { .name = "X-Signature", .value = "abc" } };
	struct hook hook = { .headers = sent, .n_headers = 1 };

	CHECK_TEXT(hook_header(&hook, "x-signature"), "abc");
	CHECK(!hook_header(&hook, "signature"));
}

static void test_setting_types_have_names(void)
{
	CHECK_TEXT(setting_type_name(SETTING_DURATION), "duration");
	CHECK_TEXT(setting_type_name(SETTING_SIZE), "size");
	CHECK_TEXT(setting_type_name((enum setting_type)99), "unknown");
}

int main(void)
{
	RUN(test_status_decides_the_kind);
	RUN(test_retry_after_is_read_in_both_forms_and_bounded);
	RUN(test_error_quotes_a_json_answer_on_one_line_and_no_page);
	RUN(test_modules_and_streams_are_found_by_their_whole_name);
	RUN(test_hook_headers_are_found_in_any_case);
	RUN(test_setting_types_have_names);
	return tap_done();
}
