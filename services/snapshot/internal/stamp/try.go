package stamp

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// standsSQL asks whether something stands on a table that may refuse or change the rows
// that are written into it.
//
//go:embed stands.sql
var standsSQL string

// errTried ends the transaction of a trial, so that nothing of it stays.
var errTried = errors.New("the differences were tried")

// try writes the differences of the revisions that are prepared as Stamp will, and takes
// them back: once live is published it is too late to find that a foreign key, an index or
// a trigger of the users' own does not let a row go or come. Where nothing stands on the
// partition but what the service put there, nothing can refuse the rows, and none is written
// twice. A table that a run has to alter first is written into by the stamp alone.
// Errors: SNAPSHOT_TABLE_DIFFERS, FENCE_LOST.
func (s *Stamper) try(ctx context.Context, o Order, restated []store.Prepared, report Report) error {
	if len(restated) == 0 {
		return nil
	}
	err := s.withLocks(ctx, o.Fence, "try "+o.Batch, nil, func(ctx context.Context, conn *pgx.Conn) error {
		all, err := verdicts(ctx, conn, o)
		if err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, fillMemory+"; "+digest.Settings); err != nil {
			return fmt.Errorf("set up the transaction: %w", err)
		}
		for _, v := range all {
			if err := tryOne(ctx, conn, o, v, report); err != nil {
				return err
			}
		}
		return errTried
	})
	if errors.Is(err, errTried) || problem.Is(err, problem.NotPrepared) { // which the stamp finds again, and has prepared anew
		return nil
	}
	return s.mended(ctx, o, err)
}

func tryOne(ctx context.Context, conn *pgx.Conn, o Order, v verdict, report Report) error {
	if !v.supersedes(o) || v.prepared.Kept == nil {
		return nil
	}
	partition := v.stamped.Partition
	var stands bool
	table := v.stamped.Table
	err := conn.QueryRow(ctx, standsSQL, pgx.QueryExecModeExec, partition.Schema, partition.Name, table.Schema, table.Name, asOfCheck).Scan(&stands)
	if err != nil {
		return fmt.Errorf("look at what stands on %s: %w", partition, err)
	}
	if !stands {
		return nil
	}
	f, err := inspect(ctx, conn, v.layout, "")
	if err != nil {
		return err
	}
	if f != nil && len(differences(v.layout, f)) > 0 || f == nil && v.sight.presence != detached {
		return nil
	}
	report(Progress{Snapshot: v.layout.Snapshot, Phase: "try", Total: v.prepared.Restated.Added + v.prepared.Restated.Removed + v.prepared.Restated.Changed})
	return writeDifferences(ctx, conn, o, v)
}
