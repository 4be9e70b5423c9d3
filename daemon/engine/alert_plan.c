/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_plan.h"

#include <stdlib.h>

#include "alert_about.h"
#include "alert_route.h"
#include "alert_text.h"
#include "clock.h"

#define LATER_MIN_US   (2 * US_PER_S)
#define LATER_MAX_US   (900 * US_PER_S)
#define LOADING_US     (5 * US_PER_S)   /* between two looks while a first load is under way */
#define LOADING_MAX_US (900 * US_PER_S) /* longer a candidate does not wait for it */

void alert_plan_init(struct alert_plan *plan, struct arena *arena, const struct config *config,
                     struct store *store, size_t n, int64_t now_us)
{
	*plan = (struct alert_plan){ .arena = arena, .config = config, .store = store };
	plan->known = arena_array(arena, n + 1, sizeof(*plan->known));
	plan->decisions = (struct alert_decisions){
		.alerts = arena_array(arena, n + 1, sizeof(struct alert_decided)),
		.grown = arena_array(arena, n + 1, sizeof(struct alert_text_change)),
		.told = arena_array(arena, n + 1, sizeof(struct alert_teller)),
		.dropped = arena_array(arena, n + 1, sizeof(int64_t)),
		.later = arena_array(arena, n + 1, sizeof(int64_t)),
		.later_us = arena_array(arena, n + 1, sizeof(int64_t)),
		.parked = arena_array(arena, 2 * n + 1, sizeof(struct parked_thing)),
		.config_version = config->version,
		.now_us = now_us,
	};
}

/* -- Triage -- */

static void drop(struct alert_plan *plan, const struct alert_candidate *candidate, size_t *counter)
{
	plan->decisions.dropped[plan->decisions.n_dropped++] = candidate->activity_key;
	++*counter;
}

static void later(struct alert_plan *plan, const struct alert_candidate *candidate, int64_t wait_us)
{
	plan->decisions.later[plan->decisions.n_later] = candidate->activity_key;
	plan->decisions.later_us[plan->decisions.n_later++] = plan->decisions.now_us + wait_us;
}

static void park_unknown(struct alert_plan *plan, const struct alert_candidate *candidate)
{
	plan->decisions.parked[plan->decisions.n_parked++] = (struct parked_thing){
		.connector_id = candidate->connector_id,
		.kind = "alert",
		.object = candidate->kind,
		.ref = candidate->activity_key,
		.reason = candidate->subject_is_email ? SLICE("nobody with the address of this activity "
		                                              "became known before it was too old to be told")
		                                      : SLICE("the person of this activity did not become "
		                                              "known before it was too old to be told"),
		.raw = candidate->title,
	};
}

static void triage(struct alert_plan *plan, struct alert_candidate *candidate)
{
	const struct alert_rule *rule =
	        alert_rule_match(plan->arena, &plan->config->policy, candidate->kind, candidate->title);
	int64_t now_us = plan->decisions.now_us;
	bool is_unknown = !candidate->person_id;

	if (!rule) {
		drop(plan, candidate, &plan->n_no_rule);
	} else if (now_us - candidate->occurred_us > rule->max_age_ms * 1000) {
		if (is_unknown && candidate->attempts)
			park_unknown(plan, candidate);
		drop(plan, candidate, &plan->n_old);
	} else if (is_unknown) {
		int64_t wait_us = LATER_MIN_US << (candidate->attempts < 12 ? candidate->attempts : 12);

		later(plan, candidate, wait_us < LATER_MAX_US ? wait_us : LATER_MAX_US);
	} else if (plan->is_loading && now_us - candidate->seen_us < LOADING_MAX_US) {
		later(plan, candidate, LOADING_US);
	} else {
		plan->known[plan->n_known++] = (struct alert_known){ candidate, rule };
	}
}

void alert_plan_triage(struct alert_plan *plan, struct alert_candidate *candidates, size_t n)
{
	for (size_t i = 0; i < n; i++)
		triage(plan, &candidates[i]);
}

int64_t alert_plan_since(const struct alert_plan *plan)
{
	int64_t since_us = plan->decisions.now_us;

	for (size_t i = 0; i < plan->n_known; i++) {
		int64_t from_us = plan->known[i].candidate->occurred_us - plan->known[i].rule->fold_ms * 1000;

		if (from_us < since_us)
			since_us = from_us;
	}
	return since_us;
}

/* -- Folding -- */

static int by_fold(const void *a, const void *b)
{
	const struct alert_known *x = a, *y = b;

	if (x->candidate->person_id != y->candidate->person_id)
		return x->candidate->person_id < y->candidate->person_id ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->candidate->occurred_us != y->candidate->occurred_us)
		return x->candidate->occurred_us < y->candidate->occurred_us ? -1 : 1;
	return (x->candidate->activity_key > y->candidate->activity_key) -
	       (x->candidate->activity_key < y->candidate->activity_key);
}

/* How many from the first on are one alert. */
static size_t folded(const struct alert_known *known, size_t n)
{
	size_t i = 1;

	while (i < n && known[i].candidate->person_id == known->candidate->person_id &&
	       known[i].rule == known->rule &&
	       known[i].candidate->occurred_us - known[i - 1].candidate->occurred_us <=
	               known->rule->fold_ms * 1000)
		i++;
	return i;
}

/* The latest alert of this person and rule that the group is near to. */
static struct alert_row *near_alert(const struct alert_known *group, size_t n, struct alert_row *open,
                                    size_t n_open)
{
	int64_t fold_us = group->rule->fold_ms * 1000;
	struct alert_row *found = NULL;

	for (size_t i = 0; i < n_open; i++) {
		if (open[i].person_id != group->candidate->person_id ||
		    !slice_equal_text(open[i].rule, group->rule->name) ||
		    group->candidate->occurred_us > open[i].last_us + fold_us ||
		    group[n - 1].candidate->occurred_us < open[i].first_us - fold_us)
			continue;
		if (!found || open[i].last_us > found->last_us)
			found = &open[i];
	}
	return found;
}

/* -- Texts -- */

static struct alert_story story_of(const struct alert_facts *facts, int64_t person_id, int64_t opportunity_id)
{
	const struct fact_person *person = fact_person(facts, person_id);
	const struct fact_entity *account = alert_account(facts, person_id),
	                         *opportunity = fact_opportunity(facts, opportunity_id);
	struct alert_story story = { 0 };

	if (person)
		story = (struct alert_story){
			.first_name = person->first_name,
			.last_name = person->last_name,
			.email = person->email,
			.phone = person->phone.len ? person->phone : person->mobile,
			.account = person->company,
		};
	if (account && account->name.len)
		story.account = account->name;
	if (opportunity)
		story.opportunity = opportunity->name;
	return story;
}

static struct told_activity activity_of(const struct alert_candidate *candidate)
{
	return (struct told_activity){ candidate->activity_key, candidate->kind, candidate->title,
		                       candidate->occurred_us };
}

static void decide(struct alert_plan *plan, const struct alert_facts *facts, const struct alert_rule *rule,
                   struct alert_decided *decided, const struct told_activity *activities, size_t n)
{
	struct arena *arena = plan->arena;
	struct alert_route route;

	alert_route(arena, facts, plan->config, decided->person_id, rule, &route);
	struct alert_story story = story_of(facts, decided->person_id, route.opportunity_id);
	story.alert_id = decided->alert_id;
	story.why = slice_of(route.why);
	story.activities = activities;
	story.n_activities = n;
	const struct store_connector *known =
	        route.connector ? store_connector(plan->store, route.connector->name) : NULL;
	decided->connector_id = known ? known->id : 0;
	decided->user_id = route.user_id;
	decided->opportunity_id = route.opportunity_id;
	decided->step = route.step;
	decided->why = route.why;
	decided->subject = alert_subject(arena, &story);
	decided->body = alert_body(arena, &story);
}

static void park_nobody(struct alert_plan *plan, int16_t connector_id, const struct alert_decided *decided)
{
	plan->n_nobody++;
	plan->decisions.parked[plan->decisions.n_parked++] = (struct parked_thing){
		.connector_id = connector_id,
		.kind = "alert",
		.object = SLICE("task"),
		.ref = decided->alert_id,
		.reason = slice_of(decided->why),
		.raw = slice_of(decided->subject),
	};
}

/* -- Deciding -- */

static void tell(struct alert_plan *plan, int64_t alert_id, const struct alert_known *group, size_t n)
{
	for (size_t i = 0; i < n; i++)
		plan->decisions.told[plan->decisions.n_told++] =
		        (struct alert_teller){ alert_id, group[i].candidate->activity_key };
}

static void begin(struct alert_plan *plan, const struct alert_facts *facts, const struct alert_known *group,
                  size_t n)
{
	const struct alert_candidate *first = group->candidate;
	struct told_activity *activities = arena_array(plan->arena, n, sizeof(*activities));
	struct alert_decided *decided = &plan->decisions.alerts[plan->decisions.n_alerts++];

	for (size_t i = 0; i < n; i++)
		activities[i] = activity_of(group[i].candidate);
	*decided = (struct alert_decided){
		.alert_id = store_id(plan->store),
		.person_id = first->person_id,
		.rule = slice_of(group->rule->name),
		.idem_key = arena_printf(plan->arena, "%s/%lld/%lld", group->rule->name,
		                         (long long)first->person_id, (long long)first->activity_key),
		.last_us = group[n - 1].candidate->occurred_us,
	};
	decide(plan, facts, group->rule, decided, activities, n);
	if (!decided->connector_id)
		park_nobody(plan, first->connector_id, decided);
	tell(plan, decided->alert_id, group, n);
}

/* One more of the batch may grow the same alert again: what it tells of is kept with it. */
static void grow(struct alert_plan *plan, const struct alert_facts *facts, struct alert_row *alert,
                 const struct alert_known *group, size_t n)
{
	plan->n_folded += n;
	tell(plan, alert->alert_id, group, n);
	if (group[n - 1].candidate->occurred_us > alert->last_us)
		alert->last_us = group[n - 1].candidate->occurred_us;
	if (group->candidate->occurred_us < alert->first_us)
		alert->first_us = group->candidate->occurred_us;
	if (!slice_equal_text(alert->state, "due"))
		return;
	alert->activities = arena_grow(plan->arena, alert->activities, alert->n_activities,
	                               alert->n_activities + n, sizeof(*alert->activities));
	for (size_t i = 0; i < n; i++)
		alert->activities[alert->n_activities++] = activity_of(group[i].candidate);
	struct alert_story story = story_of(facts, alert->person_id, alert->opportunity_id);
	story.alert_id = alert->alert_id;
	story.why = alert->why;
	story.activities = alert->activities;
	story.n_activities = alert->n_activities;
	plan->decisions.grown[plan->decisions.n_grown++] =
	        (struct alert_text_change){ alert->alert_id, alert_subject(plan->arena, &story),
		                            alert_body(plan->arena, &story) };
}

/* The texts of an alert that grew twice: the later ones hold both. */
static void keep_last_texts(struct alert_decisions *decisions)
{
	size_t kept = 0;

	for (size_t i = 0; i < decisions->n_grown; i++) {
		bool is_last = true;

		for (size_t k = i + 1; k < decisions->n_grown; k++)
			is_last = is_last && decisions->grown[k].alert_id != decisions->grown[i].alert_id;
		if (is_last)
			decisions->grown[kept++] = decisions->grown[i];
	}
	decisions->n_grown = kept;
}

void alert_plan_decide(struct alert_plan *plan, const struct alert_facts *facts, struct alert_row *open,
                       size_t n_open)
{
	size_t n;

	qsort(plan->known, plan->n_known, sizeof(*plan->known), by_fold);
	for (size_t i = 0; i < plan->n_known; i += n) {
		const struct alert_known *group = &plan->known[i];

		n = folded(group, plan->n_known - i);
		struct alert_row *alert = near_alert(group, n, open, n_open);
		if (alert)
			grow(plan, facts, alert, group, n);
		else
			begin(plan, facts, group, n);
	}
	keep_last_texts(&plan->decisions);
}

bool alert_plan_again(struct alert_plan *plan, const struct alert_facts *facts, const struct alert_row *alert,
                      struct alert_decided *ret)
{
	const struct store_connector *known = store_connector_by_id(plan->store, alert->connector_id);
	const struct connector_config *connector = known ? config_connector(plan->config, known->name) : NULL;

	if (alert_reader(facts, alert->user_id, connector))
		return false;
	*ret = (struct alert_decided){ .alert_id = alert->alert_id,
		                       .person_id = alert->person_id,
		                       .rule = alert->rule,
		                       .last_us = alert->last_us };
	decide(plan, facts, alert_rule_named(&plan->config->policy, alert->rule), ret, alert->activities,
	       alert->n_activities);
	if (!ret->connector_id)
		park_nobody(plan, known ? known->id : plan->store->connectors[0].id, ret);
	return true;
}
