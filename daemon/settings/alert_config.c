/* SPDX-License-Identifier: Apache-2.0 */
/* policy.yaml, alerts: which activities are told to the owner. */
#include "load.h"

#include "wording.h"

static const char *const activity_kinds[] = { "form",        "download",  "email_open",
	                                      "email_click", "page_view", "campaign_response",
	                                      "event",       "property",  NULL };

const struct setting alert_settings[] = {
	TEXT_SETTING(struct alert_rule, name, "name", .required = true, .help = "name of the rule"),
	LIST_SETTING(struct alert_rule, activities, "activities", .choices = activity_kinds,
	             .help = "kinds of activities that are told; empty: all"),
	TEXT_SETTING(struct alert_rule, title_like, "title_like", .fallback = "",
	             .help = "only those whose title holds this, in any case"),
	TEXT_SETTING(struct alert_rule, channel, "channel", .fallback = "",
	             .help = "connector whose task list is used; empty: the one of the opportunity"),
	DURATION_SETTING(struct alert_rule, fold_ms, "fold", .fallback = "15m", .min = 0, .max = 86400000,
	                 .help = "activities of one person within this time make one alert"),
	DURATION_SETTING(struct alert_rule, max_age_ms, "max_age", .fallback = "7d", .min = 1000,
	                 .max = INT64_C(31536000000), .help = "older activities are not told any more"),
	DURATION_SETTING(struct alert_rule, due_ms, "due", .fallback = "1d", .min = 0,
	                 .max = INT64_C(31536000000), .help = "when the task is due, after the activity"),
	BOOL_SETTING(struct alert_rule, only_open_opportunity, "only_open_opportunity", .fallback = "false",
	             .help = "tell nobody when there is no open opportunity"),
	{ 0 }
};

/* The built-in rule, when the file has no alerts. */
#define DEFAULT_ALERTS "[{name: interest, activities: [form, download, campaign_response]}]"

static void check_channel(const struct load *load, const char *name, const char *channel,
                          const struct node *node)
{
	struct names names = { .arena = load->scratch };

	for (size_t i = 0; i < load->config->n_connectors; i++) {
		const struct connector_config *connector = &load->config->connectors[i];

		if (connector->ops && !connector->ops->notice_ask)
			continue;
		if (strcmp(connector->name, channel) == 0)
			return;
		names_add(&names, connector->name);
	}
	load_complain(load, &load->policy, node, "%s.channel: %s is no connector with tasks; %s", name,
	              text_print(load->scratch, slice_of(channel)),
	              near_names(load->scratch, slice_of(channel), &names));
}

static void read_alert(struct load *load, const struct node *node)
{
	struct policy *policy = &load->config->policy;
	struct alert_rule *rule = &policy->alerts[policy->n_alerts++];
	struct schema schema = load_schema(load, &load->policy, alert_settings, rule);
	const char *name = arena_printf(load->scratch, "alerts[%zu]", policy->n_alerts);

	schema.prefix = arena_printf(load->scratch, "%s.", name);
	schema_read(&schema, node);
	if (rule->channel[0])
		check_channel(load, name, rule->channel, schema_locate(node, "channel"));
	for (size_t i = 0; rule->name && i + 1 < policy->n_alerts; i++)
		if (policy->alerts[i].name && strcmp(policy->alerts[i].name, rule->name) == 0)
			load_complain(load, &load->policy, schema_locate(node, "name"),
			              "%s.name: %s is the name of alerts[%zu] already", name,
			              text_print(load->scratch, slice_of(rule->name)), i + 1);
}

void load_alerts(struct load *load)
{
	const struct node *alerts =
	        load->policy.root ? node_member(load->policy.root, SLICE("alerts")) : NULL;
	struct policy *policy = &load->config->policy;

	if (!alerts)
		alerts = node_read(load->scratch, SLICE(DEFAULT_ALERTS), load->policy.name, load->problems);
	if (alerts->is_bad)
		return;
	if (alerts->kind != NODE_LIST) {
		load_complain(load, &load->policy, alerts,
		              "alerts: is no list; allowed: a list of rules, [] for none");
		return;
	}
	policy->alerts = arena_array(load->arena, alerts->n, sizeof(*policy->alerts));
	for (size_t i = 0; i < alerts->n; i++)
		read_alert(load, alerts->items[i]);
}
