package result_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/grpcserver"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
	"github.com/streamflow/streamflow/services/quality/internal/result"
)

// fillMany makes a validation of failed expectations, then of some that hold, each of
// which saw as many rows as are fetched, in tables of a hundred expectations.
func fillMany(t *testing.T, failed, held, long int) *qualityv1.Validation {
	t.Helper()
	seen := evaluate.Outcome{Elements: 1000, Unexpected: 500}
	for i := range compile.RowLimit {
		// Values that are all different, so that each is counted by itself, and of the
		// longest characters.
		r := row(int64(i+1), string(rune('a'+i))+strings.Repeat("\U0001F600", long-1)+"…")
		r.Key = []string{strings.Repeat("k", long)}
		seen.Rows = append(seen.Rows, r)
	}
	check := plan(t, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 0}).Checks[0]
	var plans []*compile.Plan
	var outcomes [][]evaluate.Outcome
	for i := range failed + held {
		if i%100 == 0 {
			p := plan(t, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 0})
			p.Checks = nil
			plans, outcomes = append(plans, p), append(outcomes, nil)
		}
		last := len(plans) - 1
		seen.Holds = i >= failed
		plans[last].Checks = append(plans[last].Checks, check)
		outcomes[last] = append(outcomes[last], seen)
	}
	v := &qualityv1.Validation{}
	result.Fill(v, plans, outcomes)
	require.Len(t, outcomes[0][0].Rows, compile.RowLimit, "what the caller holds stays")
	return v
}

// listed counts the rows of the results, and how many results have how many.
func listed(v *qualityv1.Validation) (rows int, results map[int]int) {
	results = map[int]int{}
	for _, r := range v.GetResults() {
		n := len(r.GetResult().GetPartialUnexpectedIndexList())
		results[n]++
		rows += n
	}
	return rows, results
}

func TestAValidationListsSoManyRowsInAll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failed, held, rows int
		results            map[int]int
	}{
		"few list all":                        {50, 50, 2000, map[int]int{20: 100}},
		"more share":                          {150, 0, 2000, map[int]int{13: 100, 14: 50}},
		"those that hold get what is left":    {90, 100, 2000, map[int]int{20: 90, 2: 100}},
		"those that failed go first":          {2000, 100, 2000, map[int]int{1: 2000, 0: 100}},
		"five thousand: the first are listed": {5000, 0, 2000, map[int]int{1: 2000, 0: 3000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			v := fillMany(t, c.failed, c.held, 20)

			rows, results := listed(v)
			require.Equal(t, c.rows, rows)
			require.Equal(t, c.results, results)
			require.Less(t, proto.Size(v), grpcserver.MaxMessage, "it can be sent")
			require.Len(t, v.GetFindings(), c.failed)
			for i, f := range v.GetFindings() {
				require.Equal(t, int64(500), f.GetCount())
				require.Len(t, f.GetRows(), len(v.GetResults()[i].GetResult().GetPartialUnexpectedIndexList()))
				require.Len(t, v.GetResults()[i].GetResult().GetPartialUnexpectedList(), len(f.GetRows()))
			}
		})
	}
}

func TestAFindingWithoutRowsCountsItsValues(t *testing.T) {
	t.Parallel()
	f := fillMany(t, 2001, 0, 20).GetFindings()[2000]
	require.Empty(t, f.GetRows())
	require.Equal(t, "500 values", f.GetFound())
	require.Equal(t, "one.csv", f.GetFile())
	require.Contains(t, f.GetMessage(), "500 of 1,000 values are not at least 0")
}

// A dataset has at most 5,000 expectations; of each, values of 200 of the longest
// characters are listed, in keys of as many.
func TestAValidationIsAMessageWhateverFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ failed, held int }{
		"few, and all their rows": {100, 0}, "many": {2000, 100}, "as many as there may be": {5000, 0},
	} {
		v := fillMany(t, c.failed, c.held, compile.ValueLimit)

		require.LessOrEqual(t, proto.Size(v), 7<<20, name)
		require.Len(t, v.GetResults(), c.failed+c.held, name)
		require.Len(t, v.GetFindings(), c.failed, name)
		rows, _ := listed(v)
		require.Positive(t, rows, name)
		require.Equal(t, int32(c.failed), v.GetStatistics().GetUnsuccessfulExpectations(), "each is counted once")
	}
}
