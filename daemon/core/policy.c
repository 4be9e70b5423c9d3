/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

const struct field_policy *policy_field(const struct policy *policy, const struct field *field)
{
	for (size_t i = 0; i < policy->n_fields; i++) {
		const struct field *other = policy->fields[i].field;

		if (other->index == field->index && other->entity == field->entity)
			return &policy->fields[i];
	}
	return NULL;
}
