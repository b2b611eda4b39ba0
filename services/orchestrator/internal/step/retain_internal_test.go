package step

import (
	"testing"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// The line of a retention says what went, what is in the way, and what stays though it is due.
func TestTheLineOfARetention(t *testing.T) {
	t.Parallel()
	date := func(asOf, why string) *snapshotv1.RetainedDate {
		return &snapshotv1.RetainedDate{AsOf: asOf, Why: why, Rows: 3}
	}
	pinned := date("2024-01-31", "pinned by ann: audit")
	for want, r := range map[string]*snapshotv1.RetainResponse{
		"nothing to drop":             {},
		"dropped 2024-02-29 (3 rows)": {Dropped: []*snapshotv1.RetainedDate{date("2024-02-29", "a rule")}},
		"nothing to drop; due and kept: 2024-01-31 (pinned by ann: audit)": {Held: []*snapshotv1.RetainedDate{pinned}},
		"dropped 2024-02-29 (3 rows); 1 table in the way; due and kept: 2024-01-31 (pinned by ann: audit), 2023-12-31 (training set trn_1 stands on it), 2023-11-30 (x), 2 more": {
			Dropped: []*snapshotv1.RetainedDate{date("2024-02-29", "a rule")}, Findings: []*stepv1.Finding{{}},
			Held: []*snapshotv1.RetainedDate{pinned, date("2023-12-31", "training set trn_1 stands on it"), date("2023-11-30", "x"), date("2023-10-31", "x"), date("2023-09-30", "x")},
		},
	} {
		require.Equal(t, want, retainLine(r))
	}
}
