/* SPDX-License-Identifier: Apache-2.0 */
#include "http_message.h"

#include "tap.h"

static struct arena *arena;
static struct http_request request;

static void test_address_is_built_from_escaped_pieces(void)
{
	http_request_begin(&request, arena, "GET", "https://api.example.com/", "/crm/v3/objects");
	http_request_segment(&request, SLICE("a/b?c#d"));
	http_request_query(&request, "limit", SLICE("100"));
	http_request_query(&request, "q", SLICE("Name = 'O&Neil' +1%"));
	http_request_query(&request, "a b", SLICE(""));
	CHECK_TEXT(request.url, "https://api.example.com/crm/v3/objects/a%2Fb%3Fc%23d?limit=100"
	                        "&q=Name%20%3D%20%27O%26Neil%27%20%2B1%25&a%20b=");
	CHECK_TEXT(request.method, "GET");
	CHECK(slice_is_null(request.body));
}

static void test_path_is_taken_as_it_is(void)
{
	http_request_begin(&request, arena, "GET", "https://x.example", "/p?a=1");
	http_request_query(&request, "b", SLICE("2"));
	CHECK_TEXT(request.url, "https://x.example/p?a=1&b=2");
	http_request_begin(&request, arena, "GET", "https://x.example/base", "");
	CHECK_TEXT(request.url, "https://x.example/base");
	http_request_begin(&request, arena, "GET", "https://x.example/base/", "");
	CHECK_TEXT(request.url, "https://x.example/base/");
}

static void test_escape_leaves_unreserved_only(void)
{
	char all[256];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	struct slice out = url_escape(arena, (struct slice){ all, sizeof(all) });
	CHECK_INT((int64_t)out.len, 66 + 190 * 3);
	CHECK_SLICE(url_escape(arena, SLICE("AZaz09-._~")), "AZaz09-._~");
	CHECK_SLICE(url_escape(arena, SLICE("\0/ \xc3\xbc")), "%00%2F%20%C3%BC");
	CHECK_SLICE(url_escape(arena, SLICE_NULL), "");
}

static void test_a_header_replaces_its_namesake(void)
{
	http_request_begin(&request, arena, "GET", "https://x.example", "/");
	http_request_header(&request, "Accept", "application/json");
	http_request_secret(&request, "Authorization", "Bearer old");
	http_request_secret(&request, "authorization", "Bearer new");
	CHECK_INT((int64_t)request.n_headers, 2);
	CHECK_TEXT(http_header_find(request.headers, request.n_headers, "AUTHORIZATION"), "Bearer new");
	CHECK(request.headers[1].is_secret);
	CHECK(!request.headers[0].is_secret);
}

static void test_many_headers_are_kept(void)
{
	http_request_begin(&request, arena, "GET", "https://x.example", "/");
	for (int i = 0; i < 100; i++)
		http_request_header(&request, arena_printf(arena, "X-%d", i), arena_printf(arena, "%d", i));
	CHECK_INT((int64_t)request.n_headers, 100);
	for (int i = 0; i < 100; i++)
		CHECK_TEXT(request.headers[i].value, arena_printf(arena, "%d", i));
}

static void test_a_value_cannot_start_another_header(void)
{
	http_request_begin(&request, arena, "GET", "https://x.example", "/");
	http_request_secret(&request, "Authorization", "Bearer a\r\nX-Evil: 1\n\x7f");
	CHECK_TEXT(request.headers[0].value, "Bearer aX-Evil: 1");
}

static void test_bodies_come_with_their_type(void)
{
	char body[] = "{\"a\":1}";

	http_request_begin(&request, arena, "POST", "https://x.example", "/");
	http_request_json(&request, slice_of(body));
	body[0] = 'x';
	CHECK_SLICE(request.body, "{\"a\":1}");
	CHECK_TEXT(http_header_find(request.headers, request.n_headers, "content-type"), "application/json");

	http_request_begin(&request, arena, "POST", "https://x.example", "/token");
	http_request_form(&request, "grant_type", SLICE("client_credentials"));
	http_request_form(&request, "secret", SLICE("a&b=c d\xc3\xbc"));
	CHECK_SLICE(request.body, "grant_type=client_credentials&secret=a%26b%3Dc%20d%C3%BC");
	CHECK_INT((int64_t)request.n_headers, 1);
	CHECK_TEXT(request.headers[0].value, "application/x-www-form-urlencoded");
}

static void test_json_is_told_by_content_type(void)
{
	static const struct {
		const char *type;
		bool is;
	} types[] = {
		{ "application/json", true },
		{ "application/json;charset=UTF-8", true },
		{ "Application/JSON ; x=y", true },
		{ "application/problem+json", true },
		{ "application/vnd.api+JSON", true },
		{ "text/json", true },
		{ "text/html", false },
		{ "text/html; x=application/json", false },
		{ "application/jsonx", false },
		{ "+json", false },
		{ "", false },
		{ "application/x-json-stream", false },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct http_header header = { .name = "CONTENT-TYPE", .value = types[i].type };
		struct http_response response = { .status = 200, .headers = &header, .n_headers = 1 };

		CHECK_INT(http_response_is_json(&response), types[i].is);
	}
	CHECK(!http_response_is_json(&(struct http_response){ .status = 200 }));
}

static void test_response_headers_are_found_in_any_case(void)
{
	struct http_header headers[] = { { .name = "X-A", .value = "1" },
		                         { .name = "retry-after", .value = "2" } };
	struct http_response response = { .headers = headers, .n_headers = 2 };

	CHECK_TEXT(http_response_header(&response, "Retry-After"), "2");
	CHECK(!http_response_header(&response, "Retry"));
	CHECK(!http_response_header(&(struct http_response){ 0 }, "Retry-After"));
}

int main(void)
{
	arena = arena_new(4096);
	RUN(test_address_is_built_from_escaped_pieces);
	RUN(test_path_is_taken_as_it_is);
	RUN(test_escape_leaves_unreserved_only);
	RUN(test_a_header_replaces_its_namesake);
	RUN(test_many_headers_are_kept);
	RUN(test_a_value_cannot_start_another_header);
	RUN(test_bodies_come_with_their_type);
	RUN(test_json_is_told_by_content_type);
	RUN(test_response_headers_are_found_in_any_case);
	arena_free(arena);
	return tap_done();
}
