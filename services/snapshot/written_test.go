package snapshot_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// fortyUsers are the rows of the shop with forty users, of whom the last so many have another fee.
func fortyUsers(others int) map[string]string {
	rows := shopRows()
	rows["users"] = fmt.Sprintf(`select 'u' || i, date '2023-01-01' + i, i %% 2 = 0, i / 7.0 + (i > 40 - %d)::integer, i / 3.0, i, null
		from generate_series(1, 40) i`, others)
	return rows
}

// Where few rows differ, those that stay are not hashed again: whatever was done to them
// between the copy and the stamp is seen all the same, by whomever and whenever he began.
func TestAFewDifferencesAndSomebodyElsesWrites(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a row that stays":            "update " + januaryUsers + " set note = 'mine' where user_id = 'u3'",
		"a row that stays, once more": "update " + januaryUsers + " set fee = fee where user_id = 'u3'; update " + januaryUsers + " set visits = 9 where user_id = 'u4'",
		"a row less":                  "delete from " + januaryUsers + " where user_id = 'u3'",
		"a row more":                  "insert into " + januaryUsers + " (user_id, as_of) values ('u99', '2024-01-31')",
		"one for another":             "delete from " + januaryUsers + " where user_id = 'u3'; insert into " + januaryUsers + " (user_id, as_of) values ('u99', '2024-01-31')",
		"a row that differs, gone":    "delete from " + januaryUsers + " where user_id = 'u40'",
		"another key":                 "update " + januaryUsers + " set user_id = 'u99' where user_id = 'u40'",
	} {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, begun before: %v", name, before), func(t *testing.T) {
				t.Parallel()
				s := newSuite(t)
				s.deliver(t, shop("shop"), january, fortyUsers(0)).history()
				b := s.correct(t, shop("shop"), january, fortyUsers(3))
				other, err := s.db.Owner.Begin(t.Context())
				require.NoError(t, err)
				if before {
					_, err = other.Exec(t.Context(), "select pg_current_xact_id()")
					require.NoError(t, err)
				}
				_, err = b.prepare()
				require.NoError(t, err)
				_, err = other.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
				require.NoError(t, err)
				require.NoError(t, other.Commit(t.Context()))

				_, err = b.stamp()

				requireReason(t, err, problem.NotPrepared)
				require.Len(t, s.revisionsOf(t, "users_snapshots", january), 1)
				stamped := b.history()
				require.NotEmpty(t, stamped[0].GetRestated().GetFound(), "what was found is said")
				s.requireIntact(t)
			})
		}
	}
}

// requireIntact says that the users' partition holds what the catalog says, all of it hashed.
func (s *suite) requireIntact(t *testing.T) {
	t.Helper()
	require.Contains(t, s.verify(t, false), "users_snapshots 2024-01-31 r2 INTACT 40/40")
}

// A trigger of the users' own that came after the correction was tried, and changes the rows
// that come or others.
func TestATriggerAmongAFewDifferences(t *testing.T) {
	t.Parallel()
	for name, meddle := range map[string]string{
		"the rows that come": `create function public.meddle() returns trigger language plpgsql as 'begin new.note := ''mine''; return new; end';
			create trigger meddle before insert or update on users_snapshots for each row execute function public.meddle()`,
		"a row that stays": `create function public.meddle() returns trigger language plpgsql security definer as
			'begin update public.users_snapshots set visits = 9 where user_id = ''u3''; return null; end';
			create trigger meddle after update on users_snapshots for each row when (new.user_id <> 'u3') execute function public.meddle()`,
		"a row less, at the end": `create function public.meddle() returns trigger language plpgsql security definer as
			'begin delete from public.users_snapshots where user_id = ''u3''; return null; end';
			create constraint trigger meddle after update on users_snapshots deferrable initially deferred for each row execute function public.meddle()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, fortyUsers(0)).history()
			b := s.correct(t, shop("shop"), january, fortyUsers(3))
			_, err := b.prepare()
			require.NoError(t, err)
			s.db.Exec(t, meddle)

			_, err = b.stamp()

			p := requireReason(t, err, problem.SnapshotTableDiffers)
			require.Contains(t, p.Message, "meddle")
			s.db.Exec(t, "drop trigger meddle on users_snapshots")
			_, err = b.stamp()
			require.NoError(t, err)
			s.requireIntact(t)
		})
	}
}

// The copy is known to add up with the differences where few rows differ and it holds what was
// stamped; a record without it, as an older version leaves one, is stamped as well.
func TestWhenTheRowsThatStayAreNotHashedAgain(t *testing.T) {
	t.Parallel()
	known := func(s *suite) []string {
		return s.db.Rows(t, "select kept_xact is not null from sf_snapshot.prepared where snapshot = 'users_snapshots' and kept_name is not null")
	}
	for name, tc := range map[string]struct {
		differ int
		before string
		known  string
		after  string
	}{
		"few":                   {3, "", "t", ""},
		"none left of a record": {3, "", "t", "update sf_snapshot.prepared set kept_xact = null"},
		"of long ago":           {3, "", "t", "update sf_snapshot.prepared set kept_xact = kept_xact - 3000000000"},
		"most":                  {30, "", "f", ""},
		"others than stamped":   {3, "update " + januaryUsers + " set note = 'mine' where user_id = 'u3'", "f", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, fortyUsers(0)).history()
			if tc.before != "" {
				s.db.Exec(t, tc.before)
			}
			b := s.correct(t, shop("shop"), january, fortyUsers(tc.differ))
			_, err := b.prepare()
			require.NoError(t, err)
			require.Equal(t, []string{tc.known}, known(s))
			if tc.after != "" {
				s.db.Exec(t, tc.after+" where kept_name is not null")
			}

			stamped, err := b.stamp()

			require.NoError(t, err)
			require.EqualValues(t, 2, stamped[0].GetSnapshot().GetRevision())
			s.requireIntact(t)
		})
	}
}
