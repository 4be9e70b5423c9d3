/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Config: everything the ops people's files say, checked, in one immutable tree.
 *
 * /etc/tandem/tandem.yaml (store, listener, control socket, logging), policy.yaml beside it, connectors.d/<name>.yaml
 * (one instance each). config_load() reads them all and reports every problem it can find, not the first: file, line,
 * column, the offending value and what is allowed. A configuration is whole or it is not there: a reload that fails
 * leaves the old one in force. Secrets are read here (file, environment, systemd credential) and never printed.
 *
 * The tree lives in one arena and is read-only afterwards; whoever works with it keeps a reference (config_ref).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "connector.h"
#include "field.h"
#include "mapping.h"
#include "policy.h"

enum mode { MODE_OBSERVE, MODE_PROPOSE, MODE_APPLY };
const char *mode_name(enum mode mode);

struct stream_config {
	const struct stream_ops *ops;
	bool is_on;
	struct map_row *map;			/* module's defaults with the user's changes laid over them */
	size_t n_map;
	const char *const *remote_fields;	/* n_map names, for pull->fields, same order as map */
	const char *key_field;			/* external-id field for our ids, NULL: none */
	bool create;				/* persons/accounts that the system lacks may be created here */
};

struct connector_config {
	const char *name;			/* instance: [a-z][a-z0-9_-]{0,31} */
	const char *file;
	const struct connector_ops *ops;
	const void *module;			/* the module's own config struct */
	const char *base_url;
	int role;				/* ROLE_MA, ROLE_SFA */
	int mode;				/* enum mode */
	int64_t poll_ms, overlap_ms;
	int64_t page_size;			/* 0: module's maximum */
	int64_t calls_per_day, calls_per_second;	/* 0: no limit known */
	double hot_share;			/* of calls_per_day kept for hot work */
	int64_t concurrency;
	int64_t timeout_ms;			/* one exchange */
	int64_t body_max;			/* bytes of one answer */
	int64_t changes_per_hour;		/* guard; 0: none */
	double share_of_records;		/* guard: of the linked records, changed in one hour; 0: none */
	const char *hook_url;			/* how the world calls /hooks/<name>; "" */
	bool allow_private_network;		/* the remote lives on a loopback, link-local or private address */
	struct stream_config *streams;		/* all of the module's, in its order */
	size_t n_streams;
};
enum { ROLE_MA, ROLE_SFA };

struct config {
	const char *dir;
	struct arena *arena;
	const char *const *files;		/* all files read, NULL-terminated */
	int64_t version;			/* content hash of the files: what a decision was made under */

	const char *store;			/* "embedded" or postgresql://… */
	bool store_prepares;			/* keep prepared statements; off behind a pooler that shares connections */
	struct slice store_password;		/* or null */
	const char *state_dir, *runtime_dir, *postgres_bin;	/* embedded store's folders; "" = found by itself */
	int64_t batch_records;			/* most records a transaction */
	const char *listen;			/* "127.0.0.1:8420", "[::1]:8420", "unix:/path", "none" */
	int64_t hook_body_max, connection_limit, connections_per_address;
	int64_t request_timeout_ms;		/* absolute: a request that is not whole by then is cut off */
	const char *control;			/* path of the control socket */
	const char *operator_group, *admin_group;	/* besides root and the daemon's own user; "" none */
	int log_level;				/* enum log_level */

	struct policy policy;			/* policy.yaml; core/policy.h */

	struct connector_config *connectors;
	size_t n_connectors;
};

/* One problem of a file. */
struct problem {
	const char *file;
	int line, column;			/* from 1 */
	const char *text;			/* names the value and what is allowed */
};

struct problems {
	struct arena *arena;
	struct problem *list;			/* in the order of files and lines */
	size_t n;
};
void problems_add(struct problems *problems, const char *file, int line, int column, const char *fmt, ...) PRINTF(5, 6);
/* "connectors.d/sfa.yaml:7:9: poll: "sixty" is no duration; allowed: a number with ms, s, m, h or d, from 1s to 1d" */
void problems_print(const struct problems *problems, struct buf *to);

/*
 * Loads `dir` (tandem.yaml is required; policy.yaml and connectors.d may be missing). NULL with at least one problem,
 * or a configuration with one reference and no problem. `read_secrets` false (--check on another machine) leaves
 * secrets null but checks their form.
 */
struct config *config_load(const char *dir, bool read_secrets, struct problems *problems) MUST_CHECK;
struct config *config_ref(struct config *config);
void config_unref(struct config *config);				/* the last one frees it, secrets wiped */
const struct connector_config *config_connector(const struct config *config, const char *name);	/* NULL */
/* Every setting as YAML with help, type, range and default; what = "tandem", "policy" or a module's name. */
bool config_document(const char *what, struct buf *to);

DEFINE_CLEANUP(struct config *, config_unref)
