package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/judged"
	"github.com/streamflow/streamflow/platform/prose"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

func (a *app) validationCommand() *cobra.Command {
	return noun("validation", "Look at which expectations held", `  sfctl validation list
  sfctl validation get --last`, a.validationList(), a.validationGet())
}

func (a *app) validationList() *cobra.Command {
	req := &qualityv1.ListValidationsRequest{}
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the validations of a dataset, newest first",
		Example: `  sfctl validation list
  sfctl validation list --batch bat_01hq7d -o json`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.Flags().StringVar(&req.Batch, "batch", "", "only validations of this batch")
	a.completeFlag(cmd, "batch", newestOf(aBatch, &req.Dataset))
	a.onlyAsOfFlag(cmd, &req.AsOf, &req.Dataset)
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := checkFilter(cmd, req.GetAsOf()); err != nil {
			return err
		}
		resp := &qualityv1.ListValidationsResponse{}
		var err error
		resp.Validations, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*qualityv1.Validation, string, error) {
				req.PageSize, req.PageToken = size, token
				page, err := c.quality.ListValidations(ctx, req)
				return page.GetValidations(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetValidations()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetValidations(), (*qualityv1.Validation).GetId),
			func(w io.Writer) error { return a.validationTable(w, req.GetDataset(), resp.GetValidations()) })
	})
	return cmd
}

func (a *app) validationTable(w io.Writer, dataset string, validations []*qualityv1.Validation) error {
	if len(validations) == 0 {
		a.note("No validations of %s.", dataset)
		return nil
	}
	g := a.grid(printer.Text("VALIDATION"), printer.Text("AS_OF"), printer.Text("RESULT"), printer.Number("HELD"),
		printer.Number("FAILED"), printer.Number("SKIPPED"), printer.Number("REJECTED"), printer.Text("BATCH").InWide(), printer.Text("RUN"), printer.Number("AGE"))
	for _, v := range validations {
		s := v.GetStatistics()
		g.Row(v.GetId(), v.GetAsOf(), passed(v.GetSuccess()), count32(s.GetSuccessfulExpectations()),
			count32(s.GetUnsuccessfulExpectations()), count32(s.GetSkippedExpectations()), prose.Number(v.GetRejectedRows()), v.GetBatch(), v.GetRun(),
			printer.Age(a.proc.Now(), v.GetEndedAt()))
	}
	return g.Write(w)
}

func (a *app) validationGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get VALIDATION",
		Short: "Show every expectation of a validation, and what was observed",
		Long:  "Show every expectation of a validation, and what was observed. Any unique part of the id will do.",
		Example: `  sfctl validation get --last
  sfctl validation get val_01hq7d -o json`,
	}
	return a.shows(cmd, aValidation, func(ctx context.Context, c *clients, id string) (one, error) {
		resp, err := c.quality.GetValidation(ctx, &qualityv1.GetValidationRequest{Validation: id})
		return one{resp, resp.GetValidation().GetId(), func(w io.Writer) error { return a.validationReport(w, resp.GetValidation()) }}, err
	})
}

func (a *app) validationReport(w io.Writer, v *qualityv1.Validation) error {
	s := v.GetStatistics()
	_, err := fmt.Fprintf(w, "Validation %s %s\n%s as of %s, batch %s\n%s of %s held%s\n",
		v.GetId(), passed(v.GetSuccess()), v.GetDataset(), v.GetAsOf(), v.GetBatch(),
		count32(s.GetSuccessfulExpectations()), prose.Count(int64(s.GetEvaluatedExpectations()), "expectation"), unseen(v))
	if err != nil {
		return err
	}
	g := a.grid(printer.Text("TABLE"), printer.Text("RESULT"), printer.Text("SEVERITY"), printer.Text("EXPECTATION"),
		printer.Text("ARGUMENTS"), printer.Text("OBSERVED"))
	for _, r := range v.GetResults() {
		e := r.GetExpectationConfig()
		g.Row(r.GetTable(), judged.Verdict(r), printer.Enum(e.GetSeverity()), e.GetType(), judged.Arguments(e), judged.Observed(r))
	}
	return below(w, g)
}

// unseen says what the expectations were not judged on.
func unseen(v *qualityv1.Validation) string {
	said := ""
	if n := v.GetStatistics().GetSkippedExpectations(); n > 0 {
		said += fmt.Sprintf(", %s could not be evaluated", count32(n))
	}
	if n := v.GetRejectedRows(); n > 0 {
		said += fmt.Sprintf(", %s not seen", prose.Count(n, "rejected row"))
	}
	return said
}

func passed(success bool) string {
	if success {
		return "passed"
	}
	return "failed"
}

func count32(n int32) string { return prose.Number(int64(n)) }
