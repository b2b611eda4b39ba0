package step_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/ident"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

// setup returns the services of a world of their own.
func setup(t *testing.T) (*steptest.World, *step.Services) {
	t.Helper()
	w := steptest.New(t)
	s, err := step.Dial(w.Addr, w.Addr, w.Addr, nil)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return w, s
}

// shop declares two tables, each with a snapshot.
func shop() *datasetv1.Dataset {
	table := func(name string) *datasetv1.Table {
		return &datasetv1.Table{Name: name, Key: []string{"id"}, Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}}
	}
	return &datasetv1.Dataset{
		Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{table("users"), table("orders")},
		Snapshots: []*datasetv1.Snapshot{
			{Name: "users_snapshots", From: "users"}, {Name: "orders_snapshots", From: "orders"},
		},
	}
}

// task is a run of shop's February that has come as far as a step needs.
func task(mode run.Mode) step.Task {
	return step.Task{
		Run: &run.Run{
			ID: ident.New(ident.Run), Dataset: "shop", Version: "abc123", AsOf: "2024-02-29", Source: "/data/month_001",
			Mode: mode, State: run.Running, Steps: run.NewSteps(mode), RequestedBy: "ann",
			Batch: ident.New(ident.Batch), Validation: ident.New(ident.Validation),
			Accepted: []*stepv1.Acceptance{{Reason: "KEYS_DEPARTED", Table: "users", By: "ann"}},
		},
		Dataset: shop(), Fence: fence.Fence{Dataset: "shop", Number: 7},
		ValidationOf: func(context.Context, string) (string, error) { return "", nil },
		Progress:     func(*stepv1.Progress) {},
	}
}

// heard keeps what a step tells of its progress.
type heard struct {
	mu  sync.Mutex
	all []*stepv1.Progress
}

func (h *heard) hear(p *stepv1.Progress) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, p)
}

// delivered is a table of a batch; without rows, one whose file has nothing to judge.
func delivered(name string, rows int64) *stepv1.DeliveredTable {
	d := &stepv1.DeliveredTable{Table: name}
	if rows > 0 {
		d.HasHeader, d.Header = true, []string{"id"}
		d.Candidate = &stepv1.Candidate{Table: name, Rows: rows, Relation: &stepv1.Relation{Schema: "sf_staging", Name: name}}
	}
	return d
}

func stagedBatch(t step.Task) *ingestv1.Batch {
	return &ingestv1.Batch{
		Id: t.Run.Batch, State: ingestv1.BatchState_BATCH_STATE_STAGED,
		Counts: []*stepv1.TableCounts{{Table: "users", Rows: 5}, {Table: "orders", Rows: 9}},
		Tables: []*stepv1.DeliveredTable{delivered("users", 5), delivered("orders", 9)},
	}
}

func finding(reason, table string, severity datasetv1.Severity) *stepv1.Finding {
	return &stepv1.Finding{Reason: reason, Table: table, Severity: severity, Message: reason + " in " + table}
}

// every step, the mode that has it, and the call that does its work.
var every = map[run.Kind]struct {
	mode   run.Mode
	method string
}{
	run.Stage: {run.Full, "Stage"}, run.Validate: {run.Full, "Validate"}, run.Publish: {run.Full, "Publish"},
	run.Stamp: {run.Full, "Stamp"}, run.PlanChanges: {run.Plan, "Plan"},
}
