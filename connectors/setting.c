/* SPDX-License-Identifier: Apache-2.0 */
#include "setting.h"

#include "cleanup.h"

const char *setting_type_name(enum setting_type type)
{
	static const char *const names[] = {
		[SETTING_END] = "end",
		[SETTING_TEXT] = "text",
		[SETTING_CHOICE] = "choice",
		[SETTING_INT] = "integer",
		[SETTING_BOOL] = "boolean",
		[SETTING_DURATION] = "duration",
		[SETTING_PERCENT] = "percentage",
		[SETTING_URL] = "URL",
		[SETTING_SECRET] = "secret",
		[SETTING_LIST] = "list",
		[SETTING_SIZE] = "size",
	};

	return (size_t)type < ARRAY_SIZE(names) ? names[type] : "unknown";
}
