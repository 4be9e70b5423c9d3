/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's files: found, read whole, hashed, turned into trees. */
#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "wording.h"

#define CONNECTORS_DIR "connectors.d"

/* The whole content. */
static bool read_opened(struct arena *arena, int fd, struct slice *ret, struct error *err)
{
	size_t size = NODE_FILE_MAX + 1, len = 0;
	struct stat st;
	char *text;

	if (fstat(fd, &st) < 0)
		return fail(err, ERROR_CONFIG, "could not be read: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(err, ERROR_CONFIG, "is no regular file");
	if ((size_t)st.st_size < size)
		size = (size_t)st.st_size + 1;
	text = arena_alloc(arena, size + 1);
	while (len < size) {
		ssize_t got = read(fd, text + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(err, ERROR_CONFIG, "could not be read: %s", strerror(errno));
		if (got == 0)
			break;
		len += (size_t)got;
	}
	if (len > (size_t)st.st_size && len <= NODE_FILE_MAX)
		return fail(err, ERROR_CONFIG, "grew while it was read; try again");
	*ret = (struct slice){ text, len };
	return true;
}

static bool read_file(struct arena *arena, const char *path, struct slice *ret, bool *ret_missing,
                      struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool ok;

	*ret_missing = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return fail(err, ERROR_CONFIG, "could not be opened: %s", strerror(errno));
	ok = read_opened(arena, fd, ret, err);
	(void)close(fd);
	return ok;
}

/* A file becomes a tree and a part of the version. */
static void load_source(struct load *load, struct content_hash *hash, struct source *source, const char *name,
                        bool may_miss)
{
	const char *path = arena_printf(load->arena, "%s/%s", load->config->dir, name);
	struct slice text;
	struct error err;
	bool is_missing;

	source->name = name;
	if (read_file(load->scratch, path, &text, &is_missing, &err)) {
		content_hash_add(hash, slice_of(name));
		content_hash_add(hash, text);
		source->root = node_read(load->scratch, text, name, load->problems);
	} else if (!is_missing || !may_miss) {
		problems_add(load->problems, name, 1, 1, "the file %s", err.text);
	}
}

static bool is_ignored(struct slice name)
{
	return !slice_ends(name, ".yaml") || slice_starts(name, ".") || slice_starts(name, "#");
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void note_entry(struct load *load, const char *entry, struct names *names)
{
	struct slice name = slice_of(entry);
	const char *shown = arena_printf(load->arena, CONNECTORS_DIR "/%s", entry);

	if (slice_ends(name, ".yml") && !slice_starts(name, ".") && !slice_starts(name, "#"))
		problems_add(load->problems, shown, 1, 1,
		             "the file is not read; allowed: names that end in .yaml");
	if (is_ignored(name))
		return;
	if (names->n == CONNECTORS_MAX)
		problems_add(load->problems, shown, 1, 1, "more than %d connectors", CONNECTORS_MAX);
	if (names->n <= CONNECTORS_MAX)
		names_add(names, shown);
}

/* Names of the instance files, sorted; a folder that is missing holds none. */
static struct names list_connectors(struct load *load)
{
	struct names names = { .arena = load->arena };
	DIR *dir = opendir(arena_printf(load->scratch, "%s/" CONNECTORS_DIR, load->config->dir));
	struct dirent *entry;

	if (!dir) {
		if (errno != ENOENT)
			problems_add(load->problems, CONNECTORS_DIR, 1, 1, "the folder could not be read: %s",
			             strerror(errno));
		return names;
	}
	while ((entry = readdir(dir)))
		note_entry(load, entry->d_name, &names);
	(void)closedir(dir);
	if (names.n > 1)
		qsort(names.list, names.n, sizeof(*names.list), compare_names);
	return names;
}

static void load_instances(struct load *load, struct content_hash *hash, const struct names *names)
{
	struct config *config = load->config;

	config->n_connectors = names->n;
	config->connectors = arena_array(load->arena, names->n, sizeof(*config->connectors));
	load->instances = arena_array(load->scratch, names->n, sizeof(*load->instances));
	for (size_t i = 0; i < names->n; i++) {
		struct instance *instance = &load->instances[i];
		struct source *source = arena_alloc(load->scratch, sizeof(*source));

		load_source(load, hash, source, names->list[i], false);
		instance->source = source;
		instance->connector = &config->connectors[i];
		instance->connector->file = source->name;
	}
}

/* The files that were read, with their folder. */
static void list_files(struct load *load)
{
	struct config *config = load->config;
	struct names names = { .arena = load->arena };
	const struct source *single[] = { &load->tandem, &load->policy };

	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		if (single[i]->root)
			names_add(&names, arena_printf(load->arena, "%s/%s", config->dir, single[i]->name));
	for (size_t i = 0; i < config->n_connectors; i++)
		names_add(&names,
		          arena_printf(load->arena, "%s/%s", config->dir, load->instances[i].source->name));
	config->files = names.n ? names.list : arena_array(load->arena, 1, sizeof(*config->files));
}

void load_sources(struct load *load)
{
	struct content_hash hash;
	struct names connectors;

	content_hash_init(&hash);
	load_source(load, &hash, &load->tandem, "tandem.yaml", false);
	load_source(load, &hash, &load->policy, "policy.yaml", true);
	connectors = list_connectors(load);
	load_instances(load, &hash, &connectors);
	load->config->version = content_hash_end(&hash);
	content_hash_done(&hash);
	list_files(load);
}
