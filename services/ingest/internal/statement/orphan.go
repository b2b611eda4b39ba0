package statement

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Orphans lists rows whose parent is not in the parent's candidate, in the order of the
// file: the values that refer to it, the row's own key, its line, the line on which the
// parent stands where it was rejected, and how many rows there are without a parent,
// and with one that was rejected; at most $1 of either. The rejected keys are one array
// of texts for each column of the parent's key, $2 and so on, and the array of their
// lines behind them. A row with a NULL among the columns refers to nothing (MATCH
// SIMPLE, as a foreign key has it).
func Orphans(t *declared.Table, c relation.Relation, r declared.Reference, parent relation.Relation) string {
	var given strings.Builder
	for _, col := range r.Columns {
		given.WriteString("c." + relation.Quote(col) + " is not null and ")
	}
	return "select sf_refers, sf_key, sf_line, coalesce(sf_parent, 0), sf_missing, sf_rejected from (" +
		"select array[" + asText("c.", r.Columns) + "] as sf_refers, array[" + asText("c.", t.Key) + "] as sf_key, c." + LineColumn +
		", r.sf_at as sf_parent, count(*) filter (where r.sf_at is null) over () as sf_missing, count(r.sf_at) over () as sf_rejected" +
		", row_number() over (partition by r.sf_at is null order by c." + LineColumn + ") as sf_nth from " + c.SQL() +
		" c left join " + rejected(r) + " where " + given.String() +
		"not exists (select from " + parent.SQL() + " p where " + join("p.", r.Parent.Key, "c.", r.Columns) + ")" +
		") orphans where sf_nth <= $1 order by " + LineColumn
}

// rejected are the keys of the parent's rejected rows, each with its first line, and the
// condition under which a row refers to one.
func rejected(r declared.Reference) string {
	var columns, arrays, names, on []string
	for i, key := range r.Parent.Key {
		column, _ := r.Parent.Column(key)
		name := fmt.Sprintf("sf_%d", i)
		columns = append(columns, fmt.Sprintf("k.%s::%s as %s", name, column.Type.SQL(), name))
		arrays = append(arrays, fmt.Sprintf("$%d::text[]", i+2))
		names = append(names, name)
		on = append(on, "r."+name+" = c."+relation.Quote(r.Columns[i]))
	}
	arrays = append(arrays, fmt.Sprintf("$%d::bigint[]", len(r.Parent.Key)+2))
	list := strings.Join(names, ", ")
	return "(select " + list + ", min(sf_at) as sf_at from (select " + strings.Join(columns, ", ") + ", k.sf_at from unnest(" +
		strings.Join(arrays, ", ") + ") as k (" + list + ", sf_at)) k group by " + list + ") r on " + strings.Join(on, " and ")
}
