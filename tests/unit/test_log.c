/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <fcntl.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "tap.h"

static int sink[2], real_stderr;
static char said[1 << 17];

static void sink_open(void)
{
	real_stderr = dup(STDERR_FILENO);
	CHECK(pipe2(sink, O_CLOEXEC) == 0);
	CHECK(dup2(sink[1], STDERR_FILENO) == STDERR_FILENO);
	CHECK(fcntl(sink[0], F_SETFL, O_NONBLOCK) == 0);
	clock_fake_set(INT64_C(1769854530000000));
}

static void sink_close(void)
{
	(void)dup2(real_stderr, STDERR_FILENO);
	(void)close(real_stderr);
	(void)close(sink[0]);
	(void)close(sink[1]);
	clock_fake_end();
}

static const char *hear(void)
{
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(said) - 1 && (n = read(sink[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	return said;
}

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_a_line_has_level_tags_message_and_fields(void)
{
	const struct log root = { 0 }, connector = { &root, "connector", "sfa" },
	                 run = { &connector, "run", "41" };
	const bool is_last = true; /* the word itself is an int in C17 */
	struct error err;

	(void)fail(&err, ERROR_TRANSIENT, "answer %d", 503);
	LOG_INFO(&run, "page stored", kv("records", 100), kv("seconds", 0.2144), kv("last", is_last),
	         kv("id", SLICE("x1")), kv("big", UINT64_MAX), kv("low", INT64_MIN), kv("error", &err));
	CHECK_TEXT(hear(),
	           "level=info connector=sfa run=41 msg=\"page stored\" records=100 seconds=0.214 last=true "
	           "id=x1 "
	           "big=18446744073709551615 low=-9223372036854775808 error=\"answer 503\" kind=transient\n");
	LOG_ERROR(NULL, "stopped");
	CHECK_TEXT(hear(), "level=error msg=stopped\n");
}

static void test_values_are_quoted_so_that_a_line_stays_a_line(void)
{
	const char *nothing = NULL;

	LOG_WARNING(NULL, "quoted", kv("a", "two words"), kv("b", "say \"hi\" \\"), kv("c", ""),
	            kv("d", "x=1"), kv("e", nothing), kv("f", SLICE_NULL),
	            kv("g", "a\nlevel=error\r\t\x1b[31m\x7f"), kv("h", "m\xc3\xbcller"),
	            kv("i", "\xc2\x9b"
	                    "31m"),
	            kv("j", "\xff\xfe"), kv("k", SLICE("a\0b")));
	CHECK_TEXT(
	        hear(),
	        "level=warning msg=quoted a=\"two words\" b=\"say \\\"hi\\\" \\\\\" c=\"\" d=\"x=1\" e=null "
	        "f=null "
	        "g=\"a\\nlevel=error\\r\\t\\u001b[31m\\u007f\" h=\"m\xc3\xbcller\" i=\"\\u009b31m\" j=\"??\" "
	        "k=\"a\\u0000b\"\n");
}

static void test_lines_below_the_level_are_not_written(void)
{
	CHECK_INT(log_level_get(), LOG_LEVEL_INFO);
	LOG_DEBUG(NULL, "detail");
	CHECK_TEXT(hear(), "");
	log_level_set(LOG_LEVEL_DEBUG);
	LOG_DEBUG(NULL, "detail");
	CHECK_TEXT(hear(), "level=debug msg=detail\n");
	log_level_set(LOG_LEVEL_ERROR);
	LOG_WARNING(NULL, "coped");
	CHECK_TEXT(hear(), "");
	log_level_set(LOG_LEVEL_INFO);
}

static void test_levels_have_names_both_ways(void)
{
	enum log_level level = LOG_LEVEL_INFO;

	CHECK(log_level_parse("warning", &level));
	CHECK_INT(level, LOG_LEVEL_WARNING);
	CHECK(log_level_parse("debug", &level));
	CHECK(!log_level_parse("warn", &level));
	CHECK(!log_level_parse("", &level));
	CHECK(!log_level_parse(NULL, &level));
	CHECK_INT(level, LOG_LEVEL_DEBUG);
	CHECK_TEXT(log_level_name(LOG_LEVEL_ERROR), "error");
}

static void say_again(int i)
{
	LOG_INFO(NULL, "again", kv("i", i));
}

static void test_repeats_are_limited_counted_and_told(void)
{
	uint64_t before = log_lines_lost();

	for (int i = 0; i < 50; i++)
		say_again(i);
	CHECK_INT((int64_t)lines(hear()), 20);
	CHECK_INT((int64_t)(log_lines_lost() - before), 30);
	LOG_INFO(NULL, "another message");
	CHECK_TEXT(hear(), "level=info msg=\"another message\"\n");
	clock_fake_move(9999999);
	say_again(50);
	CHECK_TEXT(hear(), "");
	clock_fake_move(1);
	say_again(51);
	CHECK_TEXT(hear(), "level=info msg=again repeats=31 i=51\n");
	say_again(52);
	CHECK_TEXT(hear(), "level=info msg=again i=52\n");
}

/* One message of each level, and many messages, have their own counts. */
static void test_repeats_are_counted_apart(void)
{
	static char messages[300][8];

	for (int i = 0; i < 25; i++) {
		log_write(NULL, LOG_LEVEL_INFO, "both", NULL);
		log_write(NULL, LOG_LEVEL_ERROR, "both", NULL);
	}
	CHECK_INT((int64_t)lines(hear()), 40);
	for (size_t i = 0; i < 300; i++) {
		snprintf(messages[i], sizeof(messages[i]), "m%zu", i);
		for (int k = 0; k < 2; k++)
			log_write(NULL, LOG_LEVEL_INFO, messages[i], NULL);
	}
	CHECK_INT((int64_t)lines(hear()), 600);
}

static void test_a_full_sink_loses_lines_and_tells_it_later(void)
{
	uint64_t before = log_lines_lost();
	char block[4096];

	memset(block, '.', sizeof(block));
	CHECK(fcntl(sink[1], F_SETFL, O_NONBLOCK) == 0);
	while (write(sink[1], block, sizeof(block)) > 0)
		;
	CHECK(fcntl(sink[1], F_SETFL, 0) == 0); /* a write would now wait for ever */
	for (int i = 0; i < 3; i++)
		LOG_INFO(NULL, "into a full pipe");
	CHECK_INT((int64_t)(log_lines_lost() - before), 3);
	(void)hear();
	LOG_INFO(NULL, "room again");
	CHECK_TEXT(hear(), "level=warning msg=\"log lines lost\" lines=3\nlevel=info msg=\"room again\"\n");
	LOG_INFO(NULL, "told once");
	CHECK_TEXT(hear(), "level=info msg=\"told once\"\n");
}

static void test_long_lines_are_cut_and_say_so(void)
{
	static char large[5000];

	for (size_t i = 0; i + 1 < sizeof(large); i++)
		large[i] = "\xe2\x82\xac"[i % 3];
	LOG_INFO(NULL, "one long value", kv("a", (const char *)large), kv("b", 2));
	const char *text = hear();
	CHECK_INT((int64_t)lines(text), 1);
	CHECK(slice_is_utf8(slice_of(text)));
	CHECK(slice_ends(slice_of(text), "\xac\" b=2 cut=true\n"));
	CHECK(strlen(text) > 1000 && strlen(text) < 1200);

	memset(large, '"', sizeof(large) - 1);
	for (size_t shift = 0; shift < 12; shift++) {
		struct slice pad = { "xxxxxxxxxxxx", shift };

		LOG_INFO(NULL, "many long values", kv("s", pad), kv("a", (const char *)large),
		         kv("b", (const char *)large), kv("c", (const char *)large), kv("d", 4));
		text = hear();
		CHECK_INT((int64_t)lines(text), 1);
		CHECK(slice_ends(slice_of(text), "\" cut=true\n"));
		CHECK(strlen(text) <= 4096 && strlen(text) > 4070);
	}
}

static void test_a_closed_sink_is_survived(void)
{
	uint64_t before = log_lines_lost();

	(void)close(sink[0]);
	LOG_INFO(NULL, "nobody reads");
	CHECK_INT((int64_t)(log_lines_lost() - before), 1);
	(void)close(STDERR_FILENO);
	LOG_INFO(NULL, "no descriptor");
	CHECK_INT((int64_t)(log_lines_lost() - before), 2);
}

int main(void)
{
	sink_open();
	RUN(test_a_line_has_level_tags_message_and_fields);
	RUN(test_values_are_quoted_so_that_a_line_stays_a_line);
	RUN(test_lines_below_the_level_are_not_written);
	RUN(test_levels_have_names_both_ways);
	RUN(test_repeats_are_limited_counted_and_told);
	RUN(test_repeats_are_counted_apart);
	RUN(test_a_full_sink_loses_lines_and_tells_it_later);
	RUN(test_long_lines_are_cut_and_say_so);
	RUN(test_a_closed_sink_is_survived);
	sink_close();
	return tap_done();
}
