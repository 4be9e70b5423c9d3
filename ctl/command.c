/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

static const char *const modes[] = { "observe", "propose", "apply", NULL };
static const char *const levels[] = { "debug", "info", "warning", "error", NULL };
static const char *const error_actions[] = { "retry", "drop", NULL };

static bool has(const json_t *params, const char *name)
{
	return json_object_get(params, name);
}

static bool check_resync(const json_t *params, struct error *err)
{
	if (has(params, "since") + has(params, "full") + has(params, "id") > 1)
		return fail(err, ERROR_CONFIG, "only one of --since, --full and --id can be meant");
	return true;
}

static bool check_errors(const json_t *params, struct error *err)
{
	if (has(params, "action") && has(params, "ids") + has(params, "all") != 1)
		return fail(err, ERROR_CONFIG, "say which: ids, or --all");
	return true;
}

#define CONNECTOR                                                                                            \
	{                                                                                                    \
		.name = "CONNECTOR", .param = "connector"                                                    \
	}

const struct command commands[] = {
	{ "status",
	  "connectors: mode, state, lag, quota, queues, parked records",
	  { { 0 } },
	  { { "streams", NULL, "streams", LOCAL_NONE, "each stream, with its cursor and its last error" },
	    { "watch", NULL, NULL, LOCAL_WATCH, "show it again every two seconds" } },
	  NULL },
	{ "resync",
	  "read a connector again, in the bulk lane; survives restarts",
	  { CONNECTOR },
	  { { "stream", "STREAM", "stream", LOCAL_NONE, "this stream only; default: all that are on" },
	    { "since", "TIME", "since", LOCAL_NONE,
	      "changes since 2026-01-31, 2026-01-31T10:15:00Z or a duration ago (2h, 7d)" },
	    { "full", NULL, "full", LOCAL_NONE, "from the very beginning" },
	    { "id", "ID", "id", LOCAL_NONE, "one record, by its remote id" },
	    { "dry-run", NULL, "dry_run", LOCAL_NONE, "count what would be read, change nothing" },
	    { "follow", NULL, NULL, LOCAL_FOLLOW, "stay, and show how far it is" } },
	  check_resync },
	{ "runs", "resyncs and first loads: state, records, rate", { { 0 } }, { { 0 } }, NULL },
	{ "cancel",
	  "stop a run after its current page",
	  { { .name = "RUN", .param = "run" } },
	  { { 0 } },
	  NULL },
	{ "pause", "no calls to this connector until it is resumed", { CONNECTOR }, { { 0 } }, NULL },
	{ "resume", "go on with a paused connector", { CONNECTOR }, { { 0 } }, NULL },
	{ "mode",
	  "observe: writes nothing; propose: writes what was approved; apply: writes",
	  { CONNECTOR, { .name = "MODE", .param = "mode", .choices = modes } },
	  { { 0 } },
	  NULL },
	{ "trace",
	  "everything about a person or account, and why it is so",
	  { { .name = "KEY", .param = "key" } },
	  { { 0 } },
	  NULL },
	{ "plan",
	  "what would be written, field by field",
	  { { .name = "CONNECTOR", .param = "connector", .is_optional = true } },
	  { { 0 } },
	  NULL },
	{ "check",
	  "is the configuration right",
	  { { 0 } },
	  { { "remote", NULL, "remote", LOCAL_NONE,
	      "ask the remote systems too: credentials, fields, rights" } },
	  NULL },
	{ "reload",
	  "read the configuration again; a wrong one leaves the old one in force",
	  { { 0 } },
	  { { 0 } },
	  NULL },
	{ "errors",
	  "what was set aside, by cause; retry or drop it",
	  { { .name = "ACTION", .param = "action", .choices = error_actions, .is_optional = true },
	    { .name = "ID", .param = "ids", .is_optional = true, .is_list = true } },
	  { { "all", NULL, "all", LOCAL_NONE, "each thing, not by cause; with retry or drop: everything" } },
	  check_errors },
	{ "alerts", "alerts and who gets them", { { 0 } }, { { 0 } }, NULL },
	{ "log",
	  "what the daemon logs from now on",
	  { { .name = "LEVEL", .param = "level", .choices = levels } },
	  { { 0 } },
	  NULL },
	{ "version", "versions of this program and of the daemon", { { 0 } }, { { 0 } }, NULL },
	{ 0 },
};

const struct option global_options[] = {
	{ "json", NULL, NULL, LOCAL_NONE, "print the daemon's answer as JSON" },
	{ "socket", "PATH", NULL, LOCAL_NONE,
	  "control socket; default: $TANDEM_CONTROL, else /run/tandem/control.sock" },
	{ "timeout", "SECONDS", NULL, LOCAL_NONE, "longest wait for an answer; default: 60" },
	{ "help", NULL, NULL, LOCAL_NONE, "this text; behind a command: its own" },
	{ "version", NULL, NULL, LOCAL_NONE, "version of this program" },
	{ 0 },
};

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

/* -- Help -- */

static void options_help(const struct option *options, struct buf *to)
{
	for (const struct option *option = options; option->name; option++) {
		size_t before = to->len;

		(void)buf_printf(to, "  --%s%s%s", option->name, option->value ? " " : "",
		                 option->value ? option->value : "");
		(void)buf_printf(to, "%*s%s\n", to->len - before < 20 ? (int)(20 - (to->len - before)) : 1,
		                 "", option->help);
	}
}

static void usage_print(const struct command *command, struct buf *to)
{
	(void)buf_printf(to, "tandemctl %s", command->name);
	for (const struct argument *argument = command->arguments; argument->name; argument++)
		(void)buf_printf(to, " %s%s%s%s", argument->is_optional ? "[" : "", argument->name,
		                 argument->is_list ? "..." : "", argument->is_optional ? "]" : "");
	for (const struct option *option = command->options; option->name; option++)
		(void)buf_printf(to, " [--%s%s%s]", option->name, option->value ? " " : "",
		                 option->value ? option->value : "");
	(void)buf_add_char(to, '\n');
}

static void choices_help(const struct command *command, struct buf *to)
{
	for (const struct argument *argument = command->arguments; argument->name; argument++) {
		if (!argument->choices)
			continue;
		(void)buf_printf(to, "%s: ", argument->name);
		for (size_t i = 0; argument->choices[i]; i++)
			(void)buf_printf(to, "%s%s", i ? ", " : "", argument->choices[i]);
		(void)buf_add_char(to, '\n');
	}
}

static void all_help(struct buf *to)
{
	(void)buf_add_text(to,
	                   "tandemctl talks to tandemd, which keeps marketing and sales systems in step.\n\n"
	                   "usage: tandemctl [OPTIONS] COMMAND [ARGUMENTS]\n\ncommands:\n");
	for (const struct command *command = commands; command->name; command++)
		(void)buf_printf(to, "  %-10s %s\n", command->name, command->help);
	(void)buf_add_text(to, "\noptions of all commands:\n");
	options_help(global_options, to);
	(void)buf_add_text(to, "\nexit status: 0 done, 1 refused or failed, 2 wrong usage, 3 no daemon\n");
}

void command_help(const struct command *command, struct buf *to)
{
	if (!command) {
		all_help(to);
		return;
	}
	(void)buf_add_text(to, "usage: ");
	usage_print(command, to);
	(void)buf_printf(to, "\n%s\n", command->help);
	choices_help(command, to);
	if (command->options[0].name)
		(void)buf_add_text(to, "\noptions:\n");
	options_help(command->options, to);
	(void)buf_add_text(to, "\noptions of all commands:\n");
	options_help(global_options, to);
}
