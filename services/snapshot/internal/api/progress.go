package api

import (
	"sync"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
)

// reporter returns a Report that sends progress on a stream, which takes one message
// at a time. A message that cannot be sent is no loss: the stream's context ends with
// it, and the work with the context.
func reporter(send func(*stepv1.Progress) error) stamp.Report {
	var mu sync.Mutex
	return func(p stamp.Progress) {
		mu.Lock()
		defer mu.Unlock()
		_ = send(&stepv1.Progress{Table: p.Snapshot, Phase: p.Phase, RowsDone: p.Done, RowsTotal: p.Total})
	}
}
