package step

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// DatasetOf is the dataset as a run takes it: where its files hold whole tables, whatever is
// declared, none of them brings only what changed.
func DatasetOf(r *run.Run, d *datasetv1.Dataset) *datasetv1.Dataset {
	if !r.FullExtract || !slices.ContainsFunc(d.GetTables(), dataset.Incremental) {
		return d
	}
	whole := proto.CloneOf(d)
	for _, t := range whole.GetTables() {
		if dataset.Incremental(t) {
			t.Extract, t.DeletedWhen = datasetv1.Extract_EXTRACT_FULL, nil
		}
	}
	return whole
}

// MarksOf are by what rows say that they are deleted, of tables that a run takes whole in the
// place of what changed in them: a file may hold such rows all the same.
func MarksOf(r *run.Run, d *datasetv1.Dataset) []*ingestv1.DeletionMark {
	if !r.FullExtract {
		return nil
	}
	var marks []*ingestv1.DeletionMark
	for _, t := range d.GetTables() {
		if when := t.GetDeletedWhen(); dataset.Incremental(t) && when != nil && dataset.Collected(t, r.AsOf) {
			marks = append(marks, &ingestv1.DeletionMark{Table: t.GetName(), When: when})
		}
	}
	return marks
}

// bases are what the incremental extracts of the run are laid over by now. A dataset without
// any has none, and snapshot is not asked.
func (s *Services) bases(ctx context.Context, t Task) ([]*stepv1.Base, error) {
	return s.askBases(ctx, t, false)
}

// provenBases are those of which snapshot read the rows a moment ago, and found them as they
// were stamped: whatever is laid over them would be as wrong as they are.
func (s *Services) provenBases(ctx context.Context, t Task) ([]*stepv1.Base, error) {
	return s.askBases(ctx, t, true)
}

func (s *Services) askBases(ctx context.Context, t Task, prove bool) ([]*stepv1.Base, error) {
	if !slices.ContainsFunc(t.Dataset.GetTables(), dataset.Incremental) {
		return nil, nil
	}
	got, err := s.snapshot.GetBase(ctx, &snapshotv1.GetBaseRequest{Dataset: t.Dataset, AsOf: t.Run.AsOf, Prove: prove})
	return got.GetBases(), err
}

// basesOf are what the candidates of a batch were laid over.
func basesOf(batch *ingestv1.Batch) []*stepv1.Base {
	var bases []*stepv1.Base
	for _, o := range batch.GetOverlays() {
		bases = append(bases, o.GetBase())
	}
	return bases
}

// overlayLine says of each incremental extract what it was laid over and what it does to it.
func overlayLine(overlays []*ingestv1.Overlay) string {
	var line strings.Builder
	for _, o := range overlays {
		b := o.GetBase()
		fmt.Fprintf(&line, "; %s: %s over %s as of %s", b.GetTable(), prose.Count(o.GetDelivered(), "row"), b.GetSnapshot(), b.GetAsOf())
		if revision := b.GetRevision(); revision > 1 {
			fmt.Fprintf(&line, " (revision %d)", revision)
		}
		var ways []string
		for _, w := range []struct {
			n    int64
			what string
		}{{o.GetAdded(), "new"}, {o.GetReplaced(), "in place of others"}, {o.GetDeleted(), "deleted"}} {
			if w.n > 0 {
				ways = append(ways, prose.Number(w.n)+" "+w.what)
			}
		}
		if len(ways) > 0 {
			line.WriteString(", " + strings.Join(ways, ", "))
		}
	}
	return line.String()
}
