/* SPDX-License-Identifier: Apache-2.0 */
#include "http_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <strings.h>
#include <unistd.h>

#include "alloc.h"

#define HEADERS_MAX     (64 * 1024) /* bytes of an answer's headers */
#define LOW_SPEED_BYTES 64L         /* a second */
#define LOW_SPEED_S     20
#define IDLE_MAX_S      30L /* a kept connection older than this may be closing at the other end */

/* -- What libcurl calls: data only, never the owner -- */

/* MAXFILESIZE of libcurl 7.88 does not see growth by decompression.
 * https://curl.se/libcurl/c/CURLOPT_MAXFILESIZE.html */
static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;

	if (buf_add(&transfer->body, data, size * count))
		return size * count;
	transfer->is_over = true;
	return CURL_WRITEFUNC_ERROR;
}

static size_t on_header(char *data UNUSED, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;

	transfer->header_bytes += size * count;
	if (transfer->header_bytes <= HEADERS_MAX)
		return size * count;
	transfer->is_over = true;
	return CURL_WRITEFUNC_ERROR;
}

/* Before each time the request goes out, the silent repetition on a new connection included. */
static int on_send(void *arg, char *to UNUSED, char *from UNUSED, int to_port UNUSED, int from_port UNUSED)
{
	struct transfer *transfer = arg;

	if (transfer->changes && transfer->n_sent)
		return CURL_PREREQFUNC_ABORT;
	transfer->n_sent++;
	return CURL_PREREQFUNC_OK;
}

static void note_refused(struct transfer *transfer, const struct sockaddr *address)
{
	const void *bytes =
	        address->sa_family == AF_INET6
	                ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
	                : (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;

	if (!inet_ntop(address->sa_family, bytes, transfer->refused, sizeof(transfer->refused)))
		(void)snprintf(transfer->refused, sizeof(transfer->refused), "of an unknown kind");
}

/* Here the address is known, so a name that changes its address between check and use gains nothing. */
static curl_socket_t on_open(void *arg, curlsocktype purpose UNUSED, struct curl_sockaddr *to)
{
	struct transfer *transfer = arg;
	bool is_allowed = transfer->client->limits.allow_private || !address_is_private(&to->addr);

	if (transfer->loopback_only)
		is_allowed = is_allowed && address_is_loopback(&to->addr);
	if (!is_allowed) {
		note_refused(transfer, &to->addr);
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* -- Options -- */

static bool set_ok(struct transfer *transfer, CURLcode code)
{
	if (code == CURLE_OK || transfer->err.kind)
		return code == CURLE_OK;
	return fail(&transfer->err, code == CURLE_OUT_OF_MEMORY ? ERROR_TRANSIENT : ERROR_CONFIG,
	            "cannot ask \"%s\": %s", transfer->host, curl_easy_strerror(code));
}

#define SET(transfer, option, value) set_ok((transfer), curl_easy_setopt((transfer)->easy, (option), (value)))

static bool check_url(struct transfer *transfer, const char *url)
{
	CLEANUP(curl_url_cleanup_p) CURLU *parts = curl_url();
	char *host = NULL, *scheme = NULL;
	CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, CURLU_DISALLOW_USER);

	if (code == CURLUE_OK)
		code = curl_url_get(parts, CURLUPART_HOST, &host, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
	if (host)
		transfer->host = arena_strdup(transfer->arena, host);
	if (code != CURLUE_OK)
		fail(&transfer->err, ERROR_CONFIG, "cannot ask \"%.100s\": %s", url, curl_url_strerror(code));
	else if (strcmp(scheme, "http") == 0 && host_is_loopback(host))
		transfer->loopback_only = true;
	else if (strcmp(scheme, "https") != 0)
		fail(&transfer->err, ERROR_CONFIG,
		     "cannot ask host \"%s\" by %s: only https is allowed, and http to loopback", host,
		     scheme);
	curl_free(host);
	curl_free(scheme);
	return transfer->err.kind == ERROR_NONE;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 && *text != '\t')
			return true;
	return false;
}

static bool add_line(struct transfer *transfer, const char *line)
{
	struct curl_slist *list = curl_slist_append(transfer->headers, line);

	if (!list)
		return set_ok(transfer, CURLE_OUT_OF_MEMORY);
	transfer->headers = list;
	return true;
}

static bool add_header(struct transfer *transfer, const struct http_header *header)
{
	if (has_control(header->name) || has_control(header->value))
		return fail(&transfer->err, ERROR_CONFIG, "header \"%.50s\" has a control character",
		            header->name);
	/* "Name:" would take the header away, "Name;" sends it empty. */
	return add_line(transfer, arena_printf(transfer->arena, *header->value ? "%s: %s" : "%s;",
	                                       header->name, header->value));
}

static bool set_headers(struct transfer *transfer, const struct http_request *request)
{
	bool has_type = false;

	for (size_t i = 0; i < request->n_headers; i++) {
		has_type |= strcasecmp(request->headers[i].name, "Content-Type") == 0;
		if (!add_header(transfer, &request->headers[i]))
			return false;
	}
	/* Neither libcurl's own type for bodies nor its wait for "100 Continue". */
	if ((!has_type && !add_line(transfer, "Content-Type:")) || !add_line(transfer, "Expect:"))
		return false;
	return SET(transfer, CURLOPT_HTTPHEADER, transfer->headers);
}

static bool wants_body(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

static bool set_method(struct transfer *transfer, const struct http_request *request)
{
	struct slice body = request->body;

	if (strcmp(request->method, "HEAD") == 0)
		return SET(transfer, CURLOPT_NOBODY, 1L);
	if (strcmp(request->method, "GET") == 0 && slice_is_null(body))
		return SET(transfer, CURLOPT_HTTPGET, 1L);
	if (slice_is_null(body) && !wants_body(request->method))
		return SET(transfer, CURLOPT_CUSTOMREQUEST, request->method);
	struct slice copy = slice_is_null(body) ? SLICE("") : arena_slice(transfer->arena, body);
	return SET(transfer, CURLOPT_POST, 1L) &&
	       SET(transfer, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)copy.len) &&
	       SET(transfer, CURLOPT_POSTFIELDS, copy.data) &&
	       SET(transfer, CURLOPT_CUSTOMREQUEST, request->method);
}

static bool set_limits(struct transfer *transfer, const struct http_request *request)
{
	const struct http_limits *limits = &transfer->client->limits;
	int64_t timeout_ms = request->timeout_s ? request->timeout_s * INT64_C(1000) : limits->timeout_ms;

	return SET(transfer, CURLOPT_TIMEOUT_MS, (long)timeout_ms) &&
	       SET(transfer, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->connect_timeout_ms) &&
	       SET(transfer, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES) &&
	       SET(transfer, CURLOPT_LOW_SPEED_TIME,
	           (long)(limits->low_speed_s ? limits->low_speed_s : LOW_SPEED_S)) &&
	       SET(transfer, CURLOPT_MAXAGE_CONN, IDLE_MAX_S) && SET(transfer, CURLOPT_NOSIGNAL, 1L);
}

static bool set_rules(struct transfer *transfer)
{
	const struct http_client *client = transfer->client;

	return SET(transfer, CURLOPT_PROTOCOLS_STR, transfer->loopback_only ? "http,https" : "https") &&
	       SET(transfer, CURLOPT_FOLLOWLOCATION, 0L) && SET(transfer, CURLOPT_PROXY, "") &&
	       SET(transfer, CURLOPT_OPENSOCKETFUNCTION, on_open) &&
	       SET(transfer, CURLOPT_OPENSOCKETDATA, transfer) &&
	       SET(transfer, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       SET(transfer, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) &&
	       /* Over TLS the handshake tells whether a connection can be shared; over plain http only the
	          answer does. */
	       SET(transfer, CURLOPT_PIPEWAIT, transfer->loopback_only ? 0L : 1L) &&
	       SET(transfer, CURLOPT_TCP_KEEPALIVE, 1L) && SET(transfer, CURLOPT_ACCEPT_ENCODING, "") &&
	       (!client->ca_file || SET(transfer, CURLOPT_CAINFO, client->ca_file)) &&
	       (!client->user_agent || SET(transfer, CURLOPT_USERAGENT, client->user_agent));
}

static bool set_callbacks(struct transfer *transfer)
{
	return SET(transfer, CURLOPT_WRITEFUNCTION, on_body) && SET(transfer, CURLOPT_WRITEDATA, transfer) &&
	       SET(transfer, CURLOPT_HEADERFUNCTION, on_header) &&
	       SET(transfer, CURLOPT_HEADERDATA, transfer) &&
	       SET(transfer, CURLOPT_PREREQFUNCTION, on_send) &&
	       SET(transfer, CURLOPT_PREREQDATA, transfer) &&
	       SET(transfer, CURLOPT_ERRORBUFFER, transfer->message) &&
	       SET(transfer, CURLOPT_PRIVATE, transfer);
}

struct transfer *transfer_new(struct http_client *client, struct http_exchange *exchange,
                              const struct http_request *request)
{
	struct transfer *transfer = alloc_zeroed(1, sizeof(*transfer));

	transfer->client = client;
	transfer->exchange = exchange;
	transfer->changes = request->changes;
	transfer->arena = arena_new(1024);
	transfer->host = "";
	transfer->easy = curl_easy_init();
	buf_init(&transfer->body, (size_t)client->limits.body_max);
	if (!transfer->easy)
		set_ok(transfer, CURLE_OUT_OF_MEMORY);
	else if (check_url(transfer, request->url))
		(void)(set_rules(transfer) && set_callbacks(transfer) && set_limits(transfer, request) &&
		       set_headers(transfer, request) && set_method(transfer, request) &&
		       SET(transfer, CURLOPT_URL, request->url));
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	buf_done(&transfer->body);
	arena_free(transfer->arena);
	free(transfer);
}

/* -- The end -- */

/* Codes that mean the same wherever in the exchange they come. */
static const struct {
	CURLcode code;
	enum error_kind kind;
} kinds[] = {
	{ CURLE_URL_MALFORMAT, ERROR_CONFIG },          { CURLE_UNSUPPORTED_PROTOCOL, ERROR_CONFIG },
	{ CURLE_SSL_CACERT_BADFILE, ERROR_CONFIG },     { CURLE_PEER_FAILED_VERIFICATION, ERROR_REFUSED },
	{ CURLE_SSL_ISSUER_ERROR, ERROR_REFUSED },      { CURLE_SSL_CERTPROBLEM, ERROR_REFUSED },
	{ CURLE_SSL_INVALIDCERTSTATUS, ERROR_REFUSED }, { CURLE_SSL_PINNEDPUBKEYNOTMATCH, ERROR_REFUSED },
};

static enum error_kind kind_of(const struct transfer *transfer, CURLcode code)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].code == code)
			return kinds[i].kind;
	if (transfer->n_sent && transfer->changes)
		return ERROR_UNCERTAIN;
	return transfer->is_over ? ERROR_RECORD : ERROR_TRANSIENT;
}

static void explain(struct transfer *transfer, CURLcode code)
{
	const char *why = *transfer->message ? transfer->message : curl_easy_strerror(code);

	if (*transfer->refused && code == CURLE_COULDNT_CONNECT)
		fail(&transfer->err, ERROR_REFUSED,
		     "host \"%s\" has address %s, which is not of the public internet: not allowed here",
		     transfer->host, transfer->refused);
	else if (transfer->is_over)
		fail(&transfer->err, kind_of(transfer, code),
		     "host \"%s\": the answer is larger than %lld bytes, or its headers than %d",
		     transfer->host, (long long)transfer->client->limits.body_max, HEADERS_MAX);
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		fail(&transfer->err, ERROR_UNCERTAIN, "host \"%s\": the connection ended before the answer",
		     transfer->host);
	else
		fail(&transfer->err, kind_of(transfer, code), "host \"%s\": %s", transfer->host, why);
}

static uint64_t number(CURL *easy, CURLINFO info)
{
	curl_off_t value = 0;

	return curl_easy_getinfo(easy, info, &value) == CURLE_OK && value > 0 ? (uint64_t)value : 0;
}

static uint64_t long_number(CURL *easy, CURLINFO info)
{
	long value = 0;

	return curl_easy_getinfo(easy, info, &value) == CURLE_OK && value > 0 ? (uint64_t)value : 0;
}

static void count(const struct transfer *transfer, struct http_totals *totals)
{
	CURL *easy = transfer->easy;

	totals->failures += transfer->err.kind != ERROR_NONE;
	totals->bytes_in += number(easy, CURLINFO_SIZE_DOWNLOAD_T) + long_number(easy, CURLINFO_HEADER_SIZE);
	totals->bytes_out += number(easy, CURLINFO_SIZE_UPLOAD_T) + long_number(easy, CURLINFO_REQUEST_SIZE);
	totals->connections += long_number(easy, CURLINFO_NUM_CONNECTS);
}

void transfer_ended(struct transfer *transfer, CURLcode code)
{
	if (code != CURLE_OK)
		explain(transfer, code);
	count(transfer, &transfer->client->totals);
}

static size_t count_headers(CURL *easy)
{
	size_t n = 0;

	for (struct curl_header *at = NULL; (at = curl_easy_nextheader(easy, CURLH_HEADER, -1, at)) != NULL;)
		n++;
	return n;
}

void transfer_response(struct transfer *transfer, struct http_response *response)
{
	CURL *easy = transfer->easy;
	size_t n = count_headers(easy), i = 0;

	*response = (struct http_response){ .status = (int)long_number(easy, CURLINFO_RESPONSE_CODE) };
	response->headers = arena_array(transfer->arena, n, sizeof(struct http_header));
	for (struct curl_header *at = NULL;
	     i < n && (at = curl_easy_nextheader(easy, CURLH_HEADER, -1, at)) != NULL; i++) {
		response->headers[i].name = arena_strdup(transfer->arena, at->name);
		response->headers[i].value = arena_strdup(transfer->arena, at->value);
	}
	response->n_headers = i;
	response->body = transfer->body.len ? buf_slice(&transfer->body) : SLICE("");
	response->took_s = (double)number(easy, CURLINFO_TOTAL_TIME_T) / 1e6;
}
