// Package acceptance tells what of the findings of guards a person accepted for a run.
package acceptance

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Of returns the acceptance that covers a finding of a count; nil where none does. One
// that was taken from another run's findings covers the tables that it names and no
// more: the delivery as a whole is then a thing of its own.
func Of(accepted []*stepv1.Acceptance, reason problem.Reason, table string, count int64) *stepv1.Acceptance {
	if !problem.Acceptable(reason) {
		return nil
	}
	for _, a := range accepted {
		every := a.GetTable() == "" && a.GetFromRun() == ""
		if a.GetReason() == string(reason) && (every || a.GetTable() == table) && (a.UpTo == nil || count <= a.GetUpTo()) {
			return a
		}
	}
	return nil
}

// TooFew says of a finding that what was accepted of another run is the same with a lower
// count, and which; empty where nothing was.
func TooFew(accepted []*stepv1.Acceptance, reason problem.Reason, table string, count int64) string {
	for _, a := range accepted {
		if a.GetReason() == string(reason) && a.GetTable() == table && a.UpTo != nil && count > a.GetUpTo() {
			return fmt.Sprintf("; what was accepted are the %s of %s, and not %s", prose.Number(a.GetUpTo()), a.GetFromRun(), prose.Number(count))
		}
	}
	return ""
}

// Record notes in the batch what was accepted of it: the finding's table and count, by
// whom and when. A finding that is noted already is noted once.
func Record(b *ingestv1.Batch, a *stepv1.Acceptance, table string, count int64) {
	for _, had := range b.GetAccepted() {
		if had.GetReason() == a.GetReason() && had.GetTable() == table {
			had.UpTo = proto.Int64(max(count, had.GetUpTo()))
			return
		}
	}
	one := proto.CloneOf(a)
	one.Table, one.UpTo = table, proto.Int64(count)
	b.Accepted = append(b.Accepted, one)
}
