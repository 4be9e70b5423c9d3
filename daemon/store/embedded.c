/* SPDX-License-Identifier: Apache-2.0 */
#include "embedded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "crypto.h"
#include "number.h"

#define NEW_DATA "postgres.new."

enum { START_TRIES = 4 };
enum { EMBEDDED_INIT, EMBEDDED_START, EMBEDDED_UP, EMBEDDED_PAUSE };

struct embedded {
	struct loop *loop;
	struct embedded_options options;
	int state;
	char *data, *new_data, *socket_dir, *bin, *conninfo, *log_file;
	uid_t uid;
	gid_t gid;
	const char *user; /* to drop to; NULL: as we are */
	int lock_fd;
	struct child child;
	struct timer poll, pause;
	struct task over; /* tells from the loop that it cannot */
	int restarts;
	bool is_ready; /* `ready` was called */
	int64_t started_us;
	struct error why;
};

const char *embedded_conninfo(const struct embedded *embedded)
{
	return embedded->conninfo;
}

pid_t embedded_pid(const struct embedded *embedded)
{
	return embedded->state == EMBEDDED_UP ? embedded->child.pid : 0;
}

/* -- Folders and users -- */

/* The first program that a folder lacks; NULL: it has them all. */
static const char *missing_program(const char *folder)
{
	static const char *const programs[] = { "initdb", "postgres" };

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		CLEANUP(free_pointer) char *program = alloc_printf("%s/%s", folder, programs[i]);

		if (access(program, X_OK) < 0)
			return programs[i];
	}
	return NULL;
}

static bool find_binaries(struct embedded *embedded, struct error *err)
{
	static const char *const places[] = { "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin",
		                              "/usr/lib/postgresql/17/bin", "/usr/local/pgsql/bin",
		                              "/usr/bin" };
	const char *named = embedded->options.postgres_bin;

	if (named && *named) {
		const char *missing = missing_program(named);

		embedded->bin = alloc_text(named);
		return !missing || fail(err, ERROR_CONFIG, "postgres_bin \"%s\" has no %s", named, missing);
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (missing_program(places[i]))
			continue;
		embedded->bin = alloc_text(places[i]);
		return true;
	}
	return fail(
	        err, ERROR_CONFIG,
	        "PostgreSQL's programs (initdb, postgres) are not installed: install package postgresql-15,"
	        " or set store: postgresql://…");
}

static void pick_user(struct embedded *embedded)
{
	static const char *const names[] = { "tandem", "postgres", "nobody" };

	for (size_t i = 0; geteuid() == 0 && i < ARRAY_SIZE(names); i++) {
		const struct passwd *user = getpwnam(names[i]);

		if (!user)
			continue;
		embedded->user = names[i];
		embedded->uid = user->pw_uid;
		embedded->gid = user->pw_gid;
		return;
	}
}

static bool make_dir(const struct embedded *embedded, const char *path, mode_t mode, bool is_servers,
                     struct error *err)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return fail(err, ERROR_CONFIG, "cannot make folder \"%s\": %s", path, strerror(errno));
	if (is_servers && embedded->user && chown(path, embedded->uid, embedded->gid) < 0)
		return fail(err, ERROR_CONFIG, "cannot give folder \"%s\" to user %s: %s", path,
		            embedded->user, strerror(errno));
	return true;
}

/* The server's user must be able to walk to its data; a state directory of root's with mode 0700 would lock
 * it out. */
static bool open_way(const struct embedded *embedded, const char *dir, struct error *err)
{
	struct stat stat_buf;

	if (!embedded->user)
		return true;
	if (stat(dir, &stat_buf) < 0)
		return fail(err, ERROR_CONFIG, "cannot look at folder \"%s\": %s", dir, strerror(errno));
	if (stat_buf.st_uid != 0 || (stat_buf.st_mode & S_IXOTH))
		return true;
	if (chmod(dir, (stat_buf.st_mode & 07777) | S_IXOTH) < 0)
		return fail(err, ERROR_CONFIG, "cannot open folder \"%s\" for user %s: %s", dir,
		            embedded->user, strerror(errno));
	return true;
}

static bool take_lock(struct embedded *embedded, struct error *err)
{
	CLEANUP(free_pointer) char *path = alloc_printf("%s/lock", embedded->options.state_dir);

	embedded->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (embedded->lock_fd < 0)
		return fail(err, ERROR_CONFIG, "cannot open \"%s\": %s", path, strerror(errno));
	if (flock(embedded->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return fail(err, ERROR_CONFIG, "another tandemd works in \"%s\"",
		            embedded->options.state_dir);
	return true;
}

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	bool is_read = fgets(line, (int)size, file) != NULL;
	(void)fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return is_read;
}

/* Whether a process is a postgres on our folder: all of a server's work in its data directory. */
static bool is_ours(const struct embedded *embedded, pid_t pid)
{
	CLEANUP(free_pointer) char *comm_file = alloc_printf("/proc/%d/comm", (int)pid);
	CLEANUP(free_pointer) char *cwd_link = alloc_printf("/proc/%d/cwd", (int)pid);
	CLEANUP(free_pointer) char *real = realpath(embedded->data, NULL);
	char command[256] = "", cwd[4096];

	if (!real || !read_line(comm_file, command, sizeof(command)) || strcmp(command, "postgres") != 0)
		return false;
	ssize_t len = readlink(cwd_link, cwd, sizeof(cwd) - 1);
	if (len < 0)
		return false;
	cwd[len] = '\0';
	return strcmp(real, cwd) == 0;
}

/* The pid in the first line of a lock file of the server's, if its second line names our folder; 0: none. */
static pid_t named_pid(const struct embedded *embedded, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[32] = "", folder[4096] = "";
	int64_t pid;

	if (!file)
		return 0;
	bool is_read = fgets(line, sizeof(line), file) && fgets(folder, sizeof(folder), file);
	(void)fclose(file);
	line[strcspn(line, "\n")] = folder[strcspn(folder, "\n")] = '\0';
	if (!is_read || strcmp(folder, embedded->data) != 0 ||
	    !parse_int64(slice_of(line), 2, INT32_MAX, &pid))
		return 0;
	return (pid_t)pid;
}

/* Backends may outlive their killed postmaster for a moment. */
static bool has_orphans(const struct embedded *embedded)
{
	DIR *dir = opendir("/proc");
	bool is_any = false;

	for (const struct dirent *entry; dir && !is_any && (entry = readdir(dir));) {
		int64_t pid;

		is_any = parse_int64(slice_of(entry->d_name), 2, INT32_MAX, &pid) &&
		         is_ours(embedded, (pid_t)pid);
	}
	if (dir)
		(void)closedir(dir);
	return is_any;
}

static bool wait_orphans(const struct embedded *embedded)
{
	for (int64_t waited = 0; waited <= 5 * US_PER_S; waited += 100000) {
		if (!has_orphans(embedded))
			return true;
		(void)usleep(100000);
	}
	return false;
}

/*
 * A lock file left by a killed server whose number is somebody else's meanwhile (likely in a container, where
 * numbers are small), or whose process nobody has reaped: postgres would refuse to start beside that process
 * for ever.
 */
static void drop_stale_lock(const struct embedded *embedded, const char *path)
{
	pid_t pid = named_pid(embedded, path);

	if (!pid || is_ours(embedded, pid) || (kill(pid, 0) < 0 && errno == ESRCH))
		return;
	if (wait_orphans(embedded))
		(void)unlink(path);
}

static bool wait_gone(const struct embedded *embedded, pid_t pid, int64_t patience_us)
{
	for (int64_t waited = 0; waited < patience_us; waited += 20000) {
		if (!is_ours(embedded, pid))
			return true;
		(void)usleep(20000);
	}
	return false;
}

/* A server left behind by a killed daemon. */
static void stop_left_behind(const struct embedded *embedded)
{
	CLEANUP(free_pointer) char *pid_file = alloc_printf("%s/postmaster.pid", embedded->data);
	CLEANUP(free_pointer) char *socket_lock = alloc_printf("%s/.s.PGSQL.5432.lock", embedded->socket_dir);
	pid_t pid = named_pid(embedded, pid_file);

	if (pid && is_ours(embedded, pid)) {
		(void)kill(pid, SIGINT); /* fast shutdown */
		if (!wait_gone(embedded, pid, 10 * US_PER_S)) {
			(void)kill(pid, SIGQUIT); /* immediate: its log is replayed at the next start */
			(void)wait_gone(embedded, pid, 5 * US_PER_S);
		}
	} else if (pid) {
		(void)wait_orphans(embedded);
	}
	drop_stale_lock(embedded, pid_file);
	drop_stale_lock(embedded, socket_lock);
}

static bool check_data(const struct embedded *embedded, struct error *err)
{
	CLEANUP(free_pointer) char *version_file = alloc_printf("%s/PG_VERSION", embedded->data);
	CLEANUP(free_pointer) char *program = alloc_printf("%s/postgres", embedded->bin);
	CLEANUP(free_pointer) char *command = alloc_printf("\"%s\" --version", program);
	char version[32] = "", output[128] = "";

	if (access(embedded->data, F_OK) < 0)
		return true;
	if (!read_line(version_file, version, sizeof(version)))
		return fail(
		        err, ERROR_CONFIG,
		        "folder \"%s\" is there, but is no PostgreSQL data directory: it is left as it is",
		        embedded->data);
	FILE *pipe = popen(command, "re");
	if (pipe) {
		(void)!fgets(output, sizeof(output), pipe);
		(void)pclose(pipe);
	}
	const char *number = strpbrk(output, "0123456789");
	if (number && strtol(number, NULL, 10) != strtol(version, NULL, 10))
		return fail(err, ERROR_CONFIG,
		            "folder \"%s\" was made by PostgreSQL %s, but %s is %.*s: upgrade it with "
		            "pg_upgrade or set"
		            " postgres_bin",
		            embedded->data, version, program, (int)strcspn(number, " \n"), number);
	return true;
}

/* -- The server -- */

static void server_start(struct embedded *embedded);

static void tell_over(struct task *task)
{
	struct embedded *embedded = container_of(task, struct embedded, over);

	embedded->options.ready(embedded->options.owner, &embedded->why);
}

static void give_up(struct embedded *embedded)
{
	embedded->is_ready = true;
	task_queue(embedded->loop, &embedded->over);
}

/* At the start a few times only: what is left of a killed server may still be in the way for a moment. */
static void give_up_or_again(struct embedded *embedded)
{
	if (!embedded->is_ready && embedded->restarts == START_TRIES - 1) {
		give_up(embedded);
		return;
	}
	int64_t wait_us = (int64_t)200000 << (embedded->restarts < 6 ? embedded->restarts : 6);
	embedded->restarts++;
	embedded->state = EMBEDDED_PAUSE;
	timer_start(embedded->loop, &embedded->pause, wait_us);
	if (embedded->is_ready)
		embedded->options.restarted(embedded->options.owner, &embedded->why);
}

static void server_ended(struct child *child, int status)
{
	struct embedded *embedded = container_of(child, struct embedded, child);

	child->pid = 0;
	timer_stop(embedded->loop, &embedded->poll);
	if (WIFSIGNALED(status))
		(void)fail(&embedded->why, ERROR_TRANSIENT, "the embedded PostgreSQL was killed by signal %d",
		           WTERMSIG(status));
	else
		(void)fail(&embedded->why, ERROR_TRANSIENT,
		           "the embedded PostgreSQL ended with code %d, see \"%s\"", WEXITSTATUS(status),
		           embedded->log_file);
	give_up_or_again(embedded);
}

static void pause_over(struct timer *timer)
{
	server_start(container_of(timer, struct embedded, pause));
}

/* The pid file's eighth line says "ready" once connections are accepted. */
static bool is_accepting(const struct embedded *embedded)
{
	CLEANUP(free_pointer) char *pid_file = alloc_printf("%s/postmaster.pid", embedded->data);
	FILE *file = fopen(pid_file, "re");
	char line[256] = "";
	int64_t pid = 0;

	if (!file)
		return false;
	for (int n = 1; n <= 8 && fgets(line, sizeof(line), file); n++) {
		line[strcspn(line, "\n")] = '\0';
		if (n == 1 && !parse_int64(slice_of(line), 2, INT32_MAX, &pid))
			break;
		if (n != 8)
			line[0] = '\0';
	}
	(void)fclose(file);
	return pid == embedded->child.pid && strncmp(line, "ready", 5) == 0;
}

static void poll_ready(struct timer *timer)
{
	struct embedded *embedded = container_of(timer, struct embedded, poll);

	if (!is_accepting(embedded)) {
		timer_start(embedded->loop, &embedded->poll, 20000);
		return;
	}
	embedded->state = EMBEDDED_UP;
	embedded->restarts = 0;
	if (embedded->is_ready)
		return;
	embedded->is_ready = true;
	embedded->options.ready(embedded->options.owner, NULL);
}

static bool run(struct embedded *embedded, const char *const *argv, void (*ended)(struct child *, int))
{
	int output_fd = open(embedded->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	/* Not our environment: it holds secrets given as {env: NAME} and the service manager's sockets. */
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", NULL };
	const struct child_spec spec = {
		.argv = argv,
		.env = env,
		.uid = embedded->user ? embedded->uid : 0,
		.gid = embedded->gid,
		.dir = embedded->options.state_dir,
		.output_fd = output_fd,
	};

	embedded->child.ended = ended;
	bool is_started = child_start(embedded->loop, &embedded->child, &spec);
	if (!is_started)
		(void)fail(&embedded->why, ERROR_TRANSIENT, "could not start \"%s\": %s", argv[0],
		           strerror(errno));
	if (output_fd >= 0)
		(void)close(output_fd);
	return is_started;
}

static void server_start(struct embedded *embedded)
{
	CLEANUP(free_pointer) char *program = alloc_printf("%s/postgres", embedded->bin);
	CLEANUP(free_pointer)
	char *sockets = alloc_printf("unix_socket_directories=%s", embedded->socket_dir);
	const char *const argv[] = {
		program,
		"-D",
		embedded->data,
		"-c",
		sockets,
		"-c",
		"listen_addresses=",
		"-c",
		"unix_socket_permissions=0770",
		"-c",
		"jit=off",
		"-c",
		"max_connections=40",
		"-c",
		"shared_buffers=128MB",
		"-c",
		"max_wal_size=2GB",
		"-c",
		"wal_compression=on",
		"-c",
		"checkpoint_timeout=15min",
		"-c",
		"log_min_messages=warning",
		"-c",
		"log_min_error_statement=panic",
		"-c",
		"log_error_verbosity=terse",
		"-c",
		"log_parameter_max_length=0",
		"-c",
		"log_parameter_max_length_on_error=0",
		"-c",
		"autovacuum_naptime=20s",
		"-c",
		"timezone=UTC",
		NULL,
	};

	embedded->state = EMBEDDED_START;
	embedded->started_us = clock_mono_us();
	if (!run(embedded, argv, server_ended)) {
		give_up_or_again(embedded);
		return;
	}
	timer_start(embedded->loop, &embedded->poll, 20000);
}

static void init_ended(struct child *child, int status)
{
	struct embedded *embedded = container_of(child, struct embedded, child);

	child->pid = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		(void)fail(&embedded->why, ERROR_CONFIG, "initdb failed, see \"%s\"", embedded->log_file);
	else if (rename(embedded->new_data, embedded->data) < 0)
		(void)fail(&embedded->why, ERROR_CONFIG, "cannot rename \"%s\": %s", embedded->new_data,
		           strerror(errno));
	else {
		server_start(embedded);
		return;
	}
	give_up(embedded);
}

/* No link is followed: the folder belongs to the server's user, and we may be root. */
static void remove_at(int parent_fd, const char *name)
{
	if (unlinkat(parent_fd, name, 0) == 0)
		return;
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir && fd >= 0)
		(void)close(fd);
	for (const struct dirent *entry; dir && (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_at(fd, entry->d_name);
	if (dir)
		(void)closedir(dir);
	(void)unlinkat(parent_fd, name, AT_REMOVEDIR);
}

/* Of initdbs that were killed half-way, or whose daemon was. */
static void remove_leftovers(const struct embedded *embedded)
{
	CLEANUP(free_pointer) char *home = alloc_printf("%s/store", embedded->options.state_dir);
	DIR *dir = opendir(home);

	for (const struct dirent *entry; dir && (entry = readdir(dir));)
		if (strncmp(entry->d_name, NEW_DATA, sizeof(NEW_DATA) - 1) == 0)
			remove_at(dirfd(dir), entry->d_name);
	if (dir)
		(void)closedir(dir);
}

static void init_start(struct embedded *embedded)
{
	CLEANUP(free_pointer) char *program = alloc_printf("%s/initdb", embedded->bin);
	const char *const argv[] = { program,
		                     "-D",
		                     embedded->new_data,
		                     "-A",
		                     "trust",
		                     "-U",
		                     "tandem",
		                     "-E",
		                     "UTF8",
		                     "--locale=C.UTF-8",
		                     "--data-checksums",
		                     "--no-instructions",
		                     NULL };

	embedded->state = EMBEDDED_INIT;
	remove_leftovers(embedded);
	if (!run(embedded, argv, init_ended))
		give_up(embedded);
}

static void embedded_free(struct embedded *embedded)
{
	if (embedded->lock_fd >= 0)
		(void)close(embedded->lock_fd);
	free((char *)embedded->options.state_dir);
	free((char *)embedded->options.socket_dir);
	free((char *)embedded->options.postgres_bin);
	free(embedded->data);
	free(embedded->new_data);
	free(embedded->socket_dir);
	free(embedded->bin);
	free(embedded->conninfo);
	free(embedded->log_file);
	free(embedded);
}

static bool embedded_prepare(struct embedded *embedded, struct error *err)
{
	const struct embedded_options *options = &embedded->options;

	if (strlen(embedded->socket_dir) > 80)
		return fail(err, ERROR_CONFIG,
		            "runtime_dir \"%s\" is too long for a socket in it: at most 71 bytes",
		            options->socket_dir);
	pick_user(embedded);
	if (!find_binaries(embedded, err) || !make_dir(embedded, options->state_dir, 0755, false, err) ||
	    !make_dir(embedded, options->socket_dir, 0755, false, err) || !take_lock(embedded, err) ||
	    !open_way(embedded, options->state_dir, err) || !open_way(embedded, options->socket_dir, err) ||
	    !make_dir(embedded, embedded->socket_dir, 0770, true, err))
		return false;
	CLEANUP(free_pointer) char *home = alloc_printf("%s/store", options->state_dir);
	return make_dir(embedded, home, 0700, true, err) && check_data(embedded, err);
}

struct embedded *embedded_new(struct loop *loop, const struct embedded_options *options, struct error *err)
{
	struct embedded *embedded = alloc_zeroed(1, sizeof(*embedded));

	*embedded = (struct embedded){ .loop = loop, .options = *options, .lock_fd = -1 };
	/* The configuration they come from goes with the next reload. */
	embedded->options.state_dir = alloc_text(options->state_dir);
	embedded->options.socket_dir = alloc_text(options->socket_dir);
	embedded->options.postgres_bin = alloc_text(options->postgres_bin);
	embedded->data = alloc_printf("%s/store/postgres", options->state_dir);
	/* A name of its own: the initdb of a killed daemon may still be writing into another. */
	embedded->new_data = alloc_printf("%s/store/" NEW_DATA "%016llx", options->state_dir,
	                                  (unsigned long long)random_uint64());
	embedded->socket_dir = alloc_printf("%s/postgres", options->socket_dir);
	embedded->log_file = alloc_printf("%s/postgres.log", options->state_dir);
	embedded->conninfo = alloc_printf("host='%s' user=tandem dbname=postgres", embedded->socket_dir);
	embedded->poll = (struct timer){ .expired = poll_ready, .name = "embedded store poll" };
	embedded->over = (struct task){ .run = tell_over };
	embedded->pause = (struct timer){ .expired = pause_over, .name = "embedded store restart" };
	if (!embedded_prepare(embedded, err)) {
		embedded_free(embedded);
		return NULL;
	}
	stop_left_behind(embedded);
	if (access(embedded->data, F_OK) < 0)
		init_start(embedded);
	else
		server_start(embedded);
	return embedded;
}

void embedded_stop(struct embedded *embedded)
{
	if (!embedded)
		return;
	timer_stop(embedded->loop, &embedded->poll);
	timer_stop(embedded->loop, &embedded->pause);
	task_cancel(embedded->loop, &embedded->over);
	pid_t pid = embedded->child.pid;
	child_forget(&embedded->child);
	if (pid > 0) {
		(void)kill(pid, SIGINT);
		for (int64_t waited = 0; waitpid(pid, NULL, WNOHANG) == 0; waited += 10000) {
			if (waited == 30 * US_PER_S)
				(void)kill(pid, SIGQUIT);
			if (waited > 35 * US_PER_S) {
				(void)kill(pid, SIGKILL);
				(void)waitpid(pid, NULL, 0);
				break;
			}
			(void)usleep(10000);
		}
	}
	embedded_free(embedded);
}
