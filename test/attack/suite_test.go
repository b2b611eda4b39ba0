// Package attack does to a running suite, bounded and on loopback, what somebody does who
// means it ill, and measures what it costs the services. Each attack is a test; what must
// happen stands in its name.
package attack

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/dataset/sample"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// ground is what all attacks stand on. They run one after another: each measures what it
// costs.
var (
	ground    *cluster.Ground
	databases int
)

func TestMain(m *testing.M) { os.Exit(start(m)) }

func start(m *testing.M) int {
	var err error
	if ground, err = cluster.NewGround("attack", sample.Options{Months: 1, Users: 50, Seed: 7}); err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		return 1
	}
	defer ground.Close()
	return m.Run()
}

// suite is five service processes on a database of their own, and a dataset.
type suite struct {
	*cluster.Cluster
	url    string
	client orchestratorv1.OrchestratorServiceClient
}

// setup starts a suite; change may be nil.
func setup(t *testing.T, change func(*cluster.Config)) *suite {
	t.Helper()
	databases++
	name := fmt.Sprintf("sf_attack_%d", databases)
	execute(t, ground.Server.URL(""), "create database "+name)
	cfg := cluster.Config{
		Bin: ground.Bin, OwnerURL: ground.Server.URL(name), Dir: t.TempDir(), SourceRoots: []string{ground.Data},
		SharedRoles: true, // of the databases of one suite after another
		Env:         map[string][]string{},
	}
	if change != nil {
		change(&cfg)
	}
	s := &suite{url: cfg.OwnerURL}
	var err error
	s.Cluster, err = cluster.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	conn, err := s.Dial(cluster.Gateway)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	s.client = orchestratorv1.NewOrchestratorServiceClient(conn)
	_, err = s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: builtin.Streamflow(), RequestedBy: "attack"})
	require.NoError(t, err)
	return s
}

// heavy is for attacks that take more than a few seconds or much memory: make attack
// makes all of them.
func heavy(t *testing.T) {
	t.Helper()
	if os.Getenv("SF_ATTACK") != "all" {
		t.Skip("make attack")
	}
}
