package registry

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/dataset/diff"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// remembers is a surveyor that sees a history, the newest date first.
type remembers struct {
	looks
	plan *snapshotv1.PlanRetentionResponse
	err  error
}

func (r remembers) History(context.Context, *datasetv1.Dataset) (*snapshotv1.PlanRetentionResponse, error) {
	return r.plan, r.err
}

// dated is a date of users that is stamped.
func dated(asOf string, state snapshotv1.RetentionState, rows int64, snapshots ...string) *snapshotv1.RetainedDate {
	return &snapshotv1.RetainedDate{AsOf: asOf, State: state, Rows: rows, Snapshots: append(snapshots, "users_snapshots")}
}

const (
	stays  = snapshotv1.RetentionState_RETENTION_STATE_KEPT
	dueNow = snapshotv1.RetentionState_RETENTION_STATE_DUE
)

// withPets is a version that has a table more, collected since a date, or of every one.
func withPets(before *datasetv1.Dataset, since string) *datasetv1.Dataset {
	d := proto.CloneOf(before)
	d.Tables = append(d.GetTables(), &datasetv1.Table{Name: "pets", File: "raw/pets.csv", Since: since, Key: []string{"id"}})
	d.Snapshots = append(d.GetSnapshots(), &datasetv1.Snapshot{Name: "pets_snapshots", From: "pets"})
	return d
}

func TestWhatAVersionMeansForTheDatesThatAreStamped(t *testing.T) {
	t.Parallel()
	users := &datasetv1.Dataset{
		Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables:    []*datasetv1.Table{{Name: "users", Key: []string{"id"}}},
		Snapshots: []*datasetv1.Snapshot{{Name: "users_snapshots", From: "users"}},
	}
	retained := proto.CloneOf(users)
	retained.History = &datasetv1.History{Keep: 1}
	both := []*snapshotv1.RetainedDate{dated("2024-02-29", stays, 7), dated("2024-01-31", stays, 5)}
	overdue := []*snapshotv1.RetainedDate{both[0], dated("2024-01-31", dueNow, 5)}
	gone := dated("2023-12-31", snapshotv1.RetentionState_RETENTION_STATE_DROPPED, 5)
	gone.DroppedAt = timestamppb.Now()
	var years []*snapshotv1.RetainedDate
	for i := 15; i > 0; i-- {
		years = append(years, dated(fmt.Sprintf("20%02d-12-31", i), dueNow, 1000))
	}
	const needs = "whichever is delivered again, as a correction or a backfill, needs raw/pets.csv, too; a file without rows would stamp that there were none. Where the table was not collected then, declare since: 2024-03-31 for it"
	for name, tc := range map[string]struct {
		before, after *datasetv1.Dataset
		dates         []*snapshotv1.RetainedDate
		want          []string
	}{
		"nothing is stamped":           {users, withPets(users, ""), nil, nil},
		"the first version":            {nil, withPets(users, ""), both, nil},
		"a table that is new":          {users, withPets(users, ""), append(both[:2:2], gone), []string{"table pets is new, and 2 dates (2024-01-31, 2024-02-29) are stamped without it: " + needs}},
		"beside one date":              {users, withPets(users, ""), both[:1], []string{"table pets is new, and 1 date (2024-02-29) is stamped without it: " + needs}},
		"it is collected later":        {users, withPets(users, "2024-03-31"), both, nil},
		"it was collected, they say":   {withPets(users, ""), withPets(users, "2024-02-29"), []*snapshotv1.RetainedDate{dated("2024-02-29", stays, 7, "pets_snapshots"), dated("2024-01-31", stays, 5, "pets_snapshots")}, []string{"table pets is collected since 2024-02-29, and 1 date (2024-01-31) is stamped of pets_snapshots before that: what is stamped stays as it is, and no delivery of these dates changes it any more"}},
		"fewer dates are to be kept":   {users, retained, overdue, []string{"history: the next run drops what is stamped of 1 date (2024-01-31), 5 rows: the rule; a date that is pinned stays"}},
		"many dates, and some by name": {users, retained, years, []string{"history: the next run drops what is stamped of 15 dates (2001-12-31, 2002-12-31, 2003-12-31, 2004-12-31, 2005-12-31, 2006-12-31, 2007-12-31, 2008-12-31, 2009-12-31, 2010-12-31, 2011-12-31, 2012-12-31, 3 more to 2015-12-31), 15,000 rows: the rule; a date that is pinned stays"}},
	} {
		j := &judgement{look: remembers{plan: &snapshotv1.PlanRetentionResponse{Rule: "the rule", Dates: tc.dates}}, before: tc.before, after: tc.after}
		if tc.before != nil {
			j.changes = diff.Compare(tc.before, tc.after)
		}

		notes, warnings := j.older(t.Context())

		require.Equal(t, tc.want, notes, name)
		require.Empty(t, warnings, name)
	}
}

// That a history cannot be looked at keeps nobody from applying, and is said. Where nothing
// depends on it, nobody looks.
func TestAHistoryThatIsNotSeen(t *testing.T) {
	t.Parallel()
	users := &datasetv1.Dataset{Name: "shop", Tables: []*datasetv1.Table{{Name: "users"}}, Snapshots: []*datasetv1.Snapshot{{Name: "users_snapshots", From: "users"}}}
	away := remembers{err: errors.New("it stops")}
	j := &judgement{look: away, before: users, after: withPets(users, "")}
	j.changes = diff.Compare(j.before, j.after)

	notes, warnings := j.older(t.Context())

	require.Empty(t, notes)
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0], "the dates that are stamped were not looked at: ")
	notes, warnings = (&judgement{look: away, before: users, after: users}).older(t.Context())
	require.Empty(t, append(notes, warnings...))
}
