/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "alloc.h"
#include "clock.h"
#include "commands_private.h"
#include "json.h"

#define PATIENCE_US (30 * US_PER_S)

/* -- The files -- */

static void check_files(struct command *command)
{
	struct problems found = { .arena = command->arena };
	const char *dir = command->engine->config->dir;
	CLEANUP(config_unref_p) struct config *config = config_load(dir, true, &found);
	json_t *story = story_new();

	for (size_t i = 0; i < found.n; i++)
		story_line(story, "%s:%d:%d: %s", found.list[i].file, found.list[i].line,
		           found.list[i].column, found.list[i].text);
	if (config)
		story_line(story, "the configuration in %s is right: %zu connectors%s", dir,
		           config->n_connectors,
		           config->version == command->engine->config->version
		                   ? ""
		                   : "; it is not in force yet: tandemctl reload");
	else
		story_line(story, "the configuration in %s has %zu problems", dir, found.n);
	json_object_set_new(story, "ok", json_boolean(config != NULL));
	command_answer(command, story);
}

/* -- The remote systems -- */

/* One stream that is asked for its fields; a stream that cannot tell still shows whether the login works. */
struct question {
	struct command *command;
	struct instance *instance;
	const struct stream_config *stream;
	struct remote_call call;
	struct arena *call_arena;
	struct describe describe;
	struct error error;
	bool is_over;
};

struct check {
	struct question *questions;
	size_t n, n_waiting;
	struct timer patience;
	json_t *table;
	bool is_bad;
};

static void check_release(struct command *command)
{
	struct check *check = command->state;

	timer_stop(command->engine->loop, &check->patience);
	for (size_t i = 0; i < check->n; i++) {
		remote_call_cancel(&check->questions[i].call);
		arena_free(check->questions[i].call_arena);
		arena_free(check->questions[i].describe.arena);
	}
	json_decref(check->table);
}

static void add_finding(struct check *check, const struct question *question, const char *result,
                        const char *detail)
{
	json_t *row = table_row(check->table);

	set_text(row, "connector", slice_of(question->instance->name));
	set_text(row, "stream", question->stream ? slice_of(question->stream->ops->name) : SLICE_NULL);
	set_text(row, "result", slice_of(result));
	set_text(row, "detail", slice_of(detail));
	check->is_bad = check->is_bad || strcmp(result, "failed") == 0;
}

static const struct field_info *field_described(const struct describe *describe, const char *name)
{
	for (size_t i = 0; i < describe->n_fields; i++)
		if (slice_equal_nocase(describe->fields[i].name, slice_of(name)))
			return &describe->fields[i];
	return NULL;
}

static bool find_fields(struct command *command, const struct question *question)
{
	const struct stream_config *stream = question->stream;
	bool writes = question->instance->config->mode != MODE_OBSERVE && stream->ops->push_max;
	bool is_fine = true;

	for (size_t i = 0; i < stream->n_map; i++) {
		const struct map_row *row = &stream->map[i];
		const struct field_info *field = field_described(&question->describe, row->remote);
		const char *detail = NULL;

		if (!field && !strchr(row->remote, '.'))
			detail = arena_printf(command->arena,
			                      "field \"%s\" (%s) is not there, or our rights do not show it",
			                      row->remote, row->field->name);
		else if (field && row->can_push && writes && !field->can_update && !field->can_create)
			detail = arena_printf(command->arena, "field \"%s\" (%s) may not be written",
			                      row->remote, row->field->name);
		if (!detail)
			continue;
		add_finding(command->state, question, "warning", detail);
		is_fine = false;
	}
	return is_fine;
}

static bool find_key_field(struct command *command, const struct question *question)
{
	const char *name = question->stream->key_field;
	const struct field_info *field = name ? field_described(&question->describe, name) : NULL;
	const char *detail = NULL;

	if (!name)
		return true;
	if (!field)
		detail = arena_printf(
		        command->arena,
		        "external-id field \"%s\" is not there: records are told apart by their keys alone",
		        name);
	else if (!field->is_unique)
		detail = arena_printf(command->arena, "external-id field \"%s\" is not unique at the remote",
		                      name);
	else if (!field->can_create && !field->can_update)
		detail = arena_printf(command->arena, "external-id field \"%s\" may not be written", name);
	if (detail)
		add_finding(command->state, question, "warning", detail);
	return !detail;
}

static void conclude(struct command *command, const struct question *question)
{
	const char *account = question->instance->session.account_id;

	if (!question->is_over) {
		add_finding(
		        command->state, question, "failed",
		        arena_printf(command->arena, "no answer within %d s", (int)(PATIENCE_US / US_PER_S)));
		return;
	}
	if (question->error.kind) {
		add_finding(command->state, question, "failed", question->error.text);
		return;
	}
	if (!question->stream || !question->describe.is_known) {
		add_finding(command->state, question, "ok",
		            account ? arena_printf(command->arena, "logged in, account %s", account)
		                    : "logged in");
		return;
	}
	if (!question->stream->n_map) {
		add_finding(command->state, question, "ok", "it can be read");
		return;
	}
	bool is_fine = find_fields(command, question);
	if (find_key_field(command, question) && is_fine)
		add_finding(command->state, question, "ok",
		            arena_printf(command->arena, "%zu mapped fields are there%s%s",
		                         question->stream->n_map, account ? "; account " : "",
		                         account ? account : ""));
}

static void remote_answer(struct command *command)
{
	struct check *check = command->state;

	for (size_t i = 0; i < check->n; i++)
		conclude(command, &check->questions[i]);
	json_t *table = TAKE(check->table);
	json_object_set_new(table, "ok", json_boolean(!check->is_bad));
	command_answer(command, table);
}

static void patience_over(struct timer *timer)
{
	remote_answer(timer->owner);
}

static void question_over(struct question *question, const struct error *err)
{
	struct check *check = question->command->state;

	question->is_over = true;
	if (err)
		question->error = *err;
	if (--check->n_waiting == 0)
		timer_start(question->command->engine->loop, &check->patience, 0);
}

static enum next question_ask(struct remote_call *call, struct error *err)
{
	struct question *question = call->owner;
	const struct stream_ops *ops = question->stream ? question->stream->ops : NULL;

	if (!ops || !ops->describe_ask)
		return NEXT_DONE; /* the login was the question */
	if (question->call_arena)
		arena_reset(question->call_arena);
	else
		question->call_arena = arena_new(16384);
	call->request = (struct http_request){ .arena = question->call_arena };
	return ops->describe_ask(&question->describe, &call->request, err);
}

static void question_answered(struct remote_call *call, const struct http_response *response,
                              const struct error *err)
{
	struct question *question = call->owner;
	struct error bad = { 0 };

	if (!response) {
		question_over(question, err);
		return;
	}
	if (question->stream->ops->describe_read(&question->describe, response, &bad))
		remote_call_start(&question->call);
	else
		question_over(question, &bad);
}

static void question_start(struct command *command, struct instance *instance,
                           const struct stream_config *stream)
{
	struct check *check = command->state;
	struct question *question = &check->questions[check->n++];

	*question = (struct question){ .command = command, .instance = instance, .stream = stream };
	question->call = (struct remote_call){
		.instance = instance,
		.lane = LANE_HOT,
		.ask = question_ask,
		.done = question_answered,
		.owner = question,
	};
	if (stream && stream->ops->describe_ask)
		question->describe = (struct describe){
			.arena = arena_new(65536),
			.config = instance->config->module,
			.session = &instance->session,
			.stream = stream->ops,
		};
	check->n_waiting++;
	remote_call_start(&question->call);
}

static const char *not_asked(const struct instance *instance)
{
	if (!instance->engine->store.is_up)
		return "not asked: the store is not there";
	if (!instance_is_ours(instance))
		return "not asked: another daemon runs it";
	return instance->is_paused ? "not asked: it is paused" : NULL;
}

static void ask_instance(struct command *command, struct instance *instance)
{
	size_t n_asked = 0;

	if (not_asked(instance)) {
		add_finding(command->state, &(struct question){ .instance = instance },
			    command->engine->store.is_up ? "warning" : "failed", not_asked(instance));
		return;
	}
	if (instance->session_state == SESSION_REFUSED) { /* whoever asks may just have set it right */
		timer_stop(instance->engine->loop, &instance->login_retry);
		instance->session_state = SESSION_NONE;
	}
	for (size_t i = 0; i < instance->n_streams; i++) {
		const struct stream_config *stream = instance->streams[i].config;

		if (!stream->is_on || !stream->ops->describe_ask)
			continue;
		question_start(command, instance, stream);
		n_asked++;
	}
	if (!n_asked)
		question_start(command, instance, NULL);
}

static void check_remote(struct command *command)
{
	static const struct column columns[] = {
		{ "connector", "CONNECTOR" },
		{ "stream", "STREAM" },
		{ "result", "RESULT" },
		{ "detail", "DETAIL" },
	};
	struct engine *engine = command->engine;
	struct check *check = arena_alloc(command->arena, sizeof(*check));
	size_t n = 0;

	for (size_t i = 0; i < engine->n_instances; i++)
		n += engine->instances[i]->n_streams + 1;
	check->questions = arena_array(command->arena, n + 1, sizeof(*check->questions));
	check->table = table_new(columns, ARRAY_SIZE(columns));
	check->patience = (struct timer){ .expired = patience_over, .name = "check", .owner = command };
	command->state = check;
	command->release = check_release;
	timer_start(engine->loop, &check->patience, PATIENCE_US);
	for (size_t i = 0; i < engine->n_instances; i++)
		ask_instance(command, engine->instances[i]);
	if (!check->n_waiting)
		timer_start(engine->loop, &check->patience, 0);
}

void check_run(struct command *command)
{
	if (command_flag(command, "remote"))
		check_remote(command);
	else
		check_files(command);
}
