/* SPDX-License-Identifier: Apache-2.0 */
#include "partition.h"

#include "buf.h"
#include "clock.h"

enum { YEAR_FIRST = 2000 };

/* DDL takes no parameters: the names are made of two checked numbers, nothing else. A month whose rows
 * already wait in the default partition is left there. The lock keeps two daemons from meeting half-way. */
static void partition_ddl(struct buf *sql, int year, int month)
{
	int next_year = month == 12 ? year + 1 : year, next_month = month == 12 ? 1 : month + 1;

	(void)buf_printf(sql,
	                 "DO $$ BEGIN IF to_regclass('activity_%04d_%02d') IS NULL THEN"
	                 " LOCK TABLE ONLY activity IN SHARE UPDATE EXCLUSIVE MODE;"
	                 " IF to_regclass('activity_%04d_%02d') IS NULL AND NOT EXISTS (SELECT 1 FROM "
	                 "activity_default WHERE"
	                 " occurred_at >= '%04d-%02d-01+00' AND occurred_at < '%04d-%02d-01+00') THEN CREATE "
	                 "TABLE activity_%04d_%02d"
	                 " PARTITION OF activity FOR VALUES FROM ('%04d-%02d-01+00') TO ('%04d-%02d-01+00');"
	                 " INSERT INTO placement (table_name, kind, dist_col, ord) VALUES "
	                 "('activity_%04d_%02d', 'hash', 'subject_key', 43)"
	                 " ON CONFLICT DO NOTHING; END IF; END IF; END $$;\n",
	                 year, month, year, month, year, month, next_year, next_month, year, month, year,
	                 month, next_year, next_month, year, month);
}

void partitions_make(struct store *store, int64_t from_us, int64_t to_us, pg_done *done, void *owner)
{
	struct time_parts at = time_split(from_us), end = time_split(to_us);
	int year_last = time_split(clock_wall_us()).year + 1;
	struct buf sql;

	if (at.year < YEAR_FIRST)
		at = (struct time_parts){ .year = YEAR_FIRST, .month = 1 };
	if (end.year > year_last)
		end = (struct time_parts){ .year = year_last, .month = 12 };
	buf_init(&sql, 1 << 20);
	while (at.year < end.year || (at.year == end.year && at.month <= end.month)) {
		partition_ddl(&sql, at.year, at.month);
		at.year += at.month == 12;
		at.month = at.month == 12 ? 1 : at.month + 1;
	}
	pg_script(store->quick, sql.data ? sql.data : "SELECT 1", done, owner);
	buf_done(&sql);
}
