/* SPDX-License-Identifier: Apache-2.0 */
/* Settings printed as a file with everything in it, from the tables that read such files. */
#include "load.h"

#include "value.h"
#include "wording.h"

struct page {
	struct arena *arena;
	struct buf *to;
	const struct setting *tables[2];
	const char *module; /* value of the setting of that name; NULL: none */
};

static void indent(const struct page *page, int depth)
{
	(void)buf_printf(page->to, "%*s", 2 * depth, "");
}

/* The line itself: a comment where there is a default, so that the printed file loads. */
static void print_line(const struct page *page, const struct setting *setting, const char *key,
                       const char *fallback)
{
	bool needs_brackets = setting->type == SETTING_LIST && fallback && fallback[0] != '[';

	if (page->module && strcmp(setting->name, "module") == 0)
		(void)buf_printf(page->to, "module: %s\n", page->module);
	else
		(void)buf_printf(page->to, needs_brackets ? "%s%s:%s[%s]\n" : "%s%s:%s%s\n",
		                 setting->required ? "" : "#", key, fallback ? " " : "",
		                 fallback ? fallback : "");
}

static void print_setting(const struct page *page, const struct setting *setting, const char *key, int depth)
{
	const char *fallback = setting->fallback && setting->fallback[0] ? setting->fallback : NULL;

	indent(page, depth);
	(void)buf_printf(page->to, "# %s.\n", setting->help ? setting->help : key);
	indent(page, depth);
	(void)buf_printf(page->to, "# %s; %s%s\n", value_allowed(page->arena, setting),
	                 setting->required ? "required"
	                 : fallback        ? "default: "
	                                   : "optional",
	                 setting->required || !fallback ? "" : fallback);
	indent(page, depth);
	print_line(page, setting, key, fallback);
}

/* The second table's word on a setting replaces the first's. */
static bool is_replaced(const struct page *page, size_t table, const char *name)
{
	for (size_t i = table + 1; i < ARRAY_SIZE(page->tables); i++)
		for (const struct setting *s = page->tables[i]; s && s->type != SETTING_END; s++)
			if (strcmp(s->name, name) == 0)
				return true;
	return false;
}

/* All settings of all tables that begin with `path`; those of one group together, where its first one stands.
 */
static void print_level(const struct page *page, const char *path, int depth)
{
	struct names groups = { .arena = page->arena };
	size_t len = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(page->tables); i++)
		for (const struct setting *s = page->tables[i]; s && s->type != SETTING_END; s++) {
			const char *rest = strncmp(s->name, path, len) == 0 ? s->name + len : NULL;
			size_t before = groups.n;

			if (rest && !strchr(rest, '.') && !is_replaced(page, i, s->name))
				print_setting(page, s, rest, depth);
			if (!rest || !strchr(rest, '.'))
				continue;
			names_add(&groups, arena_strndup(page->arena, s->name, len + strcspn(rest, ".")));
			if (groups.n == before)
				continue;
			indent(page, depth);
			(void)buf_printf(page->to, "%s:\n", groups.list[before] + len);
			print_level(page, arena_printf(page->arena, "%s.", groups.list[before]), depth + 1);
		}
}

static void print_table(const struct page *page, const struct setting *table, int depth)
{
	struct page rows = { .arena = page->arena, .to = page->to, .tables = { table } };

	print_level(&rows, "", depth);
}

static void document_tandem(struct page *page)
{
	(void)buf_add_text(page->to,
	                   "# tandem.yaml: the daemon. Relative paths start at this file's folder.\n");
	print_table(page, tandem_settings, 0);
}

static void document_policy(struct page *page)
{
	(void)buf_add_text(page->to,
	                   "# policy.yaml: what identifies, who wins, who is told; for all connectors.\n");
	print_table(page, policy_settings, 0);
	(void)buf_add_text(
	        page->to, "# Who wins, by entity and field; fields not named keep their own rule.\n#fields:\n"
	                  "  #person:\n    #title:\n");
	print_table(page, field_settings, 3);
	(void)buf_add_text(
	        page->to,
	        "# Which activities are told to the owner; without this key one rule tells forms, downloads\n"
	        "# and campaign responses.\n#alerts:\n  #- name: interest\n");
	print_table(page, alert_settings + 1, 2);
}

static void print_streams(const struct page *page, const struct connector_ops *ops)
{
	for (size_t i = 0; ops->streams[i]; i++)
		(void)buf_printf(page->to, "#   %s (%s)%s%s\n", ops->streams[i]->name,
		                 entity_name(ops->streams[i]->entity), ops->streams[i]->help ? ": " : "",
		                 ops->streams[i]->help ? ops->streams[i]->help : "");
}

static void document_module(struct page *page, const struct connector_ops *ops)
{
	(void)buf_printf(page->to, "# connectors.d/NAME.yaml of module %s: %s\n# Streams:\n", ops->name,
	                 ops->help ? ops->help : "");
	print_streams(page, ops);
	page->tables[0] = instance_settings;
	page->tables[1] = ops->settings;
	page->module = ops->name;
	print_level(page, "", 0);
	(void)buf_add_text(page->to, "# Fields by entity (person, account, opportunity) or by stream: FIELD: "
	                             "REMOTE, FIELD: off, or\n"
	                             "#map:\n  #person:\n    #title:\n");
	print_table(page, map_settings, 3);
}

bool config_document(const char *what, struct buf *to)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(16384);
	struct page page = { .arena = arena, .to = to };
	const struct connector_ops *ops = connector_find(what);

	if (strcmp(what, "tandem") == 0)
		document_tandem(&page);
	else if (strcmp(what, "policy") == 0)
		document_policy(&page);
	else if (ops)
		document_module(&page, ops);
	else
		return false;
	return true;
}
