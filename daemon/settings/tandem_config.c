/* SPDX-License-Identifier: Apache-2.0 */
/* tandem.yaml: store, listener, control socket, logging. */
#include "load.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include "number.h"
#include "wording.h"

static const char *const log_levels[] = { "debug", "info", "warning", "error", NULL };

const struct setting tandem_settings[] = {
	TEXT_SETTING(struct config, store, "store", .fallback = "embedded",
	             .help = "where everything is kept: \"embedded\" (its own PostgreSQL) or "
	                     "postgresql://USER@HOST/DATABASE"),
	BOOL_SETTING(struct config, store_prepares, "store_prepares", .fallback = "true",
	             .help = "keep prepared statements in the store; false behind a pooler in transaction mode"),
	SECRET_SETTING(struct config, store_password, "store_password",
	               .help = "password of the store, if it wants one"),
	INT_SETTING(struct config, batch_records, "batch_records", .fallback = "5000", .min = 1, .max = 50000,
	            .help = "most records written in one transaction"),
	TEXT_SETTING(struct config, state_dir, "state_dir", .fallback = "/var/lib/tandem",
	             .help = "folder of the embedded store; the service manager's STATE_DIRECTORY is used "
	                     "when this is not set"),
	TEXT_SETTING(struct config, runtime_dir, "runtime_dir", .fallback = "/run/tandem",
	             .help = "folder of sockets; the service manager's RUNTIME_DIRECTORY is used when this "
	                     "is not set"),
	TEXT_SETTING(
	        struct config, postgres_bin, "postgres_bin", .fallback = "",
	        .help = "folder of PostgreSQL's programs for the embedded store; empty: found by itself"),
	TEXT_SETTING(struct config, listen, "listen", .fallback = "127.0.0.1:8420",
	             .help = "where webhooks, health and metrics are served: ADDRESS:PORT, [IPV6]:PORT, "
	                     "unix:PATH or none"),
	SIZE_SETTING(struct config, hook_body_max, "hook_body_max", .fallback = "1MiB", .min = 1024,
	             .max = 64 << 20, .help = "largest body of a webhook"),
	INT_SETTING(struct config, connection_limit, "connection_limit", .fallback = "256", .min = 1,
	            .max = 10000, .help = "most connections to the listener at once"),
	INT_SETTING(struct config, connections_per_address, "connections_per_address", .fallback = "64",
	            .min = 1, .max = 10000,
	            .help = "most of them from one address; behind a proxy all come from the proxy's"),
	DURATION_SETTING(struct config, request_timeout_ms, "request_timeout", .fallback = "30s", .min = 100,
	                 .max = 600000, .help = "a request that is not whole by then is cut off"),
	TEXT_SETTING(struct config, control, "control", .fallback = "/run/tandem/control.sock",
	             .help = "control socket of tandemctl; when not set it is control.sock in runtime_dir"),
	TEXT_SETTING(struct config, operator_group, "operator_group", .fallback = "",
	             .help = "members of this group may pause, resume, resync and retry; empty: nobody but "
	                     "root and the daemon's user"),
	TEXT_SETTING(struct config, admin_group, "admin_group", .fallback = "",
	             .help = "members of this group may do everything; empty: nobody but root and the "
	                     "daemon's user"),
	CHOICE_SETTING(struct config, log_level, "log_level", .fallback = "info", .choices = log_levels,
	               .help = "what is worth a log line"),
	{ 0 }
};

static const struct node *node_of(const struct load *load, const char *name)
{
	return schema_locate(load->tandem.root, name);
}

/* A password in an address would be shown by ps, logs and backups. */
static bool has_password(struct slice url)
{
	const char *mark = memmem(url.data, url.len, "://", 3);
	struct slice rest = slice_sub(url, mark ? (size_t)(mark - url.data) + 3 : 0, url.len);
	struct slice authority, path, user, host;

	(void)slice_split(rest, '/', &authority, &path);
	if (memmem(url.data, url.len, "password=", 9))
		return true;
	return slice_split(authority, '@', &user, &host) && memchr(user.data, ':', user.len);
}

static void check_store(const struct load *load)
{
	struct slice store = slice_of(load->config->store);
	bool is_url = slice_starts(store, "postgresql://") || slice_starts(store, "postgres://");

	if (is_url && has_password(store))
		load_complain(load, &load->tandem, node_of(load, "store"),
		              "store: holds a password; allowed: postgresql://USER@HOST/DATABASE, and the "
		              "password in "
		              "store_password: {file: PATH}, {env: NAME} or {credential: NAME}");
	else if (!is_url && !slice_equal_text(store, "embedded"))
		load_complain(load, &load->tandem, node_of(load, "store"),
		              "store: %s is not known; allowed: embedded, postgresql://USER@HOST/DATABASE",
		              text_print(load->scratch, store));
}

/* "127.0.0.1:8420" or "[::1]:8420"; port 0 lets the system choose. */
static bool is_address_and_port(const struct load *load, struct slice text)
{
	const char *colon = memrchr(text.data, ':', text.len);
	bool is_v6 = slice_starts(text, "[");
	unsigned char bytes[16];
	struct slice host;
	int64_t port;

	if (!colon ||
	    !parse_int64(slice_sub(text, (size_t)(colon - text.data) + 1, text.len), 0, 65535, &port))
		return false;
	host = slice_sub(text, 0, (size_t)(colon - text.data));
	if (is_v6 && !slice_ends(host, "]"))
		return false;
	if (is_v6)
		host = slice_sub(host, 1, host.len - 2);
	return inet_pton(is_v6 ? AF_INET6 : AF_INET, arena_slice(load->scratch, host).data, bytes) == 1;
}

/* Relative paths start at the configuration's folder. */
static const char *absolute(const struct load *load, const char *path)
{
	return path[0] == '/' || path[0] == '\0'
	               ? path
	               : arena_printf(load->arena, "%s/%s", load->config->dir, path);
}

static void check_socket_path(const struct load *load, const char *name, const char *path)
{
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		load_complain(load, &load->tandem, node_of(load, name),
		              "%s: path %s is too long for a socket; allowed: %zu bytes", name,
		              text_print(load->scratch, slice_of(path)),
		              sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
}

static void check_listen(struct load *load)
{
	struct config *config = load->config;
	struct slice listen = slice_of(config->listen);

	if (slice_equal_text(listen, "none"))
		return;
	if (slice_starts(listen, "unix:") && listen.len > 5) {
		const char *path = absolute(load, config->listen + 5);

		check_socket_path(load, "listen", path);
		config->listen = arena_printf(load->arena, "unix:%s", path);
	} else if (!is_address_and_port(load, listen)) {
		load_complain(load, &load->tandem, node_of(load, "listen"),
		              "listen: %s is no address with a port; "
		              "allowed: ADDRESS:PORT as 127.0.0.1:8420, [IPV6]:PORT, unix:PATH, none",
		              text_print(load->scratch, listen));
	}
}

/* systemd may give several folders, separated by colons; the first is ours. */
static const char *directory(const struct load *load, const char *variable, const char *otherwise)
{
	const char *value = getenv(variable);

	if (!value || value[0] != '/')
		return otherwise;
	return arena_strndup(load->arena, value, strcspn(value, ":"));
}

static void check_not_empty(const struct load *load, const char *name, const char *path)
{
	if (path[0] == '\0')
		load_complain(load, &load->tandem, node_of(load, name),
		              "%s: \"\" is no path; leave the line out for the default", name);
}

static void place_files(struct load *load, const struct schema *schema)
{
	struct config *config = load->config;

	if (!schema_is_set(schema, "state_dir"))
		config->state_dir = directory(load, "STATE_DIRECTORY", config->state_dir);
	if (!schema_is_set(schema, "runtime_dir"))
		config->runtime_dir = directory(load, "RUNTIME_DIRECTORY", config->runtime_dir);
	check_not_empty(load, "state_dir", config->state_dir);
	check_not_empty(load, "runtime_dir", config->runtime_dir);
	check_not_empty(load, "control", config->control);
	config->state_dir = absolute(load, config->state_dir);
	config->runtime_dir = absolute(load, config->runtime_dir);
	config->postgres_bin = absolute(load, config->postgres_bin);
	if (!schema_is_set(schema, "control"))
		config->control = arena_printf(load->arena, "%s/control.sock", config->runtime_dir);
	config->control = absolute(load, config->control);
	check_socket_path(load, "control", config->control);
}

void load_tandem(struct load *load)
{
	struct config *config = load->config;
	struct schema schema = load_schema(load, &load->tandem, tandem_settings, config);

	if (!load->tandem.root)
		return;
	schema_read(&schema, load->tandem.root);
	check_store(load);
	check_listen(load);
	place_files(load, &schema);
	if (config->connections_per_address > config->connection_limit &&
	    schema_is_set(&schema, "connections_per_address"))
		load_complain(load, &load->tandem, node_of(load, "connections_per_address"),
		              "connections_per_address: is larger than connection_limit");
	if (config->connections_per_address > config->connection_limit)
		config->connections_per_address = config->connection_limit;
}
