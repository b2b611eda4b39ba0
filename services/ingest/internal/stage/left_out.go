package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// leaveOut takes the rows out of the candidate that say of themselves that they are deleted,
// where a whole table is delivered in the place of what changed in it, and adds a notice.
// What changed is laid over another state, and is not touched.
func (d *delivery) leaveOut(ctx context.Context, conn *pgx.Conn, to relation.Relation) error {
	by := d.table.Deleted
	if d.table.Incremental || by == nil {
		return nil
	}
	tag, err := conn.Exec(ctx, statement.LeaveOut(d.table, to), pgx.QueryExecModeExec, by.Value)
	if err != nil {
		return fmt.Errorf("leave deleted rows out of %s: %w", to, err)
	}
	if d.leftOut = tag.RowsAffected(); d.leftOut == 0 {
		return nil
	}
	found := fmt.Sprintf("%s with %s = %q", prose.Count(d.leftOut, "row"), by.Column.Name, by.Value)
	f := d.find(problem.DeletesLeftOut, "rows of a whole table, or rows that are deleted, as deleted_when has it", found,
		"Nothing: the rows are in neither live nor history, as if the extract had brought what changed.")
	f.Severity, f.Column, f.Count = datasetv1.Severity_SEVERITY_INFO, by.Column.Name, d.leftOut
	f.Message = fmt.Sprintf("%s: %s, which says that the row is deleted: left out", d.table.File, found)
	return nil
}
