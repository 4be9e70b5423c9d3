/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <assert.h>
#include <ev.h>

#include "alloc.h"
#include "clock.h"

#define SLOW_TURN_US (100 * INT64_C(1000))
#define TIMERS_FIRST 64

struct loop {
	struct ev_loop *ev;
	ev_timer sleep;      /* ends the poll when the first timer is due */
	struct timer **heap; /* heap[1] is due first; heap[0] unused */
	unsigned n_timers, size_timers;
	uint64_t timers_started;
	struct task *queued, **queued_end;
	struct task *running; /* rest of the tasks of this turn */
	int holds;
	bool is_stopped;
	uint64_t n_calls;          /* callbacks so far: tells whether a poll found anything */
	int64_t turn_us, worst_us; /* this turn, and its longest callback */
	const char *worst_name;
	struct loop_slow slow;
};

/* -- Slow turns -- */

static int64_t call_begin(struct loop *loop)
{
	loop->n_calls++;
	return clock_mono_us();
}

static void call_end(struct loop *loop, const char *name, int64_t began_us)
{
	int64_t took_us = clock_mono_us() - began_us;

	loop->turn_us += took_us;
	if (took_us > loop->worst_us || !loop->worst_name) {
		loop->worst_us = took_us;
		loop->worst_name = name ? name : "unnamed";
	}
}

static void turn_end(struct loop *loop)
{
	if (loop->turn_us > SLOW_TURN_US) {
		loop->slow.count++;
		if (loop->turn_us > loop->slow.took_us) {
			loop->slow.took_us = loop->turn_us;
			loop->slow.name = loop->worst_name;
		}
	}
	loop->turn_us = loop->worst_us = 0;
	loop->worst_name = NULL;
}

struct loop_slow loop_slowest(const struct loop *loop)
{
	return loop->slow;
}

/* -- Timers: a binary heap, ordered by due time, then by start -- */

static bool is_before(const struct timer *a, const struct timer *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void heap_put(struct loop *loop, unsigned at, struct timer *timer)
{
	loop->heap[at] = timer;
	timer->heap_index = at;
}

static void heap_up(struct loop *loop, unsigned at, struct timer *timer)
{
	for (; at > 1 && is_before(timer, loop->heap[at / 2]); at /= 2)
		heap_put(loop, at, loop->heap[at / 2]);
	heap_put(loop, at, timer);
}

static void heap_down(struct loop *loop, unsigned at, struct timer *timer)
{
	for (unsigned child = at * 2; child <= loop->n_timers; child = at * 2) {
		if (child < loop->n_timers && is_before(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (!is_before(loop->heap[child], timer))
			break;
		heap_put(loop, at, loop->heap[child]);
		at = child;
	}
	heap_put(loop, at, timer);
}

void timer_stop(struct loop *loop, struct timer *timer)
{
	unsigned at = timer->heap_index;

	if (!at)
		return;
	assert(loop->heap[at] == timer);
	struct timer *last = loop->heap[loop->n_timers--];
	timer->heap_index = 0;
	if (last == timer)
		return;
	if (at > 1 && is_before(last, loop->heap[at / 2]))
		heap_up(loop, at, last);
	else
		heap_down(loop, at, last);
}

void timer_start(struct loop *loop, struct timer *timer, int64_t after_us)
{
	timer_stop(loop, timer);
	if (loop->n_timers + 1 >= loop->size_timers) {
		loop->size_timers = loop->size_timers ? loop->size_timers * 2 : TIMERS_FIRST;
		loop->heap = alloc_resize(loop->heap, loop->size_timers, sizeof(struct timer *));
	}
	if (__builtin_add_overflow(clock_mono_us(), after_us > 0 ? after_us : 0, &timer->due_us))
		timer->due_us = INT64_MAX;
	timer->order = loop->timers_started++;
	heap_up(loop, ++loop->n_timers, timer);
}

bool timer_is_running(const struct timer *timer)
{
	return timer->heap_index != 0;
}

static void run_timers(struct loop *loop)
{
	/* Those started by a callback wait for the next turn, even with no delay: descriptors are not
	 * starved. */
	uint64_t started_before = loop->timers_started;
	int64_t now_us = loop->n_timers ? clock_mono_us() : 0;

	while (loop->n_timers && loop->heap[1]->due_us <= now_us && loop->heap[1]->order < started_before) {
		struct timer *timer = loop->heap[1];
		const char *name = timer->name;
		int64_t began_us = call_begin(loop);

		timer_stop(loop, timer);
		timer->expired(timer);
		call_end(loop, name, began_us);
	}
}

/* -- Tasks -- */

void task_queue(struct loop *loop, struct task *task)
{
	if (task->is_queued)
		return;
	task->is_queued = true;
	task->next = NULL;
	*loop->queued_end = task;
	loop->queued_end = &task->next;
}

static bool task_unlink(struct task **list, struct task *task, struct task ***ret_end)
{
	for (struct task **at = list; *at; at = &(*at)->next) {
		if (*at != task)
			continue;
		*at = task->next;
		if (ret_end && !*at)
			*ret_end = at;
		return true;
	}
	return false;
}

void task_cancel(struct loop *loop, struct task *task)
{
	if (!task->is_queued)
		return;
	task->is_queued = false;
	if (!task_unlink(&loop->queued, task, &loop->queued_end))
		task_unlink(&loop->running, task, NULL);
}

static void run_tasks(struct loop *loop)
{
	loop->running = loop->queued;
	loop->queued = NULL;
	loop->queued_end = &loop->queued;
	while (loop->running) {
		struct task *task = loop->running;
		const char *name = task->name;
		int64_t began_us = call_begin(loop);

		loop->running = task->next;
		task->is_queued = false;
		task->run(task);
		call_end(loop, name, began_us);
	}
}

/* -- Descriptors and signals -- */

static void on_io(struct ev_loop *ev UNUSED, ev_io *io, int revents)
{
	struct watch *watch = io->data;
	struct loop *loop = watch->loop;
	const char *name = watch->name;
	int64_t began_us = call_begin(loop);
	int events = (revents & EV_READ ? WATCH_READ : 0) | (revents & EV_WRITE ? WATCH_WRITE : 0);

	watch->ready(watch, events);
	call_end(loop, name, began_us);
}

void watch_start(struct loop *loop, struct watch *watch, int fd, int events)
{
	ev_io *io = watch->io;

	assert(fd >= 0 && events);
	if (io && watch->fd == fd && watch->events == events)
		return;
	if (io) {
		ev_io_stop(loop->ev, io);
	} else {
		io = watch->io = alloc_zeroed(1, sizeof(*io));
		ev_init(io, on_io);
		io->data = watch;
	}
	watch->loop = loop;
	watch->fd = fd;
	watch->events = events;
	ev_io_set(io, fd, (events & WATCH_READ ? EV_READ : 0) | (events & WATCH_WRITE ? EV_WRITE : 0));
	ev_io_start(loop->ev, io);
}

void watch_stop(struct watch *watch)
{
	if (!watch->io)
		return;
	ev_io_stop(watch->loop->ev, watch->io);
	free(TAKE(watch->io));
}

static void on_signal(struct ev_loop *ev UNUSED, ev_signal *sig, int revents UNUSED)
{
	struct signal_watch *watch = sig->data;
	struct loop *loop = watch->loop;
	int64_t began_us = call_begin(loop);

	watch->raised(watch, sig->signum);
	call_end(loop, "signal", began_us);
}

void signal_start(struct loop *loop, struct signal_watch *watch, int number)
{
	ev_signal *sig = alloc_zeroed(1, sizeof(*sig));

	assert(!watch->sig);
	ev_signal_init(sig, on_signal, number);
	sig->data = watch;
	watch->sig = sig;
	watch->loop = loop;
	ev_signal_start(loop->ev, sig);
}

void signal_stop(struct signal_watch *watch)
{
	if (!watch->sig)
		return;
	ev_signal_stop(watch->loop->ev, watch->sig);
	free(TAKE(watch->sig));
}

/* -- The loop -- */

static void on_sleep_end(struct ev_loop *ev UNUSED, ev_timer *timer UNUSED, int revents UNUSED)
{
}

struct loop *loop_new(void)
{
	struct loop *loop = alloc_zeroed(1, sizeof(*loop));

	loop->ev = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL);
	if (!loop->ev)
		loop->ev = ev_loop_new(EVFLAG_NOENV);
	if (!loop->ev)
		abort();
	ev_init(&loop->sleep, on_sleep_end);
	loop->queued_end = &loop->queued;
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	ev_timer_stop(loop->ev, &loop->sleep);
	ev_loop_destroy(loop->ev);
	free(loop->heap);
	free(loop);
}

void loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
}

void loop_hold(struct loop *loop)
{
	loop->holds++;
}

void loop_release(struct loop *loop)
{
	assert(loop->holds > 0);
	loop->holds--;
}

struct ev_loop *loop_ev(struct loop *loop)
{
	return loop->ev;
}

static void poll_until(struct loop *loop, int64_t due_us)
{
	int64_t wait_us = due_us - clock_mono_us();

	if (wait_us <= 0) {
		ev_run(loop->ev, EVRUN_NOWAIT);
		return;
	}
	ev_now_update(loop->ev);
	ev_timer_set(&loop->sleep, (double)wait_us / US_PER_S, 0);
	ev_timer_start(loop->ev, &loop->sleep);
	ev_run(loop->ev, EVRUN_ONCE);
	ev_timer_stop(loop->ev, &loop->sleep);
}

/* A fake clock stands still while we sleep, so it jumps to the next timer once nothing else is to do. */
static void poll_fake(struct loop *loop)
{
	uint64_t before = loop->n_calls;

	if (loop->holds || !loop->n_timers) {
		ev_run(loop->ev, EVRUN_ONCE);
		return;
	}
	ev_run(loop->ev, EVRUN_NOWAIT);
	if (loop->n_calls != before || loop->holds || loop->queued || loop->is_stopped || !loop->n_timers)
		return;
	int64_t ahead_us = loop->heap[1]->due_us - clock_mono_us();
	if (ahead_us > 0)
		clock_fake_move(ahead_us);
}

static void poll_events(struct loop *loop)
{
	if (loop->queued || (loop->n_timers && loop->heap[1]->due_us <= clock_mono_us()))
		ev_run(loop->ev, EVRUN_NOWAIT);
	else if (clock_is_fake())
		poll_fake(loop);
	else if (loop->n_timers)
		poll_until(loop, loop->heap[1]->due_us);
	else
		ev_run(loop->ev, EVRUN_ONCE);
}

void loop_run(struct loop *loop)
{
	loop->is_stopped = false;
	while (!loop->is_stopped) {
		run_tasks(loop);
		if (!loop->is_stopped)
			run_timers(loop);
		turn_end(loop);
		if (!loop->is_stopped)
			poll_events(loop);
	}
	turn_end(loop);
}
