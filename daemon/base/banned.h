/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Functions nobody here may call; included by every compilation through meson (-include). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(name) name##_is_banned_see_banned_h
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef atoi
#undef atol
#undef gmtime
#undef localtime
#define strcpy(a, b)	BANNED(strcpy)
#define strcat(a, b)	BANNED(strcat)
#define strncpy(a, b, c) BANNED(strncpy)
#define strncat(a, b, c) BANNED(strncat)
#define sprintf(...)	BANNED(sprintf)
#define vsprintf(...)	BANNED(vsprintf)
#define strtok(a, b)	BANNED(strtok)
#define atoi(a)		BANNED(atoi)
#define atol(a)		BANNED(atol)
#define gmtime(a)	BANNED(gmtime)
#define localtime(a)	BANNED(localtime)
