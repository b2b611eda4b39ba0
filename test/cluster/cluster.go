// Package cluster runs the suite as it is deployed: five service processes that meet
// over gRPC, on one PostgreSQL. The demo, the fault tests and the benchmarks use it.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// Names of the services.
const (
	Ingest       = "ingest"
	Quality      = "quality"
	Snapshot     = "snapshot"
	Orchestrator = "orchestrator"
	Gateway      = "gateway"
)

// Services are all of them, in the order in which they are started.
var Services = []string{Ingest, Quality, Snapshot, Orchestrator, Gateway}

// Config says what to run.
type Config struct {
	// Bin is the folder of the built binaries.
	Bin string
	// OwnerURL connects to the database as the owner.
	OwnerURL string
	// Dir is where the services' logs go, and what they know each other by.
	Dir string
	// TLS says that everybody speaks TLS, by certificates of a CA that is made on the spot.
	TLS bool
	// SourceRoots are the folders that ingest may read.
	SourceRoots []string
	// HTTPListen is the gateway's address for REST and the page. Default: a free port.
	HTTPListen string
	// Through, where given, turns the database URL that a service serves with into one
	// that goes another way, as through a pooler.
	Through func(url string) string
	// SharedRoles says that the server holds other clusters' databases as well.
	SharedRoles bool
	// Tokens says that the gateway asks for a token, which the cluster has made (Token); it
	// asks nobody otherwise.
	Tokens bool
	// Env holds further settings per service, NAME=value.
	Env map[string][]string
}

// Cluster is a running suite.
type Cluster struct {
	cfg       Config
	addr      map[string]string
	http      string
	processes map[string]*process
	token     string
}

// password of the services' roles; the server listens on loopback only and goes with
// the cluster.
const password = "cluster"

// Start migrates the database, starts the services, and waits until all are ready.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	c := &Cluster{cfg: cfg, addr: map[string]string{}, http: cfg.HTTPListen, processes: map[string]*process{}}
	for _, s := range Services {
		a, err := ports.free(ctx)
		if err != nil {
			return nil, err
		}
		c.addr[s] = a
	}
	if c.http == "" {
		a, err := ports.free(ctx)
		if err != nil {
			return nil, err
		}
		c.http = a
	}
	if err := c.makeDoors(); err != nil {
		return nil, err
	}
	if err := c.migrate(ctx); err != nil {
		return nil, err
	}
	if err := c.makeToken(ctx); err != nil {
		return nil, err
	}
	for _, s := range Services {
		if err := c.Restart(s); err != nil {
			return nil, errors.Join(err, c.Stop(ctx))
		}
	}
	if err := c.Ready(ctx); err != nil {
		return nil, errors.Join(err, c.Stop(ctx))
	}
	return c, nil
}

func (c *Cluster) migrate(ctx context.Context) error {
	for _, s := range Services {
		if s == Gateway {
			continue
		}
		cmd := exec.CommandContext(ctx, c.binary(s), "migrate")
		cmd.Env = append(withoutOurs(os.Environ()), "SF_OWNER_DATABASE_URL="+c.cfg.OwnerURL, "SF_DATABASE_URL="+c.cfg.URL(s),
			"SF_SHARED_ROLES="+strconv.FormatBool(c.cfg.SharedRoles))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("migrate %s: %w\n%s", s, err, out)
		}
	}
	return nil
}

func (c *Cluster) binary(service string) string {
	return filepath.Join(c.cfg.Bin, service+"d")
}

// URL is the database URL of a service, the owner's with its role.
func (cfg Config) URL(service string) string {
	u, err := url.Parse(cfg.OwnerURL)
	if err != nil { // migrating, before, has used it
		panic(err) //nolint:forbidigo // see above
	}
	u.User = url.UserPassword("sf_"+service, password)
	return u.String()
}

func (c *Cluster) env(service string) []string {
	env := []string{"SF_LISTEN=" + c.addr[service]}
	for _, s := range Services {
		env = append(env, "SF_"+strings.ToUpper(s)+"_ADDR="+c.addr[s])
	}
	database := c.cfg.URL(service)
	if c.cfg.Through != nil {
		database = c.cfg.Through(database)
	}
	switch service {
	case Gateway:
		env = append(env, "SF_HTTP_LISTEN="+c.http, "SF_AUTH="+c.cfg.auth())
	case Ingest:
		env = append(env, "SF_SOURCE_ROOTS="+strings.Join(c.cfg.SourceRoots, ","), "SF_DATABASE_URL="+database)
	default:
		env = append(env, "SF_DATABASE_URL="+database)
	}
	env = append(env, c.doorEnv(service)...)
	return append(env, c.cfg.Env[service]...)
}

// Address is where a service answers gRPC.
func (c *Cluster) Address(service string) string { return c.addr[service] }

// HTTP is the address of REST and the page.
func (c *Cluster) HTTP() string { return c.http }

// Restart starts a service that is not running.
func (c *Cluster) Restart(service string) error {
	p := &process{
		name: service, path: c.binary(service), env: c.env(service),
		log: filepath.Join(c.cfg.Dir, service+".log"),
	}
	c.processes[service] = p
	return p.start()
}

// Kill ends a service with SIGKILL.
func (c *Cluster) Kill(ctx context.Context, service string) error {
	return c.processes[service].end(ctx, syscall.SIGKILL)
}

// Pause stops a service with SIGSTOP; Resume lets it go on.
func (c *Cluster) Pause(service string) error { return c.processes[service].signal(syscall.SIGSTOP) }

// Resume lets a paused service go on.
func (c *Cluster) Resume(service string) error { return c.processes[service].signal(syscall.SIGCONT) }

// Abandoned is a paused process that another has been started beside.
type Abandoned struct{ process *process }

// Wake lets the process go on where it was stopped.
func (a *Abandoned) Wake() error { return a.process.signal(syscall.SIGCONT) }

// End ends the process with SIGKILL.
func (a *Abandoned) End(ctx context.Context) error { return a.process.end(ctx, syscall.SIGKILL) }

// Move starts a second process of a service, at another address, beside the one that
// is paused. Who is to find it there must be restarted.
func (c *Cluster) Move(ctx context.Context, service string) (*Abandoned, error) {
	old := &Abandoned{c.processes[service]}
	address, err := ports.free(ctx)
	if err != nil {
		return nil, err
	}
	c.addr[service] = address
	return old, c.Restart(service)
}

// PID is the process id of a service.
func (c *Cluster) PID(service string) int { return c.processes[service].cmd.Process.Pid }

// Log returns the path of a service's log.
func (c *Cluster) Log(service string) string { return c.processes[service].log }

// Ready waits until every service says that it is ready.
func (c *Cluster) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for _, s := range Services {
		if err := c.ready(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) ready(ctx context.Context, service string) error {
	conn, err := c.Dial(service)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	health := healthv1.NewHealthClient(conn)
	for {
		r, err := health.Check(ctx, &healthv1.HealthCheckRequest{})
		p := c.processes[service]
		if !p.running() { // whoever answers
			return fmt.Errorf("%s ended:\n%s", service, p.lastLines())
		}
		if err == nil && r.GetStatus() == healthv1.HealthCheckResponse_SERVING {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", service, ctx.Err(), p.lastLines())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop ends all services, the gateway first.
func (c *Cluster) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	var errs []error
	for i := len(Services) - 1; i >= 0; i-- {
		if p := c.processes[Services[i]]; p != nil {
			_ = p.signalIfRunning(syscall.SIGCONT)
			errs = append(errs, p.end(ctx, syscall.SIGTERM))
		}
	}
	return errors.Join(errs...)
}

func (p *process) signalIfRunning(s os.Signal) error {
	if !p.running() {
		return nil
	}
	return p.signal(s)
}
