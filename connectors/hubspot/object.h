/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Object pull: the state of one pull of contacts, companies or deals, shared by the files that make up the machine:
 * object.c (steps), object_page.c (list, search, recycle bin), object_ids.c (by ids), object_record.c (items →
 * records), association.c (links).
 *
 * A page is one main answer and what it still needs: the properties, when there are too many for an address or a
 * search body (batch read), then the associations. Until then pull->is_open holds the transaction back.
 */
#include "hubspot.h"

enum object_step {
	STEP_PIPELINES,				/* stages of deals, once a pull */
	STEP_LIST,				/* full load, by record id */
	STEP_SEARCH,				/* changes since the watermark */
	STEP_BIN,				/* archived records: deletions */
	STEP_IDS,				/* the ids of the pull, at once */
	STEP_ONE,				/* an id that the batch did not bring: merged away, or gone */
	STEP_DETAIL,				/* properties of a page */
	STEP_LINKS,				/* associations of a page */
	STEP_END,
};

/* One row of the open page; lives in the batch's arena. */
struct page_entry {
	struct slice id;
	struct record *record;			/* NULL: not read (yet), parked or gone */
	unsigned links_due;			/* bit i: object->links[i] is still to be read */
	unsigned links_long;			/* bit i: the list's own answer shows only the first of them */
	struct slice first, primary;		/* of a link with a primary one: ids, null until seen */
	bool is_continued;			/* the answer being read shows only a part of a list */
	bool is_unlinked;			/* whether it has associations is unknown */
	struct slice after;			/* where the rest of a long list of associations starts */
};

struct deal_stage {
	struct slice id;
	bool is_closed, is_won;
};

#define TIES_MAX 256

struct object_pull {
	const struct hubspot_object *object;
	enum object_step step;			/* what is asked next */
	enum object_step main;			/* what the open page belongs to */
	const char **properties;
	size_t n_properties;
	bool is_wide;				/* properties come by batch read: too many, or with history */
	const char **history;			/* properties whose times of change are asked for */
	size_t n_history;
	bool has_inline_links;			/* the list answers with associations: they need no call of their own */
	bool has_no_inline_links;		/* it refused to: the list is asked without */

	int64_t load_start_ms;			/* when the full load began: its first search starts there */
	const char *after;			/* list, bin: where the next page starts; "" at the beginning */

	int64_t mark_ms;			/* watermark: everything before it has been read */
	int64_t from_ms;			/* stamp at which the next search starts */
	const char *tie_id;			/* inside a window of one stamp: last id read; NULL outside */
	int64_t ties[TIES_MAX];			/* ids with the stamp from_ms that are in the records already */
	size_t n_ties;
	const char *search_after;		/* only where no item of a page shows a stamp; else "0" */
	size_t n_stamped;			/* of the page that is being read, as the next three */
	int64_t last_ms;
	struct slice last_id;
	int64_t page_ties[TIES_MAX];
	size_t n_page_ties;

	int64_t bin_ms, bin_start_ms;		/* recycle bin: last look; beginning of this one, 0 outside */
	enum object_step next_main;		/* once the open page is whole */

	struct page_entry *entries;
	size_t n_entries;
	bool has_details;			/* STEP_DETAIL is behind the open page */
	bool *is_id_read;			/* STEP_IDS: by place in pull->ids */
	struct deal_stage *stages;
	size_t n_stages;
};

/* object_page.c */
void hubspot_object_list_ask(struct pull *pull, struct object_pull *state, struct http_request *request);
bool hubspot_object_search_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			       struct error *err);
bool hubspot_object_list_read(struct pull *pull, struct object_pull *state,
			      const struct http_response *response, struct error *err);
bool hubspot_object_search_read(struct pull *pull, struct object_pull *state,
				const struct http_response *response, struct error *err);
bool hubspot_object_bin_read(struct pull *pull, struct object_pull *state,
			     const struct http_response *response, struct error *err);
void hubspot_object_search_begin(struct object_pull *state, const struct pull *pull, int64_t from_ms);
/* What follows when there is no further change: the recycle bin if it is due, or the end. */
enum object_step hubspot_object_after_search(const struct pull *pull, struct object_pull *state);

/* object_ids.c */
bool hubspot_object_batch_read_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
				   const struct slice *ids,
			   size_t n_ids, struct error *err);
bool hubspot_object_ids_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			    struct error *err);
bool hubspot_object_ids_read(struct pull *pull, struct object_pull *state,
			     const struct http_response *response, struct error *err);
void hubspot_object_one_ask(struct pull *pull, struct object_pull *state, struct http_request *request);
bool hubspot_object_one_read(struct pull *pull, struct object_pull *state,
			     const struct http_response *response, struct error *err);
bool hubspot_object_detail_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			       struct error *err);
bool hubspot_object_detail_read(struct pull *pull, struct object_pull *state,
				const struct http_response *response, struct error *err);

/* object_record.c */
void hubspot_object_properties_build(struct pull *pull, struct object_pull *state);
/* The item as a record of the batch, with what it says about merges and owners; NULL and err if it is none. */
struct record *hubspot_object_record_read(struct pull *pull, const struct object_pull *state,
					  const json_t *item, struct error *err);
/* A record that is gone; survivor: the one it lives on in, or empty. */
void hubspot_object_deleted_add(struct pull *pull, const struct object_pull *state, struct slice id,
				struct slice survivor);
/* Reads the items into records and entries; the bad ones are parked. wants says which are taken; NULL: all. */
void hubspot_object_items_read(struct pull *pull, struct object_pull *state, const struct hubspot_page *page,
		       bool (*wants)(struct pull *pull, struct object_pull *state, const json_t *item));
bool hubspot_object_stamp(const struct object_pull *state, const json_t *item, int64_t *ret_ms);

/* association.c */
void hubspot_object_links_due(struct object_pull *state, struct page_entry *entry);
void hubspot_object_links_inline(struct pull *pull, struct object_pull *state, struct page_entry *entry,
				 const json_t *item);
bool hubspot_object_links_ask(struct pull *pull, struct object_pull *state, struct http_request *request,
			      struct error *err);
bool hubspot_object_links_read(struct pull *pull, struct object_pull *state,
			       const struct http_response *response, struct error *err);
bool hubspot_object_links_are_due(const struct object_pull *state);
void hubspot_object_links_end(struct pull *pull, struct object_pull *state);	/* adds the primary ones */
