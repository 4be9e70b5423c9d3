/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Country: names of countries in the languages people type them in → ISO 3166 alpha-2. */
#include "slice.h"

/* "DE" for "de", "Germany", "DEUTSCHLAND", "Allemagne", "ドイツ"; null for what is unknown. Static. */
struct slice country_code(struct slice text);
