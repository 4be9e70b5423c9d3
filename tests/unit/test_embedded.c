/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's own PostgreSQL, each case on a state directory of its own or on the one that the case before
 * left. */
#include "embedded.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "pg.h"
#include "tap.h"

/* A state directory and what runs on it. */
struct place {
	char root[64], state[80], run[80], data[120];
	const char *bin; /* "" found by itself */
	struct embedded *embedded;
	bool is_told;
	struct error error;
	int n_restarted;
};

static struct loop *loop;
static struct place home;

static void place_begin(struct place *place)
{
	*place = (struct place){ .root = "/tmp/tandem-embedded-XXXXXX", .bin = "" };
	CHECK(mkdtemp(place->root) != NULL);
	CHECK_INT(chmod(place->root, 0755), 0);
	(void)snprintf(place->state, sizeof(place->state), "%s/state", place->root);
	(void)snprintf(place->run, sizeof(place->run), "%s/run", place->root);
	(void)snprintf(place->data, sizeof(place->data), "%s/store/postgres", place->state);
}

static int remove_one(const char *path, const struct stat *st UNUSED, int flag UNUSED, struct FTW *ftw UNUSED)
{
	return remove(path);
}

static void place_end(struct place *place)
{
	(void)nftw(place->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void ready(void *owner, const struct error *err)
{
	struct place *place = owner;

	CHECK(!place->is_told);
	place->is_told = true;
	place->error = err ? *err : (struct error){ 0 };
	loop_stop(loop);
}

static void restarted(void *owner, const struct error *why)
{
	struct place *place = owner;

	place->n_restarted++;
	place->error = *why;
	loop_stop(loop);
}

/* Begins; false with the error if it is refused at once. */
static bool begin(struct place *place)
{
	const struct embedded_options options = {
		.state_dir = place->state,
		.socket_dir = place->run,
		.postgres_bin = place->bin,
		.ready = ready,
		.restarted = restarted,
		.owner = place,
	};

	place->is_told = false;
	place->error = (struct error){ 0 };
	place->embedded = embedded_new(loop, &options, &place->error);
	CHECK(!place->is_told); /* from the loop only */
	return place->embedded != NULL;
}

/* Starts and waits; what went wrong, or "". */
static const char *start(struct place *place)
{
	if (!begin(place))
		return place->error.text;
	while (!place->is_told)
		loop_run(loop);
	return place->error.text;
}

static void stop(struct place *place)
{
	embedded_stop(place->embedded);
	place->embedded = NULL;
}

/* -- Asking the server -- */

static char cell[256];
static bool is_answered;
static struct error answer_error;

static void answered(void *owner, const struct pg_result *result, const struct error *err)
{
	(void)owner;
	answer_error = err ? *err : (struct error){ 0 };
	(void)snprintf(cell, sizeof(cell), "%.*s",
	               err || !result->n_rows ? 0 : (int)pg_text(result, 0, 0).len,
	               err || !result->n_rows ? "" : pg_text(result, 0, 0).data);
	is_answered = true;
	loop_stop(loop);
}

static const char *ask(const struct place *place, const char *sql)
{
	const struct pg_options options = { .conninfo = embedded_conninfo(place->embedded),
		                            .application_name = "test" };
	CLEANUP(pg_free_p) struct pg *pg = pg_new(loop, &options);

	is_answered = false;
	pg_exec(pg, sql, answered, NULL);
	while (!is_answered)
		loop_run(loop);
	CHECK_TEXT(answer_error.text, "");
	return cell;
}

static void pause_over(struct timer *timer)
{
	(void)timer;
	loop_stop(loop);
}

/* Until the server takes connections again. */
static void wait_running(const struct place *place)
{
	while (!embedded_pid(place->embedded)) {
		struct timer timer = { .expired = pause_over, .name = "test" };

		timer_start(loop, &timer, 10000);
		loop_run(loop);
		timer_stop(loop, &timer);
	}
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static bool is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
}

static const char *file_text(const char *dir, const char *name)
{
	static char text[256];
	char path[256];
	ssize_t len = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
	}
	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void make_dirs(const struct place *place)
{
	char store[120];

	(void)snprintf(store, sizeof(store), "%s/store", place->state);
	CHECK_INT(mkdir(place->state, 0755), 0);
	CHECK_INT(mkdir(store, 0755), 0);
	CHECK_INT(mkdir(place->data, 0755), 0);
}

/* A daemon of its own, as a process: started, and told when its server is ready or (init) begins its work. */
static pid_t daemon_fork(struct place *place, int64_t dies_after_us)
{
	int ends[2];
	char byte;

	fflush(stdout);
	CHECK_INT(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(ends[0]);
		loop = loop_new();
		if (dies_after_us) {
			bool is_begun = begin(place);
			(void)!write(ends[1], is_begun ? "b" : "n", 1);
			(void)usleep((useconds_t)dies_after_us);
			(void)raise(SIGKILL);
		}
		(void)!write(ends[1], *start(place) ? "n" : "r", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	CHECK_INT(read(ends[0], &byte, 1), 1);
	CHECK(byte == (dies_after_us ? 'b' : 'r'));
	(void)close(ends[0]);
	return pid;
}

static void daemon_kill(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static pid_t pid_in_file(const struct place *place)
{
	return (pid_t)strtol(file_text(place->data, "postmaster.pid"), NULL, 10);
}

/* -- Cases -- */

static void test_first_start_makes_the_cluster(void)
{
	struct stat data;

	CHECK_TEXT(start(&home), "");
	CHECK_TEXT(ask(&home, "SHOW listen_addresses"), "");
	CHECK_TEXT(ask(&home, "SHOW data_checksums"), "on");
	CHECK_TEXT(ask(&home, "SHOW jit"), "off");
	CHECK_TEXT(ask(&home, "SHOW server_encoding"), "UTF8");
	CHECK_TEXT(ask(&home, "SHOW TimeZone"), "UTC");
	CHECK_INT(stat(home.data, &data), 0);
	CHECK_INT(data.st_mode & 077, 0);
	CHECK(data.st_uid != 0); /* never as root, whoever starts us */
	CHECK_INT(embedded_pid(home.embedded), pid_in_file(&home));
	(void)ask(&home, "CREATE TABLE kept AS SELECT 17 AS n");
	stop(&home);
	CHECK_INT(pid_in_file(&home), 0);
}

static void test_second_start_is_fast_and_keeps_the_data(void)
{
	int64_t before_us = clock_mono_us();

	CHECK_TEXT(start(&home), "");
	CHECK(clock_mono_us() - before_us < 1 * US_PER_S);
	CHECK_TEXT(ask(&home, "SELECT n FROM kept"), "17");
	stop(&home);
}

static void test_server_does_not_see_the_daemons_environment(void)
{
	char path[64];
	char text[4096];

	CHECK_INT(setenv("TANDEM_TEST_SECRET", "hunter2", 1), 0);
	CHECK_TEXT(start(&home), "");
	(void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)embedded_pid(home.embedded));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	CHECK(len > 0);
	CHECK(len <= 0 || !memmem(text, (size_t)len, "hunter2", 7));
	(void)close(fd);
	(void)unsetenv("TANDEM_TEST_SECRET");
	stop(&home);
}

static void test_second_daemon_on_one_state_directory_is_refused(void)
{
	struct place second = home;

	CHECK_TEXT(start(&home), "");
	CHECK(!begin(&second));
	CHECK(second.error.kind == ERROR_CONFIG);
	CHECK(strstr(second.error.text, "another tandemd works in \"") != NULL);
	CHECK(strstr(second.error.text, home.state) != NULL);
	CHECK_TEXT(ask(&home, "SELECT n FROM kept"), "17");
	stop(&home);
	CHECK_TEXT(start(&second), "");
	stop(&second);
}

static void test_server_that_dies_is_started_again_and_said(void)
{
	CHECK_TEXT(start(&home), "");
	for (int round = 1; round <= 2; round++) {
		pid_t pid = embedded_pid(home.embedded);

		(void)ask(&home, "UPDATE kept SET n = n + 1");
		(void)kill(pid, SIGKILL);
		while (home.n_restarted < round)
			loop_run(loop);
		CHECK_TEXT(home.error.text, "the embedded PostgreSQL was killed by signal 9");
		CHECK_INT(embedded_pid(home.embedded), 0);
		wait_running(&home);
		CHECK_TEXT(ask(&home, "SELECT n FROM kept"), round == 1 ? "18" : "19");
		CHECK(embedded_pid(home.embedded) != pid && embedded_pid(home.embedded) != 0);
	}
	stop(&home);
	home.n_restarted = 0;
}

static void test_stop_while_the_server_waits_for_its_restart(void)
{
	CHECK_TEXT(start(&home), "");
	(void)kill(embedded_pid(home.embedded), SIGKILL);
	while (!home.n_restarted)
		loop_run(loop);
	CHECK_INT(embedded_pid(home.embedded), 0);
	stop(&home);
	home.n_restarted = 0;
}

static void test_server_left_behind_by_a_killed_daemon_is_stopped_and_started(void)
{
	pid_t daemon = daemon_fork(&home, 0);
	pid_t server = pid_in_file(&home);

	daemon_kill(daemon);
	CHECK(is_alive(server));
	CHECK_TEXT(start(&home), "");
	for (int i = 0; i < 200 && is_alive(server); i++) /* who adopted it has to reap it yet */
		(void)usleep(10000);
	CHECK(!is_alive(server));
	CHECK(embedded_pid(home.embedded) != server);
	CHECK_TEXT(ask(&home, "SELECT n FROM kept"), "19");
	stop(&home);
}

/* The daemon and its server are both killed, e.g. with the whole control group; the server's children end by
 * themselves. */
static void test_killed_daemon_with_a_killed_server_is_no_obstacle(void)
{
	pid_t daemon = daemon_fork(&home, 0);
	pid_t server = pid_in_file(&home);

	daemon_kill(daemon);
	(void)kill(server, SIGKILL);
	CHECK_TEXT(start(&home), "");
	CHECK_TEXT(ask(&home, "SELECT n FROM kept"), "19");
	stop(&home);
}

/* The pid of a server that was killed belongs to somebody else now, under the very user the server runs as.
 */
static void test_stale_pid_file_whose_pid_is_anothers_is_no_obstacle_and_that_one_lives(void)
{
	struct stat data;
	char text[256];

	CHECK_INT(stat(home.data, &data), 0);
	fflush(stdout);
	pid_t other = fork();
	if (other == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (geteuid() == 0 && setuid(data.st_uid) != 0)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)usleep(50000);
	(void)snprintf(text, sizeof(text),
	               "%d\n%s\n1700000000\n5432\n%s/postgres\n\n  12345  67890\nready   \n", (int)other,
	               home.data, home.run);
	write_file(home.data, "postmaster.pid", text);
	(void)snprintf(text, sizeof(text), "%s/postmaster.pid", home.data);
	CHECK_INT(chown(text, data.st_uid, data.st_gid), 0);
	CHECK_TEXT(start(&home), "");
	CHECK(is_alive(other));
	CHECK(embedded_pid(home.embedded) != other);
	CHECK_TEXT(ask(&home, "SELECT n FROM kept"), "19");
	stop(&home);
	CHECK(is_alive(other));
	daemon_kill(other);
}

static void test_server_that_cannot_start_is_said_with_its_log(void)
{
	char control[160], aside[160];

	(void)snprintf(control, sizeof(control), "%s/global/pg_control", home.data);
	(void)snprintf(aside, sizeof(aside), "%s/global/aside", home.data);
	CHECK_INT(rename(control, aside), 0);
	(void)start(&home);
	CHECK(strstr(home.error.text, "the embedded PostgreSQL ended with code") != NULL);
	CHECK(strstr(home.error.text, "postgres.log\"") != NULL);
	stop(&home);
	CHECK_INT(rename(aside, control), 0);
	CHECK_TEXT(start(&home), "");
	CHECK_TEXT(ask(&home, "SELECT n FROM kept"), "19");
	stop(&home);
}

static void test_folder_of_others_is_refused_untouched(void)
{
	struct place place;

	place_begin(&place);
	make_dirs(&place);
	write_file(place.data, "photos.zip", "precious");
	CHECK(!begin(&place));
	CHECK(place.error.kind == ERROR_CONFIG);
	CHECK(strstr(place.error.text, "is no PostgreSQL data directory: it is left as it is") != NULL);
	CHECK(strstr(place.error.text, place.data) != NULL);
	CHECK_TEXT(file_text(place.data, "photos.zip"), "precious");
	place_end(&place);
}

static void test_cluster_of_another_major_version_is_refused_untouched(void)
{
	static const char *const versions[] = { "14\n", "99\n", "9.6\n", "", "hello\n" };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct place place;

		place_begin(&place);
		make_dirs(&place);
		write_file(place.data, "PG_VERSION", versions[i]);
		CHECK(!begin(&place));
		CHECK(place.error.kind == ERROR_CONFIG);
		CHECK(i > 2 ||
		      strstr(place.error.text, "upgrade it with pg_upgrade or set postgres_bin") != NULL);
		CHECK_TEXT(file_text(place.data, "PG_VERSION"), versions[i]);
		place_end(&place);
	}
}

/* The daemon dies in the middle of initdb, which goes on for a while, now without a parent; another one left
 * its folder. */
static void test_initdb_killed_half_way_is_done_again(void)
{
	struct place place;
	char left[160], link[170];

	place_begin(&place);
	daemon_kill(daemon_fork(&place, 300000));
	CHECK(!exists(place.data));
	(void)snprintf(left, sizeof(left), "%s.new.0123", place.data);
	CHECK_INT(mkdir(left, 0755), 0);
	write_file(left, "PG_VERSION", "15\n");
	(void)snprintf(link, sizeof(link), "%s/link", left);
	CHECK_INT(symlink(home.state, link), 0);
	CHECK_TEXT(start(&place), "");
	CHECK_TEXT(ask(&place, "SELECT count(*) FROM pg_database"), "3");
	CHECK(!exists(left));
	CHECK(exists(home.data)); /* no link was followed */
	(void)usleep(1500000);    /* the old initdb ends */
	CHECK_TEXT(ask(&place, "CREATE TABLE t AS SELECT 1"), "");
	stop(&place);
	CHECK_TEXT(start(&place), "");
	CHECK_TEXT(ask(&place, "SELECT count(*) FROM t"), "1");
	stop(&place);
	place_end(&place);
}

static void test_stop_in_the_middle_of_initdb(void)
{
	struct place place;

	place_begin(&place);
	CHECK(begin(&place));
	(void)usleep(200000);
	stop(&place);
	CHECK(!exists(place.data));
	place_end(&place);
}

static void test_missing_programs_are_said(void)
{
	struct place place;

	place_begin(&place);
	place.bin = "/nonexistent";
	CHECK(!begin(&place));
	CHECK(place.error.kind == ERROR_CONFIG);
	CHECK_TEXT(place.error.text, "postgres_bin \"/nonexistent\" has no initdb");
	CHECK(!exists(place.state));
	/* Half an installation. */
	place.bin = place.root;
	write_file(place.root, "initdb", "#!/bin/sh\n");
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/initdb", place.root);
	CHECK_INT(chmod(path, 0755), 0);
	CHECK(!begin(&place));
	CHECK(strstr(place.error.text, "has no postgres") != NULL);
	place_end(&place);
}

static void test_initdb_that_fails_is_said_with_its_log(void)
{
	struct place place;
	char path[128];

	place_begin(&place);
	place.bin = place.root;
	write_file(place.root, "initdb", "#!/bin/sh\necho no space; exit 1\n");
	write_file(place.root, "postgres", "#!/bin/sh\n");
	(void)snprintf(path, sizeof(path), "%s/initdb", place.root);
	CHECK_INT(chmod(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/postgres", place.root);
	CHECK_INT(chmod(path, 0755), 0);
	(void)start(&place);
	CHECK(strstr(place.error.text, "initdb failed, see \"") != NULL);
	CHECK_TEXT(file_text(place.state, "postgres.log"), "no space\n");
	stop(&place);
	place_end(&place);
}

/* A folder in root whose path has this many bytes. */
static void fill(char path[static 80], const char *root, size_t len)
{
	memset(path, 'r', len);
	path[len] = '\0';
	memcpy(path, root, strlen(root));
	path[strlen(root)] = '/';
}

static void test_socket_path_too_long_is_said_with_the_limit(void)
{
	struct place place;
	char before[sizeof(home.run)];

	place_begin(&place);
	fill(place.run, place.root, 72);
	CHECK(!begin(&place));
	CHECK(place.error.kind == ERROR_CONFIG);
	CHECK(strstr(place.error.text, "is too long for a socket in it: at most 71 bytes") != NULL);
	CHECK(!exists(place.state));
	place_end(&place);
	/* What is said to be allowed is. */
	(void)snprintf(before, sizeof(before), "%s", home.run);
	fill(home.run, home.root, 71);
	CHECK_TEXT(start(&home), "");
	CHECK_TEXT(ask(&home, "SELECT n FROM kept"), "19");
	stop(&home);
	(void)snprintf(home.run, sizeof(home.run), "%s", before);
}

static void test_folder_that_cannot_be_made_is_said(void)
{
	struct place place;

	place_begin(&place);
	write_file(place.root, "state", "a file");
	CHECK(!begin(&place));
	CHECK(place.error.kind == ERROR_CONFIG);
	CHECK(strstr(place.error.text, place.state) != NULL);
	place_end(&place);
}

int main(void)
{
	if (access("/usr/lib/postgresql/15/bin/initdb", X_OK) != 0) {
		printf("1..0 # SKIP PostgreSQL 15 is not installed\n");
		return 0;
	}
	loop = loop_new();
	place_begin(&home);
	RUN(test_first_start_makes_the_cluster);
	RUN(test_second_start_is_fast_and_keeps_the_data);
	RUN(test_server_does_not_see_the_daemons_environment);
	RUN(test_second_daemon_on_one_state_directory_is_refused);
	RUN(test_server_that_dies_is_started_again_and_said);
	RUN(test_stop_while_the_server_waits_for_its_restart);
	RUN(test_server_left_behind_by_a_killed_daemon_is_stopped_and_started);
	RUN(test_killed_daemon_with_a_killed_server_is_no_obstacle);
	RUN(test_stale_pid_file_whose_pid_is_anothers_is_no_obstacle_and_that_one_lives);
	RUN(test_server_that_cannot_start_is_said_with_its_log);
	RUN(test_folder_of_others_is_refused_untouched);
	RUN(test_cluster_of_another_major_version_is_refused_untouched);
	RUN(test_initdb_killed_half_way_is_done_again);
	RUN(test_stop_in_the_middle_of_initdb);
	RUN(test_missing_programs_are_said);
	RUN(test_initdb_that_fails_is_said_with_its_log);
	RUN(test_socket_path_too_long_is_said_with_the_limit);
	RUN(test_folder_that_cannot_be_made_is_said);
	place_end(&home);
	loop_free(loop);
	return tap_done();
}
