/* SPDX-License-Identifier: Apache-2.0 */
#include "email.h"
#include "tap.h"

static const struct {
	const char *raw, *text; /* text NULL: no address */
} cases[] = {
	{ "Joe.Smith@ACME.com", "joe.smith@acme.com" },
	{ "Joe.Smith+news@acme.com", "joe.smith@acme.com" },
	{ "+tag@acme.com", "+tag@acme.com" },
	{ "J.o.e.Smith+x@gmail.com", "joesmith@gmail.com" },
	{ "joe.smith@googlemail.com", "joesmith@gmail.com" },
	{ "joe.smith@outlook.com", "joe.smith@outlook.com" },
	{ "mailto:joe@acme.com?subject=hi", "joe@acme.com" },
	{ "<joe@acme.com>", "joe@acme.com" },
	{ "\"Joe, Smith\" <joe@acme.com>", "joe@acme.com" },
	{ "joe@acme.com; ann@acme.com", "joe@acme.com" },
	{ "joe@acme.com;", "joe@acme.com" },
	{ " joe@acme.com. ", "joe@acme.com" },
	{ "joe@acme.com,", "joe@acme.com" },
	{ "joe@@acme.com", "joe@acme.com" },
	{ "not this @ but joe@acme.com", "joe@acme.com" },
	{ "joe@münchen.de", "joe@xn--mnchen-3ya.de" },
	{ "joe@xn--mnchen-3ya.de", "joe@xn--mnchen-3ya.de" },
	{ "JOE@MÜNCHEN.DE", "joe@xn--mnchen-3ya.de" },
	{ "joe\xe2\x80\x8b@acme.com", "joe@acme.com" },
	{ "joe＠acme.com", "joe@acme.com" },
	{ "o'neill@acme.com", "o'neill@acme.com" },
	{ "joe@mail.acme.co.uk", "joe@mail.acme.co.uk" },
	{ "", NULL },
	{ "n/a", NULL },
	{ "joe", NULL },
	{ "joe@", NULL },
	{ "@acme.com", NULL },
	{ "joe@acme", NULL },
	{ "joe acme.com", NULL },
	{ "joe@.com", NULL },
	{ "joe@a..b", NULL },
	{ "@@@@", NULL },
	{ "\xff@\xff.\xff", NULL },
};

static void test_first_mailbox_in_its_canonical_form(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct email email;
		bool ok = email_read(arena, slice_of(cases[i].raw), &email);

		CHECK_SLICE(ok ? email.text : SLICE_NULL, cases[i].text);
	}
}

static void test_parts_make_the_whole(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct email email;

	CHECK(email_read(arena, SLICE("Joe.Smith+x@Mail.ACME.com"), &email));
	CHECK_SLICE(email.local, "joe.smith");
	CHECK_SLICE(email.domain, "mail.acme.com");
}

static void test_mistyped_providers_are_flagged_and_not_changed(void)
{
	static const struct {
		const char *raw, *meant;
	} typed[] = {
		{ "joe@gmial.com", "gmail.com" },
		{ "joe@gmail.con", "gmail.com" },
		{ "joe@hotmial.com", "hotmail.com" },
		{ "joe@yaho.com", "yahoo.com" },
		{ "joe@acme.cmo", "acme.com" },
		{ "joe@gmail.com", NULL },
		{ "joe@gmx.de", NULL },
		{ "joe@acme.com", NULL },
		{ "joe@ymail.com", NULL },
		{ "joe@email.com", NULL },
		{ "joe@outloook.com", "outlook.com" },
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(typed); i++) {
		struct email email;

		CHECK(email_read(arena, slice_of(typed[i].raw), &email));
		CHECK_SLICE(email.text, typed[i].raw);
		CHECK_SLICE(email.meant, typed[i].meant);
		CHECK(email.is_mistyped == (typed[i].meant != NULL));
	}
}

static void test_role_mailboxes_are_known(void)
{
	static const char *const roles[] = { "info",  "sales",   "support",    "hr",       "kontakt",
		                             "info2", "info-de", "sales.emea", "office_us" };
	static const char *const people[] = { "joe",   "joe.smith",      "infobert", "it.smith", "mark.us",
		                              "jinfo", "sales.smithson", "a",        "1234",     "hr.smith" };

	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (!email_is_role(slice_of(roles[i])))
			printf("# %s\n", roles[i]);
		CHECK(email_is_role(slice_of(roles[i])));
	}
	for (size_t i = 0; i < ARRAY_SIZE(people); i++) {
		if (email_is_role(slice_of(people[i])))
			printf("# %s\n", people[i]);
		CHECK(!email_is_role(slice_of(people[i])));
	}
}

static void test_hostile_lengths_are_bounded(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	char *text = arena_alloc(arena, 240001);
	struct email email;

	memset(text, '@', 240000);
	CHECK(!email_read(arena, (struct slice){ text, 240000 }, &email));
	memset(text, 'a', 240000);
	memcpy(text + 239000, "@b.com", 6);
	CHECK(!email_read(arena, (struct slice){ text, 240000 }, &email));
	memcpy(text + 500, "@b.com ", 7);
	CHECK(!email_read(arena, (struct slice){ text, 240000 }, &email));
	CHECK(arena_used(arena) < 300000);
}

int main(void)
{
	RUN(test_first_mailbox_in_its_canonical_form);
	RUN(test_parts_make_the_whole);
	RUN(test_mistyped_providers_are_flagged_and_not_changed);
	RUN(test_role_mailboxes_are_known);
	RUN(test_hostile_lengths_are_bounded);
	return tap_done();
}
