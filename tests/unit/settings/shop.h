/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Shop: a module that exists in tests only, and the registry that holds it; with a folder to load
 * configurations from. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "tap.h"

struct shop_config {
	int flow;
	const char *user;
	struct slice token, key;
	int64_t page_size;
	const char *key_lead;
};

static const char *const shop_flows[] = { "password", "key", NULL };

static const struct setting shop_settings[] = {
	CHOICE_SETTING(struct shop_config, flow, "auth.flow", .choices = shop_flows, .fallback = "password",
	               .help = "how to log in"),
	TEXT_SETTING(struct shop_config, user, "auth.user", .help = "login name"),
	SECRET_SETTING(struct shop_config, token, "auth.token", .required = true, .help = "token"),
	SECRET_SETTING(struct shop_config, key, "webhook.key", .help = "key of webhooks"),
	INT_SETTING(struct shop_config, page_size, "page_size", .fallback = "50", .min = 10, .max = 200,
	            .help = "records a page"),
	TEXT_SETTING(struct shop_config, key_lead, "key_field.lead", .fallback = "Our_Id",
	             .help = "id field of leads"),
	{ 0 }
};

static bool shop_check(const void *config, struct error *err)
{
	const struct shop_config *shop = config;

	if (shop->flow == 1 && !slice_starts(shop->token, "KEY "))
		return fail(err, ERROR_CONFIG,
		            "\"auth.token\" does not begin with KEY, as auth.flow \"key\" wants");
	return shop->flow == 1 || shop->user ||
	       fail(err, ERROR_CONFIG, "\"auth.user\" is needed with auth.flow \"password\"");
}

static enum next shop_notice(struct notice *notice UNUSED, struct http_request *request UNUSED,
                             struct error *err UNUSED)
{
	return NEXT_DONE;
}

static const struct stream_ops shop_user = {
	.name = "user",
	.entity = ENTITY_USER,
	.fields = (const struct field_map[]){ { "email", "Mail", MAP_PULL }, { NULL, NULL, MAP_BOTH } },
};
static const struct stream_ops shop_lead = {
	.name = "lead",
	.entity = ENTITY_PERSON,
	.push_max = 10,
	.can_create = true,
	.key_field = "Never",
	.fields =
	        (const struct field_map[]){
	                { "email", "Mail", MAP_BOTH },
	                { "title", "Job", MAP_BOTH },
	                { "phone", "Phone", MAP_BOTH },
	                { "phone", "Phone2", MAP_PULL },
	                { NULL, NULL, MAP_BOTH },
	        },
};
static const struct stream_ops shop_contact = {
	.name = "contact",
	.entity = ENTITY_PERSON,
	.push_max = 10,
	.can_create = true,
	.key_field = "Contact_Key",
	.fields =
	        (const struct field_map[]){
	                { "email", "Email", MAP_BOTH },
	                { "title", "Title", MAP_BOTH },
	                { "company", "Company", MAP_PULL },
	                { NULL, NULL, MAP_BOTH },
	        },
};
static const struct stream_ops shop_deal = {
	.name = "deal",
	.entity = ENTITY_OPPORTUNITY,
	.fields = (const struct field_map[]){ { "name", "Name", MAP_BOTH }, { NULL, NULL, MAP_BOTH } },
};
/* Persons and accounts in one: "name" is a field of accounts only, "first_name" of persons only. */
static const struct stream_ops shop_party = {
	.name = "party",
	.entity = ENTITY_PERSON,
	.push_max = 1,
	.fields =
	        (const struct field_map[]){
	                { "first_name", "First", MAP_BOTH },
	                { "name", "Name", MAP_BOTH },
	                { "phone", "Phone", MAP_BOTH },
	                { NULL, NULL, MAP_BOTH },
	        },
};
static const struct stream_ops shop_visit = { .name = "visit", .entity = ENTITY_ACTIVITY };

static const struct stream_ops *const shop_streams[] = { &shop_user,  &shop_lead,  &shop_contact, &shop_deal,
	                                                 &shop_visit, &shop_party, NULL };

static const struct connector_ops shop_connector = {
	.name = "shop",
	.help = "a shop",
	.default_role = "sfa",
	.settings = shop_settings,
	.config_size = sizeof(struct shop_config),
	.settings_check = shop_check,
	.streams = shop_streams,
	.calls_per_second = 7,
	.calls_per_day = 1000,
	.notice_ask = shop_notice,
};
static const struct connector_ops mail_connector = {
	.name = "mail",
	.help = "a mailer",
	.default_role = "ma",
	.default_base_url = "https://api.mail.example",
	.config_size = 1,
	.streams = shop_streams,
};
const struct connector_ops *const connector_registry[] = { &shop_connector, &mail_connector, NULL };

/* -- A folder of configuration files -- */

struct folder {
	char path[64];
	struct arena *arena;
	struct problems problems;
	struct config *config; /* of the last folder_load */
};

static inline void folder_begin(struct folder *folder)
{
	*folder = (struct folder){ .path = "/tmp/tandem-test-XXXXXX", .arena = arena_new(4096) };
	CHECK(mkdtemp(folder->path) != NULL);
	CHECK_INT(mkdir(arena_printf(folder->arena, "%s/connectors.d", folder->path), 0700), 0);
}

static inline void folder_write_bytes(struct folder *folder, const char *name, struct slice text)
{
	int fd = open(arena_printf(folder->arena, "%s/%s", folder->path, name),
	              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text.data, text.len), (int64_t)text.len);
	(void)close(fd);
}

static inline void folder_write(struct folder *folder, const char *name, const char *text)
{
	folder_write_bytes(folder, name, slice_of(text));
}

/* Problems as printed; "" when the configuration is good. */
static inline const char *folder_load_as(struct folder *folder, bool read_secrets)
{
	struct buf text;
	const char *printed;

	config_unref(folder->config);
	folder->problems = (struct problems){ .arena = folder->arena };
	folder->config = config_load(folder->path, read_secrets, &folder->problems);
	CHECK((folder->config == NULL) == (folder->problems.n > 0));
	buf_init(&text, 1 << 20);
	problems_print(&folder->problems, &text);
	printed = arena_slice(folder->arena, text.len ? buf_slice(&text) : SLICE("")).data;
	buf_done(&text);
	return printed;
}

static inline const char *folder_load(struct folder *folder)
{
	return folder_load_as(folder, true);
}

static inline int folder_remove(const char *path, const struct stat *st UNUSED, int flag UNUSED,
                                struct FTW *ftw UNUSED)
{
	return remove(path);
}

static inline void folder_end(struct folder *folder)
{
	config_unref(folder->config);
	(void)nftw(folder->path, folder_remove, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(folder->arena);
}
