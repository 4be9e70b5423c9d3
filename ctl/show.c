/* SPDX-License-Identifier: Apache-2.0 */
#include "show.h"

#include <locale.h>
#include <wchar.h>

static const struct {
	wchar_t first, last;
} hidden[] = {
	{ 0x00ad, 0x00ad }, { 0x061c, 0x061c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },   { 0x2028, 0x202e },
	{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

void show_begin(void)
{
	/* Not the user's locale: what is shown is UTF-8 in any case, and numbers keep their point. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		(void)setlocale(LC_CTYPE, "");
}

static bool is_hidden(wchar_t c)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return wcwidth(c) < 0;
}

static size_t show_escape(struct buf *to, wchar_t c)
{
	static const char names[] = { ['\n'] = 'n', ['\t'] = 't', ['\r'] = 'r' };
	char text[16];
	int len;

	if (c < (wchar_t)sizeof(names) && names[c])
		len = snprintf(text, sizeof(text), "\\%c", names[c]);
	else if (c < 0x100)
		len = snprintf(text, sizeof(text), "\\x%02x", (unsigned)c);
	else
		len = snprintf(text, sizeof(text), "\\u{%x}", (unsigned)c);
	if (to)
		(void)buf_add(to, text, (size_t)len);
	return (size_t)len;
}

size_t show(struct buf *to, struct slice text)
{
	mbstate_t state = { 0 };
	size_t width = 0;

	for (size_t at = 0; at < text.len;) {
		wchar_t c;
		size_t len = mbrtowc(&c, text.data + at, text.len - at, &state);

		if (len == 0 || len > 4) { /* a zero byte, or no UTF-8 */
			c = (unsigned char)text.data[at];
			len = 1;
			state = (mbstate_t){ 0 };
			width += show_escape(to, c);
		} else if (is_hidden(c)) {
			width += show_escape(to, c);
		} else {
			width += (size_t)wcwidth(c);
			if (to)
				(void)buf_add(to, text.data + at, len);
		}
		at += len;
	}
	return width;
}
