/* SPDX-License-Identifier: Apache-2.0 */
#include "view.h"

#include "world.h"

#define MAPPED "map: {person: {email_opt_out: Out}}\n"

static struct arena *arena;
static const struct views *views;
static struct views loaded;
static bool is_loaded;

static void views_over(void *owner, const struct views *read, const struct error *err)
{
	(void)owner;
	last_error = err ? *err : (struct error){ 0 };
	loaded = read ? *read : (struct views){ 0 };
	views = &loaded;
	is_loaded = true;
	loop_stop(loop);
}

static void load(const int64_t *ids, size_t n)
{
	arena_reset(arena);
	is_loaded = false;
	views_load(&store, store.quick, folder.config, arena, ids, n, views_over, NULL);
	wait_for(&is_loaded);
	CHECK_TEXT(last_error.text, "");
}

/* The one person that is there. */
static const struct view *only_person(void)
{
	int64_t id = ask_int("SELECT person_id FROM person WHERE merged_into IS NULL");

	load(&id, 1);
	CHECK_INT(views->n, 1);
	return views->list;
}

static const struct view_source *source_of(const struct view *view, const char *external_id)
{
	for (size_t i = 0; i < view->n_sources; i++)
		if (slice_equal_text(view->sources[i].external_id, external_id))
			return &view->sources[i];
	CHECK(false);
	return NULL;
}

/* What a record must be told, as "field=value field=value*" (* frozen). */
static const char *differences_of(const struct view *view, const char *external_id)
{
	const struct view_source *source = source_of(view, external_id);
	struct difference list[PAGE_FIELDS_MAX];
	const char *text = "";
	size_t n = view_differ(folder.config, view, source, source->stream, list);

	for (size_t i = 0; i < n; i++)
		text = arena_printf(arena, "%s%s%s=%.*s%s", text, i ? " " : "", list[i].row->remote,
		                    SLICE_ARGS(list[i].to), list[i].is_frozen ? "*" : "");
	return text;
}

static const char *differences(const char *external_id)
{
	return differences_of(only_person(), external_id);
}

static const char *marked(void)
{
	return ask("SELECT coalesce(string_agg(c.name, ' ' ORDER BY c.name), 'none') FROM dirty "
	           "JOIN connector c USING "
	           "(connector_id)");
}

/* -- Golden records -- */

static void test_golden_record_of_a_view_is_what_ingest_stored(void)
{
	static const struct {
		const char *column;
		size_t field;
	} columns[] = { { "email", PERSON_EMAIL },
		        { "title", PERSON_TITLE },
		        { "phone", PERSON_PHONE },
		        { "company", PERSON_COMPANY },
		        { "email_opt_out", PERSON_EMAIL_OPT_OUT } };

	world_empty();
	for (int round = 0; round < 3; round++) {
		begin_batch("sfa", "lead");
		(void)add("L1", "Mail", "Joe@Acme.example");
		(void)add("L1", "Job", round ? "Chief" : "Head");
		(void)add("L1", "Phone", "+1 212 555 0147");
		store_batch(NULL);
		begin_batch("ma", "contact");
		(void)add("C1", "Email", "joe@acme.example");
		(void)add("C1", "Title", round == 2 ? "Boss" : "");
		(void)add("C1", "Company", "ACME Inc.");
		(void)add("C1", "Out", round ? "true" : "false");
		store_batch(NULL);
		const struct view *view = only_person();
		CHECK_INT(view->n_sources, 2);
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
			char sql[128];

			(void)snprintf(sql, sizeof(sql), "SELECT %s FROM person", columns[i].column);
			CHECK_SLICE(view->golden.values[columns[i].field], ask(sql));
		}
		CHECK_INT(view->golden.n_sources, ask_int("SELECT n_sources FROM person"));
		CHECK_INT(view->golden.origin[PERSON_TITLE], ask_int("SELECT origin[4] FROM person"));
	}
}

static void test_views_come_by_id_and_only_of_those_with_records(void)
{
	int64_t ids[3];

	world_empty();
	put("sfa", "lead", "L1", "Mail", "a@a.example");
	put("sfa", "lead", "L2", "Mail", "b@a.example");
	ids[0] = ask_int("SELECT max(person_id) FROM person");
	ids[1] = 12345;
	ids[2] = ask_int("SELECT min(person_id) FROM person");
	load(ids, 3);
	CHECK_INT(views->n, 2);
	CHECK_INT(views->list[0].entity_id, ids[2]);
	CHECK_INT(views->list[1].entity_id, ids[0]);
	load(NULL, 0);
	CHECK_INT(views->n, 0);
}

static void test_record_of_a_system_not_configured_any_more_is_seen_but_says_nothing(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "a@a.example");
	(void)ask(
	        "INSERT INTO connector VALUES (9, 'old', 'shop', 'sfa', NULL, 'apply', false, NULL, now())");
	(void)ask("INSERT INTO source_record (src_key, connector_id, entity, object, external_id, "
	          "entity_id, content_hash, "
	          "seen_at, payload) SELECT 1, 9, 0, 'lead', 'X', person_id, 0, now(), '{\"Mail\": "
	          "\"x@x.example\"}' FROM person");
	const struct view *view = only_person();
	CHECK_INT(view->n_sources, 2);
	CHECK(!source_of(view, "X")->connector_config);
	CHECK_SLICE(view->golden.values[PERSON_EMAIL], "a@a.example");
	CHECK_TEXT(differences_of(view, "X"), "");
	(void)ask("DELETE FROM connector WHERE connector_id = 9");
}

/* -- Differences -- */

/* Joe in both systems; the sales side knows his title, the marketing side shows a blank one. */
static void two_sides(const char *lead_mail, const char *contact_mail)
{
	world_empty();
	begin_batch("ma", "contact");
	(void)add("C1", "Email", contact_mail);
	(void)add("C1", "Title", "");
	store_batch(NULL);
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", lead_mail);
	(void)add("L1", "Job", "Head");
	store_batch(NULL);
}

static void test_difference_is_what_golden_says_and_the_record_does_not(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	CHECK_TEXT(differences("C1"), "Title=Head");
	CHECK_TEXT(differences("L1"), "");
}

/* What push does after a write: the shadow and the memory of it. */
static void note_written(const char *external_id, const char *remote, const char *value)
{
	const struct view_source *source = source_of(only_person(), external_id);
	struct difference difference = { .to = slice_of(value) };
	struct written *written;
	size_t n;
	char sql[2048];

	for (size_t i = 0; i < source->stream->n_map; i++)
		if (strcmp(source->stream->map[i].remote, remote) == 0)
			difference.row = &source->stream->map[i];
	written = written_note(arena, source->written, source->n_written, &difference, 1, &n);
	(void)snprintf(sql, sizeof(sql),
	               "UPDATE source_record SET payload = payload || jsonb_build_object('%s', '%s'), "
	               "written = '%.*s' WHERE "
	               "external_id = '%s'",
	               remote, value, SLICE_ARGS(written_print(arena, written, n)), external_id);
	(void)ask(sql);
}

static void read_contact(const char *mail, const char *title)
{
	begin_batch("ma", "contact");
	(void)add("C1", "Email", mail);
	(void)add("C1", "Title", title);
	store_batch(NULL);
	CHECK_TEXT(last_error.text, "");
}

static void test_form_that_the_remote_gave_our_value_is_no_difference_and_no_mark(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	note_written("C1", "Title", "Head");
	(void)ask("TRUNCATE dirty");
	read_contact("joe@acme.example", "HEAD");
	CHECK_INT(counts.unchanged, 0);
	CHECK_TEXT(ask("SELECT payload->>'Title' FROM source_record WHERE external_id = 'C1'"), "HEAD");
	CHECK_TEXT(ask("SELECT title FROM person"), "Head");
	CHECK_TEXT(differences("C1"), "");
	CHECK_TEXT(differences("L1"), "");
	CHECK_TEXT(marked(), "none");
	/* It stays so over further reads and changes elsewhere. */
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Head");
	(void)add("L1", "Phone", "+1 212 555 0147");
	store_batch(NULL);
	CHECK_TEXT(differences("C1"), "");
	CHECK_TEXT(marked(), "none");
}

static void test_value_turned_back_three_times_over_is_frozen_and_marks_nothing(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	for (int round = 0; round <= WRITTEN_FREEZE; round++) {
		CHECK_TEXT(differences("C1"), "Title=Head");
		note_written("C1", "Title", "Head");
		/* The remote undoes it with an older value's time: its word is older than the sales side's.
		 */
		begin_batch("ma", "contact");
		(void)add("C1", "Email", "joe@acme.example");
		(void)add("C1", "Title", "Undone");
		store_batch(NULL);
		(void)ask("UPDATE source_record SET remote_modified_at = 'epoch', field_times = "
		          "NULL WHERE external_id = 'C1'");
		(void)ask("UPDATE source_record SET content_hash = 0");
		(void)ask("TRUNCATE dirty");
		begin_batch("sfa", "lead");
		(void)add("L1", "Mail", "joe@acme.example");
		(void)add("L1", "Job", "Head");
		store_batch(NULL);
	}
	CHECK_TEXT(differences("C1"), "Title=Head*");
	CHECK_TEXT(marked(), "none");
	/* Another value is a new word. */
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Chief");
	store_batch(NULL);
	CHECK_TEXT(differences("C1"), "Title=Chief");
	CHECK_TEXT(marked(), "ma");
}

static void test_addresses_that_never_agreed_are_not_written_over_each_other(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	/* Linked by the remote's own word, with another address from the first read on. */
	begin_batch("sfa", "contact");
	struct record *record = add("K1", "Email", "joe@private.example");
	batch_ref(&page.batch, record, REF_SAME_AS, "lead", SLICE("L1"));
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT count(*) FROM person WHERE merged_into IS NULL"), "1");
	CHECK_TEXT(ask("SELECT email FROM person WHERE merged_into IS NULL"), "joe@private.example");
	CHECK_TEXT(differences("L1"), "");
	CHECK_TEXT(differences("C1"), "Title=Head");
	CHECK_TEXT(differences("K1"), "");
	/* Nor after another field of that record changed. */
	begin_batch("sfa", "contact");
	record = add("K1", "Email", "joe@private.example");
	(void)add("K1", "Title", "Chief");
	batch_ref(&page.batch, record, REF_SAME_AS, "lead", SLICE("L1"));
	store_batch(NULL);
	CHECK_TEXT(differences("L1"), "Job=Chief");
	CHECK_TEXT(differences("C1"), "Title=Chief");
}

static void test_changed_address_is_written(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe.smith@acme.example");
	(void)add("L1", "Job", "Head");
	store_batch(NULL);
	CHECK_TEXT(differences("C1"), "Email=joe.smith@acme.example Title=Head");
	CHECK_TEXT(marked(), "ma");
}

static void test_missing_address_is_written(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	begin_batch("sfa", "contact");
	struct record *record = add("K1", "Email", "");
	(void)add("K1", "Title", "Head");
	batch_ref(&page.batch, record, REF_SAME_AS, "lead", SLICE("L1"));
	store_batch(NULL);
	CHECK_TEXT(differences("K1"), "Email=joe@acme.example");
}

static void test_master_writes_its_address_over_others(void)
{
	world_close();
	world_open_with(WORLD_SFA MAPPED, WORLD_MA MAPPED,
	                "fields: {person: {email: {win: master, master: sfa}}}\n");
	two_sides("joe@acme.example", "joe@acme.example");
	begin_batch("ma", "lead");
	struct record *record = add("M1", "Mail", "joe@private.example");
	batch_ref(&page.batch, record, REF_SAME_AS, "contact", SLICE("C1"));
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT email FROM person WHERE merged_into IS NULL"), "joe@acme.example");
	CHECK_TEXT(differences("M1"), "Mail=joe@acme.example");
	world_close();
	world_open_with(WORLD_SFA MAPPED, WORLD_MA MAPPED, "");
}

static void test_deleted_and_read_only_records_are_told_nothing(void)
{
	for (int deleted = 0; deleted < 2; deleted++) {
		two_sides("joe@acme.example", "joe@acme.example");
		begin_batch("ma", "contact");
		struct record *record = add("C1", "Email", "joe@acme.example");
		(void)add("C1", "Title", "");
		record->is_deleted = deleted;
		record->is_read_only = !deleted;
		store_batch(NULL);
		CHECK_TEXT(
		        ask("SELECT deleted || ' ' || read_only FROM source_record WHERE external_id = 'C1'"),
		        deleted ? "true false" : "false true");
		CHECK_TEXT(differences("C1"), "");
	}
}

static void test_field_not_shown_is_never_written(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	begin_batch("ma", "contact");
	(void)add("C1", "Email", "joe@acme.example");
	store_batch(NULL);
	CHECK_TEXT(differences("C1"), "");
}

/* -- Who may be created -- */

static bool may_create(const char *connector)
{
	const struct stream_config *stream = NULL;
	bool may = view_may_create(only_person(), config_connector(folder.config, connector), &stream);

	CHECK(!may || strcmp(stream->ops->name, "contact") == 0);
	return may;
}

static void test_person_with_an_address_may_be_created_where_it_lacks_and_the_stream_allows(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Mail", "joe@acme.example");
	CHECK(may_create("ma"));
	CHECK(!may_create("sfa")); /* it is there */
	CHECK_TEXT(marked(), "ma");
	world_empty();
	put("ma", "contact", "C1", "Email", "joe@acme.example");
	CHECK(!may_create("sfa")); /* creates nothing */
	CHECK_TEXT(marked(), "none");
}

static void test_person_without_an_address_is_not_created(void)
{
	world_empty();
	put("sfa", "lead", "L1", "Job", "Head");
	CHECK(!may_create("ma"));
	CHECK_TEXT(marked(), "none");
}

static void test_record_deleted_over_there_is_not_made_again(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	begin_batch("ma", "contact");
	struct record *record = add("C1", NULL, NULL);
	record->is_deleted = record->is_partial = true;
	store_batch(NULL);
	CHECK(!may_create("ma"));
	(void)ask("TRUNCATE dirty");
	begin_batch("sfa", "lead");
	(void)add("L1", "Mail", "joe@acme.example");
	(void)add("L1", "Job", "Chief");
	store_batch(NULL);
	CHECK_TEXT(marked(), "none");
}

static void test_person_whose_records_are_all_deleted_is_not_created(void)
{
	world_empty();
	begin_batch("sfa", "lead");
	add("L1", "Mail", "joe@acme.example")->is_deleted = true;
	store_batch(NULL);
	CHECK(!may_create("ma"));
	CHECK_TEXT(marked(), "none");
}

static void test_opt_out_outlives_the_record_that_said_it(void)
{
	two_sides("joe@acme.example", "joe@acme.example");
	begin_batch("ma", "contact");
	(void)add("C1", "Email", "joe@acme.example");
	(void)add("C1", "Out", "true");
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT email_opt_out FROM person"), "true");
	/* Many systems tell of a deletion by the id alone. */
	begin_batch("ma", "contact");
	struct record *record = add("C1", NULL, NULL);
	record->is_deleted = record->is_partial = true;
	store_batch(NULL);
	CHECK_TEXT(ask("SELECT email_opt_out FROM person"), "true");
	CHECK_SLICE(only_person()->golden.values[PERSON_EMAIL_OPT_OUT], "true");
	CHECK_TEXT(ask("SELECT n_sources || coalesce(title, 'none') FROM person"), "1Head");
}

int main(void)
{
	arena = arena_new(65536);
	world_open_with(WORLD_SFA MAPPED, WORLD_MA MAPPED, "");
	RUN(test_golden_record_of_a_view_is_what_ingest_stored);
	RUN(test_views_come_by_id_and_only_of_those_with_records);
	RUN(test_record_of_a_system_not_configured_any_more_is_seen_but_says_nothing);
	RUN(test_difference_is_what_golden_says_and_the_record_does_not);
	RUN(test_form_that_the_remote_gave_our_value_is_no_difference_and_no_mark);
	RUN(test_value_turned_back_three_times_over_is_frozen_and_marks_nothing);
	RUN(test_addresses_that_never_agreed_are_not_written_over_each_other);
	RUN(test_changed_address_is_written);
	RUN(test_missing_address_is_written);
	RUN(test_master_writes_its_address_over_others);
	RUN(test_deleted_and_read_only_records_are_told_nothing);
	RUN(test_field_not_shown_is_never_written);
	RUN(test_person_with_an_address_may_be_created_where_it_lacks_and_the_stream_allows);
	RUN(test_person_without_an_address_is_not_created);
	RUN(test_record_deleted_over_there_is_not_made_again);
	RUN(test_person_whose_records_are_all_deleted_is_not_created);
	RUN(test_opt_out_outlives_the_record_that_said_it);
	world_close();
	arena_free(arena);
	return tap_done();
}
