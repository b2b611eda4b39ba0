package backendtest

import (
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Register has the registry answer with a small dataset, whatever is asked for.
func (s *Suite) Register(name string) *datasetv1.Dataset {
	d := &datasetv1.Dataset{
		Name: name, Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{Name: "users", Columns: []*datasetv1.Column{{Name: "id", Type: "text", Pii: true}}, Key: []string{"id"}}},
	}
	s.Reply("OrchestratorService/GetDataset", &orchestratorv1.GetDatasetResponse{Version: &orchestratorv1.DatasetVersion{Version: "3f2a", Dataset: d}})
	return d
}
