package command_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func diffMessage(head *snapshotv1.DiffHead, counts *snapshotv1.DiffCounts, rows ...*snapshotv1.RowDifference) *snapshotv1.DiffResponse {
	switch {
	case head != nil:
		return &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Head{Head: head}}
	case counts != nil:
		return &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Counts{Counts: counts}}
	}
	return &snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Rows{Rows: &snapshotv1.DiffRows{Rows: rows}}}
}

// differing is what two months have: a snapshot that differs, and one that does not.
func differing() []*snapshotv1.DiffResponse {
	of := func(asOf string, revision int32) *snapshotv1.Snapshot {
		return &snapshotv1.Snapshot{Snapshot: "orders_snapshots", AsOf: asOf, Revision: revision, Rows: 3}
	}
	return []*snapshotv1.DiffResponse{
		diffMessage(&snapshotv1.DiffHead{
			Snapshot: "orders_snapshots", From: of("2024-01-31", 1), To: of("2024-02-29", 2), Key: []string{"user_id", "number"},
			Columns: []string{"amount", "note"}, OnlyFrom: []string{"coupon"}, OnlyTo: []string{"channel"},
		}, nil),
		diffMessage(nil, &snapshotv1.DiffCounts{
			Snapshot: "orders_snapshots", Added: 1, Removed: 1, Changed: 1200, Same: 7043,
			Columns: []*stepv1.ColumnCount{{Column: "amount", Updated: 1200}, {Column: "note", Updated: 1}},
		}),
		diffMessage(nil, nil,
			&snapshotv1.RowDifference{Snapshot: "orders_snapshots", Key: []string{"u1", "1"}, Change: stepv1.RowChange_ROW_CHANGE_CHANGED, Values: []*snapshotv1.ValueDifference{
				{Column: "amount", From: proto.String("7"), To: proto.String("8.5")}, {Column: "note", From: proto.String("\x1b[2J"), To: proto.String("")},
			}},
			&snapshotv1.RowDifference{Snapshot: "orders_snapshots", Key: []string{"u1", "2"}, Change: stepv1.RowChange_ROW_CHANGE_ADDED, Values: []*snapshotv1.ValueDifference{
				{Column: "amount", To: proto.String("9")}, {Column: "note"},
			}},
			&snapshotv1.RowDifference{Snapshot: "orders_snapshots", Key: []string{"u2", "1"}, Change: stepv1.RowChange_ROW_CHANGE_REMOVED, Values: []*snapshotv1.ValueDifference{
				{Column: "amount"}, {Column: "note", From: proto.String("gone")},
			}}),
		diffMessage(&snapshotv1.DiffHead{
			Snapshot: "users_snapshots", From: of("2024-01-31", 1), To: of("2024-02-29", 1), Key: []string{"user_id"}, Columns: []string{"fee"},
		}, nil),
		diffMessage(nil, &snapshotv1.DiffCounts{Snapshot: "users_snapshots", Same: 7043}),
		{Message: &snapshotv1.DiffResponse_Result{Result: &snapshotv1.DiffResult{
			Snapshots: 2, Added: 1, Removed: 1, Changed: 1200, NotCompared: []string{"labels_snapshots is not there as of 2024-01-31"},
		}}},
	}
}

func TestSnapshotDiffInEveryForm(t *testing.T) {
	t.Parallel()
	g := holding(t)
	diff := func(args ...string) string {
		r := sfctl(at(g), append([]string{"snapshot", "diff", "2024-01-31", "2024-02-29"}, args...)...)
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.err, "Not compared: labels_snapshots is not there as of 2024-01-31.")
		return r.out
	}

	golden.Equal(t, "snapshot-diff-wide", diff("-o", "wide"))
	golden.Equal(t, "snapshot-diff-csv", diff("-o", "csv"))
	rows := strings.Split(strings.TrimSuffix(diff("-o", "jsonl"), "\n"), "\n")
	require.Len(t, rows, 3)
	require.JSONEq(t, `{"snapshot": "orders_snapshots", "key": ["u1", "2"], "change": "added",
		"values": [{"column": "amount", "to": "9"}, {"column": "note"}]}`, rows[1])
	require.Equal(t, "orders_snapshots/[\"u1\",\"1\"]\norders_snapshots/[\"u1\",\"2\"]\norders_snapshots/[\"u2\",\"1\"]\n", diff("-o", "name"))
	var doc struct {
		Snapshots []struct {
			Head   map[string]any
			Counts map[string]any
			Rows   []map[string]any
		}
		Result map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(diff("-o", "json")), &doc))
	require.Len(t, doc.Snapshots, 2)
	require.Len(t, doc.Snapshots[0].Rows, 3)
	require.Equal(t, []map[string]any{}, doc.Snapshots[1].Rows)
	require.EqualValues(t, 7043, doc.Snapshots[1].Counts["same"])
	require.EqualValues(t, 2, doc.Result["snapshots"])
}

func TestSnapshotDiffAsksForWhatIsMeant(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]*snapshotv1.DiffRequest{
		"2024-01-31 2024-02-29":                                    {From: "2024-01-31", To: "2024-02-29", Limit: 50},
		"2024-01-31/1 2024-01-31 --limit 0":                        {From: "2024-01-31", FromRevision: 1, To: "2024-01-31"},
		"a_s/2024-01-31/1 a_s/2024-01-31/2 --counts":               {Snapshot: "a_s", From: "2024-01-31", FromRevision: 1, To: "2024-01-31", ToRevision: 2, CountsOnly: true, Limit: 50},
		"a_s/2024-01-31 2024-02-29 -o csv":                         {Snapshot: "a_s", From: "2024-01-31", To: "2024-02-29"},
		"2024-01-31 2024-02-29 -o jsonl --limit 7 --snapshot a_s":  {Snapshot: "a_s", From: "2024-01-31", To: "2024-02-29", Limit: 7},
		"2024-01-31 2024-02-29 --dataset shop --snapshot users_ss": {Dataset: "shop", Snapshot: "users_ss", From: "2024-01-31", To: "2024-02-29", Limit: 50},
	} {
		g := holding(t)
		if want.GetDataset() == "" {
			want.Dataset = "streamflow"
		}

		r := sfctl(at(g), append([]string{"snapshot", "diff"}, strings.Fields(line)...)...)

		require.Zero(t, r.code, r.err)
		requireRequest(t, want, gatewaytest.Requests[*snapshotv1.DiffRequest](g)[0])
	}
}

func TestSnapshotDiffInTheWrongWay(t *testing.T) {
	t.Parallel()
	g := holding(t)
	for line, says := range map[string]string{
		"":                                  "A and B are missing",
		"2024-01-31":                        "B is missing",
		"2024-01-31 2024-02-29 2024-03-31":  `unexpected argument "2024-03-31" after B`,
		"january 2024-02-29":                "want YYYY-MM-DD",
		"2024-01-31 2024-02-30":             "2024-02-30",
		"2024-01-31/0 2024-01-31":           "want a revision from 1 on",
		"2024-01-31/x 2024-01-31":           "want a revision from 1 on",
		"a/2024-01-31/1/2 2024-01-31":       "want DATE, DATE/REVISION or SNAPSHOT/DATE/REVISION",
		"a_s/2024-01-31 b_s/2024-01-31":     "rows of two are not compared",
		"2024-01-31 2024-02-29 --limit -1":  "--limit -1",
		"2024-01-31 2024-02-29 -o xlsx":     `want table, wide, json, jsonl, yaml, name, csv`,
		"a_s/2024-01-31 2024-02-29 --all=1": "unknown flag: --all",
	} {
		r := sfctl(at(g), append([]string{"snapshot", "diff"}, strings.Fields(line)...)...)
		require.Equal(t, problem.ExitUsage, r.code, line)
		require.Contains(t, r.err, says, line)
	}
	require.Empty(t, gatewaytest.Requests[*snapshotv1.DiffRequest](g))
}

// CSV is of what has rows of data, and of nothing else.
func TestNoOtherCommandWritesCSV(t *testing.T) {
	t.Parallel()
	for name, line := range commands {
		r := sfctl(at(holding(t, succeeded())), append(strings.Fields(line), "-o", "csv")...)
		if name == "snapshot-diff" {
			require.Zero(t, r.code, r.err)
			continue
		}
		require.Equal(t, problem.ExitUsage, r.code, name)
		require.Contains(t, r.err, `output format "csv": want table, wide, json, jsonl, yaml, name`, name)
	}
}

func TestSnapshotDiffThatIsCutOff(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Difference: differing()[:3]})

	cut := sfctl(at(g), "snapshot", "diff", "2024-01-31", "2024-02-29", "-o", "csv")
	g.Broken = problem.New(problem.RevisionChanged, "its rows are gone")
	broken := sfctl(at(g), "snapshot", "diff", "2024-01-31", "2024-02-29")

	require.Equal(t, problem.ExitUnavailable, cut.code)
	require.Contains(t, cut.err, "the call was cut off")
	require.Equal(t, problem.ExitConflict, broken.code)
	require.Contains(t, broken.err, "its rows are gone")
}
