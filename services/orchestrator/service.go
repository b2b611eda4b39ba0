// Package orchestrator keeps the registry of datasets and takes batches through the
// steps of a run. It decides what comes next, opens no source, and touches no row of
// data: the steps are done by ingest, quality and snapshot.
//
// Runs, steps, leases and events are rows of PostgreSQL. Any number of replicas may
// work on them; one that is killed loses nothing, since another goes on from the
// last step that was finished.
package orchestrator

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/settingfile"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/api"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/grant"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
	"github.com/streamflow/streamflow/services/orchestrator/internal/worker"
)

// Service is the orchestrator.
type Service struct {
	api      *api.Server
	hub      *event.Hub
	worker   *worker.Worker
	services *step.Services
	// listens is where the hub connects to; nil where it is the daemon's pool.
	listens *postgres.Pool
}

func newService(cfg Config, deps daemon.Deps) (daemon.Service, error) {
	grants, err := openGrants(cfg.GrantsFile, deps.Log)
	if err != nil {
		return nil, err
	}
	services, err := step.Dial(cfg.IngestAddr, cfg.QualityAddr, cfg.SnapshotAddr, func(service string) []grpc.DialOption {
		return slices.Concat(deps.Door.Call(service), cfg.Through)
	})
	if err != nil {
		return nil, err
	}
	listens, err := openListener(cfg.ListenURL)
	if err != nil {
		services.Close()
		return nil, err
	}
	st := store.New(deps.Pool)
	st.Keys = deps.Personal
	st.Limits = store.Limits{Datasets: cfg.MaxDatasets, Queued: cfg.MaxQueued, QueuedByCaller: cfg.MaxQueuedByCaller}
	hub := event.NewHub(cmp.Or(listens, deps.Pool), deps.Log)
	answers := api.New(st, hub, services)
	answers.Grants = grants
	return &Service{
		listens:  listens,
		api:      answers,
		hub:      hub,
		services: services,
		worker: worker.New(st, services, hub, deps.Log, worker.Config{
			Owner: owner(), Runs: cfg.Workers, Lease: cfg.Lease, Heartbeat: cfg.Heartbeat, RetryFor: cfg.RetryFor, FullWait: cfg.FullWait,
		}),
	}, nil
}

// openGrants reads the file of grants, if there is one.
func openGrants(path string, log *slog.Logger) (api.Grants, error) {
	if path == "" {
		return nil, nil
	}
	file, err := settingfile.Open(path, grant.Parse, log)
	if err != nil {
		return nil, fmt.Errorf("grants-file: %w", err)
	}
	return file.Current, nil
}

// openListener opens the pool that the hub listens through, if it has one of its own.
func openListener(url string) (*postgres.Pool, error) {
	if url == "" {
		return nil, nil
	}
	pool, err := postgres.Open(postgres.PoolConfig{URL: url, Application: "streamflow-orchestrator-listen", MaxConns: 1})
	if err != nil {
		return nil, fmt.Errorf("listen-database-url: %w", err)
	}
	return pool, nil
}

// owner names this very process: one that is started again on the same machine is
// another owner, and waits for the leases of the one before.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:8])
}

// Register puts the RPCs on a server.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	orchestratorv1.RegisterOrchestratorServiceServer(r, s.api)
}

// Run works on runs until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var g errgroup.Group
	g.Go(func() error { s.hub.Run(ctx); return nil })
	g.Go(func() error { s.worker.Run(ctx); return nil })
	return g.Wait()
}

// Close closes the connections to the other services, and the one to listen with.
func (s *Service) Close() {
	s.services.Close()
	if s.listens != nil {
		s.listens.Close()
	}
}
