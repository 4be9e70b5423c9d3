/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "config.h"
#include "engine.h"
#include "log.h"

/* Arguments, signals, the service manager, the exit code; nothing else. */

struct process {
	struct loop *loop;
	struct engine *engine;
	struct signal_watch terminate, interrupt, hang_up;
	struct timer watchdog;
	int64_t watchdog_us;
	int exit_code;
};

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NOT_CONFIGURED = 78 };

static void usage(FILE *to)
{
	fputs("usage: tandemd [--config DIR] [--check] [--settings WHAT] [--version]\n"
	      "  -c, --config DIR     folder of tandem.yaml, policy.yaml and connectors.d (default "
	      "/etc/tandem)\n"
	      "      --check          check the configuration, offline, and say every problem; exit 0 if "
	      "there is none\n"
	      "      --settings WHAT  print all settings of tandem, policy or a connector module, with their "
	      "defaults\n"
	      "  -V, --version        print the version\n",
	      to);
}

static void stop(struct signal_watch *watch, int number)
{
	struct process *process = number == SIGINT ? container_of(watch, struct process, interrupt)
	                                           : container_of(watch, struct process, terminate);

	LOG_INFO(NULL, "stopping", kv("signal", number));
	(void)sd_notify(0, "STOPPING=1");
	engine_stop(process->engine);
}

static void reload(struct signal_watch *watch, int number)
{
	struct process *process = container_of(watch, struct process, hang_up);
	struct buf problems;

	(void)number;
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us());
	buf_init(&problems, 1 << 20);
	if (!engine_reload(process->engine, &problems))
		fputs(buf_slice(&problems).data, stderr);
	buf_done(&problems);
	(void)sd_notify(0, "READY=1");
}

static void ready(struct engine *engine, const struct error *err)
{
	struct process *process = engine->owner;

	if (!err) {
		(void)sd_notifyf(0, "READY=1\nSTATUS=%zu connectors", engine->n_instances);
		return;
	}
	process->exit_code = err->kind == ERROR_CONFIG ? EXIT_NOT_CONFIGURED : EXIT_FAILED;
	(void)sd_notifyf(0, "STATUS=%s", err->text);
	engine_stop(engine);
}

static void stopped(struct engine *engine)
{
	struct process *process = engine->owner;

	loop_stop(process->loop);
}

static void feed_watchdog(struct timer *timer)
{
	struct process *process = container_of(timer, struct process, watchdog);

	(void)sd_notify(0, "WATCHDOG=1");
	timer_start(process->loop, timer, process->watchdog_us);
}

/* The sockets of the service manager, told apart by their names in the socket units (FileDescriptorName=). */
static void inherited_sockets(int *listen_fd, int *control_fd)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	*listen_fd = *control_fd = -1;
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i], "control") == 0)
			*control_fd = SD_LISTEN_FDS_START + i;
		else
			*listen_fd = SD_LISTEN_FDS_START + i;
		free(names[i]);
	}
	free(names);
}

static int check(const char *dir)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct problems problems = { .arena = arena };
	CLEANUP(config_unref_p) struct config *config = config_load(dir, true, &problems);
	struct buf text;

	buf_init(&text, 1 << 20);
	problems_print(&problems, &text);
	fputs(buf_slice(&text).data, stderr);
	buf_done(&text);
	if (!config) {
		fprintf(stderr, "%zu problem%s in %s\n", problems.n, problems.n == 1 ? "" : "s", dir);
		return EXIT_NOT_CONFIGURED;
	}
	printf("%s: %zu connector%s, no problem\n", dir, config->n_connectors,
	       config->n_connectors == 1 ? "" : "s");
	return EXIT_OK;
}

static int document(const char *what)
{
	struct buf text;
	bool is_known;

	buf_init(&text, 1 << 20);
	is_known = config_document(what, &text);
	fputs(is_known ? buf_slice(&text).data : "", stdout);
	buf_done(&text);
	if (!is_known)
		fprintf(stderr,
		        "tandemd: no settings of \"%s\"; allowed: tandem, policy, or a connector module\n",
		        what);
	return is_known ? EXIT_OK : EXIT_USAGE;
}

static int serve(const char *dir)
{
	struct process process = { .exit_code = EXIT_OK };
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct problems problems = { .arena = arena };
	struct config *config = config_load(dir, true, &problems);
	uint64_t watchdog_us;
	int listen_fd, control_fd;

	if (!config)
		return check(dir);
	log_level_set((enum log_level)config->log_level);
	inherited_sockets(&listen_fd, &control_fd);
	process.loop = loop_new();
	process.engine = engine_new(process.loop, config, listen_fd, control_fd);
	config_unref(config);
	process.engine->owner = &process;
	process.engine->ready = ready;
	process.engine->stopped = stopped;
	process.terminate.raised = process.interrupt.raised = stop;
	process.hang_up.raised = reload;
	signal_start(process.loop, &process.terminate, SIGTERM);
	signal_start(process.loop, &process.interrupt, SIGINT);
	signal_start(process.loop, &process.hang_up, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
		process.watchdog_us = (int64_t)watchdog_us / 2;
		process.watchdog = (struct timer){ .expired = feed_watchdog, .name = "watchdog" };
		timer_start(process.loop, &process.watchdog, 0);
	}
	engine_start(process.engine);
	loop_run(process.loop);
	timer_stop(process.loop, &process.watchdog);
	signal_stop(&process.terminate);
	signal_stop(&process.interrupt);
	signal_stop(&process.hang_up);
	engine_free(process.engine);
	loop_free(process.loop);
	return process.exit_code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },   { "check", no_argument, NULL, 'k' },
		{ "settings", required_argument, NULL, 's' }, { "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },           { 0 },
	};
	const char *dir = "/etc/tandem", *settings = NULL;
	bool only_check = false;
	int option;

	while ((option = getopt_long(argc, argv, "c:Vh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			dir = optarg;
			break;
		case 'k':
			only_check = true;
			break;
		case 's':
			settings = optarg;
			break;
		case 'V':
			puts("tandemd " TANDEM_VERSION);
			return EXIT_OK;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "tandemd: unexpected argument \"%s\"\n", argv[optind]);
		usage(stderr);
		return EXIT_USAGE;
	}
	/* A batch's blocks go back to the system when it is over: memory is that of a batch, not of the
	 * largest ever. */
	(void)mallopt(M_MMAP_THRESHOLD, 256 << 10);
	(void)mallopt(M_TRIM_THRESHOLD, 1 << 20);
	if (settings)
		return document(settings);
	return only_check ? check(dir) : serve(dir);
}
