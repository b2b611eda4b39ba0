package step

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// Short names of the phases.
const (
	phaseFind   = stepv1.ErasePhase_ERASE_PHASE_FIND
	phaseCount  = stepv1.ErasePhase_ERASE_PHASE_COUNT
	phaseErase  = stepv1.ErasePhase_ERASE_PHASE_ERASE
	phaseForget = stepv1.ErasePhase_ERASE_PHASE_FORGET
)

// find has ingest and snapshot find the keys of rows that refer to those that are asked for,
// in turns until neither finds any, and then has everybody count.
func (s *Services) find(ctx context.Context, t Task) (run.Outcome, error) {
	asked, err := t.EraseKeys(ctx, t.Run.ID)
	if err != nil {
		return run.Outcome{}, err
	}
	first := &ingestv1.EraseRequest{Context: t.context(), Dataset: t.Dataset, Phase: phaseFind, Table: t.Run.EraseTable, Keys: asked}
	got, err := s.ingest.Erase(ctx, first)
	if err != nil {
		return run.Outcome{}, err
	}
	keys, all := got.GetResult().GetKeys(), got.GetResult().GetFound()
	for t.snapshots() {
		old, err := s.snapshotErase(ctx, t, phaseFind, keys)
		if err != nil {
			return run.Outcome{}, err
		}
		if old.GetFound() == 0 {
			break
		}
		now, err := s.ingestErase(ctx, t, phaseFind)
		if err != nil {
			return run.Outcome{}, err
		}
		all += old.GetFound() + now.GetFound()
		if now.GetFound() == 0 {
			break
		}
	}
	e, err := s.everywhere(ctx, t, phaseCount, keys)
	if err != nil {
		return run.Outcome{}, err
	}
	line := prose.Count(t.Run.EraseKeys, "key") + " asked for"
	if more := all - t.Run.EraseKeys; more > 0 {
		line += fmt.Sprintf(", and %s of rows that refer to them", prose.Number(more))
	}
	return run.Outcome{Summary: line + ": " + e.line("would go"), Findings: e.findings(t), Erased: e.listed()}, nil
}

// erase takes the rows away: live first, where what keeps rows from going is found before
// anything is gone.
func (s *Services) erase(ctx context.Context, t Task) (run.Outcome, error) {
	now, err := s.ingestErase(ctx, t, phaseErase)
	if err != nil {
		return run.Outcome{}, err
	}
	e, err := s.beyondLive(ctx, t, phaseErase, now)
	if err != nil {
		return run.Outcome{}, erasedFromLive(err)
	}
	e.remember(t.Run.Erased)
	return run.Outcome{Summary: e.line("went"), Findings: append(slices.Clone(t.Run.Findings), e.passedOver(t)...), Erased: e.listed()}, nil
}

// erasedFromLive has a verdict say what is gone already.
func erasedFromLive(err error) error {
	if fault.Of(err) != fault.Verdict {
		return err
	}
	p := problem.FromError(err)
	p.Message += " (the keys are erased from live, its ledgers and the findings of batches already: once this is mended, erase them again)"
	return p
}

// everywhere does a phase in all places: history before live, so that ingest knows by then
// which keys were seen.
func (s *Services) everywhere(ctx context.Context, t Task, phase stepv1.ErasePhase, keys *stepv1.Relation) (*erased, error) {
	old := &stepv1.EraseResult{}
	var err error
	if t.snapshots() {
		if old, err = s.snapshotErase(ctx, t, phase, keys); err != nil {
			return nil, err
		}
	}
	now, err := s.ingestErase(ctx, t, phase)
	if err != nil {
		return nil, err
	}
	return s.rest(ctx, t, phase, &erased{now: now, old: old})
}

// beyondLive does a phase in all places but live.
func (s *Services) beyondLive(ctx context.Context, t Task, phase stepv1.ErasePhase, now *stepv1.EraseResult) (*erased, error) {
	e := &erased{now: now, old: &stepv1.EraseResult{}}
	if t.snapshots() {
		var err error
		if e.old, err = s.snapshotErase(ctx, t, phase, now.GetKeys()); err != nil {
			return nil, err
		}
	}
	return s.rest(ctx, t, phase, e)
}

// rest does a phase in validations and runs, and looks up where the files of batches were.
func (s *Services) rest(ctx context.Context, t Task, phase stepv1.ErasePhase, e *erased) (*erased, error) {
	judged, err := s.quality.Erase(ctx, &qualityv1.EraseRequest{Context: t.context(), Dataset: t.Dataset, Phase: phase, Keys: e.now.GetKeys()})
	if err != nil {
		return nil, err
	}
	n, err := t.EraseFromRuns(ctx, t.Run.ID, t.Dataset, relation.Of(e.now.GetKeys()), phase == phaseCount)
	if err != nil {
		return nil, err
	}
	e.rows = slices.Concat(e.now.GetRows(), e.old.GetRows(), judged.GetResult().GetRows())
	if n > 0 {
		e.rows = append(e.rows, &stepv1.ErasedRows{From: stepv1.ErasedFrom_ERASED_FROM_RUN, Rows: n})
	}
	return e, s.sources(ctx, e.rows)
}

func (s *Services) ingestErase(ctx context.Context, t Task, phase stepv1.ErasePhase) (*stepv1.EraseResult, error) {
	got, err := s.ingest.Erase(ctx, &ingestv1.EraseRequest{Context: t.context(), Dataset: t.Dataset, Phase: phase})
	return got.GetResult(), err
}

func (s *Services) snapshotErase(ctx context.Context, t Task, phase stepv1.ErasePhase, keys *stepv1.Relation) (*stepv1.EraseResult, error) {
	got, err := s.snapshot.Erase(ctx, &snapshotv1.EraseRequest{Context: t.context(), Dataset: t.Dataset, Phase: phase, Keys: keys})
	return got.GetResult(), err
}

// sources says of rows where the files were that brought them. A batch that is not known any
// more has none.
func (s *Services) sources(ctx context.Context, rows []*stepv1.ErasedRows) error {
	known := map[string]string{}
	for _, r := range rows {
		if r.GetBatch() == "" || r.GetSource() != "" {
			continue
		}
		source, ok := known[r.GetBatch()]
		if !ok {
			batch, err := s.batch(ctx, r.GetBatch())
			if err != nil && !problem.Is(err, problem.BatchNotFound) {
				return err
			}
			source = batch.GetSource()
			known[r.GetBatch()] = source
		}
		r.Source = source
	}
	return nil
}

// forget has ingest forget the keys of a run that is over.
func (s *Services) forget(ctx context.Context, t Task) error {
	_, err := s.ingestErase(ctx, t, phaseForget)
	return err
}

// erased is what an erase takes out of all places.
type erased struct {
	now, old *stepv1.EraseResult
	rows     []*stepv1.ErasedRows
}

// remember tells of what an attempt before this one took out of validations and runs, by what
// was counted: they do not record it, as ingest and snapshot do, and nothing else of the
// dataset runs in between.
func (e *erased) remember(counted []*stepv1.ErasedRows) {
	for _, from := range []stepv1.ErasedFrom{stepv1.ErasedFrom_ERASED_FROM_VALIDATION, stepv1.ErasedFrom_ERASED_FROM_RUN} {
		others := func(r *stepv1.ErasedRows) bool { return r.GetFrom() != from }
		then := slices.DeleteFunc(slices.Clone(counted), others)
		if sum(then, from) > sum(e.rows, from) {
			e.rows = append(slices.DeleteFunc(e.rows, func(r *stepv1.ErasedRows) bool { return !others(r) }), then...)
		}
	}
}

func sum(rows []*stepv1.ErasedRows, from stepv1.ErasedFrom) (n int64) {
	for _, r := range rows {
		if r.GetFrom() == from {
			n += r.GetRows()
		}
	}
	return n
}

// maxErased is how many places a run lists; what history lost stands whole in the catalog.
const maxErased = 1000

func (e *erased) listed() []*stepv1.ErasedRows {
	all := slices.Clone(e.rows)
	if len(all) > maxErased {
		slices.SortStableFunc(all, func(a, b *stepv1.ErasedRows) int { return int(b.GetRows() - a.GetRows()) })
		all = all[:maxErased]
	}
	return append([]*stepv1.ErasedRows{}, all...)
}

// line says how much goes, by what it is taken out of.
func (e *erased) line(verb string) string {
	names := []struct {
		from stepv1.ErasedFrom
		noun string
	}{
		{stepv1.ErasedFrom_ERASED_FROM_LIVE, "live"}, {stepv1.ErasedFrom_ERASED_FROM_REVISION, "revisions"},
		{stepv1.ErasedFrom_ERASED_FROM_DELTA, "kept deliveries"}, {stepv1.ErasedFrom_ERASED_FROM_LEDGER, "ledgers"},
		{stepv1.ErasedFrom_ERASED_FROM_BATCH, "findings of batches"}, {stepv1.ErasedFrom_ERASED_FROM_VALIDATION, "validations"},
		{stepv1.ErasedFrom_ERASED_FROM_RESTATEMENT, "restatements"}, {stepv1.ErasedFrom_ERASED_FROM_RUN, "runs"},
		{stepv1.ErasedFrom_ERASED_FROM_ENTITIES, "entity rows"},
	}
	var parts []string
	for _, name := range names {
		if n := sum(e.rows, name.from); n > 0 {
			parts = append(parts, fmt.Sprintf("%s of %s", prose.Number(n), name.noun))
		}
	}
	if len(parts) == 0 {
		return "no row " + verb
	}
	return "rows that " + verb + ": " + strings.Join(parts, ", ")
}
