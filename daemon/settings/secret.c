/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const source_names[] = {
	[SECRET_FILE] = "file",
	[SECRET_ENV] = "env",
	[SECRET_CREDENTIAL] = "credential",
};

bool secret_source_parse(struct slice word, enum secret_source *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(source_names); i++) {
		if (!slice_equal_text(word, source_names[i]))
			continue;
		*ret = (enum secret_source)i;
		return true;
	}
	return false;
}

/* Checks and keeps a secret whose bytes lie in the arena. */
static bool secret_keep(struct slice text, struct slice *ret, struct error *err)
{
	if (slice_ends(text, "\n"))
		text.len--;
	if (slice_ends(text, "\r"))
		text.len--;
	if (text.len == 0)
		return fail(err, ERROR_CONFIG, "is empty");
	if (memchr(text.data, '\0', text.len))
		return fail(err, ERROR_CONFIG, "holds a zero byte");
	((char *)text.data)[text.len] = '\0';
	*ret = text;
	return true;
}

/* The whole file, or as much of it as fits `size`; -1 with errno. */
static ssize_t read_whole(int fd, char *to, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = read(fd, to + len, size - len);

		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return -1;
		len += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)len;
}

static bool read_opened(struct secrets *secrets, int fd, struct slice *ret, struct error *err)
{
	struct stat st;
	ssize_t len;
	char *text;

	if (fstat(fd, &st) < 0)
		return fail(err, ERROR_CONFIG, "could not be read: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(err, ERROR_CONFIG, "is no regular file");
	if (st.st_size > SECRET_MAX)
		return fail(err, ERROR_CONFIG, "is larger than %d bytes", SECRET_MAX);
	text = arena_alloc(secrets->arena, (size_t)st.st_size + 2);
	len = read_whole(fd, text, (size_t)st.st_size + 1);
	if (len >= 0 && len <= st.st_size && secret_keep((struct slice){ text, (size_t)len }, ret, err))
		return true;
	explicit_bzero(text, (size_t)st.st_size + 2);
	if (len < 0)
		return fail(err, ERROR_CONFIG, "could not be read: %s", strerror(errno));
	if (len > st.st_size)
		return fail(err, ERROR_CONFIG, "grew while it was read");
	return false;
}

static bool read_path(struct secrets *secrets, const char *path, struct slice *ret, struct error *err)
{
	/* Non-blocking: a pipe put there by mistake must not hold up the start. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool ok;

	if (fd < 0)
		return fail(err, ERROR_CONFIG, "could not be opened: %s", strerror(errno));
	ok = read_opened(secrets, fd, ret, err);
	(void)close(fd);
	return ok;
}

static bool read_file(struct secrets *secrets, const char *name, struct slice *ret, struct error *err)
{
	const char *path = name[0] == '/' ? name : arena_printf(secrets->arena, "%s/%s", secrets->dir, name);

	return !secrets->is_read || read_path(secrets, path, ret, err);
}

static bool read_env(struct secrets *secrets, const char *name, struct slice *ret, struct error *err)
{
	const char *value;

	if (name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")])
		return fail(err, ERROR_CONFIG, "is no name of an environment variable");
	if (!secrets->is_read)
		return true;
	value = getenv(name);
	if (!value)
		return fail(err, ERROR_CONFIG, "is not set in the environment");
	if (strlen(value) > SECRET_MAX)
		return fail(err, ERROR_CONFIG, "is larger than %d bytes", SECRET_MAX);
	return secret_keep((struct slice){ arena_strdup(secrets->arena, value), strlen(value) }, ret, err);
}

static bool read_credential(struct secrets *secrets, const char *name, struct slice *ret, struct error *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	if (strchr(name, '/') || name[0] == '.')
		return fail(err, ERROR_CONFIG, "is no name of a credential");
	if (!secrets->is_read)
		return true;
	if (!dir)
		return fail(err, ERROR_CONFIG,
		            "is not there: CREDENTIALS_DIRECTORY is not set; "
		            "the service manager sets it for LoadCredential=");
	return read_path(secrets, arena_printf(secrets->arena, "%s/%s", dir, name), ret, err);
}

bool secret_read(struct secrets *secrets, enum secret_source source, const char *name, struct slice *member,
                 struct error *err)
{
	static bool (*const readers[])(struct secrets *, const char *, struct slice *, struct error *) = {
		[SECRET_FILE] = read_file,
		[SECRET_ENV] = read_env,
		[SECRET_CREDENTIAL] = read_credential,
	};
	struct slice secret = SLICE("***");

	if (name[0] == '\0')
		return fail(err, ERROR_CONFIG, "%s has no name", source_names[source]);
	if (!readers[source](secrets, name, &secret, err))
		return fail_in(err, "%s \"%s\"", source_names[source], name);
	secrets->list =
	        arena_grow(secrets->arena, secrets->list, secrets->n, secrets->n + 1, sizeof(*secrets->list));
	secrets->list[secrets->n++] = member;
	*member = secret;
	return true;
}

void secrets_forget(struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->n && !secrets->is_read; i++)
		*secrets->list[i] = SLICE_NULL;
}

void secrets_wipe(struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->n; i++) {
		struct slice *secret = secrets->list[i];

		if (secrets->is_read && secret->data)
			explicit_bzero((char *)secret->data, secret->len);
		*secret = SLICE_NULL;
	}
}
