/* SPDX-License-Identifier: Apache-2.0 */
#include "listener.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "listener_private.h"
#include "number.h"
#include "unix_socket.h"

#define TICK_US          US_PER_S
#define HEADER_MEMORY    (32 * 1024) /* a connection's request line, headers and upload window */
#define BACKLOG          511
#define DESCRIPTORS_KEPT 64 /* for the store, the control socket, requests to remote systems */

/* -- Running the library -- */

uint64_t listener_connections(const struct listener *listener)
{
	return MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

static void run(struct listener *listener)
{
	uint64_t before, after;
	MHD_UNSIGNED_LONG_LONG wait_ms;
	int64_t next_us = TICK_US;

	/* Connections that end in one run let the listening socket back in only in the next. */
	do {
		before = listener_connections(listener);
		(void)MHD_run(listener->daemon);
		after = listener_connections(listener);
	} while (after < before);
	if (MHD_get_timeout(listener->daemon, &wait_ms) == MHD_YES && wait_ms < 1000)
		next_us = (int64_t)wait_ms * 1000;
	timer_start(listener->loop, &listener->tick, next_us);
}

static void on_ready(struct watch *watch, int events UNUSED)
{
	run(container_of(watch, struct listener, watch));
}

static void on_tick(struct timer *timer)
{
	run(container_of(timer, struct listener, tick));
}

static void on_run(struct task *task)
{
	run(container_of(task, struct listener, run));
}

/* -- Connections -- */

/* Shut down, the socket is readable at its end: the library closes it in its own way, and nothing lingers in
 * the kernel. */
static void on_deadline(struct timer *timer)
{
	struct connection *connection = container_of(timer, struct connection, deadline);
	struct listener *listener = connection->listener;
	struct linger none = { .l_onoff = 1 };

	(void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	(void)shutdown(connection->fd, SHUT_RDWR);
	run(listener);
}

static void restart_deadline(struct connection *connection)
{
	timer_start(connection->listener->loop, &connection->deadline,
	            connection->listener->timeout_ms * 1000);
}

static struct connection *connection_new(struct listener *listener, struct MHD_Connection *mhd)
{
	struct connection *connection = alloc_zeroed(1, sizeof(*connection));

	connection->listener = listener;
	connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	connection->deadline = (struct timer){ .expired = on_deadline, .name = "listener deadline" };
	connection->next = listener->connections;
	connection->link = &listener->connections;
	if (connection->next)
		connection->next->link = &connection->next;
	listener->connections = connection;
	restart_deadline(connection);
	return connection;
}

static void connection_free(struct connection *connection)
{
	timer_stop(connection->listener->loop, &connection->deadline);
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	free(connection);
}

static void on_connection(void *arg, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*context = connection_new(arg, mhd);
	else if (*context)
		connection_free(TAKE(*context));
}

/* The request line is there. What this returns is the request's own pointer from here on. */
static void *on_target(void *arg UNUSED, const char *target, struct MHD_Connection *mhd)
{
	struct connection *connection =
	        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

	if (connection->had_request)
		restart_deadline(connection); /* a kept connection was idle until now */
	connection->had_request = true;
	return inquiry_new(connection, mhd, target);
}

static enum MHD_Result on_access(void *arg UNUSED, struct MHD_Connection *mhd UNUSED, const char *url UNUSED,
                                 const char *method, const char *version UNUSED, const char *upload,
                                 size_t *upload_size, void **context)
{
	return inquiry_step(*context, method, upload, upload_size);
}

static void on_completed(void *arg UNUSED, struct MHD_Connection *mhd UNUSED, void **context,
                         enum MHD_RequestTerminationCode code UNUSED)
{
	struct inquiry *inquiry = TAKE(*context);

	if (!inquiry)
		return;
	restart_deadline(inquiry->connection);
	inquiry_free(inquiry);
}

/* The path is taken as received; the library would decode it in place, and %00 would cut it. */
static size_t keep_escaped(void *arg UNUSED, struct MHD_Connection *mhd UNUSED, char *text)
{
	return strlen(text);
}

/* -- The listening socket -- */

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

/* "127.0.0.1:8420" or "[::1]:8420". */
static bool parse_address(const char *text, union address *ret, socklen_t *ret_len)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	int64_t port;

	if (!colon || colon == text || !parse_int64(slice_of(colon + 1), 0, 65535, &port))
		return false;
	bool is_six = text[0] == '[' && colon[-1] == ']';
	size_t len = (size_t)(colon - text) - (is_six ? 2 : 0);
	if (len >= sizeof(host))
		return false;
	memcpy(host, text + is_six, len);
	host[len] = '\0';
	*ret = (union address){ 0 };
	ret->any.sa_family = is_six ? AF_INET6 : AF_INET;
	*ret_len = is_six ? sizeof(ret->six) : sizeof(ret->four);
	if (is_six)
		ret->six.sin6_port = htons((uint16_t)port);
	else
		ret->four.sin_port = htons((uint16_t)port);
	return inet_pton(ret->any.sa_family, host,
	                 is_six ? (void *)&ret->six.sin6_addr : (void *)&ret->four.sin_addr) == 1;
}

static int listen_at(const char *text, struct error *err)
{
	union address address;
	socklen_t len;
	int on = 1;

	if (strncmp(text, "unix:", 5) == 0)
		return unix_listen(text + 5, 0660, err);
	if (!parse_address(text, &address, &len)) {
		fail(err, ERROR_CONFIG,
		     "cannot listen on \"%s\": expected ADDRESS:PORT, [IPV6-ADDRESS]:PORT or unix:PATH",
		     text);
		return -1;
	}
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, &address.any, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	fail(err, ERROR_CONFIG, "cannot listen on \"%s\": %m", text);
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static int adopt(int fd, struct error *err)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	fail(err, ERROR_CONFIG, "cannot use the listening socket %d that was handed in: %m", fd);
	return -1;
}

/* -- Life -- */

static bool check_limits(const struct listener_options *options, struct error *err)
{
	struct rlimit descriptors;

	if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0)
		return fail(err, ERROR_CONFIG, "cannot tell the limit of file descriptors: %m");
	if (options->connections < 1 ||
	    (uint64_t)options->connections + DESCRIPTORS_KEPT > descriptors.rlim_cur)
		return fail(err, ERROR_CONFIG,
		            "%lld connections cannot be served: from 1 to %lld are possible with %llu file "
		            "descriptors",
		            (long long)options->connections,
		            (long long)descriptors.rlim_cur - DESCRIPTORS_KEPT,
		            (unsigned long long)descriptors.rlim_cur);
	return true;
}

static struct MHD_Daemon *start_daemon(struct listener *listener, const struct listener_options *options,
                                       int fd)
{
	return MHD_start_daemon(
	        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_access, listener,
	        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener,
	        MHD_OPTION_NOTIFY_COMPLETED, on_completed, listener, MHD_OPTION_URI_LOG_CALLBACK, on_target,
	        listener, MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, listener, MHD_OPTION_CONNECTION_LIMIT,
	        (unsigned)options->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	        (unsigned)options->connections_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	        (size_t)HEADER_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static struct listener *listener_start(struct loop *loop, const struct listener_options *options, int fd)
{
	struct listener *listener = alloc_zeroed(1, sizeof(*listener));

	listener->loop = loop;
	listener->body_max = options->body_max;
	listener->timeout_ms = options->timeout_ms;
	listener->handle = options->handle;
	listener->owner = options->owner;
	listener->refused_fd = -1;
	listener->daemon = start_daemon(listener, options, fd);
	if (!listener->daemon) {
		free(listener);
		return NULL;
	}
	listener->watch = (struct watch){ .ready = on_ready, .name = "listener" };
	listener->tick = (struct timer){ .expired = on_tick, .name = "listener" };
	listener->run = (struct task){ .run = on_run, .name = "listener" };
	watch_start(loop, &listener->watch,
	            MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, WATCH_READ);
	timer_start(loop, &listener->tick, TICK_US);
	return listener;
}

struct listener *listener_new(struct loop *loop, const struct listener_options *options, struct error *err)
{
	bool is_ours = options->fd < 0;

	if (!check_limits(options, err))
		return NULL;
	int fd = is_ours ? listen_at(options->address, err) : adopt(options->fd, err);
	if (fd < 0)
		return NULL;
	struct listener *listener = listener_start(loop, options, fd);
	if (!listener) {
		fail(err, ERROR_CONFIG, "cannot start the listener on \"%s\"",
		     is_ours ? options->address : "the socket handed in");
		(void)close(fd);
		return NULL;
	}
	if (is_ours && strncmp(options->address, "unix:", 5) == 0)
		listener->unix_path = alloc_text(options->address + 5);
	return listener;
}

void listener_refuse(struct listener *listener)
{
	if (listener->refused_fd >= 0)
		return;
	listener->refused_fd = MHD_quiesce_daemon(listener->daemon);
	if (listener->refused_fd >= 0)
		(void)shutdown(listener->refused_fd, SHUT_RDWR);
}

/* The library refuses to end while it has suspended connections. */
static void drop_sleeping(struct listener *listener)
{
	for (struct connection *at = listener->connections, *next; at; at = next) {
		next = at->next;
		if (at->sleeping)
			inquiry_abandon(at->sleeping);
	}
	(void)MHD_run(listener->daemon);
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	drop_sleeping(listener);
	watch_stop(&listener->watch);
	MHD_stop_daemon(listener->daemon);
	assert(!listener->connections);
	timer_stop(listener->loop, &listener->tick);
	task_cancel(listener->loop, &listener->run);
	if (listener->refused_fd >= 0)
		(void)close(listener->refused_fd);
	if (listener->unix_path)
		(void)unlink(listener->unix_path);
	free(listener->unix_path);
	free(listener);
}

int listener_port(const struct listener *listener)
{
	union address address;
	socklen_t len = sizeof(address);
	int fd = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd;

	if (getsockname(fd, &address.any, &len) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET6 ? address.six.sin6_port : address.four.sin_port);
}
