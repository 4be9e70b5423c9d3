/* SPDX-License-Identifier: Apache-2.0 */
#include "hubspot.h"

struct record *hubspot_activity_add(struct batch *batch, const struct hubspot_activity *activity)
{
	struct record *record = batch_add(batch, activity->object, ENTITY_ACTIVITY, activity->id);

	record->activity = activity->kind;
	record->modified_us = activity->occurred_us;
	record->occurred_us = activity->occurred_us;
	record->title = arena_slice(batch->arena, activity->title);
	record->subject_email = arena_slice(batch->arena, activity->email);
	record->is_partial = slice_is_empty(activity->contact_id);
	if (!record->is_partial)
		batch_ref(batch, record, REF_PERSON, "contact", activity->contact_id);
	return record;
}

static struct slice lower(struct arena *arena, struct slice text)
{
	char *copy = arena_strndup(arena, text.data ? text.data : "", text.len);

	for (size_t i = 0; i < text.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct slice){ copy, text.len };
}

struct slice hubspot_submission_id(struct arena *arena, struct slice email, struct slice contact_id,
				   int64_t sent_us)
{
	struct slice who = slice_is_empty(email) ? contact_id : lower(arena, email);
	struct slice parts[] = { SLICE("form\n"), who, slice_of(arena_printf(arena, "\n%lld",
									     (long long)(sent_us / 1000))) };

	return hubspot_hash_id(arena, parts, ARRAY_SIZE(parts));
}
