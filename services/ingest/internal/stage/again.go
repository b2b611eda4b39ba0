package stage

import (
	"context"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// publishedAgain says whether the files, byte for byte, are those last published for the
// as_of of the run: what they hold was judged then, and is history already.
func (w *work) publishedAgain(ctx context.Context, files []*ingestv1.BatchFile) (bool, error) {
	if w.batch.GetSameAs() != "" {
		return true, nil
	}
	last, err := store.LastPublished(ctx, w.Pool, w.req.Dataset.Name, w.req.AsOf)
	if err != nil || last == nil {
		return false, err
	}
	sums := map[string]string{}
	for _, f := range last.GetFiles() {
		sums[f.GetTable()] = f.GetSha256()
	}
	for _, f := range files {
		if f.GetSha256() == "" || sums[f.GetTable()] != f.GetSha256() {
			return false, nil
		}
	}
	return true, nil
}

// files are those of deliveries; nil for one that has none.
func files(deliveries []*delivery) []*ingestv1.BatchFile {
	all := make([]*ingestv1.BatchFile, len(deliveries))
	for i, d := range deliveries {
		all[i] = d.file
	}
	return all
}
