package evaluate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

const (
	benchRows    = 200_000
	benchColumns = 10 // four expectations each
)

// BenchmarkFortyExpectations reports how long forty expectations over one table take,
// in multiples of one hand-written aggregate over the same columns in the same run.
func BenchmarkFortyExpectations(b *testing.B) {
	db := newDatabase(b)
	table := wideTable(b)
	rel := deliver.Create(b, db.Database, table)
	var cells, aggregates []string
	for i := range benchColumns {
		cells = append(cells, fmt.Sprintf("(n * %d %% 10)::numeric", i+1))
		aggregates = append(aggregates, fmt.Sprintf("count(c%[1]d), min(c%[1]d), max(c%[1]d)", i))
	}
	db.Exec(b, "insert into "+rel.SQL()+" select 'k' || n, "+strings.Join(cells, ", ")+", 0, n from generate_series(1, $1) as n", benchRows)
	db.Exec(b, "analyze "+rel.SQL())
	plans, err := compile.Compile(&datasetv1.Dataset{Tables: []*datasetv1.Table{table}},
		[]*stepv1.DeliveredTable{deliver.Delivered(table, rel, benchRows)})
	require.NoError(b, err)
	byHand := "select count(*), " + strings.Join(aggregates, ", ") + " from " + rel.SQL()
	var ours, bare time.Duration
	for b.Loop() {
		begun := time.Now()
		db.Rows(b, byHand)
		bare += time.Since(begun)
		begun = time.Now()
		outcomes, err := db.evaluator.Run(context.Background(), plans, ignore)
		ours += time.Since(begun)
		require.NoError(b, err)
		require.Len(b, outcomes[0], 4*benchColumns)
	}
	b.ReportMetric(ours.Seconds()/bare.Seconds(), "x-bare")
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/validation")
	b.ReportMetric(float64(bare.Milliseconds())/float64(b.N), "ms/bare")
}

func wideTable(b *testing.B) *datasetv1.Table {
	b.Helper()
	columns := []string{"id text"}
	for i := range benchColumns {
		columns = append(columns, fmt.Sprintf("c%d numeric", i))
	}
	table := deliver.Table("wide", columns...)
	for i := range benchColumns {
		column := fmt.Sprintf("c%d", i)
		for kind, kwargs := range map[string]map[string]any{
			expectation.ColumnValuesToNotBeNull: {"column": column},
			expectation.ColumnValuesToBeBetween: {"column": column, "min_value": 0, "max_value": 10000},
			expectation.ColumnValuesToBeInSet:   {"column": column, "value_set": []any{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		} {
			deliver.Expect(b, table, kind, kwargs)
		}
		deliver.Expect(b, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": column, "min_value": -1})
	}
	return table
}
