/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "commands_private.h"
#include "json.h"
#include "number.h"

#define READ_TIMEOUT_MS 30000
#define PARAMS_MAX      6

struct commands {
	struct engine *engine;
	struct command *first;
	struct pg *pg; /* opened when first needed */
};

struct param {
	const char *name;
	enum { PARAM_TEXT, PARAM_FLAG, PARAM_LIST, PARAM_ID } kind;
	bool is_required;
};

static const struct kind {
	const char *name;
	enum role role;
	bool needs_store;
	void (*run)(struct command *command);
	struct param params[PARAMS_MAX + 1];
} kinds[] = {
	{ "status", ROLE_VIEWER, false, status_run, { { "streams", PARAM_FLAG, false } } },
	{ "runs", ROLE_VIEWER, true, runs_run, { { 0 } } },
	{ "run", ROLE_VIEWER, true, run_run, { { "run", PARAM_ID, true } } },
	{ "trace", ROLE_VIEWER, true, trace_run, { { "key", PARAM_TEXT, true } } },
	{ "plan", ROLE_VIEWER, true, plan_run, { { "connector", PARAM_TEXT, false } } },
	{ "errors", ROLE_VIEWER, true, errors_run, { { "all", PARAM_FLAG, false } } },
	{ "alerts", ROLE_VIEWER, true, alerts_run, { { 0 } } },
	{ "check", ROLE_VIEWER, false, check_run, { { "remote", PARAM_FLAG, false } } },
	{ "version", ROLE_VIEWER, false, version_run, { { 0 } } },
	{ "resync",
	  ROLE_OPERATOR,
	  true,
	  resync_run,
	  { { "connector", PARAM_TEXT, true },
	    { "stream", PARAM_TEXT, false },
	    { "since", PARAM_TEXT, false },
	    { "full", PARAM_FLAG, false },
	    { "id", PARAM_TEXT, false },
	    { "dry_run", PARAM_FLAG, false } } },
	{ "cancel", ROLE_OPERATOR, true, cancel_run, { { "run", PARAM_ID, true } } },
	{ "pause", ROLE_OPERATOR, true, pause_run, { { "connector", PARAM_TEXT, true } } },
	{ "resume", ROLE_OPERATOR, true, resume_run, { { "connector", PARAM_TEXT, true } } },
	{ "errors.retry",
	  ROLE_OPERATOR,
	  true,
	  errors_retry_run,
	  { { "action", PARAM_TEXT, false }, { "ids", PARAM_LIST, false }, { "all", PARAM_FLAG, false } } },
	{ "errors.drop",
	  ROLE_OPERATOR,
	  true,
	  errors_drop_run,
	  { { "action", PARAM_TEXT, false }, { "ids", PARAM_LIST, false }, { "all", PARAM_FLAG, false } } },
	{ "reload", ROLE_OPERATOR, false, reload_run, { { 0 } } },
	{ "mode",
	  ROLE_ADMIN,
	  false,
	  mode_run,
	  { { "connector", PARAM_TEXT, true }, { "mode", PARAM_TEXT, true } } },
	{ "log", ROLE_ADMIN, false, log_run, { { "level", PARAM_TEXT, true } } },
};

/* -- Life -- */

static void command_free(struct command *command)
{
	if (command->release)
		command->release(command);
	*command->link = command->next;
	if (command->next)
		command->next->link = command->link;
	json_decref(command->params);
	config_unref(command->config);
	arena_free(command->arena);
	free(command);
}

static struct command *command_new(struct commands *commands, struct call *call, const json_t *params)
{
	struct command *command = alloc_zeroed(1, sizeof(*command));
	struct engine *engine = commands->engine;

	*command = (struct command){
		.engine = engine, .commands = commands, .call = call, .config = config_ref(engine->config)
	};
	command->arena = arena_new(16384);
	command->params = json_incref((json_t *)params);
	command->actor = arena_strdup(command->arena, call_actor(call));
	command->next = commands->first;
	command->link = &commands->first;
	if (command->next)
		command->next->link = &command->next;
	commands->first = command;
	return command;
}

void command_answer(struct command *command, json_t *result)
{
	struct call *call = command->call;

	command_free(command);
	call_answer(call, result);
}

void command_fail(struct command *command, const struct error *err)
{
	struct call *call = command->call;
	struct error copy = *err;

	command_free(command);
	call_fail(call, &copy);
}

void commands_free(struct commands *commands)
{
	const struct error stopping = { .kind = ERROR_TRANSIENT, .text = "the daemon is stopping" };

	if (!commands)
		return;
	while (commands->first)
		command_fail(commands->first, &stopping);
	pg_free(commands->pg);
	free(commands);
}

void command_refuse(struct command *command, enum error_kind kind, const char *fmt, ...)
{
	struct error err = { 0 };
	va_list args;

	va_start(args, fmt);
	const char *text = arena_vprintf(command->arena, fmt, args);
	va_end(args);
	(void)fail(&err, kind, "%s", text);
	command_fail(command, &err);
}

/* -- Asking the store -- */

struct question {
	struct command *command;
	command_read *read;
};

void *command_ask(struct command *command, command_read *read)
{
	struct question *question = arena_alloc(command->arena, sizeof(*question));

	*question = (struct question){ command, read };
	command->waiting++;
	return question;
}

void command_over(struct command *command, const struct error *err)
{
	if (err && !command->error.kind)
		command->error = *err;
	if (--command->waiting)
		return;
	if (command->error.kind)
		command_fail(command, &command->error);
	else
		command->go_on(command);
}

void command_told(void *owner, const struct pg_result *result, const struct error *err)
{
	const struct question *question = owner;

	if (!err && question->read && !question->command->error.kind)
		question->read(question->command, result);
	command_over(question->command, err);
}

struct pg *command_pg(struct command *command)
{
	struct commands *commands = command->commands;
	const struct pg_options options = {
		.conninfo = command->engine->store.conninfo,
		.application_name = "tandemd commands",
		.prepare = true,
		.statement_timeout_ms = READ_TIMEOUT_MS,
		.lock_timeout_ms = 10000,
	};

	if (!commands->pg)
		commands->pg = pg_new(command->engine->loop, &options);
	return commands->pg;
}

struct report command_report(struct command *command, command_read *read)
{
	return (struct report){ command_pg(command), command_told, command_ask(command, read) };
}

/* -- Params -- */

const char *command_text(const struct command *command, const char *name)
{
	return json_string_value(json_object_get(command->params, name));
}

bool command_flag(const struct command *command, const char *name)
{
	return json_is_true(json_object_get(command->params, name));
}

bool command_id(struct command *command, const char *name, char letter, int64_t *ret)
{
	const json_t *value = json_object_get(command->params, name);
	struct slice text = slice_of(json_string_value(value));
	char found;

	if (json_is_integer(value) && json_integer_value(value) > 0) {
		*ret = json_integer_value(value);
		return true;
	}
	if (id_parse(text, &found, ret) && found == letter)
		return true;
	if (!slice_is_null(text) && parse_int64(text, 1, INT64_MAX, ret))
		return true;
	command_refuse(command, ERROR_CONFIG,
	               "\"%.*s\" is no %s's id; allowed: %c- and 13 letters and digits", SLICE_ARGS(text),
	               name, letter);
	return false;
}

const char *names_allowed(struct arena *arena, const char *const *names, size_t n)
{
	const char *text = n ? names[0] : "none";

	for (size_t i = 1; i < n; i++)
		text = arena_printf(arena, "%s, %s", text, names[i]);
	return text;
}

struct instance *command_instance(struct command *command)
{
	const char *name = command_text(command, "connector");
	const struct engine *engine = command->engine;
	struct instance *instance = engine_instance(command->engine, name);

	if (instance)
		return instance;
	const char **names = arena_array(command->arena, engine->n_instances + 1, sizeof(*names));
	for (size_t i = 0; i < engine->n_instances; i++)
		names[i] = engine->instances[i]->name;
	command_refuse(command, ERROR_CONFIG, "there is no connector \"%s\"; allowed: %s", name,
	               names_allowed(command->arena, names, engine->n_instances));
	return NULL;
}

static bool is_text_list(const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)))
			return false;
	return json_is_array(value);
}

static bool check_param(const struct param *param, const json_t *value, struct error *err)
{
	static const char *const wanted[] = {
		[PARAM_TEXT] = "a text",
		[PARAM_FLAG] = "true or false",
		[PARAM_LIST] = "a list of texts",
		[PARAM_ID] = "an id",
	};
	const bool is_right[] = {
		[PARAM_TEXT] = json_is_string(value),
		[PARAM_FLAG] = json_is_boolean(value),
		[PARAM_LIST] = is_text_list(value),
		[PARAM_ID] = json_is_string(value) || json_is_integer(value),
	};

	if (!value)
		return !param->is_required || fail(err, ERROR_CONFIG, "\"%s\" is missing", param->name);
	return is_right[param->kind] ||
	       fail(err, ERROR_CONFIG, "\"%s\" is not %s", param->name, wanted[param->kind]);
}

static const struct param *param_find(const struct kind *kind, const char *name)
{
	for (const struct param *param = kind->params; param->name; param++)
		if (strcmp(param->name, name) == 0)
			return param;
	return NULL;
}

static bool check_params(const struct kind *kind, const json_t *params, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)params, name, value) if (!param_find(kind, name)) return fail(
	        err, ERROR_CONFIG, "%s takes no \"%s\"", kind->name, name);
	for (const struct param *param = kind->params; param->name; param++)
		if (!check_param(param, json_object_get(params, param->name), err))
			return false;
	return true;
}

/* -- Dispatch -- */

static const struct kind *kind_find(const char *method, const char *action)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *name = kinds[i].name, *dot = strchr(name, '.');
		size_t len = strlen(method);

		if (!action && strcmp(name, method) == 0)
			return &kinds[i];
		if (action && dot && strlen(name) > len && strncmp(name, method, len) == 0 &&
		    name[len] == '.' && strcmp(dot + 1, action) == 0)
			return &kinds[i];
	}
	return NULL;
}

static bool may(const struct call *call, const struct kind *kind, struct error *err)
{
	return call_role(call) >= kind->role ||
	       fail(err, ERROR_REFUSED, "%s needs the role %s; %s has the role %s", kind->name,
	            role_name(kind->role), call_actor(call), role_name(call_role(call)));
}

static bool is_possible(const struct engine *engine, const struct kind *kind, struct error *err)
{
	if (!kind->needs_store || (engine->store.is_open && engine->store.is_up))
		return true;
	if (engine->error.kind)
		return fail(err, ERROR_TRANSIENT, "%s needs the store: %s", kind->name, engine->error.text);
	return fail(err, ERROR_TRANSIENT, "%s needs the store, which is not open yet", kind->name);
}

void commands_handle(struct call *call, const char *method, const json_t *params, void *owner)
{
	struct engine *engine = owner;
	const char *action = json_string_value(json_object_get(params, "action"));
	const struct kind *kind = kind_find(method, strchr(method, '.') ? NULL : action);
	struct error err = { 0 };

	if (!kind) {
		call_unknown(call);
		return;
	}
	if (!may(call, kind, &err) || !check_params(kind, params, &err) || !is_possible(engine, kind, &err)) {
		call_fail(call, &err);
		return;
	}
	if (!engine->commands) {
		engine->commands = alloc_zeroed(1, sizeof(*engine->commands));
		engine->commands->engine = engine;
	}
	kind->run(command_new(engine->commands, call, params));
}
