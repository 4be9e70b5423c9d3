/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Talk: one conversation of a case, whatever it is about: requests go out, recorded answers come back, and what was
 * read is put into rows. Each play runs one kind and returns how it ended.
 */
#include "case.h"

/* One conversation: what is asked and read, whatever it is about. */
struct talk {
	struct test_case *one;
	struct outcome_texts *texts;
	struct session session;
	json_t *rows;				/* rows.json */
	json_t *errors;
	size_t next_response;
	void *it;				/* struct pull, push, … */
	enum next (*ask)(struct talk *talk, struct http_request *request, struct error *err);
	bool (*read)(struct talk *talk, const struct http_response *response, struct error *err);
	bool is_login;
};

/* How it ended: "done", "failed", or "asks on" when the recorded answers were used up. */
const char *talk_run(struct talk *talk);

const char *pull_play(struct talk *talk);
const char *push_play(struct talk *talk);
const char *notice_play(struct talk *talk);
const char *describe_play(struct talk *talk);
const char *login_play(struct talk *talk);
const char *hook_play(struct talk *talk);
