/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"

/* A child's end makes its pidfd readable: no SIGCHLD handler, no process-wide state. */
struct child_watch {
	struct watch watch;
	struct child *child;
};

static void on_child_end(struct watch *watch, int events UNUSED)
{
	struct child *child = container_of(watch, struct child_watch, watch)->child;
	int status = 0;

	if (waitpid(child->pid, &status, WNOHANG) == 0)
		return;
	child_forget(child);
	child->ended(child, status);
}

static bool child_adopt(struct loop *loop, struct child *child, pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return false;
	struct child_watch *watch = alloc_zeroed(1, sizeof(*watch));
	watch->watch = (struct watch){ .ready = on_child_end, .name = "child" };
	watch->child = child;
	child->pid = pid;
	child->loop = loop;
	child->ev = watch;
	watch_start(loop, &watch->watch, fd, WATCH_READ);
	return true;
}

void child_forget(struct child *child)
{
	struct child_watch *watch = child->ev;

	if (!watch)
		return;
	int fd = watch->watch.fd;
	watch_stop(&watch->watch);
	(void)close(fd);
	free(watch);
	child->ev = NULL;
}

/* Between fork and exec: nothing here may allocate or lock. */
static bool child_descriptors(const struct child_spec *spec)
{
	int null_fd = open("/dev/null", O_RDONLY);

	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0)
		return false;
	if (spec->output_fd >= 0 &&
	    (dup2(spec->output_fd, STDOUT_FILENO) < 0 || dup2(spec->output_fd, STDERR_FILENO) < 0))
		return false;
	/* Closed by exec only: the pipe that tells the parent of a failure is still needed. */
	(void)syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
	return true;
}

static bool child_rights(const struct child_spec *spec)
{
	if (!spec->uid)
		return true;
	return setgroups(1, &spec->gid) == 0 && setgid(spec->gid) == 0 && setuid(spec->uid) == 0;
}

static void child_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
}

static _Noreturn void child_become(const struct child_spec *spec, int error_fd)
{
	(void)setsid();
	child_signals();
	if (child_descriptors(spec) && child_rights(spec) && (!spec->dir || chdir(spec->dir) == 0))
		(void)execve(spec->argv[0], (char *const *)spec->argv,
		             spec->env ? (char *const *)spec->env : environ);
	int reason = errno;
	if (write(error_fd, &reason, sizeof(reason)) < 0)
		_exit(126);
	_exit(127);
}

/* 0: the program runs. Otherwise the errno of what failed. */
static int child_failure(int error_fd)
{
	int reason = 0;
	ssize_t len;

	do
		len = read(error_fd, &reason, sizeof(reason));
	while (len < 0 && errno == EINTR);
	return len == sizeof(reason) ? reason : 0;
}

static void child_reap(pid_t pid, bool is_running)
{
	if (is_running)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

bool child_start(struct loop *loop, struct child *child, const struct child_spec *spec)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0)
		child_become(spec, ends[1]);
	int reason = pid < 0 ? errno : 0;
	(void)close(ends[1]);
	if (pid > 0)
		reason = child_failure(ends[0]);
	(void)close(ends[0]);
	if (pid > 0 && reason) {
		child_reap(pid, false);
	} else if (pid > 0 && !child_adopt(loop, child, pid)) {
		reason = errno;
		child_reap(pid, true);
	}
	errno = reason;
	return reason == 0;
}
