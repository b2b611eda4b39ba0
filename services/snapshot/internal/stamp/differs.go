package stamp

import (
	"context"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// differing is a snapshot that is stamped with other content than a batch delivers.
type differing struct {
	layout    layout.Layout
	stamped   store.Entry
	delivered store.Prepared
}

// snapshotsDiffer is the error of an as_of that is stamped with other content. It looks
// up how the rows differ: two hashes end no search.
func snapshotsDiffer(ctx context.Context, q postgres.Querier, o Order, all []differing) error {
	differs := problem.New(problem.SnapshotDiffers, "").With("dataset", o.dataset()).With("as_of", o.date())
	var said []string
	for _, d := range all {
		how, err := d.how(ctx, q)
		if err != nil {
			return err
		}
		differs = differs.Violate(d.layout.Snapshot, "%s; stamped from batch %s, delivered in batch %s", how, d.stamped.Batch, o.Batch)
		said = append(said, d.layout.Snapshot+": "+how)
	}
	differs.Message = fmt.Sprintf("dataset %s is stamped as of %s with other content: %s", o.dataset(), o.date(), strings.Join(said, "; "))
	return differs
}

// how says how the content differs: by rows where both are there and PostgreSQL tells
// them apart, by count and hash where not.
func (d differing) how(ctx context.Context, q postgres.Querier) (string, error) {
	then, gone := d.layout.Stamped(d.stamped.Columns)
	if len(gone) > 0 {
		return fmt.Sprintf("it was stamped with %s, which the dataset does not declare any more", strings.Join(gone, ", ")), nil
	}
	columns, err := store.ColumnsOf(ctx, q, d.stamped.Partition)
	if err != nil {
		return "", err
	}
	rows, err := differ(ctx, q, then.Among(columns), d.stamped.Partition, d.delivered.Candidate)
	if err != nil {
		return "", err
	}
	causes, err := d.causes(ctx, q, rows)
	if err != nil {
		return "", err
	}
	hashes := fmt.Sprintf("stamped are %d rows (%s), delivered %d (%s)",
		d.stamped.Rows, d.stamped.ContentHash, d.delivered.Rows, d.delivered.ContentHash)
	switch {
	case rows == nil:
		return fmt.Sprintf("%s, and the stamped rows are not there to be compared: %s is gone; the files of batch %s, run again, bring them back",
			hashes, d.stamped.Partition, d.stamped.Batch) + causes, nil
	case rows.rows() == 0:
		if causes == "" {
			causes = ": its rows are not what was stamped"
		}
		return hashes + ", and no value differs from the one in the history" + causes, nil
	}
	return rows.String() + causes, nil
}
