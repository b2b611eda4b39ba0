package stage

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// heldItsRows returns BASE_MOVED where a base did not hold as many rows as were stamped: what
// was laid over it lacks them too. That they are those very rows was proven by who names the
// base; their number comes with the candidate, and costs no other look at them.
func heldItsRows(base *stepv1.Base, told *ingestv1.Overlay, candidate int64) error {
	held := candidate - told.GetAdded() + told.GetDeleted()
	if held == base.GetRows() {
		return nil
	}
	return moved(base, "%s holds %d rows as of %s, and %d were stamped", relation.Of(base.GetRelation()), held, base.GetAsOf(), base.GetRows())
}

// unlike gives a reason to an error of a base that cannot be read as it was stamped, since
// somebody altered its table; any other error stays as it is.
func unlike(base *stepv1.Base, err error) error {
	from := relation.Of(base.GetRelation())
	if said, hidden := postgres.RowsHidden(err); hidden {
		return problem.New(problem.SnapshotTableDiffers, "%s stands on %s, and %s; nothing was written", base.GetTable(), named(base), said).
			With("table", from.String()).With("as_of", base.GetAsOf()).Violate(from.String(), "%s", said)
	}
	switch code := postgres.Code(err); {
	case postgres.IsUndefinedTable(err):
		return moved(base, "%s is not there", from)
	case slices.Contains(unreadable, code):
		return moved(base, "%s cannot be read: %v", from, err)
	}
	return err
}

// unreadable are the codes of a table that has not the columns, the types or the rights that
// it had.
var unreadable = []string{undefinedColumn, insufficientPrivilege, datatypeMismatch, cannotCast, undefinedFunction}

const (
	datatypeMismatch  = "42804"
	cannotCast        = "42846"
	undefinedFunction = "42883"
)

func moved(base *stepv1.Base, format string, args ...any) error {
	return problem.New(problem.BaseMoved, "%s stands on %s, which is not as it was stamped: %s; give the table back what it had, or deliver that as_of again with --restage, which writes its rows again",
		base.GetTable(), named(base), fmt.Sprintf(format, args...)).With("table", base.GetTable()).With("as_of", base.GetAsOf())
}
