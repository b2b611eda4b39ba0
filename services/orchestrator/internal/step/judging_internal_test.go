package step

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// What is judged of a rollback is a dataset without mistakes, whatever it declares of its
// deliveries: quality would refuse to judge it otherwise, and nothing could be rolled back.
func TestWhatIsJudgedOfARollbackHasNoMistakes(t *testing.T) {
	t.Parallel()
	d, mistakes := dataset.Read("club.yaml", []byte(`
name: club
calendar: {period: month_end}
tables:
  - name: members
    key: [id]
    extract: incremental
    deleted_when: {column: state, value: gone}
    departed_keys: delete
    columns: [{name: id, type: integer}, {name: state, type: text}, {name: note, type: text}]
  - name: visits
    key: [id]
    departed_keys: delete
    columns: [{name: id, type: integer}, {name: member, type: integer}]
    references: [{columns: [member], table: members}]
snapshots: [{name: members_snapshots, from: members}, {name: visits_snapshots, from: visits}]
`))
	require.NoError(t, mistakes.Err())
	before := proto.CloneOf(d)
	for name, tc := range map[string]struct {
		headers map[string][]string
		judged  []string
	}{
		"whole tables":     {map[string][]string{"members": {"id", "state", "note"}, "visits": {"id", "member"}}, []string{"members", "visits"}},
		"some columns":     {map[string][]string{"members": {"id", "note"}, "visits": {"id", "member"}}, []string{"members", "visits"}},
		"the other one":    {map[string][]string{"visits": {"id", "member"}}, []string{"visits"}},
		"one of them only": {map[string][]string{"members": {"id", "state", "note"}}, []string{"members"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch := &ingestv1.Batch{}
			for table, header := range tc.headers {
				batch.Tables = append(batch.Tables, &stepv1.DeliveredTable{Table: table, Header: header})
			}

			got := Task{Dataset: d}.judging(batch).Dataset

			require.NoError(t, dataset.Lint(got).Err())
			var judged []string
			for _, table := range got.GetTables() {
				require.Equal(t, datasetv1.Extract_EXTRACT_UNSPECIFIED, table.GetExtract())
				judged = append(judged, table.GetName())
			}
			require.Equal(t, tc.judged, judged)
			require.True(t, proto.Equal(before, d), "the run's own stays")
		})
	}
}
