/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Domain: the registrable domain behind a web address or an e-mail host, by the public suffix list, and
 * whether it says anything about a company.
 *
 * "HTTP://WWW.Sales.Acme.co.uk/en?x=1" is acme.co.uk; international names become A-labels (xn--…). A
 * free-mail or throw-away domain, or a page on a platform (facebook.com/acme), belongs to nobody we know:
 * is_shared.
 */
#include <stdbool.h>

#include "arena.h"
#include "policy.h"
#include "slice.h"

#define DOMAIN_TEXT_MAX 512 /* bytes of a value that are looked at */

struct domain {
	struct slice host; /* "www.sales.acme.co.uk" without www.: "sales.acme.co.uk" */
	struct slice
	        name; /* registrable: "acme.co.uk"; null: none (an IP address, a bare suffix, one label) */
	struct slice stem; /* its first label, "acme" */
	bool is_freemail;
	bool is_throwaway;
	bool is_platform;
};

/* Web address, host or e-mail address; policy adds free-mail domains, NULL for none. False: no domain in it.
 */
bool domain_read(struct arena *arena, const struct policy *policy, struct slice raw,
                 struct domain *ret) MUST_CHECK;
/* A host alone, canonical: lower case, A-labels, no final dot. False: no host name. */
bool domain_host(struct arena *arena, struct slice raw, struct slice *ret) MUST_CHECK;
bool domain_is_freemail(const struct policy *policy,
                        struct slice host); /* canonical host, or a registrable domain */
static inline bool domain_is_shared(const struct domain *domain)
{
	return domain->is_freemail || domain->is_throwaway || domain->is_platform;
}
