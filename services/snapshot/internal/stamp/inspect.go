package stamp

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

//go:embed inspect.sql
var inspectSQL string

// uniqueIndex is the kind of a rule that is no constraint.
const uniqueIndex = "unique index"

// found is what stands under the name of a snapshot's table.
type found struct {
	kind         string
	owner        string
	ours         bool
	partitioning string
	primaryKey   []string
	columns      []string
	types        []string
	rules        [][]string // kind, name, definition
	inTheWay     []string
}

// inspect returns what stands under the name, or nil where nothing does.
func inspect(ctx context.Context, q postgres.Querier, l layout.Layout, asOf time.Time) (*found, error) {
	var f found
	err := q.QueryRow(ctx, inspectSQL, l.Table.Schema, l.Table.Name, asOf.Format(time.DateOnly)).Scan(&f.kind, &f.owner,
		&f.ours, &f.partitioning, &f.primaryKey, &f.columns, &f.types, &f.rules, &f.inTheWay)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at table %s: %w", l.Table, err)
	}
	return &f, nil
}

const creatableSQL = `select coalesce(pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(quote_ident($1))::oid, 'create'), false)`

// checkTables returns SNAPSHOT_TABLE_DIFFERS, with every difference of every table,
// unless a partition of the as_of can be attached to each, or each can be made. Of a
// table whose as_of is stamped already only the columns count: a hash of content does
// not tell how its columns are called. It returns the layouts whose table has to be made.
func checkTables(ctx context.Context, q postgres.Querier, layouts []layout.Layout, asOf time.Time, stamped map[string]store.Entry) (missing []layout.Layout, err error) {
	differs := problem.New(problem.SnapshotTableDiffers, "")
	for _, l := range layouts {
		f, err := inspect(ctx, q, l, asOf)
		if err != nil {
			return nil, err
		}
		e, settled := stamped[l.Snapshot]
		wrong := differences(l, f)
		switch {
		case settled && f != nil:
			wrong = columnDifferences(settledLayout(l, e, f), f.plain())
		case f == nil:
			missing = append(missing, l)
			if wrong, err = creatable(ctx, q, l); err != nil {
				return nil, err
			}
		}
		for _, w := range wrong {
			differs = differs.Violate(l.Table.String(), "%s", w)
		}
	}
	if len(differs.Violations) == 0 {
		return missing, nil
	}
	said := make([]string, len(differs.Violations))
	for i, v := range differs.Violations {
		said[i] = v.Subject + ": " + v.Description
	}
	differs.Message = "snapshots cannot be stamped into the tables that are there: " + strings.Join(said, "; ") +
		"; mend that, or rename the snapshot in the dataset, or move the existing table out of the way"
	return nil, differs
}

// settledLayout is the layout that the table of a stamped as_of must have: the columns
// that it was stamped with. Those that the dataset has got since may be there or not.
func settledLayout(l layout.Layout, e store.Entry, f *found) layout.Layout {
	columns := slices.Clone(e.Columns)
	for _, name := range l.Without(e.Columns) {
		if slices.Contains(f.columns, name) {
			columns = append(columns, name)
		}
	}
	then, _ := l.Stamped(columns)
	return then
}

func creatable(ctx context.Context, q postgres.Querier, l layout.Layout) ([]string, error) {
	var may bool
	if err := q.QueryRow(ctx, creatableSQL, l.Table.Schema).Scan(&may); err != nil {
		return nil, fmt.Errorf("look at schema %s: %w", l.Table.Schema, err)
	}
	if may {
		return nil, nil
	}
	return []string{fmt.Sprintf("expected a schema %s in which the snapshot service may make tables, found none: "+
		"run `snapshotd migrate` with --data-schema %s", l.Table.Schema, l.Table.Schema)}, nil
}

var kinds = map[string]string{
	"r": "an ordinary table", "p": "a partitioned table", "v": "a view", "m": "a materialized view",
	"f": "a foreign table", "S": "a sequence", "i": "an index", "I": "an index", "c": "a type",
}

// differences says, one by one, what keeps a partition from being attached.
func differences(l layout.Layout, f *found) []string {
	if f == nil {
		return nil
	}
	if want := "LIST (" + layout.AsOf + ")"; f.partitioning != want {
		what := kinds[f.kind]
		if f.partitioning != "" {
			what = "one partitioned by " + f.partitioning
		}
		return []string{fmt.Sprintf("expected a table partitioned by %s, found %s", want, what)}
	}
	var wrong []string
	if !f.ours {
		wrong = append(wrong, fmt.Sprintf("expected a table owned by the snapshot service's role, found one of %s", f.owner))
	}
	if want := l.PrimaryKey(); !slices.Equal(f.primaryKey, want) {
		wrong = append(wrong, fmt.Sprintf("expected primary key (%s), found (%s)", strings.Join(want, ", "), strings.Join(f.primaryKey, ", ")))
	}
	wrong = append(wrong, columnDifferences(l, f)...)
	for _, r := range f.rules {
		wrong = append(wrong, ruleDifference(l, r[0], r[1], r[2]))
	}
	for _, p := range f.inTheWay {
		wrong = append(wrong, fmt.Sprintf("expected no partition in the way, found %s, which the catalog does not know", p))
	}
	return wrong
}

// ruleDifference says of a constraint or a unique index that it is too much. What is
// prepared has the primary key alone: the rows would be held to any other rule when
// they are attached, after the live tables were published.
func ruleDifference(l layout.Layout, kind, name, definition string) string {
	remove := "alter table " + l.Table.SQL() + " drop constraint " + relation.Quote(name)
	if kind == uniqueIndex {
		remove = "drop index " + relation.Relation{Schema: l.Table.Schema, Name: name}.SQL()
	}
	return fmt.Sprintf("expected no %s, found %s %s; remove it with %s", kind, name, definition, remove)
}

// plain leaves out of the types what only matters to rows that are attached: collations,
// and that values are generated.
func (f *found) plain() *found {
	p := *f
	p.types = make([]string, len(f.types))
	for i, typ := range f.types {
		p.types[i] = modifier.ReplaceAllString(typ, "")
	}
	return &p
}

// modifier is what inspect.sql adds to a type, besides not null.
var modifier = regexp.MustCompile(` collate ("([^"]|"")+"|\S+)| generated`)

func columnDifferences(l layout.Layout, f *found) []string {
	want := map[string]string{layout.AsOf: "date not null"}
	order := append([]string{layout.AsOf}, layout.Names(l.Columns())...)
	for _, c := range l.Key {
		want[c.Name] = c.Type.SQL() + " not null"
	}
	for _, c := range l.Rest {
		want[c.Name] = c.Type.SQL()
	}
	have := make(map[string]string, len(f.columns))
	var wrong []string
	for i, name := range f.columns {
		have[name] = f.types[i]
		if _, ok := want[name]; !ok {
			wrong = append(wrong, fmt.Sprintf("expected no column %s, found it as %s", name, f.types[i]))
		}
	}
	for _, name := range order {
		switch typ, ok := have[name]; {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("expected column %s %s, found none", name, want[name]))
		case typ != want[name]:
			wrong = append(wrong, fmt.Sprintf("expected column %s %s, found %s", name, want[name], typ))
		}
	}
	return wrong
}
