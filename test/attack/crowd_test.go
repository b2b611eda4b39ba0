package attack

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// watches are how many one client has at once (services/gateway/internal/watch).
const watches = 100

// limited gives services the bound on their heap that their containers give them.
func limited(cfg *cluster.Config) {
	for _, s := range []string{cluster.Gateway, cluster.Orchestrator} {
		cfg.Env[s] = append(cfg.Env[s], "GOMEMLIMIT=230MiB")
	}
}

// Datasets as large as a message may be, many at once, each from a client of its own
// that would take larger ones.
func TestLargeDatasetsStayWithinAPodsMemory(t *testing.T) {
	heavy(t)
	s := setup(t, limited)
	d := &datasetv1.Dataset{
		Name: "large", Description: strings.Repeat("x", 7<<20), Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{Name: "t", Key: []string{"a"}, Columns: []*datasetv1.Column{{Name: "a", Type: "text"}}}},
	}
	gateway, orchestrator := measure(t, s.PID(cluster.Gateway)), measure(t, s.PID(cluster.Orchestrator))
	var all sync.WaitGroup
	answers := make(chan error, 24)
	for range cap(answers) {
		all.Go(func() {
			conn, err := grpc.NewClient(s.Address(cluster.Gateway), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				answers <- err
				return
			}
			defer func() { _ = conn.Close() }()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err = orchestratorv1.NewOrchestratorServiceClient(conn).ApplyDataset(ctx, &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: "attack"})
			answers <- err
		})
	}
	all.Wait()

	close(answers)
	refused := 0
	for err := range answers {
		require.Error(t, err)
		if problem.Is(err, problem.DatasetInvalid) {
			require.ErrorContains(t, err, "expected a dataset of at most 2097152 bytes")
			refused++
		}
	}
	require.Positive(t, refused, "some had their turn")
	gateway.atMost(t, time.Minute, pod)
	orchestrator.atMost(t, time.Minute, pod)
	_, err := s.client.ListDatasets(t.Context(), &orchestratorv1.ListDatasetsRequest{})
	require.NoError(t, err, "and they go on")
}

// Five thousand watches of a run that waits for ingest, over one connection.
func TestThousandsOfWatchesStayWithinAPodsMemory(t *testing.T) {
	heavy(t)
	s := setup(t, limited)
	require.NoError(t, s.Kill(t.Context(), cluster.Ingest))
	t.Cleanup(func() { require.NoError(t, s.Restart(cluster.Ingest)) })
	run, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "streamflow", AsOf: "2024-01-31", Source: ground.Data + "/month_000", RequestedBy: "attack"})
	require.NoError(t, err)
	gateway, orchestrator := measure(t, s.PID(cluster.Gateway)), measure(t, s.PID(cluster.Orchestrator))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 5000 {
		all.Go(func() {
			stream, err := s.client.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: run.GetRun().GetId()})
			for err == nil {
				_, err = stream.Recv()
			}
			said := string(problem.FromError(err).Reason)
			mu.Lock()
			defer mu.Unlock()
			answers[said]++
		})
	}
	all.Wait()

	t.Log(answers)
	require.Equal(t, 5000-watches, answers[string(problem.LimitReached)], "one client may have so many")
	gateway.atMost(t, time.Minute, pod)
	orchestrator.atMost(t, time.Minute, pod)
}

// The first page of many datasets, asked for by many at once.
func TestThePageOfManyDatasetsStaysWithinAPodsMemory(t *testing.T) {
	heavy(t)
	s := setup(t, limited)
	for i := range 60 {
		_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{RequestedBy: "attack", Dataset: &datasetv1.Dataset{
			Name: fmt.Sprintf("large_%02d", i), Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
			Tables: []*datasetv1.Table{{
				Name: fmt.Sprintf("t_%02d", i), Description: strings.Repeat("x", 1<<20), Key: []string{"a"}, Columns: []*datasetv1.Column{{Name: "a", Type: "text"}},
			}},
		}})
		require.NoError(t, err)
	}
	gateway, orchestrator := measure(t, s.PID(cluster.Gateway)), measure(t, s.PID(cluster.Orchestrator))
	var all sync.WaitGroup
	statuses := make(chan int, 300)
	for range cap(statuses) {
		all.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTP()+"/", nil)
			if err != nil {
				return
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				statuses <- 0
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			statuses <- resp.StatusCode
		})
	}
	all.Wait()

	close(statuses)
	for status := range statuses {
		require.Equal(t, http.StatusOK, status)
	}
	gateway.atMost(t, 20*time.Second, pod)
	orchestrator.atMost(t, 20*time.Second, pod)
}
