package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) datasetReadmit() *cobra.Command {
	e := &erasing{req: &orchestratorv1.StartRunRequest{}}
	cmd := &cobra.Command{
		Use:   "readmit",
		Short: "Let keys that were erased be delivered again",
		Long: `Take keys back from those that were erased, because who they are of came back. Deliveries may
have them again: what the dataset declares of erased keys (erased_keys) is not done to them any
more. What was erased stays so; only what is delivered from now on, or once more, has them.

Who asked, when and why is kept, and how many keys there were; not which. For stewards and admins
of the dataset. Keys are given as to erase.`,
		Example: `  sfctl dataset readmit --table users --key u-4711 --reason "signed up again, ticket 812"
  sfctl dataset readmit --table users --keys-file - --reason "ticket 812" < keys.csv`,
		Args: noArgs,
	}
	f := cmd.Flags()
	a.datasetFlag(cmd, &e.req.Dataset, "the dataset")
	f.StringVar(&e.req.EraseTable, "table", "", "the table whose keys they are; default: the only one that refers to no other")
	f.StringArrayVar(&e.keys, "key", nil, "key of a row, as a record of CSV; may be repeated")
	f.StringVar(&e.file, "keys-file", "", "file with one key to a line, as CSV without a header; - for stdin")
	f.BoolVar(&e.noHeader, "no-header", false, "the first line of the file is a key, though it has the name of the key's column")
	f.StringVar(&e.req.Reason, "reason", "", "why; kept, so name nobody in it")
	_ = cmd.MarkFlagRequired("reason")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := e.read(a, "let in again"); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		if err := e.notAHeader(ctx, c); err != nil {
			return err
		}
		resp, err := c.ingest.ReadmitKeys(ctx, &ingestv1.ReadmitKeysRequest{
			Dataset: e.req.GetDataset(), Table: e.req.GetEraseTable(), Keys: e.req.GetEraseKeys(), Reason: e.req.GetReason(), RequestedBy: a.requestedBy(),
		})
		if err != nil {
			return err
		}
		return a.emit(resp, []string{resp.GetTable()}, func(w io.Writer) error { return readmitted(w, resp) })
	})
	return cmd
}

// readmitted says what became of the keys, which it does not name.
func readmitted(w io.Writer, resp *ingestv1.ReadmitKeysResponse) error {
	line := prose.Count(resp.GetReadmitted(), "key") + " of " + resp.GetTable() + " may be delivered again"
	if n := resp.GetNotErased(); n > 0 {
		line += "; " + prose.Count(n, "key") + " not among the erased ones:"
		for i, place := range resp.GetNotErasedPlaces() {
			if i > 0 {
				line += ","
			}
			line += fmt.Sprintf(" number %d", place)
		}
		if n > int64(len(resp.GetNotErasedPlaces())) {
			line += ", …"
		}
	}
	_, err := fmt.Fprintln(w, line)
	return err
}
