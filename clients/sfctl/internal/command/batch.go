package command

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/clients/sfctl/internal/report"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/wording"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func (a *app) batchCommand() *cobra.Command {
	return noun("batch", "Look at what was delivered", `  sfctl batch list
  sfctl batch get bat_01hq`, a.batchList(), a.batchGet())
}

func (a *app) batchList() *cobra.Command {
	req := &ingestv1.ListBatchesRequest{}
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the batches of a dataset, newest first",
		Example: `  sfctl batch list
  sfctl batch list --as-of 2024-01-31`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.Flags().StringVar(&req.AsOf, "as-of", "", "only batches of this date, YYYY-MM-DD")
	a.completeFlag(cmd, "as-of", asOfDates(&req.Dataset))
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := checkFilter(cmd, req.GetAsOf()); err != nil {
			return err
		}
		resp := &ingestv1.ListBatchesResponse{}
		var err error
		resp.Batches, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*ingestv1.Batch, string, error) {
				req.PageSize, req.PageToken = size, token
				page, err := c.ingest.ListBatches(ctx, req)
				return page.GetBatches(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetBatches()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetBatches(), (*ingestv1.Batch).GetId),
			func(w io.Writer) error { return a.batchTable(w, req.GetDataset(), resp.GetBatches()) })
	})
	return cmd
}

func (a *app) batchTable(w io.Writer, dataset string, batches []*ingestv1.Batch) error {
	if len(batches) == 0 {
		a.note("No batches of %s.", dataset)
		return nil
	}
	g := a.grid(printer.Text("BATCH"), printer.Text("STATE"), printer.Text("AS_OF"), printer.Number("FILES"),
		printer.Number("SIZE"), printer.Number("ROWS"), printer.Text("RUN"), printer.Number("AGE"),
		printer.Text("REQUESTED_BY").InWide(), printer.Text("SOURCE").InWide())
	for _, b := range batches {
		size, rows := int64(0), int64(0)
		for _, f := range b.GetFiles() {
			size += f.GetSizeBytes()
		}
		for _, c := range b.GetCounts() {
			rows += c.GetRows()
		}
		g.Row(b.GetId(), batchState(b), b.GetAsOf(), prose.Number(int64(len(b.GetFiles()))),
			printer.Bytes(size), prose.Number(rows), b.GetRun(), printer.Age(a.proc.Now(), b.GetCreatedAt()),
			b.GetRequestedBy(), b.GetSource())
	}
	return g.Write(w)
}

func (a *app) batchGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get BATCH",
		Short: "Show a batch: its files, counts and findings",
		Long:  "Show a batch: its files, counts and findings. Any unique part of the id will do.",
		Example: `  sfctl batch get bat_01hq7d
  sfctl batch get --last`,
	}
	a.rowsFlag(cmd)
	return a.shows(cmd, aBatch, func(ctx context.Context, c *clients, id string) (one, error) {
		resp, err := c.ingest.GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: id})
		return one{resp, resp.GetBatch().GetId(), func(w io.Writer) error { return a.batchReport(w, resp.GetBatch()) }}, err
	})
}

func (a *app) batchReport(w io.Writer, b *ingestv1.Batch) error {
	_, err := fmt.Fprintf(w, "Batch %s %s\n%s as of %s from %s\nmade by %s for %s at %s\n",
		b.GetId(), batchState(b), b.GetDataset(), b.GetAsOf(), printer.OneLine(b.GetSource()),
		b.GetRun(), printer.OneLine(b.GetRequestedBy()), printer.Moment(b.GetCreatedAt()))
	if err != nil {
		return err
	}
	if b.GetSameAs() != "" {
		if _, err := fmt.Fprintf(w, "The files are those of %s: nothing was staged.\n", b.GetSameAs()); err != nil {
			return err
		}
	}
	if err := report.Accepted(w, b.GetAccepted()); err != nil {
		return err
	}
	if err := below(w, batchFiles(b.GetFiles())); err != nil {
		return err
	}
	table := report.Staged
	if b.GetPublishedAt() != nil {
		table = report.Counts
	}
	if err := below(w, table(b.GetCounts())); err != nil {
		return err
	}
	return a.findings(w, b.GetFindings(), a.style())
}

// batchState is the state of a batch in a word.
func batchState(b *ingestv1.Batch) string {
	return cmp.Or(wording.Planned(b), printer.Enum(b.GetState()))
}

func batchFiles(files []*ingestv1.BatchFile) *printer.Grid {
	g := printer.NewGrid(printer.Text("FILE"), printer.Text("TABLE"), printer.Number("SIZE"),
		printer.Text("SHA256"), printer.Text("SAME AS"))
	for _, f := range files {
		g.Row(f.GetName(), f.GetTable(), printer.Bytes(f.GetSizeBytes()), printer.Short(f.GetSha256()), f.GetSameAsOf())
	}
	return g
}

// below writes a table below an empty line, and nothing where it has no rows.
func below(w io.Writer, g *printer.Grid) error {
	if g.Len() == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return g.Write(w)
}
