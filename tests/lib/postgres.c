/* SPDX-License-Identifier: Apache-2.0 */
#include "postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_TRIES 600 /* of 100 ms */
#define DIR_MAX     72  /* a socket's path has 107 bytes */

static struct {
	char bin[256], dir[128], conninfo[256];
	pid_t owner, keeper, server;
	int fd; /* to the keeper; its end is the end of us */
	uid_t uid;
	gid_t gid;
} here;

static bool find_programs(void)
{
	const char *named = getenv("TANDEM_POSTGRES_BIN");
	char path[300];

	for (int version = 18; version >= 12; version--) {
		if (named)
			(void)snprintf(here.bin, sizeof(here.bin), "%s", named);
		else /* the version Tandem is made for first */
			(void)snprintf(here.bin, sizeof(here.bin), "/usr/lib/postgresql/%d/bin",
			               version == 18 ? 15 : version);
		(void)snprintf(path, sizeof(path), "%s/initdb", here.bin);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(99);
}

/* -- The keeper -- */

static void become_server(void)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/log", here.dir);
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int null = open("/dev/null", O_RDONLY);
	if (log < 0 || null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(125);
	if (fchown(log, here.uid, here.gid) != 0)
		_exit(125);
	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(here.gid) != 0 || setuid(here.uid) != 0))
		_exit(125);
	if (chdir(here.dir) != 0)
		_exit(125);
	(void)prctl(PR_SET_PDEATHSIG, SIGQUIT); /* after setuid, which clears it */
}

/* argv[0] is filled in here: the whole path, by which the program finds its fellows. */
static pid_t run(const char *program, const char *argv[])
{
	char path[300];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	become_server();
	(void)snprintf(path, sizeof(path), "%s/%s", here.bin, program);
	argv[0] = path;
	execv(path, (char *const *)argv);
	_exit(127);
}

static bool wait_for(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The file of a server that was killed stays, with another process id in its first line. */
static bool is_ready(void)
{
	char path[160], line[256] = "";
	bool is = false;

	(void)snprintf(path, sizeof(path), "%s/data/postmaster.pid", here.dir);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool is_ours = fgets(line, sizeof(line), file) && strtol(line, NULL, 10) == here.server;
	while (fgets(line, sizeof(line), file))
		is |= strncmp(line, "ready", 5) == 0;
	fclose(file);
	return is_ours && is;
}

static bool start_server(void)
{
	char data[160], sockets[160];

	(void)snprintf(data, sizeof(data), "%s/data", here.dir);
	(void)snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s", here.dir);
	const char *argv[] = {
		"postgres",
		"-D",
		data,
		"-c",
		sockets,
		"-c",
		"listen_addresses=",
		"-c",
		"fsync=off",
		"-c",
		"full_page_writes=off",
		"-c",
		"max_connections=40",
		"-c",
		"shared_buffers=64MB",
		"-c",
		"jit=off",
		"-c",
		"max_wal_size=1GB",
		"-c",
		"autovacuum_naptime=1h",
		NULL,
	};
	here.server = run("postgres", argv);
	for (int i = 0; here.server > 0 && i < READY_TRIES; i++) {
		if (is_ready())
			return true;
		if (waitpid(here.server, NULL, WNOHANG) == here.server)
			break;
		usleep(100 * 1000);
	}
	return false;
}

static void stop_server(int signal)
{
	if (here.server <= 0)
		return;
	kill(here.server, signal);
	(void)wait_for(here.server);
	here.server = 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

static bool init_cluster(void)
{
	char data[160];

	(void)snprintf(data, sizeof(data), "%s/data", here.dir);
	const char *argv[] = {
		"initdb", "-D", data,   "-U",         "postgres",  "-A",
		"trust",  "-E", "UTF8", "--locale=C", "--no-sync", NULL,
	};
	return wait_for(run("initdb", argv));
}

static bool obey(char order)
{
	switch (order) {
	case 's':
		return start_server();
	case 'f':
		stop_server(SIGINT);
		return true;
	case 'i':
		stop_server(SIGQUIT);
		return true;
	default:
		stop_server(SIGKILL);
		usleep(300 * 1000); /* its children notice and let go of the shared memory */
		return true;
	}
}

static void keep(int fd)
{
	char order;

	(void)setsid();
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	char answer = init_cluster() && start_server() ? 'y' : 'n';
	while (write(fd, &answer, 1) == 1 && read(fd, &order, 1) == 1)
		answer = obey(order) ? 'y' : 'n';
	stop_server(SIGQUIT);
	if (!getenv("TANDEM_POSTGRES_KEEP"))
		(void)nftw(here.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	_exit(0);
}

/* -- The test's side -- */

static void finish(void)
{
	if (getpid() != here.owner)
		return;
	(void)close(here.fd);
	(void)wait_for(here.keeper);
}

static void make_dir(void)
{
	const char *base = getenv("TMPDIR");
	struct passwd *user = NULL;

	if (!base || strlen(base) > DIR_MAX)
		base = "/tmp";
	(void)snprintf(here.dir, sizeof(here.dir), "%s/tandem-test-XXXXXX", base);
	if (!mkdtemp(here.dir))
		die(here.dir);
	here.uid = geteuid();
	here.gid = getegid();
	if (geteuid() != 0)
		return;
	user = getpwnam("postgres");
	if (!user)
		user = getpwnam("nobody");
	if (!user)
		die("no user postgres or nobody");
	here.uid = user->pw_uid;
	here.gid = user->pw_gid;
	if (chown(here.dir, here.uid, here.gid) != 0)
		die("chown");
}

static void expect_yes(void)
{
	char answer = 'n';

	if (read(here.fd, &answer, 1) == 1 && answer == 'y')
		return;
	printf("Bail out! PostgreSQL did not start, see %s/log (set TANDEM_POSTGRES_KEEP to keep it)\n",
	       here.dir);
	fflush(stdout);
	exit(99);
}

const char *postgres_conninfo(void)
{
	int ends[2];

	if (here.owner)
		return here.conninfo;
	if (!find_programs()) {
		printf("1..0 # SKIP the programs of PostgreSQL are not installed\n");
		exit(0);
	}
	make_dir();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		die("socketpair");
	fflush(stdout);
	here.keeper = fork();
	if (here.keeper == 0) {
		(void)close(ends[0]);
		keep(ends[1]);
	}
	(void)close(ends[1]);
	here.fd = ends[0];
	here.owner = getpid();
	(void)atexit(finish);
	expect_yes();
	(void)snprintf(here.conninfo, sizeof(here.conninfo), "host=%s user=postgres dbname=postgres",
	               here.dir);
	return here.conninfo;
}

static void order(char what)
{
	if (write(here.fd, &what, 1) != 1)
		die("the keeper of PostgreSQL is gone");
	expect_yes();
}

void postgres_stop(enum postgres_stop how)
{
	order("fik"[how]);
}

void postgres_start(void)
{
	order('s');
}
