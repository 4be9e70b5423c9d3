/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configurations in tests/config/broken, with the real modules: none loads, and each says exactly what is
 * in its expected.txt. And those in config/, which all load. TANDEM_TEST_ACCEPT=1 writes expected.txt anew,
 * to be reviewed.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load.h"
#include "tap.h"

#define BROKEN SOURCE_ROOT "/tests/config/broken"

static struct arena *arena;

static const char *load(const char *dir, bool read_secrets, struct config **ret)
{
	struct problems problems = { .arena = arena };
	struct buf text;
	const char *printed;

	*ret = config_load(dir, read_secrets, &problems);
	buf_init(&text, 1 << 20);
	problems_print(&problems, &text);
	printed = text.len ? arena_slice(arena, buf_slice(&text)).data : "";
	buf_done(&text);
	return printed;
}

static const char *content(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = arena_alloc(arena, 1 << 20);
	ssize_t len = fd < 0 ? -1 : read(fd, text, (1 << 20) - 1);

	if (fd >= 0)
		(void)close(fd);
	return len < 0 ? "(missing)" : text;
}

static void accept_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file) {
		(void)fputs(text, file);
		(void)fclose(file);
	}
}

/* "file:line:column: text" with numbers from 1. */
static bool has_place(const char *line)
{
	const char *colon = strchr(line, ':');
	unsigned place[2] = { 0, 0 };

	return colon && sscanf(colon, ":%u:%u: ", &place[0], &place[1]) == 2 && place[0] > 0 && place[1] > 0;
}

static void check_case(const char *name)
{
	const char *dir = arena_printf(arena, BROKEN "/%s", name);
	const char *expected = arena_printf(arena, "%s/expected.txt", dir), *printed;
	const char *locked =
	        strstr(name, "no-permission") ? arena_printf(arena, "%s/tandem.yaml", dir) : NULL;
	struct config *config;

	if (locked && geteuid() == 0) {
		printf("# %s: root may read everything\n", name);
		return;
	}
	if (locked)
		(void)chmod(locked, 0);
	printed = load(dir, true, &config);
	if (locked)
		(void)chmod(locked, 0644);
	if (config)
		tap_fail(__FILE__, __LINE__, name);
	config_unref(config);
	if (getenv("TANDEM_TEST_ACCEPT"))
		accept_text(expected, printed);
	tap_check_text(printed, content(expected), __FILE__, __LINE__, name);
	for (const char *line = printed; *line; line = strchr(line, '\n') + 1)
		if (!has_place(line))
			tap_fail(__FILE__, __LINE__, line);
	CHECK(!strstr(printed, "hunter2"));
}

static int is_case(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

static void test_broken_configurations_say_exactly_why(void)
{
	struct dirent **entries;
	int n = scandir(BROKEN, &entries, is_case, alphasort);

	CHECK(n >= 24);
	for (int i = 0; i < n; i++) {
		check_case(entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void check_example(const char *name, size_t n_connectors)
{
	struct config *config;

	CHECK_TEXT(load(arena_printf(arena, SOURCE_ROOT "/config/%s", name), false, &config), "");
	CHECK_INT(config ? (int64_t)config->n_connectors : -1, (int64_t)n_connectors);
	config_unref(config);
}

static void test_shipped_configurations_load(void)
{
	check_example("example", 2);
	check_example("minimal", 2);
}

/* The last word of a dotted name, as it stands in a file. */
static void check_shown(const struct setting *table, const char *file)
{
	const char *text = content(arena_printf(arena, SOURCE_ROOT "/config/example/%s", file));

	for (const struct setting *setting = table; setting->type != SETTING_END; setting++) {
		const char *dot = strrchr(setting->name, '.');

		if (!strstr(text, arena_printf(arena, "%s:", dot ? dot + 1 : setting->name)))
			tap_fail(__FILE__, __LINE__, arena_printf(arena, "%s shows %s", file, setting->name));
	}
}

static void test_example_shows_every_setting(void)
{
	check_shown(tandem_settings, "tandem.yaml");
	check_shown(policy_settings, "policy.yaml");
	check_shown(alert_settings, "policy.yaml");
	check_shown(field_settings, "policy.yaml");
	check_shown(instance_settings, "connectors.d/sfa.yaml");
	check_shown(map_settings, "connectors.d/sfa.yaml");
	check_shown(connector_find("salesforce")->settings, "connectors.d/sfa.yaml");
	check_shown(connector_find("hubspot")->settings, "connectors.d/ma.yaml");
}

static void test_every_module_documents_itself(void)
{
	for (size_t i = 0; connector_registry[i]; i++) {
		CLEANUP(buf_done) struct buf text;
		struct problems problems = { .arena = arena };

		buf_init(&text, 1 << 20);
		CHECK(config_document(connector_registry[i]->name, &text) && !text.full);
		CHECK(node_read(arena, buf_slice(&text), "document", &problems) != NULL);
		CHECK_INT((int64_t)problems.n, 0);
	}
}

int main(void)
{
	arena = arena_new(1 << 16);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	RUN(test_broken_configurations_say_exactly_why);
	RUN(test_shipped_configurations_load);
	RUN(test_example_shows_every_setting);
	RUN(test_every_module_documents_itself);
	arena_free(arena);
	return tap_done();
}
