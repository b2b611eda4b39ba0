package snapshot

import (
	"cmp"
	"fmt"
	"time"

	"github.com/streamflow/streamflow/platform/config"
)

// Config is how the service works. The zero value takes the defaults.
type Config struct {
	// Parallel is how many snapshots of a batch are hashed or filled at once.
	// Default: 2. More, and one run takes more of PostgreSQL than a small machine has.
	Parallel int
	// LockTimeout is how long one try of a stamp waits for a lock before it lets go
	// and tries again. Default: 2s. Longer, and whoever queues behind it waits longer.
	LockTimeout time.Duration
}

func (c Config) withDefaults() Config {
	c.Parallel = cmp.Or(c.Parallel, 2)
	c.LockTimeout = cmp.Or(c.LockTimeout, 2*time.Second)
	return c
}

func (c *Config) declare(s *config.Set) {
	s.Int(&c.Parallel, "parallel", "SF_SNAPSHOT_PARALLEL", "snapshots of a batch that are filled at once")
	s.Duration(&c.LockTimeout, "lock-timeout", "SF_SNAPSHOT_LOCK_TIMEOUT", "how long one try of a stamp waits for a lock")
}

func (c Config) check() error {
	if c.Parallel < 1 {
		return fmt.Errorf("parallel: expected at least 1, found %d", c.Parallel)
	}
	if c.LockTimeout < time.Millisecond {
		return fmt.Errorf("lock-timeout: expected at least 1ms, the unit of PostgreSQL's own setting, found %s", c.LockTimeout)
	}
	return nil
}
