package publish

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/problem"
)

// SQLSTATEs that say that a live table is not as the dataset has it, in a way that
// its columns and key do not show
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const (
	classIntegrity = "23"    // a constraint that somebody put on the table
	codePrivilege  = "42501" // a table of another owner
)

// refused gives LIVE_TABLE_DIFFERS to an error of a live table that does not take the
// rows; any other stays as it is.
func refused(err error) error {
	var own *problem.Error
	var pg *pgconn.PgError
	if errors.As(err, &own) || !errors.As(err, &pg) {
		return err
	}
	switch {
	case pg.Code == codePrivilege:
		return problem.Wrap(err, problem.LiveTableDiffers,
			"%v; grant sf_ingest select, insert, update, delete and references on it, or create on its schema; nothing was written", err)
	case strings.HasPrefix(pg.Code, classIntegrity):
		p := problem.Wrap(err, problem.LiveTableDiffers,
			"a live table refuses the rows: %v; mend the rows or the constraint; nothing was written", err)
		return p.With("constraint", pg.ConstraintName).Violate(pg.SchemaName+"."+pg.TableName, "%s %s", pg.Message, pg.Detail)
	}
	return err
}
