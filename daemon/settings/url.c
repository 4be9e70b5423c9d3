/* SPDX-License-Identifier: Apache-2.0 */
#include "value.h"

#include <arpa/inet.h>

#include "number.h"

/* Host and port between "://" and the path; false: no such thing. */
static bool url_authority(struct slice url, struct slice *ret_scheme, struct slice *ret_authority)
{
	const char *mark = url.len ? memmem(url.data, url.len, "://", 3) : NULL;
	struct slice rest, head, tail;

	if (!mark)
		return false;
	rest = slice_sub(url, (size_t)(mark - url.data) + 3, url.len);
	(void)slice_split(rest, '/', &head, &tail);
	*ret_scheme = slice_sub(url, 0, (size_t)(mark - url.data));
	*ret_authority = head;
	return true;
}

static bool host_and_port(struct slice authority, struct slice *ret_host, struct slice *ret_port)
{
	const char *bracket =
	        authority.len && authority.data[0] == '[' ? memchr(authority.data, ']', authority.len) : NULL;
	size_t host_len = bracket ? (size_t)(bracket - authority.data) + 1 : 0;
	struct slice rest, none;

	if (!bracket) {
		if (!slice_split(authority, ':', ret_host, ret_port))
			*ret_port = SLICE_NULL;
		return true;
	}
	*ret_host = slice_sub(authority, 0, host_len);
	rest = slice_sub(authority, host_len, authority.len);
	*ret_port = SLICE_NULL;
	return rest.len == 0 || (slice_split(rest, ':', &none, ret_port) && none.len == 0);
}

static bool is_address(int family, struct slice text, unsigned char *ret_bytes)
{
	char name[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(name))
		return false;
	memcpy(name, text.data, text.len);
	name[text.len] = '\0';
	return inet_pton(family, name, ret_bytes) == 1;
}

static bool host_is_loopback(struct slice host)
{
	static const unsigned char loopback6[16] = { [15] = 1 };
	unsigned char bytes[16];

	if (slice_equal_nocase(host, SLICE("localhost")))
		return true;
	if (slice_starts(host, "["))
		return host.len > 2 && is_address(AF_INET6, slice_sub(host, 1, host.len - 2), bytes) &&
		       memcmp(bytes, loopback6, sizeof(loopback6)) == 0;
	return is_address(AF_INET, host, bytes) && bytes[0] == 127;
}

static bool host_is_well_formed(struct slice host)
{
	unsigned char bytes[16];

	if (slice_starts(host, "["))
		return host.len > 2 && is_address(AF_INET6, slice_sub(host, 1, host.len - 2), bytes);
	for (size_t i = 0; i < host.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._",
		            host.data[i]))
			return false;
	return host.len > 0 && host.len <= 253;
}

bool url_is_loopback(struct slice url)
{
	struct slice scheme, authority, host, port;

	return url_authority(url, &scheme, &authority) && host_and_port(authority, &host, &port) &&
	       host_is_loopback(host);
}

bool url_check(struct slice url, const char **ret_reason)
{
	struct slice scheme, authority, host, port;
	int64_t number;

	*ret_reason = "is no URL";
	if (!url_authority(url, &scheme, &authority))
		return false;
	if (!slice_equal_text(scheme, "https") && !slice_equal_text(scheme, "http"))
		return false;
	for (size_t i = 0; i < url.len; i++)
		if ((unsigned char)url.data[i] <= 0x20 || (unsigned char)url.data[i] >= 0x7f ||
		    strchr("\"<>\\^`{|}", url.data[i]))
			return false;
	if (memchr(authority.data, '@', authority.len)) {
		*ret_reason = "names a user; credentials have their own settings";
		return false;
	}
	if (memchr(url.data, '?', url.len) || memchr(url.data, '#', url.len)) {
		*ret_reason = "has a query or a fragment";
		return false;
	}
	if (!host_and_port(authority, &host, &port) || !host_is_well_formed(host))
		return false;
	if (!slice_is_null(port) && !parse_int64(port, 1, 65535, &number))
		return false;
	*ret_reason = "is not encrypted";
	return slice_equal_text(scheme, "https") || host_is_loopback(host);
}
