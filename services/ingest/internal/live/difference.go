package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// kinds are what else than a table may stand under a name, with the words by which SQL
// renames it.
var kinds = map[string]struct{ name, sql string }{
	"v": {"a view", "view"}, "m": {"a materialized view", "materialized view"}, "f": {"a foreign table", "foreign table"},
	"S": {"a sequence", "sequence"}, "i": {"an index", "index"}, "I": {"an index", "index"}, "c": {"a type", "type"},
}

// differences says how the table differs from its declaration; nothing where there is
// no table and one can be made, or it agrees. The order of columns does not count.
// openSchema says how the schema of a name is opened to the service.
func (l *Table) differences(t *declared.Table, openSchema func(schema string) string) []relation.Difference {
	switch {
	case l.closed == schemaMissing:
		return []relation.Difference{relation.Differs("expected the schema to be there, found none", openSchema(t.Live.Schema))}
	case l.closed == schemaClosed:
		found := fmt.Sprintf("expected %s to be allowed to create tables in the schema, found that it is not", l.role)
		return []relation.Difference{relation.Differs(found, openSchema(t.Live.Schema))}
	case !l.Exists:
		return nil
	case !l.isTable():
		k := kinds[l.kind]
		return []relation.Difference{relation.Differs("expected a table, found "+k.name,
			fmt.Sprintf("alter %s %s rename to %s", k.sql, t.Live.SQL(), relation.Quote(relation.Spare(t.Live.Name))))}
	}
	out := l.columnDifferences(t)
	key := slices.Sorted(slices.Values(t.Key))
	if !slices.ContainsFunc(l.keys, func(k []string) bool { return slices.Equal(k, key) }) {
		out = append(out, relation.Differs(
			fmt.Sprintf("expected a primary key or unique index on (%s), found none", strings.Join(t.Key, ", ")),
			l.rekey(t),
		))
	}
	return relation.Together(append(out, l.interferences(t)...))
}

// rekey is the SQL that gives the table the declared key. In one that ingest made it takes
// the place of the key that is there, to which rows would be held as well.
func (l *Table) rekey(t *declared.Table) string {
	key := l.standing(t.Key)
	if !l.ours || len(l.primary) == 0 {
		return fmt.Sprintf("create unique index on %s (%s)", t.Live.SQL(), relation.QuoteAll(key))
	}
	sql := fmt.Sprintf("alter table %s drop constraint %s, add primary key (%s)", t.Live.SQL(), relation.Quote(l.primary[0]), relation.QuoteAll(key))
	for _, column := range l.primary[1:] {
		if !slices.Contains(key, column) {
			sql += ", alter column " + relation.Quote(column) + " drop not null"
		}
	}
	return sql
}

func (l *Table) columnDifferences(t *declared.Table) []relation.Difference {
	out := l.renameDifferences(t)
	alter := "alter table " + t.Live.SQL() + " "
	for _, c := range t.Columns {
		if found, mend := l.columnDifference(c); found != "" {
			out = append(out, relation.Difference{
				Found: found, Mend: l.instead(c) + alter + mend, Remedy: l.remedy(c), Column: c.Name,
				OfName: l.wanted.Makes(c.Name) && !slices.Contains(l.columns, c.Name),
			})
		}
	}
	for _, name := range l.columns {
		if _, declares := t.Column(name); !declares && !l.both.Renames(name) {
			out = append(out, relation.Difference{
				Found: fmt.Sprintf("found a column %s that the dataset does not declare", name),
				Mend:  "declare it, " + l.perhaps(t) + "or drop it with its values: " + alter + "drop column " + relation.Quote(name), Column: name,
			})
		}
	}
	return out
}

// instead says, of a table that ingest made, what there is to do besides the SQL: a cast
// rounds and cuts values in silence, so that it is no way to what is declared by now.
func (l *Table) instead(c declared.Column) string {
	i := slices.Index(l.columns, c.Name)
	if !l.ours || i < 0 || l.types[i] == c.Type.SQL() || l.remedy(c) != relation.ByPerson {
		return ""
	}
	return relation.KeepType
}

// standing are the names that columns have when a person comes to them: before the run that
// renames them, unless the table is the users' own, which they rename themselves.
func (l *Table) standing(names []string) []string {
	if l.ours {
		return l.open.AllBefore(names)
	}
	return names
}

// perhaps says which declared column one that stands may be, where one is missing.
func (l *Table) perhaps(t *declared.Table) string {
	if missing := l.Lacks(t); len(missing) == 1 {
		return fmt.Sprintf("or declare column %s with it as renamed_from if the two are one, ", missing[0].Name)
	}
	return ""
}

// columnDifference says how a column differs, and what ALTER TABLE has to do; nothing
// where it agrees.
func (l *Table) columnDifference(c declared.Column) (found, mend string) {
	then := c.Name
	if l.remedy(c) == relation.ByPerson {
		then = l.standing([]string{then})[0]
	}
	return l.columnDifferenceOf(c, then)
}

// columnDifferenceOf has the SQL name the column as it is called by then.
func (l *Table) columnDifferenceOf(c declared.Column, then string) (found, mend string) {
	i := slices.Index(l.columns, c.Name)
	name, typ := relation.Quote(then), c.Type.SQL()
	switch {
	case i < 0 && l.wanted.Makes(c.Name):
		return fmt.Sprintf("expected a column %s %s, or %s, from which it is renamed, found neither", c.Name, typ, l.wanted.Before(c.Name)),
			"add column " + name + " " + typ
	case i < 0:
		return fmt.Sprintf("expected a column %s %s, found none", c.Name, typ),
			"add column " + name + " " + typ
	case l.types[i] != typ && l.remedy(c) == relation.ByRun:
		return fmt.Sprintf("expected column %s to be %s, found %s", c.Name, typ, l.types[i]),
			fmt.Sprintf("alter column %s type %s", name, typ)
	case l.types[i] != typ:
		return fmt.Sprintf("expected column %s to be %s, found %s", c.Name, typ, l.types[i]),
			fmt.Sprintf("alter column %s type %s using %s::%s", name, typ, name, typ)
	case l.computed[i] != "":
		return fmt.Sprintf("expected column %s to take values, found it generated always", c.Name),
			"alter column " + name + " drop " + l.computed[i]
	case l.blurred[i] != "":
		return fmt.Sprintf("expected a column that tells values apart, found %s collate %s, which is nondeterministic, so that rows that differ are taken for the same",
				c.Name, l.blurred[i]),
			fmt.Sprintf(`alter column %s type %s collate "default"`, name, typ)
	case l.ours && c.Optional && !c.Key && l.required[i]:
		return fmt.Sprintf("expected column %s to take NULL where a file lacks it, found it NOT NULL", c.Name),
			"alter column " + name + " drop not null"
	}
	return "", ""
}
