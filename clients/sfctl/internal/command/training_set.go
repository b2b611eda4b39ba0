package command

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/wording"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

var aTrainingSet = kind{ident.Training, "training-set", problem.TrainingSetNotFound, newestTrainingSets}

func newestTrainingSets(ctx context.Context, c *clients, dataset string, size int32) ([]string, error) {
	resp, err := c.snapshot.ListTrainingSets(ctx, &snapshotv1.ListTrainingSetsRequest{Dataset: dataset, PageSize: size})
	return names(resp.GetTrainingSets(), (*snapshotv1.TrainingSet).GetId), err
}

// declaredTrainingSets are those that a dataset declares. dataset points at the flag, which
// is read by the time that the completion is asked for.
func declaredTrainingSets(dataset *string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) {
		resp, err := c.orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{Dataset: *dataset})
		return names(resp.GetVersion().GetDataset().GetTrainingSets(), (*datasetv1.TrainingSet).GetName), err
	}
}

func (a *app) trainingSetCommand() *cobra.Command {
	return noun("training-set", "Build what models are trained on, and write it", `  sfctl training-set build churn --as-of 2024-01-31
  sfctl training-set export --last -o churn.csv
  sfctl training-set verify churn.csv.manifest.json`,
		a.trainingSetBuild(), a.trainingSetList(), a.trainingSetGet(), a.trainingSetExport(), a.trainingSetVerify(), a.trainingSetRebuild(),
		a.trainingSetForget())
}

func (a *app) trainingSetList() *cobra.Command {
	req := &snapshotv1.ListTrainingSetsRequest{}
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the training sets that were built, newest first",
		Example: `  sfctl training-set list
  sfctl training-set list --name churn`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.Flags().StringVar(&req.TrainingSet, "name", "", "only those of this name")
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		resp := &snapshotv1.ListTrainingSetsResponse{}
		var err error
		resp.TrainingSets, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*snapshotv1.TrainingSet, string, error) {
				req.PageSize, req.PageToken = size, token
				page, err := c.snapshot.ListTrainingSets(ctx, req)
				return page.GetTrainingSets(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetTrainingSets()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetTrainingSets(), (*snapshotv1.TrainingSet).GetId), func(w io.Writer) error {
			if len(resp.GetTrainingSets()) == 0 {
				a.note("No training sets of %s.", req.GetDataset())
				return nil
			}
			return a.trainingSetTable(w, resp.GetTrainingSets())
		})
	})
	return cmd
}

func (a *app) trainingSetTable(w io.Writer, sets []*snapshotv1.TrainingSet) error {
	columns := []printer.Column{
		printer.Text("TRAINING_SET"), printer.Text("NAME"), printer.Text("AS_OF"), printer.Number("ROWS"), printer.Number("LABELLED"),
		printer.Text("WAIVED"), printer.Text("KNOWN_AT"), printer.Number("AGE"), printer.Text("REQUESTED_BY").InWide(), printer.Text("MANIFEST_HASH").InWide(),
	}
	someKeep := slices.ContainsFunc(sets, func(s *snapshotv1.TrainingSet) bool { return keeps(s) != "" })
	if someKeep {
		columns = append(columns, printer.Text("DATES"))
	}
	someLost := slices.ContainsFunc(sets, func(s *snapshotv1.TrainingSet) bool { return s.GetLost() != "" })
	if someLost {
		columns = append(columns, printer.Text("LOST"))
	}
	g := a.grid(columns...)
	for _, s := range sets {
		cells := []string{s.GetId(), s.GetName(), wording.Span(s.GetAsOf()), prose.Number(s.GetRows()), prose.Number(s.GetLabelled()),
			waivedOf(s), printer.Moment(s.GetKnownAt()), printer.Age(a.proc.Now(), s.GetCreatedAt()), s.GetRequestedBy(), s.GetManifestHash()}
		if someKeep {
			cells = append(cells, keeps(s))
		}
		if someLost {
			cells = append(cells, s.GetLost())
		}
		g.Row(cells...)
	}
	return g.Write(w)
}

func (a *app) trainingSetGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get TRAINING_SET",
		Short: "Show a training set: what it is made of",
		Long: `Show a training set: what it is made of, to the revision. Any unique part of the id will
do. The manifest, from which the same bytes can be made again, stands in -o json.`,
		Example: `  sfctl training-set get trn_01hq7d
  sfctl training-set get --last -o json`,
	}
	return a.shows(cmd, aTrainingSet, func(ctx context.Context, c *clients, id string) (one, error) {
		resp, err := c.snapshot.GetTrainingSet(ctx, &snapshotv1.GetTrainingSetRequest{TrainingSet: id})
		return one{resp, resp.GetTrainingSet().GetId(), func(w io.Writer) error { return a.trainingSetReport(w, resp.GetTrainingSet()) }}, err
	})
}
