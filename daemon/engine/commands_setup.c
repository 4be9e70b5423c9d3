/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "commands_private.h"
#include "hooks_http.h"
#include "order.h"
#include "pass.h"
#include "push.h"
#include "schedule.h"

#define FILE_READ_MAX 262144

/* -- Pause and resume -- */

/* Passes keep what they have stored; hook events and runs stay in the store and go on after the pause. */
static void work_pause(struct instance *instance)
{
	struct pass *passes[] = { TAKE(instance->poll), TAKE(instance->hot), TAKE(instance->resync) };

	for (size_t i = 0; i < ARRAY_SIZE(passes); i++)
		pass_cancel(passes[i]);
	push_cancel(instance);
}

static void work_resume(struct instance *instance)
{
	if (instance->session_state == SESSION_REFUSED) {
		timer_stop(instance->engine->loop, &instance->login_retry);
		instance->session_state = SESSION_NONE;
		instance->error = (struct error){ 0 };
	}
	for (size_t i = 0; i < instance->n_streams; i++)
		instance->streams[i].due_us = 0;
	schedule_wake(instance);
	runs_wake(instance);
	hooks_wake(instance);
	push_wake(instance);
}

static json_t *pause_set(struct command *command, bool is_paused)
{
	struct instance *instance = command->state;
	struct store_connector *known = instance_store(instance);
	json_t *story = story_new();

	if (known)
		known->is_paused = is_paused;
	instance->is_paused = is_paused;
	set_text(story, "connector", slice_of(instance->name));
	json_object_set_new(story, "paused", json_boolean(is_paused));
	return story;
}

static void pause_answer(struct command *command)
{
	struct instance *instance = command->state;
	json_t *story = pause_set(command, true);

	work_pause(instance);
	LOG_INFO(&instance->log, "connector paused", kv("actor", command->actor));
	story_line(story, "%s is paused: it is not called until tandemctl resume %s", instance->name,
	           instance->name);
	command_answer(command, story);
}

static void resume_answer(struct command *command)
{
	struct instance *instance = command->state;
	json_t *story = pause_set(command, false);

	work_resume(instance);
	LOG_INFO(&instance->log, "connector resumed", kv("actor", command->actor));
	story_line(story, "%s goes on", instance->name);
	command_answer(command, story);
}

static void pause_to(struct command *command, bool is_paused)
{
	struct instance *instance = command_instance(command);

	if (!instance)
		return;
	if (!instance_store(instance)) {
		command_refuse(command, ERROR_TRANSIENT, "connector %s is not known to the store yet",
		               instance->name);
		return;
	}
	command->state = instance;
	command->go_on = is_paused ? pause_answer : resume_answer;
	order_pause(&command->engine->store, instance_store(instance)->id, is_paused, command_told,
	            command_ask(command, NULL));
}

void pause_run(struct command *command)
{
	pause_to(command, true);
}

void resume_run(struct command *command)
{
	pause_to(command, false);
}

/* -- Mode: the configuration's own -- */

static int line_of_mode(const char *path)
{
	CLEANUP(buf_done) struct buf text;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t got = 0;

	buf_init(&text, FILE_READ_MAX);
	char *room = fd >= 0 ? buf_reserve(&text, FILE_READ_MAX - 1) : NULL;
	if (room)
		got = read(fd, room, FILE_READ_MAX - 1);
	if (fd >= 0)
		(void)close(fd);
	return got > 0 ? setting_line((struct slice){ room, (size_t)got }, "mode") : 0;
}

void mode_run(struct command *command)
{
	static const char *const modes[] = { "observe", "propose", "apply" };
	struct instance *instance = command_instance(command);
	const char *mode = command_text(command, "mode");
	bool is_known = false;

	if (!instance)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		is_known = is_known || strcmp(modes[i], mode) == 0;
	if (!is_known) {
		command_refuse(command, ERROR_CONFIG, "\"%s\" is no mode; allowed: %s", mode,
		               names_allowed(command->arena, modes, ARRAY_SIZE(modes)));
		return;
	}
	if (strcmp(mode_name((enum mode)instance->config->mode), mode) == 0) {
		json_t *story = story_new();

		story_line(story, "connector %s is in mode %s already", instance->name, mode);
		command_answer(command, story);
		return;
	}
	const char *path =
	        arena_printf(command->arena, "%s/%s", command->config->dir, instance->config->file);
	int line = line_of_mode(path);
	if (line)
		command_refuse(
		        command, ERROR_REFUSED,
		        "the mode is set in %s, line %d: make it \"mode: %s\" and run tandemctl reload", path,
		        line, mode);
	else
		command_refuse(command, ERROR_REFUSED,
		               "the mode is set in %s: add the line \"mode: %s\" and run tandemctl reload",
		               path, mode);
}

/* -- Reload, log -- */

void reload_run(struct command *command)
{
	CLEANUP(buf_done) struct buf problems;
	struct engine *engine = command->engine;
	json_t *story = story_new();

	buf_init(&problems, 1 << 20);
	LOG_INFO(&engine->log, "reload ordered", kv("actor", command->actor));
	bool is_good = engine_reload(engine, &problems);
	struct slice line, rest = buf_slice(&problems);
	while (rest.len) {
		(void)slice_split(rest, '\n', &line, &rest);
		story_line(story, "%.*s", SLICE_ARGS(line));
	}
	if (is_good)
		story_line(story, "the new configuration is in force: %zu connectors", engine->n_instances);
	else
		story_line(story, "the old configuration stays in force");
	json_object_set_new(story, "ok", json_boolean(is_good));
	command_answer(command, story);
}

void log_run(struct command *command)
{
	const char *word = command_text(command, "level");
	enum log_level level;
	json_t *story;

	if (!log_level_parse(word, &level)) {
		command_refuse(command, ERROR_CONFIG,
		               "\"%s\" is no level; allowed: debug, info, warning, error", word);
		return;
	}
	LOG_INFO(&command->engine->log, "log level changed", kv("to", word), kv("actor", command->actor));
	log_level_set(level);
	story = story_new();
	story_line(story, "%s and above are logged until the next reload or start", word);
	command_answer(command, story);
}
