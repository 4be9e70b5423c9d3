/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Scope-bound cleanup and the few macros every file uses.
 *
 *	CLEANUP(PQclear_p) PGresult *result = PQgetResult(conn);	freed on every way out of the scope
 *	*ret_page = TAKE(page);						ownership leaves, page is NULL
 */
#include <stddef.h>

#define CLEANUP(fn)	  __attribute__((cleanup(fn)))
#define MUST_CHECK	  __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED		  __attribute__((unused))

/* Defines fn_p(), which calls fn() on a variable that is not NULL. */
#define DEFINE_CLEANUP(type, fn)               \
	static inline void fn##_p(type *p)     \
	{                                      \
		if (*p)                        \
			fn(*p);                \
	}

#define TAKE(p)                          \
	({                               \
		__auto_type p_ = &(p);   \
		__auto_type v_ = *p_;    \
		*p_ = NULL;              \
		v_;                      \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
