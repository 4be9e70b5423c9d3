/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"
#include "tap.h"

static const struct {
	const char *raw, *street, *number, *unit;
} streets[] = {
	{ "123 North Main Street, Suite 400", "n main st", "123", "400" },
	{ "123 N. Main St. #400", "n main st", "123", "400" },
	{ "123 n main street ste. 400", "n main st", "123", "400" },
	{ "Goethestraße 5 a", "goethest", "5a", "" },
	{ "Goethestr. 5a", "goethest", "5a", "" },
	{ "Goethe Straße 5", "goethe st", "5", "" },
	{ "5 Park Avenue", "park av", "5", "" },
	{ "1200 5th Avenue Apt 3B", "5th av", "1200", "3b" },
	{ "12, rue de la République", "r de la republique", "12", "" },
	{ "Calle Mayor 5", "c mayor", "5", "" },
	{ "C/ Mayor, 5", "c mayor", "5", "" },
	{ "ul. Długa 7/3", "ul dluga", "7", "3" },
	{ "Prinsengracht 263", "prinsengracht", "263", "" },
	{ "Floor Avenue 3", "floor av", "3", "" },
	{ "", "", "", "" },
	{ "PO Box 12", "ps box", "12", "" },
};

static void test_streets_are_folded(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);

	for (size_t i = 0; i < ARRAY_SIZE(streets); i++) {
		struct address address;

		address_read(arena, &(struct address_fields){ .street = slice_of(streets[i].raw) }, &address);
		CHECK_SLICE(address.street, streets[i].street);
		CHECK_SLICE(address.number, streets[i].number);
		CHECK_SLICE(address.unit, streets[i].unit);
	}
}

static void test_other_parts(void)
{
	CLEANUP(arena_free_p) struct arena *arena = arena_new(4096);
	struct address address;

	address_read(arena,
	             &(struct address_fields){ .city = SLICE("Saint-Étienne"),
	                                       .postal_code = SLICE("EC1A 1BB"),
	                                       .country = SLICE("England"),
	                                       .state = SLICE("N.Y.") },
	             &address);
	CHECK_SLICE(address.city, "st etienne");
	CHECK_SLICE(address.postal, "ec1a1bb");
	CHECK_SLICE(address.country, "GB");
	CHECK_SLICE(address.state, "ny");
	address_read(arena,
	             &(struct address_fields){ .postal_code = SLICE("94105-1234"), .country = SLICE("USA") },
	             &address);
	CHECK_SLICE(address.postal, "94105");
	address_read(arena,
	             &(struct address_fields){ .postal_code = SLICE("10115"), .country = SLICE("nowhere") },
	             &address);
	CHECK_SLICE(address.postal, "10115");
	CHECK_SLICE(address.country, "");
	address_read(arena, &(struct address_fields){ .postal_code = SLICE("1佐佐ab") }, &address);
	CHECK_SLICE(address.postal, "1佐佐ab");
}

int main(void)
{
	RUN(test_streets_are_folded);
	RUN(test_other_parts);
	return tap_done();
}
