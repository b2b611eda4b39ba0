package console

import (
	"context"
	"fmt"
	"net/http"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (c *Console) dataset(ctx context.Context, r *http.Request) (sheet, error) {
	resp, err := c.services.Orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{
		Dataset: r.PathValue("dataset"), Version: r.URL.Query().Get("version"),
	})
	if err != nil {
		return sheet{}, err
	}
	v := resp.GetVersion()
	d := v.GetDataset()
	path := datasetPath(d.GetName())
	text, err := dataset.Marshal(d)
	return sheet{
		Heading: "Dataset", Name: d.GetName(), JSON: "/v1" + path, TextTitle: "As it is written", Text: string(text),
		Facts: []fact{
			{"Description", words(d.GetDescription())}, {"Version", code(v.GetVersion())}, {"Registered", moment(v.GetCreatedAt())},
			{"By", words(v.GetRequestedBy())}, {"Batches", entry{Text: "all", Link: path + "/batches"}},
			{"Validations", entry{Text: "all", Link: path + "/validations"}}, {"Snapshots", entry{Text: "all", Link: path + "/snapshots"}},
			{"Revisions", entry{Text: "all", Link: path + "/revisions"}}, {"Restatements", entry{Text: "all", Link: path + "/restatements"}},
			{"Gaps", entry{Text: "all", Link: path + "/gaps"}}, {"Retention", entry{Text: "every date", Link: retentionPath(d.GetName())}},
			{"Training sets", entry{Text: "all", Link: path + "/training-sets"}},
		},
		Tables: []table{declaredTables(d), declaredSnapshots(d), declaredTrainingSets(d)},
	}, err
}

func declaredTables(d *datasetv1.Dataset) table {
	t := table{ID: "tables", Title: "Tables", Head: heads("Table", "Description", "File", "Key", "#Columns", "#Expectations")}
	for _, one := range d.GetTables() {
		t.Rows = append(t.Rows, []entry{
			words(one.GetName()), words(one.GetDescription()), words(dataset.File(one)), words(joined(one.GetKey())),
			figure(fmt.Sprint(len(one.GetColumns()))), figure(fmt.Sprint(len(one.GetExpectations()))),
		})
	}
	return t
}

func declaredSnapshots(d *datasetv1.Dataset) table {
	t := table{ID: "declared-snapshots", Title: "Snapshots", Head: heads("Snapshot", "From", "Columns", "Description"), Empty: "None: no history is kept."}
	for _, s := range d.GetSnapshots() {
		columns := "all"
		if len(s.GetColumns()) > 0 {
			columns = joined(s.GetColumns())
		}
		t.Rows = append(t.Rows, []entry{words(s.GetName()), words(s.GetFrom()), words(columns), words(s.GetDescription())})
	}
	return t
}

func declaredTrainingSets(d *datasetv1.Dataset) table {
	t := table{ID: "declared-training-sets", Title: "Training sets", Head: heads("Training set", "Description", "Entities", "#Features", "Label"), Empty: "None."}
	for _, s := range d.GetTrainingSets() {
		t.Rows = append(t.Rows, []entry{
			words(s.GetName()), words(s.GetDescription()), words(s.GetEntities().GetSnapshot()), figure(fmt.Sprint(len(s.GetFeatures()))), words(s.GetLabel().GetColumn()),
		})
	}
	return t
}
