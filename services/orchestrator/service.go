// Package orchestrator keeps the registry of datasets and takes batches through the
// steps of a run. It decides what comes next, opens no source, and touches no row of
// data: the steps are done by ingest, quality and snapshot.
//
// Runs, steps, leases and events are rows of PostgreSQL. Any number of replicas may
// work on them; one that is killed loses nothing, since another goes on from the
// last step that was finished.
package orchestrator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/daemon"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/api"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
	"github.com/streamflow/streamflow/services/orchestrator/internal/worker"
)

// Config says where the other services are, and how runs are worked on. What is
// left zero has the default that it names.
type Config struct {
	// IngestAddr is where ingest answers. Default: 127.0.0.1:7101.
	IngestAddr string
	// QualityAddr is where quality answers. Default: 127.0.0.1:7102.
	QualityAddr string
	// SnapshotAddr is where snapshot answers. Default: 127.0.0.1:7103.
	SnapshotAddr string
	// Workers is how many runs this replica works on at once. Default: 4.
	Workers int
	// Lease is how long a run is held after a heartbeat. Shorter, and another replica
	// takes over sooner from one that was killed; longer, and a slow database is
	// borne with. Default: 10s.
	Lease time.Duration
	// Heartbeat is the time between two heartbeats; at most a third of the lease.
	// Default: 2s.
	Heartbeat time.Duration
	// RetryFor is how long faults that may pass are borne in one step before the run
	// fails: the waits between its attempts, and the attempts that fail within a tenth of
	// it; those that are cut off later, in honest work, are tried five times more. Once a
	// run has published they are borne for ever, and a fault without a reason for as long
	// as this instead of a few tries. Default: 10m.
	RetryFor time.Duration
}

func (c Config) withDefaults() Config {
	orText := func(p *string, d string) {
		if *p == "" {
			*p = d
		}
	}
	orTime := func(p *time.Duration, d time.Duration) {
		if *p == 0 {
			*p = d
		}
	}
	orText(&c.IngestAddr, "127.0.0.1:7101")
	orText(&c.QualityAddr, "127.0.0.1:7102")
	orText(&c.SnapshotAddr, "127.0.0.1:7103")
	orTime(&c.Lease, 10*time.Second)
	orTime(&c.Heartbeat, 2*time.Second)
	orTime(&c.RetryFor, 10*time.Minute)
	if c.Workers == 0 {
		c.Workers = 4
	}
	return c
}

func (c Config) check() error {
	for name, address := range map[string]string{"ingest": c.IngestAddr, "quality": c.QualityAddr, "snapshot": c.SnapshotAddr} {
		if address == "" {
			return fmt.Errorf("%s-addr: expected the address of the service, found none", name)
		}
	}
	switch {
	case c.Workers < 1:
		return fmt.Errorf("workers: expected at least 1, found %d", c.Workers)
	case c.Heartbeat <= 0:
		return fmt.Errorf("heartbeat: expected a time above 0, found %s", c.Heartbeat)
	case c.Lease < 3*c.Heartbeat:
		return fmt.Errorf("lease: expected at least three heartbeats of %s, so that one that is lost does no harm, found %s", c.Heartbeat, c.Lease)
	case c.RetryFor < 0:
		return fmt.Errorf("retry-for: expected 0 or more, found %s", c.RetryFor)
	}
	return nil
}

// Service is the orchestrator.
type Service struct {
	api      *api.Server
	hub      *event.Hub
	worker   *worker.Worker
	services *step.Services
}

// New makes the service. It connects to nothing yet.
func New(cfg Config, deps daemon.Deps) (*Service, error) {
	return newService(cfg.withDefaults(), deps)
}

// newService takes every setting as it is: what a user gave as 0 is no default.
func newService(cfg Config, deps daemon.Deps) (*Service, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if deps.Pool == nil {
		return nil, errors.New("expected a pool on PostgreSQL, found none")
	}
	services, err := step.Dial(cfg.IngestAddr, cfg.QualityAddr, cfg.SnapshotAddr)
	if err != nil {
		return nil, err
	}
	st := store.New(deps.Pool)
	hub := event.NewHub(deps.Pool, deps.Log)
	return &Service{
		api:      api.New(st, hub),
		hub:      hub,
		services: services,
		worker: worker.New(st, services, hub, deps.Log, worker.Config{
			Owner: owner(), Runs: cfg.Workers, Lease: cfg.Lease, Heartbeat: cfg.Heartbeat, RetryFor: cfg.RetryFor,
		}),
	}, nil
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

// Close closes the connections to the other services.
func (s *Service) Close() { s.services.Close() }
