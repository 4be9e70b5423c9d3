/* SPDX-License-Identifier: Apache-2.0 */
#include "alert_text.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"
#include "fold.h"
#include "id.h"

#define TITLE_RUNES 120
#define NAME_RUNES  80
#define WHY_RUNES   1000
#define LISTED_MAX  20        /* activities spelled out in a body; the others are counted */
#define BODY_MAX    (1 << 20) /* never reached: all that goes in is bounded */

/* -- Rules -- */

static bool is_listed(const char *const *list, struct slice kind)
{
	if (!list || !list[0])
		return true;
	for (size_t i = 0; list[i]; i++)
		if (slice_equal_text(kind, list[i]))
			return true;
	return false;
}

static bool contains(struct slice text, struct slice part)
{
	return part.len <= text.len && (!part.len || memmem(text.data, text.len, part.data, part.len));
}

static struct slice lower(struct arena *arena, struct slice mixed)
{
	char *copy = arena_strndup(arena, mixed.len ? mixed.data : "", mixed.len);

	for (size_t i = 0; i < mixed.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct slice){ copy, mixed.len };
}

/* Folding knows all scripts but looks at the beginning of a long title only; letters of ASCII are compared in
 * all of it. */
static bool is_like(struct arena *arena, struct slice title, const char *like)
{
	if (!like || !like[0])
		return true;
	return contains(lower(arena, title), lower(arena, slice_of(like))) ||
	       contains(fold_text(arena, title, FOLD_RUNES_MAX),
	                fold_text(arena, slice_of(like), FOLD_RUNES_MAX));
}

const struct alert_rule *alert_rule_match(struct arena *arena, const struct policy *policy, struct slice kind,
                                          struct slice title)
{
	for (size_t i = 0; i < policy->n_alerts; i++)
		if (is_listed(policy->alerts[i].activities, kind) &&
		    is_like(arena, title, policy->alerts[i].title_like))
			return &policy->alerts[i];
	return NULL;
}

const struct alert_rule *alert_rule_named(const struct policy *policy, struct slice name)
{
	static const struct alert_rule gone = {
		.name = "",
		.title_like = "",
		.channel = "",
		.fold_ms = 900000,
		.max_age_ms = INT64_C(604800000),
		.due_ms = 86400000,
	};

	for (size_t i = 0; i < policy->n_alerts; i++)
		if (slice_equal_text(name, policy->alerts[i].name))
			return &policy->alerts[i];
	return &gone;
}

/* -- Words -- */

static const struct phrase {
	const char *kind;
	const char *before, *after; /* around the title */
	const char *bare;           /* when there is none */
} phrases[] = {
	{ "form", "filled in the form “", "”", "filled in a form" },
	{ "download", "downloaded “", "”", "downloaded a document" },
	{ "email_open", "opened the e-mail “", "”", "opened an e-mail" },
	{ "email_click", "clicked a link in the e-mail “", "”", "clicked a link in an e-mail" },
	{ "page_view", "visited the page “", "”", "visited the web site" },
	{ "campaign_response", "responded to the campaign “", "”", "responded to a campaign" },
	{ "property", "has something new: “", "”", "has something new" },
	{ "event", "was active: “", "”", "was active" },
};

/* Words in the title of a form that is there for what it hands out. */
static const char *const papers[] = {
	"paper",      "ebook",     "e-book",     "guide",    "brochure", "datasheet",
	"data sheet", "checklist", "case study", "download", ".pdf",
};

static const struct phrase *phrase_of(struct slice kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(phrases); i++)
		if (slice_equal_text(kind, phrases[i].kind))
			return &phrases[i];
	return NULL;
}

static bool is_paper(struct arena *arena, struct slice title)
{
	struct slice folded = fold_text(arena, title, TITLE_RUNES);

	for (size_t i = 0; i < ARRAY_SIZE(papers); i++)
		if (contains(folded, slice_of(papers[i])))
			return true;
	return false;
}

static size_t rune_length(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Controls and line ends are blanks; marks that are not seen but turn or hide text are left out. */
static enum { RUNE_SHOWN, RUNE_BLANK, RUNE_HIDDEN } rune_kind(struct slice rune)
{
	const unsigned char *c = (const unsigned char *)rune.data;

	if (rune.len == 1)
		return *c <= ' ' || *c == 0x7f ? RUNE_BLANK : RUNE_SHOWN;
	if (rune.len == 2)
		return c[0] == 0xc2 && c[1] < 0xa0 ? RUNE_BLANK : RUNE_SHOWN;
	if (rune.len == 3 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9))
		return RUNE_BLANK;
	if (rune.len == 3 && c[0] == 0xe2 &&
	    ((c[1] == 0x80 && ((c[2] >= 0x8b && c[2] <= 0x8f) || (c[2] >= 0xaa && c[2] <= 0xae))) ||
	     (c[1] == 0x81 && c[2] >= 0xa0 && c[2] <= 0xaf)))
		return RUNE_HIDDEN;
	return RUNE_SHOWN;
}

/* As it was written, but for white space, and at most `runes` characters of it. The store gives UTF-8 only.
 */
static struct slice one_line(struct arena *arena, struct slice raw, unsigned runes)
{
	char *line = arena_alloc(arena, raw.len + 8);
	size_t len = 0, n = 0;
	bool has_blank = false;

	for (struct slice rest = raw; rest.len;) {
		struct slice rune = slice_sub(rest, 0, rune_length((unsigned char)*rest.data));
		int kind = rune_kind(rune);

		rest = slice_sub(rest, rune.len, rest.len);
		has_blank = has_blank || kind == RUNE_BLANK;
		if (kind != RUNE_SHOWN)
			continue;
		if (n >= runes) {
			memcpy(line + len, "…", sizeof("…"));
			return slice_of(line);
		}
		if (has_blank && len) {
			line[len++] = ' ';
			n++;
		}
		has_blank = false;
		memcpy(line + len, rune.data, rune.len);
		len += rune.len;
		n++;
	}
	return (struct slice){ line, len };
}

static const char *what(struct arena *arena, const struct told_activity *activity)
{
	struct slice title = one_line(arena, activity->title, TITLE_RUNES);
	const struct phrase *phrase = phrase_of(activity->kind);

	if (phrase && strcmp(phrase->kind, "form") == 0 && is_paper(arena, title))
		phrase = phrase_of(SLICE("download"));
	if (phrase)
		return title.len ? arena_printf(arena, "%s%.*s%s", phrase->before, SLICE_ARGS(title),
		                                phrase->after)
		                 : phrase->bare;
	struct slice kind = one_line(arena, activity->kind, NAME_RUNES);
	return title.len
	               ? arena_printf(arena, "was active (%.*s): “%.*s”", SLICE_ARGS(kind), SLICE_ARGS(title))
	               : arena_printf(arena, "was active (%.*s)", SLICE_ARGS(kind));
}

static const char *when(struct arena *arena, int64_t us)
{
	static const char *const months[] = { "January",   "February", "March",    "April",
		                              "May",       "June",     "July",     "August",
		                              "September", "October",  "November", "December" };
	struct time_parts t = time_split(us);

	return arena_printf(arena, "%d %s %d, %02d:%02d UTC", t.day, months[t.month - 1], t.year, t.hour,
	                    t.minute);
}

static const char *who(struct arena *arena, const struct alert_story *story)
{
	struct slice first = one_line(arena, story->first_name, NAME_RUNES),
	             last = one_line(arena, story->last_name, NAME_RUNES);
	struct slice account = one_line(arena, story->account, NAME_RUNES),
	             email = one_line(arena, story->email, NAME_RUNES);
	const char *name = arena_printf(arena, "%.*s%s%.*s", SLICE_ARGS(first),
	                                first.len && last.len ? " " : "", SLICE_ARGS(last));

	if (!name[0])
		name = email.len ? arena_printf(arena, "%.*s", SLICE_ARGS(email)) : "Somebody without a name";
	return account.len ? arena_printf(arena, "%s (%.*s)", name, SLICE_ARGS(account)) : name;
}

/* -- Texts -- */

const char *alert_key(struct arena *arena, int64_t alert_id)
{
	return id_print(arena, 't', alert_id);
}

const char *alert_subject(struct arena *arena, const struct alert_story *story)
{
	if (story->n_activities == 1)
		return arena_printf(arena, "%s %s", who(arena, story), what(arena, &story->activities[0]));
	return arena_printf(arena, "%s: %zu activities", who(arena, story), story->n_activities);
}

static int latest_first(const void *a, const void *b)
{
	const struct told_activity *x = a, *y = b;

	if (x->occurred_us != y->occurred_us)
		return x->occurred_us < y->occurred_us ? 1 : -1;
	return (x->activity_key > y->activity_key) - (x->activity_key < y->activity_key);
}

static void add_activities(struct buf *body, struct arena *arena, const struct alert_story *story)
{
	size_t n = story->n_activities;
	struct told_activity *sorted = arena_array(arena, n + 1, sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = story->activities[i];
	qsort(sorted, n, sizeof(*sorted), latest_first);
	if (n == 1) {
		buf_printf(body, "%s %s on %s.\n", who(arena, story), what(arena, &sorted[0]),
		           when(arena, sorted[0].occurred_us));
		return;
	}
	buf_printf(body, "%s, %zu activities:\n", who(arena, story), n);
	for (size_t i = 0; i < n && i < LISTED_MAX; i++)
		buf_printf(body, "- %s: %s\n", when(arena, sorted[i].occurred_us), what(arena, &sorted[i]));
	if (n > LISTED_MAX)
		buf_printf(body, "- and %zu before that\n", n - LISTED_MAX);
}

static void add_line(struct buf *body, struct arena *arena, const char *name, struct slice value)
{
	struct slice shown = one_line(arena, value, TITLE_RUNES);

	if (shown.len)
		buf_printf(body, "%s: %.*s\n", name, SLICE_ARGS(shown));
}

const char *alert_body(struct arena *arena, const struct alert_story *story)
{
	struct slice why = one_line(arena, story->why, WHY_RUNES);
	struct buf body;

	buf_init(&body, BODY_MAX);
	add_activities(&body, arena, story);
	buf_add_char(&body, '\n');
	add_line(&body, arena, "E-mail", story->email);
	add_line(&body, arena, "Phone", story->phone);
	add_line(&body, arena, "Account", story->account);
	add_line(&body, arena, "Opportunity", story->opportunity);
	buf_printf(&body, "\nWhy you: %.*s.\n", SLICE_ARGS(why));
	buf_printf(&body, "\nRef: %s", alert_key(arena, story->alert_id));
	const char *text = arena_strndup(arena, body.data, body.len);
	buf_done(&body);
	return text;
}
