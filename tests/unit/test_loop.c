/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "tap.h"

#define FAKE_START_US INT64_C(1769854530000000)
#define HOUR_US       (3600 * US_PER_S)

static struct loop *loop;
static char trace[256]; /* a letter a callback */

static void note(char letter)
{
	size_t len = strlen(trace);

	if (len + 1 < sizeof(trace)) {
		trace[len] = letter;
		trace[len + 1] = '\0';
	}
}

static void begin(void)
{
	loop = loop_new();
	trace[0] = '\0';
}

static void end(void)
{
	loop_free(TAKE(loop));
}

/* -- Timers -- */

struct lettered {
	struct timer timer;
	char letter;
	bool ends;
};

static void on_lettered(struct timer *timer)
{
	struct lettered *self = container_of(timer, struct lettered, timer);

	note(self->letter);
	if (self->ends)
		loop_stop(loop);
}

static struct lettered lettered(char letter)
{
	return (struct lettered){ .timer = { .expired = on_lettered, .name = "lettered" }, .letter = letter };
}

static void test_timers_expire_in_the_order_of_their_due_time(void)
{
	begin();
	struct lettered a = lettered('a'), b = lettered('b'), c = lettered('c'), d = lettered('d');

	d.ends = true;
	timer_start(loop, &c.timer, 3000);
	timer_start(loop, &a.timer, 1000);
	timer_start(loop, &d.timer, 4000);
	timer_start(loop, &b.timer, 2000);
	int64_t began_us = clock_mono_us();
	loop_run(loop);
	int64_t took_us = clock_mono_us() - began_us;
	CHECK_TEXT(trace, "abcd");
	CHECK(took_us >= 4000);
	CHECK(took_us < US_PER_S);
	CHECK(!timer_is_running(&a.timer));
	end();
}

static void test_timers_due_at_once_expire_in_the_order_of_their_start(void)
{
	clock_fake_set(FAKE_START_US);
	begin();
	struct lettered all[20];

	for (int i = 0; i < 20; i++) {
		all[i] = lettered((char)('a' + i));
		all[i].ends = i == 19;
		timer_start(loop, &all[i].timer, 5000);
	}
	loop_run(loop);
	CHECK_TEXT(trace, "abcdefghijklmnopqrst");
	end();
	clock_fake_end();
}

static void test_stopped_and_restarted_timers_keep_the_order(void)
{
	clock_fake_set(FAKE_START_US);
	begin();
	enum { COUNT = 200 };
	static struct lettered all[COUNT];
	struct lettered last = lettered('z');
	unsigned seed = 1;

	last.ends = true;
	for (int i = 0; i < COUNT; i++) {
		all[i] = lettered('?');
		seed = seed * 1103515245 + 12345;
		timer_start(loop, &all[i].timer, 1000 + (seed >> 16) % 1000);
	}
	for (int i = 0; i < COUNT; i += 2)
		timer_stop(loop, &all[i].timer);
	for (int i = 0; i < COUNT; i += 4)
		timer_start(loop, &all[i].timer, 10);
	timer_start(loop, &last.timer, 5000);
	bool all_done = true;
	loop_run(loop);
	CHECK_INT((int64_t)strlen(trace), COUNT / 2 + COUNT / 4 + 1);
	CHECK(trace[strlen(trace) - 1] == 'z');
	for (int i = 0; i < COUNT; i++)
		all_done &= !timer_is_running(&all[i].timer);
	CHECK(all_done);
	timer_stop(loop, &all[0].timer); /* not running: fine */
	end();
	clock_fake_end();
}

struct ticker {
	struct timer timer;
	int64_t every_us, until_us, last_us;
	int n;
	bool was_late;
};

static void on_tick(struct timer *timer)
{
	struct ticker *self = container_of(timer, struct ticker, timer);

	self->n++;
	self->was_late |= clock_mono_us() - self->last_us != self->every_us;
	self->last_us = clock_mono_us();
	if (clock_wall_us() >= self->until_us)
		loop_stop(loop);
	else
		timer_start(loop, timer, self->every_us);
}

static int64_t real_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

static void test_a_week_of_schedule_takes_milliseconds(void)
{
	clock_fake_set(FAKE_START_US);
	begin();
	struct ticker minute = { .timer = { .expired = on_tick, .name = "minute" },
		                 .every_us = 60 * US_PER_S,
		                 .until_us = FAKE_START_US + 7 * 24 * HOUR_US,
		                 .last_us = clock_mono_us() };
	struct ticker odd = { .timer = { .expired = on_tick, .name = "odd" },
		              .every_us = 7001 * US_PER_S,
		              .until_us = INT64_MAX,
		              .last_us = clock_mono_us() };

	timer_start(loop, &minute.timer, minute.every_us);
	timer_start(loop, &odd.timer, odd.every_us);
	int64_t began_us = real_us();
	loop_run(loop);
	CHECK_INT(minute.n, 7 * 24 * 60);
	CHECK_INT(odd.n, 7 * 24 * 3600 / 7001);
	CHECK(!minute.was_late && !odd.was_late);
	CHECK_INT(clock_wall_us(), FAKE_START_US + 7 * 24 * HOUR_US);
	CHECK(real_us() - began_us < 5 * US_PER_S);
	timer_stop(loop, &odd.timer);
	end();
	clock_fake_end();
}

/* -- Tasks -- */

struct letter_task {
	struct task task;
	char letter;
	struct task *then, *against;
	bool ends;
};

static void on_task(struct task *task)
{
	struct letter_task *self = container_of(task, struct letter_task, task);

	note(self->letter);
	if (self->then)
		task_queue(loop, self->then);
	if (self->against)
		task_cancel(loop, self->against);
	if (self->ends)
		loop_stop(loop);
}

static void test_tasks_run_once_in_order_on_the_next_turn(void)
{
	begin();
	struct letter_task end_task = { .task = { .run = on_task }, .letter = 'z', .ends = true };
	struct letter_task b = { .task = { .run = on_task }, .letter = 'b' };
	struct letter_task a = { .task = { .run = on_task }, .letter = 'a', .then = &end_task.task };

	task_queue(loop, &a.task);
	task_queue(loop, &b.task);
	task_queue(loop, &a.task);
	CHECK_TEXT(trace, "");
	loop_run(loop);
	CHECK_TEXT(trace, "abz");
	end();
}

static void test_cancelled_tasks_do_not_run(void)
{
	begin();
	struct letter_task c = { .task = { .run = on_task }, .letter = 'c', .ends = true };
	struct letter_task b = { .task = { .run = on_task }, .letter = 'b' };
	struct letter_task a = { .task = { .run = on_task }, .letter = 'a', .against = &b.task };
	struct letter_task d = { .task = { .run = on_task }, .letter = 'd' };

	task_queue(loop, &a.task);
	task_queue(loop, &b.task); /* cancelled while its turn runs */
	task_queue(loop, &d.task);
	task_queue(loop, &c.task);
	task_cancel(loop, &d.task);
	task_cancel(loop, &d.task);
	loop_run(loop);
	CHECK_TEXT(trace, "ac");
	task_queue(loop, &d.task);
	task_cancel(loop, &d.task); /* the last one: the list's end must follow */
	task_queue(loop, &c.task);
	loop_run(loop);
	CHECK_TEXT(trace, "acc");
	end();
}

struct busy_timer {
	struct timer timer;
	struct letter_task *task;
	int n;
};

static void on_busy(struct timer *timer)
{
	struct busy_timer *self = container_of(timer, struct busy_timer, timer);

	if (++self->n == 3)
		task_queue(loop, &self->task->task);
	timer_start(loop, timer, 0);
}

static void test_timer_restarted_with_no_delay_does_not_starve_tasks(void)
{
	clock_fake_set(FAKE_START_US);
	begin();
	struct letter_task z = { .task = { .run = on_task }, .letter = 'z', .ends = true };
	struct busy_timer busy = { .timer = { .expired = on_busy, .name = "busy" }, .task = &z };

	timer_start(loop, &busy.timer, 0);
	loop_run(loop);
	CHECK_TEXT(trace, "z");
	CHECK(busy.n >= 3 && busy.n < 10);
	timer_stop(loop, &busy.timer);
	end();
	clock_fake_end();
}

/* -- Descriptors -- */

struct piped {
	struct watch watch;
	int ends[2];
	int n;
	char got[8];
};

static void on_piped(struct watch *watch, int events)
{
	struct piped *self = container_of(watch, struct piped, watch);

	CHECK_INT(events, WATCH_READ);
	CHECK_INT(read(self->ends[0], self->got, sizeof(self->got)), 2);
	self->n++;
	watch_stop(watch);
	loop_stop(loop);
}

static void test_descriptor_is_watched_until_stopped(void)
{
	begin();
	struct piped piped = { .watch = { .ready = on_piped, .name = "pipe" } };

	watch_stop(&piped.watch); /* never started: fine */
	CHECK_INT(pipe(piped.ends), 0);
	watch_start(loop, &piped.watch, piped.ends[0], WATCH_READ);
	watch_start(loop, &piped.watch, piped.ends[0], WATCH_READ);
	CHECK_INT(write(piped.ends[1], "ab", 2), 2);
	loop_run(loop);
	CHECK_INT(piped.n, 1);
	watch_stop(&piped.watch);
	close(piped.ends[0]);
	close(piped.ends[1]);
	end();
}

static void on_writable(struct watch *watch, int events)
{
	CHECK_INT(events, WATCH_WRITE);
	watch_stop(watch);
	loop_stop(loop);
}

static void test_events_of_a_running_watch_can_be_changed(void)
{
	begin();
	struct watch watch = { .ready = on_writable, .name = "pipe" };
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	watch_start(loop, &watch, ends[1], WATCH_READ);
	watch_start(loop, &watch, ends[1], WATCH_WRITE);
	loop_run(loop);
	close(ends[0]);
	close(ends[1]);
	end();
}

static void test_fake_clock_waits_for_descriptors_before_it_jumps(void)
{
	clock_fake_set(FAKE_START_US);
	begin();
	struct piped piped = { .watch = { .ready = on_piped, .name = "pipe" } };
	struct lettered far = lettered('f');

	CHECK_INT(pipe(piped.ends), 0);
	watch_start(loop, &piped.watch, piped.ends[0], WATCH_READ);
	timer_start(loop, &far.timer, HOUR_US);
	CHECK_INT(write(piped.ends[1], "ab", 2), 2);
	loop_run(loop);
	CHECK_INT(piped.n, 1);
	CHECK_TEXT(trace, "");
	CHECK_INT(clock_wall_us(), FAKE_START_US);
	timer_stop(loop, &far.timer);
	close(piped.ends[0]);
	close(piped.ends[1]);
	end();
	clock_fake_end();
}

/* -- Signals and children -- */

static int raised;

static void on_raised(struct signal_watch *watch, int number)
{
	(void)watch;
	raised = number;
	loop_stop(loop);
}

static void test_signal_is_told_from_the_loop(void)
{
	begin();
	struct signal_watch watch = { .raised = on_raised };

	raised = 0;
	signal_start(loop, &watch, SIGUSR1);
	kill(getpid(), SIGUSR1);
	CHECK_INT(raised, 0);
	loop_run(loop);
	CHECK_INT(raised, SIGUSR1);
	signal_stop(&watch);
	signal_stop(&watch);
	end();
}

static int ended_status;

static void on_ended(struct child *child, int status)
{
	(void)child;
	ended_status = status;
	loop_stop(loop);
}

static int run_child(const struct child_spec *spec)
{
	struct child child = { .ended = on_ended };

	ended_status = -1;
	if (!child_start(loop, &child, spec))
		return -errno;
	CHECK(child.pid > 0);
	loop_run(loop);
	return ended_status;
}

static void test_child_ends_with_its_status_and_output(void)
{
	begin();
	int ends[2];
	char out[64] = "";
	const char *const argv[] = { "/bin/sh", "-c", "echo $GREETING; pwd; echo err >&2; exit 7", NULL };
	const char *const env[] = { "GREETING=hello", NULL };
	struct child_spec spec = { .argv = argv, .env = env, .dir = "/", .output_fd = -1 };

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	spec.output_fd = ends[1];
	int status = run_child(&spec);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 7);
	close(ends[1]);
	CHECK(read(ends[0], out, sizeof(out) - 1) > 0);
	CHECK_TEXT(out, "hello\n/\nerr\n");
	close(ends[0]);
	end();
}

static void test_child_has_no_descriptor_of_ours(void)
{
	begin();
	int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
	char script[64];
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	struct child_spec spec = { .argv = argv, .output_fd = -1 };

	snprintf(script, sizeof(script), "test ! -e /proc/self/fd/%d", leak);
	CHECK(leak > 2);
	CHECK_INT(run_child(&spec), 0);
	close(leak);
	end();
}

static void test_child_killed_by_a_signal_says_so(void)
{
	begin();
	const char *const argv[] = { "/bin/sh", "-c", "kill -9 $$", NULL };
	int status = run_child(&(struct child_spec){ .argv = argv, .output_fd = -1 });

	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGKILL);
	end();
}

static void test_program_that_is_missing_fails_at_once(void)
{
	begin();
	const char *const argv[] = { "/nonexistent/program", NULL };

	CHECK_INT(run_child(&(struct child_spec){ .argv = argv, .output_fd = -1 }), -ENOENT);
	const char *const shell[] = { "/bin/sh", "-c", "true", NULL };
	CHECK_INT(run_child(&(struct child_spec){ .argv = shell, .output_fd = -1, .dir = "/nonexistent" }),
	          -ENOENT);
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1); /* nothing left behind */
	end();
}

static void test_child_drops_its_rights(void)
{
	begin();
	const char *const argv[] = { "/bin/sh", "-c",
		                     "test \"$(id -u):$(id -g):$(id -G)\" = 65534:65533:65533", NULL };

	if (geteuid() == 0)
		CHECK_INT(run_child(&(struct child_spec){
		                  .argv = argv, .uid = 65534, .gid = 65533, .output_fd = -1 }),
		          0);
	else
		printf("# not root: cannot drop rights here\n");
	end();
}

static void test_forgotten_child_is_not_told(void)
{
	begin();
	const char *const argv[] = { "/bin/sh", "-c", "exit 3", NULL };
	struct child child = { .ended = on_ended };
	struct lettered later = lettered('l');

	ended_status = -1;
	CHECK(child_start(loop, &child, &(struct child_spec){ .argv = argv, .output_fd = -1 }));
	child_forget(&child);
	child_forget(&child);
	later.ends = true;
	timer_start(loop, &later.timer, 20000);
	loop_run(loop);
	CHECK_INT(ended_status, -1);
	CHECK_INT(waitpid(child.pid, NULL, 0), child.pid);
	end();
}

/* -- Slow turns -- */

static void on_slow(struct task *task)
{
	(void)task;
	usleep(120 * 1000);
}

static void test_slow_turn_names_its_culprit(void)
{
	begin();
	struct task slow = { .run = on_slow, .name = "sleeper" };
	struct letter_task z = { .task = { .run = on_task, .name = "quick" }, .letter = 'z', .ends = true };

	CHECK_INT((int64_t)loop_slowest(loop).count, 0);
	task_queue(loop, &slow);
	task_queue(loop, &z.task);
	loop_run(loop);
	CHECK_INT((int64_t)loop_slowest(loop).count, 1);
	CHECK_TEXT(loop_slowest(loop).name, "sleeper");
	CHECK(loop_slowest(loop).took_us >= 120 * 1000);
	end();
}

static void test_idle_loop_does_not_spin(void)
{
	begin();
	struct lettered later = lettered('l');
	struct timespec before, after;

	later.ends = true;
	timer_start(loop, &later.timer, 300 * 1000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	loop_run(loop);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	int64_t cpu_us = (after.tv_sec - before.tv_sec) * US_PER_S + (after.tv_nsec - before.tv_nsec) / 1000;
	CHECK(cpu_us < 30 * 1000);
	end();
}

int main(void)
{
	RUN(test_timers_expire_in_the_order_of_their_due_time);
	RUN(test_timers_due_at_once_expire_in_the_order_of_their_start);
	RUN(test_stopped_and_restarted_timers_keep_the_order);
	RUN(test_a_week_of_schedule_takes_milliseconds);
	RUN(test_timer_restarted_with_no_delay_does_not_starve_tasks);
	RUN(test_tasks_run_once_in_order_on_the_next_turn);
	RUN(test_cancelled_tasks_do_not_run);
	RUN(test_descriptor_is_watched_until_stopped);
	RUN(test_events_of_a_running_watch_can_be_changed);
	RUN(test_fake_clock_waits_for_descriptors_before_it_jumps);
	RUN(test_signal_is_told_from_the_loop);
	RUN(test_child_ends_with_its_status_and_output);
	RUN(test_child_has_no_descriptor_of_ours);
	RUN(test_child_killed_by_a_signal_says_so);
	RUN(test_program_that_is_missing_fails_at_once);
	RUN(test_child_drops_its_rights);
	RUN(test_forgotten_child_is_not_told);
	RUN(test_slow_turn_names_its_culprit);
	RUN(test_idle_loop_does_not_spin);
	return tap_done();
}
