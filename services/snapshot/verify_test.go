package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// verified is the answer to a verification: what was found, without the relation's
// spelling, and the result.
func (s *suite) verified(req *snapshotv1.VerifyRequest) (found []*snapshotv1.VerifiedRevision, result *snapshotv1.VerifyResult, err error) {
	stream, err := s.client.Verify(context.Background(), req)
	if err != nil {
		return nil, nil, err
	}
	err = drain(stream, func(m *snapshotv1.VerifyResponse) error {
		switch {
		case result != nil:
			return errors.New("a message after the result")
		case m.GetRevision() != nil:
			found = append(found, m.GetRevision())
		}
		result = m.GetResult()
		return nil
	})
	return found, result, err
}

// verify returns a line for each revision: which one, its state, and how many rows of how
// many were found.
func (s *suite) verify(t *testing.T, superseded bool) []string {
	t.Helper()
	found, result, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop", Superseded: superseded})
	require.NoError(t, err)
	var lines []string
	wrong := 0
	for _, f := range found {
		state := strings.TrimPrefix(f.GetState().String(), "REVISION_STATE_")
		if state != "INTACT" && state != "NOT_KEPT" {
			wrong++
			require.NotEmpty(t, f.GetFound())
			require.NotEmpty(t, f.GetMend())
		}
		rows := "none"
		if f.FoundRows != nil {
			rows = fmt.Sprint(f.GetFoundRows())
		}
		lines = append(lines, fmt.Sprintf("%s %s r%d %s %s/%d", f.GetSnapshot(), f.GetAsOf(), f.GetRevision(), state, rows, f.GetRows()))
	}
	require.EqualValues(t, len(found), result.GetRevisions())
	require.EqualValues(t, wrong, result.GetWrong())
	return lines
}

func TestVerifyReadsEveryRevisionAgain(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.deliver(t, shop("shop"), february, shopRows()).history()
	s.correct(t, shop("shop"), january, with(shopRows(), "users", "values ('u9', null, null, null, null, null, null)")).history()

	require.Equal(t, []string{
		"orders_snapshots 2024-02-29 r1 INTACT 3/3", "users_snapshots 2024-02-29 r1 INTACT 3/3",
		"orders_snapshots 2024-01-31 r1 INTACT 3/3", "users_snapshots 2024-01-31 r2 INTACT 1/1",
	}, s.verify(t, false))
	require.Equal(t, []string{
		"orders_snapshots 2024-02-29 r1 INTACT 3/3", "users_snapshots 2024-02-29 r1 INTACT 3/3",
		"orders_snapshots 2024-01-31 r1 INTACT 3/3", "users_snapshots 2024-01-31 r2 INTACT 1/1", "users_snapshots 2024-01-31 r1 INTACT 3/3",
	}, s.verify(t, true))
	found, result, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop", Snapshot: "users_snapshots", AsOf: january, Superseded: true})
	require.NoError(t, err)
	require.Len(t, found, 2)
	requireProto(t, &snapshotv1.VerifyResult{Revisions: 2, Intact: 2, Rows: 4}, result)
	require.Equal(t, found[1].GetContentHash(), found[1].GetFoundHash())
	require.Equal(t, "users_snapshots__2024_01_31__r1__kept", found[1].GetRelation().GetName())
	require.NotNil(t, found[1].GetSupersededAt())
}

// Whatever became of the rows of a revision, it is named, and the others are read.
func TestVerifyNamesWhatBecameOfRows(t *testing.T) {
	t.Parallel()
	const kept = "sf_history.users_snapshots__kept"
	for name, tc := range map[string]struct{ sql, line, found, mend string }{
		"a value was changed": {
			"update users_snapshots set fee = 2 where user_id = 'u1'", "users_snapshots 2024-01-31 r2 TAMPERED 3/3",
			"expected other values in " + januaryUsers + ": its 3 rows do not have the hash of the catalog", "with restage",
		},
		"a value became another kind of nothing": {
			"update users_snapshots set note = '' where user_id = 'u3'", "users_snapshots 2024-01-31 r2 TAMPERED 3/3", "other values", "with restage",
		},
		"a row was deleted": {
			"delete from users_snapshots where user_id = 'u1'", "users_snapshots 2024-01-31 r2 TAMPERED 2/3", "expected 3 rows in " + januaryUsers + ", found 2", "with restage",
		},
		"a row was added": {
			"insert into users_snapshots (user_id, as_of) values ('u8', '2024-01-31')", "users_snapshots 2024-01-31 r2 TAMPERED 4/3", "expected 3 rows in " + januaryUsers + ", found 4", "with restage",
		},
		"the partition was dropped": {
			"drop table " + januaryUsers, "users_snapshots 2024-01-31 r2 MISSING none/3", "its table " + januaryUsers + " is gone", "with restage",
		},
		"a view has its name": {
			"drop table " + januaryUsers + "; create view " + januaryUsers + " as select 1", "users_snapshots 2024-01-31 r2 MISSING none/3", "is gone", "with restage",
		},
		"it was detached": {
			"alter table users_snapshots detach partition " + januaryUsers, "users_snapshots 2024-01-31 r2 DETACHED 3/3",
			januaryUsers + " is no partition of public.users_snapshots any more",
			`alter table "public"."users_snapshots" attach partition "sf_history"."users_snapshots__2024_01_31__r1" for values in ('2024-01-31')`,
		},
		"it was detached and changed": {
			"alter table users_snapshots detach partition " + januaryUsers + "; delete from " + januaryUsers, "users_snapshots 2024-01-31 r2 TAMPERED 0/3",
			"found 0; " + januaryUsers + " is no partition of", "with restage",
		},
		"it is attached elsewhere": {
			`alter table users_snapshots detach partition ` + januaryUsers + `; create table other (like users_snapshots) partition by list (as_of);
				alter table other attach partition ` + januaryUsers + ` for values in ('2024-01-31')`, "users_snapshots 2024-01-31 r2 DETACHED 3/3",
			januaryUsers + " is a partition of public.other, and not of public.users_snapshots", "attach partition",
		},
		"a column is gone": {
			"alter table users_snapshots rename column fee to fees", "users_snapshots 2024-01-31 r2 TAMPERED none/3", "expected the columns fee in " + januaryUsers + ", found none", "with restage",
		},
		"it may not be read": {
			"alter table " + januaryUsers + " owner to postgres; revoke all on " + januaryUsers + " from sf_snapshot", "users_snapshots 2024-01-31 r2 TAMPERED none/3",
			"cannot be read: permission denied for table users_snapshots__2024_01_31__r1", "with restage",
		},
		"a superseded revision was changed": {
			"update " + januaryKept + " set fee = 3", "users_snapshots 2024-01-31 r1 TAMPERED 3/3", "expected other values in " + januaryKept, "restore " + januaryKept + " from a backup",
		},
		"a superseded revision is gone": {
			"drop table " + januaryKept, "users_snapshots 2024-01-31 r1 MISSING none/3", "is gone", "which no run brings back",
		},
		"a superseded revision was detached": {
			"alter table " + kept + " detach partition " + januaryKept, "users_snapshots 2024-01-31 r1 DETACHED 3/3", januaryKept + " is no partition of " + kept + " any more",
			`attach partition "sf_history"."users_snapshots__2024_01_31__r1__kept" for values from ('2024-01-31', 1) to ('2024-01-31', 2)`,
		},
		"rows that nobody stamped": {
			"create table mine partition of users_snapshots for values in ('2024-03-31')", "users_snapshots  r0 STRAY none/0",
			"public.mine is a partition of public.users_snapshots FOR VALUES IN ('2024-03-31'), and the catalog knows nothing of it",
			`alter table "public"."users_snapshots" detach partition "public"."mine"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.deliver(t, shop("shop"), january, shopRows()).history()
			s.correct(t, shop("shop"), january, correctedShop()).history()
			s.db.Exec(t, tc.sql)

			lines := s.verify(t, true)

			require.Contains(t, lines, tc.line)
			require.Contains(t, lines, "orders_snapshots 2024-01-31 r1 INTACT 3/3", "the others are read")
			found, _, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop", Superseded: true})
			require.NoError(t, err)
			for _, f := range found {
				if f.GetFound() != "" {
					require.Contains(t, f.GetFound(), tc.found)
					require.Contains(t, f.GetMend(), tc.mend)
				}
			}
		})
	}
}

// correctedShop are the rows of the shop with another fee of u1.
func correctedShop() map[string]string {
	rows := shopRows()
	rows["users"] = strings.Replace(rows["users"], "1.50", "1.51", 1)
	return rows
}

// What a finding says is what mends it.
func TestWhatVerifySaysMendsADetachedPartition(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.correct(t, shop("shop"), january, correctedShop()).history()
	s.db.Exec(t, "alter table users_snapshots detach partition "+januaryUsers+"; alter table sf_history.users_snapshots__kept detach partition "+januaryKept)
	found, _, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop", Superseded: true})
	require.NoError(t, err)
	for _, f := range found {
		if _, sql, ok := strings.Cut(f.GetMend(), "alter table "); ok {
			s.db.Exec(t, "alter table "+sql)
		}
	}

	for _, line := range s.verify(t, true) {
		require.Contains(t, line, "INTACT")
	}
}

// A revision whose rows were lost before it was superseded is known to be, and no fault
// for ever.
func TestVerifyKnowsWhatWasLostBefore(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "drop table "+januaryUsers)
	s.correct(t, shop("shop"), january, correctedShop()).history()

	require.Equal(t, []string{
		"orders_snapshots 2024-01-31 r1 INTACT 3/3", "users_snapshots 2024-01-31 r2 INTACT 3/3", "users_snapshots 2024-01-31 r1 NOT_KEPT none/3",
	}, s.verify(t, true))
}

func TestVerifyOfNothing(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	for says, req := range map[string]*snapshotv1.VerifyRequest{
		"nothing is stamped of dataset shopp":                                   {Dataset: "shopp"},
		"nothing is stamped of dataset shop as of 2024-02-29":                   {Dataset: "shop", AsOf: february},
		"nothing is stamped of snapshot users of dataset shop as of 2024-01-31": {Dataset: "shop", AsOf: january, Snapshot: "users"},
	} {
		_, _, err := s.verified(req)
		require.Equal(t, says, requireReason(t, err, problem.SnapshotNotFound).Message)
	}
	_, _, err := s.verified(&snapshotv1.VerifyRequest{Dataset: "shop", AsOf: "2024-02-30"})
	requireReason(t, err, problem.InvalidRequest)
}

// A column that was renamed is found under the name that it has by now, and one that the
// dataset got is no part of what was stamped before.
func TestVerifyGoesByWhatWasStamped(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	d := shop("shop")
	d.Tables[0].Columns = append(d.Tables[0].Columns, columns("extra", "text")...)
	d.Tables[0].Columns[3].Name, d.Tables[0].Columns[3].RenamedFrom = "price", "fee"
	rows := shopRows()
	rows["users"] = "values ('u1', null, null, 2, null, null, null, 'x')"
	b := s.deliver(t, d, february, rows)
	_, err := b.expand(false, false)
	require.NoError(t, err)
	b.history()

	require.Equal(t, []string{
		"orders_snapshots 2024-02-29 r1 INTACT 3/3", "users_snapshots 2024-02-29 r1 INTACT 1/1",
		"orders_snapshots 2024-01-31 r1 INTACT 3/3", "users_snapshots 2024-01-31 r1 INTACT 3/3",
	}, s.verify(t, true))
}
