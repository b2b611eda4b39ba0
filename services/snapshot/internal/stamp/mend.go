package stamp

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// mendSQL finds the constraint or index of a name on a table, or the one that it comes
// from where it was made for a partition.
//
//go:embed mend.sql
var mendSQL string

// mended adds to the error of a table that refuses a row the statement that takes away
// what refuses it. Any other error stays as it is.
func (s *Stamper) mended(ctx context.Context, o Order, err error) error {
	var pg *pgconn.PgError
	if !problem.Is(err, problem.SnapshotTableDiffers) || !errors.As(err, &pg) || pg.ConstraintName == "" {
		return err
	}
	var kind string
	var name string
	var on relation.Relation
	row := s.pool.QueryRow(ctx, mendSQL, pgx.QueryExecModeExec, pg.SchemaName, pg.TableName, pg.ConstraintName)
	switch found := row.Scan(&kind, &on.Schema, &on.Name, &name); {
	case errors.Is(found, pgx.ErrNoRows):
		return err
	case found != nil:
		return fmt.Errorf("look for %s, for which %w: %w", pg.ConstraintName, err, found)
	}
	sql := "alter table " + on.SQL() + " drop constraint " + relation.Quote(name)
	if kind == "index" {
		sql = "drop index " + relation.Relation{Schema: on.Schema, Name: name}.SQL()
	}
	before, detail := problem.FromError(err), pg.Detail // which has the values of a row
	if slices.ContainsFunc(o.Layouts, func(l layout.Layout) bool { return len(l.Personal) > 0 }) {
		detail = "(its values are hidden)"
	}
	return problem.Wrap(err, problem.SnapshotTableDiffers, "%s; to take it away: %s; nothing was written", before.Message, sql).
		With("dataset", before.Metadata["dataset"]).With("as_of", before.Metadata["as_of"]).
		Violate(on.String(), "%s %s; to take it away: %s", pg.Message, detail, sql)
}
