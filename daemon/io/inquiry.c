/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <strings.h>
#include <sys/socket.h>

#include "alloc.h"
#include "listener_private.h"
#include "number.h"

/* -- What the owner sees -- */

const char *inquiry_method(const struct inquiry *inquiry)
{
	return inquiry->method;
}

const char *inquiry_path(const struct inquiry *inquiry)
{
	return inquiry->path;
}

const char *inquiry_target(const struct inquiry *inquiry)
{
	return inquiry->target;
}

const struct http_header *inquiry_headers(const struct inquiry *inquiry, size_t *ret_count)
{
	*ret_count = inquiry->n_headers;
	return inquiry->headers;
}

struct slice inquiry_body(const struct inquiry *inquiry)
{
	return inquiry->body.len ? buf_slice(&inquiry->body) : SLICE("");
}

void inquiry_hold(struct inquiry *inquiry, void (*gone)(void *owner), void *owner)
{
	assert(inquiry->is_in_handle);
	inquiry->gone = gone;
	inquiry->gone_owner = owner;
}

/* -- Sleep and waking -- */

static void wake(struct inquiry *inquiry)
{
	struct connection *connection = inquiry->connection;

	watch_stop(&inquiry->peer);
	connection->sleeping = NULL;
	MHD_resume_connection(inquiry->mhd);
	timer_start(connection->listener->loop, &connection->deadline,
	            connection->listener->timeout_ms * 1000);
	task_queue(connection->listener->loop, &connection->listener->run);
}

void inquiry_abandon(struct inquiry *inquiry)
{
	void (*gone)(void *owner) = TAKE(inquiry->gone);

	inquiry->is_abandoned = true;
	wake(inquiry);
	if (gone)
		gone(inquiry->gone_owner);
}

/* The library does not look at the socket of a suspended connection, so we do. */
static void on_peer(struct watch *watch, int events UNUSED)
{
	struct inquiry *inquiry = container_of(watch, struct inquiry, peer);
	char byte;
	ssize_t len = recv(watch->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (len > 0)
		watch_stop(watch); /* the next request already: it waits */
	else if (len == 0 || (errno != EAGAIN && errno != EINTR))
		inquiry_abandon(inquiry);
}

static void sleep_until_answered(struct inquiry *inquiry)
{
	struct connection *connection = inquiry->connection;

	MHD_suspend_connection(inquiry->mhd);
	timer_stop(connection->listener->loop, &connection->deadline);
	connection->sleeping = inquiry;
	inquiry->peer = (struct watch){ .ready = on_peer, .name = "listener peer" };
	watch_start(connection->listener->loop, &inquiry->peer, connection->fd, WATCH_READ);
}

static struct MHD_Response *respond(const char *content_type, struct slice body,
                                    const struct http_header *headers, size_t n_headers)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	        body.len, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);

	if (!response)
		return NULL;
	if (content_type)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	for (size_t i = 0; i < n_headers; i++)
		(void)MHD_add_response_header(response, headers[i].name, headers[i].value);
	return response;
}

void inquiry_answer(struct inquiry *inquiry, int status, const char *content_type, struct slice body,
                    const struct http_header *headers, size_t n_headers)
{
	assert(!inquiry->response && !inquiry->is_abandoned);
	inquiry->response = respond(content_type, body, headers, n_headers);
	inquiry->status = (unsigned)status;
	inquiry->gone = NULL;
	inquiry->is_abandoned = !inquiry->response; /* no memory: close it */
	if (!inquiry->is_in_handle)
		wake(inquiry);
}

/* -- Steps, as the library calls them -- */

static enum MHD_Result queue_plain(struct inquiry *inquiry, unsigned status, struct slice text)
{
	struct MHD_Response *response = respond("text/plain", text, NULL, 0);

	if (!response)
		return MHD_NO;
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	enum MHD_Result result = MHD_queue_response(inquiry->mhd, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result add_header(void *arg, enum MHD_ValueKind kind UNUSED, const char *name,
                                  const char *value)
{
	struct inquiry *inquiry = arg;

	if (inquiry->n_headers == inquiry->size_headers) {
		size_t size = inquiry->size_headers ? inquiry->size_headers * 2 : 16;
		inquiry->headers = arena_grow(inquiry->arena, inquiry->headers, inquiry->n_headers, size,
		                              sizeof(struct http_header));
		inquiry->size_headers = size;
	}
	inquiry->headers[inquiry->n_headers++] =
	        (struct http_header){ .name = name, .value = value ? value : "" };
	return MHD_YES;
}

static size_t count_headers(const struct inquiry *inquiry, const char *name, const char **ret_value)
{
	size_t n = 0;

	for (size_t i = 0; i < inquiry->n_headers; i++) {
		if (strcasecmp(inquiry->headers[i].name, name) != 0)
			continue;
		n++;
		*ret_value = inquiry->headers[i].value;
	}
	return n;
}

/* Two ways to say where the body ends are one too many: a proxy before us may have believed the other. */
static bool is_smuggled(const struct inquiry *inquiry)
{
	const char *length = NULL, *coding = NULL;
	size_t n_lengths = count_headers(inquiry, "Content-Length", &length);
	size_t n_codings = count_headers(inquiry, "Transfer-Encoding", &coding);

	return n_lengths + n_codings > 1 || (coding && strcasecmp(coding, "chunked") != 0);
}

static enum MHD_Result begin(struct inquiry *inquiry, const char *method)
{
	const char *length = NULL;
	int64_t size;

	inquiry->is_begun = true;
	inquiry->method = method;
	(void)MHD_get_connection_values(inquiry->mhd, MHD_HEADER_KIND, add_header, inquiry);
	if (is_smuggled(inquiry))
		return queue_plain(inquiry, MHD_HTTP_BAD_REQUEST, SLICE("bad request\n"));
	if (!count_headers(inquiry, "Content-Length", &length))
		return MHD_YES;
	if (!parse_int64(slice_of(length), 0, INT64_MAX, &size))
		return queue_plain(inquiry, MHD_HTTP_BAD_REQUEST, SLICE("bad request\n"));
	if (size > inquiry->connection->listener->body_max)
		return queue_plain(inquiry, MHD_HTTP_CONTENT_TOO_LARGE, SLICE("body too large\n"));
	return MHD_YES;
}

/*
 * In the middle of an upload the library takes no answer, so it is written past it. As much again is read and
 * dropped, so that a sender who looks only after his last byte finds the answer and not a reset.
 */
static enum MHD_Result drop_upload(struct inquiry *inquiry, size_t size)
{
	static const char answer[] =
	        "HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Type: text/plain\r\n"
	        "Content-Length: 15\r\n\r\nbody too large\n";

	if (!inquiry->is_over)
		(void)!send(inquiry->connection->fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	inquiry->is_over = true;
	buf_done(&inquiry->body);
	inquiry->dropped += size;
	return inquiry->dropped <= (size_t)inquiry->connection->listener->body_max ? MHD_YES : MHD_NO;
}

static enum MHD_Result take_upload(struct inquiry *inquiry, const char *upload, size_t *upload_size)
{
	size_t size = *upload_size;

	*upload_size = 0;
	if (!inquiry->is_over && buf_add(&inquiry->body, upload, size))
		return MHD_YES;
	return drop_upload(inquiry, size);
}

static enum MHD_Result reply(struct inquiry *inquiry)
{
	enum MHD_Result result = MHD_queue_response(inquiry->mhd, inquiry->status, inquiry->response);

	MHD_destroy_response(TAKE(inquiry->response));
	return result;
}

static enum MHD_Result hand_over(struct inquiry *inquiry)
{
	struct listener *listener = inquiry->connection->listener;

	inquiry->is_handled = inquiry->is_in_handle = true;
	listener->handle(inquiry, listener->owner);
	inquiry->is_in_handle = false;
	if (inquiry->response)
		return reply(inquiry);
	assert(inquiry->gone || inquiry->is_abandoned); /* answered or held */
	if (!inquiry->is_abandoned)
		sleep_until_answered(inquiry);
	return inquiry->is_abandoned ? MHD_NO : MHD_YES;
}

enum MHD_Result inquiry_step(struct inquiry *inquiry, const char *method, const char *upload,
                             size_t *upload_size)
{
	if (!inquiry->is_begun)
		return begin(inquiry, method);
	if (*upload_size)
		return take_upload(inquiry, upload, upload_size);
	if (inquiry->is_over || inquiry->is_abandoned)
		return MHD_NO; /* closes it */
	if (!inquiry->is_handled)
		return hand_over(inquiry);
	return inquiry->response ? reply(inquiry) : MHD_YES;
}

/* -- Life -- */

struct inquiry *inquiry_new(struct connection *connection, struct MHD_Connection *mhd, const char *target)
{
	struct inquiry *inquiry = alloc_zeroed(1, sizeof(*inquiry));

	inquiry->connection = connection;
	inquiry->mhd = mhd;
	inquiry->arena = arena_new(2048);
	inquiry->target = arena_strdup(inquiry->arena, target);
	inquiry->path = arena_strndup(inquiry->arena, target, strcspn(target, "?"));
	buf_init(&inquiry->body, (size_t)connection->listener->body_max);
	return inquiry;
}

void inquiry_free(struct inquiry *inquiry)
{
	void (*gone)(void *owner) = inquiry->gone;
	void *owner = inquiry->gone_owner;

	watch_stop(&inquiry->peer);
	if (inquiry->connection->sleeping == inquiry)
		inquiry->connection->sleeping = NULL;
	if (inquiry->response)
		MHD_destroy_response(inquiry->response);
	buf_done(&inquiry->body);
	arena_free(inquiry->arena);
	free(inquiry);
	if (gone)
		gone(owner);
}
