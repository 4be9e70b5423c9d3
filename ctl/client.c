/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"

#define ANSWER_MAX ((size_t)64 << 20)

bool client_open(struct client *client, const char *path, int64_t timeout_ms, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*client = (struct client){ .fd = -1, .timeout_ms = timeout_ms };
	buf_init(&client->received, ANSWER_MAX);
	if (strlen(path) >= sizeof(address.sun_path))
		return fail(err, ERROR_CONFIG, "the path of the control socket is longer than %zu bytes",
		            sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path));
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd >= 0 && connect(client->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	if (errno == EACCES || errno == EPERM)
		return fail(err, ERROR_REFUSED,
		            "control socket \"%s\" does not let you in: you are in none of its groups", path);
	return fail(err, ERROR_TRANSIENT, "no daemon answers at \"%s\": %s", path, strerror(errno));
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		(void)close(client->fd);
	client->fd = -1;
	buf_done(&client->received);
}

static bool fail_lost(struct error *err)
{
	return fail(err, ERROR_TRANSIENT, "the daemon closed the connection before it answered");
}

static bool send_all(struct client *client, struct slice text, struct error *err)
{
	while (text.len) {
		ssize_t sent = send(client->fd, text.data, text.len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return fail_lost(err);
		text = slice_sub(text, (size_t)sent, text.len);
	}
	return true;
}

/* Waits for bytes until the deadline. */
static bool wait_readable(const struct client *client, int64_t deadline_us, struct error *err)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = client->fd, .events = POLLIN };
		int64_t left_ms = (deadline_us - clock_mono_us()) / 1000;
		int ready =
		        left_ms > 0 ? poll(&poll_fd, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms) : 0;

		if (ready > 0)
			return true;
		if (ready == 0)
			return fail(err, ERROR_UNCERTAIN, "the daemon did not answer within %" PRId64 " s",
			            client->timeout_ms / 1000);
		if (errno != EINTR)
			return fail(err, ERROR_TRANSIENT, "could not wait for the daemon: %s",
			            strerror(errno));
	}
}

static bool receive_some(struct client *client, struct error *err)
{
	enum { PIECE = 65536 };
	char *room = buf_reserve(&client->received, PIECE);
	ssize_t got;

	if (!room)
		return fail(err, ERROR_REFUSED, "the answer is larger than %zu bytes", ANSWER_MAX);
	got = recv(client->fd, room, PIECE, 0);
	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0)
		return fail_lost(err);
	client->received.len += (size_t)got;
	return true;
}

/* The next line, parsed; it is taken out of what was received. */
static bool receive_line(struct client *client, json_t **ret, struct error *err)
{
	int64_t deadline_us = clock_mono_us() + client->timeout_ms * 1000;
	struct slice line, rest;
	size_t searched = 0;
	bool ok;

	while (!client->received.len ||
	       !memchr(client->received.data + searched, '\n', client->received.len - searched)) {
		searched = client->received.len;
		if (!wait_readable(client, deadline_us, err) || !receive_some(client, err))
			return false;
	}
	(void)slice_split(buf_slice(&client->received), '\n', &line, &rest);
	ok = json_read(line, ret, err) || fail_in(err, "the daemon's answer");
	buf_consume(&client->received, line.len + 1);
	return ok;
}

static bool read_answer(json_t *answer, json_t **ret_result, json_t **ret_detail, struct error *err)
{
	const json_t *error = json_object_get(answer, "error");
	json_t *result = json_object_get(answer, "result");
	const char *message = json_string_value(json_object_get(error, "message"));

	if (result && !json_is_object(error)) {
		*ret_result = json_incref(result);
		return true;
	}
	if (ret_detail)
		*ret_detail = json_incref(json_object_get(error, "data"));
	return fail(err, ERROR_REFUSED, "%s",
	            message ? message : "the daemon's answer has neither a result nor an error");
}

bool client_call(struct client *client, const char *method, json_t *params, json_t **ret_result,
                 json_t **ret_detail, struct error *err)
{
	CLEANUP(json_decref_p)
	json_t *request = json_pack("{s:s, s:I, s:s, s:O}", "jsonrpc", "2.0", "id",
	                            (json_int_t)++client->last_id, "method", method, "params", params);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	bool is_sent;

	if (!text)
		return fail(err, ERROR_CONFIG, "the request is no UTF-8 text");
	is_sent = send_all(client, slice_of(text), err) && send_all(client, SLICE("\n"), err);
	free(text);
	while (is_sent) {
		CLEANUP(json_decref_p) json_t *answer = NULL;

		if (!receive_line(client, &answer, err))
			return false;
		/* an answer without our id is a notification, or one of a call given up earlier */
		if (json_integer_value(json_object_get(answer, "id")) == client->last_id ||
		    json_is_null(json_object_get(answer, "id")))
			return read_answer(answer, ret_result, ret_detail, err);
	}
	return false;
}
