package snapshot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

const shout = `create function shout() returns trigger language plpgsql set search_path = pg_catalog as $$ begin new.fee := 1; return new; end $$;
	create trigger shout before insert on users_snapshots for each row execute function shout();`

// A partition is filled before it is attached, when no trigger of its table stands on it
// yet: what is stamped is what was delivered.
func TestATriggerOfASnapshotsTableDoesNotChangeWhatIsStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	before := s.db.Rows(t, "select user_id, fee from users_snapshots order by 1")
	s.db.Exec(t, shout)

	s.deliver(t, shop("shop"), february, shopRows()).history()

	require.Equal(t, before, s.db.Rows(t, "select user_id, fee from users_snapshots where as_of = '2024-02-29' order by 1"))
	warnings := s.check(t, shop("shop"))[0].GetWarnings()
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0].GetFound(), `found trigger "shout" on public.users_snapshots, which calls public.shout() before a row is written`)
}

// Rows that are written back into a partition that is attached meet its triggers.
func TestATriggerThatChangesWhatIsWrittenBackIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sql, named string }{
		"of the table":     {shout, "shout"},
		"of the partition": {strings.Replace(shout, "on users_snapshots", "on "+januaryUsers, 1), "shout"},
		"that is deferred": {`create function late() returns trigger language plpgsql as $$ begin update ` + januaryUsers + ` set fee = 1 where user_id = new.user_id; return null; end $$;
			create constraint trigger late after insert on users_snapshots deferrable initially deferred for each row execute function late();`, "late"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			before := s.history(t)
			s.db.Exec(t, "delete from users_snapshots")
			s.db.Exec(t, "vacuum full "+januaryUsers)
			s.db.Exec(t, tc.sql)
			b := s.deliver(t, shop("shop"), january, shopRows())
			_, err := b.prepare()
			require.NoError(t, err)

			_, err = b.stamp()

			p := requireReason(t, err, problem.SnapshotTableDiffers)
			require.Contains(t, p.Message, `trigger "`+tc.named+`" on `+januaryUsers)
			require.Empty(t, s.db.Rows(t, "select from users_snapshots"), "nothing was written")
			_, off, ok := strings.Cut(p.Message, "keep it from firing: ")
			require.True(t, ok)
			s.db.Exec(t, strings.TrimSuffix(off, "; nothing was written"))
			_, err = b.stamp()
			require.NoError(t, err)
			require.Equal(t, before, s.history(t))
		})
	}
}

// A trigger that leaves the rows as they are is in nobody's way.
func TestATriggerThatLooksOnAsRowsAreWrittenBack(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	before := s.history(t)
	s.db.Exec(t, "delete from users_snapshots")
	s.db.Exec(t, "vacuum full "+januaryUsers)
	s.db.Exec(t, strings.Replace(shout, "new.fee := 1; ", "", 1))

	s.deliver(t, shop("shop"), january, shopRows()).history()

	require.Equal(t, before, s.history(t))
}

// Policies are for readers. One that hides rows from a service is said before anything
// is stamped, with both ways out; readers may go on having theirs.
func TestRowLevelSecurityOfASnapshotsTable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sql, blinded, mend string }{
		"enabled": {"alter table users_snapshots enable row level security; create policy some_of on users_snapshots using (user_id = 'u1')",
			"sf_ingest, sf_quality", "alter table users_snapshots disable row level security"},
		"forced": {"alter table users_snapshots enable row level security; alter table users_snapshots force row level security",
			"sf_ingest, sf_quality, sf_snapshot", "alter table users_snapshots disable row level security"},
		"not in force":                       {"alter table users_snapshots force row level security", "", ""},
		"enabled for readers of a partition": {"alter table " + januaryUsers + " enable row level security", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.db.Exec(t, tc.sql)

			got := differences(s.check(t, shop("shop"))[0])
			b := s.deliver(t, shop("shop"), february, shopRows())
			_, err := b.prepare()

			if tc.blinded == "" {
				require.Empty(t, got)
				require.NoError(t, err)
				return
			}
			require.Len(t, got, 1)
			require.Contains(t, got[0], "expected the services to see every row, found row level security, which hides rows from "+tc.blinded+" → ")
			require.Contains(t, got[0], `alter role "sf_ingest" bypassrls; alter role "sf_quality" bypassrls`)
			require.Contains(t, got[0], `or drop them: alter table "public"."users_snapshots" disable row level security`)
			requireReason(t, err, problem.SnapshotTableDiffers)
			s.db.Exec(t, tc.mend)
			b.history()
		})
	}
}

// What an event trigger puts on the tables that are filled would change what is stamped.
func TestAnEventTriggerOnTheTablesOfHistory(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ does, says string }{
		"puts a trigger": {`for made in select object_identity from pg_event_trigger_ddl_commands() where command_tag = 'CREATE TABLE' and schema_name = 'sf_history' loop
			execute 'create trigger slipped before insert on ' || made || ' for each row execute function suppress_redundant_updates_trigger()'; end loop;`,
			"found trigger slipped, which calls suppress_redundant_updates_trigger(), put there by event trigger"},
		"raises": {"raise exception 'no tables on Thursdays';", "belongs to an event trigger, which PostgreSQL calls as tables are made"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			b := s.deliver(t, shop("shop"), january, shopRows())
			s.db.Exec(t, `create function slip() returns event_trigger language plpgsql as $$ declare made text; begin `+tc.does+` end $$;
create event trigger slip on ddl_command_end execute function slip()`)

			_, err := b.prepare()

			require.Contains(t, requireReason(t, err, problem.SnapshotTableDiffers).Message, tc.says)
			s.db.Exec(t, "alter event trigger slip disable")
			_, err = b.prepare()
			require.NoError(t, err)
		})
	}
}
