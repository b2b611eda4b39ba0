package devsuite

import (
	"context"
	"fmt"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// requester is who the built-in dataset is registered by.
const requester = "sfctl dev"

// applyBuiltin registers the built-in dataset where none is registered. One that the
// user has changed is left as it is.
func (s *Suite) applyBuiltin(ctx context.Context) error {
	conn, err := s.Dial("orchestrator")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	client := orchestratorv1.NewOrchestratorServiceClient(conn)
	have, err := client.ListDatasets(ctx, &orchestratorv1.ListDatasetsRequest{PageSize: 1})
	if err != nil {
		return fmt.Errorf("list the datasets: %w", err)
	}
	if len(have.GetVersions()) > 0 {
		return nil
	}
	_, err = client.ApplyDataset(ctx, &orchestratorv1.ApplyDatasetRequest{Dataset: builtin.Streamflow(), RequestedBy: requester})
	if problem.Is(err, problem.DatasetRefused) {
		// A database of the user's own has tables of these names: the suite is there for
		// their datasets all the same.
		s.log("dev").Warn("the built-in dataset is not registered", "reason", problem.FromError(err).Message)
		return nil
	}
	if err != nil {
		return fmt.Errorf("register the built-in dataset: %w", err)
	}
	return nil
}
