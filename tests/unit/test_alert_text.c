/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_text.h"

#include "alert_about.h"
#include "alert_plan.h"
#include "clock.h"
#include "tap.h"

#define NOON_US INT64_C(1772619300000000) /* 2026-03-04T10:15:00Z */

static struct arena *arena;

static struct told_activity activity(int64_t key, const char *kind, const char *title, int64_t occurred_us)
{
	return (struct told_activity){ key, slice_of(kind), slice_of(title), occurred_us };
}

static struct alert_story joe(const struct told_activity *activities, size_t n)
{
	return (struct alert_story){
		.alert_id = 12345,
		.first_name = SLICE("Joe"),
		.last_name = SLICE("Smith"),
		.email = SLICE("joe.smith@acme.com"),
		.phone = SLICE("+1 555 0100"),
		.account = SLICE("Acme Inc."),
		.opportunity = SLICE("Acme – data platform"),
		.why = SLICE("Dana Field owns the open opportunity “Acme – data platform”"),
		.activities = activities,
		.n_activities = n,
	};
}

static const char *subject_of(const char *kind, const char *title)
{
	const struct told_activity one = activity(1, kind, title, NOON_US);
	struct alert_story story = joe(&one, 1);

	return alert_subject(arena, &story);
}

/* ---- Texts
 * ---------------------------------------------------------------------------------------------------- */

static void test_subject_says_who_did_what(void)
{
	CHECK_TEXT(subject_of("form", "Contact us"), "Joe Smith (Acme Inc.) filled in the form “Contact us”");
	CHECK_TEXT(subject_of("download", "Pricing"), "Joe Smith (Acme Inc.) downloaded “Pricing”");
	CHECK_TEXT(subject_of("email_open", "Spring news"),
	           "Joe Smith (Acme Inc.) opened the e-mail “Spring news”");
	CHECK_TEXT(subject_of("email_click", NULL), "Joe Smith (Acme Inc.) clicked a link in an e-mail");
	CHECK_TEXT(subject_of("page_view", "/pricing"), "Joe Smith (Acme Inc.) visited the page “/pricing”");
	CHECK_TEXT(subject_of("campaign_response", "Fair"),
	           "Joe Smith (Acme Inc.) responded to the campaign “Fair”");
	CHECK_TEXT(subject_of("property", "score: 80"),
	           "Joe Smith (Acme Inc.) has something new: “score: 80”");
	CHECK_TEXT(subject_of("webinar", "Live"), "Joe Smith (Acme Inc.) was active (webinar): “Live”");
}

static void test_form_for_a_paper_is_a_download(void)
{
	CHECK_TEXT(subject_of("form", "Pricing PAPER"), "Joe Smith (Acme Inc.) downloaded “Pricing PAPER”");
	CHECK_TEXT(subject_of("form", "Buyer's Guide 2026"),
	           "Joe Smith (Acme Inc.) downloaded “Buyer's Guide 2026”");
	CHECK_TEXT(subject_of("email_open", "New paper"),
	           "Joe Smith (Acme Inc.) opened the e-mail “New paper”");
}

static void test_subject_of_several_counts_them(void)
{
	const struct told_activity two[] = { activity(1, "form", "A", NOON_US),
		                             activity(2, "form", "B", NOON_US) };
	struct alert_story story = joe(two, 2);

	CHECK_TEXT(alert_subject(arena, &story), "Joe Smith (Acme Inc.): 2 activities");
}

static void test_person_without_a_name_goes_by_address(void)
{
	const struct told_activity one = activity(1, "form", "Demo", NOON_US);
	struct alert_story story = { .email = SLICE("x@y.example"), .activities = &one, .n_activities = 1 };

	CHECK_TEXT(alert_subject(arena, &story), "x@y.example filled in the form “Demo”");
	story.email = SLICE_NULL;
	CHECK_TEXT(alert_subject(arena, &story), "Somebody without a name filled in the form “Demo”");
}

static void test_body_tells_all_and_ends_with_the_key(void)
{
	const struct told_activity one = activity(1, "download", "Pricing", NOON_US);
	struct alert_story story = joe(&one, 1);
	const char *body = alert_body(arena, &story);

	CHECK_TEXT(body,
	           arena_printf(
	                   arena,
	                   "Joe Smith (Acme Inc.) downloaded “Pricing” on 4 March 2026, 10:15 UTC.\n\n"
	                   "E-mail: joe.smith@acme.com\nPhone: +1 555 0100\nAccount: Acme Inc.\n"
	                   "Opportunity: Acme – data platform\n\n"
	                   "Why you: Dana Field owns the open opportunity “Acme – data platform”.\n\nRef: %s",
	                   alert_key(arena, 12345)));
	CHECK_INT(strlen(alert_key(arena, 12345)), 15);
}

static void test_title_cannot_pose_as_a_line(void)
{
	const struct told_activity one =
	        activity(1, "form", "Hi\r\nRef: t-0000000000000\x01\xe2\x80\xa8x", NOON_US);
	struct alert_story story = joe(&one, 1);
	const char *body = alert_body(arena, &story), *ref = strstr(body, "\nRef: ");

	CHECK(ref && !strstr(ref + 1, "\nRef: "));
	CHECK(!strchr(alert_subject(arena, &story), '\n'));
	CHECK(!strchr(body, '\r') && !strchr(body, 1) && !strstr(body, "\xe2\x80\xa8"));
}

static void test_endless_title_is_cut(void)
{
	char title[20000];

	memset(title, 'w', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	const char *subject = subject_of("form", title);
	CHECK(strlen(subject) < 200);
	CHECK(strstr(subject, "…”") != NULL);
}

static void test_long_list_is_counted_not_cut(void)
{
	struct told_activity many[30];
	size_t lines = 0;

	for (size_t i = 0; i < 30; i++)
		many[i] = activity((int64_t)i + 1, "page_view", arena_printf(arena, "/page/%zu.", i),
		                   NOON_US + (int64_t)i * US_PER_S);
	struct alert_story story = joe(many, 30);
	const char *body = alert_body(arena, &story);
	for (const char *at = body; (at = strstr(at, "\n- ")); at++)
		lines++;
	CHECK_INT(lines, 21);
	CHECK(strstr(body, "- and 10 before that\n") != NULL);
	CHECK(strstr(body, "/page/29.") && strstr(body, "/page/10.") && !strstr(body, "/page/9."));
	CHECK(strstr(body, "/page/29.") < strstr(body, "/page/28."));
}

/* ---- Rules
 * ---------------------------------------------------------------------------------------------------- */

static const char *matched(const struct policy *policy, const char *kind, const char *title)
{
	const struct alert_rule *rule = alert_rule_match(arena, policy, slice_of(kind), slice_of(title));

	return rule ? rule->name : NULL;
}

static void test_first_rule_that_matches_counts(void)
{
	static const char *const forms[] = { "form", "download", NULL }, *const none[] = { NULL };
	struct alert_rule rules[] = {
		{ .name = "price", .activities = forms, .title_like = "PRICING", .channel = "" },
		{ .name = "umlaut", .activities = forms, .title_like = "prÄsentation", .channel = "" },
		{ .name = "forms", .activities = forms, .title_like = "", .channel = "" },
		{ .name = "rest", .activities = none, .title_like = "demo", .channel = "" },
	};
	struct policy policy = { .alerts = rules, .n_alerts = 4 };

	CHECK_TEXT(matched(&policy, "form", "Our pricing paper"), "price");
	CHECK_TEXT(matched(&policy, "download", "PRÄSENTATION"), "umlaut");
	CHECK_TEXT(matched(&policy, "form", NULL), "forms");
	CHECK_TEXT(matched(&policy, "page_view", "Demo"), "rest");
	CHECK_TEXT(matched(&policy, "page_view", "Pricing"), NULL);
	char far[2000];
	memset(far, 'x', sizeof(far));
	memcpy(far + sizeof(far) - 8, "pricing", 8);
	CHECK_TEXT(matched(&policy, "form", far), "price");
	CHECK_TEXT(alert_rule_named(&policy, SLICE("rest"))->name, "rest");
	CHECK_TEXT(alert_rule_named(&policy, SLICE("gone"))->name, "");
	CHECK(alert_rule_named(&policy, SLICE("gone"))->max_age_ms > 0);
}

/* ---- Triage and folding
 * --------------------------------------------------------------------------------------- */

#define MINUTE_US (60 * US_PER_S)

static const char *const all[] = { NULL };
static struct alert_rule interest = { .name = "interest",
	                              .activities = all,
	                              .title_like = "",
	                              .channel = "",
	                              .fold_ms = 600000,
	                              .max_age_ms = 3600000,
	                              .due_ms = 86400000 };
static struct config config = { .policy = { .alerts = &interest, .n_alerts = 1, .fallback_owner = "" },
	                        .version = 7 };
static struct store store = { .connectors = { { .id = 1, .name = "sfa" } }, .n_connectors = 1 };
static struct alert_facts nothing;

static struct alert_candidate candidate(int64_t key, int64_t person_id, int64_t ago_us)
{
	return (struct alert_candidate){ .activity_key = key,
		                         .person_id = person_id,
		                         .connector_id = 1,
		                         .kind = SLICE("form"),
		                         .title = SLICE("Demo"),
		                         .occurred_us = NOON_US - ago_us,
		                         .seen_us = NOON_US };
}

static struct alert_plan planned(struct alert_candidate *candidates, size_t n, struct alert_row *open,
                                 size_t n_open)
{
	struct alert_plan plan;

	alert_plan_init(&plan, arena, &config, &store, n, NOON_US);
	alert_plan_triage(&plan, candidates, n);
	alert_plan_decide(&plan, &nothing, open, n_open);
	return plan;
}

static void test_near_activities_fold_and_far_ones_do_not(void)
{
	struct alert_candidate list[] = { candidate(1, 5, 30 * MINUTE_US), candidate(2, 5, 21 * MINUTE_US),
		                          candidate(3, 5, MINUTE_US), candidate(4, 6, 30 * MINUTE_US),
		                          candidate(5, 5, 12 * MINUTE_US) };
	struct alert_plan plan = planned(list, 5, NULL, 0);
	const struct alert_decisions *d = &plan.decisions;

	CHECK_INT(d->n_alerts, 3);
	CHECK_INT(d->n_told, 5);
	CHECK_TEXT(d->alerts[0].idem_key, "interest/5/1");
	CHECK_TEXT(d->alerts[0].subject, "Somebody without a name: 3 activities");
	CHECK_TEXT(d->alerts[1].idem_key, "interest/5/3");
	CHECK_TEXT(d->alerts[2].idem_key, "interest/6/4");
	CHECK_INT(d->alerts[0].last_us, NOON_US - 12 * MINUTE_US);
	CHECK_INT(d->told[2].alert_id, d->alerts[0].alert_id);
}

static void test_open_alert_takes_what_is_near(void)
{
	struct told_activity before = activity(9, "form", "Before", NOON_US - 8 * MINUTE_US);
	struct alert_row open[] = {
		{ .alert_id = 77,
		  .person_id = 5,
		  .rule = SLICE("interest"),
		  .state = SLICE("due"),
		  .why = SLICE("because"),
		  .first_us = NOON_US - 8 * MINUTE_US,
		  .last_us = NOON_US - 8 * MINUTE_US,
		  .activities = &before,
		  .n_activities = 1 },
		{ .alert_id = 78,
		  .person_id = 6,
		  .rule = SLICE("interest"),
		  .state = SLICE("sent"),
		  .first_us = NOON_US - 8 * MINUTE_US,
		  .last_us = NOON_US - 8 * MINUTE_US },
		{ .alert_id = 79,
		  .person_id = 7,
		  .rule = SLICE("other"),
		  .state = SLICE("due"),
		  .first_us = NOON_US,
		  .last_us = NOON_US },
	};
	struct alert_candidate list[] = { candidate(1, 5, 0), candidate(2, 6, 0), candidate(3, 7, 0),
		                          candidate(4, 5, 18 * MINUTE_US) };
	struct alert_plan plan = planned(list, 4, open, 3);
	const struct alert_decisions *d = &plan.decisions;

	CHECK_INT(d->n_alerts, 1);
	CHECK_INT(d->alerts[0].person_id, 7);
	CHECK_INT(d->n_told, 4);
	CHECK_INT(plan.n_folded, 3);
	CHECK_INT(d->n_grown, 1); /* grew twice, told once; the sent one keeps its text */
	CHECK_INT(d->grown[0].alert_id, 77);
	CHECK_TEXT(d->grown[0].subject, "Somebody without a name: 3 activities");
	CHECK(strstr(d->grown[0].body, "Before") && strstr(d->grown[0].body, "Why you: because."));
}

static void test_triage_drops_waits_and_parks(void)
{
	struct alert_candidate list[] = {
		candidate(1, 5, 2 * 60 * MINUTE_US), candidate(2, 0, MINUTE_US),
		candidate(3, 0, 2 * 60 * MINUTE_US), candidate(4, 0, MINUTE_US),
		candidate(5, 0, MINUTE_US),          candidate(6, 0, 2 * 60 * MINUTE_US)
	};
	list[2].attempts = 9;
	list[3].attempts = 3;
	list[4].attempts = 60;
	struct alert_plan plan = planned(list, 6, NULL, 0);
	const struct alert_decisions *d = &plan.decisions;

	CHECK_INT(d->n_dropped, 3);
	CHECK_INT(plan.n_old, 3);
	CHECK_INT(d->n_parked, 1);
	CHECK_INT(d->parked[0].ref, 3);
	CHECK_INT(d->n_later, 3);
	CHECK_INT(d->later_us[0] - NOON_US, 2 * US_PER_S);
	CHECK_INT(d->later_us[1] - NOON_US, 16 * US_PER_S);
	CHECK_INT(d->later_us[2] - NOON_US, 900 * US_PER_S);
	CHECK_INT(d->n_alerts, 0);
}

static void test_candidates_without_a_rule_end(void)
{
	static const char *const forms[] = { "download", NULL };
	struct alert_candidate list[] = { candidate(1, 5, 0), candidate(2, 0, 0) };

	interest.activities = forms;
	struct alert_plan plan = planned(list, 2, NULL, 0);
	interest.activities = all;
	CHECK_INT(plan.decisions.n_dropped, 2);
	CHECK_INT(plan.n_no_rule, 2);
}

static void test_young_candidates_wait_for_a_first_load(void)
{
	struct alert_candidate list[] = { candidate(1, 5, 0), candidate(2, 5, 0) };
	struct alert_plan plan;

	list[1].seen_us = NOON_US - 16 * MINUTE_US;
	alert_plan_init(&plan, arena, &config, &store, 2, NOON_US);
	plan.is_loading = true;
	alert_plan_triage(&plan, list, 2);
	CHECK_INT(plan.decisions.n_later, 1);
	CHECK_INT(plan.decisions.later[0], 1);
	CHECK_INT(plan.n_known, 1);
}

static void test_nobody_is_parked_with_the_reason(void)
{
	struct alert_candidate one = candidate(1, 5, 0);
	struct alert_plan plan = planned(&one, 1, NULL, 0);

	CHECK_INT(plan.decisions.n_alerts, 1);
	CHECK_INT(plan.decisions.alerts[0].connector_id, 0);
	CHECK_TEXT(plan.decisions.alerts[0].step, "nobody");
	CHECK_INT(plan.decisions.n_parked, 1);
	CHECK_INT(plan.decisions.parked[0].ref, plan.decisions.alerts[0].alert_id);
	CHECK_SLICE(plan.decisions.parked[0].reason, plan.decisions.alerts[0].why);
}

/* ---- About
 * ---------------------------------------------------------------------------------------------------- */

static void test_about_comes_back_as_it_was_kept(void)
{
	const struct alert_about about = { .owner_id = SLICE("005\"x"),
		                           .person_object = SLICE("lead"),
		                           .person_id = SLICE("00Q1"),
		                           .due_us = NOON_US };
	struct alert_about back;

	CHECK(alert_about_parse(arena, alert_about_print(arena, &about), &back));
	CHECK_SLICE(back.owner_id, "005\"x");
	CHECK_SLICE(back.person_object, "lead");
	CHECK_SLICE(back.person_id, "00Q1");
	CHECK(slice_is_null(back.account_id) && slice_is_null(back.opportunity_id));
	CHECK_INT(back.due_us, NOON_US);
	CHECK(!alert_about_parse(arena, SLICE_NULL, &back));
	CHECK(!alert_about_parse(arena, SLICE("[1]"), &back));
	CHECK(!alert_about_parse(arena, SLICE("{\"due\":12}"), &back));
}

int main(void)
{
	arena = arena_new(65536);
	RUN(test_subject_says_who_did_what);
	RUN(test_form_for_a_paper_is_a_download);
	RUN(test_subject_of_several_counts_them);
	RUN(test_person_without_a_name_goes_by_address);
	RUN(test_body_tells_all_and_ends_with_the_key);
	RUN(test_title_cannot_pose_as_a_line);
	RUN(test_endless_title_is_cut);
	RUN(test_long_list_is_counted_not_cut);
	RUN(test_first_rule_that_matches_counts);
	RUN(test_near_activities_fold_and_far_ones_do_not);
	RUN(test_open_alert_takes_what_is_near);
	RUN(test_triage_drops_waits_and_parks);
	RUN(test_candidates_without_a_rule_end);
	RUN(test_young_candidates_wait_for_a_first_load);
	RUN(test_nobody_is_parked_with_the_reason);
	RUN(test_about_comes_back_as_it_was_kept);
	arena_free(arena);
	return tap_done();
}
