package step_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
)

// What a person has to mend, in live or in history, is said before the first table is
// altered; where nothing is to be altered, whoever writes judges.
func TestNothingIsAlteredWhileAPersonHasToMendSomething(t *testing.T) {
	t.Parallel()
	check := func(name string, renames, hangs bool) *stepv1.RelationCheck {
		c := &stepv1.RelationCheck{Name: name, Exists: true, Relation: &stepv1.Relation{Schema: "public", Name: name}}
		if renames {
			c.Expansions = []*stepv1.RelationDifference{{Found: "expected a column salary", Mend: "rename"}}
		}
		if hangs {
			c.Differences = []*stepv1.RelationDifference{{Found: "view v hangs on it", Mend: "drop view v"}}
		}
		return c
	}
	earlier := check("", false, true)
	for name, tc := range map[string]struct {
		live, history []*stepv1.RelationCheck
		want          problem.Reason
	}{
		"of live":                         {[]*stepv1.RelationCheck{check("users", true, false), check("orders", false, true)}, nil, problem.LiveTableDiffers},
		"of history":                      {[]*stepv1.RelationCheck{check("users", true, false)}, []*stepv1.RelationCheck{check("users_snapshots", true, true)}, problem.SnapshotTableDiffers},
		"nothing in the way":              {[]*stepv1.RelationCheck{check("users", true, false)}, []*stepv1.RelationCheck{check("users_snapshots", true, false)}, ""},
		"nothing to alter":                {[]*stepv1.RelationCheck{check("users", false, true)}, nil, ""},
		"what an earlier version had":     {[]*stepv1.RelationCheck{check("users", true, false), earlier}, nil, ""},
		"nothing of live to alter":        {[]*stepv1.RelationCheck{check("users", false, true)}, []*stepv1.RelationCheck{check("users_snapshots", true, false)}, ""},
		"nothing stands, nothing differs": {nil, nil, ""},
	} {
		w, s := setup(t)
		w.Answers("CheckTables", &ingestv1.CheckDatasetResponse{Tables: tc.live})
		w.Answers("CheckSnapshots", &snapshotv1.CheckDatasetResponse{Snapshots: tc.history})

		_, err := s.Do(t.Context(), run.Publish, task(run.Full))

		if tc.want == "" {
			require.NoError(t, err, name)
			require.Len(t, w.Calls("ExpandLive", "Publish"), 2, name)
			continue
		}
		require.Equal(t, tc.want, problem.FromError(err).Reason, name)
		require.Equal(t, fault.Verdict, fault.Of(err), name)
		require.ErrorContains(t, err, "nothing was altered or published", name)
		require.ErrorContains(t, err, "view v hangs on it: drop view v", name)
		require.Len(t, problem.FromError(err).Violations, 1, name)
		require.Empty(t, w.Calls("ExpandLive", "Publish"), name)
	}
}

// What was altered before a refusal is said with it.
func TestARefusalSaysWhatWasAlteredBefore(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	w.Answers("ExpandLive", &ingestv1.ExpandResponse{Altered: altered("alter table users rename column a to b")})
	w.Fails("Publish", 100, problem.New(problem.LiveTableDiffers, "a constraint refuses a row").Violate("users", "few"))

	_, err := s.Do(t.Context(), run.Publish, task(run.Full))

	p := problem.FromError(err)
	require.Equal(t, problem.LiveTableDiffers, p.Reason)
	require.Equal(t, "a constraint refuses a row", p.Message)
	require.Len(t, p.Violations, 1)
	require.Equal(t, fault.Verdict, fault.Of(err))
	require.Equal(t, []string{"alter table users rename column a to b"}, step.Altered(err))
}

// A run or a plan that would write into a table of others which is not adopted ends before
// it reads a file, whatever else differs.
func TestNoRunReadsForATableThatIsNotAdopted(t *testing.T) {
	t.Parallel()
	users := &stepv1.RelationCheck{Name: "users", Exists: true, Relation: &stepv1.Relation{Schema: "public", Name: "users"},
		Differences: []*stepv1.RelationDifference{{Found: "found one of another role", Mend: "declare adopt", Reason: string(problem.LiveTableNotAdopted)}}}
	orders := &stepv1.RelationCheck{Name: "orders", Exists: true, Relation: &stepv1.Relation{Schema: "public", Name: "orders"},
		Differences: []*stepv1.RelationDifference{{Found: "expected a column", Mend: "add it"}}}
	for _, mode := range []run.Mode{run.Full, run.Plan} {
		w, s := setup(t)
		w.Answers("CheckTables", &ingestv1.CheckDatasetResponse{Tables: []*stepv1.RelationCheck{orders, users}})

		_, err := s.Do(t.Context(), run.Stage, task(mode))

		p := problem.FromError(err)
		require.Equal(t, problem.LiveTableNotAdopted, p.Reason, mode)
		require.Equal(t, fault.Verdict, fault.Of(err), mode)
		require.Len(t, p.Violations, 1, mode)
		require.Contains(t, p.Message, "public.users: found one of another role: declare adopt", mode)
		require.Equal(t, []string{"CheckTables"}, w.Methods(), mode)
	}
}
