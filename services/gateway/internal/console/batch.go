package console

import (
	"context"
	"net/http"

	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func (c *Console) batch(ctx context.Context, r *http.Request) (sheet, error) {
	resp, err := c.services.Ingest.GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: r.PathValue("batch")})
	b := resp.GetBatch()
	view := sheet{
		Heading: "Batch", Name: b.GetId(), State: batchState(b), Kind: batchKind(b), JSON: "/v1/batches/" + b.GetId(),
		Facts: []fact{
			{"Dataset", datasetLink(b.GetDataset())}, {"as_of", words(b.GetAsOf())}, {"Source", code(b.GetSource())}, {"Run", runLink(b.GetRun())},
			{"Asked for by", words(b.GetRequestedBy())}, {"Made", moment(b.GetCreatedAt())}, {"Published", moment(b.GetPublishedAt())},
		},
		Tables: []table{fileTable(b), countTable(b)}, Findings: b.GetFindings(), Judged: true,
	}
	if b.GetSameAs() != "" {
		view.Facts = append(view.Facts, fact{"The files are those of", batchLink(b.GetSameAs())})
	}
	return view, err
}

func fileTable(b *ingestv1.Batch) table {
	t := table{ID: "files", Title: "Files", Head: heads("File", "Table", "#Bytes", "SHA-256", "Same as"), Empty: "None was read."}
	for _, f := range b.GetFiles() {
		t.Rows = append(t.Rows, []entry{
			words(f.GetName()), words(f.GetTable()), figure(prose.Number(f.GetSizeBytes())), code(short(f.GetSha256())), words(f.GetSameAsOf()),
		})
	}
	return t
}

func countTable(b *ingestv1.Batch) table {
	t := table{
		ID: "rows", Title: "Rows", Empty: "None was staged.",
		Head: heads("Table", "#Rows", "#Rejected", "#Inserted", "#Updated", "#Unchanged", "#Departed", "#Deleted"),
	}
	for _, n := range b.GetCounts() {
		row := []entry{words(n.GetTable())}
		for _, v := range []int64{n.GetRows(), n.GetRejected(), n.GetInserted(), n.GetUpdated(), n.GetUnchanged(), n.GetDeparted(), n.GetDeleted()} {
			row = append(row, figure(prose.Number(v)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
