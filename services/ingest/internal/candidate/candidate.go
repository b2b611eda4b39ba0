// Package candidate names, checks and drops candidates: the tables of sf_staging that
// hold a table as it would be if the batch were published.
package candidate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Name returns the relation of a table's candidate. The fence is part of it: an
// attempt that was cut off may still hold a lock on its own relation, and the next
// one must not wait for it.
func Name(batch string, fence int64, table string) relation.Relation {
	name := fmt.Sprintf("%s_f%d_%s", batch, fence, table)
	if len(name) > relation.MaxName {
		// Tables that share a beginning stay apart by a piece of their hash.
		sum := sha256.Sum256([]byte(table))
		tail := "_" + hex.EncodeToString(sum[:4])
		name = strings.ToValidUTF8(name[:relation.MaxName-len(tail)], "") + tail
	}
	return relation.Relation{Schema: store.Schema, Name: name}
}

// FormsOf stands behind a table's name in that of the table in which the forms of its
// keys are while they are compared. No table of a dataset has it in its name.
const FormsOf = "~forms"

// DeltaOf stands behind a table's name in that of the table that an incremental extract is
// copied into.
const DeltaOf = "~delta"

// Verify returns STAGING_LOST unless every candidate holds as many rows as the record
// says. A database crash empties unlogged tables. It holds for the transaction that
// q is in: what a crash takes, it takes with the transaction.
func Verify(ctx context.Context, q postgres.Querier, batch string, tables []*stepv1.DeliveredTable) error {
	var counts []string
	var want []counted
	for _, t := range tables {
		c := t.GetCandidate()
		if c != nil {
			want = append(want, c)
		}
		if d := c.GetDelta(); d != nil {
			want = append(want, d)
		}
	}
	for _, c := range want {
		counts = append(counts, "("+statement.Count(relation.Of(c.GetRelation()))+")")
	}
	if len(want) == 0 {
		return nil
	}
	var found []int64
	sql := "select array[" + strings.Join(counts, ", ") + "]"
	err := q.QueryRow(ctx, sql, pgx.QueryExecModeExec).Scan(&found)
	if postgres.IsUndefinedTable(err) {
		return lost(batch, "a relation of it is not there: %v", err)
	}
	if err != nil {
		return fmt.Errorf("count the candidates of %s: %w", batch, err)
	}
	for i, c := range want {
		if found[i] != c.GetRows() {
			return lost(batch, "%s holds %d rows, and %d were staged", relation.Of(c.GetRelation()), found[i], c.GetRows())
		}
	}
	return nil
}

// counted is a relation whose rows are recorded: a candidate, or a delta.
type counted interface {
	GetRelation() *stepv1.Relation
	GetRows() int64
}

func lost(batch, format string, args ...any) error {
	return problem.New(problem.StagingLost, "the staging of %s is lost: %s",
		batch, fmt.Sprintf(format, args...)).With("batch", batch)
}
