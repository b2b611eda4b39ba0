package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/erasing"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/redact"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// EraseFromRuns takes the keys that a run erases out of what was found in, and said of, the
// runs of its dataset that have ended, or only counts what there is. keys is where ingest has
// them. Done twice it does nothing more.
func (s *Store) EraseFromRuns(ctx context.Context, id string, d *datasetv1.Dataset, keys relation.Relation, look bool) (n int64, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tables := personal.Tables(d, dataset.Personal(d))
		all, err := erasing.Keys{In: keys, Run: id, Dataset: d.GetName()}.
			All(ctx, tx, func(table string, key []string) [][]string { return s.Keys.Forms(tables[table], key) }, s.Keys.Opener(d.GetName()))
		if err != nil {
			return err
		}
		for _, t := range d.GetTables() {
			for _, r := range t.GetReferences() {
				all.Refer(t.GetName(), r.GetTable())
			}
		}
		for _, sn := range d.GetSnapshots() {
			all.Alias(sn.GetName(), sn.GetFrom())
		}
		w := redaction{tx, d.GetName(), all, look, 0}
		if err := w.found(ctx); err != nil {
			return err
		}
		err = w.said(ctx)
		n = w.n
		return err
	})
	return n, wrap(err, "erase from the runs of %s", d.GetName())
}

// redaction is one of them, inside its transaction.
type redaction struct {
	tx      pgx.Tx
	dataset string
	keys    *redact.Keys
	look    bool
	n       int64
}

const (
	runsWithRowsSQL = `
select id from sf_orchestrator.run
 where dataset = $1 and state not in ('QUEUED', 'RUNNING') and (findings <> '[]' or restated <> '[]') order by id`
	setFoundSQL = `update sf_orchestrator.run set findings = $2, restated = $3 where id = $1`
)

// found redacts findings, and what runs restated.
func (w *redaction) found(ctx context.Context) error {
	rows, err := w.tx.Query(ctx, runsWithRowsSQL, w.dataset)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.foundIn(ctx, id); err != nil {
			return fmt.Errorf("of %s: %w", id, err)
		}
	}
	return nil
}

func (w *redaction) foundIn(ctx context.Context, id string) error {
	var findings, restated []byte
	if err := w.tx.QueryRow(ctx, "select findings, restated from sf_orchestrator.run where id = $1", id).Scan(&findings, &restated); err != nil {
		return err
	}
	f, err := decodeList[stepv1.Finding](findings)
	if err != nil {
		return err
	}
	r, err := decodeList[stepv1.RestatedSnapshot](restated)
	if err != nil {
		return err
	}
	n := w.keys.Findings(f) + w.keys.Restated(r)
	if w.n += int64(n); n == 0 || w.look {
		return nil
	}
	if findings, err = encodeList(f); err != nil {
		return err
	}
	if restated, err = encodeList(r); err != nil {
		return err
	}
	_, err = w.tx.Exec(ctx, setFoundSQL, id, string(findings), string(restated))
	return err
}

// sentences are where a key may be quoted: what they are called, and how one is written.
var sentences = []struct{ list, set string }{
	{`select id, '', message from sf_orchestrator.run where dataset = $1 and state not in ('QUEUED', 'RUNNING') and strpos(message, '"') > 0`,
		`update sf_orchestrator.run set message = $3 where id = $1 and $2 = ''`},
	{`select s.run, s.kind, s.summary from sf_orchestrator.run_step s join sf_orchestrator.run r on r.id = s.run
       where r.dataset = $1 and r.state not in ('QUEUED', 'RUNNING') and strpos(s.summary, '"') > 0`,
		`update sf_orchestrator.run_step set summary = $3 where run = $1 and kind = $2`},
	{`select e.run, e.number::text, e.message from sf_orchestrator.run_event e join sf_orchestrator.run r on r.id = e.run
       where r.dataset = $1 and r.state not in ('QUEUED', 'RUNNING') and strpos(e.message, '"') > 0`,
		`select sf_orchestrator.erase_from_event($1, $2::text::bigint, $3)`},
}

// said redacts what sentences quote.
func (w *redaction) said(ctx context.Context) error {
	type sentence struct{ Run, Of, Text string }
	for _, s := range sentences {
		rows, err := w.tx.Query(ctx, s.list, w.dataset)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[sentence])
		if err != nil {
			return err
		}
		for _, one := range all {
			text, found := w.keys.Text("", one.Text)
			if !found {
				continue
			}
			if w.n++; w.look {
				continue
			}
			if _, err := w.tx.Exec(ctx, s.set, one.Run, one.Of, text); err != nil {
				return err
			}
		}
	}
	return nil
}
