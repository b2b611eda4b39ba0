package stage

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// linesPerKey is how many lines of one repeated key are shown.
const linesPerKey = 10

// checkLongKeys adds a finding where an index does not take the long keys. The index is
// the judge, since it compresses: one is made in earnest, of what any index of the table
// will hold, and undone.
func (d *delivery) checkLongKeys(ctx context.Context, conn *pgx.Conn, c relation.Relation) error {
	if len(d.rejects.long) == 0 {
		return nil
	}
	_, refused := conn.Exec(ctx, "savepoint sf_key; "+statement.IndexKey(d.table, c))
	if refused != nil && postgres.Code(refused) != codeTooWide {
		return fmt.Errorf("index the key of %s: %w", c, refused)
	}
	if _, err := conn.Exec(ctx, "rollback to savepoint sf_key"); err != nil {
		return fmt.Errorf("undo the index of %s: %w", c, err)
	}
	if refused != nil {
		d.reportGroups(d.rejects.long)
	}
	return nil
}

// checkKeys adds a finding where keys stand on several rows.
func (d *delivery) checkKeys(ctx context.Context, conn *pgx.Conn, c relation.Relation) error {
	var suspect bool
	err := conn.QueryRow(ctx, statement.KeysRepeat(d.table, c), pgx.QueryExecModeExec).Scan(&suspect)
	if err != nil || !suspect {
		return err
	}
	var keys, rows int64
	err = conn.QueryRow(ctx, statement.CountDuplicates(d.table, c), pgx.QueryExecModeExec).Scan(&keys, &rows)
	if err != nil {
		return fmt.Errorf("look for repeated keys in %s: %w", c, err)
	}
	if keys == 0 {
		return nil
	}
	at, err := d.repeated(ctx, conn, c)
	if err != nil {
		return err
	}
	f := d.find(problem.DuplicateKeys, fmt.Sprintf("each key (%s) once", strings.Join(d.table.Key, ", ")),
		fmt.Sprintf("%s that share %s, the first %q on %s", prose.Count(rows, "row"), prose.Count(keys, "key"),
			quotable(strings.Join(at[0].GetKey(), ", ")), at[0].GetDetail()),
		"Deliver each key once.")
	f.Count, f.Rows = rows, at
	return nil
}

// repeated lists the first rows whose key is repeated, each with all lines of the key.
func (d *delivery) repeated(ctx context.Context, conn *pgx.Conn, c relation.Relation) ([]*stepv1.RowLocation, error) {
	rows, err := conn.Query(ctx, statement.ListDuplicates(d.table, c), pgx.QueryExecModeExec, maxRows, linesPerKey)
	if err != nil {
		return nil, fmt.Errorf("list repeated keys of %s: %w", c, err)
	}
	at, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*stepv1.RowLocation, error) {
		var key []string
		var first []int64
		var line, n int64
		if err := row.Scan(&key, &line, &first, &n); err != nil {
			return nil, err
		}
		return &stepv1.RowLocation{File: d.table.File, Line: line, Key: d.shownKey(key), Detail: lines(first, n)}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list repeated keys of %s: %w", c, err)
	}
	return at, nil
}
