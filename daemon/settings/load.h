/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Load: the work of one config_load(), shared by the files that each read one kind of configuration file.
 *
 * Order: all files become trees; tandem.yaml; the instances' own settings; their maps, which bring the custom fields;
 * policy.yaml, which may speak of those; then what the files say of one another (masters, channels), and the streams.
 * Everything goes on after a problem; whether there was any is asked once, at the end.
 */
#include "config.h"
#include "node.h"
#include "schema.h"
#include "secret.h"

#define CONNECTORS_MAX 200

/* A file that was read. */
struct source {
	const char *name;			/* as in messages: "connectors.d/sfa.yaml" */
	const struct node *root;		/* NULL: missing, or problems say why not */
};

/* What a row of `map:` says. */
struct map_entry {
	const char *scope;			/* as written: "person", "lead" */
	const struct node *node;		/* where it says it */
	const struct stream_ops *stream;	/* NULL: in all streams of the entity */
	enum entity entity;
	const struct field *field;
	bool is_off;
	const char *remote;			/* NULL: as the module has it */
	int direction;				/* DIRECTION_… */
	const char *master;			/* NULL: not said */
	int win;				/* enum win; WIN_NOT_SAID */
	bool is_used;				/* some stream took it */
};
enum { DIRECTION_NOT_SAID, DIRECTION_PULL, DIRECTION_PUSH, DIRECTION_BOTH };
#define WIN_NOT_SAID (-1)

/* One instance on its way to a connector_config. */
struct instance {
	const struct source *source;
	struct connector_config *connector;
	const char *const *streams, *const *create;	/* as written; empty list: not set */
	bool has_streams;
	struct map_entry *map;
	size_t n_map;
};

struct load {
	struct arena *arena;			/* the configuration's */
	struct arena *scratch;			/* trees and other things of this load only */
	struct problems *problems;
	struct secrets *secrets;
	struct config *config;
	struct source tandem, policy;
	struct instance *instances;		/* n = config->n_connectors, same order */
	const char **field_origins;		/* beside policy.fields: who set it, "policy.yaml:12"; NULL nobody */
};

/* A schema of this load with one table. */
struct schema load_schema(const struct load *load, const struct source *source, const struct setting *table,
			  void *target);
void load_complain(const struct load *load, const struct source *source, const struct node *node, const char *fmt, ...)
	PRINTF(4, 5);

/* source.c: the files. */
void load_sources(struct load *load);

void load_tandem(struct load *load);					/* tandem_config.c */
void load_connector(struct load *load, struct instance *instance);	/* connector_config.c */
void load_map(struct load *load, struct instance *instance);		/* map_config.c: entries and custom fields */
void load_streams(struct load *load, struct instance *instance);	/* stream_config.c: what entries make of them */
void load_policy(struct load *load);					/* policy_config.c */
void load_alerts(struct load *load);					/* alert_config.c */
void load_masters(struct load *load, const struct instance *instance);	/* policy_config.c: of map rows */

/* "map.person.title", for messages. */
const char *map_entry_name(const struct load *load, const struct map_entry *entry);
/* The field of that name, built in or custom; NULL. */
const struct field *load_field(const struct load *load, enum entity entity, const char *name);

/* The tables, for config_document(). */
extern const struct setting tandem_settings[], instance_settings[], map_settings[];
extern const struct setting policy_settings[], alert_settings[], field_settings[];
extern const char *const win_choices[];					/* in the order of enum win */
