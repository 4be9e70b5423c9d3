/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the command line → a request, by the table of commands. */
#include "command.h"
#include "number.h"

#define DEFAULT_SOCKET "/run/tandem/control.sock"

struct words {
	int n, at;
	char **list;
	bool only_arguments; /* behind "--" */
	size_t n_arguments;
};

static const struct option *option_find(const struct option *options, struct slice name)
{
	for (; options && options->name; options++)
		if (slice_equal_text(name, options->name))
			return options;
	return NULL;
}

/* The value of an option: behind "=", or the next word. */
static bool take_value(struct words *words, const struct option *option, struct slice given, const char **ret,
                       struct error *err)
{
	if (!option->value && !slice_is_null(given))
		return fail(err, ERROR_CONFIG, "--%s takes no value", option->name);
	if (!option->value || !slice_is_null(given)) {
		*ret = given.data;
		return true;
	}
	if (words->at == words->n)
		return fail(err, ERROR_CONFIG, "--%s needs a value: %s", option->name, option->value);
	*ret = words->list[words->at++];
	return true;
}

static bool apply_global(struct request *request, const struct option *option, const char *value,
                         struct error *err)
{
	int64_t seconds = 0;

	if (strcmp(option->name, "timeout") == 0 && !parse_int64(slice_of(value), 1, 86400, &seconds))
		return fail(err, ERROR_CONFIG,
		            "--timeout: \"%s\" is no number of seconds; allowed: 1 to 86400", value);
	if (seconds)
		request->timeout_ms = seconds * 1000;
	if (strcmp(option->name, "socket") == 0)
		request->socket = value;
	request->is_json |= strcmp(option->name, "json") == 0;
	request->wants_help |= strcmp(option->name, "help") == 0;
	request->wants_version |= strcmp(option->name, "version") == 0;
	return true;
}

static bool set_text(json_t *params, const char *name, const char *text, struct error *err)
{
	json_t *value = json_string(text);

	if (value && json_object_set_new(params, name, value) == 0)
		return true;
	return fail(err, ERROR_CONFIG, "a word of the command line is no UTF-8 text");
}

static bool apply_own(struct request *request, const struct option *option, const char *value,
                      struct error *err)
{
	request->is_watch |= option->local == LOCAL_WATCH;
	request->is_follow |= option->local == LOCAL_FOLLOW;
	if (option->local != LOCAL_NONE)
		return true;
	if (option->value)
		return set_text(request->params, option->param, value, err);
	return json_object_set_new(request->params, option->param, json_true()) == 0;
}

static bool parse_option(struct request *request, struct words *words, const char *word, struct error *err)
{
	struct slice name, given;
	const struct option *option;
	const char *value = NULL;

	if (strcmp(word, "-h") == 0)
		word = "--help";
	if (!slice_split(slice_of(word[1] == '-' ? word + 2 : word), '=', &name, &given))
		given = SLICE_NULL;
	option = option_find(global_options, name);
	if (option)
		return take_value(words, option, given, &value, err) &&
		       apply_global(request, option, value, err);
	option = option_find(request->command ? request->command->options : NULL, name);
	if (option)
		return take_value(words, option, given, &value, err) &&
		       apply_own(request, option, value, err);
	return fail(err, ERROR_CONFIG, "unknown option \"%s\"", word);
}

static bool check_choice(const struct argument *argument, const char *word, struct error *err)
{
	char allowed[256] = "";
	size_t len = 0;

	for (size_t i = 0; argument->choices && argument->choices[i]; i++) {
		if (strcmp(argument->choices[i], word) == 0)
			return true;
		if (len < sizeof(allowed))
			len += (size_t)snprintf(allowed + len, sizeof(allowed) - len, "%s%s", i ? ", " : "",
			                        argument->choices[i]);
	}
	return !argument->choices ||
	       fail(err, ERROR_CONFIG, "%s: \"%s\" is not known; allowed: %s", argument->name, word, allowed);
}

static bool append_text(json_t *params, const char *name, const char *text, struct error *err)
{
	json_t *list = json_object_get(params, name), *value = json_string(text);

	if (!list && value) {
		list = json_array();
		(void)json_object_set_new(params, name, list);
	}
	if (value && json_array_append_new(list, value) == 0)
		return true;
	return fail(err, ERROR_CONFIG, "a word of the command line is no UTF-8 text");
}

static bool parse_argument(struct request *request, struct words *words, const char *word, struct error *err)
{
	const struct argument *argument;

	if (!request->command) {
		request->command = command_find(word);
		return request->command || fail(err, ERROR_CONFIG, "unknown command \"%s\"", word);
	}
	argument = &request->command->arguments[words->n_arguments];
	if (!argument->name)
		return fail(err, ERROR_CONFIG, "\"%s\" is one word too many", word);
	if (!check_choice(argument, word, err))
		return false;
	if (argument->is_list)
		return append_text(request->params, argument->param, word, err);
	words->n_arguments++;
	return set_text(request->params, argument->param, word, err);
}

static bool parse_word(struct request *request, struct words *words, struct error *err)
{
	const char *word = words->list[words->at++];

	if (words->only_arguments || word[0] != '-' || word[1] == '\0')
		return parse_argument(request, words, word, err);
	if (strcmp(word, "--") == 0) {
		words->only_arguments = true;
		return true;
	}
	return parse_option(request, words, word, err);
}

static bool check_whole(const struct request *request, size_t n_arguments, struct error *err)
{
	const struct command *command = request->command;

	if (request->wants_help || request->wants_version)
		return true;
	if (!command)
		return fail(err, ERROR_CONFIG, "a command is missing");
	if (command->arguments[n_arguments].name && !command->arguments[n_arguments].is_optional)
		return fail(err, ERROR_CONFIG, "%s is missing", command->arguments[n_arguments].name);
	return !command->check || command->check(request->params, err);
}

bool request_parse(struct request *request, int n_words, char **words, struct error *err)
{
	struct words state = { .n = n_words, .list = words };
	const char *socket = getenv("TANDEM_CONTROL");

	*request = (struct request){ .params = json_object(),
		                     .timeout_ms = 60000,
		                     .socket = socket && socket[0] ? socket : DEFAULT_SOCKET };
	if (n_words > 0 && strcmp(words[0], "help") == 0) { /* "help mode" is "mode --help" */
		request->wants_help = true;
		state.at = 1;
	}
	while (state.at < n_words)
		if (!parse_word(request, &state, err))
			return false;
	return check_whole(request, state.n_arguments, err);
}

void request_done(struct request *request)
{
	json_decref(request->params);
}

/* -- Completion -- */

static void offer(struct buf *to, const char *start, const char *before, const char *name)
{
	char word[80];
	int len = snprintf(word, sizeof(word), "%s%s", before, name);

	if (len > 0 && (size_t)len < sizeof(word) && strncmp(word, start, strlen(start)) == 0)
		(void)buf_printf(to, "%s\n", word);
}

static void offer_options(struct buf *to, const char *start, const struct option *options)
{
	for (; options && options->name; options++)
		offer(to, start, "--", options->name);
}

/* Where in a command line the last word stands. */
struct place {
	const struct command *command; /* NULL: none was named yet */
	size_t n_arguments;
	bool is_lost; /* an option's value, or behind an unknown command: nothing to offer */
};

static struct place place_of_last(int n_words, char **words)
{
	struct place place = { 0 };

	for (int i = 0; i + 1 < n_words; i++) {
		bool is_option = words[i][0] == '-';
		struct slice name = slice_of(is_option && words[i][1] == '-' ? words[i] + 2 : "");
		const struct option *option = option_find(global_options, name);

		if (!option)
			option = option_find(place.command ? place.command->options : NULL, name);
		if (option && option->value) {
			place.is_lost |= i + 2 == n_words;
			i++;
		} else if (!is_option && place.command) {
			place.n_arguments++;
		} else if (!is_option) {
			place.command = command_find(words[i]);
			place.is_lost |= !place.command;
		}
	}
	return place;
}

static void offer_connectors(struct buf *to, const char *start,
                             void (*connectors)(struct buf *to, void *owner), void *owner)
{
	CLEANUP(buf_done) struct buf names;
	struct slice rest, name;

	buf_init(&names, 65536);
	connectors(&names, owner);
	rest = buf_slice(&names);
	while (slice_split(rest, '\n', &name, &rest))
		if (slice_starts(name, start))
			(void)buf_printf(to, "%.*s\n", SLICE_ARGS(name));
}

void command_complete(int n_words, char **words, void (*connectors)(struct buf *to, void *owner), void *owner,
                      struct buf *to)
{
	const char *start = n_words > 0 ? words[n_words - 1] : "";
	struct place place = place_of_last(n_words, words);
	const struct argument *argument;

	if (place.is_lost)
		return;
	if (start[0] == '-') {
		offer_options(to, start, place.command ? place.command->options : NULL);
		offer_options(to, start, global_options);
		return;
	}
	for (const struct command *all = commands; !place.command && all->name; all++)
		offer(to, start, "", all->name);
	if (!place.command || place.n_arguments >= ARGUMENTS_MAX)
		return;
	argument = &place.command->arguments[place.n_arguments];
	for (size_t i = 0; argument->choices && argument->choices[i]; i++)
		offer(to, start, "", argument->choices[i]);
	if (argument->name && strcmp(argument->name, "CONNECTOR") == 0)
		offer_connectors(to, start, connectors, owner);
}
