/* SPDX-License-Identifier: Apache-2.0 */
#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "tap.h"

#define BODY_MAX 100000
#define GUARD_US (20 * US_PER_S)

static struct loop *loop;
static struct listener *listener;
static bool timed_out;

/* -- The owner of the listener: answers by path -- */

static struct {
	int n, n_gone;
	char method[16], path[256], target[256], body[256], header[256];
	size_t body_len;
	struct inquiry *held[200];
	int n_held;
	bool stop_when_held;
} seen;

static void on_gone(void *owner)
{
	CHECK(owner == &seen);
	seen.n_gone++;
	seen.n_held--;
	if (seen.stop_when_held)
		loop_stop(loop);
}

static void note(const struct inquiry *inquiry)
{
	size_t n;
	const struct http_header *headers = inquiry_headers(inquiry, &n);

	seen.n++;
	snprintf(seen.method, sizeof(seen.method), "%s", inquiry_method(inquiry));
	snprintf(seen.path, sizeof(seen.path), "%s", inquiry_path(inquiry));
	snprintf(seen.target, sizeof(seen.target), "%s", inquiry_target(inquiry));
	snprintf(seen.body, sizeof(seen.body), "%.*s", SLICE_ARGS(inquiry_body(inquiry)));
	seen.body_len = inquiry_body(inquiry).len;
	for (size_t i = 0; i < n; i++)
		if (strcmp(headers[i].name, "X-Signature") == 0)
			snprintf(seen.header, sizeof(seen.header), "%s", headers[i].value);
}

static void handle(struct inquiry *inquiry, void *owner)
{
	struct http_header extra = { .name = "Retry-After", .value = "7" };

	CHECK(owner == &seen);
	note(inquiry);
	if (strcmp(seen.path, "/hold") == 0) {
		inquiry_hold(inquiry, on_gone, &seen);
		seen.held[seen.n_held++] = inquiry;
		if (seen.stop_when_held)
			loop_stop(loop);
	} else if (strcmp(seen.path, "/busy") == 0) {
		inquiry_answer(inquiry, 503, "text/plain", SLICE("busy"), &extra, 1);
	} else if (strcmp(seen.path, "/large") == 0) {
		char *text = alloc_zeroed(1, 5000000);
		memset(text, 'l', 5000000);
		inquiry_answer(inquiry, 200, "text/plain", (struct slice){ text, 5000000 }, NULL, 0);
		free(text);
	} else if (strcmp(seen.path, "/hook") == 0) {
		inquiry_answer(inquiry, 200, "application/json", SLICE("{}"), NULL, 0);
	} else {
		inquiry_answer(inquiry, 404, NULL, SLICE(""), NULL, 0);
	}
}

static struct listener_options options(void)
{
	return (struct listener_options){
		.address = "127.0.0.1:0",
		.fd = -1,
		.body_max = BODY_MAX,
		.timeout_ms = 2000,
		.connections = 20,
		.connections_per_address = 20,
		.handle = handle,
		.owner = &seen,
	};
}

static void begin_with(const struct listener_options *given)
{
	struct error err = { 0 };

	memset(&seen, 0, sizeof(seen));
	loop = loop_new();
	listener = listener_new(loop, given, &err);
	CHECK_TEXT(err.text, "");
	CHECK(listener != NULL);
}

static void begin(void)
{
	struct listener_options usual = options();

	begin_with(&usual);
}

static void end(void)
{
	listener_free(TAKE(listener));
	loop_free(TAKE(loop));
}

/* -- The sender: a thread beside the loop -- */

struct sender {
	void (*act)(struct sender *sender);
	int port, fd, done_fd;
	char got[8192]; /* what came back */
	size_t got_len;
	int64_t took_us;
	struct watch watch;
};

static int connect_port(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		                       .sin_port = htons((uint16_t)port) };
	struct timeval limit = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	return fd;
}

static bool put(struct sender *sender, const void *data, size_t len)
{
	for (const char *at = data; len;) {
		ssize_t n = send(sender->fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool put_text(struct sender *sender, const char *text)
{
	return put(sender, text, strlen(text));
}

/* Until the other side closes, the text has come, or 10 s. */
static bool get_until(struct sender *sender, const char *text)
{
	sender->got_len = 0;
	for (;;) {
		ssize_t n = recv(sender->fd, sender->got + sender->got_len,
		                 sizeof(sender->got) - 1 - sender->got_len, 0);
		if (n <= 0)
			return false;
		sender->got_len += (size_t)n;
		sender->got[sender->got_len] = '\0';
		if (text && strstr(sender->got, text))
			return true;
		if (sender->got_len == sizeof(sender->got) - 1)
			sender->got_len = 0;
	}
}

static void *run_sender(void *arg)
{
	struct sender *sender = arg;
	int64_t began_us = clock_mono_us();
	uint64_t one = 1;

	sender->fd = connect_port(sender->port);
	sender->act(sender);
	sender->took_us = clock_mono_us() - began_us;
	close(sender->fd);
	if (write(sender->done_fd, &one, sizeof(one)) < 0)
		abort();
	return NULL;
}

static void on_sender_done(struct watch *watch, int events)
{
	(void)events;
	watch_stop(watch);
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

	timed_out = false;
	timer_start(loop, &guard, GUARD_US);
	loop_run(loop);
	timer_stop(loop, &guard);
	CHECK(!timed_out);
}

static pthread_t start(struct sender *sender, void (*act)(struct sender *sender))
{
	pthread_t thread;

	*sender = (struct sender){ .act = act, .port = listener_port(listener), .done_fd = eventfd(0, 0) };
	sender->watch = (struct watch){ .ready = on_sender_done, .name = "sender" };
	watch_start(loop, &sender->watch, sender->done_fd, WATCH_READ);
	if (pthread_create(&thread, NULL, run_sender, sender) != 0)
		abort();
	return thread;
}

static void finish(struct sender *sender, pthread_t thread)
{
	pthread_join(thread, NULL);
	watch_stop(&sender->watch);
	close(sender->done_fd);
}

static struct sender run(void (*act)(struct sender *sender))
{
	struct sender sender;
	pthread_t thread = start(&sender, act);

	run_loop();
	finish(&sender, thread);
	return sender;
}

/* -- Whole requests -- */

static void send_whole(struct sender *sender)
{
	put_text(sender, "POST /hook?a=%41&b=2 HTTP/1.1\r\nHost: x\r\nX-Signature: abc=\r\nContent-Length: "
	                 "11\r\n\r\n{\"a\": ");
	usleep(20 * 1000);
	put_text(sender, "\"b\"}\n");
	get_until(sender, "{}");
}

static void test_whole_request_is_handed_over_as_received(void)
{
	begin();
	struct sender sender = run(send_whole);

	CHECK(strncmp(sender.got, "HTTP/1.1 200 OK\r\n", 17) == 0);
	CHECK(strstr(sender.got, "Content-Type: application/json\r\n") != NULL);
	CHECK_INT(seen.n, 1);
	CHECK_TEXT(seen.method, "POST");
	CHECK_TEXT(seen.path, "/hook");
	CHECK_TEXT(seen.target, "/hook?a=%41&b=2");
	CHECK_TEXT(seen.body, "{\"a\": \"b\"}\n");
	CHECK_TEXT(seen.header, "abc=");
	end();
}

static void send_chunked(struct sender *sender)
{
	put_text(sender,
	         "POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	usleep(20 * 1000);
	put_text(sender, "6\r\n world\r\n0\r\n\r\n");
	get_until(sender, "{}");
}

static void test_chunked_body_is_joined(void)
{
	begin();
	(void)run(send_chunked);
	CHECK_TEXT(seen.body, "hello world");
	end();
}

static void send_three(struct sender *sender)
{
	put_text(sender, "GET /hook HTTP/1.1\r\nHost: x\r\n\r\n");
	get_until(sender, "{}");
	put_text(sender, "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
	get_until(sender, "\r\n\r\n");
	put_text(sender, "GET /busy HTTP/1.1\r\nHost: x\r\n\r\n");
	get_until(sender, "busy");
}

static void test_connection_is_kept_and_404_and_headers_are_the_owners(void)
{
	begin();
	struct sender sender = run(send_three);

	CHECK_INT(seen.n, 3);
	CHECK(strncmp(sender.got, "HTTP/1.1 503", 12) == 0);
	CHECK(strstr(sender.got, "Retry-After: 7\r\n") != NULL);
	end();
}

/* -- Ceilings -- */

static void send_too_long(struct sender *sender)
{
	put_text(sender, "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\nstart");
	get_until(sender, "body too large\n");
}

static void test_body_too_long_by_length_is_413_at_once(void)
{
	begin();
	struct sender sender = run(send_too_long);

	CHECK(strncmp(sender.got, "HTTP/1.1 413", 12) == 0);
	CHECK(sender.took_us < US_PER_S);
	CHECK_INT(seen.n, 0);
	end();
}

static void send_too_many_chunks(struct sender *sender)
{
	char chunk[1010];

	put_text(sender, "POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	memset(chunk, 'c', sizeof(chunk));
	memcpy(chunk, "3e8\r\n", 5);
	memcpy(chunk + 1005, "\r\n", 2);
	for (int i = 0; i < 3000 && put(sender, chunk, 1007); i++)
		;
	get_until(sender, "body too large\n");
}

static void send_few_chunks_too_many(struct sender *sender)
{
	char *body = alloc_zeroed(1, BODY_MAX + 1);

	memset(body, 'c', BODY_MAX + 1);
	put_text(sender, "POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n");
	put(sender, body, BODY_MAX + 1);
	put_text(sender, "\r\n0\r\n\r\n");
	get_until(sender, "body too large\n");
	free(body);
}

static void test_body_too_long_by_chunks_is_413(void)
{
	begin();
	struct sender sender = run(send_few_chunks_too_many);

	CHECK(strncmp(sender.got, "HTTP/1.1 413", 12) == 0);
	CHECK_INT(seen.n, 0);
	struct sender endless =
	        run(send_too_many_chunks); /* 3 MB: cut off, whether it reads the answer or not */
	CHECK(endless.took_us < 3 * US_PER_S);
	CHECK_INT(seen.n, 0);
	struct sender good = run(send_whole);
	CHECK(strncmp(good.got, "HTTP/1.1 200", 12) == 0);
	end();
}

static void send_at_the_ceiling(struct sender *sender)
{
	char *body = alloc_zeroed(1, BODY_MAX);

	memset(body, 'b', BODY_MAX);
	put_text(sender, "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
	put(sender, body, BODY_MAX);
	get_until(sender, "{}");
	free(body);
}

static void test_body_at_the_ceiling_is_taken(void)
{
	begin();
	(void)run(send_at_the_ceiling);
	CHECK_INT((int64_t)seen.body_len, BODY_MAX);
	end();
}

static void send_large_header(struct sender *sender)
{
	put_text(sender, "GET /hook HTTP/1.1\r\nHost: x\r\nX-Large: ");
	for (int i = 0; i < 100000 && put_text(sender, "0123456789"); i++)
		;
	get_until(sender, NULL);
}

static void test_header_without_end_is_refused(void)
{
	begin();
	struct sender sender = run(send_large_header);

	CHECK(strncmp(sender.got, "HTTP/1.1 200", 12) != 0);
	CHECK_INT(seen.n, 0);
	end();
}

/* -- Bad requests -- */

static const char *raw;

static void send_raw(struct sender *sender)
{
	put_text(sender, raw);
	shutdown(sender->fd, SHUT_WR);
	get_until(sender, NULL);
}

static void test_smuggling_forms_and_nonsense_never_reach_the_owner(void)
{
	static const char *const cases[] = {
		("POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
		"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello",
		"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
		"POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"\x16\x03\x01\x02\x01\x01\xfc\x03\x03 not http at all\r\n\r\n",
		"GET\r\n\r\n",
		"GET /hook HTTP/1.1\r\nno colon here\r\n\r\n",
	};

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		raw = cases[i];
		struct sender sender = run(send_raw);
		if (seen.n || strstr(sender.got, " 200 "))
			printf("# case %zu: %s\n", i, sender.got);
		CHECK_INT(seen.n, 0);
		CHECK(!strstr(sender.got, " 200 "));
		seen.n = 0;
	}
	struct sender good = run(send_whole);
	CHECK(strncmp(good.got, "HTTP/1.1 200", 12) == 0);
	end();
}

/* -- Drip -- */

static void drip(struct sender *sender, const char *before)
{
	put_text(sender, before);
	for (int i = 0; i < 100; i++) {
		if (!put_text(sender, "x"))
			break;
		usleep(100 * 1000);
		char byte;
		if (recv(sender->fd, &byte, 1, MSG_DONTWAIT) == 0)
			break;
	}
}

static void drip_line(struct sender *sender)
{
	drip(sender, "GET /");
}

static void drip_header(struct sender *sender)
{
	drip(sender, "GET /hook HTTP/1.1\r\nHost: x\r\nX-Slow: ");
}

static void drip_body(struct sender *sender)
{
	drip(sender, "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
}

static void say_nothing(struct sender *sender)
{
	get_until(sender, NULL);
}

static void read_nothing(struct sender *sender)
{
	int small = 4096;

	setsockopt(sender->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	put_text(sender, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
	usleep(2500 * 1000);
}

static void count_connections(struct timer *timer)
{
	(void)timer;
	seen.n_held = (int)listener_connections(listener);
}

static void test_drip_is_cut_off_at_the_deadline(void)
{
	static void (*const acts[])(struct sender * sender) = { drip_line, drip_header, drip_body,
		                                                say_nothing };
	struct listener_options given = options();

	given.timeout_ms = 700;
	begin_with(&given);
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		struct sender sender = run(acts[i]);
		CHECK(sender.took_us >= 600 * 1000);
		CHECK(sender.took_us < 1500 * 1000);
		CHECK_INT(seen.n, 0);
	}
	end();
}

static void test_sender_who_does_not_read_its_answer_is_cut_off(void)
{
	struct listener_options given = options();
	struct timer later = { .expired = count_connections, .name = "count" };

	given.timeout_ms = 700;
	begin_with(&given);
	seen.n_held = -1;
	timer_start(loop, &later, 2000 * 1000);
	(void)run(read_nothing);
	CHECK_INT(seen.n, 1);
	CHECK_INT(seen.n_held, 0);
	end();
}

/* -- Answers that come later -- */

static void send_hold(struct sender *sender)
{
	put_text(sender, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
	get_until(sender, "later");
}

static void send_hold_and_leave(struct sender *sender)
{
	put_text(sender, "POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
	usleep(100 * 1000);
}

static void answer_later(struct timer *timer)
{
	(void)timer;
	inquiry_answer(seen.held[--seen.n_held], 202, "text/plain", SLICE("later"), NULL, 0);
}

static void test_late_answer_reaches_the_sender(void)
{
	begin();
	struct timer later = { .expired = answer_later, .name = "later" };
	struct sender sender;
	pthread_t thread = start(&sender, send_hold);

	seen.stop_when_held = true;
	run_loop(); /* until it is held */
	CHECK_INT(seen.n_held, 1);
	seen.stop_when_held = false;
	timer_start(loop, &later, 2500 * 1000); /* beyond the deadline: that is the sender's, not ours */
	run_loop();
	finish(&sender, thread);
	CHECK(strncmp(sender.got, "HTTP/1.1 202", 12) == 0);
	CHECK(sender.took_us > 2500 * 1000);
	CHECK_INT(seen.n_gone, 0);
	CHECK_INT(seen.n, 1);
	end();
}

static void test_sender_that_leaves_is_told_as_gone(void)
{
	begin();
	struct sender sender;
	pthread_t thread = start(&sender, send_hold_and_leave);

	run_loop();
	finish(&sender, thread);
	seen.stop_when_held = true;
	if (!seen.n_gone)
		run_loop();
	CHECK_INT(seen.n_gone, 1);
	CHECK_INT(seen.n_held, 0);
	struct sender good = run(send_whole);
	CHECK(strncmp(good.got, "HTTP/1.1 200", 12) == 0);
	end();
}

static void test_held_inquiries_are_gone_when_the_listener_ends(void)
{
	begin();
	struct sender sender;
	pthread_t thread = start(&sender, send_hold);

	seen.stop_when_held = true;
	run_loop();
	CHECK_INT(seen.n_held, 1);
	listener_free(TAKE(listener));
	CHECK_INT(seen.n_gone, 1);
	finish(&sender, thread);
	CHECK(!strstr(sender.got, "later"));
	end();
}

/* -- Many connections -- */

static void fill_and_release(struct sender *sender)
{
	int fds[40];

	for (int i = 0; i < 40; i++) /* 20 are served, the others wait in the kernel */
		fds[i] = connect_port(sender->port);
	usleep(300 * 1000);
	for (int i = 0; i < 40; i++)
		close(fds[i]);
	close(sender->fd);
	sender->fd = connect_port(sender->port);
	put_text(sender, "GET /hook HTTP/1.1\r\nHost: x\r\n\r\n");
	get_until(sender, "{}");
}

static void test_listener_accepts_again_after_its_limit_was_hit(void)
{
	struct listener_options given = options();

	given.connections_per_address = 0;
	begin_with(&given);
	for (int i = 0; i < 3; i++) {
		struct sender sender = run(fill_and_release);
		CHECK(strncmp(sender.got, "HTTP/1.1 200", 12) == 0);
		CHECK(sender.took_us < 3 * US_PER_S);
	}
	end();
}

/* Another process holds the connections, so that only our descriptors run out. */
static pid_t hold_connections(int port, int n, int for_us)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (int i = 0; i < n; i++)
		(void)connect_port(port);
	usleep((useconds_t)for_us);
	_exit(0);
}

static int64_t cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

static void test_listener_without_descriptors_does_not_spin_and_comes_back(void)
{
	struct timer pause = { .expired = on_guard, .name = "pause" };
	struct listener_options given = options();
	struct rlimit before, low;

	begin_with(&given);
	getrlimit(RLIMIT_NOFILE, &before);
	int next = dup(0);
	close(next);
	low = (struct rlimit){ .rlim_cur = (rlim_t)next + 6, .rlim_max = before.rlim_max };
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &low), 0);
	pid_t pid = hold_connections(listener_port(listener), 15, 1500 * 1000);
	int64_t cpu_before_us = cpu_us();
	timer_start(loop, &pause, 1200 * 1000);
	loop_run(loop);
	CHECK(cpu_us() - cpu_before_us < 200 * 1000);
	CHECK(listener_connections(listener) >= 1);
	waitpid(pid, NULL, 0);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
	struct sender good = run(send_whole);
	CHECK(strncmp(good.got, "HTTP/1.1 200", 12) == 0);
	CHECK(good.took_us < 2 * US_PER_S);
	end();
}

static void fill_own_share(struct sender *sender)
{
	int fds[8];
	struct sender last = *sender;

	for (int i = 0; i < 8; i++)
		fds[i] = connect_port(sender->port);
	usleep(100 * 1000);
	last.fd = connect_port(sender->port);
	(void)put_text(&last, "GET /hook HTTP/1.1\r\nHost: x\r\n\r\n");
	get_until(&last, "{}");
	memcpy(sender->got, last.got, sizeof(sender->got));
	close(last.fd);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
}

static void test_one_address_has_its_own_limit(void)
{
	struct listener_options given = options();

	given.connections_per_address = 5;
	begin_with(&given);
	struct sender sender = run(fill_own_share);
	CHECK_TEXT(sender.got, ""); /* closed without an answer */
	struct sender good = run(send_whole);
	CHECK(strncmp(good.got, "HTTP/1.1 200", 12) == 0);
	end();
}

static void hammer(struct sender *sender)
{
	for (int i = 0; i < 500; i++) {
		if (i % 5 == 0) {
			close(sender->fd);
			sender->fd = connect_port(sender->port);
		}
		put_text(sender, "POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
		if (!get_until(sender, "\r\n\r\n{}"))
			break;
		sender->got_len = (size_t)i;
	}
}

static void test_many_requests_are_all_answered(void)
{
	begin();
	struct sender sender = run(hammer);
	CHECK_INT(seen.n, 500);
	printf("# 500 requests in %lld ms\n", (long long)sender.took_us / 1000);
	end();
}

static void test_refusing_listener_takes_no_more_connections(void)
{
	begin();
	struct sender first;
	pthread_t thread = start(&first, send_hold);

	seen.stop_when_held = true;
	run_loop();
	seen.stop_when_held = false;
	int port = listener_port(listener);
	listener_refuse(listener);
	listener_refuse(listener);
	CHECK(connect_port(port) < 0);
	inquiry_answer(seen.held[--seen.n_held], 202, "text/plain", SLICE("later"), NULL,
	               0); /* what is under way ends */
	run_loop();
	finish(&first, thread);
	CHECK(strncmp(first.got, "HTTP/1.1 202", 12) == 0);
	end();
}

/* -- Addresses -- */

static void send_unix(struct sender *sender)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", raw);
	sender->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(sender->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		send_whole(sender);
}

static void test_unix_socket_serves_and_is_removed(void)
{
	struct listener_options given = options();
	char dir[] = "/tmp/tandem-listener-XXXXXX", address[64];
	struct error err = { 0 };
	struct stat st;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(address, sizeof(address), "unix:%s/http", dir);
	given.address = address;
	begin_with(&given);
	raw = address + 5;
	struct sender sender = run(send_unix);
	CHECK(strncmp(sender.got, "HTTP/1.1 200", 12) == 0);
	CHECK(!listener_new(loop, &given, &err)); /* somebody listens there */
	CHECK(strstr(err.text, "listens") != NULL);
	CHECK_INT(stat(raw, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0660);
	end();
	CHECK(stat(raw, &st) != 0);
	snprintf(address, sizeof(address), "%s/http.lock", dir);
	unlink(address);
	CHECK_INT(rmdir(dir), 0);
}

static void test_socket_handed_in_is_used(void)
{
	struct listener_options given = options();
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	given.fd = socket(AF_INET, SOCK_STREAM, 0);
	given.address = NULL;
	CHECK_INT(bind(given.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(given.fd, 10), 0);
	begin_with(&given);
	struct sender sender = run(send_whole);
	CHECK(strncmp(sender.got, "HTTP/1.1 200", 12) == 0);
	end();
}

static void test_wrong_addresses_are_config_errors(void)
{
	static const char *const wrong[] = {
		"",
		"8420",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:70000",
		"127.0.0.1:-1",
		"::1:80",
		"[::1]",
		"[::1",
		"example.com:80",
		":80",
		"127.0.0.1:80x",
		"unix:",
		"unix:/nonexistent/dir/socket",
		"[127.0.0.1]:80",
		"300.1.1.1:80",
	};

	loop = loop_new();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct listener_options given = options();
		struct error err = { 0 };
		given.address = wrong[i];
		CHECK(!listener_new(loop, &given, &err));
		CHECK_INT(err.kind, ERROR_CONFIG);
		CHECK(strlen(err.text) > 10);
	}
	struct listener_options many = options();
	struct error err = { 0 };
	many.connections = 100000000;
	CHECK(!listener_new(loop, &many, &err));
	CHECK(strstr(err.text, "100000000 connections cannot be served") != NULL);
	loop_free(TAKE(loop));
}

int main(void)
{
	RUN(test_whole_request_is_handed_over_as_received);
	RUN(test_chunked_body_is_joined);
	RUN(test_connection_is_kept_and_404_and_headers_are_the_owners);
	RUN(test_body_too_long_by_length_is_413_at_once);
	RUN(test_body_too_long_by_chunks_is_413);
	RUN(test_body_at_the_ceiling_is_taken);
	RUN(test_header_without_end_is_refused);
	RUN(test_smuggling_forms_and_nonsense_never_reach_the_owner);
	RUN(test_drip_is_cut_off_at_the_deadline);
	RUN(test_sender_who_does_not_read_its_answer_is_cut_off);
	RUN(test_late_answer_reaches_the_sender);
	RUN(test_sender_that_leaves_is_told_as_gone);
	RUN(test_held_inquiries_are_gone_when_the_listener_ends);
	RUN(test_listener_accepts_again_after_its_limit_was_hit);
	RUN(test_listener_without_descriptors_does_not_spin_and_comes_back);
	RUN(test_one_address_has_its_own_limit);
	RUN(test_many_requests_are_all_answered);
	RUN(test_refusing_listener_takes_no_more_connections);
	RUN(test_unix_socket_serves_and_is_removed);
	RUN(test_socket_handed_in_is_used);
	RUN(test_wrong_addresses_are_config_errors);
	return tap_done();
}
