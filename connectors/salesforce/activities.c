/* SPDX-License-Identifier: Apache-2.0 */
/* The streams of activities: what somebody did, with the record of it as its id. */
#include "salesforce.h"

#include "clock.h"

#define OPS(stream, about, ...)                                                                                  \
	{                                                                                                        \
		.name = stream, .entity = ENTITY_ACTIVITY, .help = about, .ids_max = 200,                        \
		.ask = salesforce_pull_ask, .read = salesforce_pull_read,                                        \
		.describe_ask = salesforce_describe_ask, .describe_read = salesforce_describe_read, __VA_ARGS__  \
	}
#define REF(column, to, stream) { .name = column, .is_ref = true, .kind = to, .object = stream }

static void row_activity(struct row *row, const char *kind, const char *title)
{
	struct slice text = row_value(row->json, title);

	row->record->activity = kind;
	row->record->occurred_us = row->stamp_us;
	row->record->title = arena_slice(row->pull->batch->arena, slice_is_null(text) ? SLICE("") : text);
}

/* -- Campaign member: an answer to a campaign -- */

static const struct column member_columns[] = {
	{ .name = "IsDeleted" },
	REF("CampaignId", REF_CAMPAIGN, "campaign"),
	{ .name = "LeadId" },
	{ .name = "ContactId" },
	{ .name = "HasResponded" },
	{ .name = "FirstRespondedDate" },
	{ .name = "Campaign.Name" },
	{ 0 },
};

/* A member that was only written to did nothing. */
static bool member_accept(const struct row *row)
{
	return row_is(row->json, "HasResponded");
}

/* Of a converted lead both are set: the contact is who it is now. */
static void member_finish(struct row *row)
{
	struct slice contact = row_value(row->json, "ContactId"), lead = row_value(row->json, "LeadId");
	int64_t us;

	row_activity(row, "campaign_response", "Campaign.Name");
	if (time_parse(row_value(row->json, "FirstRespondedDate"), &us))
		row->record->occurred_us = us;
	if (!slice_is_empty(contact))
		row_ref(row, REF_PERSON, "contact", contact);
	else if (!slice_is_empty(lead))
		row_ref(row, REF_PERSON, "lead", lead);
}

const struct sobject salesforce_campaign_member = {
	.ops = OPS("campaign_member", "people who responded to a campaign",
		   .after = (const char *const[]){ "campaign", "contact", "lead", NULL }),
	.name = "CampaignMember",
	.columns = member_columns,
	.accept = member_accept,
	.finish = member_finish,
};

/* -- Task: work that was done, an alert's above all -- */

static const struct column task_columns[] = {
	{ .name = "IsDeleted" },
	REF("OwnerId", REF_OWNER, "user"),
	{ .name = "Subject" },
	{ .name = "Status" },
	{ .name = "WhoId" },
	{ .name = "WhatId" },
	{ 0 },
};

/* What WhoId and WhatId point at is told by the first three characters of the id. */
static const struct {
	const char *column, *prefix;
	enum ref_kind kind;
	const char *object;
} task_refs[] = {
	{ "WhoId", "003", REF_PERSON, "contact" },
	{ "WhoId", "00Q", REF_PERSON, "lead" },
	{ "WhatId", "006", REF_OPPORTUNITY, "opportunity" },
	{ "WhatId", "001", REF_ACCOUNT, "account" },
	{ "WhatId", "701", REF_CAMPAIGN, "campaign" },
};

static bool task_accept(const struct row *row)
{
	const struct salesforce_config *config = row->pull->config;

	return slice_equal_nocase(row_value(row->json, "Status"), slice_of(config->task_closed_status));
}

static void task_finish(struct row *row)
{
	row_activity(row, "task_closed", "Subject");
	for (size_t i = 0; i < ARRAY_SIZE(task_refs); i++) {
		struct slice id = row_value(row->json, task_refs[i].column);

		if (slice_starts(id, task_refs[i].prefix))
			row_ref(row, task_refs[i].kind, task_refs[i].object, id);
	}
}

const struct sobject salesforce_task = {
	.ops = OPS("task", "tasks that were closed, so that the end of an alert is seen",
		   .after = (const char *const[]){ "contact", "lead", "opportunity", NULL }),
	.name = "Task",
	.columns = task_columns,
	.accept = task_accept,
	.finish = task_finish,
};
