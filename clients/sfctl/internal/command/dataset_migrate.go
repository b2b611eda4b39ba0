package command

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) datasetMigrate() *cobra.Command {
	req := &orchestratorv1.MigrateDatasetRequest{}
	yes := false
	cmd := &cobra.Command{
		Use:   "migrate NAME",
		Short: "Change types of tables that PostgreSQL has to rewrite for it",
		Long: `Change types of live and snapshot tables to what the current version of a dataset
declares, where PostgreSQL has to rewrite the table for it (integer to bigint, another
scale). No run does that: while a table is rewritten nobody can read it, and a REPEATABLE
READ reader that began before finds it empty afterwards. Everything else that a dataset
gains is carried out by its next run.

Without --yes it only says what would be done, and about how long each table is locked.
It is refused while a run of the dataset is under way, or something that only you can
mend is in the way in one of its tables: nothing is rewritten then. What is done is done table
by table, and the command may be given again.`,
		Example: `  sfctl dataset migrate streamflow
  sfctl dataset migrate streamflow --yes`,
		Args: oneArg("NAME"),
	}
	cmd.ValidArgsFunction = a.completeArg(datasetNames)
	cmd.Flags().BoolVar(&yes, "yes", false, "do it, instead of saying what would be done")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		req.Dataset, req.LookOnly, req.Confirm, req.RequestedBy = args[0], !yes, yes, a.requestedBy()
		resp, err := c.orchestrator.MigrateDataset(cmd.Context(), req) // it takes as long as it takes
		if err != nil {
			return err
		}
		var names []string
		for _, t := range resp.GetAltered() {
			names = append(names, t.GetName())
		}
		return a.emit(resp, names, func(w io.Writer) error {
			_, err := io.WriteString(w, migrated(args[0], yes, resp))
			return err
		})
	})
	return cmd
}

// migrated says what a migration came to, or would.
func migrated(name string, done bool, resp *orchestratorv1.MigrateDatasetResponse) string {
	if len(resp.GetAltered()) == 0 {
		return fmt.Sprintf("%s: no table has to be rewritten\n", name)
	}
	var b strings.Builder
	for _, t := range resp.GetAltered() {
		table := t.GetRelation().GetSchema() + "." + t.GetRelation().GetName()
		size := prose.Number((t.GetBytes()+1<<20-1)>>20) + " MiB"
		if done {
			locked := time.Duration(t.GetLockedMs()) * time.Millisecond
			fmt.Fprintf(&b, "%s (%s): rewritten, and locked for %s: %s\n", table, size, locked, t.GetMend())
			continue
		}
		about := prose.Count(t.GetAboutMs()/time.Second.Milliseconds(), "second")
		fmt.Fprintf(&b, "%s (%s): %s; locked for about %s: %s\n", table, size, t.GetFound(), about, t.GetMend())
	}
	if !done {
		b.WriteString("Nobody can read a table while it is rewritten, and a REPEATABLE READ reader that began before finds it empty.\n" +
			"Nothing was changed; do it with: sfctl dataset migrate " + name + " --yes\n")
	}
	return b.String()
}
