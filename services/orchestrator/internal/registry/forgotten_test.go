package registry

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
)

// looks is a surveyor that always sees the same.
type looks step.Survey

func (l looks) Survey(context.Context, *datasetv1.Dataset, []relation.Relation) step.Survey {
	return step.Survey(l)
}

func (looks) History(context.Context, *datasetv1.Dataset) (*snapshotv1.PlanRetentionResponse, error) {
	return nil, nil
}

// waiting is what is seen of staff, which waits for renames.
func waiting(columns []string, renames ...string) step.Survey {
	check := &stepv1.RelationCheck{Columns: columns}
	for i := 0; i < len(renames); i += 2 {
		check.Renames = append(check.Renames, &stepv1.ColumnRename{From: renames[i], To: renames[i+1]})
	}
	return stands(check)
}

// A version may leave out what no run has carried out. Where a name is passed on by it, a
// rename from that name would be of another column than the version before means.
func TestRenamesThatNoRunCarriedOut(t *testing.T) {
	t.Parallel()
	ring := staff(text("a", "b"), text("b", "a"), text("c", ""))
	turned := staff(text("a", "b"), text("b", "c"), text("c", "a"))
	chain := staff(text("b", "a"), text("c", "b"))
	abc := []string{"k", "a", "b", "c"}
	for name, tc := range map[string]struct {
		before, after  *datasetv1.Dataset
		then           step.Survey
		warns, refuses string
	}{
		"an exchange is left out": {ring, staff(text("a", ""), text("b", ""), text("c", "")), waiting(abc, "b", "a", "a", "b"),
			"public.staff: columns a, b were to exchange their names, and no run did", ""},
		"an exchange stays": {ring, ring, waiting(abc, "b", "a", "a", "b"), "", ""},
		"an exchange was carried out": {ring, staff(text("a", ""), text("b", ""), text("c", "")), waiting(abc),
			"public.staff: columns a, b exchanged their names in a run, and keep the names that they have now", ""},
		"a name of it is passed on":    {ring, staff(text("a", ""), text("d", "b"), text("c", "")), waiting(abc, "b", "a", "a", "b"), "exchange", "column d is renamed from b, which the version before has as another column than the table: there it is a yet"},
		"a ring is turned back":        {turned, staff(text("b", "a"), text("c", "b"), text("a", "c")), waiting(abc, "b", "a", "c", "b", "a", "c"), "exchange", "column b is renamed from a"},
		"a path is taken back":         {chain, staff(text("a", "b"), text("b", "c")), waiting([]string{"k", "a", "b"}, "a", "b", "b", "c"), "", "column a is renamed from b"},
		"a path is left out":           {chain, staff(text("a", ""), text("b", "")), waiting([]string{"k", "a", "b"}, "a", "b", "b", "c"), "", ""},
		"a column alone is taken back": {staff(text("d", "a")), staff(text("a", "d")), waiting([]string{"k", "a"}, "a", "d"), "", ""},
		"the table is left out too":    {ring, &datasetv1.Dataset{Name: "staff"}, waiting(abc, "b", "a", "a", "b"), "exchange", ""},
		"it could not be seen":         {ring, staff(text("a", ""), text("b", "")), step.Survey{Unseen: []error{errors.New("it stops")}}, "not checked", ""},
	} {
		j := &judgement{look: looks(tc.then), before: tc.before, after: tc.after}

		warnings := j.forgets(t.Context())

		if tc.warns == "" {
			require.Empty(t, warnings, name)
		} else {
			require.Len(t, warnings, 1, name)
			require.Contains(t, warnings[0], tc.warns, name)
		}
		if tc.refuses == "" {
			require.Empty(t, j.found, name)
			continue
		}
		require.NotEmpty(t, j.found, name)
		require.Contains(t, j.found[0].Description, tc.refuses, name)
		require.Equal(t, "public.staff", j.found[0].Subject, name)
	}
}

// Of a history that would part, nothing else is said of the columns that part: SQL for them
// would mend what a run has to rename. What else is in the way stays.
func TestAHistoryThatPartsIsSaidOnce(t *testing.T) {
	t.Parallel()
	d := staff(text("c", "b"))
	d.Snapshots = []*datasetv1.Snapshot{{Name: "kept", From: "staff"}}
	pair := func(from, to string) []*stepv1.ColumnRename { return []*stepv1.ColumnRename{{From: from, To: to}} }
	now := stands(&stepv1.RelationCheck{Columns: []string{"k", "b"}, Renamed: pair("a", "b"), Renames: pair("b", "c")})
	now.Snapshots = []*stepv1.RelationCheck{{
		Name: "kept", Relation: &stepv1.Relation{Schema: "public", Name: "kept"}, Exists: true, HasRows: true, Columns: []string{"k", "a"},
		Differences: append(append(difference("a", "expected no column a", "drop it"), difference("c", "expected c or b, found neither", "add it")...),
			difference("k", "expected k text, found integer", "alter it")...),
	}}
	j := &judgement{after: d, now: now}

	found := j.parted()
	left := j.unexplained(now.Snapshots[0])

	require.Len(t, found, 1)
	require.Equal(t, "public.kept", found[0].Subject)
	require.Contains(t, found[0].Description, "column a of public.staff has been renamed (a to b)")
	require.Equal(t, []problem.Violation{{Subject: "public.kept", Description: "expected k text, found integer: alter it"}}, left)
	require.ErrorContains(t, unblocked(now, d), "was not migrated")
}
