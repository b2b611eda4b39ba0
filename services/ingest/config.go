package ingest

import (
	"cmp"
	"fmt"
	"path/filepath"
	"time"

	"github.com/streamflow/streamflow/platform/config"
)

// Config is what the service may be told. The zero value reads from nowhere.
type Config struct {
	// SourceRoots are the folders, as absolute paths, that deliveries may lie in.
	SourceRoots []string
	// Workers is how many tables of a batch are staged at once: more use more of the
	// machine, and one connection each. Default: 2.
	Workers int
	// KeepFailed is how many failed batches of a dataset keep their staging, for people
	// to look into. Default: 1.
	KeepFailed int
	// SourceTimeout is how long one call of the file system that a source lies on may
	// take: less, and a disk that has to start is none; more, and a mount whose server is
	// gone keeps a run as long. Default: 2 minutes.
	SourceTimeout time.Duration
}

func (c Config) withDefaults() Config {
	c.Workers = cmp.Or(c.Workers, 2)
	c.KeepFailed = cmp.Or(c.KeepFailed, 1)
	c.SourceTimeout = cmp.Or(c.SourceTimeout, 2*time.Minute)
	return c
}

func (c *Config) declare(s *config.Set) {
	s.List(&c.SourceRoots, "source-root", "SF_SOURCE_ROOTS", "folder, as an absolute path, that deliveries may lie in; may be repeated")
	s.Int(&c.Workers, "stage-workers", "SF_STAGE_WORKERS", "how many tables of a batch are staged at once")
	s.Duration(&c.SourceTimeout, "source-timeout", "SF_SOURCE_TIMEOUT", "how long the file system of a source may leave one call unanswered")
	s.Int(&c.KeepFailed, "keep-failed", "SF_KEEP_FAILED", "how many failed batches of a dataset keep their staging")
}

func (c Config) check() error {
	for _, r := range c.SourceRoots {
		if !filepath.IsAbs(r) {
			return fmt.Errorf("source root %q: want an absolute path", r)
		}
	}
	if c.Workers < 1 {
		return fmt.Errorf("%d stage workers: want 1 or more", c.Workers)
	}
	if c.KeepFailed < 1 {
		return fmt.Errorf("keep %d failed batches: want 1 or more", c.KeepFailed)
	}
	if c.SourceTimeout <= 0 {
		return fmt.Errorf("source timeout %s: want more than nothing", c.SourceTimeout)
	}
	return nil
}
