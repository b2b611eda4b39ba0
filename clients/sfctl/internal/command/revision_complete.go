package command

import (
	"context"
	"slices"
	"strconv"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// revisionNumbers are the revisions that there are of a date, the newest first. dataset and
// asOf point at flags, which are read by the time that the completion is asked for.
func revisionNumbers(dataset, asOf *string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) {
		resp, err := c.snapshot.ListRevisions(ctx, &snapshotv1.ListRevisionsRequest{Dataset: *dataset, AsOf: *asOf, PageSize: maxPage})
		var numbers []int32
		for _, r := range resp.GetRevisions() {
			numbers = append(numbers, r.GetRevision())
		}
		slices.Sort(numbers)
		numbers = slices.Compact(numbers)
		slices.Reverse(numbers)
		words := make([]string, len(numbers))
		for i, n := range numbers {
			words[i] = strconv.Itoa(int(n))
		}
		return words, err
	}
}

// snapshotsOf are the names of a dataset's snapshots that are stamped.
func snapshotsOf(dataset *string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) {
		resp, err := c.snapshot.ListSnapshots(ctx, &snapshotv1.ListSnapshotsRequest{Dataset: *dataset, PageSize: maxPage})
		all := names(resp.GetSnapshots(), (*snapshotv1.Snapshot).GetSnapshot)
		slices.Sort(all)
		return slices.Compact(all), err
	}
}
