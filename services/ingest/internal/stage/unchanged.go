package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/platform/postgres"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
	"github.com/streamflow/streamflow/services/ingest/internal/standing"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// sameAsPublished records a batch whose files are all those last published for its
// as_of, under the same version of the dataset, and whose rows live still holds. Sizes
// are compared first: where one differs, no file is read twice.
func (w *work) sameAsPublished(ctx context.Context) (bool, error) {
	if w.req.Force || w.req.Partial || critical(w.batch.GetFindings()) {
		return false, nil
	}
	last, err := store.LastPublished(ctx, w.Pool, w.req.Dataset.Name, w.req.AsOf)
	if err != nil || last == nil || last.GetDatasetVersion() != w.req.Version || !w.sameSizes(last) || !w.req.sameBases(last) {
		return false, err
	}
	if version, err := versionOf(ctx, w.Stager, last); err != nil || version != w.req.Version {
		return false, err
	}
	if erased, err := store.ErasedSince(ctx, w.Pool, w.req.Dataset.Name, last.GetPublishedAt().AsTime()); erased || err != nil {
		return false, err // the files may hold keys that are not there any more, which is to be said
	}
	if ok, err := w.liveStands(ctx, w.req); !ok || err != nil {
		return false, err
	}
	if ok, err := w.sameSums(ctx, last); !ok || err != nil {
		return false, err
	}
	if w.req.Supersede {
		if left, err := w.leftToWithdraw(ctx); left || err != nil {
			return false, err
		}
	}
	w.batch.SameAs, w.batch.Origin = last.GetId(), last.GetOrigin()
	if last.GetSameAs() == "" {
		w.batch.Origin = last.GetId()
	}
	for _, f := range last.GetFiles() {
		f.SameAsOf = ""
	}
	w.batch.Files = last.GetFiles()
	for _, t := range last.GetTables() {
		t.Candidate = nil
	}
	w.batch.Tables, w.batch.Overlays = last.GetTables(), last.GetOverlays()
	for _, o := range w.batch.GetOverlays() {
		o.Base = w.req.base(o.GetBase().GetTable())
	}
	for _, c := range last.GetCounts() {
		w.batch.Counts = append(w.batch.Counts, &stepv1.TableCounts{Table: c.GetTable(), Rows: c.GetRows(), Bytes: c.GetBytes()})
	}
	if err := w.sayLeftAltered(ctx); err != nil {
		return false, err
	}
	return true, w.finish(ctx)
}

// leftToWithdraw says whether live may hold rows that a correction of the as_of withdraws,
// although its files are those published last: they lacked keys that deliveries before them
// brought, and did not say that they corrected them.
func (w *work) leftToWithdraw(ctx context.Context) (bool, error) {
	watermark, err := store.Watermark(ctx, w.Pool, w.req.Dataset.Name)
	if err != nil || watermark != w.req.AsOf {
		return false, err
	}
	for _, t := range w.req.Dataset.Tables {
		last, err := store.LastDelivered(ctx, w.Pool, w.req.Dataset.Name, t.Name)
		if err != nil {
			return false, err
		}
		if last == nil || last.Absent == 0 {
			continue
		}
		brought, err := store.BroughtInto(ctx, w.Pool, w.req.Dataset.Name, t.Name)
		if err != nil {
			return false, err
		}
		if brought != nil && brought.AsOf == w.req.AsOf && brought.Extent != store.Unknown {
			return true, nil
		}
	}
	return false, nil
}

// sameSizes says whether every file is there and as long as the published one.
func (w *work) sameSizes(last *ingestv1.Batch) bool {
	if len(last.GetFiles()) != len(w.req.Dataset.Tables) {
		return false
	}
	for _, f := range last.GetFiles() {
		size, err := w.folder.Size(f.GetName())
		if err != nil || size != f.GetSizeBytes() || f.GetSha256() == "" || !w.manifestAgrees(f, last) {
			return false
		}
	}
	return true
}

// manifestAgrees says whether the manifest names this very file: a manifest that does
// not has findings, which only staging makes.
func (w *work) manifestAgrees(f *ingestv1.BatchFile, last *ingestv1.Batch) bool {
	m := w.manifest.File(f.GetName())
	if m == nil {
		return true
	}
	counts := last.GetCounts()
	rows := slices.IndexFunc(counts, func(c *stepv1.TableCounts) bool { return c.GetTable() == f.GetTable() })
	return (m.SHA256 == "" || m.SHA256 == f.GetSha256()) &&
		(m.Bytes == nil || *m.Bytes == f.GetSizeBytes()) &&
		(m.Rows == nil || rows >= 0 && *m.Rows == delivered(last, counts[rows]))
}

func (w *work) sameSums(ctx context.Context, last *ingestv1.Batch) (bool, error) {
	for _, f := range last.GetFiles() {
		w.req.Report(&stepv1.Progress{Table: f.GetTable(), Phase: "hash", BytesTotal: f.GetSizeBytes()})
		sum, size, err := w.folder.Sum(ctx, f.GetName())
		if ctx.Err() != nil {
			return false, fmt.Errorf("hash %s: %w", f.GetName(), ctx.Err())
		}
		if errors.Is(err, source.ErrMissing) || err != nil || sum != f.GetSha256() || size != f.GetSizeBytes() {
			return false, nil // staging says what is wrong
		}
	}
	return true, nil
}

// liveStands says whether the live tables hold what the batch that was published last for
// the as_of left in them: a rollback may have left live as it was. Where ingest may not even look, staging goes on, and publishing says why.
func (s *Stager) liveStands(ctx context.Context, req Request) (bool, error) {
	last, err := store.LastPublished(ctx, s.Pool, req.Dataset.Name, req.AsOf)
	if err != nil {
		return false, err
	}
	live, asOf, err := store.LiveBatch(ctx, s.Pool, req.Dataset.Name)
	if err != nil || asOf == req.AsOf && live != last.GetId() {
		return false, err
	}
	stands, err := standing.Live(ctx, s.Pool, req.Dataset, req.AsOf, standing.Closely)
	if postgres.Code(err) == insufficientPrivilege {
		return false, nil
	}
	return stands, err
}

const insufficientPrivilege = "42501"
