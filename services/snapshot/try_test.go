package snapshot_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// refusing are things of the users' own that stand on a snapshot's table, each with what
// is said of it. None of them keeps a partition from being attached.
func refusing() map[string]struct{ sql, said string } {
	const nothing = `create function public.take_a_hand() returns trigger language plpgsql as $$ begin %s end $$; `
	function := func(body string) string { return strings.Replace(nothing, "%s", body, 1) }
	return map[string]struct{ sql, said string }{
		"a foreign key": {`create table public.notes (u text, d date, constraint of_user foreign key (u, d) references users_snapshots (user_id, as_of));
			insert into notes values ('u2', '2024-01-31')`, `alter table "public"."notes" drop constraint "of_user"`},
		"a foreign key that is checked late": {`create table public.notes (u text, d date, constraint of_user foreign key (u, d) references users_snapshots (user_id, as_of) deferrable initially deferred);
			insert into notes values ('u2', '2024-01-31')`, `alter table "public"."notes" drop constraint "of_user"`},
		"a foreign key to the partition": {`create table public."my notes" (u text, d date, constraint "of one" foreign key (u, d) references ` + januaryUsers + ` (user_id, as_of));
			insert into "my notes" values ('u2', '2024-01-31')`, `alter table "public"."my notes" drop constraint "of one"`},
		"a unique index of the partition": {"create unique index one_fee on " + januaryUsers + " (fee)", `drop index "sf_history"."one_fee"`},
		"a constraint of the partition":   {"alter table " + januaryUsers + " add constraint small check (fee < 2)", `drop constraint "small"`},
		"an index over an expression":     {"create index halves on users_snapshots ((1 / (fee - 7)))", "division by zero"},
		"a trigger that changes rows": {function("new.fee := 1; return new;") +
			"create trigger shout before insert on users_snapshots for each row execute function take_a_hand()", `disable trigger "shout"`},
		"a trigger that skips rows": {function("return null;") +
			"create trigger skip before delete on " + januaryUsers + " for each row execute function take_a_hand()", `disable trigger "skip"`},
		"a trigger that says no": {function("raise 'history is closed';") +
			"create trigger closed after update on users_snapshots for each row execute function take_a_hand()", "history is closed"},
	}
}

// What would keep a correction out of history is found before live is published, and
// nothing of the trial stays.
func TestWhatRefusesACorrectionIsFoundAsItIsPrepared(t *testing.T) {
	t.Parallel()
	for name, tc := range refusing() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.db.Exec(t, tc.sql)
			before := s.history(t)
			rows := shopRows()
			rows["users"] = `values ('u1', date '2023-01-02', true, 7, 'NaN', 9007199254740993, ''), ('u4', null, null, 7, null, null, 'new')`
			b := s.correct(t, shop("shop"), january, rows)

			_, err := b.prepare()

			p := requireReason(t, err, problem.SnapshotTableDiffers)
			require.Contains(t, p.Message, tc.said)
			require.Equal(t, before, s.history(t))
			require.Len(t, s.revisionsOf(t, "users_snapshots", january), 1)
			require.Equal(t, "shop", p.Metadata["dataset"])
		})
	}
}

// Who does as is said has the correction stamped.
func TestWhatIsSaidMendsIt(t *testing.T) {
	t.Parallel()
	for name, tc := range refusing() {
		if strings.HasPrefix(name, "a trigger that says") || strings.HasPrefix(name, "an index over") {
			continue // what to do about these is in the words of whoever made them
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.db.Exec(t, tc.sql)
			rows := shopRows()
			rows["users"] = `values ('u1', date '2023-01-02', true, 7, 'NaN', 9007199254740993, ''), ('u4', null, null, 7, null, null, 'new')`
			b := s.correct(t, shop("shop"), january, rows)
			_, err := b.prepare()
			p := requireReason(t, err, problem.SnapshotTableDiffers)
			_, sql, ok := strings.Cut(p.Message, "to take it away: ")
			if !ok {
				_, sql, ok = strings.Cut(p.Message, "keep it from firing: ")
			}
			require.True(t, ok, p.Message)
			s.db.Exec(t, strings.TrimSuffix(sql, "; nothing was written"))

			b.history()

			require.Equal(t, []string{"u1|7", "u4|7"}, s.db.Rows(t, "select user_id, fee from users_snapshots order by 1"))
			s.requireNoOrphans(t)
		})
	}
}

// What stands on the table and lets the rows be is in nobody's way.
func TestWhatLetsTheRowsBeIsNoObstacle(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, `create table public.notes (u text, d date, foreign key (u, d) references users_snapshots (user_id, as_of));
		insert into notes values ('u1', '2024-01-31'); create index by_fee on users_snapshots (fee);
		create function public.look_on() returns trigger language plpgsql as $$ begin return new; end $$;
		create trigger look_on after insert or update on users_snapshots for each row execute function look_on()`)

	s.correct(t, shop("shop"), january, shopRowsOther()).history()

	require.Equal(t, []string{"u1|1.51"}, s.db.Rows(t, "select user_id, fee from users_snapshots"))
	require.Len(t, s.revisionsOf(t, "users_snapshots", january), 2)
}
