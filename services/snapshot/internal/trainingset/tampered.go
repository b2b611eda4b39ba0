package trainingset

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// tampered says of which revisions the catalog has other content than the manifest, or
// the tables other rows than the catalog.
func (r *Recipe) tampered(ctx context.Context, tx pgx.Tx) ([]string, error) {
	all := pins(r.joins)
	found, err := placesOf(ctx, tx, r.Manifest.Dataset, all)
	if err != nil {
		return nil, err
	}
	var says []string
	for _, d := range found.differences {
		says = append(says, d.says)
	}
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
			says = append(says, place(p.Snapshot, p.AsOf)+": "+said)
		}
	}
	return says, nil
}

// rehash says what the rows of a revision are, where they are not those of a pin.
func rehash(ctx context.Context, tx pgx.Tx, from relation.Relation, names []string, p Pin) (string, error) {
	columns, missing, err := columnsAt(ctx, tx, from, names)
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

const columnsSQL = `
select attname, format_type(atttypid, null)
from pg_attribute
where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`

// columnsAt are columns of a table by name, with the types that they have there.
func columnsAt(ctx context.Context, tx pgx.Tx, of relation.Relation, names []string) (columns []layout.Column, missing []string, err error) {
	rows, err := tx.Query(ctx, columnsSQL, of.SQL())
	if err != nil {
		return nil, nil, fmt.Errorf("look at %s: %w", of, err)
	}
	types := map[string]dataset.TypeName{}
	var name, written string
	if _, err := pgx.ForEachRow(rows, []any{&name, &written}, func() error {
		types[name] = typeNamed(written)
		return nil
	}); err != nil {
		return nil, nil, fmt.Errorf("look at %s: %w", of, err)
	}
	for _, n := range names {
		if of, ok := types[n]; ok {
			columns = append(columns, layout.Column{Name: n, Type: dataset.ColumnType{Name: of}})
		} else {
			missing = append(missing, n)
		}
	}
	return columns, missing, nil
}

// typeNamed is the type that PostgreSQL writes so, without limits.
func typeNamed(written string) dataset.TypeName {
	names := dataset.TypeNames()
	i := slices.IndexFunc(names, func(n dataset.TypeName) bool {
		sql, _, _ := strings.Cut(dataset.ColumnType{Name: n}.SQL(), "(")
		return sql == written
	})
	if i < 0 {
		return dataset.TypeName(written) // of no type that a dataset has, and then not of ours
	}
	return names[i]
}
