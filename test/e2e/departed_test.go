package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
)

func TestUsersDepart(t *testing.T) {
	t.Parallel()
	limit := 0.001
	tests := map[string]struct {
		policy datasetv1.DepartedKeys
		limit  *float64
		live   string
		state  orchestratorv1.RunState
		reason string
	}{
		"ignore":               {datasetv1.DepartedKeys_DEPARTED_KEYS_IGNORE, nil, "7043", orchestratorv1.RunState_RUN_STATE_SUCCEEDED, ""},
		"delete":               {datasetv1.DepartedKeys_DEPARTED_KEYS_DELETE, nil, "6943", orchestratorv1.RunState_RUN_STATE_SUCCEEDED, ""},
		"more than is allowed": {datasetv1.DepartedKeys_DEPARTED_KEYS_DELETE, &limit, "7043", orchestratorv1.RunState_RUN_STATE_FAILED, "DEPARTURES_OVER_LIMIT"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			d := builtin.Streamflow()
			for _, table := range d.GetTables() {
				table.DepartedKeys, table.DepartedLimit = tt.policy, tt.limit
			}
			s.apply(t, d)
			january, february := extract.Months(t)
			february = extract.Copy(t, february)
			gone := extract.Without(t, february, 100)
			require.Len(t, gone, 100)
			s.succeed(t, extract.January, january)
			before := s.history(t, extract.January)

			r := s.run(t, extract.February, february)

			require.Equal(t, tt.state, r.GetState(), r.GetMessage())
			require.Equal(t, tt.reason, r.GetReason())
			require.Equal(t, before, s.history(t, extract.January), "January's history stays")
			for _, table := range liveTables {
				require.Equal(t, []string{tt.live}, s.rows(t, "select count(*) from public."+table), table)
			}
			require.Empty(t, s.unattached(t))
			if tt.reason != "" {
				require.Equal(t, []string{"0"}, s.rows(t, "select count(*) from public.labels_snapshots where as_of = '2024-02-29'"))
				return
			}
			for _, table := range snapshotTables {
				require.Equal(t, []string{"2024-01-31|7043", "2024-02-29|6943"},
					s.rows(t, "select as_of, count(*) from public."+table+" group by 1 order by 1"), table)
			}
			require.Contains(t, counts(r, publish)["users"], "100 departed")
		})
	}
}
