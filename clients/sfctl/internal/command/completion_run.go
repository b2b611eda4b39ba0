package command

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// lookedInto is how many failed runs are looked into for what --accept-from may name:
// each is a call of its own, and the one that is meant failed a moment ago.
const lookedInto = 10

// cancellable are the runs of a dataset that have not ended.
func cancellable(dataset *string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) {
		resp, err := c.orchestrator.ListRuns(ctx, &orchestratorv1.ListRunsRequest{Dataset: *dataset, PageSize: completed, States: []orchestratorv1.RunState{
			orchestratorv1.RunState_RUN_STATE_QUEUED, orchestratorv1.RunState_RUN_STATE_RUNNING,
		}})
		return names(resp.GetRuns(), (*orchestratorv1.Run).GetId), err
	}
}

// acceptedFrom are the newest failed runs of a dataset and date in which guards found
// what may be accepted; of all dates, where none is given yet.
func acceptedFrom(dataset, asOf *string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) {
		resp, err := c.orchestrator.ListRuns(ctx, &orchestratorv1.ListRunsRequest{
			Dataset: *dataset, AsOf: *asOf, PageSize: lookedInto, States: []orchestratorv1.RunState{orchestratorv1.RunState_RUN_STATE_FAILED},
		})
		if err != nil {
			return nil, err
		}
		var fit []string
		for _, run := range resp.GetRuns() {
			whole, err := c.orchestrator.GetRun(ctx, &orchestratorv1.GetRunRequest{Run: run.GetId()})
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(whole.GetRun().GetFindings(), mayBeAccepted) {
				fit = append(fit, run.GetId())
			}
		}
		return fit, nil
	}
}

func mayBeAccepted(f *stepv1.Finding) bool { return problem.Acceptable(problem.Reason(f.GetReason())) }

// completeAccept completes REASON, and behind its colon the tables of the dataset.
func (a *app) completeAccept(dataset *string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		reason, _, colon := strings.Cut(begun, ":")
		if !colon {
			return problem.AcceptableReasons(), cobra.ShellCompDirectiveNoFileComp
		}
		return a.complete(func(ctx context.Context, c *clients) ([]string, error) {
			resp, err := c.orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{Dataset: *dataset})
			return names(resp.GetVersion().GetDataset().GetTables(), func(t *datasetv1.Table) string { return reason + ":" + t.GetName() }), err
		})(cmd, args, begun)
	}
}

// shells makes `sfctl completion foo` an error that names the shells, where cobra shows
// its help with exit code 0. The scripts go to where the root writes by now.
func shells(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Args = aVerb
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}
