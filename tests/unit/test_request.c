/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the command line → the request that is sent. */
#include "command.h"

#include "json.h"
#include "tap.h"

#define WORDS_MAX 12

static char line_copy[512];
static char *words[WORDS_MAX];

/* Words are separated by one blank; a final blank begins an empty one. */
static int split(const char *line)
{
	int n = 0;

	(void)snprintf(line_copy, sizeof(line_copy), "%s", line);
	for (char *at = line_copy; n < WORDS_MAX; n++) {
		char *blank = strchr(at, ' ');

		words[n] = at;
		if (!blank)
			return n + 1;
		*blank = '\0';
		at = blank + 1;
	}
	return n;
}

static const char *parsed(const char *line)
{
	static char result[1024];
	struct request request;
	struct error err;
	int n = line[0] ? split(line) : 0;

	if (request_parse(&request, n, words, &err)) {
		char *params = json_dumps(request.params, JSON_COMPACT);

		(void)snprintf(result, sizeof(result), "%s %s%s%s%s%s",
		               request.command ? request.command->name : "-", params,
		               request.is_json ? " json" : "", request.is_watch ? " watch" : "",
		               request.is_follow ? " follow" : "",
		               request.wants_help      ? " help"
		               : request.wants_version ? " version"
		                                       : "");
		free(params);
	} else {
		CHECK_INT(err.kind, ERROR_CONFIG);
		(void)snprintf(result, sizeof(result), "%s", err.text);
	}
	request_done(&request);
	return result;
}

static void test_commands_become_params(void)
{
	CHECK_TEXT(parsed("status"), "status {}");
	CHECK_TEXT(parsed("status --watch --json"), "status {} json watch");
	CHECK_TEXT(parsed("resync sfa --stream lead --since 2h --follow"),
	           "resync {\"connector\":\"sfa\",\"stream\":\"lead\",\"since\":\"2h\"} follow");
	CHECK_TEXT(parsed("resync --full sfa --dry-run"),
	           "resync {\"full\":true,\"connector\":\"sfa\",\"dry_run\":true}");
	CHECK_TEXT(parsed("resync sfa --id=003X=1"), "resync {\"connector\":\"sfa\",\"id\":\"003X=1\"}");
	CHECK_TEXT(parsed("--json mode sfa apply"), "mode {\"connector\":\"sfa\",\"mode\":\"apply\"} json");
	CHECK_TEXT(parsed("trace joe.smith@acme.com"), "trace {\"key\":\"joe.smith@acme.com\"}");
	CHECK_TEXT(parsed("trace -- --strange"), "trace {\"key\":\"--strange\"}");
	CHECK_TEXT(parsed("plan"), "plan {}");
	CHECK_TEXT(parsed("plan sfa"), "plan {\"connector\":\"sfa\"}");
	CHECK_TEXT(parsed("errors"), "errors {}");
	CHECK_TEXT(parsed("errors retry e-1 e-2"), "errors {\"action\":\"retry\",\"ids\":[\"e-1\",\"e-2\"]}");
	CHECK_TEXT(parsed("errors drop --all"), "errors {\"action\":\"drop\",\"all\":true}");
	CHECK_TEXT(parsed("cancel 41"), "cancel {\"run\":\"41\"}");
	CHECK_TEXT(parsed("check --remote"), "check {\"remote\":true}");
	CHECK_TEXT(parsed("log debug"), "log {\"level\":\"debug\"}");
}

static void test_help_and_version_need_no_more(void)
{
	CHECK_TEXT(parsed("--help"), "- {} help");
	CHECK_TEXT(parsed("-h"), "- {} help");
	CHECK_TEXT(parsed("help"), "- {} help");
	CHECK_TEXT(parsed("help mode"), "mode {} help");
	CHECK_TEXT(parsed("mode --help"), "mode {} help");
	CHECK_TEXT(parsed("--version"), "- {} version");
}

static void test_wrong_words_are_named(void)
{
	CHECK_TEXT(parsed(""), "a command is missing");
	CHECK_TEXT(parsed("stauts"), "unknown command \"stauts\"");
	CHECK_TEXT(parsed("status now"), "\"now\" is one word too many");
	CHECK_TEXT(parsed("status --wach"), "unknown option \"--wach\"");
	CHECK_TEXT(parsed("status -x"), "unknown option \"-x\"");
	CHECK_TEXT(parsed("status --watch=5"), "--watch takes no value");
	CHECK_TEXT(parsed("resync"), "CONNECTOR is missing");
	CHECK_TEXT(parsed("resync sfa --stream"), "--stream needs a value: STREAM");
	CHECK_TEXT(parsed("resync sfa --full --since 1d"),
	           "only one of --since, --full and --id can be meant");
	CHECK_TEXT(parsed("mode sfa"), "MODE is missing");
	CHECK_TEXT(parsed("mode sfa write"),
	           "MODE: \"write\" is not known; allowed: observe, propose, apply");
	CHECK_TEXT(parsed("errors retry"), "say which: ids, or --all");
	CHECK_TEXT(parsed("errors retry 1 --all"), "say which: ids, or --all");
	CHECK_TEXT(parsed("errors --all"), "errors {\"all\":true}");
	CHECK_TEXT(parsed("--timeout 0 status"),
	           "--timeout: \"0\" is no number of seconds; allowed: 1 to 86400");
	CHECK_TEXT(parsed("trace \xff"), "a word of the command line is no UTF-8 text");
}

static void test_socket_comes_from_option_environment_default(void)
{
	struct request request;
	struct error err;

	(void)unsetenv("TANDEM_CONTROL");
	CHECK(request_parse(&request, split("status"), words, &err));
	CHECK_TEXT(request.socket, "/run/tandem/control.sock");
	CHECK_INT(request.timeout_ms, 60000);
	request_done(&request);
	(void)setenv("TANDEM_CONTROL", "/tmp/c", 1);
	CHECK(request_parse(&request, split("status"), words, &err));
	CHECK_TEXT(request.socket, "/tmp/c");
	request_done(&request);
	CHECK(request_parse(&request, split("status --socket /tmp/d --timeout 5"), words, &err));
	CHECK_TEXT(request.socket, "/tmp/d");
	CHECK_INT(request.timeout_ms, 5000);
	request_done(&request);
}

static void test_every_command_has_help(void)
{
	for (const struct command *command = commands; command->name; command++) {
		CLEANUP(buf_done) struct buf text;

		buf_init(&text, 65536);
		command_help(command, &text);
		CHECK(text.len > 0 && strstr(text.data, command->help) && strstr(text.data, command->name) &&
		      !text.full);
	}
	CHECK(command_find("resync") && !command_find("") && !command_find("--json"));
}

static void two_connectors(struct buf *to, void *owner UNUSED)
{
	(void)buf_add_text(to, "ma\nsfa\n");
}

static const char *completed(const char *line)
{
	static struct buf text;

	buf_done(&text);
	buf_init(&text, 65536);
	command_complete(split(line), words, two_connectors, NULL, &text);
	return text.len ? text.data : "";
}

static void test_completion_follows_the_table(void)
{
	CHECK_TEXT(completed("re"), "resync\nresume\nreload\n");
	CHECK_TEXT(completed("--so"), "--socket\n");
	CHECK_TEXT(completed("resync s"), "sfa\n");
	CHECK_TEXT(completed("resync "), "ma\nsfa\n");
	CHECK_TEXT(completed("resync sfa --f"), "--full\n--follow\n");
	CHECK_TEXT(completed("mode sfa "), "observe\npropose\napply\n");
	CHECK_TEXT(completed("--socket /x mode sfa a"), "apply\n");
	CHECK_TEXT(completed("resync sfa --stream "), "");
	CHECK_TEXT(completed("status "), "");
	CHECK_TEXT(completed("mode sfa apply "), "");
	CHECK_TEXT(completed("nonsense "), "");
}

int main(void)
{
	RUN(test_commands_become_params);
	RUN(test_help_and_version_need_no_more);
	RUN(test_wrong_words_are_named);
	RUN(test_socket_comes_from_option_environment_default);
	RUN(test_every_command_has_help);
	RUN(test_completion_follows_the_table);
	(void)completed("x ");
	return tap_done();
}
