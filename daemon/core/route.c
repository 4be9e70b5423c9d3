/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#define SKIPPED_TOLD 3 /* owners passed over that the sentence names */

struct search {
	struct arena *arena;
	struct route *ret;
	const char *skipped; /* "; Ann Old, owner of …, is not active" and so on */
	size_t n_skipped;
};

/* What the sentence says of a user. */
static const char *called(struct arena *arena, const struct route_user *user)
{
	if (user->name.len)
		return arena_printf(arena, "%.*s", SLICE_ARGS(user->name));
	if (user->email.len)
		return arena_printf(arena, "%.*s", SLICE_ARGS(user->email));
	return "a user without a name";
}

static void skip(struct search *search, const struct route_user *owner, const char *of)
{
	if (search->n_skipped++ >= SKIPPED_TOLD)
		return;
	if (!owner->user_id)
		search->skipped =
		        arena_printf(search->arena, "%s; nobody we know owns %s", search->skipped, of);
	else
		search->skipped = arena_printf(search->arena, "%s; %s, who owns %s, is not active",
		                               search->skipped, called(search->arena, owner), of);
}

static const char *all_skipped(const struct search *search)
{
	if (search->n_skipped <= SKIPPED_TOLD)
		return search->skipped;
	return arena_printf(search->arena, "%s; and %zu more were passed over", search->skipped,
	                    search->n_skipped - SKIPPED_TOLD);
}

static bool take(struct search *search, const struct route_user *owner, const char *step, const char *of)
{
	if (!owner->user_id || !owner->is_active) {
		skip(search, owner, of);
		return false;
	}
	search->ret->to = *owner;
	search->ret->step = step;
	search->ret->why = arena_printf(search->arena, "%s owns %s%s", called(search->arena, owner), of,
	                                all_skipped(search));
	return true;
}

/* -- open opportunities -- */

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_rank(const void *a, const void *b)
{
	const struct route_opportunity *x = *(const struct route_opportunity *const *)a;
	const struct route_opportunity *y = *(const struct route_opportunity *const *)b;
	int order = y->by_role - x->by_role;

	if (order == 0)
		order = compare(y->last_activity_us, x->last_activity_us);
	if (order == 0)
		order = compare(y->created_us, x->created_us);
	return order ? order : compare(x->opportunity_id, y->opportunity_id);
}

static bool take_opportunity(struct search *search, const struct route_opportunity *opportunity)
{
	const char *of =
	        arena_printf(search->arena, "the open opportunity “%.*s”, %s", SLICE_ARGS(opportunity->name),
	                     opportunity->by_role ? "on which the person has a role"
	                                          : "which is with the person's account");

	if (!take(search, &opportunity->owner,
	          opportunity->by_role ? "opportunity_role" : "opportunity_account", of))
		return false;
	search->ret->opportunity_id = opportunity->opportunity_id;
	return true;
}

static bool by_opportunities(struct search *search, const struct route_facts *facts)
{
	const struct route_opportunity **open =
	        arena_array(search->arena, facts->n_opportunities + 1, sizeof(*open));
	size_t n = 0;

	for (size_t i = 0; i < facts->n_opportunities; i++)
		if (facts->opportunities[i].is_open)
			open[n++] = &facts->opportunities[i];
	qsort(open, n, sizeof(*open), by_rank);
	for (size_t i = 0; i < n; i++)
		if (take_opportunity(search, open[i]))
			return true;
	return false;
}

/* -- owners of accounts and records -- */

static int by_change(const void *a, const void *b)
{
	const struct route_owner *x = *(const struct route_owner *const *)a,
	                         *y = *(const struct route_owner *const *)b;
	int order = compare(y->modified_us, x->modified_us);

	return order ? order : slice_compare(x->of, y->of);
}

static bool by_owners(struct search *search, const struct route_owner *owners, size_t n, const char *step)
{
	const struct route_owner **sorted = arena_array(search->arena, n + 1, sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = &owners[i];
	qsort(sorted, n, sizeof(*sorted), by_change);
	for (size_t i = 0; i < n; i++)
		if (take(search, &sorted[i]->owner, step,
		         arena_printf(search->arena, "%.*s", SLICE_ARGS(sorted[i]->of))))
			return true;
	return false;
}

static void by_fallback(struct search *search, const struct route_facts *facts)
{
	const struct route_user *user = &facts->fallback;

	if (user->user_id && user->is_active) {
		search->ret->to = *user;
		search->ret->step = "fallback";
		search->ret->why =
		        arena_printf(search->arena, "%s is the fallback of the policy: no owner was found%s",
		                     called(search->arena, user), all_skipped(search));
		return;
	}
	search->ret->why = arena_printf(
	        search->arena, "nobody: no owner was found, and the policy's fallback_owner is %s%s",
	        user->user_id ? "not active" : "not set or not known", all_skipped(search));
}

void route(struct arena *arena, const struct route_facts *facts, struct route *ret)
{
	struct search search = { .arena = arena, .ret = ret, .skipped = "" };

	*ret = (struct route){ .step = "nobody" };
	if (by_opportunities(&search, facts))
		return;
	if (facts->only_open_opportunity) {
		ret->why = arena_printf(
		        arena,
		        "nobody: the rule is for open opportunities alone, and the person has none%s%s",
		        search.n_skipped ? " with an owner to tell" : "", all_skipped(&search));
		return;
	}
	if (!by_owners(&search, facts->accounts, facts->n_accounts, "account") &&
	    !by_owners(&search, facts->records, facts->n_records, "record"))
		by_fallback(&search, facts);
}
