/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Loop: the one event loop of the process (libev), with what the rest needs of it: timers, descriptors, signals,
 * child processes, and work for the next turn. One thread. Nothing here is a global: whoever needs the loop has it.
 *
 * Watchers are members of their owner and stopped before it is freed; starting one never calls back at once. A
 * callback may free its owner: calling it is the caller's last act.
 *
 * Time comes from base/clock.h. With a fake clock, loop_run() does not sleep while only timers are pending: it moves
 * the clock to the next one. A turn that took longer than 100 ms is counted and its culprit kept (loop_slowest).
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"

struct loop;
struct timer;
struct loop *loop_new(void);
void loop_free(struct loop *loop);					/* NULL is fine */
void loop_run(struct loop *loop);					/* until loop_stop() is called from a callback */
void loop_stop(struct loop *loop);
/* While held, something outside is at work for us (a statement, a request): a fake clock does not jump then. */
void loop_hold(struct loop *loop);
void loop_release(struct loop *loop);

struct timer {
	void (*expired)(struct timer *timer);
	const char *name;			/* for loop_slowest */
	void *owner;				/* for the caller's use */
	int64_t due_us;				/* monotonic; private */
	uint64_t order;				/* those due at once expire in the order of their start; private */
	unsigned heap_index;			/* 0: not running; private */
};
/* All timers of the loop hang on one libev timer, in a heap, so that a fake clock can jump. Restarting is allowed. */
void timer_start(struct loop *loop, struct timer *timer, int64_t after_us);
void timer_stop(struct loop *loop, struct timer *timer);		/* a timer not running is fine */
bool timer_is_running(const struct timer *timer);

enum { WATCH_READ = 1, WATCH_WRITE = 2 };
struct watch {
	void (*ready)(struct watch *watch, int events);
	const char *name;
	struct loop *loop;			/* private from here on */
	void *io;				/* ev_io */
	int fd, events;
};
void watch_start(struct loop *loop, struct watch *watch, int fd, int events);	/* also changes a running one */
void watch_stop(struct watch *watch);					/* never started, or zeroed: fine */

struct signal_watch {
	void (*raised)(struct signal_watch *watch, int number);
	void *sig;				/* private */
	struct loop *loop;
};
void signal_start(struct loop *loop, struct signal_watch *watch, int number);
void signal_stop(struct signal_watch *watch);

/*
 * A child process, without a shell, in a session of its own (a terminal's Ctrl-C is for us alone), with standard input
 * from /dev/null and no other descriptor of ours; its output and error go where the caller says.
 */
struct child {
	void (*ended)(struct child *child, int status);	/* as of waitpid() */
	pid_t pid;
	struct loop *loop;			/* private from here on */
	void *ev;
};
struct child_spec {
	const char *const *argv;		/* argv[0] is the program's path */
	const char *const *env;			/* NULL: inherited */
	uid_t uid; gid_t gid;			/* drop to these when uid is not 0 */
	const char *dir;			/* NULL: inherited */
	int output_fd;				/* stdout and stderr; -1: inherited */
};
bool child_start(struct loop *loop, struct child *child, const struct child_spec *spec);	/* false: errno tells */
void child_forget(struct child *child);					/* stops watching; does not kill */

/* Runs once on the next turn, before the loop sleeps again. */
struct task {
	void (*run)(struct task *task);
	const char *name;			/* for loop_slowest; NULL is fine */
	struct task *next;			/* private */
	bool is_queued;
};
void task_queue(struct loop *loop, struct task *task);			/* queued twice runs once */
void task_cancel(struct loop *loop, struct task *task);

struct loop_slow {
	const char *name;
	int64_t took_us;
	uint64_t count;				/* turns beyond 100 ms since the start */
};
struct loop_slow loop_slowest(const struct loop *loop);
/* For libraries with callbacks of their own (http, listener): the struct ev_loop of ev.h. */
struct ev_loop *loop_ev(struct loop *loop);

DEFINE_CLEANUP(struct loop *, loop_free)
