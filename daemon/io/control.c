/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "control_private.h"
#include "unix_socket.h"

#define PEERS_MAX  64
#define READ_BYTES (64 * 1024)
#define STALL_MS   10000
#define IDLE_MS    (5 * 60 * 1000)
#define NO_GROUP   ((gid_t)-1)

const char *role_name(enum role role)
{
	static const char *const names[] = {
		[ROLE_VIEWER] = "viewer", [ROLE_OPERATOR] = "operator", [ROLE_ADMIN] = "admin"
	};

	return names[role];
}

/* -- Who is it -- */

static bool in_group(const gid_t *groups, size_t n_groups, gid_t wanted)
{
	for (size_t i = 0; wanted != NO_GROUP && i < n_groups; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

static enum role role_of(const struct control *control, const struct ucred *cred, const gid_t *groups,
                         size_t n_groups)
{
	if (cred->uid == 0 || cred->uid == geteuid() || in_group(groups, n_groups, control->admin_gid))
		return ROLE_ADMIN;
	return in_group(groups, n_groups, control->operator_gid) ? ROLE_OPERATOR : ROLE_VIEWER;
}

/* Its primary group first, then the others as they were when it connected. */
static size_t groups_of(int fd, const struct ucred *cred, gid_t *groups, size_t size)
{
	socklen_t len = (socklen_t)((size - 1) * sizeof(gid_t));

	groups[0] = cred->gid;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &len) != 0)
		return 1;
	return 1 + len / sizeof(gid_t);
}

static bool identify(struct peer *peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	gid_t groups[512];

	if (getsockopt(peer->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return false;
	peer->uid = cred.uid;
	peer->role =
	        role_of(peer->control, &cred, groups, groups_of(peer->fd, &cred, groups, ARRAY_SIZE(groups)));
	struct passwd *user = getpwuid(cred.uid);
	if (user)
		(void)snprintf(peer->actor, sizeof(peer->actor), "%s", user->pw_name);
	else
		(void)snprintf(peer->actor, sizeof(peer->actor), "uid %lu", (unsigned long)cred.uid);
	return true;
}

/* -- Peers -- */

static void listen_on(struct control *control)
{
	if (control->n_peers < PEERS_MAX && !timer_is_running(&control->pause))
		watch_start(control->loop, &control->watch, control->fd, WATCH_READ);
	else
		watch_stop(&control->watch);
}

static void peer_free(struct peer *peer)
{
	struct control *control = peer->control;

	peer_orphan(peer);
	watch_stop(&peer->watch);
	task_cancel(control->loop, &peer->work);
	timer_stop(control->loop, &peer->limit);
	(void)close(peer->fd);
	buf_done(&peer->in);
	buf_done(&peer->out);
	*peer->link = peer->next;
	if (peer->next)
		peer->next->link = peer->link;
	control->n_peers--;
	free(peer);
}

static void peer_drop(struct peer *peer)
{
	struct control *control = peer->control;

	peer_free(peer);
	listen_on(control);
}

static void on_limit(struct timer *timer)
{
	peer_drop(container_of(timer, struct peer, limit));
}

static void restart_limit(struct peer *peer)
{
	const struct control *control = peer->control;

	if (peer->out.len)
		timer_start(control->loop, &peer->limit, control->stall_us);
	else if (!peer->n_calls)
		timer_start(control->loop, &peer->limit, control->idle_us);
	else
		timer_stop(control->loop, &peer->limit);
}

/* What the peer's socket is watched for follows from what there is to do. */
static void watch_peer(struct peer *peer)
{
	bool reads = !peer->is_ended && peer->n_calls < CALLS_MAX;
	int events = (reads ? WATCH_READ : 0) | (peer->out.len ? WATCH_WRITE : 0);

	if (events)
		watch_start(peer->control->loop, &peer->watch, peer->fd, events);
	else
		watch_stop(&peer->watch);
}

void peer_write(struct peer *peer, struct slice text)
{
	bool was_empty = peer->out.len == 0;

	if (!buf_add_slice(&peer->out, text))
		peer->is_broken = true; /* it does not read: cut off from the loop */
	if (was_empty)
		timer_start(peer->control->loop, &peer->limit, peer->control->stall_us);
	task_queue(peer->control->loop, &peer->work);
}

static bool flush(struct peer *peer)
{
	size_t sent = 0;

	while (sent < peer->out.len) {
		ssize_t len = send(peer->fd, peer->out.data + sent, peer->out.len - sent,
		                   MSG_NOSIGNAL | MSG_DONTWAIT);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno != EAGAIN)
			return false;
		if (len < 0)
			break;
		sent += (size_t)len;
	}
	if (!sent)
		return true;
	buf_consume(&peer->out, sent);
	restart_limit(peer);
	return true;
}

/* Whole lines of `in`, as long as the peer may have requests open. False: a line is too long. */
static bool take_lines(struct peer *peer)
{
	size_t from = 0;

	while (!peer->is_broken && peer->n_calls < CALLS_MAX && from < peer->in.len) {
		const char *start = peer->in.data + from;
		const char *end = memchr(start, '\n', peer->in.len - from);
		if (!end)
			break;
		from += (size_t)(end - start) + 1;
		peer_line(peer, (struct slice){ start, (size_t)(end - start) });
	}
	buf_consume(&peer->in, from);
	return peer->in.len < LINE_MAX_BYTES || memchr(peer->in.data, '\n', peer->in.len);
}

/* False: it must go. */
static bool work(struct peer *peer)
{
	if (peer->is_broken || !take_lines(peer) || peer->is_broken || !flush(peer))
		return false;
	return !peer->is_ended || peer->n_calls || peer->out.len;
}

static void step(struct peer *peer)
{
	if (!work(peer)) {
		peer_drop(peer);
		return;
	}
	if (!peer->out.len) /* else only what was sent gives it more time */
		restart_limit(peer);
	watch_peer(peer);
}

static void on_work(struct task *task)
{
	step(container_of(task, struct peer, work));
}

/* One piece a turn: a peer that talks without end leaves room for the others. */
static bool read_piece(struct peer *peer)
{
	char *room = buf_reserve(&peer->in, READ_BYTES);

	if (!room)
		return false;
	ssize_t len = recv(peer->fd, room, READ_BYTES, MSG_DONTWAIT);
	if (len > 0)
		peer->in.len += (size_t)len;
	else if (len == 0)
		peer->is_ended = true;
	else
		return errno == EAGAIN || errno == EINTR;
	return true;
}

static void on_ready(struct watch *watch, int events)
{
	struct peer *peer = container_of(watch, struct peer, watch);

	if (events & WATCH_READ && watch->events & WATCH_READ && !read_piece(peer))
		peer_drop(peer);
	else
		step(peer);
}

static void peer_new(struct control *control, int fd)
{
	struct peer *peer = alloc_zeroed(1, sizeof(*peer));

	peer->control = control;
	peer->fd = fd;
	peer->watch = (struct watch){ .ready = on_ready, .name = "control" };
	peer->work = (struct task){ .run = on_work, .name = "control" };
	peer->limit = (struct timer){ .expired = on_limit, .name = "control" };
	buf_init(&peer->in, LINE_MAX_BYTES + READ_BYTES);
	buf_init(&peer->out, OUT_MAX_BYTES);
	peer->next = control->peers;
	peer->link = &control->peers;
	if (peer->next)
		peer->next->link = &peer->next;
	control->peers = peer;
	control->n_peers++;
	if (!identify(peer)) {
		peer_free(peer);
		return;
	}
	restart_limit(peer);
	watch_peer(peer);
}

/* -- The socket -- */

static void on_pause_end(struct timer *timer)
{
	listen_on(container_of(timer, struct control, pause));
}

static void on_connection(struct watch *watch, int events UNUSED)
{
	struct control *control = container_of(watch, struct control, watch);
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		peer_new(control, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
		timer_start(control->loop, &control->pause,
		            US_PER_S); /* or it would be ready again at once */
	listen_on(control);
}

static bool find_group(const char *name, gid_t *ret, struct error *err)
{
	struct group *group = name && *name ? getgrnam(name) : NULL;

	*ret = group ? group->gr_gid : NO_GROUP;
	if (group || !name || !*name)
		return true;
	return fail(err, ERROR_CONFIG, "there is no group \"%s\"", name);
}

static bool give_to_group(const struct control *control, const struct control_options *options,
                          struct error *err)
{
	bool has_operators = control->operator_gid != NO_GROUP;
	gid_t gid = has_operators ? control->operator_gid : control->admin_gid;

	if (gid == NO_GROUP || chown(options->path, (uid_t)-1, gid) == 0)
		return true;
	return fail(err, ERROR_CONFIG, "cannot give \"%s\" to group \"%s\": %m", options->path,
	            has_operators ? options->operator_group : options->admin_group);
}

static bool open_socket(struct control *control, const struct control_options *options, struct error *err)
{
	if (options->fd >= 0) {
		control->fd = options->fd;
		if (fcntl(control->fd, F_SETFD, FD_CLOEXEC) == 0 &&
		    fcntl(control->fd, F_SETFL, O_NONBLOCK) == 0)
			return true;
		return fail(err, ERROR_CONFIG, "cannot use the control socket that was handed in: %m");
	}
	control->fd = unix_listen(options->path, 0660, err);
	if (control->fd < 0)
		return false;
	control->path = alloc_text(options->path);
	return give_to_group(control, options, err);
}

static int64_t limit_us(int given_ms, int usual_ms)
{
	return (given_ms ? given_ms : usual_ms) * INT64_C(1000);
}

struct control *control_new(struct loop *loop, const struct control_options *options, struct error *err)
{
	CLEANUP(control_free_p) struct control *control = alloc_zeroed(1, sizeof(*control));

	control->loop = loop;
	control->fd = -1;
	control->handle = options->handle;
	control->owner = options->owner;
	control->stall_us = limit_us(options->stall_ms, STALL_MS);
	control->idle_us = limit_us(options->idle_ms, IDLE_MS);
	control->watch = (struct watch){ .ready = on_connection, .name = "control" };
	control->pause = (struct timer){ .expired = on_pause_end, .name = "control" };
	if (!find_group(options->operator_group, &control->operator_gid, err) ||
	    !find_group(options->admin_group, &control->admin_gid, err) ||
	    !open_socket(control, options, err))
		return NULL;
	listen_on(control);
	return TAKE(control);
}

void control_free(struct control *control)
{
	if (!control)
		return;
	while (control->peers)
		peer_free(control->peers);
	watch_stop(&control->watch);
	timer_stop(control->loop, &control->pause);
	if (control->fd >= 0)
		(void)close(control->fd);
	if (control->path)
		(void)unlink(control->path);
	free(control->path);
	free(control);
}
