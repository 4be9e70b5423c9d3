/* SPDX-License-Identifier: Apache-2.0 */
/* map: of the instances, and policy.yaml, which have to agree. */
#include "config.h"

#include "shop.h"

#define SFA "module: shop\nbase_url: https://shop.example\nauth: {user: u, token: {file: token}}\n"

static struct folder folder;

static void begin(const char *sfa, const char *policy)
{
	folder_begin(&folder);
	folder_write(&folder, "tandem.yaml", "");
	folder_write(&folder, "token", "t0ken\n");
	folder_write(&folder, "connectors.d/ma.yaml", "module: mail\n");
	folder_write(&folder, "connectors.d/sfa.yaml", arena_printf(folder.arena, SFA "%s", sfa));
	if (policy)
		folder_write(&folder, "policy.yaml", policy);
}

/* "email=Mail<> title=Job<" : field, remote, < pulled, > pushed. */
static const char *map_of(const char *stream)
{
	const struct connector_config *sfa = folder.config ? config_connector(folder.config, "sfa") : NULL;
	const char *printed = "";

	for (size_t i = 0; sfa && i < sfa->n_streams; i++) {
		const struct stream_config *config = &sfa->streams[i];

		if (strcmp(config->ops->name, stream) != 0)
			continue;
		for (size_t j = 0; j < config->n_map; j++) {
			const struct map_row *row = &config->map[j];

			CHECK_TEXT(config->remote_fields[j], row->remote);
			printed = arena_printf(folder.arena, "%s%s%s=%s%s%s", printed, j ? " " : "",
			                       row->field->name, row->remote, row->can_pull ? "<" : "",
			                       row->can_push ? ">" : "");
		}
		CHECK(config->remote_fields[config->n_map] == NULL);
	}
	return printed;
}

static const struct field_policy *rule_of(enum entity entity, const char *name)
{
	static const struct field no_field;
	static const struct field_policy none = { .field = &no_field };

	for (size_t i = 0; folder.config && i < folder.config->policy.n_fields; i++) {
		const struct field_policy *rule = &folder.config->policy.fields[i];

		if (rule->field->entity == entity && strcmp(rule->field->name, name) == 0)
			return rule;
	}
	tap_fail(__FILE__, __LINE__, name);
	return &none;
}

static void test_default_maps_are_the_modules(void)
{
	begin("", NULL);
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_TEXT(map_of("lead"), "email=Mail<> title=Job<> phone=Phone<> phone=Phone2<");
	CHECK_TEXT(map_of("contact"), "email=Email<> title=Title<> company=Company<");
	CHECK_TEXT(map_of("user"), "email=Mail<");
	CHECK_TEXT(map_of("deal"), "name=Name<");
	CHECK_TEXT(map_of("visit"), "");
	CHECK_TEXT(map_of("party"), "first_name=First<> name=Name<> phone=Phone<> phone=Phone<>");
	folder_end(&folder);
}

static void test_rows_of_an_entity_and_of_a_stream_are_laid_over(void)
{
	begin("map:\n  person:\n    title: {direction: pull}\n    phone: Tel\n    city: {remote: Town, "
	      "direction: push}\n"
	      "    company: off\n  lead:\n    title: Beruf\n    city: off\n",
	      NULL);
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_TEXT(map_of("lead"), "email=Mail<> title=Beruf< phone=Tel<>");
	CHECK_TEXT(map_of("contact"), "email=Email<> title=Title< phone=Tel<> city=Town>");
	folder_end(&folder);
}

static void test_stream_of_persons_and_accounts_has_rows_of_both(void)
{
	begin("map: {account: {phone: off, city: Town}, party: {email: Mail}}\n", NULL);
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_TEXT(map_of("party"), "first_name=First<> name=Name<> phone=Phone<> city=Town<> email=Mail<>");
	CHECK_TEXT(map_of("contact"), "email=Email<> title=Title<> company=Company<");
	folder_end(&folder);
}

static void test_field_without_a_default_needs_its_remote_name(void)
{
	begin("map: {person: {state: {master: sfa}}, opportunity: {name: {direction: push}}}\n", NULL);
	CHECK_TEXT(folder_load(&folder), "connectors.d/sfa.yaml:4:23: map.person.state.remote: is required, "
	                                 "module shop has no default for it\n"
	                                 "connectors.d/sfa.yaml:4:59: map.opportunity.name.direction: "
	                                 "\"push\" cannot be, module shop only reads opportunity\n");
	folder_end(&folder);
}

static void test_wrong_rows_are_all_told(void)
{
	begin("map:\n  persn: {}\n  visit: {}\n  person:\n    titel: Title\n    email: [a]\n    phone:\n    "
	      "mobile: {remot: X}\n"
	      "    city: {remote: A, win: master}\n    state: {remote: B, master: sfa, win: first}\n    "
	      "street: {remote: C, key: true}\n"
	      "    country: {remote: D, master: crm}\n",
	      NULL);
	CHECK_TEXT(folder_load(&folder),
	           "connectors.d/sfa.yaml:5:3: map: \"persn\" is neither an entity nor a stream with fields; "
	           "did you mean \"person\"?\n"
	           "connectors.d/sfa.yaml:6:3: map: \"visit\" is neither an entity nor a stream with fields; "
	           "allowed: person, account, "
	           "opportunity, user, campaign, lead, contact, deal, party\n"
	           "connectors.d/sfa.yaml:8:5: map: person has no field \"titel\"; did you mean \"title\"? "
	           "(a field of your "
	           "own: {remote: …, custom: true})\n"
	           "connectors.d/sfa.yaml:9:12: map.person.email: is a list; allowed: the remote field's "
	           "name, {remote: NAME, …} or off\n"
	           "connectors.d/sfa.yaml:10:11: map.person.phone: has no value; allowed: the remote field's "
	           "name, {remote: NAME, …} or off\n"
	           "connectors.d/sfa.yaml:11:14: unknown key \"remot\" in \"map.person.mobile\"; did you "
	           "mean \"remote\"?\n"
	           "connectors.d/sfa.yaml:12:11: map.person.city.master: is required with win: master\n"
	           "connectors.d/sfa.yaml:13:12: map.person.state: master goes with win: master only\n"
	           "connectors.d/sfa.yaml:14:13: map.person.street: key and type belong to custom fields "
	           "(custom: true)\n"
	           "connectors.d/sfa.yaml:15:34: map.person.country.master: \"crm\" is no role and no "
	           "connector; allowed: ma, sfa\n");
	folder_end(&folder);
}

static void test_two_fields_never_write_one_remote_field(void)
{
	begin("map: {lead: {mobile: Phone}}\n", NULL);
	CHECK_TEXT(folder_load(&folder),
	           "connectors.d/sfa.yaml:4:22: map.lead.mobile: in stream lead \"phone\" and \"mobile\" "
	           "both write "
	           "\"Phone\"; one of them must have direction: pull, another remote field, or be off\n");
	folder_write(&folder, "connectors.d/sfa.yaml",
	             SFA "map: {lead: {mobile: {remote: Phone, direction: pull}}}\n");
	CHECK_TEXT(folder_load(&folder), "");
	folder_end(&folder);
}

static void test_custom_fields_follow_the_built_in_ones(void)
{
	begin("map:\n  person:\n    score: {remote: Score, custom: true, type: number, direction: push}\n"
	      "    erp_id: {remote: Erp, custom: true, key: true}\n  opportunity: {score: {remote: S, "
	      "custom: true}}\n",
	      "fields: {person: {score: {win: master, master: ma}}}\n");
	folder_write(&folder, "connectors.d/ma.yaml",
	             "module: mail\nmap: {lead: {score: {remote: points, custom: true, type: number}}}\n");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_INT((int64_t)(folder.config ? folder.config->policy.n_custom : 0), 3);
	CHECK_INT(rule_of(ENTITY_PERSON, "score")->field->index, PERSON_FIELD_COUNT);
	CHECK_INT(rule_of(ENTITY_PERSON, "score")->field->type, FIELD_NUMBER);
	CHECK_TEXT(rule_of(ENTITY_PERSON, "score")->master, "ma");
	CHECK_INT(rule_of(ENTITY_PERSON, "erp_id")->field->index, PERSON_FIELD_COUNT + 1);
	CHECK(rule_of(ENTITY_PERSON, "erp_id")->field->is_key &&
	      rule_of(ENTITY_PERSON, "erp_id")->field->is_custom);
	CHECK_INT(rule_of(ENTITY_OPPORTUNITY, "score")->field->index, OPPORTUNITY_FIELD_COUNT);
	CHECK_TEXT(map_of("contact"),
	           "email=Email<> title=Title<> company=Company< score=Score> erp_id=Erp<>");
	folder_end(&folder);
}

static void test_custom_fields_are_bounded_and_agree(void)
{
	const char *rows = SFA "map:\n  person:\n";

	begin("", NULL);
	for (int i = 0; i < 17; i++)
		rows = arena_printf(folder.arena, "%s    f%d: {remote: R%d, custom: true}\n", rows, i, i);
	folder_write(&folder, "connectors.d/sfa.yaml", rows);
	CHECK_TEXT(folder_load(&folder), "connectors.d/sfa.yaml:22:5: map: \"f16\" is one custom field of "
	                                 "person too many; allowed: 16\n");
	folder_write(&folder, "connectors.d/sfa.yaml",
	             SFA "map: {person: {title: {remote: T, custom: true}, Bad: {remote: B, custom: true}, "
	                 "x: {remote: X, custom: true, type: date},\n"
	                 "  y: {custom: true}}, lead: {x: {remote: X, custom: true}}}\n");
	CHECK_TEXT(folder_load(&folder),
	           "connectors.d/sfa.yaml:4:16: map: \"title\" is a built-in field; leave out custom: true, "
	           "or take another name\n"
	           "connectors.d/sfa.yaml:4:50: map: \"Bad\" is no name of a field; allowed: a-z first, then "
	           "a-z, 0-9 and _, at most 48\n"
	           "connectors.d/sfa.yaml:5:6: map.person.y.remote: is required for a custom field\n"
	           "connectors.d/sfa.yaml:5:30: map: \"x\" is a custom field with another type or key in "
	           "another place already\n");
	folder_end(&folder);
}

static void test_master_of_a_row_decides_unless_policy_says_otherwise(void)
{
	begin("map: {person: {title: {master: sfa}, email: {win: first}}}\n", NULL);
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_INT(rule_of(ENTITY_PERSON, "title")->win, WIN_MASTER);
	CHECK_TEXT(rule_of(ENTITY_PERSON, "title")->master, "sfa");
	CHECK_INT(rule_of(ENTITY_PERSON, "email")->win, WIN_FIRST);
	CHECK_INT(rule_of(ENTITY_PERSON, "email_opt_out")->win, WIN_ANY_TRUE);
	folder_write(&folder, "policy.yaml", "fields:\n  person: {title: {win: master, master: sfa}}\n");
	CHECK_TEXT(folder_load(&folder), "");
	folder_write(&folder, "policy.yaml", "fields:\n  person: {title: {win: latest}}\n");
	CHECK_TEXT(
	        folder_load(&folder),
	        "connectors.d/sfa.yaml:4:23: map.person.title: contradicts policy.yaml:2 about who wins\n");
	folder_end(&folder);
}

static void test_policy_is_read(void)
{
	const struct policy *policy;

	begin("", "region: DE\nnobody: {emails: [info@, a@b.com], phones: ['+49 30 1']}\nfreemail: "
	          "[web.de]\nmatch: {phone_name: false}\n"
	          "fallback_owner: boss@acme.com\nfields: {person: {title: {win: master, master: sfa, "
	          "blank_wins: true}}}\n"
	          "alerts:\n  - {name: papers, activities: [download], title_like: price, channel: sfa, "
	          "fold: 1m, max_age: 2d, due: 2h, "
	          "only_open_opportunity: true}\n  - name: rest\n");
	CHECK_TEXT(folder_load(&folder), "");
	policy = &folder.config->policy;
	CHECK_TEXT(policy->region, "DE");
	CHECK_TEXT(policy->nobody_emails[1], "a@b.com");
	CHECK_TEXT(policy->nobody_phones[0], "+49 30 1");
	CHECK_TEXT(policy->freemail_domains[0], "web.de");
	CHECK(!policy->match_phone_name);
	CHECK_TEXT(policy->fallback_owner, "boss@acme.com");
	CHECK(rule_of(ENTITY_PERSON, "title")->blank_wins);
	CHECK_INT((int64_t)policy->n_alerts, 2);
	CHECK_TEXT(policy->alerts[0].activities[0], "download");
	CHECK_TEXT(policy->alerts[0].channel, "sfa");
	CHECK_INT(policy->alerts[0].fold_ms, 60000);
	CHECK_INT(policy->alerts[0].max_age_ms, 2 * 86400000);
	CHECK_INT(policy->alerts[0].due_ms, 7200000);
	CHECK(policy->alerts[0].only_open_opportunity && !policy->alerts[1].only_open_opportunity);
	CHECK(policy->alerts[1].activities[0] == NULL);
	folder_end(&folder);
}

static void test_policy_defaults_have_one_rule(void)
{
	const struct policy *policy;

	begin("", NULL);
	CHECK_TEXT(folder_load(&folder), "");
	policy = &folder.config->policy;
	CHECK_TEXT(policy->region, "US");
	CHECK(policy->match_phone_name);
	CHECK_INT((int64_t)policy->n_alerts, 1);
	CHECK_TEXT(policy->alerts[0].activities[0], "form");
	CHECK_TEXT(policy->alerts[0].activities[1], "download");
	CHECK_TEXT(policy->alerts[0].activities[2], "campaign_response");
	CHECK(policy->alerts[0].activities[3] == NULL);
	CHECK_INT(policy->alerts[0].fold_ms, 900000);
	CHECK_INT(policy->alerts[0].due_ms, 86400000);
	folder_write(&folder, "policy.yaml", "alerts: []\n");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_INT((int64_t)folder.config->policy.n_alerts, 0);
	folder_end(&folder);
}

static void test_wrong_policy_is_all_told(void)
{
	begin("", "nobody: {emails: [info]}\nfreemail: [gmail]\nfallback_owner: boss\nfields:\n  persom: "
	          "{}\n  person:\n    titel: {win: first}\n"
	          "    city: {win: best}\n    state: {win: master}\n    title: {master: crm}\nalerts:\n  - "
	          "{activities: [forms]}\n"
	          "  - {name: a, channel: ma}\n  - {name: a}\n  - 7\n");
	CHECK_TEXT(
	        folder_load(&folder),
	        "policy.yaml:1:19: nobody.emails: \"info\" is not understood; allowed: whole addresses "
	        "(a@b.com) or local parts (info@)\n"
	        "policy.yaml:2:12: freemail: \"gmail\" is not understood; allowed: domains as example.com\n"
	        "policy.yaml:3:17: fallback_owner: \"boss\" is no e-mail address\n"
	        "policy.yaml:5:3: fields: \"persom\" is no entity with fields; did you mean \"person\"?\n"
	        "policy.yaml:7:5: fields: person has no field \"titel\"; did you mean \"title\"?\n"
	        "policy.yaml:8:17: fields.person.city.win: \"best\" is not known; allowed: latest, master, "
	        "first, any_true, longest\n"
	        "policy.yaml:9:12: fields.person.state.master: is required with win: master\n"
	        "policy.yaml:10:21: fields.person.title.master: \"crm\" is no role and no connector; "
	        "allowed: ma, sfa\n"
	        "policy.yaml:12:5: alerts[1].name: is required; allowed: text\n"
	        "policy.yaml:12:19: alerts[1].activities: \"forms\" is not known; allowed: form, download, "
	        "email_open, email_click, "
	        "page_view, campaign_response, event, property\n"
	        "policy.yaml:13:24: alerts[2].channel: \"ma\" is no connector with tasks; allowed: sfa\n"
	        "policy.yaml:14:12: alerts[3].name: \"a\" is the name of alerts[2] already\n"
	        "policy.yaml:15:5: alerts[4]: is no mapping; allowed: lines of the form \"key: value\"\n");
	folder_end(&folder);
}

static void test_choices_of_win_are_in_their_order(void)
{
	static const char *const names[] = { "latest", "master", "first", "any_true", "longest" };
	enum win win;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CHECK(win_parse(slice_of(names[i]), &win));
		CHECK_INT(win, (int)i);
	}
}

int main(void)
{
	RUN(test_default_maps_are_the_modules);
	RUN(test_rows_of_an_entity_and_of_a_stream_are_laid_over);
	RUN(test_stream_of_persons_and_accounts_has_rows_of_both);
	RUN(test_field_without_a_default_needs_its_remote_name);
	RUN(test_wrong_rows_are_all_told);
	RUN(test_two_fields_never_write_one_remote_field);
	RUN(test_custom_fields_follow_the_built_in_ones);
	RUN(test_custom_fields_are_bounded_and_agree);
	RUN(test_master_of_a_row_decides_unless_policy_says_otherwise);
	RUN(test_policy_is_read);
	RUN(test_policy_defaults_have_one_rule);
	RUN(test_wrong_policy_is_all_told);
	RUN(test_choices_of_win_are_in_their_order);
	return tap_done();
}
