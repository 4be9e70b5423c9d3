/* SPDX-License-Identifier: Apache-2.0 */
#include "mapping.h"

static void read_row(struct arena *arena, const struct map_row *row, struct slice value, struct slice *ret,
		     struct error *ret_error)
{
	struct error err = { 0 };

	if (field_read(arena, row->field->type, value, ret, &err))
		return;
	*ret = SLICE_NULL;
	if (ret_error->kind != ERROR_NONE)
		return;
	(void)fail_in(&err, "field \"%s\"", row->remote);
	*ret_error = err;
}

void mapping_read(struct arena *arena, const struct map_row *map, size_t n_map, enum entity entity,
		  const struct slice *remote_values, struct slice canonical[VALUES_MAX], struct error *ret_error)
{
	memset(canonical, 0, VALUES_MAX * sizeof(*canonical));
	ret_error->kind = ERROR_NONE;
	for (size_t i = 0; i < n_map; i++) {
		const struct map_row *row = &map[i];

		if (!row->can_pull || row->field->entity != entity || slice_is_null(remote_values[i]))
			continue;
		/* two remote fields for one canonical: the first that says something speaks */
		if (!slice_is_empty(canonical[row->field->index]))
			continue;
		read_row(arena, row, remote_values[i], &canonical[row->field->index], ret_error);
	}
}
