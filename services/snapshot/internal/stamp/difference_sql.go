package stamp

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// countDifferences counts the rows that are only stamped, only delivered, and changed;
// and of the changed ones, for each column of l.Rest, those that differ in it.
func countDifferences(l layout.Layout, stamped, candidate relation.Relation) string {
	counts := make([]string, len(l.Rest))
	for i := range l.Rest {
		counts[i] = fmt.Sprintf("count(*) filter (where not gone and not added and changed[%d])", i+1)
	}
	return "select count(*) filter (where gone), count(*) filter (where added), count(*) filter (where not gone and not added), array[" +
		strings.Join(counts, ", ") + "]::bigint[]\nfrom (" + differingRows(l, stamped, candidate) + ") d"
}

// listDifferences lists the rows that differ, at most $1, in the order of the key: the
// key as text, whether the row is only stamped or only delivered, and per column
// whether it differs.
func listDifferences(l layout.Layout, stamped, candidate relation.Relation) string {
	keys, order := make([]string, len(l.Key)), make([]string, len(l.Key))
	for i, c := range l.Key {
		keys[i], order[i] = keyName(i)+"::text", keyName(i)
		if c.Type.IsText() {
			order[i] += ` collate "C"`
		}
	}
	return "select array[" + strings.Join(keys, ", ") + "], gone, added, changed\nfrom (" + differingRows(l, stamped, candidate) +
		") d\norder by " + strings.Join(order, ", ") + "\nlimit $1"
}

// keyName is what a key column is called among the rows that differ.
func keyName(i int) string { return fmt.Sprintf("k%d", i+1) }

// differingRows selects the rows that differ. What differs is told inside the join, and
// stays there: no plan passes the columns of both tables on where they are more than
// 1,664, and without offset 0 a sort would have them passed on to it.
func differingRows(l layout.Layout, stamped, candidate relation.Relation) string {
	var on, keys []string
	for i, c := range l.Key {
		then, now := "s."+relation.Quote(c.InHistory()), "c."+relation.Quote(c.Name)
		on = append(on, then+" = "+now)
		keys = append(keys, "coalesce("+then+", "+now+") as "+keyName(i))
	}
	stamps, delivers := "s."+relation.Quote(l.Key[0].InHistory())+" is null", "c."+relation.Quote(l.Key[0].Name)+" is null"
	where := delivers + " or " + stamps
	changed := make([]string, len(l.Rest))
	for i, c := range l.Rest {
		changed[i] = "s." + relation.Quote(c.InHistory()) + " is distinct from c." + relation.Quote(c.Name)
		where += " or " + changed[i]
	}
	return "select " + strings.Join(keys, ", ") + ", " + delivers + " as gone, " + stamps + " as added, array[" +
		strings.Join(changed, ", ") + "]::boolean[] as changed\nfrom " + stamped.SQL() + " s full join " + candidate.SQL() + " c on " +
		strings.Join(on, " and ") + "\nwhere " + where + "\noffset 0"
}
