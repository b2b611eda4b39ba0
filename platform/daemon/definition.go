package daemon

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/postgres"
)

// Definition is what a service says of itself, once, however it is hosted: as a
// process of its own, in the process of another, or in a test. C is its configuration.
type Definition[C any] struct {
	// Name is the service's, as in ingest.
	Name string
	// Listen is the default address.
	Listen string
	// Migrations are the service's own schema; nil where it has no database.
	Migrations *postgres.Migrations
	// WritesData says that the service's role makes tables in the data schemas.
	WritesData bool
	// ForClients says that clients call the service, who are none of the suite.
	ForClients bool
	// Defaults returns the configuration with its defaults where it was left zero.
	Defaults func(C) C
	// Settings declares the configuration's flags and variables; nil where it has none.
	Settings func(*config.Set, *C)
	// Commands are those that the service has besides the daemon's, by their names.
	Commands map[string]OwnCommand
	// Check says what is wrong with a configuration; nil where nothing can be.
	Check func(C) error
	// Make makes the service of a configuration that passed Check. It must not need
	// the database yet.
	Make func(C, Deps) (Service, error)
}

// New makes the service for a host of its own choosing; what cfg leaves zero has its
// default. It does not use the database yet. Errors: what Check says, a missing pool,
// what Make says.
func (d Definition[C]) New(cfg C, deps Deps) (Service, error) {
	return d.make(d.Defaults(cfg), deps)
}

// Spec describes the service to Run and Command. cfg holds the defaults of its
// settings: the flags and the environment go before it.
func (d Definition[C]) Spec(cfg C) Spec {
	cfg = d.Defaults(cfg)
	spec := Spec{
		Name: d.Name, Listen: d.Listen, Migrations: d.Migrations, WritesData: d.WritesData, ForClients: d.ForClients,
		Commands: d.Commands,
		New:      func(deps Deps) (Service, error) { return d.make(cfg, deps) },
	}
	if d.Settings != nil {
		spec.Settings = func(s *config.Set) { d.Settings(s, &cfg) }
	}
	return spec
}

// make takes every setting as it is: what a user gave as 0 is no default.
func (d Definition[C]) make(cfg C, deps Deps) (Service, error) {
	if d.Check != nil {
		if err := d.Check(cfg); err != nil {
			return nil, err
		}
	}
	if d.Migrations != nil && deps.Pool == nil {
		return nil, errors.New("expected a pool of PostgreSQL connections, found none")
	}
	svc, err := d.Make(cfg, deps)
	if err != nil {
		return nil, fmt.Errorf("make the service: %w", err)
	}
	return svc, nil
}

// OnCall is a service that works only when it is called: it registers its RPCs, does
// nothing in the background, and has nothing to give back.
type OnCall func(grpc.ServiceRegistrar)

// Register puts the service's RPCs on a server.
func (register OnCall) Register(r grpc.ServiceRegistrar) { register(r) }

// Run waits for ctx.
func (OnCall) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close does nothing: the pool is the daemon's.
func (OnCall) Close() {}
