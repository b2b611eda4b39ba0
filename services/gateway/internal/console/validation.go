package console

import (
	"context"
	"net/http"

	"github.com/streamflow/streamflow/platform/judged"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

func (c *Console) validation(ctx context.Context, r *http.Request) (sheet, error) {
	resp, err := c.services.Quality.GetValidation(ctx, &qualityv1.GetValidationRequest{Validation: r.PathValue("validation")})
	v := resp.GetValidation()
	view := sheet{
		Heading: "Validation", Name: v.GetId(), JSON: "/v1/validations/" + v.GetId(), Findings: v.GetFindings(), Judged: true,
		Facts: []fact{
			{"Dataset", datasetLink(v.GetDataset())}, {"as_of", words(v.GetAsOf())}, {"Batch", batchLink(v.GetBatch())}, {"Run", runLink(v.GetRun())},
			{"Held", words(held(v))}, {"Took", words(took(v.GetStartedAt(), v.GetEndedAt()))},
		},
		Tables: []table{resultTable(v)},
	}
	view.State, view.Kind = passed(v)
	return view, err
}

func resultTable(v *qualityv1.Validation) table {
	t := table{ID: "results", Title: "Expectations", Head: heads("Table", "Result", "Severity", "Expectation", "Arguments", "Observed"), Empty: "The dataset declares none."}
	for _, r := range v.GetResults() {
		e := r.GetExpectationConfig()
		t.Rows = append(t.Rows, []entry{words(r.GetTable()), marked(verdict(r)), words(label(e.GetSeverity())), code(e.GetType()),
			code(judged.Arguments(e)), words(judged.Observed(r))})
	}
	return t
}
