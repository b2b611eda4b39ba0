package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// which is how a command is told one run, batch or validation: any unique part of its
// id, or --last for the newest of the dataset.
type which struct {
	kind
	dataset string
	last    bool
}

// kind is a kind of thing that has an id.
type kind struct {
	// prefix is how its ids begin, before the underscore.
	prefix string
	// noun is what one is called.
	noun string
	// missing is the reason where there is none.
	missing problem.Reason
	// newest asks for the ids of a dataset's newest.
	newest func(ctx context.Context, c *clients, dataset string, size int32) ([]string, error)
}

var (
	aRun        = kind{ident.Run, "run", problem.RunNotFound, newestRuns}
	aBatch      = kind{ident.Batch, "batch", problem.BatchNotFound, newestBatches}
	aValidation = kind{ident.Validation, "validation", problem.ValidationNotFound, newestValidations}
)

// whichOf gives a command its argument, --last and --dataset.
func (a *app) whichOf(cmd *cobra.Command, k kind) *which {
	w := &which{kind: k}
	cmd.Flags().BoolVar(&w.last, "last", false, "the newest "+k.noun+" of the dataset, instead of an id")
	a.datasetFlag(cmd, &w.dataset, "with --last, the dataset")
	cmd.Args = w.args
	cmd.ValidArgsFunction = a.completeArg(newestOf(k, &w.dataset))
	return w
}

// args wants one id or a part of it, or --last.
func (w *which) args(cmd *cobra.Command, args []string) error {
	if w.last {
		if len(args) > 0 {
			return fmt.Errorf("unexpected argument %q: --last names the %s already", args[0], w.noun)
		}
		return nil
	}
	if len(args) == 0 {
		return fmt.Errorf("%s is missing: give its id or a part of it, or --last", strings.ToUpper(w.noun))
	}
	if err := oneArg(strings.ToUpper(w.noun))(cmd, args); err != nil {
		return err
	}
	return w.check(args[0])
}

// check refuses what can be no part of an id of the kind.
func (w *which) check(id string) error {
	for _, other := range []kind{aRun, aBatch, aValidation, aTrainingSet} {
		if other.prefix != w.prefix && strings.HasPrefix(id, other.prefix+"_") {
			return fmt.Errorf("%q is the id of a %s: ids of a %s begin with %s_; sfctl %s list shows them", id, other.noun, w.noun, w.prefix, w.noun)
		}
	}
	if len(id) < ident.ShortestPart {
		return fmt.Errorf("%q is too short for a part of an id: give at least %d characters of it; sfctl %s list shows them", id, ident.ShortestPart, w.noun)
	}
	return nil
}

// id is what the command is to ask for.
func (w *which) id(ctx context.Context, c *clients, args []string) (string, error) {
	if !w.last {
		return args[0], nil
	}
	found, err := w.newest(ctx, c, w.dataset, 1)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", problem.New(w.missing, "there is no %s of dataset %s yet", w.noun, w.dataset)
	}
	return found[0], nil
}

func newestRuns(ctx context.Context, c *clients, dataset string, size int32) ([]string, error) {
	resp, err := c.orchestrator.ListRuns(ctx, &orchestratorv1.ListRunsRequest{Dataset: dataset, PageSize: size})
	return names(resp.GetRuns(), (*orchestratorv1.Run).GetId), err
}

func newestBatches(ctx context.Context, c *clients, dataset string, size int32) ([]string, error) {
	resp, err := c.ingest.ListBatches(ctx, &ingestv1.ListBatchesRequest{Dataset: dataset, PageSize: size})
	return names(resp.GetBatches(), (*ingestv1.Batch).GetId), err
}

func newestValidations(ctx context.Context, c *clients, dataset string, size int32) ([]string, error) {
	resp, err := c.quality.ListValidations(ctx, &qualityv1.ListValidationsRequest{Dataset: dataset, PageSize: size})
	return names(resp.GetValidations(), (*qualityv1.Validation).GetId), err
}

// names are what -o name writes of a list.
func names[T any](items []T, name func(T) string) []string {
	all := make([]string, 0, len(items))
	for _, item := range items {
		all = append(all, name(item))
	}
	return all
}
