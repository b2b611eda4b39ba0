package compile

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/relation"
)

// alias of the candidate in every statement.
const alias = "s"

// predicate writes the condition that is true of the rows that break a rule, and
// not true of rows without a value. It binds its values to the statement at hand,
// because the same condition counts rows in one statement and fetches them in another.
type predicate func(*binder) string

// typedColumn is a column of the candidate, quoted, with its type.
type typedColumn struct {
	name string
	sql  string
	kind dataset.ColumnType
}

// isNull is the only condition that holds for a row without a value.
func isNull(c typedColumn) predicate {
	return func(*binder) string { return c.sql + " is null" }
}

// outside is true of values beyond the bounds. Text is compared by code points,
// in any locale of the database.
func outside(c typedColumn, a expectation.Args) predicate {
	return func(b *binder) string {
		value := c.sql
		if c.kind.IsText() {
			value += ` collate "C"`
		}
		var broken []string
		if a.MinValue != nil {
			broken = append(broken, value+operator(" < ", " <= ", a.StrictMin)+b.value(*a.MinValue, c.kind))
		}
		// PostgreSQL orders NaN after every number, so that an upper bound excludes it;
		// without one it is excluded by name: what is not a number is not at least one.
		if a.MaxValue != nil {
			broken = append(broken, value+operator(" > ", " >= ", a.StrictMax)+b.value(*a.MaxValue, c.kind))
		} else if c.kind.HoldsNaN() {
			broken = append(broken, value+" = 'NaN'")
		}
		return strings.Join(broken, " or ")
	}
}

func operator(loose, strict string, isStrict bool) string {
	if isStrict {
		return strict
	}
	return loose
}

// notInSet compares as the column's type does: 1 and 1.0 are the same number.
func notInSet(c typedColumn, values []expectation.Value) predicate {
	return func(b *binder) string { return c.sql + " <> all(" + b.set(values, c.kind) + ")" }
}

// repeated is true of every row whose value stands on two rows or more.
func repeated(c typedColumn, candidate relation.Relation) predicate {
	return func(*binder) string {
		inner := relation.Join("r.", []string{c.name}, "")
		return fmt.Sprintf("%s in (select %s from %s as r where %s is not null group by %s having count(*) > 1)",
			c.sql, inner, candidate.SQL(), inner, inner)
	}
}

// orphaned is true of every row whose value the other table's column lacks.
func orphaned(c typedColumn, other relation.Relation, otherColumn typedColumn) predicate {
	return func(*binder) string {
		return fmt.Sprintf("%s is not null and not exists (select from %s as o where %s)",
			c.sql, other.SQL(), equal(otherColumn, c))
	}
}
