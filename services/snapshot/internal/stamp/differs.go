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
	var why shared
	for _, d := range all {
		how, causes, err := d.how(ctx, q, o)
		if err != nil {
			return err
		}
		differs = differs.Violate(d.layout.Snapshot, "%s; stamped from batch %s, delivered in batch %s", how, d.stamped.Batch, o.Batch)
		said = append(said, d.layout.Snapshot+": "+how)
		why.add(d.layout.Snapshot, causes)
	}
	differs.Message = fmt.Sprintf("dataset %s is stamped as of %s with other content: %s", o.dataset(), o.date(), strings.Join(append(said, why.said(len(all))...), "; "))
	return differs
}

// shared are causes, each with the snapshots of which it is one: what is said of all of them
// is said once.
type shared struct {
	causes []string
	of     map[string][]string
}

func (s *shared) add(snapshot string, causes []string) {
	for _, c := range causes {
		if s.of == nil {
			s.of = map[string][]string{}
		}
		if s.of[c] == nil {
			s.causes = append(s.causes, c)
		}
		s.of[c] = append(s.of[c], snapshot)
	}
}

// said names with each cause whose it is, where it is not that of all.
func (s *shared) said(all int) []string {
	var said []string
	for _, c := range s.causes {
		if len(s.of[c]) < all {
			c = "of " + strings.Join(s.of[c], ", ") + ": " + c
		}
		said = append(said, c)
	}
	return said
}

// withoutColumns says of rows that lost columns, by which they are compared no more, what brings
// them back.
func (d differing) withoutColumns(lacks []string) string {
	names := strings.Join(lacks, ", ")
	return fmt.Sprintf("it was stamped with %s, and history has no column %s any more: somebody dropped it, and the rows cannot be compared; "+
		"the files of batch %s, run again with --restage, bring it back, with its values; --supersede makes a revision of these files instead", names, names, d.stamped.Batch)
}

// how says how the content differs, by rows where both are there and PostgreSQL tells
// them apart, by count and hash where not; and what is another than when it was stamped.
func (d differing) how(ctx context.Context, q postgres.Querier, o Order) (how string, causes []string, err error) {
	then, gone := d.layout.Stamped(d.stamped.Columns)
	if len(gone) > 0 {
		names := strings.Join(gone, ", ")
		return fmt.Sprintf("it was stamped with %s, which the dataset does not declare any more", names), []string{fmt.Sprintf(
			"no revision takes its place without: declare %s again, with optional: true where files come without it, and run the date again; or declare the snapshot under another name, whose history begins anew", names)}, nil
	}
	columns, err := store.ColumnsOf(ctx, q, d.stamped.Partition)
	if err != nil {
		return "", nil, err
	}
	lacks, err := lacking(ctx, q, d.layout, d.stamped)
	if err != nil {
		return "", nil, err
	}
	if len(lacks) > 0 {
		return d.withoutColumns(lacks), nil, nil
	}
	by := then.Among(columns)
	rows, err := differ(ctx, q, by, d.stamped.Partition, d.delivered.Candidate)
	if err != nil {
		return "", nil, err
	}
	if err := rows.hide(ctx, q, o.veil(by), d.delivered.Candidate); err != nil {
		return "", nil, err
	}
	causes, err = d.causes(ctx, q, rows)
	if err != nil {
		return "", nil, err
	}
	hashes := fmt.Sprintf("stamped are %d rows (%s), delivered %d (%s)",
		d.stamped.Rows, d.stamped.ContentHash, d.delivered.Rows, d.delivered.ContentHash)
	switch {
	case rows == nil:
		return fmt.Sprintf("%s, and the stamped rows are not there to be compared: %s is gone; the files of batch %s, run again, bring them back",
			hashes, d.stamped.Partition, d.stamped.Batch), causes, nil
	case rows.rows() == 0:
		how = hashes + ", and no value differs from the one in the history"
		if len(causes) == 0 {
			how += ": its rows are not what was stamped"
		}
		return how, causes, nil
	}
	return rows.String(), causes, nil
}
