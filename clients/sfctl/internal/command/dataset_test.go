package command_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestDatasetDiffNamesItsVersions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args     []string
		from, to string
	}{
		"none": {[]string{"small"}, "", ""}, "one": {[]string{"small", "9c"}, "9c", ""}, "two": {[]string{"small", "9c", "3f"}, "9c", "3f"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := holding(t)

			r := sfctl(at(g), append([]string{"dataset", "diff"}, tc.args...)...)

			require.Zero(t, r.code, r.err)
			req := gatewaytest.Requests[*orchestratorv1.DiffDatasetRequest](g)[0]
			require.Equal(t, "small", req.GetDataset())
			require.Equal(t, tc.from, req.GetFrom())
			require.Equal(t, tc.to, req.GetTo())
		})
	}
}

func TestDatasetDiffWithoutADifference(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Changes, g.NextRun = nil, nil

	r := sfctl(at(g), "dataset", "diff", "small", "3f", "3f")

	require.Zero(t, r.code, r.err)
	require.Equal(t, "no difference between 9c01d2e3f4a5 and 3f2a9c1d0b7e\n", r.out)
}

func TestDatasetVerbsWantTheirArguments(t *testing.T) {
	t.Parallel()
	g := holding(t)
	for want, args := range map[string][]string{
		"NAME is missing":                    {"dataset", "diff"},
		`unexpected argument "d" after V2`:   {"dataset", "diff", "a", "b", "c", "d"},
		`unexpected argument "b" after NAME`: {"dataset", "delete", "a", "b"},
	} {
		r := sfctl(at(g), args...)
		require.Equal(t, 2, r.code)
		require.Contains(t, r.err, want)
	}
	require.Equal(t, 2, sfctl(at(g), "dataset", "versions").code)
}

func TestDatasetDeleteKeepsTablesOnlyWhenItIsTold(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		g := holding(t)
		args := []string{"dataset", "delete", "small"}
		if keep {
			args = append(args, "--keep-tables")
		}

		r := sfctl(at(g), args...)

		require.Zero(t, r.code, r.err)
		req := gatewaytest.Requests[*orchestratorv1.DeleteDatasetRequest](g)[0]
		require.Equal(t, keep, req.GetKeepTables())
		require.NotEmpty(t, req.GetRequestedBy())
	}
}

func TestADatasetThatWasDeletedBefore(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Deleted = &orchestratorv1.DeleteDatasetResponse{}

	r := sfctl(at(g), "dataset", "delete", "small")

	require.Zero(t, r.code, r.err)
	require.Equal(t, "small was deleted already\n", r.out)
}

// A dry run is sent as one, and says that nothing was registered.
func TestDatasetApplyIsTried(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())

	r := sfctl(at(g), "dataset", "apply", "testdata/small.yaml", "--dry-run")

	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "would be registered: this was a dry run")
	require.True(t, gatewaytest.Requests[*orchestratorv1.ApplyDatasetRequest](g)[0].GetDryRun())
	g.Unchanged = true
	require.Contains(t, sfctl(at(g), "dataset", "apply", "testdata/small.yaml", "--dry-run").out, "unchanged: it was current already")
}

// What could not be checked is said beside the result, and is none.
func TestDatasetApplyWarns(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Warnings, g.Changes = []string{"not checked, and the next run will: the ingest service cannot be reached"}, nil
	g.Notes, g.NextRun = []string{"history: the next run drops 1 date"}, nil

	r := sfctl(at(g), "dataset", "apply", "testdata/small.yaml")

	require.Zero(t, r.code, r.err)
	require.Equal(t, "small version 3f2a9c1d0b7e registered, and current from now on\n", r.out)
	require.Contains(t, r.err, "warning: not checked, and the next run will: the ingest service cannot be reached\n")
	require.Contains(t, r.err, "note: history: the next run drops 1 date\n")
}

// What an earlier version would have had altered is altered by the next run, also where
// nothing differs between the versions.
func TestDatasetApplySaysWhatTheNextRunAlters(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Changes = nil

	r := sfctl(at(g), "dataset", "apply", "testdata/small.yaml")
	diff := sfctl(at(g), "dataset", "diff", "small")

	require.Zero(t, r.code, r.err)
	const next = "the next run alters, before it writes:\n  alter table \"public\".\"users\" add column \"mail\" text\n" +
		"  alter table \"public\".\"users_snapshots\" add column \"mail\" text\n"
	require.Equal(t, "small version 3f2a9c1d0b7e registered, and current from now on\n"+next, r.out)
	require.Equal(t, "no difference between 9c01d2e3f4a5 and 3f2a9c1d0b7e\n"+next, diff.out)
}

// Each thing that is to be mended is a line, its SQL beside it; programs get the same list.
func TestADatasetThatIsRefusedListsWhatToMend(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Err = problem.New(problem.DatasetRefused, "dataset small was not applied: 2 things are to be mended first").
		Violate("table users, column city", "removed: text: rows that are there have values in it: keep it declared with optional: true\n"+
			`public.users: found a column city that the dataset does not declare: declare it, or drop it with its values: alter table "public"."users" drop column "city"`).
		Violate("public.users_snapshots", `found a view: alter view "public"."users_snapshots" rename to "users_snapshots_before"`)

	words := sfctl(at(g), "dataset", "apply", "testdata/small.yaml")
	object := sfctl(at(g), "dataset", "apply", "testdata/small.yaml", "-o", "json")

	require.Equal(t, problem.ExitConflict, words.code)
	require.Empty(t, words.out)
	golden.Equal(t, "dataset-refused", words.err)
	golden.Equal(t, "dataset-refused.json", object.err)
}

func TestADatasetThatNeverRanLeavesNothing(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Deleted.NeverPublished = true

	r := sfctl(at(g), "dataset", "delete", "small")

	require.Zero(t, r.code, r.err)
	require.Equal(t, "small deleted; no run of it came to publishing, so no table was made: its names are free for other datasets: public.users, public.users_snapshots\n", r.out)
}
