/* SPDX-License-Identifier: Apache-2.0 */
#include "web.h"

#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "hooks_http.h"
#include "pass.h"

#define METRICS_MAX (4 << 20)

static void metric(struct buf *to, const char *name, const char *type, const char *help)
{
	buf_printf(to, "# HELP tandem_%s %s\n# TYPE tandem_%s %s\n", name, help, name, type);
}

static void instance_line(struct buf *to, const char *name, const struct instance *instance, double value)
{
	buf_printf(to, "tandem_%s{connector=\"%s\"} %.17g\n", name, instance->name, value);
}

/* One row a number of an instance. */
static double is_up(const struct instance *i)
{
	return !i->error.kind;
}
static double is_paused(const struct instance *i)
{
	return i->is_paused;
}
static double is_held(const struct instance *i)
{
	return i->is_held;
}
static double is_loaded(const struct instance *i)
{
	return instance_is_loaded(i);
}
static double calls_hot(const struct instance *i)
{
	return (double)i->budget.calls[LANE_HOT];
}
static double calls_normal(const struct instance *i)
{
	return (double)i->budget.calls[LANE_NORMAL];
}
static double calls_bulk(const struct instance *i)
{
	return (double)i->budget.calls[LANE_BULK];
}
static double calls_today(const struct instance *i)
{
	return (double)budget_used_today(&i->budget, clock_mono_us());
}
static double pushed(const struct instance *i)
{
	return (double)i->pushed;
}
static double push_failed(const struct instance *i)
{
	return (double)i->push_failed;
}
static double hooks_accepted(const struct instance *i)
{
	return (double)i->hooks_accepted;
}
static double hooks_refused(const struct instance *i)
{
	return (double)i->hooks_refused;
}
static double hook_events(const struct instance *i)
{
	return (double)i->hook_events;
}
static double bytes_in(const struct instance *i)
{
	return (double)http_client_totals(i->client).bytes_in;
}

static const struct {
	const char *name, *type, *help;
	double (*value)(const struct instance *instance);
} instance_metrics[] = {
	{ "connector_up", "gauge", "1 while the connector's session is not refused", is_up },
	{ "connector_paused", "gauge", "1 while an administrator has paused it", is_paused },
	{ "connector_held", "gauge", "1 while its guard holds pushes", is_held },
	{ "connector_loaded", "gauge", "1 once the first loads are whole of all its streams that are not refused", is_loaded },
	{ "calls_hot_total", "counter", "requests sent in the hot lane", calls_hot },
	{ "calls_normal_total", "counter", "requests sent in the normal lane", calls_normal },
	{ "calls_bulk_total", "counter", "requests sent in the bulk lane", calls_bulk },
	{ "calls_last_day", "gauge", "requests sent in the last 24 hours", calls_today },
	{ "pushed_total", "counter", "records written to the remote system", pushed },
	{ "push_failed_total", "counter", "writes that the remote system refused", push_failed },
	{ "hooks_accepted_total", "counter", "webhook requests accepted and stored", hooks_accepted },
	{ "hooks_refused_total", "counter", "webhook requests refused", hooks_refused },
	{ "hook_events_total", "counter", "webhook events stored", hook_events },
	{ "received_bytes_total", "counter", "bytes of answers received", bytes_in },
};

static double stream_records(const struct stream_state *s)
{
	return (double)s->records;
}
static double stream_changed(const struct stream_state *s)
{
	return (double)s->changed;
}
static double stream_parked(const struct stream_state *s)
{
	return (double)s->parked;
}
static double stream_failures(const struct stream_state *s)
{
	return s->failures;
}
static double stream_lag(const struct stream_state *s)
{
	return s->passed_us ? (double)(clock_wall_us() - s->passed_us) / US_PER_S : -1;
}

static const struct {
	const char *name, *type, *help;
	double (*value)(const struct stream_state *stream);
} stream_metrics[] = {
	{ "stream_records_total", "counter", "records read", stream_records },
	{ "stream_changed_total", "counter", "golden records changed by them", stream_changed },
	{ "stream_parked_total", "counter", "records that could not be read", stream_parked },
	{ "stream_failures", "gauge", "passes failed in a row", stream_failures },
	{ "stream_lag_seconds", "gauge", "time since the last pass that went through, -1 for none",
	  stream_lag },
};

static double resident_bytes(void)
{
	long pages = 0, ignored;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file) {
		if (fscanf(file, "%ld %ld", &ignored, &pages) != 2)
			pages = 0;
		(void)fclose(file);
	}
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void engine_metrics(const struct engine *engine, struct buf *to)
{
	const struct {
		const char *name, *type, *help;
		double value;
	} rows[] = {
		{ "ready", "gauge", "1 while the store is there and the leases are ours", engine->is_ready },
		{ "start_time_seconds", "gauge", "when the daemon started",
		  (double)engine->started_us / US_PER_S },
		{ "batches_total", "counter", "batches committed", (double)engine->batches },
		{ "batch_records_total", "counter", "records in them", (double)engine->batch_records },
		{ "batch_failures_total", "counter", "batches that could not be committed",
		  (double)engine->batch_failures },
		{ "store_seconds_total", "counter", "time batches spent in the store",
		  engine->store_seconds },
		{ "reloads_total", "counter", "configurations taken over", (double)engine->reloads },
		{ "reload_failures_total", "counter", "configurations refused",
		  (double)engine->reload_failures },
		{ "log_lines_lost_total", "counter", "log lines lost to repeats or a blocked sink",
		  (double)log_lines_lost() },
		{ "slow_turns_total", "counter", "turns of the loop over 100 ms",
		  (double)loop_slowest(engine->loop).count },
		{ "resident_bytes", "gauge", "resident memory", resident_bytes() },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		metric(to, rows[i].name, rows[i].type, rows[i].help);
		buf_printf(to, "tandem_%s %.17g\n", rows[i].name, rows[i].value);
	}
}

void web_metrics(const struct engine *engine, struct buf *to)
{
	engine_metrics(engine, to);
	for (size_t m = 0; m < ARRAY_SIZE(instance_metrics); m++) {
		metric(to, instance_metrics[m].name, instance_metrics[m].type, instance_metrics[m].help);
		for (size_t i = 0; i < engine->n_instances; i++)
			instance_line(to, instance_metrics[m].name, engine->instances[i],
			              instance_metrics[m].value(engine->instances[i]));
	}
	for (size_t m = 0; m < ARRAY_SIZE(stream_metrics); m++) {
		metric(to, stream_metrics[m].name, stream_metrics[m].type, stream_metrics[m].help);
		for (size_t i = 0; i < engine->n_instances; i++)
			for (size_t s = 0; s < engine->instances[i]->n_streams; s++)
				buf_printf(to, "tandem_%s{connector=\"%s\",stream=\"%s\"} %.17g\n",
				           stream_metrics[m].name, engine->instances[i]->name,
				           engine->instances[i]->streams[s].config->ops->name,
				           stream_metrics[m].value(&engine->instances[i]->streams[s]));
	}
}

static void answer_text(struct inquiry *inquiry, int status, const char *text)
{
	inquiry_answer(inquiry, status, "text/plain; charset=utf-8", slice_of(text), NULL, 0);
}

static void get_metrics(struct engine *engine, struct inquiry *inquiry)
{
	struct buf text;

	buf_init(&text, METRICS_MAX);
	web_metrics(engine, &text);
	inquiry_answer(inquiry, 200, "text/plain; version=0.0.4; charset=utf-8", buf_slice(&text), NULL, 0);
	buf_done(&text);
}

static void get_health(struct engine *engine, struct inquiry *inquiry)
{
	(void)engine;
	answer_text(inquiry, 200, "alive\n");
}

static void get_ready(struct engine *engine, struct inquiry *inquiry)
{
	char text[ERROR_TEXT_SIZE + 32];

	if (engine->is_ready) {
		answer_text(inquiry, 200, "ready\n");
		return;
	}
	(void)snprintf(text, sizeof(text), "not ready: %s\n",
	               engine->error.kind ? engine->error.text : "starting");
	answer_text(inquiry, 503, text);
}

static const struct {
	const char *path;
	void (*get)(struct engine *engine, struct inquiry *inquiry);
} pages[] = { { "/metrics", get_metrics }, { "/healthz", get_health }, { "/readyz", get_ready } };

void web_handle(struct inquiry *inquiry, void *owner)
{
	struct engine *engine = owner;
	const char *path = inquiry_path(inquiry);
	bool is_get =
	        strcmp(inquiry_method(inquiry), "GET") == 0 || strcmp(inquiry_method(inquiry), "HEAD") == 0;

	if (strncmp(path, "/hooks/", 7) == 0) {
		hooks_receive(engine, inquiry, path + 7);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		if (strcmp(path, pages[i].path) != 0)
			continue;
		if (is_get)
			pages[i].get(engine, inquiry);
		else
			answer_text(inquiry, 405, "only GET\n");
		return;
	}
	answer_text(inquiry, 404, "nothing here\n");
}
