package orchestrator

import (
	"cmp"
	"fmt"
	"time"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
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
	// Through are options of the connections to them, of a host that has its own ways.
	Through []grpc.DialOption
	// ListenURL is the address of PostgreSQL itself, to hear from it what happens, where
	// the service's own goes through a pooler. Empty: the service's own; behind a pooler
	// it then looks once a second.
	ListenURL string
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
	// FullWait is how long a step waits where the disk of PostgreSQL is full, instead of one
	// minute and then more. Tests shorten it; it is no setting.
	FullWait time.Duration
	// MaxDatasets is how many datasets are registered at once. Default: 500.
	MaxDatasets int
	// MaxQueued is how many runs wait at once for one dataset. Default: 2000, five years
	// of days.
	MaxQueued int
	// MaxQueuedByCaller is how many runs wait at once that one caller asked for.
	// Default: 5000.
	MaxQueuedByCaller int
	// GrantsFile is a file of roles that are granted beside those of the database, YAML; it
	// is read again when it changes. Empty: none.
	GrantsFile string
}

func (c Config) withDefaults() Config {
	c.IngestAddr = cmp.Or(c.IngestAddr, "127.0.0.1:7101")
	c.QualityAddr = cmp.Or(c.QualityAddr, "127.0.0.1:7102")
	c.SnapshotAddr = cmp.Or(c.SnapshotAddr, "127.0.0.1:7103")
	c.Workers = cmp.Or(c.Workers, 4)
	c.Lease = cmp.Or(c.Lease, 10*time.Second)
	c.Heartbeat = cmp.Or(c.Heartbeat, 2*time.Second)
	c.RetryFor = cmp.Or(c.RetryFor, 10*time.Minute)
	c.MaxDatasets = cmp.Or(c.MaxDatasets, 500)
	c.MaxQueued = cmp.Or(c.MaxQueued, 2000)
	c.MaxQueuedByCaller = cmp.Or(c.MaxQueuedByCaller, 5000)
	return c
}

func (c *Config) declare(s *config.Set) {
	s.String(&c.IngestAddr, "ingest-addr", "SF_INGEST_ADDR", "address of the ingest service")
	s.String(&c.QualityAddr, "quality-addr", "SF_QUALITY_ADDR", "address of the quality service")
	s.String(&c.SnapshotAddr, "snapshot-addr", "SF_SNAPSHOT_ADDR", "address of the snapshot service")
	s.String(&c.ListenURL, "listen-database-url", "SF_LISTEN_DATABASE_URL", "address of PostgreSQL itself, to hear of changes at once where SF_DATABASE_URL goes through a pooler")
	s.Int(&c.Workers, "workers", "SF_WORKERS", "runs that are worked on at once")
	s.Duration(&c.Lease, "lease", "SF_LEASE", "how long a run is held after a heartbeat")
	s.Duration(&c.Heartbeat, "heartbeat", "SF_HEARTBEAT", "time between two heartbeats")
	s.Duration(&c.RetryFor, "retry-for", "SF_RETRY_FOR", "how long faults that may pass are waited out in one step; 0 for not at all")
	s.Int(&c.MaxDatasets, "max-datasets", "SF_MAX_DATASETS", "datasets that are registered at once")
	s.Int(&c.MaxQueued, "max-queued", "SF_MAX_QUEUED", "runs that wait at once for one dataset")
	s.Int(&c.MaxQueuedByCaller, "max-queued-by-caller", "SF_MAX_QUEUED_BY_CALLER", "runs that wait at once and that one caller asked for")
	s.String(&c.GrantsFile, "grants-file", "SF_GRANTS_FILE", "file of roles that are granted to subjects of OpenID issuers, beside those of the database")
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
	return c.checkLimits()
}

func (c Config) checkLimits() error {
	for name, most := range map[string]int{"max-datasets": c.MaxDatasets, "max-queued": c.MaxQueued, "max-queued-by-caller": c.MaxQueuedByCaller} {
		if most < 1 {
			return fmt.Errorf("%s: expected at least 1, found %d", name, most)
		}
	}
	return nil
}
