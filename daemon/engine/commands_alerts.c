/* SPDX-License-Identifier: Apache-2.0 */
#include "commands_private.h"

#define ALERTS_MAX 50

json_t *alert_rows(const struct store *store, const struct pg_result *result)
{
	static const struct cell cells[] = {
		{ "alert", CELL_ID, 't' },  { "created", CELL_TIME, 0 }, { "person_id", CELL_ID, 'p' },
		{ "person", CELL_TEXT, 0 }, { "rule", CELL_TEXT, 0 },    { "user_id", CELL_ID, 'u' },
		{ "user", CELL_TEXT, 0 },   { "step", CELL_TEXT, 0 },    { "state", CELL_TEXT, 0 },
		{ "why", CELL_TEXT, 0 },    { "subject", CELL_TEXT, 0 }, { "connector", CELL_CONNECTOR, 0 },
		{ "object", CELL_TEXT, 0 }, { "remote", CELL_TEXT, 0 },  { "activities", CELL_INT, 0 },
		{ "error", CELL_TEXT, 0 },  { "sent", CELL_TIME, 0 },    { "opportunity_id", CELL_ID, 'o' },
	};

	return rows_read(store, result, cells, ARRAY_SIZE(cells));
}

static void read_alerts(struct command *command, const struct pg_result *result)
{
	json_object_set_new(command->state, "rows", alert_rows(&command->engine->store, result));
	if (result->n_rows == ALERTS_MAX)
		table_note(command->state, "the last %d", ALERTS_MAX);
}

static void alerts_release(struct command *command)
{
	json_decref(command->state);
}

static void alerts_answer(struct command *command)
{
	json_t *table = TAKE(command->state);

	if (!json_array_size(json_object_get(table, "rows")))
		table_note(table, "no alert yet");
	command_answer(command, table);
}

void alerts_run(struct command *command)
{
	static const struct column columns[] = {
		{ "created", "WHEN" }, { "person", "PERSON" }, { "subject", "WHAT" },
		{ "user", "TO" },      { "state", "STATE" },   { "connector", "IN" },
		{ "remote", "TASK" },  { "why", "WHY" },       { "error", "ERROR" },
	};

	command->state = table_new(columns, ARRAY_SIZE(columns));
	command->release = alerts_release;
	command->go_on = alerts_answer;
	report_alerts(command_report(command, read_alerts), 0, ALERTS_MAX);
}
