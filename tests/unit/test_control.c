/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "tap.h"

#define GUARD_US (10 * US_PER_S)

static struct loop *loop;
static struct control *control;
static bool timed_out;
static char dir[64], path[80];

/* -- The owner: methods of the test -- */

static struct call *kept[64];
static int n_kept, n_handled;

static void handle(struct call *call, const char *method, const json_t *params, void *owner)
{
	CHECK(owner == &n_handled);
	CHECK(json_is_object(params));
	n_handled++;
	if (strcmp(method, "who") == 0) {
		call_answer(call, json_pack("{s:s, s:s, s:i}", "role", role_name(call_role(call)), "actor",
		                            call_actor(call), "uid", (int)call_uid(call)));
	} else if (strcmp(method, "echo") == 0) {
		call_answer(call, json_deep_copy(params));
	} else if (strcmp(method, "keep") == 0) {
		kept[n_kept++] = call;
	} else if (strcmp(method, "refuse") == 0) {
		struct error err = { .kind = ERROR_REFUSED, .text = "role viewer may not do this" };
		call_fail(call, &err);
	} else if (strcmp(method, "large") == 0) {
		char *text = alloc_zeroed(1, 1000001);
		memset(text, 'l', 1000000);
		call_answer(call, json_string(text));
		free(text);
	} else if (strcmp(method, "huge") == 0) {
		char *text = alloc_zeroed(1, 9000001);
		memset(text, 'h', 9000000);
		call_answer(call, json_string(text));
		free(text);
	} else {
		call_unknown(call);
	}
}

static struct control_options options(void)
{
	return (struct control_options){ .path = path,
		                         .fd = -1,
		                         .operator_group = "",
		                         .admin_group = "",
		                         .handle = handle,
		                         .owner = &n_handled };
}

static void make_paths(void)
{
	snprintf(dir, sizeof(dir), "/tmp/tandem-control-XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	CHECK_INT(chmod(dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/socket", dir);
}

static void begin_with(const struct control_options *given)
{
	struct error err = { 0 };

	n_kept = n_handled = 0;
	timed_out = false;
	loop = loop_new();
	control = control_new(loop, given, &err);
	CHECK_TEXT(err.text, "");
}

static void begin(void)
{
	make_paths();
	struct control_options usual = options();
	begin_with(&usual);
}

static void remove_paths(void)
{
	char lock[96];

	snprintf(lock, sizeof(lock), "%s.lock", path);
	unlink(lock);
	unlink(path);
	CHECK_INT(rmdir(dir), 0);
}

static void end(void)
{
	control_free(TAKE(control));
	loop_free(TAKE(loop));
	CHECK(access(path, F_OK) != 0); /* the socket is removed */
	remove_paths();
}

/* -- A peer -- */

static int connect_path(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void on_guard(struct timer *timer)
{
	timed_out = strcmp(timer->name, "guard") == 0;
	loop_stop(loop);
}

static void on_ready(struct watch *watch, int events)
{
	(void)events;
	watch_stop(watch);
	loop_stop(loop);
}

/* Runs the loop until fd is readable. */
static void run_until(int fd)
{
	struct timer guard = { .expired = on_guard, .name = "guard" };
	struct watch watch = { .ready = on_ready, .name = "peer" };

	timer_start(loop, &guard, GUARD_US);
	watch_start(loop, &watch, fd, WATCH_READ);
	loop_run(loop);
	watch_stop(&watch);
	timer_stop(loop, &guard);
	CHECK(!timed_out);
}

static void run_for(int64_t us)
{
	struct timer timer = { .expired = on_guard, .name = "pause" };

	timer_start(loop, &timer, us);
	loop_run(loop);
}

static void put(int fd, const char *text)
{
	CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), (int64_t)strlen(text));
}

/* One line of answer, "" at the end. Static: good until the next call. */
static const char *get_line(int fd)
{
	static char line[4096];
	size_t len = 0;

	while (len < sizeof(line) - 1 && !timed_out) {
		ssize_t n = recv(fd, line + len, 1, MSG_DONTWAIT);
		if (n == 0)
			break;
		if (n < 0)
			run_until(fd);
		else if (line[len++] == '\n')
			break;
	}
	line[len] = '\0';
	return line;
}

static const char *ask(const char *request)
{
	int fd = connect_path();

	CHECK(fd >= 0);
	put(fd, request);
	const char *line = get_line(fd);
	close(fd);
	return line;
}

/* -- Requests -- */

static void test_request_is_answered_with_its_id(void)
{
	begin();
	CHECK_TEXT(
	        ask("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"echo\",\"params\":{\"a\":[1,\"b\",null]}}\n"),
	        "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":[1,\"b\",null]}}\n");
	CHECK_TEXT(ask("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"echo\"}\n"),
	           "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{}}\n");
	end();
}

static void test_errors_are_answered(void)
{
	static const struct {
		const char *request, *want;
	} cases[] = {
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nothing\"}\n", "\"code\":-32601" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"refuse\"}\n",
		  "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32005,\"message\":\"role viewer may "
		  "not do this\","
		  "\"data\":{\"kind\":\"refused\"}}}\n" },
		{ "this is no json\n", "\"id\":null,\"error\":{\"code\":-32700" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\n", "\"code\":-32700" },
		{ "{\"a\":1,\"a\":2}\n", "\"code\":-32700" },
		{ "[]\n", "\"code\":-32600" },
		{ "{\"id\":1,\"method\":\"echo\"}\n", "\"id\":1,\"error\":{\"code\":-32600" },
		{ "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"echo\"}\n", "\"code\":-32600" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}\n", "\"code\":-32600" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"echo\"}\n",
		  "\"id\":null,\"error\":{\"code\":-32600" },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":[1]}\n", "\"code\":-32602" },
	};

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = ask(cases[i].request);
		if (!strstr(got, cases[i].want))
			printf("# case %zu: %s\n", i, got);
		CHECK(strstr(got, cases[i].want) != NULL);
	}
	CHECK_INT(n_handled, 2);
	end();
}

static void test_two_requests_in_one_read_and_one_in_pieces(void)
{
	begin();
	int fd = connect_path();
	put(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n\r\n{\"jsonrpc\":\"2.0\",\"id\":2,"
	        "\"method\":\"echo\"}\n{\"json");
	CHECK_TEXT(get_line(fd), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
	CHECK_TEXT(get_line(fd), "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n");
	run_for(20000);
	CHECK_INT(n_handled, 2);
	put(fd, "rpc\":\"2.0\",\"id\":3,\"method\":\"echo\"}\n");
	CHECK_TEXT(get_line(fd), "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}\n");
	close(fd);
	end();
}

static void test_notification_gets_no_answer(void)
{
	begin();
	int fd = connect_path();
	put(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"echo\"}\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":"
	        "\"echo\"}\n");
	CHECK_TEXT(get_line(fd), "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n");
	CHECK_INT(n_handled, 2);
	close(fd);
	end();
}

static void test_answers_may_come_later_and_in_any_order(void)
{
	begin();
	int fd = connect_path();
	put(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"keep\"}\n{\"jsonrpc\":\"2.0\",\"id\":2,"
	        "\"method\":\"keep\"}\n");
	run_for(50000);
	CHECK_INT(n_kept, 2);
	call_answer(kept[1], json_string("second"));
	CHECK_TEXT(get_line(fd), "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"second\"}\n");
	call_answer(kept[0], NULL);
	CHECK_TEXT(get_line(fd), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}\n");
	close(fd);
	end();
}

static void test_answer_after_the_peer_left_is_fine(void)
{
	begin();
	int fd = connect_path();
	put(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"keep\"}\n{\"jsonrpc\":\"2.0\",\"id\":2,"
	        "\"method\":\"keep\"}\n"
	        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"keep\"}\n");
	run_for(50000);
	close(fd);
	run_for(50000);
	call_answer(kept[0], json_string("nobody reads this"));
	run_for(50000);
	call_answer(kept[1], json_string("nor this"));
	run_for(50000);
	CHECK_INT(call_uid(kept[2]), geteuid());
	struct call *last = kept[2];
	end();
	call_unknown(last); /* even after the control socket is gone */
}

static void test_peer_that_ends_its_side_still_gets_its_answer(void)
{
	begin();
	int fd = connect_path();
	put(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"keep\"}\n");
	shutdown(fd, SHUT_WR);
	run_for(50000);
	CHECK_INT(n_kept, 1);
	call_answer(kept[0], json_string("here"));
	CHECK_TEXT(get_line(fd), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"here\"}\n");
	CHECK_TEXT(get_line(fd), ""); /* and is closed then */
	close(fd);
	end();
}

static void test_peer_with_many_open_requests_is_not_read(void)
{
	begin();
	int fd = connect_path();
	for (int i = 0; i < 40; i++)
		put(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"keep\"}\n");
	run_for(100000);
	CHECK_INT(n_kept, 32);
	call_answer(kept[0], NULL);
	(void)get_line(fd);
	run_for(50000);
	CHECK_INT(n_kept, 33);
	for (int i = 1; i < 33; i++)
		call_answer(kept[i], NULL);
	run_for(100000);
	CHECK_INT(n_kept, 40);
	for (int i = 33; i < 40; i++)
		call_answer(kept[i], NULL);
	close(fd);
	end();
}

static void test_answer_too_large_is_an_error_instead(void)
{
	begin();
	CHECK(strstr(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"huge\"}\n"),
	             "\"id\":1,\"error\":{\"code\":-32006") != NULL);
	end();
}

/* -- Bad peers -- */

static bool is_closed(int fd)
{
	char bytes[65536];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		;
	return n == 0;
}

static void test_line_too_long_is_cut_off(void)
{
	begin();
	int fd = connect_path();
	char *text = alloc_zeroed(1, 65537);
	int64_t sent = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	memset(text, ' ', 65536);
	for (int i = 0; i < 2000 && sent < 3000000; i++) {
		ssize_t n = send(fd, text, 65536, MSG_NOSIGNAL);
		if (n < 0)
			run_for(1000);
		else
			sent += n;
		if (n < 0 && is_closed(fd))
			break;
	}
	CHECK(sent < 2000000);
	CHECK_INT(n_handled, 0);
	free(text);
	close(fd);
	CHECK(strstr(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"), "result") != NULL);
	end();
}

static void test_slow_reader_is_cut_off(void)
{
	make_paths();
	struct control_options given = options();
	given.stall_ms = 200;
	begin_with(&given);
	int fd = connect_path();
	put(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"large\"}\n");
	run_for(100000);
	CHECK_INT(n_handled, 1);
	run_for(400000);
	ssize_t n = send(fd, "x", 1, MSG_NOSIGNAL);
	CHECK_INT(n, -1); /* closed although its answer was not read */
	close(fd);
	end();
}

static void test_reader_with_too_much_unread_is_cut_off(void)
{
	begin();
	int fd = connect_path();
	for (int i = 0; i < 30; i++)
		put(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"large\"}\n");
	run_for(300000);
	CHECK(n_handled < 30);
	CHECK_INT(send(fd, "x", 1, MSG_NOSIGNAL), -1);
	close(fd);
	end();
}

static void test_idle_peer_is_closed(void)
{
	make_paths();
	struct control_options given = options();
	given.idle_ms = 150;
	begin_with(&given);
	int fd = connect_path(), busy = connect_path();
	put(busy, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"keep\"}\n");
	run_for(400000);
	CHECK(is_closed(fd));
	CHECK(!is_closed(busy)); /* it waits for us */
	call_answer(kept[0], NULL);
	CHECK(strstr(get_line(busy), "null") != NULL);
	close(fd);
	close(busy);
	end();
}

/* -- Roles -- */

static void child_ask(int out, uid_t uid, gid_t gid, gid_t extra)
{
	char line[512];
	static const char request[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"who\"}\n";

	if (setgroups(1, &extra) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
		_exit(1);
	int fd = connect_path();
	if (fd < 0) {
		(void)!write(out, "cannot connect\n", 15);
		_exit(0);
	}
	(void)!write(fd, request, sizeof(request) - 1);
	ssize_t len = read(fd, line, sizeof(line));
	(void)!write(out, line, len > 0 ? (size_t)len : 0);
	_exit(0);
}

static const char *ask_as(uid_t uid, gid_t gid, gid_t extra)
{
	static char line[512];
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0)
		child_ask(ends[1], uid, gid, extra);
	close(ends[1]);
	run_until(ends[0]);
	ssize_t len = read(ends[0], line, sizeof(line) - 1);
	line[len > 0 ? len : 0] = '\0';
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return line;
}

static gid_t group_id(const char *name)
{
	return getgrnam(name)->gr_gid;
}

static void test_role_follows_from_the_peers_user_and_groups(void)
{
	if (geteuid() != 0) {
		printf("# not root: roles of others not tried\n");
		return;
	}
	make_paths();
	struct control_options given = options();
	given.operator_group = "games";
	given.admin_group = "mail";
	begin_with(&given);
	gid_t games = group_id("games"), mail = group_id("mail"), nobody = 65534;
	struct stat st;

	CHECK_INT(stat(path, &st), 0);
	CHECK_INT(st.st_mode & 0777, 0660);
	CHECK_INT(st.st_gid, games);
	CHECK(strstr(ask_as(65534, nobody, nobody), "cannot connect") != NULL);
	CHECK(strstr(ask_as(65534, games, nobody), "\"role\":\"operator\"") != NULL);
	CHECK(strstr(ask_as(65534, nobody, games), "\"role\":\"operator\"") !=
	      NULL); /* a further group counts too */
	CHECK(strstr(ask_as(65534, games, mail), "\"role\":\"admin\"") != NULL);
	CHECK_INT(chmod(path, 0666), 0);
	CHECK(strstr(ask_as(65534, nobody, nobody), "\"role\":\"viewer\"") != NULL);
	CHECK(strstr(ask_as(65534, nobody, nobody), "\"actor\":\"nobody\"") != NULL);
	CHECK(strstr(ask_as(4242, nobody, nobody), "\"actor\":\"uid 4242\"") != NULL);
	CHECK(strstr(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"who\"}\n"), "\"role\":\"admin\"") !=
	      NULL);
	end();
}

/* -- The socket -- */

static void leave_stale_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(fd, 1), 0);
	close(fd);
}

static void test_stale_socket_is_replaced(void)
{
	make_paths();
	leave_stale_socket();
	struct control_options usual = options();
	begin_with(&usual);
	CHECK(strstr(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"), "result") != NULL);
	end();
}

static void test_live_socket_and_other_files_are_left_alone(void)
{
	struct error err = { 0 };

	begin();
	struct control_options second = options();
	CHECK(!control_new(loop, &second, &err));
	CHECK_INT(err.kind, ERROR_CONFIG);
	CHECK(strstr(err.text, "listens") != NULL);
	CHECK(strstr(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"), "result") != NULL);

	char file[96];
	snprintf(file, sizeof(file), "%s/file", dir);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	second.path = file;
	CHECK(!control_new(loop, &second, &err));
	CHECK(strstr(err.text, "is not a socket") != NULL);
	CHECK_INT(access(file, F_OK), 0);
	unlink(file);
	snprintf(file, sizeof(file), "%s/file.lock", dir);
	unlink(file);
	end();
}

static void test_wrong_settings_are_named(void)
{
	struct error err = { 0 };
	char longer[200];

	begin();
	struct control_options wrong = options();
	wrong.operator_group = "no-such-group";
	CHECK(!control_new(loop, &wrong, &err));
	CHECK_TEXT(err.text, "there is no group \"no-such-group\"");
	wrong = options();
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	wrong.path = longer;
	CHECK(!control_new(loop, &wrong, &err));
	CHECK_INT(err.kind, ERROR_CONFIG);
	end();
}

static void test_socket_handed_in_is_used_and_kept(void)
{
	make_paths();
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct control_options given = options();
	given.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	memcpy(address.sun_path, path, strlen(path) + 1);
	CHECK_INT(bind(given.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(given.fd, 5), 0);
	begin_with(&given);
	CHECK(strstr(ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n"), "result") != NULL);
	control_free(TAKE(control));
	loop_free(TAKE(loop));
	CHECK_INT(access(path, F_OK), 0); /* it is the service manager's */
	remove_paths();
}

static void test_many_peers_wait_for_a_place(void)
{
	begin();
	int fds[80];

	for (int i = 0; i < 80; i++) {
		fds[i] = connect_path();
		put(fds[i], "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\n");
	}
	run_for(200000);
	CHECK_INT(n_handled, 64);
	for (int i = 0; i < 40; i++)
		close(fds[i]);
	run_for(200000);
	CHECK_INT(n_handled, 80);
	for (int i = 40; i < 80; i++) {
		CHECK(strstr(get_line(fds[i]), "result") != NULL);
		close(fds[i]);
	}
	end();
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	RUN(test_request_is_answered_with_its_id);
	RUN(test_errors_are_answered);
	RUN(test_two_requests_in_one_read_and_one_in_pieces);
	RUN(test_notification_gets_no_answer);
	RUN(test_answers_may_come_later_and_in_any_order);
	RUN(test_answer_after_the_peer_left_is_fine);
	RUN(test_peer_that_ends_its_side_still_gets_its_answer);
	RUN(test_peer_with_many_open_requests_is_not_read);
	RUN(test_answer_too_large_is_an_error_instead);
	RUN(test_line_too_long_is_cut_off);
	RUN(test_slow_reader_is_cut_off);
	RUN(test_reader_with_too_much_unread_is_cut_off);
	RUN(test_idle_peer_is_closed);
	RUN(test_role_follows_from_the_peers_user_and_groups);
	RUN(test_stale_socket_is_replaced);
	RUN(test_live_socket_and_other_files_are_left_alone);
	RUN(test_wrong_settings_are_named);
	RUN(test_socket_handed_in_is_used_and_kept);
	RUN(test_many_peers_wait_for_a_place);
	return tap_done();
}
