/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>

#include "alloc.h"
#include "load.h"
#include "problems.h"

/* What stands behind the public struct; all of it lives in config.arena. */
struct holder {
	struct config config;
	struct secrets secrets;
	size_t refs;
};

static const char *const mode_names[] = {
	[MODE_OBSERVE] = "observe", [MODE_PROPOSE] = "propose", [MODE_APPLY] = "apply"
};

const char *mode_name(enum mode mode)
{
	return mode_names[mode];
}

struct schema load_schema(const struct load *load, const struct source *source, const struct setting *table,
                          void *target)
{
	return (struct schema){
		.arena = load->arena,
		.scratch = load->scratch,
		.problems = load->problems,
		.secrets = load->secrets,
		.file = source->name,
		.prefix = "",
		.parts = { { .table = table, .target = target } },
	};
}

void load_complain(const struct load *load, const struct source *source, const struct node *node,
                   const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	problems_add(load->problems, source->name, node->line, node->column, "%s",
	             arena_vprintf(load->scratch, fmt, args));
	va_end(args);
}

const struct field *load_field(const struct load *load, enum entity entity, const char *name)
{
	const struct policy *policy = &load->config->policy;

	for (size_t i = 0; i < policy->n_custom; i++)
		if (policy->custom[i].entity == entity && strcmp(policy->custom[i].name, name) == 0)
			return &policy->custom[i];
	return field_find(entity, name);
}

static void load_all(struct load *load)
{
	struct config *config = load->config;

	config->policy.custom =
	        arena_array(load->arena, (size_t)FIELD_CUSTOM_MAX * ENTITY_COUNT, sizeof(struct field));
	load_sources(load);
	load_tandem(load);
	for (size_t i = 0; i < config->n_connectors; i++)
		load_connector(load, &load->instances[i]);
	for (size_t i = 0; i < config->n_connectors; i++)
		load_map(load, &load->instances[i]);
	load_policy(load);
	for (size_t i = 0; i < config->n_connectors; i++) {
		load_masters(load, &load->instances[i]);
		load_streams(load, &load->instances[i]);
	}
}

/* Problems in the order of the files, not of the passes that found them. */
static void sort_problems(const struct load *load)
{
	size_t n = load->config->n_connectors;
	const char **files = arena_array(load->scratch, n + 2, sizeof(*files));

	files[0] = load->tandem.name;
	files[1] = load->policy.name;
	for (size_t i = 0; i < n; i++)
		files[i + 2] = load->instances[i].source->name;
	problems_sort(load->problems, files, n + 2);
}

static struct holder *holder_new(const char *dir, bool read_secrets)
{
	struct arena *arena = arena_new(16384);
	struct holder *holder = arena_alloc(arena, sizeof(*holder));
	CLEANUP(free_pointer) char *real = realpath(dir, NULL);

	holder->refs = 1;
	holder->config.arena = arena;
	holder->config.dir =
	        arena_strdup(arena, real ? real : dir); /* a missing folder is told by its files */
	holder->secrets =
	        (struct secrets){ .arena = arena, .dir = holder->config.dir, .is_read = read_secrets };
	return holder;
}

struct config *config_load(const char *dir, bool read_secrets, struct problems *problems)
{
	CLEANUP(arena_free_p) struct arena *scratch = arena_new(65536);
	struct holder *holder = holder_new(dir, read_secrets);
	struct load load = {
		.arena = holder->config.arena,
		.scratch = scratch,
		.problems = problems,
		.secrets = &holder->secrets,
		.config = &holder->config,
	};
	size_t before = problems->n;

	load_all(&load);
	sort_problems(&load);
	secrets_forget(&holder->secrets);
	if (problems->n == before)
		return &holder->config;
	config_unref(&holder->config);
	return NULL;
}

struct config *config_ref(struct config *config)
{
	container_of(config, struct holder, config)->refs++;
	return config;
}

void config_unref(struct config *config)
{
	struct holder *holder;

	if (!config)
		return;
	holder = container_of(config, struct holder, config);
	if (--holder->refs)
		return;
	secrets_wipe(&holder->secrets);
	arena_free(config->arena);
}

const struct connector_config *config_connector(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_connectors; i++)
		if (strcmp(config->connectors[i].name, name) == 0)
			return &config->connectors[i];
	return NULL;
}
