package stamp

import (
	"context"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset/columntype"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// remedy says who mends a column of one type, as inspect.sql writes it, that has to be
// another: the service adds columns to what it owns and widens types that PostgreSQL does
// not rewrite; a type that is rewritten waits for a migration. stands is empty where there
// is no column.
func (f *found) remedy(stands, want string) relation.Remedy {
	bare, plain := strings.TrimSuffix(stands, notNull), strings.TrimSuffix(want, notNull)
	switch {
	case !f.ours, stands != "" && strings.HasSuffix(stands, notNull) != strings.HasSuffix(want, notNull):
		return relation.ByPerson
	case stands == "" && plain == want:
		return relation.ByRun
	case stands == "": // a key, which rows that are there have no value for
		return relation.ByPerson
	}
	return typeRemedy(bare, plain)
}

// typeRemedy says who changes one type into another, both without NOT NULL.
func typeRemedy(stands, want string) relation.Remedy {
	from, known := columntype.OfSQL(stands)
	to, ok := columntype.OfSQL(want)
	if !known || !ok {
		return relation.ByPerson
	}
	switch diff.OfType(from, to) {
	case diff.Expanding:
		return relation.ByRun
	case diff.Rewriting:
		return relation.ByMigration
	case diff.Metadata, diff.Refused:
	}
	return relation.ByPerson
}

// hindered turns a change of type into one for a person where something of the users'
// own hangs on the column: it would have to be dropped and made again.
func hindered(ctx context.Context, q postgres.Querier, l layout.Layout, f *found, all []relation.Difference) ([]relation.Difference, error) {
	for i, d := range all {
		if d.Remedy == relation.ByPerson || !holds(f.columns, []string{d.Column}) {
			continue
		}
		dependents, err := postgres.Dependents(ctx, q, l.Table, d.Column)
		if err != nil {
			return nil, err
		}
		if len(dependents) > 0 {
			names, sql := postgres.Around(dependents, d.Mend)
			all[i] = relation.Difference{Column: d.Column, Found: fmt.Sprintf("%s, and %s hangs on it", d.Found, names), Mend: sql}
		}
	}
	return all, nil
}
