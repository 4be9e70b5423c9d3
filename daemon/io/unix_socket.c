/* SPDX-License-Identifier: Apache-2.0 */
#include "unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "alloc.h"

#define BACKLOG 128

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static bool address_of(const char *path, struct sockaddr_un *address, struct error *err)
{
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(address->sun_path))
		return fail(err, ERROR_CONFIG, "path of a socket \"%s\" must have 1 to %zu bytes", path,
		            sizeof(address->sun_path) - 1);
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, path, len + 1);
	return true;
}

/* True: the file there may be removed, or there is none. */
static bool is_dead(const struct sockaddr_un *address, struct error *err)
{
	CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT ||
		       fail(err, ERROR_CONFIG, "cannot look at \"%s\": %m", address->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return fail(err, ERROR_CONFIG, "\"%s\" exists and is not a socket", address->sun_path);
	if (fd < 0)
		return fail(err, ERROR_TRANSIENT, "could not open a socket: %m");
	/* EAGAIN: somebody listens, his queue is full. */
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		return fail(err, ERROR_CONFIG, "somebody else listens on \"%s\" already", address->sun_path);
	if (errno != ECONNREFUSED && errno != ENOENT)
		return fail(err, ERROR_CONFIG, "cannot tell whether \"%s\" is in use: %m", address->sun_path);
	return true;
}

/* The mode is set by umask while binding: there is no moment in which others could connect. */
static bool bind_with_mode(int fd, const struct sockaddr_un *address, mode_t mode)
{
	mode_t before = umask(0777 & ~mode);
	int result = bind(fd, (const struct sockaddr *)address, sizeof(*address));

	(void)umask(before);
	return result == 0;
}

static int take_lock(const char *path, struct error *err)
{
	char *name = alloc_printf("%s.lock", path);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		fail(err, ERROR_CONFIG, "cannot lock \"%s\": %m", name);
	free(name);
	return fd;
}

int unix_listen(const char *path, mode_t mode, struct error *err)
{
	struct sockaddr_un address;

	if (!address_of(path, &address, err))
		return -1;
	CLEANUP(close_fd) int lock = take_lock(path, err);
	if (lock < 0 || !is_dead(&address, err))
		return -1;
	CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (unlink(path) != 0 && errno != ENOENT) {
		fail(err, ERROR_CONFIG, "cannot replace \"%s\": %m", path);
		return -1;
	}
	if (fd < 0 || !bind_with_mode(fd, &address, mode) || listen(fd, BACKLOG) != 0) {
		fail(err, ERROR_CONFIG, "cannot listen on \"%s\": %m", path);
		return -1;
	}
	int listening = fd;
	fd = -1;
	return listening;
}
