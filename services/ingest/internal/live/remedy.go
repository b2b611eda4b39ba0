package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/columntype"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// remedy says who mends the difference of a column. The service alters what it owns: it
// adds columns, widens types that PostgreSQL does not rewrite, and lets a column be NULL
// that a file may lack; a type that is rewritten waits for a migration.
func (l *Table) remedy(c declared.Column) relation.Remedy {
	if !l.ours {
		return relation.ByPerson
	}
	i := slices.Index(l.columns, c.Name)
	switch {
	case i < 0 && c.Key:
		return relation.ByPerson
	case i < 0:
		return relation.ByRun
	case l.types[i] != c.Type.SQL():
		return ofType(l.types[i], c.Type)
	case l.computed[i] == "" && l.blurred[i] == "" && l.required[i] && c.Optional && !c.Key:
		return relation.ByRun
	}
	return relation.ByPerson
}

// ofType says who changes a type that stands into the one that is declared.
func ofType(stands string, want columntype.Type) relation.Remedy {
	from, ok := columntype.OfSQL(stands)
	if !ok {
		return relation.ByPerson
	}
	switch diff.OfType(from, want) {
	case diff.Metadata, diff.Expanding:
		return relation.ByRun
	case diff.Rewriting:
		return relation.ByMigration
	case diff.Refused:
	}
	return relation.ByPerson
}

// hindered turns a change of type into one for a person where something of the users'
// own hangs on the column: it would have to be dropped and made again. What is for a person
// anyhow is said with what has to go before.
func (l *Table) hindered(ctx context.Context, q postgres.Querier, t *declared.Table, all []relation.Difference) error {
	for i, d := range all {
		c, declares := t.Column(d.Column)
		stands, then := l.open.Before(d.Column), l.standing([]string{d.Column})[0] // a person comes before the run that renames it
		if !declares || stands != then || len(d.Renames) > 0 || !slices.Contains(l.columns, d.Column) {
			continue
		}
		_, mend := l.columnDifferenceOf(c, stands)
		if !strings.Contains(mend, " type ") {
			continue
		}
		dependents, err := postgres.Dependents(ctx, q, t.Live, stands)
		if err != nil {
			return err
		}
		if len(dependents) > 0 {
			names, sql := postgres.Around(dependents, "alter table "+t.Live.SQL()+" "+mend)
			all[i] = relation.Difference{Column: d.Column, Found: fmt.Sprintf("%s, and %s it", d.Found, postgres.Hang(names, dependents)), Mend: l.instead(c) + sql}
		}
	}
	return nil
}

// Lacks returns the declared columns that the table has not got yet.
func (l *Table) Lacks(t *declared.Table) []declared.Column {
	var lacks []declared.Column
	for _, c := range t.Columns {
		if l.Exists && !slices.Contains(l.columns, c.Name) {
			lacks = append(lacks, c)
		}
	}
	return lacks
}
