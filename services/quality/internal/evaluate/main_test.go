package evaluate_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var limits = evaluate.Limits{StatementTimeout: time.Minute, TablesAtOnce: 2}

func ignore(*stepv1.Progress) {}

// database is one of a test, which its parallel cases share: a case has tables of its own.
type database struct {
	*pgtest.Database
	evaluator *evaluate.Evaluator
	tables    atomic.Int64
}

func newDatabase(tb testing.TB) *database {
	tb.Helper()
	db := pgtest.New(tb)
	return &database{Database: db, evaluator: evaluate.New(db.Pool(tb, "sf_quality"), limits, nil)}
}

// name makes a name for a table that no other case has.
func (d *database) name() string { return fmt.Sprintf("t%d", d.tables.Add(1)) }

// run compiles the expectations of tables and evaluates them as the service's role.
func (d *database) run(tb testing.TB, tables []*datasetv1.Table, delivered ...*stepv1.DeliveredTable) ([][]evaluate.Outcome, error) {
	tb.Helper()
	plans, err := compile.Compile(&datasetv1.Dataset{Name: "d", Tables: tables}, delivered)
	require.NoError(tb, err)
	return d.evaluator.Run(context.Background(), plans, ignore)
}

// one evaluates a single expectation over a table of two columns, id and c.
func (d *database) one(tb testing.TB, kind, columnType string, kwargs map[string]any, cells ...string) evaluate.Outcome {
	tb.Helper()
	table := deliver.Table(d.name(), "id text", "c "+columnType)
	deliver.Expect(tb, table, kind, kwargs)
	rows := make([][]string, 0, len(cells))
	for i, cell := range cells {
		rows = append(rows, []string{string(rune('a' + i)), cell})
	}
	outcomes, err := d.run(tb, []*datasetv1.Table{table}, deliver.Stage(tb, d.Database, table, rows...))
	require.NoError(tb, err)
	return outcomes[0][0]
}

// values are those of the unexpected rows, Null for a NULL.
func values(o evaluate.Outcome) []string {
	list := make([]string, 0, len(o.Rows))
	for _, row := range o.Rows {
		if row.Value == nil {
			list = append(list, deliver.Null)
			continue
		}
		list = append(list, *row.Value)
	}
	return list
}
