package stamp

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// uniqueIndex is the kind of a rule that is no constraint.
const uniqueIndex = "unique index"

const creatableSQL = `select coalesce(pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(quote_ident($1))::oid, 'create'), false)`

// creatable says what keeps a table from being made; nothing if nothing does.
func creatable(ctx context.Context, q postgres.Querier, l layout.Layout, openSchema func(schema string) string) ([]relation.Difference, error) {
	var may bool
	if err := q.QueryRow(ctx, creatableSQL, l.Table.Schema).Scan(&may); err != nil {
		return nil, fmt.Errorf("look at schema %s: %w", l.Table.Schema, err)
	}
	if may {
		return nil, nil
	}
	return []relation.Difference{relation.Differs(
		fmt.Sprintf("expected a schema %s in which the snapshot service may make tables, found none", l.Table.Schema), openSchema(l.Table.Schema))}, nil
}

// kinds are what may stand under a name, with the words by which SQL renames it.
var kinds = map[string]struct{ name, sql string }{
	"r": {"an ordinary table", "table"}, "p": {"a partitioned table", "table"}, "v": {"a view", "view"},
	"m": {"a materialized view", "materialized view"}, "f": {"a foreign table", "foreign table"}, "S": {"a sequence", "sequence"},
	"i": {"an index", "index"}, "I": {"an index", "index"}, "c": {"a type", "type"},
}

// aside is the SQL that moves what stands under the name out of the way.
func aside(l layout.Layout, f *found) string {
	return fmt.Sprintf("alter %s %s rename to %s", kinds[f.kind].sql, l.Table.SQL(), relation.Quote(relation.Spare(l.Table.Name)))
}

// differences says, one by one, what keeps a partition from being attached.
func differences(l layout.Layout, f *found) []relation.Difference {
	if f == nil {
		return nil
	}
	if want := "LIST (" + layout.AsOf + ")"; f.partitioning != want {
		what := kinds[f.kind].name
		switch {
		case f.partitioning != "" && f.ours:
			what = "one partitioned by " + f.partitioning
		case f.partitioning != "":
			what = "one of another role that is partitioned otherwise"
		}
		return []relation.Difference{relation.Differs(fmt.Sprintf("expected a table partitioned by %s, found %s", want, what), aside(l, f))}
	}
	if !f.ours { // what it consists of is not told
		return []relation.Difference{relation.Differs("expected a table owned by the snapshot service's role, found one of another role",
			fmt.Sprintf("give the snapshot another name or, where it is the snapshot's history: alter table %s owner to %s", l.Table.SQL(), relation.Quote(f.role)))}
	}
	var wrong []relation.Difference
	if want := l.PrimaryKey(); !slices.Equal(f.primaryKey, want) {
		wrong = append(wrong, relation.Differs(
			fmt.Sprintf("expected primary key (%s), found (%s)", strings.Join(want, ", "), strings.Join(f.primaryKey, ", ")), aside(l, f)))
	}
	for _, r := range f.rules { // before the columns: one that is dropped takes its rules with it
		wrong = append(wrong, ruleDifference(l, r[0], r[1], r[2]))
	}
	wrong = append(wrong, columnDifferences(l, f)...)
	for _, p := range f.inTheWay {
		wrong = append(wrong, inTheWay(l, p))
	}
	if len(f.blinded) > 0 {
		wrong = append(wrong, blindDifference(l, f.blinded))
	}
	return relation.Together(wrong)
}

// blindDifference says how services see all rows that row level security hides from them.
func blindDifference(l layout.Layout, roles []string) relation.Difference {
	bypass := make([]string, len(roles))
	for i, r := range roles {
		bypass[i] = "alter role " + relation.Quote(r) + " bypassrls"
	}
	return relation.Differs(
		fmt.Sprintf("expected the services to see every row, found row level security, which hides rows from %s", strings.Join(roles, ", ")),
		fmt.Sprintf("have them pass by the policies, which go on for everybody else (a superuser does: %s), or drop them: alter table %s disable row level security",
			strings.Join(bypass, "; "), l.Table.SQL()))
}

// inTheWay says of a partition, given by its name and its bound, that it must go.
func inTheWay(l layout.Layout, partition string) relation.Difference {
	name, _, _ := strings.Cut(partition, " FOR VALUES ")
	return relation.Differs(fmt.Sprintf("expected no partition in the way, found %s, which the catalog does not know", partition),
		fmt.Sprintf("alter table %s detach partition %s", l.Table.SQL(), strings.TrimSuffix(name, " DEFAULT")))
}

// ruleDifference says of a constraint or a unique index that it is too much. What is
// prepared has the primary key alone: the rows would be held to any other rule when
// they are attached, after the live tables were published.
func ruleDifference(l layout.Layout, kind, name, definition string) relation.Difference {
	remove := "alter table " + l.Table.SQL() + " drop constraint " + relation.Quote(name)
	if kind == uniqueIndex {
		remove = "drop index " + relation.Relation{Schema: l.Table.Schema, Name: name}.SQL()
	}
	return relation.Differs(fmt.Sprintf("expected no %s, found %s %s", kind, name, definition), remove)
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

// notNull is how inspect.sql says that a column has a value in every row.
const notNull = " not null"

func columnDifferences(l layout.Layout, f *found) []relation.Difference {
	want := map[string]string{layout.AsOf: "date" + notNull}
	order := append([]string{layout.AsOf}, layout.Names(l.Columns())...)
	for _, c := range l.Key {
		want[c.Name] = c.Type.SQL() + notNull
	}
	for _, c := range l.Rest {
		want[c.Name] = c.Type.SQL()
	}
	alter := "alter table " + l.Table.SQL() + " "
	have := make(map[string]string, len(f.columns))
	wrong := renameDifferences(l, f)
	for i, name := range f.columns {
		have[name] = f.types[i]
		if _, ok := want[name]; !ok && !f.both.Renames(name) {
			wrong = append(wrong, f.undeclared(l, i))
		}
	}
	for _, name := range order {
		switch typ, ok := have[name]; {
		case !ok:
			wrong = append(wrong, relation.Difference{
				Found: fmt.Sprintf("expected column %s %s, found none", name, want[name]),
				Mend:  alter + "add column " + relation.Quote(name) + " " + want[name], Column: name, Remedy: f.remedy("", want[name]),
			})
		case f.ofOneKey(l, name) && strings.TrimSuffix(typ, notNull) == strings.TrimSuffix(want[name], notNull):
			// it is of the one key and not of the other, and the whole table goes out of the way
		case typ != want[name]:
			remedy := f.remedy(typ, want[name])
			wrong = append(wrong, relation.Difference{
				Found: fmt.Sprintf("expected column %s %s, found %s", name, want[name], typ),
				Mend:  f.instead(remedy, want[name], typ) + alter + retype(f.calledBy(remedy, name), want[name], typ), Column: name, Remedy: remedy,
			})
		}
	}
	return wrong
}

// instead says what there is to do besides the SQL of a column that is of another type: what
// is stamped would not be what was stamped.
func (f *found) instead(r relation.Remedy, want, found string) string {
	plain, bare := strings.TrimSuffix(want, notNull), modifier.ReplaceAllString(strings.TrimSuffix(found, notNull), "")
	if !f.ours || r != relation.ByPerson || plain == bare {
		return ""
	}
	return relation.KeepType
}

// keepStamped is what there is to do about a column that dates were stamped with. No SQL that
// drops it is among it: neither their hashes nor their files would fit what is left.
const keepStamped = "keep it in the snapshot (declared with optional: true, files may come without it), or give the snapshot another name, " +
	"whose history begins anew, without it; do not drop it: dates were stamped with it, and without it none of them is what was stamped"

// undeclared says of a column that the snapshot does not keep what can be done. A column
// that is to be renamed yet, since another one has its name by now, is dropped before.
func (f *found) undeclared(l layout.Layout, i int) relation.Difference {
	name := f.columns[i]
	stands := f.open.Before(name)
	d := relation.Difference{
		Found: fmt.Sprintf("expected no column %s, found it as %s", name, f.types[i]), Column: name,
		Mend: "keep it in the snapshot, or drop it with its values: alter table " + l.Table.SQL() + " drop column " + relation.Quote(stands),
	}
	if slices.Contains(f.stamped, stands) {
		d.Mend = keepStamped
	}
	if stands != name {
		d.OfName = true
		d.Found = fmt.Sprintf("expected no column %[1]s, found it as %[2]s, from which it is renamed: what history has as %[2]s is not what the dataset calls so by now", name, stands)
	}
	return d
}

// retype is what ALTER TABLE has to do to a column of one type, as inspect.sql writes
// it, that has to be another.
func retype(column, want, found string) string {
	name := relation.Quote(column)
	plain, bare := strings.TrimSuffix(want, notNull), strings.TrimSuffix(found, notNull)
	switch {
	case strings.HasSuffix(bare, " generated"):
		return fmt.Sprintf("alter column %s drop expression", name)
	case bare != plain && modifier.ReplaceAllString(bare, "") == plain:
		return fmt.Sprintf(`alter column %s type %s collate "default"`, name, plain)
	case bare != plain:
		if typeRemedy(bare, plain) == relation.ByRun {
			return fmt.Sprintf("alter column %s type %s", name, plain)
		}
		return fmt.Sprintf("alter column %s type %s using %s::%s", name, plain, name, plain)
	case strings.HasSuffix(want, notNull):
		return fmt.Sprintf("alter column %s set not null", name)
	default:
		return fmt.Sprintf("alter column %s drop not null", name)
	}
}

// calledBy is what a column is called when the remedy comes to it: a person comes before
// the run that renames it, unless the table is not the service's, which a person renames.
func (f *found) calledBy(r relation.Remedy, name string) string {
	if f.ours && r == relation.ByPerson {
		return f.open.Before(name)
	}
	return name
}

// ofOneKey says whether a column is of the key that the table has and not of the one that it
// should have, or the other way round.
func (f *found) ofOneKey(l layout.Layout, column string) bool {
	return slices.Contains(f.primaryKey, column) != slices.Contains(l.PrimaryKey(), column)
}
