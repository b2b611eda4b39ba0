package statement

import (
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Exchanged counts the delivered rows that take values of some columns from a live row of
// another key, which gives them up in the same delivery: it gets others, or, where goes says
// so, it is not delivered and goes. s says how live stands.
func Exchanged(t *declared.Table, c relation.Relation, columns []string, s Standing, goes bool) string {
	sql := "select count(*) from " + c.SQL() + " c join " + s.live(t) + " l on " + join("l.", columns, "c.", columns) +
		" left join " + c.SQL() + " n on " + join("n.", t.Key, "l.", t.Key) +
		" where not (" + join("l.", t.Key, "c.", t.Key) + ") and "
	given := "n." + relation.Quote(t.Key[0]) + " is not null and (" + relation.Join("n.", columns, ", ") + ") is distinct from (" + relation.Join("l.", columns, ", ") + ")"
	if goes {
		return sql + "(n." + relation.Quote(t.Key[0]) + " is null or " + given + ")"
	}
	return sql + given
}
