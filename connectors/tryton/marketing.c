/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "number.h"
#include "rpc.h"
#include "tryton.h"

/* One row of record.activity is one mail to one party; it gives an activity for each thing done with it. */
static const struct {
	const char *flag;   /* of the row */
	const char *suffix; /* of our id */
	const char *activity;
} events[] = {
	{ "email_opened", "open", "email_open" },
	{ "email_clicked", "click", "email_click" },
};

/* Tryton keeps no time of the event but the row's last change; a second opening moves it. The id stays. */
static void add_event(struct pull *pull, struct slice id, const char *activity, struct slice title,
                      const struct row_times *times, struct slice party)
{
	const struct slice *none = arena_array(pull->batch->arena, pull->n_fields + 1, sizeof(*none));
	struct record *record = walk_add(pull, "engagement", ENTITY_ACTIVITY, id, times, none);

	record->activity = activity;
	record->occurred_us = record->modified_us;
	record->title = arena_slice(pull->batch->arena, title);
	batch_ref(pull->batch, record, REF_PERSON, "party", party);
}

/* The party of "party.party,47". */
static bool read_party(const json_t *row, struct slice *ret, struct error *err)
{
	struct slice reference = json_text(json_object_get(row, "record."), "record"), model;
	int64_t id;

	if (!slice_split(reference, ',', &model, ret) || !slice_equal_text(model, "party.party") ||
	    !parse_int64(*ret, 1, INT64_MAX, &id))
		return fail(err, ERROR_RECORD, "record is not a party");
	return true;
}

static bool engagement_row(struct pull *pull, const json_t *row, struct slice id, struct error *err)
{
	struct arena *arena = pull->batch->arena;
	struct row_times times;
	struct slice title, party;

	if (!row_times(row, &times, err) || !read_party(row, &party, err) ||
	    !rpc_text(arena, rpc_member(row, "activity.name"), &title, err))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (!json_is_true(json_object_get(row, events[i].flag)))
			continue;
		add_event(pull, slice_of(arena_printf(arena, "%.*s:%s", SLICE_ARGS(id), events[i].suffix)),
		          events[i].activity, title, &times, party);
	}
	return true;
}

/* Scenarios may also be about sales; those have no party here. */
#define ABOUT_PARTIES                                                                                        \
	",[\"record.record\",\"like\",\"party.party,%\"],"                                                   \
	"[\"OR\",[\"email_opened\",\"=\",true],[\"email_clicked\",\"=\",true]]"
#define ACTIVITY_MODEL "marketing.automation.record.activity"

static const struct scan engagement_scans[] = {
	{ .name = "created", .model = ACTIVITY_MODEL, .where = ABOUT_PARTIES },
	{ .name = "written", .model = ACTIVITY_MODEL, .where = ABOUT_PARTIES, .is_written = true },
};
static_assert(ARRAY_SIZE(engagement_scans) <= WALK_SCANS_MAX, "a walk has room for its marks");

static const char *const row_fields[] = {
	"activity.name", "email_opened", "email_clicked", "record.record", "write_date", "create_date", NULL,
};

static bool is_derived(const char *field)
{
	(void)field;
	return false;
}

static const struct source engagements = {
	.object = "engagement",
	.model = ACTIVITY_MODEL,
	.where = ABOUT_PARTIES,
	.fields = row_fields,
	.is_derived = is_derived,
	.scans = engagement_scans,
	.n_scans = ARRAY_SIZE(engagement_scans),
	.row = engagement_row,
};

static enum next engagement_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	return walk_ask(walk_of(pull, &engagements), pull, request, err);
}

static bool engagement_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	return walk_read(pull->state, pull, response, err);
}

const struct stream_ops tryton_engagement = {
	.name = "engagement",
	.entity = ENTITY_ACTIVITY,
	.help = "opened and clicked mails of marketing automation scenarios",
	.after = (const char *const[]){ "party", NULL },
	.ask = engagement_ask,
	.read = engagement_read,
};
