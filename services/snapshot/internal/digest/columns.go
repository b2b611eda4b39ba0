package digest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

const columnsSQL = `
select attname, format_type(atttypid, null)
from pg_attribute
where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`

// Columns are columns of a relation by name, with the types that they have there, and the
// names that it has not. Of a relation that is not there, all names are missing.
func Columns(ctx context.Context, q postgres.Querier, of relation.Relation, names []string) (columns []layout.Column, missing []string, err error) {
	rows, err := q.Query(ctx, columnsSQL, of.SQL())
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
