/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "http_private.h"
#include "tap.h"

#define GUARD_US (20 * US_PER_S)

/* -- A server that does what the path says, a thread a connection -- */

static int server_port;
static atomic_int n_connections, n_requests, n_effects;
static struct buf bomb; /* 50 MB in 50 kB of gzip */

static bool send_all(int fd, const void *data, size_t len)
{
	for (const char *at = data; len;) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool send_text(int fd, const char *text)
{
	return send_all(fd, text, strlen(text));
}

static bool answer(int fd, const char *extra, struct slice body)
{
	char head[512];

	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", extra, body.len);
	return send_text(fd, head) && send_all(fd, body.data, body.len);
}

static bool do_plain(int fd, const char *request)
{
	(void)request;
	return answer(fd, "Content-Type: application/json\r\nX-Twice: a\r\nX-Twice: b\r\n",
	              SLICE("{\"ok\":true}"));
}

static bool do_echo(int fd, const char *request)
{
	return answer(fd, "", slice_of(request));
}

static bool do_bomb(int fd, const char *request)
{
	(void)request;
	return answer(fd, "Content-Encoding: gzip\r\n", buf_slice(&bomb));
}

static bool do_small_gzip(int fd, const char *request)
{
	static const char hello[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86"
	                            "\xa6\x10\x36\x05\x00\x00\x00";

	(void)request;
	return answer(fd, "Content-Encoding: gzip\r\n", (struct slice){ hello, sizeof(hello) - 1 });
}

static bool do_broken_gzip(int fd, const char *request)
{
	(void)request;
	return answer(fd, "Content-Encoding: gzip\r\n", SLICE("\x1f\x8b\x08 this is no gzip at all"));
}

static bool do_truncated(int fd, const char *request)
{
	(void)request;
	send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
	return false;
}

static bool do_bad_chunk(int fd, const char *request)
{
	(void)request;
	send_text(fd,
	          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nnonsense\r\n");
	return false;
}

static bool do_drip(int fd, const char *request)
{
	(void)request;
	if (!send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"))
		return false;
	for (int i = 0; i < 100 && send_text(fd, "x"); i++)
		usleep(100 * 1000);
	return false;
}

static bool do_redirect(int fd, const char *request)
{
	(void)request;
	return send_text(fd, "HTTP/1.1 302 Found\r\nLocation: /effect\r\nContent-Length: 0\r\n\r\n");
}

static bool do_large(int fd, const char *request)
{
	char *text = alloc_zeroed(1, 300000);

	(void)request;
	memset(text, 'l', 300000);
	bool sent = answer(fd, "", (struct slice){ text, 300000 });
	free(text);
	return sent;
}

static bool do_headers(int fd, const char *request)
{
	(void)request;
	send_text(fd, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 2000; i++)
		if (!send_text(fd,
		               "X-Filler: "
		               "0123456789012345678901234567890123456789012345678901234567890123456789\r\n"))
			return false;
	return send_text(fd, "Content-Length: 0\r\n\r\n");
}

static bool do_effect(int fd, const char *request)
{
	(void)request;
	n_effects++;
	return answer(fd, "", SLICE("done"));
}

static bool do_effect_and_hang_up(int fd, const char *request)
{
	(void)fd;
	(void)request;
	n_effects++;
	return false;
}

static bool do_hang(int fd, const char *request)
{
	char byte;

	(void)request;
	return recv(fd, &byte, 1, 0) > 0;
}

static bool do_slow(int fd, const char *request)
{
	usleep(50 * 1000);
	return do_plain(fd, request);
}

static bool do_error(int fd, const char *request)
{
	(void)request;
	return send_text(fd, "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy");
}

static const struct {
	const char *path;
	bool (*act)(int fd, const char *request); /* false: close */
} paths[] = {
	{ "/plain", do_plain },
	{ "/echo", do_echo },
	{ "/bomb", do_bomb },
	{ "/gzip", do_small_gzip },
	{ "/broken-gzip", do_broken_gzip },
	{ "/truncated", do_truncated },
	{ "/bad-chunk", do_bad_chunk },
	{ "/drip", do_drip },
	{ "/redirect", do_redirect },
	{ "/large", do_large },
	{ "/headers", do_headers },
	{ "/effect-lost", do_effect_and_hang_up },
	{ "/effect", do_effect },
	{ "/hang", do_hang },
	{ "/slow", do_slow },
	{ "/error", do_error },
};

/* One request: head, then Content-Length bytes. Leaves what comes after it in the buffer. */
static bool read_request(int fd, struct buf *in, size_t *ret_len)
{
	char piece[65536];

	for (;;) {
		char *head_end = in->len ? strstr(in->data, "\r\n\r\n") : NULL;
		if (head_end) {
			const char *length = strcasestr(in->data, "content-length:");
			size_t body = length && length < head_end ? strtoul(length + 15, NULL, 10) : 0;
			*ret_len = (size_t)(head_end - in->data) + 4 + body;
			if (in->len >= *ret_len)
				return true;
		}
		ssize_t n = recv(fd, piece, sizeof(piece), 0);
		if (n <= 0)
			return false;
		buf_add(in, piece, (size_t)n);
	}
}

static bool serve_one(int fd, const char *request)
{
	const char *path = strchr(request, ' ');

	n_requests++;
	for (size_t i = 0; path && i < ARRAY_SIZE(paths); i++)
		if (strncmp(path + 1, paths[i].path, strlen(paths[i].path)) == 0)
			return paths[i].act(fd, request);
	return send_text(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct buf in;
	size_t len;
	bool goes_on = true;

	buf_init(&in, 8 << 20);
	while (goes_on && read_request(fd, &in, &len)) {
		char *request = alloc_zeroed(1, len + 1);
		memcpy(request, in.data, len);
		buf_consume(&in, len);
		goes_on = serve_one(fd, request);
		free(request);
	}
	buf_done(&in);
	close(fd);
	return NULL;
}

static void *accept_all(void *arg)
{
	int listener = (int)(intptr_t)arg, fd;
	pthread_t thread;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		n_connections++;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
			pthread_detach(thread);
	}
	return NULL;
}

static int listen_here(int *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(fd, 128), 0);
	getsockname(fd, (struct sockaddr *)&address, &len);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static void start_server(void)
{
	pthread_t thread;
	int fd = listen_here(&server_port);

	if (pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)fd) == 0)
		pthread_detach(thread);
}

static void make_bomb(void)
{
	char piece[4096];
	size_t n;
	FILE *pipe = popen("head -c 52428800 /dev/zero | gzip -9", "re");

	buf_init(&bomb, 1 << 20);
	while ((n = fread(piece, 1, sizeof(piece), pipe)) > 0)
		buf_add(&bomb, piece, n);
	pclose(pipe);
	CHECK(bomb.len > 10000 && bomb.len < 200000);
}

/* -- The client's side -- */

static struct loop *loop;
static struct http *http;
static bool timed_out;
static int n_told;

struct asked {
	struct http_exchange exchange;
	struct arena *arena;
	int calls, status, n_headers;
	struct error err;
	char body[4096];
	size_t body_len;
	char header[128]; /* X-Twice or Retry-After */
	int stop_at;      /* loop_stop() when so many were told */
};

static void on_done(struct http_exchange *exchange, const struct http_response *response,
                    const struct error *err)
{
	struct asked *asked = container_of(exchange, struct asked, exchange);

	asked->calls++;
	CHECK(!http_is_busy(exchange));
	CHECK((response != NULL) != (err != NULL));
	if (err)
		asked->err = *err;
	if (response) {
		const char *header = http_response_header(response, "retry-after");
		asked->status = response->status;
		asked->n_headers = (int)response->n_headers;
		asked->body_len = response->body.len;
		CHECK(response->body.data != NULL);
		snprintf(asked->body, sizeof(asked->body), "%.*s", SLICE_ARGS(response->body));
		snprintf(asked->header, sizeof(asked->header), "%s", header ? header : "");
	}
	if (++n_told >= asked->stop_at)
		loop_stop(loop);
}

static void on_guard(struct timer *timer)
{
	(void)timer;
	timed_out = true;
	loop_stop(loop);
}

static void run_loop(void)
{
	struct timer guard = { .expired = on_guard, .name = "guard" };

	n_told = 0;
	timed_out = false;
	timer_start(loop, &guard, GUARD_US);
	loop_run(loop);
	timer_stop(loop, &guard);
	CHECK(!timed_out);
}

static const struct http_limits usual = {
	.timeout_ms = 10000,
	.connect_timeout_ms = 3000,
	.body_max = 100000,
	.allow_private = true,
	.connections = 8,
	.user_agent = "tandem-test/1",
};

static void begin(struct asked *asked, struct http_request *request, const char *method, const char *path)
{
	char base[64];

	*asked = (struct asked){ .exchange.done = on_done, .arena = arena_new(1024), .stop_at = 1 };
	snprintf(base, sizeof(base), "http://127.0.0.1:%d", server_port);
	*request = (struct http_request){ 0 };
	http_request_begin(request, asked->arena, method, base, path);
}

static struct asked ask_with(const struct http_limits *limits, const char *method, const char *path,
                             bool changes)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, limits);
	struct asked asked;
	struct http_request request;

	begin(&asked, &request, method, path);
	request.changes = changes;
	http_send(client, &asked.exchange, &request);
	CHECK(http_is_busy(&asked.exchange));
	CHECK_INT(asked.calls, 0);     /* starting never calls back */
	arena_free(TAKE(asked.arena)); /* the request was copied */
	run_loop();
	CHECK_INT(asked.calls, 1);
	return asked;
}

static struct asked ask(const char *path)
{
	return ask_with(&usual, "GET", path, false);
}

static void test_plain_answer_comes_whole(void)
{
	struct asked asked = ask("/plain");

	CHECK_INT(asked.err.kind, ERROR_NONE);
	CHECK_INT(asked.status, 200);
	CHECK_TEXT(asked.body, "{\"ok\":true}");
	CHECK_INT(asked.n_headers, 4);
}

static void test_error_status_is_an_answer(void)
{
	struct asked asked = ask("/error");

	CHECK_INT(asked.status, 503);
	CHECK_TEXT(asked.header, "7");
	CHECK_TEXT(asked.body, "busy");
	CHECK_INT(ask("/nowhere").status, 404);
}

static struct asked echo(const char *method, struct slice body, bool with_type)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, &usual);
	struct asked asked;
	struct http_request request;

	begin(&asked, &request, method, "/echo");
	http_request_header(&request, "X-Empty", "");
	http_request_secret(&request, "Authorization", "Bearer s3cret");
	if (with_type)
		http_request_header(&request, "Content-Type", "text/csv");
	request.body = body;
	http_send(client, &asked.exchange, &request);
	arena_free(TAKE(asked.arena));
	run_loop();
	return asked;
}

static void test_request_says_what_was_asked(void)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE", "GET" };
	char want[32];

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		struct asked asked = echo(methods[i], SLICE("{\"a\":1}"), true);
		snprintf(want, sizeof(want), "%s /echo HTTP/1.1\r\n", methods[i]);
		CHECK(strncmp(asked.body, want, strlen(want)) == 0);
		CHECK(strstr(asked.body, "\r\nContent-Length: 7\r\n") != NULL);
		CHECK(strstr(asked.body, "\r\nContent-Type: text/csv\r\n") != NULL);
		CHECK(strstr(asked.body, "\r\n\r\n{\"a\":1}") != NULL);
		CHECK(strstr(asked.body, "\r\nX-Empty:") != NULL);
		CHECK(strstr(asked.body, "\r\nAuthorization: Bearer s3cret\r\n") != NULL);
		CHECK(strstr(asked.body, "\r\nUser-Agent: tandem-test/1\r\n") != NULL);
		CHECK(strstr(asked.body, "gzip") != NULL);
		CHECK(strstr(asked.body, "Expect") == NULL);
	}
}

static void test_request_without_a_body_has_none(void)
{
	struct asked get = echo("GET", SLICE_NULL, false), post = echo("POST", SLICE_NULL, false);
	struct asked gone = echo("DELETE", SLICE_NULL, false);

	CHECK(strstr(get.body, "Content-Length") == NULL);
	CHECK(strstr(gone.body, "Content-Length") == NULL);
	CHECK(strncmp(gone.body, "DELETE ", 7) == 0);
	CHECK(strstr(post.body, "\r\nContent-Length: 0\r\n") != NULL);
	CHECK(strstr(post.body, "Content-Type") == NULL);
}

static void test_large_body_is_sent_whole(void)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, &usual);
	struct asked asked;
	struct http_request request;
	char *body = alloc_zeroed(1, 3 << 20);

	memset(body, 'b', 3 << 20);
	begin(&asked, &request, "POST", "/effect");
	request.body = (struct slice){ body, 3 << 20 };
	request.changes = true;
	http_send(client, &asked.exchange, &request);
	free(body);
	arena_free(TAKE(asked.arena));
	run_loop();
	CHECK_TEXT(asked.body, "done");
	CHECK(http_client_totals(client).bytes_out > 3 << 20);
}

static void test_compressed_answer_is_opened(void)
{
	CHECK_TEXT(ask("/gzip").body, "hello");
}

static void test_bomb_is_cut_at_the_ceiling(void)
{
	struct asked asked = ask("/bomb");

	CHECK_INT(asked.err.kind, ERROR_RECORD);
	CHECK(strstr(asked.err.text, "larger than 100000 bytes") != NULL);
}

static void test_answer_over_the_ceiling_is_refused(void)
{
	CHECK_INT(ask("/large").err.kind, ERROR_RECORD);
	CHECK_INT(ask("/headers").err.kind, ERROR_RECORD);
	struct http_limits wide = usual;
	wide.body_max = 300000;
	CHECK_INT((int64_t)ask_with(&wide, "GET", "/large", false).body_len, 300000);
}

static void test_answers_that_are_not_whole_fail_by_what_the_request_does(void)
{
	static const char *const lost[] = { "/truncated", "/bad-chunk", "/effect-lost", "/broken-gzip" };

	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		CHECK_INT(ask_with(&usual, "GET", lost[i], false).err.kind, ERROR_TRANSIENT);
		CHECK_INT(ask_with(&usual, "POST", lost[i], true).err.kind, ERROR_UNCERTAIN);
	}
	CHECK_INT(ask_with(&usual, "POST", "/large", true).err.kind, ERROR_UNCERTAIN);
}

static void test_drip_is_cut_for_low_speed(void)
{
	struct http_limits limits = usual;
	int64_t began_us = clock_mono_us();

	limits.low_speed_s = 2;
	struct asked asked = ask_with(&limits, "GET", "/drip", false);
	CHECK_INT(asked.err.kind, ERROR_TRANSIENT);
	CHECK(strstr(asked.err.text, "too slow") != NULL);
	CHECK(clock_mono_us() - began_us < 6 * US_PER_S);
}

static void test_silence_ends_at_the_timeout(void)
{
	struct http_limits limits = usual;
	int64_t began_us = clock_mono_us();

	limits.timeout_ms = 300;
	CHECK_INT(ask_with(&limits, "GET", "/hang", false).err.kind, ERROR_TRANSIENT);
	CHECK_INT(ask_with(&limits, "POST", "/hang", true).err.kind, ERROR_UNCERTAIN);
	int64_t took_us = clock_mono_us() - began_us;
	CHECK(took_us >= 600 * 1000 && took_us < 3 * US_PER_S);
}

static void test_redirect_is_not_followed(void)
{
	int before = n_effects;
	struct asked asked = ask("/redirect");

	CHECK_INT(asked.status, 302);
	CHECK_INT(n_effects, before);
}

static struct asked ask_url(const struct http_limits *limits, const char *url, bool changes)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, limits);
	struct asked asked;
	struct http_request request;

	begin(&asked, &request, changes ? "POST" : "GET", "/");
	request.url = url;
	request.changes = changes;
	http_send(client, &asked.exchange, &request);
	arena_free(TAKE(asked.arena));
	CHECK_INT(asked.calls, 0);
	run_loop();
	CHECK_INT(asked.calls, 1);
	return asked;
}

static void test_refused_connection_is_transient_even_for_changes(void)
{
	char url[64];
	int port, fd = listen_here(&port);

	close(fd);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/x", port);
	struct asked asked = ask_url(&usual, url, true);
	CHECK_INT(asked.err.kind, ERROR_TRANSIENT);
	CHECK(strstr(asked.err.text, "127.0.0.1") != NULL);
}

static void test_unknown_host_is_transient_even_for_changes(void)
{
	CHECK_INT(ask_url(&usual, "https://no-such-host.invalid/x", true).err.kind, ERROR_TRANSIENT);
}

static void test_private_addresses_are_refused_unless_allowed(void)
{
	struct http_limits strict = usual;
	char url[64];
	int before = n_connections;

	strict.allow_private = false;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/effect", server_port);
	struct asked asked = ask_url(&strict, url, true);
	CHECK_INT(asked.err.kind, ERROR_REFUSED);
	CHECK(strstr(asked.err.text, "127.0.0.1") != NULL);
	CHECK_INT(ask_url(&strict, "https://169.254.169.254/latest/meta-data", false).err.kind,
	          ERROR_REFUSED);
	CHECK_INT(ask_url(&strict, "https://[::1]:1/", false).err.kind, ERROR_REFUSED);
	CHECK_INT(ask_url(&strict, "https://[::ffff:10.0.0.1]/", false).err.kind, ERROR_REFUSED);
	CHECK_INT(ask_url(&strict, "https://2130706433/", false).err.kind,
	          ERROR_REFUSED); /* 127.0.0.1 in disguise */
	CHECK_INT(n_connections, before);
}

static void test_address_ranges(void)
{
	static const struct {
		const char *address;
		bool is_private;
	} cases[] = {
		{ "127.0.0.1", true },
		{ "10.1.2.3", true },
		{ "172.15.255.255", false },
		{ "172.16.0.0", true },
		{ "172.31.255.255", true },
		{ "172.32.0.0", false },
		{ "192.168.9.9", true },
		{ "169.254.169.254", true },
		{ "100.64.0.1", true },
		{ "100.128.0.1", false },
		{ "8.8.8.8", false },
		{ "224.0.0.1", true },
		{ "255.255.255.255", true },
		{ "0.0.0.0", true },
		{ "198.18.0.1", true },
		{ "198.20.0.1", false },
		{ "::1", true },
		{ "::", true },
		{ "fe80::1", true },
		{ "fd00::1", true },
		{ "2001:db8::1", true },
		{ "2606:4700::1111", false },
		{ "::ffff:8.8.8.8", false },
		{ "::ffff:127.0.0.1", true },
		{ "64:ff9b::a00:1", true },
		{ "64:ff9b::808:808", false },
		{ "2002:a00:1::", true },
		{ "ff02::1", true },
		{ "2a00:1450:4001:80e::200e", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
		struct sockaddr_in four = { .sin_family = AF_INET };
		bool is_six = inet_pton(AF_INET6, cases[i].address, &six.sin6_addr) == 1;
		if (!is_six)
			CHECK_INT(inet_pton(AF_INET, cases[i].address, &four.sin_addr), 1);
		bool got = address_is_private(is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four);
		if (got != cases[i].is_private)
			printf("# %s\n", cases[i].address);
		CHECK_INT(got, cases[i].is_private);
	}
}

static void test_urls_that_cannot_be_asked_are_config_errors(void)
{
	static const char *const urls[] = {
		"http://example.com/",
		"file:///etc/passwd",
		"ftp://127.0.0.1/",
		"gopher://127.0.0.1/",
		"nonsense",
		"https://user:secret@127.0.0.1/",
		"https://",
		"",
		"http://127.0.0.1.example.com/",
		"http://127.0.0.1:99999/",
	};

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		struct asked asked = ask_url(&usual, urls[i], true);
		if (asked.err.kind != ERROR_CONFIG)
			printf("# %s: %s\n", urls[i], asked.err.text);
		CHECK_INT(asked.err.kind, ERROR_CONFIG);
		CHECK(strstr(asked.err.text, "/etc/passwd") == NULL || i == 1);
	}
}

static void test_header_with_a_line_break_is_refused(void)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, &usual);
	struct asked asked;
	struct http_request request;
	struct http_header evil = { .name = "X-Evil", .value = "a\r\nX-Other: b" };

	begin(&asked, &request, "GET", "/echo");
	request.headers = &evil;
	request.n_headers = 1;
	http_send(client, &asked.exchange, &request);
	run_loop();
	CHECK_INT(asked.err.kind, ERROR_CONFIG);
	arena_free(asked.arena);
}

static void test_cancelled_exchange_is_not_told(void)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, &usual);
	struct asked hang, waiting, plain;
	struct http_request request;

	begin(&hang, &request, "GET", "/hang");
	http_send(client, &hang.exchange, &request);
	begin(&waiting, &request, "GET", "/plain");
	http_send(client, &waiting.exchange, &request);
	http_cancel(&waiting.exchange); /* before it began */
	begin(&plain, &request, "GET", "/plain");
	http_send(client, &plain.exchange, &request);
	run_loop();
	CHECK_INT(plain.status, 200);
	CHECK(http_is_busy(&hang.exchange));
	http_cancel(&hang.exchange);
	http_cancel(&hang.exchange); /* idle: fine */
	CHECK(!http_is_busy(&hang.exchange));
	CHECK_INT(hang.calls + waiting.calls, 0);
	arena_free(hang.arena);
	arena_free(waiting.arena);
	arena_free(plain.arena);
}

static void test_freed_client_tells_nothing(void)
{
	struct http_client *client = http_client_new(http, &usual);
	struct asked hang;
	struct http_request request;
	struct timer soon = { .expired = on_guard, .name = "soon" };

	begin(&hang, &request, "GET", "/hang");
	http_send(client, &hang.exchange, &request);
	timer_start(loop, &soon, 100 * 1000);
	loop_run(loop);
	http_client_free(client);
	CHECK_INT(hang.calls, 0);
	CHECK(!http_is_busy(&hang.exchange));
	arena_free(hang.arena);
}

static struct http_client *to_free;

static void free_client(struct http_exchange *exchange, const struct http_response *response,
                        const struct error *err)
{
	(void)exchange;
	(void)response;
	(void)err;
	http_client_free(TAKE(to_free));
	loop_stop(loop);
}

static void test_callback_may_free_the_client(void)
{
	struct asked first, second;
	struct http_request request;

	to_free = http_client_new(http, &usual);
	begin(&second, &request, "GET", "/hang");
	http_send(to_free, &second.exchange, &request);
	begin(&first, &request, "GET", "/plain");
	first.exchange.done = free_client;
	http_send(to_free, &first.exchange, &request);
	run_loop();
	CHECK(!to_free);
	CHECK_INT(second.calls, 0);
	arena_free(first.arena);
	arena_free(second.arena);
}

static void test_fifty_at_once_share_the_allowed_connections(void)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, &usual);
	struct asked *all = alloc_zeroed(50, sizeof(*all));
	struct http_request request;
	int before = n_connections;

	for (int i = 0; i < 50; i++) {
		begin(&all[i], &request, "GET", "/slow");
		all[i].stop_at = 50;
		http_send(client, &all[i].exchange, &request);
	}
	run_loop();
	for (int i = 0; i < 50; i++) {
		CHECK_INT(all[i].calls, 1);
		CHECK_INT(all[i].status, 200);
		arena_free(all[i].arena);
	}
	CHECK(n_connections - before <= 8);
	CHECK_INT((int64_t)http_client_totals(client).requests, 50);
	CHECK_INT((int64_t)http_client_totals(client).failures, 0);
	CHECK_INT((int64_t)http_client_totals(client).connections, n_connections - before);
	CHECK(http_client_totals(client).bytes_in > 50 * 11);
	free(all);
}

static struct asked ask_by(struct http_client *client, const char *method, const char *path, bool changes)
{
	struct asked asked;
	struct http_request request;

	begin(&asked, &request, method, path);
	request.changes = changes;
	if (changes)
		request.body = SLICE("x");
	http_send(client, &asked.exchange, &request);
	run_loop();
	arena_free(TAKE(asked.arena));
	return asked;
}

static void test_connection_is_kept_for_the_next_request(void)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, &usual);
	CLEANUP(http_client_free_p) struct http_client *other = http_client_new(http, &usual);
	int before = n_connections;

	for (int i = 0; i < 5; i++)
		CHECK_INT(ask_by(client, "GET", "/plain", false).status, 200);
	CHECK_INT(n_connections - before, 1);
	CHECK_INT(ask_by(other, "GET", "/plain", false).status,
	          200); /* another instance: a connection of its own */
	CHECK_INT(n_connections - before, 2);
}

/* libcurl repeats a request whose kept connection ends without an answer. A second create would be a second
 * Joe. */
static void test_change_on_a_kept_connection_is_never_sent_twice(void)
{
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, &usual);

	CHECK_INT(ask_by(client, "GET", "/plain", false).status, 200);
	int before = n_effects;
	struct asked lost = ask_by(client, "POST", "/effect-lost", true);
	CHECK_INT(lost.err.kind, ERROR_UNCERTAIN);
	CHECK_INT(n_effects - before, 1);
	CHECK_INT(ask_by(client, "GET", "/plain", false).status, 200);
	before = n_effects;
	CHECK_INT(ask_by(client, "DELETE", "/effect-lost", true).err.kind, ERROR_UNCERTAIN);
	CHECK_INT(n_effects - before, 1);
}

static struct asked again;
static struct http_client *again_client;

static void send_again(struct http_exchange *exchange, const struct http_response *response,
                       const struct error *err)
{
	struct http_request request = { .arena = again.arena };

	CHECK(response && !err);
	exchange->done = on_done;
	http_request_begin(&request, again.arena, "GET", "http://127.0.0.1", "/");
	request.url = arena_printf(again.arena, "http://127.0.0.1:%d/gzip", server_port);
	http_send(again_client, exchange, &request);
}

static void test_next_request_may_be_sent_from_the_callback(void)
{
	struct http_request request;

	again_client = http_client_new(http, &usual);
	begin(&again, &request, "GET", "/plain");
	again.exchange.done = send_again;
	http_send(again_client, &again.exchange, &request);
	run_loop();
	CHECK_TEXT(again.body, "hello");
	http_client_free(again_client);
	arena_free(again.arena);
}

static void test_fake_clock_waits_for_answers(void)
{
	struct timer far = { .expired = on_guard, .name = "far" };
	CLEANUP(http_client_free_p) struct http_client *client = http_client_new(http, &usual);
	struct asked asked;
	struct http_request request;

	clock_fake_set(INT64_C(1769854530000000));
	timed_out = false;
	begin(&asked, &request, "GET", "/slow");
	http_send(client, &asked.exchange, &request);
	timer_start(loop, &far, 3600 * US_PER_S);
	n_told = 0;
	loop_run(loop);
	CHECK_INT(asked.status, 200);
	CHECK(!timed_out);
	timer_stop(loop, &far);
	clock_fake_end();
	arena_free(asked.arena);
}

/* -- Certificates -- */

static bool make_certificate(const char *dir)
{
	char command[512];

	snprintf(command, sizeof(command),
	         "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
	         "subjectAltName=DNS:localhost"
	         " -keyout %s/key.pem -out %s/cert.pem >/dev/null 2>&1",
	         dir, dir);
	return system(command) == 0;
}

static pid_t serve_tls(const char *dir, int port)
{
	char accept_port[16], cert[128], key[128];
	pid_t pid = fork();

	if (pid)
		return pid;
	snprintf(accept_port, sizeof(accept_port), "%d", port);
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		_exit(1);
	execlp("openssl", "openssl", "s_server", "-quiet", "-accept", accept_port, "-cert", cert, "-key", key,
	       "-www", NULL);
	_exit(127);
}

static void test_certificate_that_does_not_verify_is_refused(void)
{
	char dir[] = "/tmp/tandem-tls-XXXXXX", url[64], wrong[64], ca[128], command[64];
	struct http_limits trusting = usual;
	int port, fd = listen_here(&port);

	CHECK(mkdtemp(dir) != NULL);
	close(fd);
	if (!make_certificate(dir)) {
		printf("# no openssl program: certificates not tried\n");
		return;
	}
	pid_t server = serve_tls(dir, port);
	snprintf(url, sizeof(url), "https://localhost:%d/", port);
	snprintf(wrong, sizeof(wrong), "https://127.0.0.1:%d/", port);
	snprintf(ca, sizeof(ca), "%s/cert.pem", dir);
	trusting.ca_file = ca;
	struct asked asked = { 0 };
	for (int i = 0; i < 50 && asked.status != 200; i++, usleep(100 * 1000))
		asked = ask_url(&trusting, url, false);
	CHECK_INT(asked.status, 200);
	struct asked unknown = ask_url(&usual, url, true);
	CHECK_INT(unknown.err.kind, ERROR_REFUSED);
	CHECK(strstr(unknown.err.text, "certificate") != NULL);
	CHECK_INT(ask_url(&trusting, wrong, false).err.kind, ERROR_REFUSED); /* wrong name */
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	CHECK_INT(system(command), 0);
}

int main(void)
{
	loop = loop_new();
	make_bomb();
	start_server();
	http = http_new(loop);
	RUN(test_plain_answer_comes_whole);
	RUN(test_error_status_is_an_answer);
	RUN(test_request_says_what_was_asked);
	RUN(test_request_without_a_body_has_none);
	RUN(test_large_body_is_sent_whole);
	RUN(test_compressed_answer_is_opened);
	RUN(test_bomb_is_cut_at_the_ceiling);
	RUN(test_answer_over_the_ceiling_is_refused);
	RUN(test_answers_that_are_not_whole_fail_by_what_the_request_does);
	RUN(test_drip_is_cut_for_low_speed);
	RUN(test_silence_ends_at_the_timeout);
	RUN(test_redirect_is_not_followed);
	RUN(test_refused_connection_is_transient_even_for_changes);
	RUN(test_unknown_host_is_transient_even_for_changes);
	RUN(test_private_addresses_are_refused_unless_allowed);
	RUN(test_address_ranges);
	RUN(test_urls_that_cannot_be_asked_are_config_errors);
	RUN(test_header_with_a_line_break_is_refused);
	RUN(test_cancelled_exchange_is_not_told);
	RUN(test_freed_client_tells_nothing);
	RUN(test_callback_may_free_the_client);
	RUN(test_fifty_at_once_share_the_allowed_connections);
	RUN(test_connection_is_kept_for_the_next_request);
	RUN(test_change_on_a_kept_connection_is_never_sent_twice);
	RUN(test_next_request_may_be_sent_from_the_callback);
	RUN(test_fake_clock_waits_for_answers);
	RUN(test_certificate_that_does_not_verify_is_refused);
	http_free(http);
	loop_free(loop);
	buf_done(&bomb);
	return tap_done();
}
