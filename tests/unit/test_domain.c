/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"
#include "tap.h"

static const struct {
	const char *raw, *host, *name, *stem;
} cases[] = {
	{ "acme.com", "acme.com", "acme.com", "acme" },
	{ "HTTP://WWW.Sales.Acme.co.uk/en?x=1", "sales.acme.co.uk", "acme.co.uk", "acme" },
	{ "https://acme.com:8443/", "acme.com", "acme.com", "acme" },
	{ "www.acme.com.", "acme.com", "acme.com", "acme" },
	{ "//acme.com/path", "acme.com", "acme.com", "acme" },
	{ "https://user:secret@acme.com/x@y", "acme.com", "acme.com", "acme" },
	{ "joe@mail.acme.de", "mail.acme.de", "acme.de", "acme" },
	{ "acme.com, acme.de", "acme.com", "acme.com", "acme" },
	{ "<acme.com>", "acme.com", "acme.com", "acme" },
	{ "https://münchen.de/", "xn--mnchen-3ya.de", "xn--mnchen-3ya.de", "xn--mnchen-3ya" },
	{ "acme.co.jp", "acme.co.jp", "acme.co.jp", "acme" },
	{ "co.uk", "co.uk", NULL, NULL },
	{ "192.168.0.1", "192.168.0.1", NULL, NULL },
	{ "acme.com/facebook.com", "acme.com", "acme.com", "acme" },
};

static void test_registrable_domain_of_what_people_type(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct domain domain = { .is_freemail = false };

		CHECK(domain_read(arena, NULL, slice_of(cases[i].raw), &domain));
		CHECK_SLICE(domain.host, cases[i].host);
		CHECK_SLICE(domain.name, cases[i].name);
		CHECK_SLICE(domain.stem, cases[i].stem);
		CHECK(!domain_is_shared(&domain));
	}
}

static void test_what_is_no_domain_is_refused(void)
{
	static const char *const texts[] = { "",          "n/a",       "none",         "http://",
		                             "http:// /", "localhost", "a b",          "-acme.com",
		                             "a..b.com",  "acme com",  "\xff\xff.com", "." };
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct domain domain;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		CHECK(!domain_read(arena, NULL, slice_of(texts[i]), &domain));
}

static void test_domains_of_everybody_are_shared(void)
{
	static const struct {
		const char *raw;
		bool freemail, throwaway, platform;
	} shared[] = {
		{ "gmail.com", true, false, false },
		{ "joe@web.de", true, false, false },
		{ "http://www.yahoo.co.jp", true, false, false },
		{ "mailinator.com", true, false, false },
		{ "https://facebook.com/acme", false, false, true },
		{ "acme.wordpress.com", false, false, true },
		{ "www.linkedin.com/company/acme", false, false, true },
		{ "sites.google.com/acme", false, false, true },
		{ "acme.wixsite.com", false, false, true },
		{ "notfacebook.com", false, false, false },
		{ "ibm.com", false, false, false },
	};
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		struct domain domain;

		CHECK(domain_read(arena, NULL, slice_of(shared[i].raw), &domain));
		CHECK(domain_is_shared(&domain) ==
		      (shared[i].freemail || shared[i].throwaway || shared[i].platform));
		CHECK(domain.is_platform == shared[i].platform);
	}
}

static void test_policy_adds_free_mail_domains(void)
{
	static const char *const more[] = { "vereinsmail.example", NULL };
	struct policy policy = { .freemail_domains = more };
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct domain domain;

	CHECK(domain_read(arena, &policy, SLICE("joe@VereinsMail.example"), &domain));
	CHECK(domain.is_freemail);
	CHECK(!domain_is_freemail(NULL, SLICE("vereinsmail.example")));
}

static void test_hostile_values_are_bounded(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	char *text = arena_alloc(arena, 240000);
	struct domain domain;

	for (size_t i = 0; i < 240000; i++)
		text[i] = i % 2 ? '.' : 'a';
	CHECK(!domain_read(arena, NULL, (struct slice){ text, 240000 }, &domain));
	memset(text, '<', 240000);
	CHECK(!domain_read(arena, NULL, (struct slice){ text, 240000 }, &domain));
}

int main(void)
{
	RUN(test_registrable_domain_of_what_people_type);
	RUN(test_what_is_no_domain_is_refused);
	RUN(test_domains_of_everybody_are_shared);
	RUN(test_policy_adds_free_mail_domains);
	RUN(test_hostile_values_are_bounded);
	return tap_done();
}
