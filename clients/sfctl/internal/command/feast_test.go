package command_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestFeastExport(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Datasets: []*orchestratorv1.DatasetVersion{{Version: "3f2a", Dataset: builtin.Streamflow()}}})
	dir := filepath.Join(t.TempDir(), "a", "features")

	for range 2 { // what is there is replaced
		got := sfctl(at(g), "feast", "export", dir)
		require.Zero(t, got.code, got.err)
		require.Empty(t, got.out)
		require.Equal(t, dir+": 7 feature views of dataset streamflow, version 3f2a. Register them there with: feast apply\n", got.err)
	}

	text, err := os.ReadFile(filepath.Join(dir, "repository.py"))
	require.NoError(t, err)
	require.Contains(t, string(text), "service_churn = FeatureService(")
	require.FileExists(t, filepath.Join(dir, "feature_store.yaml"))
	require.Equal(t, problem.ExitUsage, sfctl(at(g), "feast", "export").code)
	require.Equal(t, problem.ExitUsage, sfctl(at(g), "feast", "export", filepath.Join(dir, "repository.py", "x")).code)
}
