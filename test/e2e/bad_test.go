package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// badDelivery is a month that must not get through, and what must be said of it.
type badDelivery struct {
	spoil func(t *testing.T, dir string)
	// reason is the run's: that of the first that is wrong. finding is that of what is
	// looked for, where another one is.
	reason, finding string
	// What one finding must say; findings of other reasons may stand beside it.
	table, file, column string
	line                int64
	count               int64
	key                 string
	says                []string
}

var badDeliveries = map[string]badDelivery{
	"a required column is missing": {
		spoil:  dropColumn("usage_agg_30d.csv", "skips_7d"),
		reason: "HEADER_MISMATCH", table: "usage_agg_30d", file: "usage_agg_30d.csv", column: "skips_7d", says: []string{"skips_7d"},
	},
	"an unknown column": {
		spoil: func(t *testing.T, dir string) {
			extract.Edit(t, dir, "users.csv", func(l []string) []string {
				for i := range l {
					l[i] += ",x"
				}
				l[0] = strings.TrimSuffix(l[0], ",x") + ",has_famly"
				return l
			})
		},
		reason: "HEADER_MISMATCH", table: "users", file: "users.csv", column: "has_famly", says: []string{"has_famly", "has_family"},
	},
	"a column stands twice": {
		spoil: func(t *testing.T, dir string) {
			extract.Edit(t, dir, "labels.csv", func(l []string) []string {
				for i := range l {
					l[i] += "," + strings.Split(l[i], ",")[1]
				}
				return l
			})
		},
		reason: "HEADER_MISMATCH", table: "labels", file: "labels.csv", column: "churn_label", says: []string{"churn_label"},
	},
	"a value does not parse": {
		spoil: func(t *testing.T, dir string) {
			extract.SetField(t, dir, "usage_agg_30d.csv", 5000, "skips_7d", "many")
		},
		reason: "ROWS_REJECTED", table: "usage_agg_30d", file: "usage_agg_30d.csv", column: "skips_7d", line: 5000, count: 1, says: []string{"many", "integer"},
	},
	"a row has a field too few": {
		spoil: func(t *testing.T, dir string) {
			extract.Edit(t, dir, "payments_agg_90d.csv", func(l []string) []string {
				l[99], _, _ = strings.Cut(l[99], ",")
				return l
			})
		},
		reason: "ROWS_REJECTED", table: "payments_agg_90d", file: "payments_agg_90d.csv", line: 100, count: 1, says: []string{"1", "2"},
	},
	"a key stands twice": {
		spoil: func(t *testing.T, dir string) {
			extract.Edit(t, dir, "labels.csv", func(l []string) []string { return append(l, l[1]) })
		},
		reason: "DUPLICATE_KEYS", table: "labels", file: "labels.csv", line: 2, key: "first", says: []string{"labels"},
	},
	"a subscription of nobody": {
		spoil: func(t *testing.T, dir string) {
			extract.Edit(t, dir, "subscriptions.csv", func(l []string) []string {
				_, rest, _ := strings.Cut(l[1], ",")
				return append(l, "0000-NOBDY,"+rest)
			})
		},
		reason: "ORPHANED_ROWS", table: "subscriptions", file: "subscriptions.csv", count: 1, line: 7045, key: "0000-NOBDY", says: []string{"users"},
	},
	"an empty file": {
		spoil:  write("labels.csv", ""),
		reason: "FILE_UNREADABLE", table: "labels", file: "labels.csv", says: []string{"empty"},
	},
	"no rows, where the dataset expects some": {
		spoil:  write("labels.csv", "user_id,churn_label\n"),
		reason: "DEPARTURES_OVER_LIMIT", finding: "EXPECTATIONS_FAILED", table: "labels", file: "labels.csv", says: []string{"found 0 rows, expected at least 1 row"},
	},
	"a file that is not there": {
		spoil: func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "support_agg_90d.csv")))
		},
		reason: "FILE_MISSING", table: "support_agg_90d", file: "support_agg_90d.csv", says: []string{"support_agg_90d.csv"},
	},
	"a negative number in the last row": {
		spoil: func(t *testing.T, dir string) {
			extract.SetField(t, dir, "usage_agg_30d.csv", 7044, "watch_hours_30d", "-1.5")
		},
		reason: "EXPECTATIONS_FAILED", table: "usage_agg_30d", file: "usage_agg_30d.csv", column: "watch_hours_30d", line: 7044, count: 1, key: "last",
		says: []string{"watch_hours_30d", "-1.5", "0"},
	},
}

func dropColumn(file, column string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		extract.Edit(t, dir, file, func(lines []string) []string {
			at := -1
			for i, name := range strings.Split(lines[0], ",") {
				if name == column {
					at = i
				}
			}
			for i, l := range lines {
				f := strings.Split(l, ",")
				lines[i] = strings.Join(append(f[:at:at], f[at+1:]...), ",")
			}
			return lines
		})
	}
}

func write(file, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
	}
}

// TestBadDeliveries spoils February in one way after another, on a suite whose live
// tables and history hold January.
func TestBadDeliveries(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	before, versions := s.state(t), s.versions(t, "labels")

	for name, tt := range badDeliveries {
		t.Run(name, func(t *testing.T) {
			dir := extract.Copy(t, february)
			tt.spoil(t, dir)

			r := s.run(t, extract.February, dir)

			require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, r.GetState())
			require.Equal(t, tt.reason, r.GetReason(), r.GetMessage())
			requireFinding(t, dir, tt, r.GetFindings())
			require.Equal(t, before, s.state(t), "live tables and snapshots are as they were, row for row")
			require.Equal(t, versions, s.versions(t, "labels"))
			require.Empty(t, s.unattached(t))
		})
	}
	s.succeed(t, extract.February, february)
	require.Empty(t, s.unattached(t), "what failed runs left is swept")
}

func requireFinding(t *testing.T, dir string, want badDelivery, findings []*stepv1.Finding) {
	t.Helper()
	if want.finding == "" {
		want.finding = want.reason
	}
	for _, f := range findings {
		if f.GetReason() != want.finding || f.GetTable() != want.table || want.column != "" && f.GetColumn() != want.column {
			continue
		}
		require.Equal(t, want.file, f.GetFile())
		require.Equal(t, datasetv1.Severity_SEVERITY_CRITICAL, f.GetSeverity())
		require.NotEmpty(t, f.GetExpected(), "what was expected")
		require.NotEmpty(t, f.GetFound(), "what was found")
		require.NotEmpty(t, f.GetAction(), "what to do")
		all := f.GetMessage() + f.GetExpected() + f.GetFound() + f.GetAction()
		for _, row := range f.GetRows() {
			all += row.GetValue() + row.GetDetail()
		}
		for _, word := range want.says {
			require.Contains(t, all, word)
		}
		requireRow(t, dir, want, f)
		return
	}
	require.Fail(t, "no such finding", "%s of %s.%s in %v", want.finding, want.table, want.column, findings)
}

func requireRow(t *testing.T, dir string, want badDelivery, f *stepv1.Finding) {
	t.Helper()
	if want.count > 0 {
		require.Equal(t, want.count, f.GetCount())
	}
	if want.line == 0 {
		return
	}
	require.NotEmpty(t, f.GetRows())
	require.Equal(t, want.line, f.GetRows()[0].GetLine())
	require.Equal(t, want.file, f.GetRows()[0].GetFile())
	key := want.key
	lines := extract.Lines(t, dir, want.file)
	switch key {
	case "":
		return
	case "first":
		key, _, _ = strings.Cut(lines[1], ",")
	case "last":
		key, _, _ = strings.Cut(lines[len(lines)-1], ",")
	}
	require.Equal(t, []string{key}, f.GetRows()[0].GetKey())
}

func TestOneReportHoldsEveryFailureOfEveryTable(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Months(t)
	dir := extract.Copy(t, january)
	extract.SetField(t, dir, "usage_agg_30d.csv", 7044, "watch_hours_30d", "-1.5")
	extract.SetField(t, dir, "subscriptions.csv", 10, "monthly_fee", "-3")
	extract.SetField(t, dir, "subscriptions.csv", 11, "contract_type", "For ever")
	extract.SetField(t, dir, "users.csv", 12, "signup_date", "2022-02-30")
	dropColumn("labels.csv", "churn_label")(t, dir)

	r := s.run(t, extract.January, dir)

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, r.GetState())
	found := map[string]bool{}
	for _, f := range r.GetFindings() {
		found[f.GetReason()+" "+f.GetTable()+"."+f.GetColumn()] = true
	}
	for _, want := range []string{
		"EXPECTATIONS_FAILED usage_agg_30d.watch_hours_30d", "EXPECTATIONS_FAILED subscriptions.monthly_fee",
		"EXPECTATIONS_FAILED subscriptions.contract_type", "ROWS_REJECTED users.signup_date", "HEADER_MISMATCH labels.churn_label",
	} {
		require.True(t, found[want], "%s in %v", want, found)
	}
	require.Equal(t, "not there", s.live(t)["users"], "a first run that fails leaves nothing")
}

func TestRequestsThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Sample(t, 50)
	tests := map[string]struct {
		asOf, source, reason, says string
	}{
		"no month end":          {"2024-01-30", january, "AS_OF_OFF_CALENDAR", "2024-01-31"},
		"no date":               {"2024-02-30", january, "AS_OF_OFF_CALENDAR", "2024-02-30, which is no such day: February 2024 has 29 days; the closest is 2024-02-29"},
		"February as January":   {extract.January, february, "AS_OF_MISMATCH", extract.February},
		"no such folder":        {extract.January, filepath.Join(january, "nowhere"), "SOURCE_NOT_FOUND", "nowhere"},
		"a file for a folder":   {extract.January, filepath.Join(january, "users.csv"), "SOURCE_NOT_FOUND", "users.csv"},
		"no such kind of place": {extract.January, "s3://bucket/month", "INVALID_REQUEST", "s3"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			reason, message := s.refusal(t, tt.asOf, tt.source)
			require.Equal(t, tt.reason, reason, message)
			require.Contains(t, message, tt.says)
			require.Empty(t, s.staged(t), "nothing half done")
		})
	}
	require.Equal(t, "not there", s.live(t)["users"])
}

// refusal starts a run that cannot succeed, and returns why it did not, whether the
// request was refused or the run failed.
func (s *suite) refusal(t *testing.T, asOf, source string) (reason, message string) {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: asOf, Source: source, RequestedBy: "e2e",
	})
	if err != nil {
		p := problemOf(err)
		return string(p.Reason), p.Message
	}
	run := s.wait(t, r.GetRun().GetId())
	return run.GetReason(), run.GetMessage()
}

func TestAManifestThatNamesOtherFilesIsFound(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Sample(t, 50)
	extract.SetField(t, january, "labels.csv", 2, "churn_label", "True")
	extract.SetField(t, january, "labels.csv", 3, "churn_label", "False")
	extract.SetField(t, january, "labels.csv", 4, "churn_label", "True")
	var manifest struct {
		AsOf string `json:"as_of"`
	}
	data, err := os.ReadFile(filepath.Join(january, "manifest.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &manifest))
	require.Equal(t, extract.January, manifest.AsOf)

	r := s.run(t, extract.January, january)

	require.Equal(t, "FILE_UNREADABLE", r.GetReason(), r.GetMessage())
	require.Contains(t, r.GetMessage(), "labels.csv")
}
