/* SPDX-License-Identifier: Apache-2.0 */
#include "http_private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

/* What is not the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-. */
static const struct range4 {
	uint32_t net;
	int bits;
} ranges4[] = {
	{ 0x00000000, 8 },  /* this network */
	{ 0x0a000000, 8 },  /* private */
	{ 0x64400000, 10 }, /* shared, behind carriers' NAT */
	{ 0x7f000000, 8 },  /* loopback */
	{ 0xa9fe0000, 16 }, /* link-local, and the metadata services of clouds */
	{ 0xac100000, 12 }, /* private */
	{ 0xc0000000, 24 }, /* protocol assignments */
	{ 0xc0000200, 24 }, /* documentation */
	{ 0xc0a80000, 16 }, /* private */
	{ 0xc6120000, 15 }, /* benchmarks */
	{ 0xc6336400, 24 }, /* documentation */
	{ 0xcb007100, 24 }, /* documentation */
	{ 0xe0000000, 3 },  /* multicast, reserved, broadcast */
};

static const struct range6 {
	unsigned char net[16];
	int bits;
} ranges6[] = {
	{ { 0 }, 127 },                     /* unspecified and loopback */
	{ { 0x01 }, 64 },                   /* discard */
	{ { 0x20, 0x01, 0x00 }, 23 },       /* protocol assignments, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0xfc }, 7 },                    /* unique local */
	{ { 0xfe, 0x80 }, 10 },             /* link-local */
	{ { 0xfe, 0xc0 }, 10 },             /* site-local */
	{ { 0xff }, 8 },                    /* multicast */
};

static bool in_range4(uint32_t address, const struct range4 *range)
{
	return ((address ^ range->net) >> (32 - range->bits)) == 0;
}

static bool is_private4(uint32_t address)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges4); i++)
		if (in_range4(address, &ranges4[i]))
			return true;
	return false;
}

static bool in_range6(const unsigned char *address, const struct range6 *range)
{
	int whole = range->bits / 8, rest = range->bits % 8;

	if (memcmp(address, range->net, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((address[whole] ^ range->net[whole]) >> (8 - rest)) == 0;
}

static uint32_t read4(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* An IPv4 address inside an IPv6 one: mapped, NAT64, 6to4. */
static bool embedded4(const unsigned char *address, uint32_t *ret)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

	if (memcmp(address, mapped, 12) == 0 || memcmp(address, nat64, 12) == 0)
		*ret = read4(address + 12);
	else if (address[0] == 0x20 && address[1] == 0x02)
		*ret = read4(address + 2);
	else
		return false;
	return true;
}

static bool is_private6(const unsigned char *address)
{
	uint32_t inner;

	if (embedded4(address, &inner))
		return is_private4(inner);
	for (size_t i = 0; i < ARRAY_SIZE(ranges6); i++)
		if (in_range6(address, &ranges6[i]))
			return true;
	return false;
}

bool address_is_private(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_private4(
		        ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return is_private6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
	return true;
}

bool address_is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 ==
		       127;
	if (address->sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
	return false;
}

bool host_is_loopback(const char *host)
{
	struct in_addr address;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}
