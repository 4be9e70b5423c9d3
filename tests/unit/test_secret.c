/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static struct arena *arena;
static struct secrets secrets;
static char dir[] = "/tmp/tandem-secret-XXXXXX";

static void write_file(const char *name, struct slice text)
{
	int fd =
	        open(arena_printf(arena, "%s/%s", dir, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK_INT(write(fd, text.data, text.len), (int64_t)text.len);
	(void)close(fd);
}

/* The secret, or the problem. */
static const char *get(enum secret_source source, const char *name)
{
	struct slice *member = arena_alloc(arena, sizeof(*member));
	struct error *err = arena_alloc(arena, sizeof(*err));

	if (secret_read(&secrets, source, name, member, err))
		return arena_slice(arena, *member).data;
	CHECK(slice_is_null(*member));
	CHECK_INT(err->kind, ERROR_CONFIG);
	return err->text;
}

static void test_final_newline_is_taken_off_once(void)
{
	write_file("a", SLICE("s3cret\n"));
	CHECK_TEXT(get(SECRET_FILE, "a"), "s3cret");
	write_file("a", SLICE("s3cret\r\n"));
	CHECK_TEXT(get(SECRET_FILE, "a"), "s3cret");
	write_file("a", SLICE("two\nlines\n\n"));
	CHECK_TEXT(get(SECRET_FILE, "a"), "two\nlines\n");
	CHECK_TEXT(get(SECRET_FILE, arena_printf(arena, "%s/a", dir)), "two\nlines\n");
}

static void test_what_is_no_secret_file_is_refused(void)
{
	char large[SECRET_MAX + 1];

	memset(large, 'x', sizeof(large));
	write_file("large", (struct slice){ large, sizeof(large) });
	write_file("full", (struct slice){ large, SECRET_MAX });
	write_file("empty", SLICE("\n"));
	write_file("zero", SLICE("a\0b"));
	(void)mkfifo(arena_printf(arena, "%s/pipe", dir), 0600);
	CHECK_TEXT(get(SECRET_FILE, "missing"),
	           "file \"missing\": could not be opened: No such file or directory");
	CHECK_TEXT(get(SECRET_FILE, "large"), "file \"large\": is larger than 65536 bytes");
	CHECK_INT((int64_t)strlen(get(SECRET_FILE, "full")), SECRET_MAX);
	CHECK_TEXT(get(SECRET_FILE, "empty"), "file \"empty\": is empty");
	CHECK_TEXT(get(SECRET_FILE, "zero"), "file \"zero\": holds a zero byte");
	CHECK_TEXT(get(SECRET_FILE, "pipe"), "file \"pipe\": is no regular file");
	CHECK_TEXT(get(SECRET_FILE, "."), "file \".\": is no regular file");
	CHECK_TEXT(get(SECRET_FILE, ""), "file has no name");
}

static void test_environment(void)
{
	(void)setenv("TANDEM_TEST_SECRET", "from env", 1);
	(void)unsetenv("TANDEM_TEST_NONE");
	CHECK_TEXT(get(SECRET_ENV, "TANDEM_TEST_SECRET"), "from env");
	CHECK_TEXT(get(SECRET_ENV, "TANDEM_TEST_NONE"),
	           "env \"TANDEM_TEST_NONE\": is not set in the environment");
	CHECK_TEXT(get(SECRET_ENV, "A=B"), "env \"A=B\": is no name of an environment variable");
}

static void test_credentials(void)
{
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	CHECK_TEXT(get(SECRET_CREDENTIAL, "sfa"),
	           "credential \"sfa\": is not there: CREDENTIALS_DIRECTORY is not set; "
	           "the service manager sets it for LoadCredential=");
	(void)setenv("CREDENTIALS_DIRECTORY", dir, 1);
	write_file("sfa", SLICE("credential\n"));
	CHECK_TEXT(get(SECRET_CREDENTIAL, "sfa"), "credential");
	CHECK_TEXT(get(SECRET_CREDENTIAL, "../sfa"), "credential \"../sfa\": is no name of a credential");
	CHECK_TEXT(get(SECRET_CREDENTIAL, "none"),
	           "credential \"none\": could not be opened: No such file or directory");
}

static void test_unread_secrets_are_placeholders_until_forgotten(void)
{
	struct secrets unread = { .arena = arena, .dir = dir };
	struct slice member = SLICE_NULL;
	struct error err;

	CHECK(secret_read(&unread, SECRET_FILE, "missing", &member, &err));
	CHECK_SLICE(member, "***");
	secrets_forget(&unread);
	CHECK(slice_is_null(member));
	CHECK(!secret_read(&unread, SECRET_ENV, "A B", &member, &err));
}

static void test_wipe_leaves_no_byte(void)
{
	struct secrets wiped = { .arena = arena, .dir = dir, .is_read = true };
	struct slice member = SLICE_NULL;
	struct error err;
	const char *bytes;

	write_file("w", SLICE("hunter2\n"));
	CHECK(secret_read(&wiped, SECRET_FILE, "w", &member, &err));
	bytes = member.data;
	CHECK_TEXT(bytes, "hunter2");
	secrets_wipe(&wiped);
	CHECK(slice_is_null(member));
	for (int i = 0; i < 7; i++)
		CHECK_INT(bytes[i], 0);
}

int main(void)
{
	arena = arena_new(4096);
	CHECK(mkdtemp(dir) != NULL);
	secrets = (struct secrets){ .arena = arena, .dir = dir, .is_read = true };
	RUN(test_final_newline_is_taken_off_once);
	RUN(test_what_is_no_secret_file_is_refused);
	RUN(test_environment);
	RUN(test_credentials);
	RUN(test_unread_secrets_are_placeholders_until_forgotten);
	RUN(test_wipe_leaves_no_byte);
	for (const char *const *name =
	             (const char *const[]){ "a", "large", "full", "empty", "zero", "pipe", "sfa", "w", NULL };
	     *name; name++)
		(void)unlink(arena_printf(arena, "%s/%s", dir, *name));
	(void)rmdir(dir);
	arena_free(arena);
	return tap_done();
}
