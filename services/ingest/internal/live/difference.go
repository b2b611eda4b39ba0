package live

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Difference is one way in which what stands differs from what is declared.
type Difference struct {
	// Found says what was expected and what was found.
	Found string
	// Mend says what to do: SQL, or a command in words where SQL alone does not help.
	Mend string
}

// String is the difference in one line.
func (d Difference) String() string { return d.Found + ": " + d.Mend }

// kinds are what else than a table may stand under a name, with the words by which SQL
// renames it.
var kinds = map[string]struct{ name, sql string }{
	"v": {"a view", "view"}, "m": {"a materialized view", "materialized view"}, "f": {"a foreign table", "foreign table"},
	"S": {"a sequence", "sequence"}, "i": {"an index", "index"}, "I": {"an index", "index"}, "c": {"a type", "type"},
}

// differences says how the table differs from its declaration; nothing where there is
// no table and one can be made, or it agrees. The order of columns does not count.
// openSchema says how the schema of a name is opened to the service.
func (l *Table) differences(t *declared.Table, openSchema func(schema string) string) []Difference {
	switch {
	case l.closed == schemaMissing:
		return []Difference{{"expected the schema to be there, found none", openSchema(t.Live.Schema)}}
	case l.closed == schemaClosed:
		return []Difference{{fmt.Sprintf("expected %s to be allowed to create tables in the schema, found that it is not", l.role),
			openSchema(t.Live.Schema)}}
	case !l.Exists:
		return nil
	case !l.isTable():
		k := kinds[l.kind]
		return []Difference{{"expected a table, found " + k.name,
			fmt.Sprintf("alter %s %s rename to %s", k.sql, t.Live.SQL(), relation.Quote(spare(t.Live.Name)))}}
	}
	out := l.columnDifferences(t)
	key := slices.Sorted(slices.Values(t.Key))
	if !slices.ContainsFunc(l.keys, func(k []string) bool { return slices.Equal(k, key) }) {
		out = append(out, Difference{
			fmt.Sprintf("expected a primary key or unique index on (%s), found none", strings.Join(t.Key, ", ")),
			fmt.Sprintf("create unique index on %s (%s)", t.Live.SQL(), relation.QuoteAll(t.Key)),
		})
	}
	return out
}

// spare is a name that what is in the way may be given.
func spare(name string) string {
	const suffix = "_before"
	return name[:min(len(name), relation.MaxName-len(suffix))] + suffix
}

func (l *Table) columnDifferences(t *declared.Table) []Difference {
	var out []Difference
	alter := "alter table " + t.Live.SQL() + " "
	for _, c := range t.Columns {
		i := slices.Index(l.columns, c.Name)
		name := relation.Quote(c.Name)
		switch {
		case i < 0:
			out = append(out, Difference{fmt.Sprintf("expected a column %s %s, found none", c.Name, c.Type.SQL()),
				alter + "add column " + name + " " + c.Type.SQL()})
		case l.types[i] != c.Type.SQL():
			out = append(out, Difference{fmt.Sprintf("expected column %s to be %s, found %s", c.Name, c.Type.SQL(), l.types[i]),
				fmt.Sprintf("%salter column %s type %s using %s::%s", alter, name, c.Type.SQL(), name, c.Type.SQL())})
		case l.computed[i] != "":
			out = append(out, Difference{fmt.Sprintf("expected column %s to take values, found it generated always", c.Name),
				alter + "alter column " + name + " drop " + l.computed[i]})
		case l.blurred[i] != "":
			out = append(out, Difference{fmt.Sprintf("expected a column that tells values apart, found %s collate %s, which is nondeterministic, so that rows that differ are taken for the same", c.Name, l.blurred[i]),
				fmt.Sprintf(`%salter column %s type %s collate "default"`, alter, name, c.Type.SQL())})
		}
	}
	for _, name := range l.columns {
		if _, declares := t.Column(name); !declares {
			out = append(out, Difference{fmt.Sprintf("found a column %s that the dataset does not declare", name),
				"declare it, or drop it with its values: " + alter + "drop column " + relation.Quote(name)})
		}
	}
	return out
}

// privileges says which of the privileges that publishing needs the role lacks. Rows
// are deleted only where the dataset says so, and a foreign key is made only with a
// table that refers to this one.
func (l *Table) privileges(t *declared.Table, parent bool) []Difference {
	lacking := slices.DeleteFunc(slices.Clone(l.lacking), func(p string) bool {
		return p == "delete" && !t.Deletes || p == "references" && !parent
	})
	if len(lacking) == 0 {
		return nil
	}
	all := strings.Join(lacking, ", ")
	return []Difference{{
		Found: fmt.Sprintf("expected %s to have the privileges %s, found that it has not", l.role, all),
		Mend:  fmt.Sprintf("grant %s on %s to %s", all, t.Live.SQL(), relation.Quote(l.role)),
	}}
}
