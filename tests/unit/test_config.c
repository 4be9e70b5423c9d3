/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "log.h"
#include "shop.h"

#define SFA "module: shop\nbase_url: https://shop.example\nauth: {user: u, token: {file: token}}\n"

static struct folder folder;

static void begin(void)
{
	folder_begin(&folder);
	folder_write(&folder, "tandem.yaml", "");
	folder_write(&folder, "token", "t0ken\n");
}

static const struct connector_config *sfa(void)
{
	static struct stream_config no_streams[6];
	static const struct connector_config none = { .streams = no_streams };
	const struct connector_config *connector =
	        folder.config ? config_connector(folder.config, "sfa") : NULL;

	CHECK(connector != NULL);
	return connector ? connector : &none;
}

static void test_defaults_of_an_empty_file(void)
{
	const struct config *config;

	begin();
	(void)unsetenv("STATE_DIRECTORY");
	(void)unsetenv("RUNTIME_DIRECTORY");
	CHECK_TEXT(folder_load(&folder), "");
	config = folder.config;
	CHECK_TEXT(config->store, "embedded");
	CHECK_TEXT(config->state_dir, "/var/lib/tandem");
	CHECK_TEXT(config->runtime_dir, "/run/tandem");
	CHECK_TEXT(config->control, "/run/tandem/control.sock");
	CHECK_TEXT(config->listen, "127.0.0.1:8420");
	CHECK_TEXT(config->postgres_bin, "");
	CHECK_INT(config->batch_records, 5000);
	CHECK_INT(config->hook_body_max, 1 << 20);
	CHECK_INT(config->log_level, LOG_LEVEL_INFO);
	CHECK_INT((int64_t)config->n_connectors, 0);
	CHECK(slice_is_null(config->store_password));
	CHECK_TEXT(config->files[0], arena_printf(folder.arena, "%s/tandem.yaml", config->dir));
	CHECK(config->files[1] == NULL);
	folder_end(&folder);
}

static void test_service_manager_folders_serve_where_the_file_is_silent(void)
{
	begin();
	(void)setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1);
	(void)setenv("RUNTIME_DIRECTORY", "/run/a", 1);
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_TEXT(folder.config->state_dir, "/var/lib/a");
	CHECK_TEXT(folder.config->control, "/run/a/control.sock");
	folder_write(&folder, "tandem.yaml", "state_dir: state\ncontrol: ctl.sock\nlisten: unix:l.sock\n");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_TEXT(folder.config->state_dir, arena_printf(folder.arena, "%s/state", folder.config->dir));
	CHECK_TEXT(folder.config->control, arena_printf(folder.arena, "%s/ctl.sock", folder.config->dir));
	CHECK_TEXT(folder.config->listen, arena_printf(folder.arena, "unix:%s/l.sock", folder.config->dir));
	CHECK_TEXT(folder.config->runtime_dir, "/run/a");
	(void)unsetenv("STATE_DIRECTORY");
	(void)unsetenv("RUNTIME_DIRECTORY");
	folder_end(&folder);
}

static void test_password_in_the_store_address_is_refused_and_not_shown(void)
{
	static const char *const stores[] = {
		"postgresql://joe:hunter2@db/tandem",
		"postgres://joe:hunter2@db",
		"postgresql://db/tandem?user=joe&password=hunter2",
	};

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(stores); i++) {
		folder_write(&folder, "tandem.yaml", arena_printf(folder.arena, "store: %s\n", stores[i]));
		CHECK_TEXT(
		        folder_load(&folder),
		        "tandem.yaml:1:8: store: holds a password; allowed: postgresql://USER@HOST/DATABASE, "
		        "and "
		        "the password in store_password: {file: PATH}, {env: NAME} or {credential: NAME}\n");
	}
	folder_write(&folder, "tandem.yaml",
	             "store: postgresql://joe@db:5432/tandem\nstore_password: {file: token}\n");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_SLICE(folder.config->store_password, "t0ken");
	folder_end(&folder);
}

static void test_addresses_of_the_listener(void)
{
	static const struct {
		const char *listen;
		bool is_right;
	} cases[] = {
		{ "127.0.0.1:0", true },   { "'[::1]:8420'", true }, { "0.0.0.0:80", true },
		{ "none", true },          { "unix:/run/x", true },  { "8420", false },
		{ "localhost:80", false }, { "127.0.0.1", false },   { "127.0.0.1:65536", false },
		{ "'[::1:80'", false },    { "'::1:80'", false },    { "'unix:'", false },
	};

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		folder_write(&folder, "tandem.yaml",
		             arena_printf(folder.arena, "listen: %s\n", cases[i].listen));
		if ((folder_load(&folder)[0] == '\0') != cases[i].is_right)
			tap_fail(__FILE__, __LINE__, cases[i].listen);
	}
	folder_end(&folder);
}

static void test_instance_takes_its_defaults_from_the_module(void)
{
	const struct shop_config *shop;

	begin();
	folder_write(&folder, "connectors.d/sfa.yaml", SFA);
	CHECK_TEXT(folder_load(&folder), "");
	shop = sfa()->module;
	CHECK_TEXT(sfa()->name, "sfa");
	CHECK_TEXT(sfa()->file, "connectors.d/sfa.yaml");
	CHECK(sfa()->ops == &shop_connector);
	CHECK_INT(sfa()->role, ROLE_SFA);
	CHECK_INT(sfa()->mode, MODE_OBSERVE);
	CHECK_INT(sfa()->poll_ms, 60000);
	CHECK_INT(sfa()->overlap_ms, 120000);
	CHECK_INT(sfa()->timeout_ms, 30000);
	CHECK_INT(sfa()->body_max, 32 << 20);
	CHECK_INT(sfa()->concurrency, 4);
	CHECK_INT(sfa()->calls_per_second, 7);
	CHECK_INT(sfa()->calls_per_day, 1000);
	CHECK(sfa()->hot_share > 0.19 && sfa()->hot_share < 0.21);
	CHECK(!sfa()->allow_private_network);
	CHECK_TEXT(sfa()->hook_url, "");
	CHECK_INT((int64_t)sfa()->n_streams, 6);
	for (size_t i = 0; i < sfa()->n_streams; i++)
		CHECK(sfa()->streams[i].is_on && !sfa()->streams[i].create);
	if (shop) {
		CHECK_SLICE(shop->token, "t0ken");
		CHECK_INT(shop->page_size, 50);
	}
	folder_end(&folder);
}

static void test_instance_settings_are_read(void)
{
	begin();
	folder_write(
	        &folder, "connectors.d/x.yaml",
	        "name: sfa\nmodule: mail\nrole: sfa\nmode: apply\nbase_url: http://127.0.0.1:9/\npoll: 5s\n"
	        "budget: {calls_per_day: 0, calls_per_second: 3, hot: 50%, concurrency: 9}\n"
	        "guard: {changes_per_hour: 10, share_of_records: 5%, deletes: 0}\nstreams: [lead, "
	        "visit]\ncreate: [lead]\n"
	        "page_size: 20\nwebhook: {url: https://hooks.example/hooks/sfa}\nkey_field: {contact: off, "
	        "lead: Mine}\n");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_TEXT(sfa()->base_url, "http://127.0.0.1:9");
	CHECK(sfa()->allow_private_network);
	CHECK_INT(sfa()->mode, MODE_APPLY);
	CHECK_INT(sfa()->calls_per_day, 0);
	CHECK_INT(sfa()->calls_per_second, 3);
	CHECK_INT(sfa()->concurrency, 9);
	CHECK_INT(sfa()->changes_per_hour, 10);
	CHECK_INT(sfa()->page_size, 20);
	CHECK_TEXT(sfa()->hook_url, "https://hooks.example/hooks/sfa");
	CHECK(!sfa()->streams[0].is_on && sfa()->streams[1].is_on && sfa()->streams[4].is_on);
	CHECK(sfa()->streams[1].create && !sfa()->streams[2].create);
	CHECK_TEXT(sfa()->streams[1].key_field, "Mine");
	CHECK(sfa()->streams[2].key_field == NULL);
	folder_end(&folder);
}

static void test_key_fields_of_a_modules_own_table(void)
{
	begin();
	folder_write(&folder, "connectors.d/sfa.yaml", SFA "key_field: {lead: Mine}\n");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_TEXT(sfa()->streams[1].key_field, "Mine");
	CHECK_TEXT(sfa()->streams[2].key_field, "Contact_Key");
	folder_write(&folder, "connectors.d/sfa.yaml", SFA "key_field: {led: Mine}\n");
	CHECK_TEXT(
	        folder_load(&folder),
	        "connectors.d/sfa.yaml:4:13: unknown key \"led\" in \"key_field\"; did you mean \"lead\"?\n");
	folder_end(&folder);
}

static void test_everything_wrong_is_told_at_once_in_order(void)
{
	begin();
	folder_write(&folder, "tandem.yaml", "log_level: loud\nbatch_records: 0\n");
	folder_write(&folder, "connectors.d/b.yaml",
	             "name: sfa\nmodule: shop\nbase_url: http://shop.example\npol: 5s\n"
	             "auth: {user: u, token: abc}\nstreams: [leed]\ncreate: [deal]\n");
	folder_write(&folder, "connectors.d/a.yaml", "name: sfa\nmodule: shpo\n");
	folder_write(&folder, "policy.yaml", "region: Germany\n");
	CHECK_TEXT(
	        folder_load(&folder),
	        "tandem.yaml:1:12: log_level: \"loud\" is not known; allowed: debug, info, warning, error\n"
	        "tandem.yaml:2:16: batch_records: \"0\" is out of range; allowed: a whole number from 1 to "
	        "50000\n"
	        "policy.yaml:1:9: region: \"Germany\" is no country; allowed: two capital letters as US, DE, "
	        "JP\n"
	        "connectors.d/a.yaml:2:9: module: \"shpo\" is not known; did you mean \"shop\"?\n"
	        "connectors.d/b.yaml:1:7: name: \"sfa\" is the name of connectors.d/a.yaml already\n"
	        "connectors.d/b.yaml:3:11: base_url: \"http://shop.example\" is not encrypted; allowed: "
	        "https://HOST[:PORT][/PATH], "
	        "or http:// to a loopback address (127.0.0.1, [::1], localhost)\n"
	        "connectors.d/b.yaml:4:1: unknown key \"pol\"; did you mean \"poll\"?\n"
	        "connectors.d/b.yaml:5:24: auth.token: a secret does not stand here itself, only where it "
	        "is; allowed: {file: PATH}, "
	        "{env: NAME} or {credential: NAME}\n"
	        "connectors.d/b.yaml:6:11: streams: \"leed\" is no stream of module shop; did you mean "
	        "\"lead\"?\n"
	        "connectors.d/b.yaml:7:10: create: nothing can be created in stream deal of module shop\n");
	folder_end(&folder);
}

static void test_relations_between_settings_are_the_modules(void)
{
	begin();
	folder_write(
	        &folder, "connectors.d/sfa.yaml",
	        "module: shop\nbase_url: https://shop.example\nauth:\n  flow: key\n  token: {file: token}\n");
	CHECK_TEXT(folder_load(&folder), "connectors.d/sfa.yaml:5:10: \"auth.token\" does not begin with "
	                                 "KEY, as auth.flow \"key\" wants\n");
	folder_write(&folder, "connectors.d/sfa.yaml",
	             "module: shop\nbase_url: https://shop.example\nauth:\n  token: {file: token}\n");
	CHECK_TEXT(folder_load(&folder),
	           "connectors.d/sfa.yaml:4:3: \"auth.user\" is needed with auth.flow \"password\"\n");
	folder_end(&folder);
}

static void test_check_elsewhere_needs_no_secrets_and_does_not_judge_them(void)
{
	const struct shop_config *shop;

	begin();
	folder_write(
	        &folder, "connectors.d/sfa.yaml",
	        "module: shop\nbase_url: https://shop.example\nauth: {flow: key, token: {file: nowhere}}\n");
	CHECK(folder_load(&folder)[0] != '\0');
	CHECK_TEXT(folder_load_as(&folder, false), "");
	shop = sfa()->module;
	CHECK(shop && slice_is_null(shop->token));
	folder_write(&folder, "connectors.d/sfa.yaml",
	             "module: shop\nbase_url: https://shop.example\nauth: {token: {file: nowhere}}\n");
	CHECK(strstr(folder_load_as(&folder, false), "auth.user"));
	folder_end(&folder);
}

static void test_required_base_url(void)
{
	begin();
	folder_write(&folder, "connectors.d/sfa.yaml",
	             "module: shop\nauth: {user: u, token: {file: token}}\n");
	CHECK_TEXT(folder_load(&folder), "connectors.d/sfa.yaml:1:1: base_url: is required by module shop\n");
	folder_write(&folder, "connectors.d/sfa.yaml", "module: mail\n");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_TEXT(sfa()->base_url, "https://api.mail.example");
	CHECK_INT(sfa()->role, ROLE_MA);
	folder_end(&folder);
}

static void test_only_yaml_files_are_connectors(void)
{
	static const char *const ignored[] = { ".sfa.yaml.swp", ".hidden.yaml", "sfa.yaml~", "#sfa.yaml#",
		                               "sfa.yaml.bak",  "README",       "#x.yaml" };

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		folder_write(&folder, arena_printf(folder.arena, "connectors.d/%s", ignored[i]),
		             "rubbish: [");
	folder_write(&folder, "connectors.d/b.yaml", "module: mail\n");
	folder_write(&folder, "connectors.d/a.yaml", "module: mail\n");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_INT((int64_t)folder.config->n_connectors, 2);
	CHECK_TEXT(folder.config->connectors[0].name, "a");
	CHECK_TEXT(folder.config->connectors[1].name, "b");
	folder_write(&folder, "connectors.d/c.yml", "module: mail\n");
	CHECK_TEXT(folder_load(&folder),
	           "connectors.d/c.yml:1:1: the file is not read; allowed: names that end in .yaml\n");
	folder_end(&folder);
}

static void test_missing_files(void)
{
	begin();
	(void)unlink(arena_printf(folder.arena, "%s/tandem.yaml", folder.path));
	CHECK_TEXT(folder_load(&folder),
	           "tandem.yaml:1:1: the file could not be opened: No such file or directory\n");
	CHECK_INT(mkdir(arena_printf(folder.arena, "%s/tandem.yaml", folder.path), 0700), 0);
	CHECK_TEXT(folder_load(&folder), "tandem.yaml:1:1: the file is no regular file\n");
	folder_end(&folder);
}

static void test_version_follows_content(void)
{
	int64_t first;

	begin();
	CHECK_TEXT(folder_load(&folder), "");
	first = folder.config->version;
	CHECK_TEXT(folder_load(&folder), "");
	CHECK_INT(folder.config->version, first);
	folder_write(&folder, "policy.yaml", "");
	CHECK_TEXT(folder_load(&folder), "");
	CHECK(folder.config->version != first);
	folder_end(&folder);
}

static void test_reference_keeps_a_configuration(void)
{
	struct config *held;

	begin();
	folder_write(&folder, "connectors.d/sfa.yaml", SFA);
	CHECK_TEXT(folder_load(&folder), "");
	held = config_ref(folder.config);
	folder_write(&folder, "tandem.yaml", "bad: [");
	CHECK(folder_load(&folder)[0] != '\0');
	CHECK_TEXT(config_connector(held, "sfa")->name, "sfa");
	CHECK(config_connector(held, "ma") == NULL);
	config_unref(held);
	config_unref(NULL);
	folder_end(&folder);
}

static void test_document_shows_every_setting_and_loads(void)
{
	static const char *const whats[] = { "tandem", "policy", "shop" };
	struct buf text;

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(whats); i++) {
		buf_init(&text, 1 << 20);
		CHECK(config_document(whats[i], &text));
		CHECK(!text.full);
		if (i == 0) {
			CHECK(strstr(text.data, "#batch_records: 5000\n"));
			folder_write_bytes(&folder, "tandem.yaml", buf_slice(&text));
		} else if (i == 1) {
			CHECK(strstr(text.data, "nobody:\n  # "));
			folder_write_bytes(&folder, "policy.yaml", buf_slice(&text));
		} else {
			CHECK(strstr(text.data, "\nmodule: shop\n"));
			CHECK(strstr(text.data, "a whole number from 10 to 200; default: 50"));
			CHECK(!strstr(text.data, "from 0 to 100000\n"));
		}
		buf_done(&text);
	}
	CHECK_TEXT(folder_load(&folder), "");
	buf_init(&text, 100);
	CHECK(!config_document("nothing", &text));
	buf_done(&text);
	folder_end(&folder);
}

int main(void)
{
	RUN(test_defaults_of_an_empty_file);
	RUN(test_service_manager_folders_serve_where_the_file_is_silent);
	RUN(test_password_in_the_store_address_is_refused_and_not_shown);
	RUN(test_addresses_of_the_listener);
	RUN(test_instance_takes_its_defaults_from_the_module);
	RUN(test_instance_settings_are_read);
	RUN(test_key_fields_of_a_modules_own_table);
	RUN(test_everything_wrong_is_told_at_once_in_order);
	RUN(test_relations_between_settings_are_the_modules);
	RUN(test_check_elsewhere_needs_no_secrets_and_does_not_judge_them);
	RUN(test_required_base_url);
	RUN(test_only_yaml_files_are_connectors);
	RUN(test_missing_files);
	RUN(test_version_follows_content);
	RUN(test_reference_keeps_a_configuration);
	RUN(test_document_shows_every_setting_and_loads);
	return tap_done();
}
