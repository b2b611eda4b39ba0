package step_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
)

// seen is a relation with columns, what was renamed in it, and what is to be; pairs are
// written from>to.
func seen(name, columns, renamed, renames string) *stepv1.RelationCheck {
	pairs := func(text string) (all []*stepv1.ColumnRename) {
		for _, p := range strings.Fields(text) {
			from, to, _ := strings.Cut(p, ">")
			all = append(all, &stepv1.ColumnRename{From: from, To: to})
		}
		return all
	}
	return &stepv1.RelationCheck{
		Name: name, Relation: &stepv1.Relation{Schema: "public", Name: name}, Exists: true, HasRows: true,
		Columns: strings.Fields(columns), Renamed: pairs(renamed), Renames: pairs(renames),
	}
}

// staff declares a table of the columns, with a snapshot that keeps some, or all.
func staff(columns string, keeps ...string) *datasetv1.Dataset {
	t := &datasetv1.Table{Name: "staff", Key: []string{"k"}}
	for _, name := range strings.Fields("k " + columns) {
		t.Columns = append(t.Columns, &datasetv1.Column{Name: name, Type: "text"})
	}
	return &datasetv1.Dataset{Name: "shop", Tables: []*datasetv1.Table{t}, Snapshots: []*datasetv1.Snapshot{{Name: "kept", From: "staff", Columns: keeps}}}
}

// What the next run makes of every column of history is the same as of live's, or the two
// part. An exchange is x>y y>x, a path a>b b>c.
func TestWhatPartsLiveAndHistory(t *testing.T) {
	t.Parallel()
	const exchange = "a>b b>a"
	for name, tc := range map[string]struct {
		declares      *datasetv1.Dataset
		live, history *stepv1.RelationCheck
		parts, ahead  string
	}{
		"nothing was renamed":                    {staff("a b"), seen("staff", "k a b", "", ""), seen("kept", "k a b as_of", "", ""), "", ""},
		"both wait":                              {staff("a b"), seen("staff", "k a b", "", exchange), seen("kept", "k a b", "", exchange), "", ""},
		"both were":                              {staff("a b"), seen("staff", "k a b", exchange, ""), seen("kept", "k a b", exchange, ""), "", ""},
		"half done, and goes on":                 {staff("a b"), seen("staff", "k a b", exchange, ""), seen("kept", "k a b", "", exchange), "", ""},
		"half done, and left out":                {staff("a b"), seen("staff", "k a b", exchange, ""), seen("kept", "k a b", "", ""), "a b", "a>b b>a"},
		"half done, of one column kept":          {staff("a b", "a"), seen("staff", "k a b", exchange, ""), seen("kept", "k a", "", ""), "a", "a>b"},
		"half done, of none kept":                {staff("a b c", "c"), seen("staff", "k a b c", exchange, ""), seen("kept", "k c", "", ""), "", ""},
		"half done, and history holds nothing":   {staff("a b"), seen("staff", "k a b", exchange, ""), &stepv1.RelationCheck{Name: "kept", Exists: true, Columns: []string{"a"}}, "", ""},
		"half done, and live is gone":            {staff("a b"), &stepv1.RelationCheck{Name: "staff"}, seen("kept", "k a b", "", ""), "", ""},
		"a ring of three, turned back":           {staff("a b c"), seen("staff", "k a b c", "a>b b>c c>a", "b>a c>b a>c"), seen("kept", "k a b c", "", "b>a c>b a>c"), "a b c", "a>b b>c c>a"},
		"a ring of three, both turned back":      {staff("a b c"), seen("staff", "k a b c", "a>b b>c c>a", "b>a c>b a>c"), seen("kept", "k a b c", "a>b b>c c>a", "b>a c>b a>c"), "", ""},
		"a path, taken back":                     {staff("a b"), seen("staff", "k b c", "a>b b>c", "b>a c>b"), seen("kept", "k a b", "", ""), "", ""},
		"a path of which one name is kept":       {staff("a b", "b"), seen("staff", "k b c", "a>b b>c", "b>a c>b"), seen("kept", "k b", "", "b>a"), "b", "b>c"},
		"a column, taken back":                   {staff("a"), seen("staff", "k b", "a>b", "b>a"), seen("kept", "k a", "", ""), "", ""},
		"a column, called a third name":          {staff("c"), seen("staff", "k b", "a>b", "b>c"), seen("kept", "k a", "", ""), "a", "a>b"},
		"renamed by hand in live":                {staff("b"), seen("staff", "k b", "a>b", ""), seen("kept", "k a", "", "a>b"), "", ""},
		"renamed by hand in history":             {staff("b"), seen("staff", "k b", "a>b", ""), seen("kept", "k b", "", ""), "", ""},
		"declared once more, history not told":   {staff("a b"), seen("staff", "k a b", "", exchange), seen("kept", "k a b", exchange, ""), "a b", ""},
		"what the snapshot does not keep by now": {staff("b c", "c"), seen("staff", "k a c", "", "a>b"), seen("kept", "k a c", "", ""), "", ""},
		"services of an older version":           {staff("a b"), &stepv1.RelationCheck{Name: "staff", Exists: true}, &stepv1.RelationCheck{Name: "kept", Exists: true, HasRows: true}, "", ""},
	} {
		got := step.PartedOf(tc.declares, []*stepv1.RelationCheck{tc.live}, []*stepv1.RelationCheck{tc.history})

		if tc.parts == "" {
			require.Empty(t, got, name)
			continue
		}
		require.Len(t, got, 1, name)
		require.Equal(t, strings.Fields(tc.parts), got[0].Columns, name)
		var ahead []string
		for _, p := range got[0].Ahead {
			ahead = append(ahead, p.From+">"+p.To)
		}
		require.Equal(t, tc.ahead, strings.Join(ahead, " "), name)
		if tc.ahead != "" {
			require.Contains(t, got[0].String(), "apply the version again that declares it as renamed_from", name)
		} else {
			require.Contains(t, got[0].String(), "make a run of the version between first", name)
		}
		require.True(t, got[0].Concerns(got[0].History, &stepv1.RelationDifference{Column: got[0].Columns[0]}), name)
		require.False(t, got[0].Concerns(got[0].Live, &stepv1.RelationDifference{Column: got[0].Columns[0]}), name)
		require.False(t, got[0].Concerns(got[0].History, &stepv1.RelationDifference{Column: "other"}), name)
	}
}

// Several snapshots of one table are told apart: one may have followed, and another not.
func TestOneOfTwoHistoriesParts(t *testing.T) {
	t.Parallel()
	d := staff("a b")
	d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: "other", From: "staff"})
	live := seen("staff", "k a b", "a>b b>a", "")

	got := step.PartedOf(d, []*stepv1.RelationCheck{live}, []*stepv1.RelationCheck{seen("kept", "k a b", "a>b b>a", ""), seen("other", "k a b", "", "")})

	require.Len(t, got, 1)
	require.Equal(t, "public.other", got[0].History.String())
}

// A run that would part live and history ends before it reads a file, and before anything
// is altered; so does a plan.
func TestNoRunPartsLiveAndHistory(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind run.Kind
		mode run.Mode
	}{"a run": {run.Stage, run.Full}, "a plan": {run.Stage, run.Plan}, "a publish": {run.Publish, run.Full}} {
		w, s := setup(t)
		w.Answers("CheckTables", &ingestv1.CheckDatasetResponse{Tables: []*stepv1.RelationCheck{seen("users", "id a b", "a>b b>a", "")}})
		w.Answers("CheckSnapshots", &snapshotv1.CheckDatasetResponse{Snapshots: []*stepv1.RelationCheck{seen("users_snapshots", "id a b", "", "")}})
		tk := task(tc.mode)
		for _, c := range []string{"a", "b"} {
			tk.Dataset.Tables[0].Columns = append(tk.Dataset.Tables[0].Columns, &datasetv1.Column{Name: c, Type: "text"})
		}

		_, err := s.Do(t.Context(), tc.kind, tk)

		require.Equal(t, problem.SnapshotTableDiffers, problem.FromError(err).Reason, name)
		require.ErrorContains(t, err, "nothing was altered or published: public.users_snapshots: columns a, b of public.users have been renamed", name)
		require.Equal(t, []string{"CheckTables", "CheckSnapshots"}, w.Methods(), name)
	}
}

// History that no stamp sees to, since the files are known, is altered with live; what was
// altered is said once.
func TestAnUnchangedRunAltersHistoryToo(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	w.Answers("ExpandLive", &ingestv1.ExpandResponse{Altered: altered("alter table users")})
	w.Answers("ExpandHistory", &snapshotv1.ExpandResponse{Altered: altered("alter table users_snapshots")})
	tk := task(run.Full)
	tk.Run.Unchanged = true

	o, err := s.Do(t.Context(), run.Publish, tk)

	require.NoError(t, err)
	require.Contains(t, o.Summary, "; done before: alter table users; alter table users_snapshots")
	require.Equal(t, []string{"CheckTables", "ExpandLive", "ExpandHistory", "Publish"}, w.Methods())
	w.Fails("ExpandHistory", 100, problem.New(problem.SnapshotTableDiffers, "a view hangs on it"))
	_, err = s.Do(t.Context(), run.Publish, tk)
	require.Equal(t, problem.SnapshotTableDiffers, problem.FromError(err).Reason)
	require.Equal(t, []string{"alter table users"}, step.Altered(err))
}
