/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "wording.h"

static bool is_line_end(struct slice text, size_t i)
{
	return text.data[i] == '\n' ||
	       (text.data[i] == '\r' && (i + 1 == text.len || text.data[i + 1] != '\n'));
}

void text_place(struct slice text, size_t offset, int *ret_line, int *ret_column)
{
	int line = 1, column = 1;

	for (size_t i = 0; i < offset && i < text.len; i++) {
		if (is_line_end(text, i)) {
			line++;
			column = 1;
		} else if (((unsigned char)text.data[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	*ret_line = line;
	*ret_column = column;
}

static bool is_refused_control(unsigned char c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

bool text_check(struct slice text, const char *file, struct problems *problems)
{
	int line, column;

	for (size_t at = 0, len; at < text.len; at += len) {
		unsigned char c = (unsigned char)text.data[at];

		len = character_length(slice_sub(text, at, text.len - at));
		if (len && !is_refused_control(c))
			continue;
		text_place(text, at, &line, &column);
		problems_add(problems, file, line, column,
		             len || !c ? "control character 0x%02x is not allowed"
		                       : "byte 0x%02x is not UTF-8",
		             c);
		return false;
	}
	return true;
}

static struct slice line_of(struct slice text, size_t line)
{
	struct slice head, tail = text;

	do
		if (!slice_split(tail, '\n', &head, &tail))
			tail = SLICE("");
	while (line-- && tail.len);
	return head;
}

int text_indenting_tab(struct slice text, size_t line_number)
{
	struct slice line = line_of(text, line_number);

	for (size_t i = 0; i < line.len && (line.data[i] == ' ' || line.data[i] == '\t'); i++)
		if (line.data[i] == '\t')
			return (int)i + 1;
	return 0;
}
