package evaluate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
)

// classData is the class of SQLSTATE codes that say of values that they cannot be
// computed with: out of range, division by zero, no text of the type. The same data
// says so again, however often it is asked.
const classData = "22"

// exception returns what PostgreSQL says where it cannot compute with the values that
// it found; nothing for any other error, and for none.
func exception(err error) string {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || !strings.HasPrefix(pg.Code, classData) {
		return ""
	}
	return fmt.Sprintf("%s (SQLSTATE %s)", pg.Message, pg.Code)
}

// veiled is what PostgreSQL said, without its words where they may have a personal value.
func veiled(err error, raised string, veil *personal.Veil) string {
	var pg *pgconn.PgError
	if !veil.Any() || !errors.As(err, &pg) {
		return raised
	}
	return fmt.Sprintf("it cannot compute with a value (SQLSTATE %s)", pg.Code)
}

// apart evaluates every check by itself, after one of them kept PostgreSQL from
// evaluating all: it is found, named, and the others are judged. That the staging
// stands is seen first, since what raises an error counts nothing.
func (e *Evaluator) apart(ctx context.Context, plan *compile.Plan, veil *personal.Veil) ([]Outcome, error) {
	if _, err := e.read(ctx, plan.Only(), veil); err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, 0, len(plan.Checks))
	for i := range plan.Checks {
		alone, err := e.read(ctx, plan.Only(i), veil)
		if raised := exception(err); raised != "" {
			outcomes = append(outcomes, Outcome{Exception: veiled(err, raised, veil)})
			continue
		}
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, alone[0])
	}
	return outcomes, nil
}
