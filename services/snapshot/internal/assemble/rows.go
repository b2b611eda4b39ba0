package assemble

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
)

// Rows is the SQL of the table's rows: its columns under their names of now, those of
// several parts joined by key.
func (t *Table) Rows() string {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		part, stands, _ := t.find(c.Name)
		columns[i] = fmt.Sprintf("p%d.%s::%s as %s", part, relation.Quote(stands.InHistory()), c.Type.SQL(), relation.Quote(c.Name))
	}
	from := t.Parts[0].Entry.Relation.SQL() + " p0"
	for i, p := range t.Parts[1:] {
		on := make([]string, len(p.Layout.Key))
		for k, c := range p.Layout.Key {
			first := t.Parts[0].Layout.Key[k]
			on[k] = fmt.Sprintf("p%d.%s = p0.%s", i+1, relation.Quote(c.InHistory()), relation.Quote(first.InHistory()))
		}
		from += fmt.Sprintf("\n  join %s p%d on %s", p.Entry.Relation.SQL(), i+1, strings.Join(on, " and "))
	}
	return "select " + strings.Join(columns, ", ") + "\n  from " + from
}
