/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Wordlist: sorted lists of words made from the text files in data/ at build time (data/embed.py), one "key"
 * or "key<TAB>value" a line. They are read in place; a look-up is one probe of a hash table made with them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

struct wordlist {
	const char *text; /* lines, each ended by \n, sorted by bytes */
	size_t len;
	const uint32_t *slots; /* hash table of where lines begin, plus one; 0: free; NULL: none was made */
	uint32_t mask;         /* slots less one: a power of two less one */
};

/* The value of a key (empty where the line has none), or the null slice. */
struct slice wordlist_find(const struct wordlist *list, struct slice key);
bool wordlist_has(const struct wordlist *list, struct slice key);

extern const struct wordlist words_company_word; /* short form in company names → word */
extern const struct wordlist words_country;      /* folded name of a country → ISO 3166 alpha-2 */
extern const struct wordlist words_freemail;     /* domains where anybody gets an address */
extern const struct wordlist words_given_name;   /* given names in use */
extern const struct wordlist
        words_legal_form; /* folded legal form → country or -, then ; and its canonical form */
extern const struct wordlist
        words_nickname; /* given name → the full names it may stand for, with ; between them */
extern const struct wordlist words_nobody_company; /* company names that name none */
extern const struct wordlist words_nobody_domain;  /* placeholder domains of addresses */
extern const struct wordlist words_nobody_local;   /* placeholder local parts */
extern const struct wordlist words_nobody_name;    /* names that name nobody → never or word */
extern const struct wordlist words_platform;       /* domains whose pages and hosts belong to others */
extern const struct wordlist words_role;           /* local parts of role mailboxes */
extern const struct wordlist words_street_word;    /* word in street names → short form */
extern const struct wordlist words_throwaway;      /* domains of addresses that last some minutes */
