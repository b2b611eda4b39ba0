package command

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotRestore() *cobra.Command {
	req := &snapshotv1.RestoreRequest{}
	var knownAt string
	cmd := &cobra.Command{
		Use:   "restore",
		Short: "Write the tables of a date, as they were, into a schema of their own",
		Long: `Write the tables of a date as they were, put together from its snapshots, into a schema of
their own: keys and references included, and with --known-at as they were known at a
moment, before later corrections. Live and history stay as they are.

The schema is made; one that is there has to be empty. Columns that no snapshot carries,
and tables without a snapshot, are left out and named.`,
		Example: `  sfctl snapshot restore --as-of 2024-01-31 --into january
  sfctl snapshot restore --as-of 2024-01-31 --known-at 2024-02-10T00:00:00Z --into january_before`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	a.requiredAsOfFlag(cmd, &req.AsOf, &req.Dataset)
	cmd.Flags().StringVar(&knownAt, "known-at", "", "as it was known at this moment, as 2024-02-01T00:00:00Z; default: now")
	cmd.Flags().StringVar(&req.Into, "into", "", "schema to write into; it is made, or has to be empty")
	_ = cmd.RegisterFlagCompletionFunc("into", cobra.NoFileCompletions)
	_ = cmd.MarkFlagRequired("into")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := checkAsOf("--as-of", req.GetAsOf()); err != nil {
			return err
		}
		at, err := moment("--known-at", knownAt)
		if err != nil {
			return exit.BadUsage(err)
		}
		req.KnownAt, req.RequestedBy = at, a.requestedBy()
		resp, err := c.snapshot.Restore(cmd.Context(), req) // it takes as long as there are rows
		if err != nil {
			return err
		}
		tables := names(resp.GetTables(), func(t *snapshotv1.RestoredTable) string {
			return t.GetRelation().GetSchema() + "." + t.GetRelation().GetName()
		})
		return a.emit(resp, tables, func(w io.Writer) error { return a.restored(w, resp, knownAt != "") })
	})
	return cmd
}

// requiredAsOfFlag adds an --as-of that a command cannot do without.
func (a *app) requiredAsOfFlag(cmd *cobra.Command, asOf, dataset *string) {
	cmd.Flags().StringVar(asOf, "as-of", "", "the date, YYYY-MM-DD")
	a.completeFlag(cmd, "as-of", asOfDates(dataset))
	_ = cmd.MarkFlagRequired("as-of")
}

// moment reads a flag that holds one; nil where it is not given.
func moment(flag, text string) (*timestamppb.Timestamp, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // none
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("%s: expected a moment as 2024-02-01T00:00:00Z, found %q", flag, text)
	}
	return timestamppb.New(at), nil
}

// restored is what a restore wrote, and what it could not; then says that it is of a moment.
func (a *app) restored(w io.Writer, resp *snapshotv1.RestoreResponse, then bool) error {
	g := a.grid(printer.Text("TABLE"), printer.Number("ROWS"), printer.Text("FROM"), printer.Text("REFERENCES").InWide())
	var notes []string
	for _, t := range resp.GetTables() {
		var from []string
		for _, r := range t.GetRevisions() {
			from = append(from, fmt.Sprintf("%s revision %d", r.GetSnapshot(), r.GetRevision()))
		}
		g.Row(t.GetRelation().GetSchema()+"."+t.GetRelation().GetName(), prose.Number(t.GetRows()), strings.Join(from, ", "),
			strings.Join(t.GetReferences(), ", "))
		if len(t.GetLacks()) > 0 {
			notes = append(notes, t.GetTable()+" is without "+strings.Join(t.GetLacks(), ", ")+", which no snapshot carries")
		}
		for _, left := range t.GetLeftOut() {
			notes = append(notes, t.GetTable()+" is without the reference "+left)
		}
	}
	none := "no snapshot of it is stamped"
	if then {
		none = "nothing of it was known then; snapshot revisions shows since when it is"
	}
	for _, table := range resp.GetWithout() {
		notes = append(notes, table+" is not restored: "+none)
	}
	if left := resp.GetLeftBehind(); len(left) > 0 {
		notes = append(notes, "the tables are of two deliveries: "+strings.Join(left, ", ")+
			" was left as it was when the others got another content; deliver the date again as a whole, with run start --supersede, to have it of one")
	}
	if err := g.Write(w); err != nil {
		return err
	}
	for _, n := range notes {
		if _, err := fmt.Fprintln(w, n); err != nil {
			return err
		}
	}
	return nil
}
