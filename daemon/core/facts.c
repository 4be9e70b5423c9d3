/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

#include <string.h>

#define PAIRS_MIN  30	 /* otherwise certain pairs from which a rate is believed */
#define RATE_MIN   0.002
#define RATE_MAX   0.3
#define CHANCE_MIN 0.2	 /* double mistakes to be expected before any is believed */
#define CERTAIN    3	 /* other facts that agree, none that differs */

static const float assumed[FACT_COUNT] = {
	[FACT_FIRST] = 0.02f,
	[FACT_LAST] = 0.03f,
	[FACT_BIRTH] = 0.01f,
	[FACT_NUMBER] = 0.005f,
	[FACT_PLACE] = 0.2f,	/* people move */
	[FACT_EMAIL] = 0.3f,	/* and have several addresses */
};

unsigned facts_pattern(const struct facts *facts)
{
	unsigned pattern = 0;

	for (unsigned i = 0; i < FACT_COUNT; i++)
		pattern = 3 * pattern + facts->level[i];
	return pattern;
}

static struct facts facts_of(unsigned pattern)
{
	struct facts facts;

	for (unsigned i = FACT_COUNT; i-- > 0; pattern /= 3)
		facts.level[i] = (uint8_t)(pattern % 3);
	return facts;
}

void facts_add(struct fact_counts *counts, const struct facts *facts)
{
	counts->pairs[facts_pattern(facts)]++;
}

unsigned facts_differing(const struct facts *facts)
{
	unsigned n = 0;

	for (unsigned i = 0; i < FACT_COUNT; i++)
		n += facts->level[i] == FACT_DIFFERS;
	return n;
}

/* Whether the other facts leave no doubt that the pair is one person. */
static bool is_certain_without(const struct facts *facts, unsigned fact)
{
	unsigned agree = 0;

	for (unsigned i = 0; i < FACT_COUNT; i++) {
		if (i == fact)
			continue;
		if (facts->level[i] == FACT_DIFFERS)
			return false;
		agree += facts->level[i] == FACT_AGREES;
	}
	/* twins have all but name and number in common, father and son all but birth date and number */
	if ((fact == FACT_FIRST || fact == FACT_BIRTH) && facts->level[FACT_NUMBER] != FACT_AGREES &&
	    facts->level[FACT_EMAIL] != FACT_AGREES)
		return false;
	return agree >= CERTAIN;
}

static float rate_of(const struct fact_counts *counts, unsigned fact)
{
	double agree = 0, differ = 0, rate;

	for (unsigned i = 0; i < FACT_PATTERNS; i++) {
		struct facts facts = facts_of(i);

		if (counts->pairs[i] == 0 || facts.level[fact] == FACT_MISSING || !is_certain_without(&facts, fact))
			continue;
		if (facts.level[fact] == FACT_DIFFERS)
			differ += counts->pairs[i];
		else
			agree += counts->pairs[i];
	}
	if (agree + differ < PAIRS_MIN)
		return assumed[fact];
	rate = (differ + 1) / (agree + differ + 1 / (double)assumed[fact]);
	return (float)(rate < RATE_MIN ? RATE_MIN : rate > RATE_MAX ? RATE_MAX : rate);
}

static bool differs(const struct facts *facts, enum fact fact)
{
	return facts->level[fact] == FACT_DIFFERS;
}

static unsigned personal(const struct facts *facts)
{
	return differs(facts, FACT_FIRST) + differs(facts, FACT_BIRTH) + differs(facts, FACT_NUMBER);
}

/* Pairs at one place that all of given name, birth date and number speak about. */
struct roof {
	double all, twins, namesakes, strangers;
};

static void look_under_roof(const struct fact_counts *counts, struct roof *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < FACT_PATTERNS; i++) {
		struct facts facts = facts_of(i);
		double n = counts->pairs[i];

		if (n == 0 || facts.level[FACT_PLACE] != FACT_AGREES || !facts.level[FACT_FIRST] ||
		    !facts.level[FACT_BIRTH] || !facts.level[FACT_NUMBER])
			continue;
		ret->all += n;
		ret->strangers += personal(&facts) >= 2 ? n : 0;
		if (personal(&facts) != 2 || !differs(&facts, FACT_NUMBER))
			continue;
		ret->twins += differs(&facts, FACT_FIRST) ? n : 0;
		ret->namesakes += differs(&facts, FACT_BIRTH) ? n : 0;
	}
}

/* No more than twice what chance gives, with some room for small numbers. */
static bool is_chance(double seen, double expected)
{
	return expected >= CHANCE_MIN && seen <= 2 * expected + 3;
}

void facts_default(struct mistakes *ret)
{
	*ret = (struct mistakes){ .allow_twins = false };
	memcpy(ret->rate, assumed, sizeof(assumed));
}

void facts_estimate(const struct fact_counts *counts, struct mistakes *ret)
{
	struct roof roof;
	double first, birth, number;

	facts_default(ret);
	for (unsigned i = 0; i < FACT_COUNT; i++)
		ret->rate[i] = rate_of(counts, i);
	look_under_roof(counts, &roof);
	if (roof.all < PAIRS_MIN)
		return;
	first = (double)ret->rate[FACT_FIRST];
	birth = (double)ret->rate[FACT_BIRTH];
	number = (double)ret->rate[FACT_NUMBER];
	ret->allow_strangers = is_chance(roof.strangers, roof.all * (first * birth + first * number + birth * number));
	ret->allow_twins = is_chance(roof.twins, roof.all * first * number) && ret->allow_strangers;
	ret->allow_namesakes = is_chance(roof.namesakes, roof.all * birth * number) && ret->allow_strangers;
}
