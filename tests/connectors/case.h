/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Case: one folder of tests/connectors/<connector>/, a conversation kept as data (README.md says how to write one).
 *
 * A case is read (case_read.c), its settings are filled into the module's config struct (case_config.c), the
 * conversation is played without a network (case_play.c) and what came of it is put into two texts (case_show.c) that
 * are compared with the files of the folder. Everything lives in the case's arena.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "connector.h"
#include "error.h"
#include "http_message.h"

struct test_case {
	struct arena *arena;
	const char *folder;
	json_t *spec;				/* case.json */
	json_t *settings;			/* config.json, or an empty object */
	const struct connector_ops *ops;
	const struct stream_ops *stream;	/* NULL: none named */
	void *config;
	const char *base_url;
	int64_t now_us;
	struct http_response *responses;
	size_t n_responses;
};

struct outcome_texts {
	struct buf requests;			/* requests.txt */
	struct buf rows;			/* rows.json */
};

bool case_load(struct arena *arena, const char *folder, struct test_case *ret, struct error *err) MUST_CHECK;
void case_done(struct test_case *one);
bool file_read(struct arena *arena, const char *folder, const char *name, struct slice *ret,
	       struct error *err) MUST_CHECK;

/* Fills the config struct as the daemon would: fallbacks first, then the values given. settings_check is not called. */
bool case_configure(struct test_case *one, struct error *err) MUST_CHECK;

void case_play(struct test_case *one, struct outcome_texts *texts);

/* A NUL-terminated member, "" or the fallback if missing; null slice for JSON null. */
const char *spec_text(const struct test_case *one, const json_t *object, const char *name,
		      const char *fallback);
struct slice spec_slice(const json_t *object, const char *name);	/* empty if missing; null slice for null */
int64_t spec_time(const json_t *object, const char *name, int64_t fallback);

void show_request(struct buf *out, const struct http_request *request);
json_t *show_text(struct slice text);					/* null slice: null; no UTF-8: hex */
json_t *show_time(struct arena *arena, int64_t us);			/* 0: null */
json_t *show_error(const struct error *err);
json_t *show_page(struct arena *arena, const struct pull *pull);
json_t *show_item(const struct push_item *item);
json_t *show_field(const struct field_info *field);
json_t *show_event(struct arena *arena, const struct hook_event *event);
const char *outcome_name(enum outcome outcome);
