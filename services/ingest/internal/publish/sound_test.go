package publish

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

func TestCountsThatCannotBeBreakThePublish(t *testing.T) {
	t.Parallel()
	w := &work{batch: &ingestv1.Batch{Id: "bat_1"}}
	table := &declared.Table{Name: "orders", Live: relation.Relation{Schema: "public", Name: "orders"}}
	for name, tc := range map[string]struct {
		counts *stepv1.TableCounts
		want   string
	}{
		"all is well":         {&stepv1.TableCounts{Rows: 3, Inserted: 3}, ""},
		"departed below zero": {&stepv1.TableCounts{Rows: 3, Unchanged: 3, Departed: -1}, "found 3 unchanged and -1 departed"},
		"unchanged likewise":  {&stepv1.TableCounts{Rows: 3, Updated: 4, Unchanged: -1}, "found -1 unchanged and 0 departed"},
	} {
		err := w.sound(staged{Table: table, counts: tc.counts})

		if tc.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.True(t, problem.Is(err, problem.LiveTableDiffers), name)
		require.ErrorContains(t, err, tc.want, name)
	}
}
