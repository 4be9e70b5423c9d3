/* SPDX-License-Identifier: Apache-2.0 */
#include "salesforce.h"

#include "clock.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One character for five of the id: bit i is set when the i-th of them is a capital. */
static char case_mark(const char *five)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < 5; i++)
		if (five[i] >= 'A' && five[i] <= 'Z')
			bits |= 1u << i;
	return "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits];
}

bool record_id_parse(struct slice text, struct record_id *ret)
{
	struct record_id id = { "" };

	if (text.len != 15 && text.len != 18)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!is_letter(text.data[i]) && !is_digit(text.data[i]))
			return false;
	memcpy(id.text, text.data, text.len);
	for (size_t i = 0; text.len == 15 && i < 3; i++)
		id.text[15 + i] = case_mark(id.text + 5 * i);
	*ret = id;
	return true;
}

bool soql_is_name(struct slice name)
{
	bool is_start = true;

	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (c == '.' && !is_start)
			is_start = true;
		else if (is_letter(c) || (!is_start && (is_digit(c) || c == '_')))
			is_start = false;
		else
			return false;
	}
	return !is_start;
}

bool soql_is_text(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			return false;
	return slice_is_utf8(text);
}

void soql_text(struct buf *soql, struct slice text)
{
	(void)buf_add_char(soql, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\'' || text.data[i] == '\\')
			(void)buf_add_char(soql, '\\');
		(void)buf_add_char(soql, text.data[i]);
	}
	(void)buf_add_char(soql, '\'');
}

void soql_time(struct buf *soql, int64_t us)
{
	struct time_parts t = time_split(us);

	(void)buf_printf(soql, "%04d-%02d-%02dT%02d:%02d:%02d", t.year, t.month, t.day, t.hour, t.minute, t.second);
	if (t.microsecond >= 1000)
		(void)buf_printf(soql, ".%03d", t.microsecond / 1000);
	(void)buf_add_char(soql, 'Z');
}

static size_t url_length(char c)
{
	return is_letter(c) || is_digit(c) || memchr("-._~", c, 4) ? 1 : 3;
}

size_t soql_url_length(struct slice text)
{
	size_t len = 9;				/* two quotes and a comma */

	for (size_t i = 0; i < text.len; i++)
		len += url_length(text.data[i]) + (text.data[i] == '\'' || text.data[i] == '\\' ? 3 : 0);
	return len;
}
