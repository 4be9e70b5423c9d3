/* SPDX-License-Identifier: Apache-2.0 */
/* tandemctl: sends one request to the daemon and prints its answer. */
#include <unistd.h>

#include "client.h"
#include "command.h"
#include "follow.h"
#include "json.h"
#include "show.h"
#include "table.h"

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3 };

#define OUTPUT_MAX ((size_t)256 << 20)
#define WATCH_S    2

static int put(const struct buf *text)
{
	bool is_written = fwrite(text->data ? text->data : "", 1, text->len, stdout) == text->len &&
	                  fflush(stdout) == 0;

	if (is_written && !text->full)
		return EXIT_DONE;
	(void)fprintf(stderr, "tandemctl: the answer could not be written whole\n");
	return EXIT_FAILED;
}

static int complain(const struct error *err)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, 65536);
	(void)show(&text, slice_of(err->text));
	(void)fprintf(stderr, "tandemctl: %.*s\n", SLICE_ARGS(buf_slice(&text)));
	return err->kind == ERROR_CONFIG      ? EXIT_USAGE
	       : err->kind == ERROR_TRANSIENT ? EXIT_NO_DAEMON
	                                      : EXIT_FAILED;
}

/* What the daemon adds to a refusal: lines, as the problems of a configuration. */
static void complain_detail(const json_t *detail)
{
	const json_t *lines = json_object_get(detail, "text");
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, OUTPUT_MAX);
	for (size_t i = 0; i < json_array_size(lines); i++) {
		(void)show(&text, slice_of(json_string_value(json_array_get(lines, i))));
		(void)buf_add_char(&text, '\n');
	}
	(void)fwrite(text.data ? text.data : "", 1, text.len, stderr);
}

static bool is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static bool wants_bold(void)
{
	const char *no_color = getenv("NO_COLOR");

	return is_terminal() && !(no_color && no_color[0]);
}

static int print_json(const json_t *result, bool is_line)
{
	size_t flags = JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY | (is_line ? JSON_COMPACT : JSON_INDENT(2));

	if (json_dumpf(result, stdout, flags) == 0 && fputc('\n', stdout) != EOF && fflush(stdout) == 0)
		return EXIT_DONE;
	(void)fprintf(stderr, "tandemctl: the answer could not be written whole\n");
	return EXIT_FAILED;
}

static int print_result(const struct request *request, const json_t *result)
{
	CLEANUP(buf_done) struct buf text;
	int status;

	if (request->is_json) {
		status = print_json(result, request->is_watch);
	} else {
		buf_init(&text, OUTPUT_MAX);
		if (request->is_watch && is_terminal())
			(void)buf_add_text(&text, "\x1b[H\x1b[2J");
		answer_print(result, wants_bold(), &text);
		status = put(&text);
	}
	/* an answer that says "ok": false is an answer, and a failure: a check that found something */
	return status == EXIT_DONE && json_is_false(json_object_get(result, "ok")) ? EXIT_FAILED : status;
}

static int follow(const struct request *request, struct client *client, const json_t *result)
{
	json_t *id = json_object_get(result, "run");
	CLEANUP(json_decref_p) json_t *run = NULL;
	CLEANUP(buf_done) struct buf text;
	bool draws = is_terminal() && !request->is_json;
	struct error err;

	if (!id || json_is_null(id))
		return print_result(request, result);
	if (!run_follow(client, id, draws, &run, &err)) {
		if (draws)
			(void)fputc('\n', stdout);
		return complain(&err);
	}
	if (request->is_json)
		(void)print_json(run, false);
	buf_init(&text, 65536);
	if (!request->is_json && !draws)
		run_draw(run, &text);
	if (!request->is_json)
		(void)buf_add_char(&text, '\n');
	if (json_is_string(json_object_get(run, "error")) && !request->is_json) {
		(void)show(&text, slice_of(json_string_value(json_object_get(run, "error"))));
		(void)buf_add_char(&text, '\n');
	}
	return put(&text) == EXIT_DONE && run_is_good(run) ? EXIT_DONE : EXIT_FAILED;
}

static int call_once(const struct request *request, struct client *client)
{
	CLEANUP(json_decref_p) json_t *result = NULL;
	CLEANUP(json_decref_p) json_t *detail = NULL;
	struct error err;
	int status;

	if (!client_call(client, request->command->name, request->params, &result, &detail, &err)) {
		status = complain(&err);
		complain_detail(detail);
		return status;
	}
	return request->is_follow ? follow(request, client, result) : print_result(request, result);
}

static void print_own_version(const struct request *request)
{
	if (!request->is_json)
		(void)printf("tandemctl %s\n", TANDEM_VERSION);
}

static int run_request(const struct request *request)
{
	struct client client;
	struct error err;
	int status;

	if (strcmp(request->command->name, "version") == 0)
		print_own_version(request);
	if (!client_open(&client, request->socket, request->timeout_ms, &err)) {
		client_close(&client);
		return complain(&err);
	}
	status = call_once(request, &client);
	while (request->is_watch && status == EXIT_DONE) {
		(void)sleep(WATCH_S);
		status = call_once(request, &client);
	}
	client_close(&client);
	return status;
}

static int print_help(const struct command *command)
{
	CLEANUP(buf_done) struct buf text;

	buf_init(&text, 1 << 20);
	command_help(command, &text);
	return put(&text);
}

/* Names for completion: quickly or not at all. */
static void add_connectors(struct buf *to, void *owner)
{
	const struct request *request = owner;
	CLEANUP(json_decref_p) json_t *status = NULL;
	struct client client;
	struct error err;

	if (client_open(&client, request->socket, 1000, &err) &&
	    client_call(&client, "status", request->params, &status, NULL, &err))
		for (size_t i = 0; i < json_array_size(json_object_get(status, "rows")); i++) {
			(void)buf_add_slice(to, json_text(json_array_get(json_object_get(status, "rows"), i),
			                                  "connector"));
			(void)buf_add_char(to, '\n');
		}
	client_close(&client);
}

static int complete(int n_words, char **words)
{
	struct request request;
	CLEANUP(buf_done) struct buf text;
	struct error err;
	int status;

	buf_init(&text, 1 << 20);
	if (request_parse(&request, 1, (char *[]){ (char[]){ "status" } }, &err))
		command_complete(n_words, words, add_connectors, &request, &text);
	status = put(&text);
	request_done(&request);
	return status;
}

int main(int argc, char **argv)
{
	struct request request;
	struct error err;
	int status;

	show_begin();
	if (argc > 1 && strcmp(argv[1], "complete") == 0) /* for completion.bash */
		return complete(argc - 2, argv + 2);
	if (!request_parse(&request, argc - 1, argv + 1, &err)) {
		status = complain(&err);
		(void)fprintf(stderr, "try: tandemctl %s%s--help\n",
		              request.command ? request.command->name : "", request.command ? " " : "");
	} else if (request.wants_version) {
		print_own_version(&(struct request){ 0 });
		status = EXIT_DONE;
	} else {
		status = request.wants_help ? print_help(request.command) : run_request(&request);
	}
	request_done(&request);
	return status;
}
