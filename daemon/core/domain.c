/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

#include <idn2.h>
#include <libpsl.h>
#include <unistr.h>

#include "fold.h"
#include "wordlist.h"

#define HOST_MAX 253

/* A platform's page is on its domain or on a host below it (acme.wordpress.com). */
static bool is_on_platform(struct slice host)
{
	for (;;) {
		struct slice head, tail;

		if (wordlist_has(&words_platform, host))
			return true;
		if (!slice_split(host, '.', &head, &tail))
			return false;
		host = tail;
	}
}

static bool is_host_char(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c >= 0x80;
}

static bool is_host(struct slice host)
{
	if (host.len == 0 || host.len > HOST_MAX || host.data[0] == '.' || host.data[0] == '-')
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (!is_host_char((unsigned char)host.data[i]) || (host.data[i] == '.' && i && host.data[i - 1] == '.'))
			return false;
	return true;
}

static bool to_a_labels(struct arena *arena, struct slice host, struct slice *ret)
{
	char *text = NULL;

	if (idn2_to_ascii_8z(host.data, &text, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	*ret = arena_slice(arena, slice_of(text));
	idn2_free(text);
	return true;
}

bool domain_host(struct arena *arena, struct slice raw, struct slice *ret)
{
	struct slice host = fold_cut(slice_trim(raw), DOMAIN_TEXT_MAX);
	char *lower;

	while (host.len && host.data[host.len - 1] == '.')
		host.len--;
	lower = arena_strndup(arena, host.data ? host.data : "", host.len);
	host.data = lower;
	for (size_t i = 0; i < host.len; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] |= 32;
	if (!is_host(host))
		return false;
	if (!fold_is_ascii(host))
		return to_a_labels(arena, host, ret) && is_host(*ret);
	*ret = host;
	return true;
}

bool domain_is_freemail(const struct policy *policy, struct slice host)
{
	for (const char *const *more = policy ? policy->freemail_domains : NULL; more && *more; more++)
		if (slice_equal_nocase(host, slice_of(*more)))
			return true;
	return wordlist_has(&words_freemail, host);
}

static size_t run_until(struct slice text, const char *ends)
{
	size_t at = 0;

	while (at < text.len && !strchr(ends, text.data[at]))
		at++;
	return at;
}

/* The part of an address that is its host: behind scheme and user, before port, path and query. */
static struct slice host_part(struct slice text)
{
	const char *end, *user;

	text = slice_trim(fold_cut(slice_trim(text), DOMAIN_TEXT_MAX));
	while (text.len && strchr("<\"'(", text.data[0]))
		text = slice_sub(text, 1, text.len);
	end = memmem(text.data, text.len, "://", 3);
	if (end && (size_t)(end - text.data) <= 8)
		text = slice_sub(text, (size_t)(end - text.data) + 3, text.len);
	else if (slice_starts(text, "//"))
		text = slice_sub(text, 2, text.len);
	text = slice_sub(text, 0, run_until(text, "/?#>\"') ,;\t\r\n\\"));
	user = memrchr(text.data, '@', text.len);
	if (user)
		text = slice_sub(text, (size_t)(user + 1 - text.data), text.len);
	return slice_sub(text, 0, run_until(text, ":"));
}

static bool is_number(struct slice label)
{
	for (size_t i = 0; i < label.len; i++)
		if (label.data[i] < '0' || label.data[i] > '9')
			return false;
	return true;
}

/* The last label of a name is never a number: that is an IP address. */
static bool is_address(struct slice host)
{
	const char *dot = memrchr(host.data, '.', host.len);

	return !dot || is_number(slice_sub(host, (size_t)(dot + 1 - host.data), host.len));
}

/* Made of A-labels, so that the list is asked without converting. */
static struct slice registrable(struct slice host)
{
	const char *name = is_address(host) ? NULL : psl_registrable_domain(psl_builtin(), host.data);

	return slice_of(name);
}

static void judge(const struct policy *policy, struct domain *domain)
{
	domain->is_platform = is_on_platform(domain->host);
	domain->is_freemail = domain_is_freemail(policy, domain->host) ||
			      (domain->name.len && domain_is_freemail(policy, domain->name));
	domain->is_throwaway = wordlist_has(&words_throwaway, domain->name.len ? domain->name : domain->host);
}

bool domain_read(struct arena *arena, const struct policy *policy, struct slice raw, struct domain *ret)
{
	struct domain domain = { .is_freemail = false };
	struct slice rest;

	if (!domain_host(arena, host_part(raw), &domain.host))
		return false;
	if (slice_starts(domain.host, "www."))
		domain.host = slice_sub(domain.host, 4, domain.host.len);
	if (!memchr(domain.host.data, '.', domain.host.len))
		return false;
	domain.name = registrable(domain.host);
	if (domain.name.len)
		(void)slice_split(domain.name, '.', &domain.stem, &rest);
	judge(policy, &domain);
	*ret = domain;
	return true;
}
