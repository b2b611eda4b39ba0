package trainingset

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
)

// tampered says of which revisions the catalog has other content than the manifest, or
// the tables other rows than the catalog.
func (r *Recipe) tampered(ctx context.Context, tx pgx.Tx) ([]difference, error) {
	all := pins(r.joins)
	found, err := placesOf(ctx, tx, r.Manifest.Dataset, all)
	if err != nil {
		return nil, err
	}
	says := found.differences
	for _, p := range all {
		e, ok := found.at[place(p.Snapshot, p.AsOf)]
		if !ok {
			continue
		}
		said, err := rehash(ctx, tx, e.Relation, e.Columns, p)
		if err != nil {
			return nil, err
		}
		if said != "" {
			says = append(says, difference{snapshot: p.Snapshot, says: fmt.Sprintf("%s: %s; `sfctl snapshot verify --as-of %s --all` says what mends it", place(p.Snapshot, p.AsOf), said, day(p.AsOf))})
		}
	}
	return says, nil
}

// rehash says what the rows of a revision are, where they are not those of a pin.
func rehash(ctx context.Context, tx pgx.Tx, from relation.Relation, names []string, p Pin) (string, error) {
	columns, missing, err := digest.Columns(ctx, tx, from, names)
	switch {
	case err != nil:
		return "", err
	case len(columns) == 0:
		return fmt.Sprintf("expected its rows in %s, found no such table", from), nil
	case len(missing) > 0:
		return fmt.Sprintf("expected the columns %s in %s, found none", strings.Join(missing, ", "), from), nil
	}
	sum, err := digest.Of(ctx, tx.Conn(), from, columns)
	if err != nil {
		return "", err
	}
	if sum.Hash != p.ContentHash {
		return fmt.Sprintf("expected %s in %s, found %s", p.ContentHash, from, sum.Hash), nil
	}
	return "", nil
}
