/* SPDX-License-Identifier: Apache-2.0 */
/* connectors.d/<name>.yaml: an instance's settings, common ones and its module's. */
#include "load.h"

#include "value.h"
#include "wording.h"

/* What the table below fills; the connector_config is copied out of it. */
struct instance_values {
	struct connector_config connector;
	const char *module;
	const char *const *streams, *const *create;
	int64_t deletes;
};

static const char *const roles[] = { [ROLE_MA] = "ma", [ROLE_SFA] = "sfa", NULL };
static const char *const modes[] = {
	[MODE_OBSERVE] = "observe", [MODE_PROPOSE] = "propose", [MODE_APPLY] = "apply", NULL
};

const struct setting instance_settings[] = {
	TEXT_SETTING(struct instance_values, connector.name, "name",
	             .help = "name of this instance: a-z, 0-9, - and _; default: the file's name"),
	TEXT_SETTING(struct instance_values, module, "module",
	             .help = "which kind of system this is; required"),
	CHOICE_SETTING(struct instance_values, connector.role, "role", .choices = roles,
	               .help = "marketing automation or sales force automation; default: the module's"),
	CHOICE_SETTING(struct instance_values, connector.mode, "mode", .fallback = "observe",
	               .choices = modes,
	               .help = "observe writes nothing, propose writes what a person approved, apply writes"),
	URL_SETTING(struct instance_values, connector.base_url, "base_url",
	            .help = "root of the API; default: the module's"),
	DURATION_SETTING(struct instance_values, connector.poll_ms, "poll", .fallback = "60s", .min = 100,
	                 .max = 86400000, .help = "how often the system is asked for changes"),
	DURATION_SETTING(struct instance_values, connector.overlap_ms, "overlap", .fallback = "2m", .min = 0,
	                 .max = 86400000,
	                 .help = "how far each such question looks back, for records that show late"),
	DURATION_SETTING(struct instance_values, connector.timeout_ms, "timeout", .fallback = "30s",
	                 .min = 100, .max = 3600000, .help = "longest wait for one whole answer"),
	INT_SETTING(struct instance_values, connector.page_size, "page_size", .fallback = "0", .min = 0,
	            .max = 100000, .help = "records a page; 0: as many as the system gives"),
	SIZE_SETTING(struct instance_values, connector.body_max, "body_max", .fallback = "32MiB",
	             .min = 65536, .max = 1 << 30, .help = "largest answer that is taken"),
	INT_SETTING(struct instance_values, connector.calls_per_day, "budget.calls_per_day", .min = 0,
	            .max = 1000000000,
	            .help = "calls a day that are ours; 0: no limit; default: the module's"),
	INT_SETTING(struct instance_values, connector.calls_per_second, "budget.calls_per_second", .min = 0,
	            .max = 100000,
	            .help = "calls a second that are ours; 0: no limit; default: the module's"),
	PERCENT_SETTING(struct instance_values, connector.hot_share, "budget.hot", .fallback = "20%",
	                .help = "share of calls_per_day kept for alerts and webhooks"),
	INT_SETTING(struct instance_values, connector.concurrency, "budget.concurrency", .fallback = "4",
	            .min = 1, .max = 64, .help = "calls at the same time"),
	INT_SETTING(struct instance_values, connector.changes_per_hour, "guard.changes_per_hour",
	            .fallback = "0", .min = 0, .max = 1000000000,
	            .help = "more writes than this wait for an approval; 0: no limit"),
	PERCENT_SETTING(struct instance_values, connector.share_of_records, "guard.share_of_records",
	                .fallback = "0%",
	                .help = "writes to a larger share of the linked records within an hour wait too; 0%: "
	                        "no limit"),
	INT_SETTING(struct instance_values, deletes, "guard.deletes", .fallback = "0", .min = 0,
	            .max = INT64_MAX,
	            .help = "deletions an hour; only 0, nothing is ever deleted in a remote system"),
	LIST_SETTING(struct instance_values, streams, "streams",
	             .help = "kinds of objects to read; default: all of the module's"),
	LIST_SETTING(struct instance_values, create, "create",
	             .help = "streams in which persons and accounts that the system lacks are created; "
	                     "default: none"),
	URL_SETTING(struct instance_values, connector.hook_url, "webhook.url", .fallback = "",
	            .help = "how the world calls /hooks/<name>, where the system signs that address"),
	BOOL_SETTING(struct instance_values, connector.allow_private_network, "network.allow_private",
	             .fallback = "false",
	             .help = "the system lives on a private address; a base_url on loopback implies it"),
	{ 0 }
};

/* key_field is read by stream_config.c, unless the module's own table describes it. */
static const char *const other_keys[] = { "map", "key_field", NULL };
static const char *const other_keys_of_tables[] = { "map", NULL };

static bool has_key_fields(const struct connector_ops *ops)
{
	for (const struct setting *setting = ops ? ops->settings : NULL;
	     setting && setting->type != SETTING_END; setting++)
		if (strncmp(setting->name, "key_field.", 10) == 0)
			return true;
	return false;
}

static const struct node *place(const struct instance *instance, const char *name)
{
	return schema_locate(instance->source->root, name);
}

/* connectors.d/sfa.yaml → sfa */
static const char *name_of_file(const struct load *load, const char *file)
{
	const char *base = strrchr(file, '/') + 1;

	return arena_strndup(load->arena, base, strlen(base) - strlen(".yaml"));
}

static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return len >= 1 && len <= 32 && name[len] == '\0' && name[0] >= 'a' && name[0] <= 'z';
}

static void check_name(const struct load *load, const struct instance *instance)
{
	const struct connector_config *connector = instance->connector;

	if (!is_name(connector->name))
		load_complain(load, instance->source, place(instance, "name"),
		              "name: %s is no name; allowed: a-z first, then a-z, 0-9, - and _, at most 32",
		              text_print(load->scratch, slice_of(connector->name)));
	for (const struct instance *other = load->instances; other < instance; other++)
		if (strcmp(other->connector->name, connector->name) == 0)
			load_complain(load, instance->source, place(instance, "name"),
			              "name: %s is the name of %s already",
			              text_print(load->scratch, slice_of(connector->name)),
			              other->source->name);
}

static struct names module_names(const struct load *load)
{
	struct names names = { .arena = load->scratch };

	for (size_t i = 0; connector_registry[i]; i++)
		names_add(&names, connector_registry[i]->name);
	return names;
}

/* The module has to be known before the file can be read by its table. */
static const struct connector_ops *find_module(const struct load *load, const struct instance *instance)
{
	const struct node *node = node_member(instance->source->root, SLICE("module"));
	struct names names = module_names(load);
	const struct connector_ops *ops;

	if (!node)
		load_complain(load, instance->source, instance->source->root,
		              "module: is required; allowed: %s", list_print(load->scratch, names.list));
	if (!node || node->kind != NODE_SCALAR || node_is_absent(node))
		return NULL;
	ops = connector_find(node->text.data);
	if (!ops)
		load_complain(load, instance->source, node, "module: %s is not known; %s",
		              text_print(load->scratch, node->text),
		              near_names(load->scratch, node->text, &names));
	return ops;
}

static int role_of(const struct connector_ops *ops)
{
	return strcmp(ops->default_role, roles[ROLE_MA]) == 0 ? ROLE_MA : ROLE_SFA;
}

/* What the file leaves to the module. */
static void fill_from_module(const struct load *load, const struct instance *instance,
                             const struct schema *schema)
{
	struct connector_config *connector = instance->connector;
	const struct connector_ops *ops = connector->ops;

	if (!schema_is_set(schema, "role"))
		connector->role = role_of(ops);
	if (!schema_is_set(schema, "budget.calls_per_day"))
		connector->calls_per_day = ops->calls_per_day;
	if (!schema_is_set(schema, "budget.calls_per_second"))
		connector->calls_per_second = ops->calls_per_second;
	if (schema_is_set(schema, "base_url"))
		return;
	connector->base_url = ops->default_base_url;
	if (!connector->base_url)
		load_complain(load, instance->source, instance->source->root,
		              "base_url: is required by module %s", ops->name);
}

/* The first of the module's settings that a message names. */
static const struct setting *setting_named_in(const struct connector_ops *ops, const char *text)
{
	const struct setting *found = NULL;
	const char *found_at = NULL;

	for (const struct setting *setting = ops->settings; setting && setting->type != SETTING_END;
	     setting++) {
		const char *at = strstr(text, setting->name);

		if (!at || (found && (at > found_at ||
		                      (at == found_at && strlen(setting->name) < strlen(found->name)))))
			continue;
		found = setting;
		found_at = at;
	}
	return found;
}

static bool has_problems(const struct load *load, const char *file)
{
	for (size_t i = 0; i < load->problems->n; i++)
		if (strcmp(load->problems->list[i].file, file) == 0)
			return true;
	return false;
}

static void check_relations(const struct load *load, const struct instance *instance,
                            const struct schema *schema)
{
	const struct connector_ops *ops = instance->connector->ops;
	const struct setting *named;
	struct error err = { 0 };

	if (!ops->settings_check || ops->settings_check(instance->connector->module, &err))
		return;
	named = setting_named_in(ops, err.text);
	/* a secret that was not read may be right */
	if (!load->secrets->is_read && named && named->type == SETTING_SECRET &&
	    schema_is_set(schema, named->name))
		return;
	load_complain(load, instance->source, place(instance, named ? named->name : ""), "%s", err.text);
}

static void check_common(const struct load *load, struct instance *instance,
                         const struct instance_values *values)
{
	struct connector_config *connector = instance->connector;

	check_name(load, instance);
	if (values->deletes)
		load_complain(load, instance->source, place(instance, "guard.deletes"),
		              "guard.deletes: \"%lld\" is out of range; allowed: 0, nothing is ever deleted "
		              "in a remote system",
		              (long long)values->deletes);
	if (connector->base_url && url_is_loopback(slice_of(connector->base_url)))
		connector->allow_private_network = true;
}

void load_connector(struct load *load, struct instance *instance)
{
	struct connector_config *connector = instance->connector;
	struct instance_values values = { 0 };
	struct schema schema = load_schema(load, instance->source, instance_settings, &values);
	const struct connector_ops *ops;
	void *module;

	connector->name = name_of_file(load, instance->source->name);
	if (!instance->source->root)
		return;
	ops = find_module(load, instance);
	module = arena_alloc(load->arena, ops && ops->config_size ? ops->config_size : 1);
	schema.others = has_key_fields(ops) ? other_keys_of_tables : other_keys;
	schema.takes_any = !ops;
	schema.parts[1] = (struct schema_part){ .table = ops ? ops->settings : NULL, .target = module };
	values.connector = *connector;
	schema_read(&schema, instance->source->root);
	*connector = values.connector;
	connector->ops = ops;
	connector->module = module;
	instance->streams = values.streams;
	instance->create = values.create;
	instance->has_streams = schema_is_set(&schema, "streams");
	if (ops)
		fill_from_module(load, instance, &schema);
	check_common(load, instance, &values);
	if (ops && !has_problems(load, instance->source->name))
		check_relations(load, instance, &schema);
}
