package api

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// message is a catalog entry as callers see it.
func message(e store.Entry) *snapshotv1.Snapshot {
	return &snapshotv1.Snapshot{
		Dataset: e.Dataset, Snapshot: e.Snapshot, AsOf: e.AsOf.Format(time.DateOnly), Revision: e.Revision,
		KnownAt: timestamppb.New(e.KnownAt), Rows: e.Rows, ContentHash: e.ContentHash, Batch: e.Batch,
		DatasetVersion: e.DatasetVersion, Run: e.Run, Table: e.Table.Proto(), Partition: e.Partition.Proto(),
		Columns: e.Columns, RequestedBy: e.RequestedBy,
	}
}

func messages(entries []store.Entry) []*snapshotv1.Snapshot {
	out := make([]*snapshotv1.Snapshot, 0, len(entries))
	for _, e := range entries {
		out = append(out, message(e))
	}
	return out
}
