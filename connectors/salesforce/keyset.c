/* SPDX-License-Identifier: Apache-2.0 */
#include "salesforce.h"

#include "clock.h"

/* Text of a keyset: AT ID TOP SEEN AGAIN, a dash for what is not there. */
#define KEYSET_WORDS 5

static bool time_word(struct slice word, int64_t *ret_us)
{
	if (!slice_equal_text(word, "-"))
		return time_parse(word, ret_us);
	*ret_us = 0;
	return true;
}

bool keyset_parse(struct slice text, struct keyset *ret)
{
	struct keyset keyset = { .is_started = true };
	struct slice words[KEYSET_WORDS], rest = text;
	size_t n = 0;

	while (n < KEYSET_WORDS && !slice_is_null(rest))
		(void)slice_split(rest, ' ', &words[n++], &rest);
	if (n < KEYSET_WORDS || !slice_is_null(rest))
		return false;
	if (!slice_equal_text(words[1], "-") && !record_id_parse(words[1], &keyset.id))
		return false;
	if (!time_parse(words[0], &keyset.at_us) || !time_word(words[2], &keyset.top_us) ||
	    !time_word(words[3], &keyset.top_seen_us) || !time_word(words[4], &keyset.again_us))
		return false;
	*ret = keyset;
	return true;
}

static const char *word_of(struct arena *arena, int64_t us)
{
	return us ? time_print(arena, us) : "-";
}

const char *keyset_print(struct arena *arena, const struct keyset *keyset)
{
	return arena_printf(arena, "%s %s %s %s %s", time_print(arena, keyset->at_us),
			    keyset->id.text[0] ? keyset->id.text : "-", word_of(arena, keyset->top_us),
			    word_of(arena, keyset->top_seen_us), word_of(arena, keyset->again_us));
}

/* Filters know whole seconds only, so a place that came from arithmetic is rounded down to one. */
static int64_t whole_second(int64_t us)
{
	int64_t rest = us % US_PER_S;

	return us - (rest < 0 ? rest + US_PER_S : rest);
}

void keyset_start(struct keyset *keyset, int64_t at_us)
{
	keyset->is_started = true;
	keyset->at_us = whole_second(at_us < 0 ? 0 : at_us);
	keyset->id = (struct record_id){ "" };
}

void keyset_move(struct keyset *keyset, int64_t stamp_us, const struct record_id *id, int64_t now_us,
		 int64_t overlap_us)
{
	keyset->is_started = true;
	keyset->at_us = stamp_us;
	keyset->id = *id;
	if (stamp_us > keyset->top_us) {
		keyset->top_us = stamp_us;
		keyset->top_seen_us = now_us;
	}
	/* Young rows: should this pass be held up here for long, the rest of it would end far behind this place. */
	if (!keyset->again_us && stamp_us > now_us - overlap_us)
		keyset->again_us = whole_second(stamp_us - overlap_us);
}

/* Where rows may still turn up: behind the newest stamp, as long as the overlap has not passed since it was seen. */
static int64_t settled_us(const struct keyset *keyset, int64_t pass_began_us, int64_t overlap_us)
{
	int64_t waited_us = pass_began_us - keyset->top_seen_us;
	int64_t at_us = keyset->top_us;

	if (keyset->top_us > pass_began_us)	/* a stamp from the future must not hide what comes before it */
		at_us = pass_began_us - overlap_us;
	else if (waited_us < overlap_us)
		at_us -= overlap_us - (waited_us < 0 ? 0 : waited_us);
	return keyset->again_us && keyset->again_us < at_us ? keyset->again_us : at_us;
}

void keyset_turn(struct keyset *keyset, int64_t pass_began_us, int64_t overlap_us)
{
	int64_t at_us = settled_us(keyset, pass_began_us, overlap_us);

	keyset->again_us = 0;
	if (!keyset->top_us)			/* no row was ever seen: stay where we began */
		keyset_start(keyset, keyset->is_started ? keyset->at_us : 0);
	else if (keyset->at_us != at_us || !keyset->id.text[0])
		keyset_start(keyset, at_us);
}

void keyset_where(const struct keyset *keyset, struct buf *soql)
{
	if (keyset->is_started && !keyset->id.text[0]) {
		(void)buf_add_text(soql, " WHERE SystemModstamp >= ");
		soql_time(soql, keyset->at_us);
	} else if (keyset->is_started) {
		(void)buf_add_text(soql, " WHERE (SystemModstamp > ");
		soql_time(soql, keyset->at_us);
		(void)buf_add_text(soql, ") OR (SystemModstamp = ");
		soql_time(soql, keyset->at_us);
		(void)buf_add_text(soql, " AND Id > ");
		soql_text(soql, record_id_slice(&keyset->id));
		(void)buf_add_char(soql, ')');
	}
	(void)buf_add_text(soql, " ORDER BY SystemModstamp, Id");
}
