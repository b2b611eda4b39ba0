package command

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/clients/sfctl/internal/report"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) runCommand() *cobra.Command {
	return noun("run", "Take a month of files through the steps, and look at how it went",
		`  sfctl run start --as-of 2024-01-31 --source ./data/month_000
  sfctl run list
  sfctl run get run_01hq`,
		a.runStart(), a.runList(), a.runGet(), a.runWatch(), a.runCancel())
}

func (a *app) runStart() *cobra.Command {
	var s start
	cmd := &cobra.Command{
		Use:   "start --as-of DATE --source DIR",
		Short: "Start a run and wait for its end",
		Long: `Start a run: stage the files, validate them, publish the live tables, stamp the
snapshots. sfctl waits and shows the progress; Ctrl-C leaves the run going.

A bare path is made absolute; it is the services' file system that counts. A URI is
sent as it is.

With --restamp no files are read: what is stale (snapshot list says so), since a date was
corrected or came late that incremental extracts were laid over, is made again from the rows
that were delivered and are kept, from --from on, one date after the other, each by a run of
its own. sfctl follows them all; one that fails ends it.`,
		Example: `  sfctl run start --as-of 2024-01-31 --source ./data/month_000
  sfctl run start --as-of 2024-02-29 --source ./data/month_001 --detach
  sfctl run start --as-of 2024-02-29 --source ./data/month_001 --fail-on warning -o json
  sfctl run start --restamp --from 2024-02-29 --reason "January was corrected"`,
		Args: noArgs,
	}
	s.flags(a, cmd)
	cmd.Flags().Bool("wait", false, "wait for the end of the run (the default)")
	detach := cmd.Flags().Bool("detach", false, "print the run's id and do not wait")
	cmd.MarkFlagsMutuallyExclusive("wait", "detach")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		run, err := a.startRun(cmd.Context(), c, s, orchestratorv1.RunMode_RUN_MODE_FULL)
		if err != nil {
			return err
		}
		return a.awaitUnless(cmd.Context(), *detach, c, run, s.wait)
	})
	return cmd
}

func (a *app) runList() *cobra.Command {
	req := &orchestratorv1.ListRunsRequest{}
	var states []string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs, newest first",
		Example: `  sfctl run list
  sfctl run list --dataset streamflow --as-of 2024-01-31
  sfctl run list --state failed,cancelled -o json`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "only runs of this dataset")
	everywhere := cmd.Flags().BoolP("all-datasets", "A", false, "runs of all datasets")
	cmd.MarkFlagsMutuallyExclusive("dataset", "all-datasets")
	cmd.Flags().StringVar(&req.AsOf, "as-of", "", "only runs of this date, YYYY-MM-DD")
	a.completeFlag(cmd, "as-of", asOfDates(&req.Dataset))
	cmd.Flags().StringSliceVar(&states, "state", nil, "only runs in these states: "+strings.Join(runStates(), ", "))
	completeWords(cmd, "state", runStates())
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := checkFilter(cmd, req.GetAsOf()); err != nil {
			return err
		}
		if *everywhere {
			req.Dataset = ""
		}
		var err error
		if req.States, err = parseStates(states); err != nil {
			return err
		}
		resp := &orchestratorv1.ListRunsResponse{}
		resp.Runs, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*orchestratorv1.Run, string, error) {
				req.PageSize, req.PageToken = size, token
				page, err := c.orchestrator.ListRuns(ctx, req)
				return page.GetRuns(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetRuns()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetRuns(), (*orchestratorv1.Run).GetId),
			func(w io.Writer) error { return a.runTable(w, req.GetDataset(), resp.GetRuns()) })
	})
	return cmd
}

func (a *app) runTable(w io.Writer, dataset string, runs []*orchestratorv1.Run) error {
	if len(runs) == 0 {
		a.noRuns(dataset)
		return nil
	}
	g := a.grid(printer.Text("RUN"), printer.Text("STATE"), printer.Text("DATASET"), printer.Text("AS_OF"), printer.Text("MODE"),
		printer.Text("REASON"), printer.Number("TOOK"), printer.Number("AGE"),
		printer.Text("REQUESTED_BY").InWide(), printer.Text("BATCH").InWide(), printer.Text("SOURCE").InWide())
	for _, r := range runs {
		g.Row(r.GetId(), printer.Enum(r.GetState()), r.GetDataset(), r.GetAsOf(), printer.Enum(r.GetMode()),
			r.GetReason(), report.RunTook(r), printer.Age(a.proc.Now(), r.GetCreatedAt()),
			r.GetRequestedBy(), r.GetBatch(), r.GetSource())
	}
	return g.Write(w)
}

// noRuns says that there are none, and what to do about it.
func (a *app) noRuns(dataset string) {
	if dataset == "" {
		a.note("No runs. Start one: sfctl run start --as-of DATE --source DIR%s", a.serverFlag(a.server))
		return
	}
	a.note("No runs of %s. Start one: sfctl run start --as-of DATE --source DIR%s; sfctl run list --all-datasets%s lists those of others.",
		dataset, a.serverFlag(a.server), a.serverFlag(a.server))
}

func (a *app) runGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get RUN",
		Short: "Show how a run went, with all its findings",
		Long:  "Show how a run went, with all its findings. Any unique part of the id will do.",
		Example: `  sfctl run get --last
  sfctl run get run_01hq7d -o json | jq .run.findings`,
	}
	a.rowsFlag(cmd)
	return a.shows(cmd, aRun, func(ctx context.Context, c *clients, id string) (one, error) {
		resp, err := c.orchestrator.GetRun(ctx, &orchestratorv1.GetRunRequest{Run: id})
		return one{resp, resp.GetRun().GetId(), func(w io.Writer) error {
			if err := a.report(ctx, w, c, report.Report{Run: resp.GetRun()}); err != nil {
				return err
			}
			return a.findings(w, resp.GetRun().GetFindings(), a.style())
		}}, err
	})
}

// getRun asks for the run that the command line names.
func getRun(ctx context.Context, c *clients, which *which, args []string) (*orchestratorv1.GetRunResponse, error) {
	id, err := which.id(ctx, c, args)
	if err != nil {
		return nil, err
	}
	return c.orchestrator.GetRun(ctx, &orchestratorv1.GetRunRequest{Run: id})
}

func (a *app) runWatch() *cobra.Command {
	var w wait
	cmd := &cobra.Command{
		Use:   "watch RUN",
		Short: "Follow a run to its end",
		Long: `Follow a run to its end, from its first event on, and end as it does: with the exit
code of its reason where it failed.`,
		Example: `  sfctl run watch run_01hq7d
  sfctl run watch run_01hq7d -o json`,
	}
	which := a.whichOf(cmd, aRun)
	a.rowsFlag(cmd)
	w.flags(cmd)
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		if err := w.check(); err != nil {
			return err
		}
		// Asked first, because this fails at once where nothing answers.
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := getRun(ctx, c, which, args)
		if err != nil {
			return err
		}
		return a.await(cmd.Context(), c, resp.GetRun().GetId(), w)
	})
	return cmd
}
