package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// departures returns the critical findings of departures, by table.
func departures(r *orchestratorv1.Run) map[string]*stepv1.Finding {
	found := map[string]*stepv1.Finding{}
	for _, f := range r.GetFindings() {
		if f.GetReason() == "DEPARTURES_OVER_LIMIT" && f.GetSeverity() == datasetv1.Severity_SEVERITY_CRITICAL {
			found[f.GetTable()] = f
		}
	}
	return found
}

// stopping are the findings of a run but its notes.
func stopping(r *orchestratorv1.Run) (all []*stepv1.Finding) {
	for _, f := range r.GetFindings() {
		if f.GetSeverity() != datasetv1.Severity_SEVERITY_INFO {
			all = append(all, f)
		}
	}
	return all
}

// A delivery that is cut short passes every rule on the rows that it has. It is neither
// planned, nor published, nor stamped, and the right one is taken afterwards.
func TestADeliveryThatIsCutShortIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cut    func(t *testing.T, dir string)
		tables []string
		gone   int64
		says   string
	}{
		"all files to the same 999 users": {
			func(t *testing.T, dir string) { extract.Without(t, dir, extract.Users-999) }, liveTables, extract.Users - 999,
			"expected at most 20 % of the 7,043 rows of 2024-01-31 to be gone, found 6,044 keys that are not in it, 85.8 %",
		},
		"labels at half": {
			func(t *testing.T, dir string) {
				extract.Edit(t, dir, "labels.csv", func(lines []string) []string { return lines[:1+extract.Users/2] })
			}, []string{"labels"}, extract.Users - extract.Users/2,
			"labels.csv: expected at most 20 % of the 7,043 rows of 2024-01-31 to be gone, found 3,522 keys that are not in it, 50 %",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			january, february := extract.Months(t)
			short := extract.Copy(t, february)
			tt.cut(t, short)
			s.succeed(t, extract.January, january)
			before := s.history(t, extract.January)

			for _, mode := range []orchestratorv1.RunMode{orchestratorv1.RunMode_RUN_MODE_PLAN, orchestratorv1.RunMode_RUN_MODE_FULL} {
				r := s.runMode(t, extract.February, short, mode)

				require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, r.GetState(), r.GetMessage())
				require.Equal(t, "DEPARTURES_OVER_LIMIT", r.GetReason())
				found := departures(r)
				require.Len(t, found, len(tt.tables))
				require.Len(t, stopping(r), len(tt.tables), "what follows from them stands under them: %v", r.GetFindings())
				for _, table := range tt.tables {
					f := found[table]
					require.Equal(t, tt.gone, f.GetCount(), table)
					require.Contains(t, f.GetMessage(), tt.says)
					require.Len(t, f.GetRows(), 20)
				}
				if len(tt.tables) == 1 { // users are expected in labels
					require.Equal(t, []string{"EXPECTATIONS_FAILED users"}, reasonsAndTables(found[tt.tables[0]].GetFollows()))
				}
			}
			require.Equal(t, before, s.history(t, extract.January))
			for _, table := range snapshotTables {
				require.Equal(t, []string{"0"}, s.rows(t, "select count(*) from public."+table+" where as_of = '2024-02-29'"), table)
			}
			require.Empty(t, s.unattached(t))

			r := s.succeed(t, extract.February, february)
			require.Empty(t, departures(r))
			require.Equal(t, []string{"0"}, s.rows(t, "select count(*) from sf_ingest.departed"))
		})
	}
}

// A month that arrives behind a later one is compared with the history before it.
func TestABackfillThatIsCutShortIsRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, "2023-12-31", extract.Copy(t, january)) // without the manifest, which says another as_of
	s.succeed(t, extract.February, february)
	short := extract.Copy(t, january)
	extract.SetField(t, short, "users.csv", 2, "signup_date", "2001-01-01") // no other month's file
	whole := extract.Copy(t, short)
	extract.Without(t, short, 2000)

	r := s.run(t, extract.January, short)

	require.Equal(t, "DEPARTURES_OVER_LIMIT", r.GetReason(), r.GetMessage())
	require.Len(t, departures(r), len(liveTables))
	require.Contains(t, departures(r)["users"].GetMessage(), "of the 7,043 rows of the snapshot of 2023-12-31 to be gone, found 2,000 keys")
	done := s.succeed(t, extract.January, whole)
	require.True(t, done.GetBackfill())
	require.Empty(t, departures(done))
}

// The first month of history has nothing before it.
func TestABackfillWithoutHistoryBeforeItSaysThatItIsNotGuarded(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.February, february)

	r := s.succeed(t, extract.January, january)

	var said []string
	for _, f := range r.GetFindings() {
		if f.GetReason() == "DEPARTURES_UNGUARDED" {
			said = append(said, f.GetMessage())
		}
	}
	require.Equal(t, []string{
		"live holds 2024-02-29, and no earlier snapshot than 2024-01-31 stands of users, subscriptions, usage_agg_30d, " +
			"payments_agg_90d, support_agg_90d and labels: whether keys are missing from the files was not looked at",
	}, said)
}

// Where so many keys really departed, whoever looked at it says so, once.
func TestWhatAGuardFoundIsAcceptedForOneRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	short := extract.Copy(t, february)
	extract.Without(t, short, 3000)
	s.succeed(t, extract.January, january)
	planned := s.runMode(t, extract.February, short, orchestratorv1.RunMode_RUN_MODE_PLAN)
	require.Equal(t, "DEPARTURES_OVER_LIMIT", planned.GetReason())
	shorter := extract.Copy(t, short)
	extract.Without(t, shorter, 1)
	accepting := func(dir string) *orchestratorv1.StartRunRequest {
		return &orchestratorv1.StartRunRequest{
			Dataset: "streamflow", AsOf: extract.February, Source: dir, RequestedBy: "ann", AcceptFrom: planned.GetId(),
		}
	}

	more, err := s.orchestrator.StartRun(t.Context(), accepting(shorter))
	require.NoError(t, err)
	refused := s.wait(t, more.GetRun().GetId())
	require.Equal(t, "DEPARTURES_OVER_LIMIT", refused.GetReason(), "one more than was seen")
	require.Len(t, departures(refused), len(liveTables))

	started, err := s.orchestrator.StartRun(t.Context(), accepting(short))
	require.NoError(t, err)
	r := s.wait(t, started.GetRun().GetId())

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%v", r.GetMessage(), r.GetFindings())
	require.Len(t, r.GetAccepted(), len(liveTables))
	require.Equal(t, "e2e", r.GetAccepted()[0].GetBy(), "who called, whoever they said they were")
	require.Empty(t, departures(r))
	b, err := s.ingest.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: r.GetBatch()})
	require.NoError(t, err)
	require.Len(t, b.GetBatch().GetAccepted(), len(liveTables))
	require.Equal(t, planned.GetId(), b.GetBatch().GetAccepted()[0].GetFromRun())
	require.Equal(t, []string{"2024-01-31|7043", "2024-02-29|4043"}, s.rows(t, "select as_of, count(*) from public.labels_snapshots group by 1 order by 1"))
	require.Equal(t, []string{"18000"}, s.rows(t, "select count(*) from sf_ingest.departed"))
}
