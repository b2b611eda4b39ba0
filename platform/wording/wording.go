// Package wording has what is said in the same words in the terminal and on pages.
package wording

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// Planned is the state of a batch that was meant to be discarded, since somebody only
// asked what it would change; empty of any other batch.
func Planned(b *ingestv1.Batch) string {
	if b.GetPlan() && b.GetState() == ingestv1.BatchState_BATCH_STATE_DISCARDED {
		return "planned"
	}
	return ""
}

// Span is one date, or the first and the last of some, and how many they are.
func Span(dates []string) string {
	if len(dates) < 2 {
		return strings.Join(dates, "")
	}
	return fmt.Sprintf("%s … %s (%d)", dates[0], dates[len(dates)-1], len(dates))
}

// Later says of which period the label of a training set is, seen from its features.
func Later(horizon int32) string {
	if horizon == 0 {
		return "of the same period"
	}
	return prose.Count(int64(horizon), "period") + " later"
}
