package publish

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// SQLSTATEs that say that a live table is not as the dataset has it, in a way that
// its columns and key do not show
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const codePrivilege = "42501" // a table of another owner

// obstacles are classes and codes of what somebody put on a live table.
var obstacles = []string{
	"23",    // a constraint
	"54000", // an index that the value is too long for
	"55000", // a publication, of a table without replica identity
	"428C9", // a column whose values are generated
	"0A000", // a rule or partition that does not allow the statement
}

func obstacle(code string) bool {
	return slices.ContainsFunc(obstacles, func(o string) bool { return strings.HasPrefix(code, o) })
}

// refused gives LIVE_TABLE_DIFFERS to an error of a live table that does not take the
// rows; any other stays as it is.
func refused(d *declared.Dataset, err error) error {
	var own *problem.Error
	var pg *pgconn.PgError
	if errors.As(err, &own) || !errors.As(err, &pg) {
		return err
	}
	if p := postgres.Problem(err); problem.Is(p, problem.LiveTableDiffers) {
		return p
	}
	switch {
	case pg.Code == codePrivilege:
		return problem.Wrap(err, problem.LiveTableDiffers,
			"%v; grant sf_ingest select, insert, update, delete and references on it, or create on its schema; nothing was written", err)
	case obstacle(pg.Code):
		p := problem.Wrap(err, problem.LiveTableDiffers,
			"a live table refuses the rows: %v; mend the rows, or what stands on the table; nothing was written", err)
		detail := pg.Detail // it has the values of a row
		if d.HasPersonal() {
			detail = "(its values are hidden)"
		}
		return p.With("constraint", pg.ConstraintName).Violate(pg.SchemaName+"."+pg.TableName, "%s %s", pg.Message, detail)
	}
	return err
}
