/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pull of every stream: one query after the other, each a page or several (nextRecordsUrl), the place kept as a
 * keyset. An answer counts only once everything that belongs to it was read, so whatever fails is asked again from the
 * last whole page: a locator is never used twice.
 */
#include "salesforce.h"

#include "clock.h"
#include "json.h"

#define IDS_PER_QUERY 100			/* keeps the address far below what a GET may have */
#define LIMIT_MIN 50				/* a query that times out with so few rows will not get better */
#define TROUBLES_MAX 100			/* without a good answer in between: more than there are columns */
#define ROLES_LOOK_BACK_US (25 * 3600 * US_PER_S)

struct caller pull_caller(const struct pull *pull)
{
	return (struct caller){ pull->config, pull->session, pull->run_arena };
}

/* -- Beginning -- */

static bool take_cursor(const struct pull *pull, struct scan *scan, struct error *err)
{
	struct slice rows, roles;

	if (!pull->cursor)
		return true;
	(void)slice_split(slice_of(pull->cursor), ';', &rows, &roles);
	if (!keyset_parse(rows, &scan->rows) || (!slice_is_null(roles) && !keyset_parse(roles, &scan->roles)))
		return fail(err, ERROR_REFUSED, "the stored cursor \"%s\" cannot be read: a full resync of the "
			    "stream writes a new one", pull->cursor);
	return true;
}

static void take_ids(struct pull *pull, struct scan *scan)
{
	scan->is_by_ids = true;
	for (size_t i = 0; i < pull->n_ids; i++) {
		struct record_id id;

		if (record_id_parse(pull->ids[i], &id))	/* what is no id is no record */
			scan_want(scan, pull->run_arena, &id);
	}
	scan->phase = scan->n_ids ? PHASE_ROWS : PHASE_DONE;
}

static bool scan_begin(struct pull *pull, struct error *err)
{
	const struct salesforce_config *config = pull->config;
	struct scan *scan = arena_alloc(pull->run_arena, sizeof(*scan));
	size_t limit = (size_t)config->page_size;

	scan->began_us = pull->now_us;
	scan->limit = pull->page_size && pull->page_size < limit ? pull->page_size : limit;
	if (!select_columns(pull, scan, err) || !take_cursor(pull, scan, err))
		return false;
	if (pull->ids)
		take_ids(pull, scan);
	else if (pull->since_us)
		keyset_start(&scan->rows, pull->since_us);
	/* Roles from before the first pass are read with their opportunities. */
	if (!scan->roles.is_started)
		keyset_start(&scan->roles, pull->now_us - ROLES_LOOK_BACK_US);
	pull->state = scan;
	return true;
}

/* -- Asking -- */

static size_t ids_of_query(const struct scan *scan)
{
	size_t left = scan->n_ids - scan->at_id;

	return left < IDS_PER_QUERY ? left : IDS_PER_QUERY;
}

static void add_ids(const struct scan *scan, struct buf *soql)
{
	for (size_t i = 0; i < ids_of_query(scan); i++) {
		(void)buf_add_text(soql, i ? "," : " WHERE Id IN (");
		soql_text(soql, record_id_slice(&scan->ids[scan->at_id + i]));
	}
	(void)buf_add_char(soql, ')');
}

static enum next ask_query(struct pull *pull, struct scan *scan, struct http_request *request, struct error *err)
{
	struct caller caller = pull_caller(pull);
	CLEANUP(buf_done) struct buf soql = { 0 };

	buf_init(&soql, SOQL_MAX);
	scan->n_query_rows = 0;
	scan->query = scan->phase == PHASE_ROLES ? QUERY_ROLES : QUERY_ROWS;
	if (scan->at_id < scan->n_ids)
		scan->query = QUERY_IDS;
	if (scan->query == QUERY_ROLES)
		roles_select(&soql);
	else
		select_add(scan, sobject_of(pull->stream), &soql);
	if (scan->query == QUERY_IDS) {
		add_ids(scan, &soql);
	} else {
		keyset_where(scan->query == QUERY_ROLES ? &scan->roles : &scan->rows, &soql);
		(void)buf_printf(&soql, " LIMIT %zu", scan->limit);
	}
	return query_ask(request, &caller, &soql, true, scan->limit, err) ? NEXT_REQUEST : NEXT_FAILED;
}

/* A request that got no answer we read: what hung on locators is forgotten and asked for by keyset. */
static void scan_retry(struct scan *scan)
{
	scan->children = NULL;
	scan->next_url = NULL;
	scan->page = (struct scan_page){ 0 };
}

enum next salesforce_pull_ask(struct pull *pull, struct http_request *request, struct error *err)
{
	struct caller caller = pull_caller(pull);
	struct scan *scan = pull->state;
	const char *url;

	if (!scan && !scan_begin(pull, err))
		return NEXT_FAILED;
	scan = pull->state;
	if (scan->phase == PHASE_DONE)
		return NEXT_DONE;
	if (scan->is_asked)
		scan_retry(scan);
	scan->is_asked = true;
	url = scan->children ? scan->children->url : scan->next_url;
	if (!url)
		return ask_query(pull, scan, request, err);
	query_ask_more(request, &caller, url);
	return NEXT_REQUEST;
}

/* -- Rows -- */

static bool row_record(struct row *row, struct scan *scan, struct error *err)
{
	const struct sobject *object = sobject_of(row->pull->stream);
	struct pull *pull = row->pull;

	if (object->accept && !object->accept(row))
		return true;
	row->record = batch_add(pull->batch, pull->stream->name, pull->stream->entity, record_id_slice(&row->id));
	row->record->modified_us = row->stamp_us;
	row->record->is_deleted = row_is(row->json, "IsDeleted");
	for (size_t i = 0; i < pull->n_fields; i++)
		batch_set(pull->batch, row->record, i,
			  row_plain(pull->batch->arena, row_value(row->json, pull->fields[i])));
	for (const struct column *column = object->columns; column->name; column++)
		if (column->is_ref)
			row_ref(row, column->kind, column->object, row_value(row->json, column->name));
	if (object->finish)
		object->finish(row);
	return !object->has_roles || roles_of_row(row, scan, err);
}

static void read_row(struct pull *pull, struct scan *scan, struct slice raw)
{
	CLEANUP(json_decref_p) json_t *json = NULL;
	struct row row = { .pull = pull };
	struct error err = { 0 };
	bool is_read = json_item(pull->batch->arena, raw, &json, &err);

	row.json = json;
	is_read = is_read && row_head(&row, &err);
	if (scan->query == QUERY_ROLES) {
		struct record_id id;

		if (record_id_parse(is_read ? row_value(json, "OpportunityId")
					    : row_raw(raw, "\"OpportunityId\""), &id))
			scan_want(scan, pull->run_arena, &id);
		row_place(&row, raw);
	} else if (!is_read || !row_record(&row, scan, &err)) {
		row_place(&row, raw);
		batch_park(pull->batch, pull->stream->name, record_id_slice(&row.id), raw, &err);
	}
	if (row.id.text[0] && row.stamp_us) {
		scan->page.last_us = row.stamp_us;
		scan->page.last_id = row.id;
	}
}

/* -- Going on -- */

static const char *cursor_of(const struct pull *pull, const struct scan *scan)
{
	const char *rows = keyset_print(pull->run_arena, &scan->rows);

	if (!sobject_of(pull->stream)->has_roles)
		return rows;
	return arena_printf(pull->run_arena, "%s;%s", rows, keyset_print(pull->run_arena, &scan->roles));
}

static void ids_over(struct scan *scan)
{
	scan->at_id += ids_of_query(scan);
	if (scan->at_id < scan->n_ids)
		return;
	scan->at_id = scan->n_ids = 0;
	if (scan->is_by_ids || scan->roles_done)
		scan->phase = PHASE_DONE;
}

/* A query that filled its LIMIT says nothing about what comes behind it. */
static void keyset_over(struct pull *pull, struct scan *scan, struct keyset *keyset)
{
	if (scan->n_query_rows >= scan->limit)
		return;
	keyset_turn(keyset, scan->began_us, pull->overlap_ms * 1000);
	scan->roles_done = scan->query == QUERY_ROLES;
	if (scan->query == QUERY_ROWS && sobject_of(pull->stream)->has_roles)
		scan->phase = PHASE_ROLES;
	else if (!scan->n_ids)
		scan->phase = PHASE_DONE;
}

static bool keyset_advance(struct pull *pull, struct scan *scan, struct error *err)
{
	struct keyset *keyset = scan->query == QUERY_ROLES ? &scan->roles : &scan->rows;
	const struct scan_page *page = &scan->page;

	if (page->n_rows && !page->last_id.text[0])
		return fail(err, ERROR_REFUSED, "none of the %zu rows of a page tells its Id and SystemModstamp",
			    page->n_rows);
	if (page->n_rows && scan->n_query_rows >= scan->limit && keyset->at_us == page->last_us &&
	    strcmp(keyset->id.text, page->last_id.text) == 0)
		return fail(err, ERROR_TRANSIENT, "the page behind %s was answered with the same record again",
			    page->last_id.text);
	if (page->n_rows)
		keyset_move(keyset, page->last_us, &page->last_id, pull->now_us, pull->overlap_ms * 1000);
	if (!page->next_url)
		keyset_over(pull, scan, keyset);
	return true;
}

/* The answer is whole: the place moves behind it. */
static bool scan_advance(struct pull *pull, struct scan *scan, struct error *err)
{
	scan->n_query_rows += scan->page.n_rows;
	if (scan->query != QUERY_IDS) {
		if (!keyset_advance(pull, scan, err))
			return false;
	} else if (!scan->page.next_url)
		ids_over(scan);
	scan->next_url = scan->page.next_url;
	scan->page = (struct scan_page){ 0 };
	return true;
}

static bool read_page(struct pull *pull, struct scan *scan, struct slice body, struct error *err)
{
	struct query_page page;

	if (!query_read(pull->batch->arena, body, &page, err))
		return false;
	if (page.next_url && scan->next_url && strcmp(page.next_url, scan->next_url) == 0)
		return fail(err, ERROR_TRANSIENT, "nextRecordsUrl \"%s\" leads to itself", page.next_url);
	scan->page = (struct scan_page){ .n_rows = page.n_rows,
					 .next_url = arena_strdup(pull->run_arena, page.next_url) };
	for (size_t i = 0; i < page.n_rows; i++)
		read_row(pull, scan, page.rows[i]);
	return true;
}

/* -- Trouble -- */

static bool refuse(struct error *err)
{
	err->kind = ERROR_REFUSED;		/* mapping or rights have to be changed by somebody */
	return false;
}

/* Roles that cannot be asked for by themselves are still read with each opportunity that changes. */
static bool without_roles(struct scan *scan)
{
	scan->phase = PHASE_DONE;
	return true;
}

static bool smaller_limit(struct scan *scan)
{
	if (scan->query == QUERY_IDS || scan->limit <= LIMIT_MIN)
		return false;
	scan->limit /= 2;
	return true;
}

/* True: asking again, differently, may help. False: err stands. */
static bool read_trouble(struct scan *scan, enum trouble trouble, struct slice body, struct error *err)
{
	bool had_locator = scan->next_url || scan->children;

	scan_retry(scan);
	if (++scan->n_troubles > TROUBLES_MAX)
		return false;
	switch (trouble) {
	case TROUBLE_TIMEOUT:
		return smaller_limit(scan);
	case TROUBLE_LOCATOR:
		return had_locator;
	case TROUBLE_FIELD:
		if (scan->query == QUERY_ROLES)
			return without_roles(scan);
		return select_drop(scan, body) || refuse(err);
	case TROUBLE_TYPE:
		if (scan->query == QUERY_ROLES)
			return without_roles(scan);
		return select_drop(scan, body) || refuse(err);
	case TROUBLE_MISSING:
		return refuse(err);
	case TROUBLE_NONE:
		break;
	}
	return false;
}

bool salesforce_pull_read(struct pull *pull, const struct http_response *response, struct error *err)
{
	struct scan *scan = pull->state;
	enum trouble trouble = salesforce_trouble(response, err);
	bool is_read;

	if (trouble == TROUBLE_NONE && !salesforce_verdict(response, err))
		return false;
	scan->is_asked = false;
	if (trouble != TROUBLE_NONE) {
		if (!read_trouble(scan, trouble, response->body, err))
			return false;
		pull->is_open = scan->phase != PHASE_DONE;	/* nothing was read, nothing is to be stored */
		return true;
	}
	is_read = scan->children ? roles_child_read(pull, scan, response->body, err)
				 : read_page(pull, scan, response->body, err);
	if (!is_read || (!scan->children && !scan_advance(pull, scan, err))) {
		scan_retry(scan);
		return false;
	}
	scan->n_troubles = 0;
	/* Changed roles count only once their opportunities were read again. */
	pull->is_open = scan->children || (!scan->is_by_ids && scan->n_ids);
	if (!pull->is_open && !scan->is_by_ids)
		pull->cursor = cursor_of(pull, scan);
	return true;
}
