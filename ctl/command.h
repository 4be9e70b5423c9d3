/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Command: the table of what tandemctl can do. Parsing, help and completion are driven by it. A command's words become
 * the params of one JSON-RPC request: an argument or option `param` its text, a flag true, a list an array of texts.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "error.h"

struct argument {
	const char *name;			/* "CONNECTOR"; NULL ends the list */
	const char *param;
	const char *const *choices;		/* NULL: any */
	bool is_optional;
	bool is_list;				/* takes all that follow; the last one */
};

/* What an option does here, rather than in the request. */
enum local { LOCAL_NONE, LOCAL_WATCH, LOCAL_FOLLOW };

struct option {
	const char *name;			/* without the dashes; NULL ends the list */
	const char *value;			/* "STREAM"; NULL: a flag */
	const char *param;
	enum local local;
	const char *help;
};

#define ARGUMENTS_MAX 4
#define OPTIONS_MAX   8

struct request;

struct command {
	const char *name;
	const char *help;			/* one line */
	struct argument arguments[ARGUMENTS_MAX];
	struct option options[OPTIONS_MAX];
	bool (*check)(const json_t *params, struct error *err);	/* relations between words; NULL: none */
};

extern const struct command commands[];		/* ends with name NULL; the name is the method too */
extern const struct option global_options[];

/* What the words of the command line come to. */
struct request {
	const struct command *command;		/* NULL: help of all */
	json_t *params;
	bool wants_help, wants_version, is_json, is_watch, is_follow;
	const char *socket;
	int64_t timeout_ms;
};

/* False: the words are wrong, err says how. request_done() either way. */
bool request_parse(struct request *request, int n_words, char **words, struct error *err) MUST_CHECK;
void request_done(struct request *request);
const struct command *command_find(const char *name);		/* NULL */
void command_help(const struct command *command, struct buf *to);	/* NULL: of all */
/* Candidates for the last of the words, a line each; connectors(to, owner) adds names that only the daemon knows. */
void command_complete(int n_words, char **words, void (*connectors)(struct buf *to, void *owner), void *owner,
		      struct buf *to);
