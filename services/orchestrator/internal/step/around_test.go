package step_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

// How a run ends, and what is asked and done outside of any run.

func TestWhatARunMadeIsDropped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*step.Task)
		want   []string
	}{
		"both":                       {func(tk *step.Task) { tk.Run.Step(run.Validate).Attempts = 1 }, []string{"DiscardPrepared", "DiscardStaging"}},
		"nothing was prepared":       {func(*step.Task) {}, []string{"DiscardStaging"}},
		"no snapshots":               {func(tk *step.Task) { tk.Dataset.Snapshots = nil; tk.Run.Step(run.Validate).Attempts = 1 }, []string{"DiscardStaging"}},
		"no batch was ever asked of": {func(tk *step.Task) { tk.Run.Batch = "" }, nil},
	} {
		w, s := setup(t)
		tk := task(run.Full)
		c.change(&tk)

		require.NoError(t, s.DropAll(t.Context(), tk))

		require.ElementsMatch(t, c.want, w.Methods(), name)
	}
}

func TestThatOneCannotBeDroppedKeepsNotTheOther(t *testing.T) {
	t.Parallel()
	for _, fails := range []string{"DiscardPrepared", "DiscardStaging"} {
		w, s := setup(t)
		tk := task(run.Full)
		tk.Run.Step(run.Validate).Attempts = 1
		w.Fails(fails, 100, problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts"))

		err := s.DropAll(t.Context(), tk)

		require.True(t, problem.Is(problem.FromError(err), problem.DatabaseUnavailable), "%v", err)
		require.Len(t, w.Methods(), 2)
	}
}

func TestASurveyHoldsWhatCouldBeSeen(t *testing.T) {
	t.Parallel()
	live := &ingestv1.CheckDatasetResponse{Tables: []*stepv1.RelationCheck{{Name: "users"}, {Name: "orders"}}}
	history := &snapshotv1.CheckDatasetResponse{Snapshots: []*stepv1.RelationCheck{{Name: "users_snapshots"}}}
	for name, c := range map[string]struct {
		fails  []string
		all    []string
		unseen []string
	}{
		"all":              {nil, []string{"users", "orders", "users_snapshots"}, nil},
		"ingest is away":   {[]string{"CheckTables"}, []string{"users_snapshots"}, []string{"look at the live tables"}},
		"snapshot is away": {[]string{"CheckSnapshots"}, []string{"users", "orders"}, []string{"look at the snapshots"}},
		"both are":         {[]string{"CheckTables", "CheckSnapshots"}, nil, []string{"look at the live tables", "look at the snapshots"}},
	} {
		w, s := setup(t)
		w.Answers("CheckTables", live)
		w.Answers("CheckSnapshots", history)
		for _, method := range c.fails {
			w.Fails(method, 100, problem.New(problem.ServiceUnavailable, "it stops"))
		}

		got := s.Survey(t.Context(), shop(), []relation.Relation{{Schema: "public", Name: "older"}})

		var names []string
		for _, r := range got.All() {
			names = append(names, r.GetName())
		}
		require.Equal(t, c.all, names, name)
		require.Len(t, got.Unseen, len(c.unseen), name)
		for i, err := range got.Unseen {
			require.ErrorContains(t, err, c.unseen[i], name)
		}
		others := steptest.Requests[*ingestv1.CheckDatasetRequest](t, w, "CheckTables")[0].GetOthers()
		require.Len(t, others, 1, name)
		require.Equal(t, "older", others[0].GetName(), name)
	}
}

func TestASurveyAsksBothAtOnce(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	tables, goOn := w.Hangs("CheckTables")
	snapshots, goOnToo := w.Hangs("CheckSnapshots")
	done := make(chan step.Survey, 1)

	go func() { done <- s.Survey(t.Context(), shop(), nil) }()

	receive(t, tables)
	receive(t, snapshots)
	goOn()
	goOnToo()
	require.Empty(t, receive(t, done).Unseen)
}

func TestASurveyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	tables, _ := w.Hangs("CheckTables")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan step.Survey, 1)

	go func() { done <- s.Survey(ctx, shop(), nil) }()
	receive(t, tables)
	cancel()

	got := receive(t, done) // history may have answered, or not
	require.NotEmpty(t, got.Unseen)
	require.ErrorContains(t, got.Unseen[0], "look at the live tables")
}

func TestTablesAreRewrittenLiveFirst(t *testing.T) {
	t.Parallel()
	away := problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts")
	for name, c := range map[string]struct {
		fails    string
		snapshot bool
		want     []string
		methods  []string
	}{
		"both":                       {"", true, []string{"live", "history"}, []string{"ExpandLive", "ExpandHistory"}},
		"no snapshots":               {"", false, []string{"live"}, []string{"ExpandLive"}},
		"live cannot be":             {"ExpandLive", true, nil, []string{"ExpandLive"}},
		"history cannot be, live is": {"ExpandHistory", true, []string{"live"}, []string{"ExpandLive", "ExpandHistory"}},
	} {
		for _, lookOnly := range []bool{true, false} {
			w, s := setup(t)
			w.Answers("ExpandLive", &ingestv1.ExpandResponse{Altered: altered("live")})
			w.Answers("ExpandHistory", &snapshotv1.ExpandResponse{Altered: altered("history")})
			if c.fails != "" {
				w.Fails(c.fails, 100, away)
			}
			d := shop()
			if !c.snapshot {
				d.Snapshots = nil
			}

			got, err := s.Migrate(t.Context(), fence.Fence{Dataset: "shop", Number: 3}, d, "ann", lookOnly)

			require.Equal(t, c.fails != "", err != nil, name)
			var mends []string
			for _, a := range got {
				mends = append(mends, a.GetMend())
			}
			require.Equal(t, c.want, mends, name)
			require.Equal(t, c.methods, w.Methods(), name)
			for _, call := range w.Calls() {
				req, ok := call.Request.(interface {
					proto.Message
					GetRewrite() bool
					GetLookOnly() bool
					GetContext() *stepv1.StepContext
				})
				require.True(t, ok)
				require.True(t, req.GetRewrite())
				require.Equal(t, lookOnly, req.GetLookOnly(), "%s: %s", name, call.Method)
				require.Equal(t, int64(3), req.GetContext().GetFence().GetNumber())
				require.Equal(t, "ann", req.GetContext().GetRequestedBy())
			}
		}
	}
}
