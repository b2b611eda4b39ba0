package publish

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// heldListed is how many of the keys that are held a notice lists, and mostOfKey how many
// characters it shows of a value.
const (
	heldListed = 20
	mostOfKey  = 200
)

// sayHeld adds a notice of the keys that are not withdrawn, since rows refer to them that
// stay: the child was there before the as_of, and departs.
func (w *work) sayHeld(ctx context.Context, t staged, of statement.Withdrawing, a *absence) error {
	if a.held == 0 {
		return nil
	}
	f := &stepv1.Finding{
		Reason: string(problem.WithdrawalsHeld), Severity: datasetv1.Severity_SEVERITY_INFO, Table: t.Name, File: t.File, Count: a.held,
		Message: fmt.Sprintf("not withdrawn from %s: %s that only superseded deliveries brought, to which rows refer that stay in live; departed as any other",
			t.Name, prose.Count(a.held, "key")),
		Action: "Where they are to go, deliver the rows that refer to them as they should be, or delete both by hand.",
	}
	rows, err := w.conn.Query(ctx, of.Held(), w.asking(t, of, heldListed)...)
	if err != nil {
		return fmt.Errorf("list what is held in %s: %w", t.Live, err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[[]string])
	if err != nil {
		return fmt.Errorf("list what is held in %s: %w", t.Live, err)
	}
	veil := w.Keys.Veil(w.req.Dataset.Veiled(t.Table))
	for _, k := range keys {
		k = veil.Key(k)
		for i := range k {
			k[i] = prose.Cut(k[i], mostOfKey)
		}
		f.Rows = append(f.Rows, &stepv1.RowLocation{File: t.File, Key: k, Detail: "not in the file, and referred to"})
	}
	settled, err := veil.Settle(ctx, w.conn, t.from)
	if err != nil {
		return err
	}
	settled.Message(f)
	w.found = append(w.found, f)
	return nil
}
