package live

import (
	"fmt"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// guard is how row level security stands between a table and the service's role.
type guard string

const (
	unguarded guard = ""
	// forced: its policies hide rows from the role although it owns the table.
	forced guard = "forced"
)

// interferences are what has a table hold other rows than those that are written into it,
// or show others than those that it holds: tables that inherit from it, rules, and row
// level security.
func (l *Table) interferences(t *declared.Table) []relation.Difference {
	var out []relation.Difference
	for _, child := range l.children {
		out = append(out, relation.Differs(
			fmt.Sprintf("found that %s inherits from it, whose rows are seen in it and are none of its own", child),
			fmt.Sprintf("alter table %s no inherit %s", child, t.Live.SQL())))
	}
	for _, r := range l.rules {
		if event, name := r[0], r[1]; event != "DELETE" || t.Deletes {
			out = append(out, relation.Differs(
				fmt.Sprintf("found a rule %s, which has something else done where rows are written (on %s)", name, event),
				fmt.Sprintf("drop rule %s on %s", relation.Quote(name), t.Live.SQL())))
		}
	}
	if l.guard != unguarded {
		out = append(out, l.guarded(t))
	}
	return out
}

// guarded says how all rows are seen. A policy that shows all of them today need not do
// so tomorrow.
func (l *Table) guarded(t *declared.Table) relation.Difference {
	if l.guard == forced {
		return relation.Differs(
			fmt.Sprintf("expected %s to see every row, found that row level security is forced upon the owner", l.role),
			"alter table "+t.Live.SQL()+" no force row level security")
	}
	return relation.Differs(
		fmt.Sprintf("expected %s to see every row, found that row level security is enabled", l.role),
		fmt.Sprintf("have the role pass by the policies, which go on for everybody else (a superuser does: alter role %s bypassrls), or drop them: alter table %s disable row level security",
			relation.Quote(l.role), t.Live.SQL()))
}
