package command

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// completed is how many items a completion proposes at most, and completionLimit how
// long it asks for them: a shell that waits for Tab is worse than one that knows less.
const (
	completed       = 50
	completionLimit = 2 * time.Second
)

// lookup asks the gateway for words that may stand at a place of the command line.
type lookup func(context.Context, *clients) ([]string, error)

// complete turns a lookup into a completion. What cannot be asked proposes nothing.
func (a *app) complete(ask lookup) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		c, err := a.connect()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer c.close()
		ctx, cancel := context.WithTimeout(cmd.Context(), completionLimit)
		defer cancel()
		words, err := ask(ctx, c)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// completeArg completes the first argument of a command, and no other.
func (a *app) completeArg(ask lookup) cobra.CompletionFunc {
	first := a.complete(ask)
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return first(cmd, args, begun)
	}
}

// completeTwo completes the first two arguments of a command, and no other.
func (a *app) completeTwo(ask lookup) cobra.CompletionFunc {
	each := a.complete(ask)
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 1 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return each(cmd, args, begun)
	}
}

// completeFlag completes the values of a flag.
func (a *app) completeFlag(cmd *cobra.Command, name string, ask lookup) {
	_ = cmd.RegisterFlagCompletionFunc(name, a.complete(ask)) // fails only for a flag that is not declared
}

// completeWords completes the values of a flag by words that need no server.
func completeWords(cmd *cobra.Command, name string, words []string) {
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// newestOf are the ids of a dataset's newest things of a kind. dataset points at the
// flag, which is read by the time that the completion is asked for.
func newestOf(k kind, dataset *string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) { return k.newest(ctx, c, *dataset, completed) }
}

// datasetNames are the registered datasets.
func datasetNames(ctx context.Context, c *clients) ([]string, error) {
	resp, err := c.orchestrator.ListDatasets(ctx, &orchestratorv1.ListDatasetsRequest{PageSize: maxPage})
	return names(resp.GetVersions(), func(v *orchestratorv1.DatasetVersion) string { return v.GetDataset().GetName() }), err
}

// stampedNames are the names of the snapshots that a dataset has something stamped of.
func stampedNames(dataset *string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) {
		resp, err := c.snapshot.ListSnapshots(ctx, &snapshotv1.ListSnapshotsRequest{Dataset: *dataset, PageSize: maxPage})
		all := names(resp.GetSnapshots(), (*snapshotv1.Snapshot).GetSnapshot)
		slices.Sort(all)
		return slices.Compact(all), err
	}
}

// asOfDates are the dates that batches of a dataset describe, newest first. dataset
// points at the flag, which is read by the time that the completion is asked for.
func asOfDates(dataset *string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) {
		resp, err := c.ingest.ListBatches(ctx, &ingestv1.ListBatchesRequest{Dataset: *dataset, PageSize: maxPage})
		dates := names(resp.GetBatches(), (*ingestv1.Batch).GetAsOf)
		slices.Sort(dates)
		dates = slices.Compact(dates)
		slices.Reverse(dates)
		return dates, err
	}
}
