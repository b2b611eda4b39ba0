package snapshot_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

const (
	goodColumns = `user_id text, number integer, as_of date, amount numeric(12,2)`
	goodKey     = `primary key (user_id, number, as_of)`
	byAsOf      = `partition by list (as_of)`
)

func TestTablesOfAnotherShapeAreRefusedBeforeAnythingIsFilled(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, make string
		says       []string
	}{
		{"the old kind of snapshot table", `create table orders_snapshots (` + goodColumns + `, ` + goodKey + `)`,
			[]string{"expected a table partitioned by LIST (as_of), found an ordinary table"}},
		{"a view", `create view orders_snapshots as select 1 as x`,
			[]string{"expected a table partitioned by LIST (as_of), found a view"}},
		{"another partitioning", `create table orders_snapshots (` + goodColumns + `, ` + goodKey + `) partition by range (as_of)`,
			[]string{"expected a table partitioned by LIST (as_of), found one of another role that is partitioned otherwise"}},
		{"another owner", `create table orders_snapshots (` + goodColumns + `, ` + goodKey + `) ` + byAsOf,
			[]string{"expected a table owned by the snapshot service's role, found one of another role"}},
		{"other columns and types", `create table orders_snapshots (user_id text, number bigint, as_of date, amonut numeric(12,2), primary key (number, as_of)) ` + byAsOf + own,
			[]string{
				"expected primary key (user_id, number, as_of), found (number, as_of)", "expected no column amonut, found it as numeric(12,2)",
				"expected column number integer not null, found bigint not null",
				"expected column amount numeric(12,2), found none",
			}},
		{"no key", `create table orders_snapshots (user_id text not null, number integer not null, as_of date not null, amount numeric(12,2)) ` + byAsOf + own,
			[]string{"expected primary key (user_id, number, as_of), found ()"}},
		{"a check constraint", `create table orders_snapshots (` + goodColumns + `, ` + goodKey + `, constraint cheap check (amount < 5)) ` + byAsOf + own,
			[]string{`expected no check constraint, found cheap CHECK ((amount < (5)::numeric)): alter table "case_6"."orders_snapshots" drop constraint "cheap"`}},
		{"a default partition", `create table orders_snapshots (` + goodColumns + `, ` + goodKey + `) ` + byAsOf + own + `; create table rest partition of orders_snapshots default`,
			[]string{"expected no partition in the way, found case_7.rest DEFAULT"}},
		{"a partition made by hand", `create table orders_snapshots (` + goodColumns + `, ` + goodKey + `) ` + byAsOf + own +
			`; create table mine partition of orders_snapshots for values in ('2024-01-31', '2024-02-29')`,
			[]string{"expected no partition in the way, found case_8.mine FOR VALUES IN ('2024-01-31', '2024-02-29')"}},
		{"a foreign key", `create table calendar (day date primary key); create table orders_snapshots (` + goodColumns + `, ` + goodKey +
			`, constraint "in calendar" foreign key (as_of) references calendar) ` + byAsOf + own,
			[]string{`expected no foreign key, found in calendar FOREIGN KEY (as_of) REFERENCES case_9.calendar(day): ` +
				`alter table "case_9"."orders_snapshots" drop constraint "in calendar"`}},
		{"a unique constraint", `create table orders_snapshots (` + goodColumns + `, ` + goodKey + `, constraint one unique (as_of, amount)) ` + byAsOf + own,
			[]string{`expected no unique constraint, found one UNIQUE (as_of, amount): alter table "case_10"."orders_snapshots" drop constraint "one"`}},
		{"a unique index", `create table orders_snapshots (` + goodColumns + `, ` + goodKey + `) ` + byAsOf + own +
			`; create unique index one on orders_snapshots (as_of, (amount + 1)); create index fine on orders_snapshots (amount)`,
			[]string{`expected no unique index, found one on (as_of, ((amount + (1)::numeric))): drop index "case_11"."one"`}},
		{"another collation", `create table orders_snapshots (user_id text collate "C", number integer, as_of date, amount numeric(12,2), ` + goodKey + `) ` + byAsOf + own,
			[]string{`expected column user_id text not null, found text collate "C" not null`}},
		{"a generated column", `create table orders_snapshots (user_id text, number integer, as_of date, amount numeric(12,2) generated always as (1) stored, ` + goodKey + `) ` + byAsOf + own,
			[]string{`expected column amount numeric(12,2), found numeric(12,2) generated`}},
	}
	s := newSuite(t)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			schema := sprintf("case_%d", i)
			b := s.deliver(t, inSchema(t, s, shop("shop"), schema), january, shopRows())
			s.db.Exec(t, "set local search_path = "+schema+"; "+c.make)

			_, err := b.prepare()

			p := requireReason(t, err, problem.SnapshotTableDiffers)
			require.Len(t, p.Violations, len(c.says))
			for i, v := range p.Violations {
				require.Equal(t, schema+".orders_snapshots", v.Subject)
				require.Contains(t, v.Description, c.says[i])
				require.Contains(t, p.Message, c.says[i])
			}
			require.Empty(t, s.historyTables(t))

			s.db.Exec(t, mending(p.Violations))
			_, err = b.prepare()
			require.NoError(t, err, "what was said mends it")
			require.NoError(t, b.discard())
		})
	}
}

// mending is the SQL that the differences of a table end with. Where the first of them
// is to move the table away, nothing of it is left to mend.
func mending(violations []problem.Violation) string {
	var all []string
	for _, v := range violations {
		all = append(all, v.Description[strings.LastIndex(v.Description, ": ")+2:])
	}
	if i := slices.IndexFunc(all, func(sql string) bool { return strings.Contains(sql, " rename to ") }); i >= 0 {
		return all[i]
	}
	return strings.Join(all, ";\n")
}

const own = `; alter table orders_snapshots owner to sf_snapshot`

// PostgreSQL has them on partitioned tables since 17.
func TestAnExclusionConstraintIsRefusedBeforeAnythingIsFilled(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	if s.db.Rows(t, "select current_setting('server_version_num')::int < 170000")[0] == "t" {
		t.Skip("this PostgreSQL has no exclusion constraints on partitioned tables")
	}
	s.db.Exec(t, `create table orders_snapshots (`+goodColumns+`, `+goodKey+
		`, constraint one exclude using btree (as_of with =, amount with =)) `+byAsOf+own)

	_, err := s.deliver(t, shop("shop"), january, shopRows()).prepare()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.Len(t, p.Violations, 1)
	require.Contains(t, p.Message, "expected no exclusion constraint, found one EXCLUDE USING btree (as_of WITH =, amount WITH =): "+
		`alter table "public"."orders_snapshots" drop constraint "one"`)
	require.Empty(t, s.historyTables(t))
}

// A month that is stamped says nothing about the next: its table may have been
// altered since.
func TestTablesThatWereAlteredAreRefusedBeforeAnythingIsFilled(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ alter, says string }{
		"a foreign key": {`create table calendar (day date primary key); insert into calendar values ('2024-01-31');
			alter table orders_snapshots add foreign key (as_of) references calendar`, "expected no foreign key"},
		"a unique index": {`create unique index on orders_snapshots (as_of, amount)`, "expected no unique index"},
		"a collation":    {`drop view orders_snapshots_revisions; alter table orders_snapshots alter user_id type text collate "C"`, `found text collate "C" not null`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			before := s.historyTables(t)
			s.db.Exec(t, c.alter)

			_, err := s.deliver(t, shop("shop"), february, shopRows()).prepare()

			p := requireReason(t, err, problem.SnapshotTableDiffers)
			require.Len(t, p.Violations, 1)
			require.Contains(t, p.Message, c.says)
			require.Equal(t, before, s.historyTables(t))
		})
	}
}

// What is unique in more than the key holds always; and what is stamped is not attached.
func TestTablesMayHaveWhatCannotFail(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, `create unique index on orders_snapshots (as_of, number, user_id) include (amount);
		alter table orders_snapshots add unique (number, as_of, user_id, amount)`)
	s.deliver(t, shop("shop"), february, shopRows()).history()
	s.db.Exec(t, `drop view orders_snapshots_revisions; alter table orders_snapshots alter user_id type text collate "C"`)

	prepared, err := s.deliver(t, shop("shop"), january, shopRows()).prepare()

	require.NoError(t, err)
	for _, p := range prepared {
		require.True(t, p.GetUnchanged())
	}
}

// The same values under another column's name are not the same content.
func TestAStampedMonthIsComparedByItsColumnsToo(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, `alter table orders_snapshots rename amount to total`)

	_, err := s.deliver(t, shop("shop"), january, shopRows()).prepare()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.Contains(t, p.Message, "expected no column total")
	require.Contains(t, p.Message, "expected column amount")
}

// What comes up only with the rows, or appears after the last look, is PostgreSQL's
// to refuse. A trigger on the very command stands for all of it.
func TestStampSaysWhatATableRefuses(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	before := s.historyTables(t)
	s.db.Exec(t, `create table refusal (code text); insert into refusal values ('');
		grant select on refusal to sf_snapshot;
		create function refuse() returns event_trigger language plpgsql as
			$$ begin raise exception 'not in this table' using errcode = (select code from public.refusal); end $$;
		create event trigger refuse on ddl_command_start when tag in ('ALTER TABLE') execute function refuse()`)

	for _, code := range []string{"P0001", "23503", "23505", "22012", "54000", "42P21", "42804", "428C9"} {
		s.db.Exec(t, "update refusal set code = $1", code)

		_, err = b.stamp()

		p := requireReason(t, err, problem.SnapshotTableDiffers)
		require.Contains(t, p.Message, "not in this table")
		require.Contains(t, p.Message, "remove from the snapshot's table what was added to it")
		require.Equal(t, map[string]string{"dataset": "shop", "as_of": january}, p.Metadata)
		require.Equal(t, before, s.historyTables(t))
	}
	s.db.Exec(t, "update refusal set code = '40001'")
	_, err = b.stamp()
	require.Contains(t, requireReason(t, err, problem.SnapshotTableDiffers).Message, "function public.refuse()")
	require.False(t, problem.Transient(err), "it would be tried for ever")
	s.db.Exec(t, "drop event trigger refuse")
	_, err = b.stamp()
	require.NoError(t, err)
	s.requireNoOrphans(t)
}

// Whatever an event trigger keeps from being done to history, by whichever call, it is history's
// tables that differ, and not live's.
func TestAnEventTriggerIsOfHistory(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tag    string
		want   problem.Reason
		before func(t *testing.T, corrected *delivery) // the trigger was there
		do     func(s *suite, grown, corrected *delivery) error
	}{
		"expanding": {"ALTER TABLE", problem.SnapshotTableDiffers, nil, func(_ *suite, grown, _ *delivery) error {
			_, err := grown.expand(false, false)
			return err
		}},
		"preparing a revision": {"CREATE TABLE", problem.SnapshotTableDiffers, nil, func(_ *suite, _, corrected *delivery) error {
			_, err := corrected.prepare()
			return err
		}},
		"restoring": {"CREATE TABLE", problem.SchemaRefused, nil, func(s *suite, _, _ *delivery) error {
			_, err := s.restore(shop("shop"), january, "back", nil)
			return err
		}},
		"superseding": {"ALTER TABLE", problem.SnapshotTableDiffers, func(t *testing.T, corrected *delivery) {
			_, err := corrected.prepare()
			require.NoError(t, err)
		}, func(_ *suite, _, corrected *delivery) error {
			_, err := corrected.stamp()
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			f := s.db.Fence(t, "shop")
			grown, corrected := s.deliverUnder(t, f, shopGrown("shop"), february, shopRowsGrown()), s.deliverUnder(t, f, shop("shop"), january, shopRowsOther())
			corrected.reason = "wrong"
			if tc.before != nil {
				tc.before(t, corrected)
			}
			s.db.Exec(t, `create function refuse() returns event_trigger language plpgsql as $$ begin raise exception 'not on Thursdays'; end $$;
				create event trigger refuse on ddl_command_start when tag in ('`+tc.tag+`') execute function refuse()`)
			before := s.history(t)

			err := tc.do(s, grown, corrected)

			p := requireReason(t, err, tc.want)
			require.Contains(t, p.Message, "not on Thursdays")
			require.Contains(t, p.Message, "event trigger")
			require.Equal(t, before, s.history(t))
		})
	}
}

// A date whose tables an event trigger keeps from being dropped is history no more, is said to
// have left them behind, and why; they go once they may.
func TestAnEventTriggerKeepsTablesFromBeingDropped(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"ALTER TABLE", "DROP TABLE"} {
		t.Run(tag, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.stampMonths(t, 3)
			s.db.Exec(t, `create function refuse() returns event_trigger language plpgsql as $$ begin raise exception 'not on Thursdays'; end $$;
				create event trigger refuse on ddl_command_start when tag in ('`+tag+`') execute function refuse()`)

			resp, err := s.retain(t, keeping(shop("shop"), 2))

			require.NoError(t, err)
			require.Len(t, resp.GetFindings(), 2, "of each snapshot")
			for _, f := range resp.GetFindings() {
				require.Equal(t, "RETENTION_HINDERED", f.GetReason())
				require.Contains(t, f.GetMessage(), "not on Thursdays")
				require.Contains(t, f.GetMessage(), "function public.refuse() belongs to an event trigger")
				require.NotContains(t, f.GetMessage(), "as the rows are written")
			}
			s.db.Exec(t, "drop event trigger refuse")
			s.retained(t, keeping(shop("shop"), 2))
			require.NotContains(t, strings.Join(s.historyTables(t), " "), "2024_01_31")
		})
	}
}

// A function that is called by a stamp finds what it names with a search_path of its own.
func TestStampSaysWhichFunctionFindsNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	s.db.Exec(t, `create table refusal (code text);
		create function watch() returns event_trigger language plpgsql as $$ begin perform from refusal; end $$;
		grant select on refusal to sf_snapshot;
		create event trigger watch on ddl_command_start when tag in ('ALTER TABLE') execute function watch()`)

	_, err = b.stamp()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	const mend = "alter function public.watch() set search_path = pg_catalog, public, pg_temp"
	require.Contains(t, p.Message, mend)
	s.db.Exec(t, mend)
	_, err = b.stamp()
	require.NoError(t, err)
}

// Columns are told apart by name, and a table that was made before is used as it is.
func TestStampIntoATableThatIsThere(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.db.Exec(t, `create table orders_snapshots (as_of date, amount numeric(12,2), number integer, user_id text, `+goodKey+`) `+byAsOf+own)

	s.deliver(t, shop("shop"), january, shopRows()).history()

	require.Equal(t, []string{"2024-01-31|7.00|1|u1", "2024-01-31|12.50|2|u1", "2024-01-31|<null>|1|u2"},
		s.db.Rows(t, "select * from orders_snapshots order by user_id, number"))
}

// A table that appears between Prepare and Stamp stops all snapshots, not only its own.
func TestStampIsAllOrNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	b := s.deliver(t, shop("shop"), january, shopRows())
	_, err := b.prepare()
	require.NoError(t, err)
	before := s.historyTables(t)
	s.db.Exec(t, "create table orders_snapshots (x int)")

	_, err = b.stamp()

	requireReason(t, err, problem.SnapshotTableDiffers)
	require.Equal(t, before, s.historyTables(t))
	require.Empty(t, s.db.Rows(t, "select 1 from sf_snapshot.catalog"))
	require.Empty(t, s.db.Rows(t, "select 1 from pg_class where relname = 'users_snapshots'"))
	s.db.Exec(t, "drop table orders_snapshots cascade")
	_, err = b.stamp()
	require.NoError(t, err)
}

func TestSchemaThatIsNotThereIsSaidBeforeAnythingIsFilled(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	d.Schema = "nowhere"

	_, err := s.deliver(t, d, january, shopRows()).prepare()

	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.Contains(t, p.Message, "run `ingestd migrate --data-schema nowhere` and `snapshotd migrate --data-schema nowhere`")
	require.Empty(t, s.historyTables(t))
}

// Whoever tampers with the catalog must not make a stamp of other content pass.
func TestStampComparesWithTheCatalogAgain(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shop("shop"), january, shopRowsEqual())
	_, err := b.prepare()
	require.NoError(t, err)
	s.db.Exec(t, "alter table sf_snapshot.catalog disable trigger immutable; update sf_snapshot.catalog set content_hash = 'h1:3:0' where snapshot = 'orders_snapshots'")

	_, err = b.stamp()

	p := requireReason(t, err, problem.SnapshotDiffers)
	require.Len(t, p.Violations, 1)
	require.Equal(t, "orders_snapshots", p.Violations[0].Subject)
}
