package quality

import (
	"cmp"
	"errors"
	"time"

	"github.com/streamflow/streamflow/platform/config"
)

const (
	// defaultStatementTimeout is far above what one pass over the largest table
	// takes: it ends what would never end, and is no budget.
	defaultStatementTimeout = 10 * time.Minute
	// defaultTablesAtOnce keeps two cores of the database busy. More tables at once
	// finish no sooner there, and hold more of the pool.
	defaultTablesAtOnce = 2
)

// Config is what the service is told.
type Config struct {
	// StatementTimeout ends a statement over a candidate. Default: ten minutes.
	StatementTimeout time.Duration
	// TablesAtOnce is how many tables of one validation are read at a time. Default: 2.
	TablesAtOnce int
}

func (c Config) withDefaults() Config {
	c.StatementTimeout = cmp.Or(c.StatementTimeout, defaultStatementTimeout)
	c.TablesAtOnce = cmp.Or(c.TablesAtOnce, defaultTablesAtOnce)
	return c
}

func (c *Config) declare(s *config.Set) {
	s.Duration(&c.StatementTimeout, "statement-timeout", "SF_STATEMENT_TIMEOUT", "longest that one statement over a candidate may take")
	s.Int(&c.TablesAtOnce, "tables-at-once", "SF_TABLES_AT_ONCE", "how many tables of one validation are read at a time")
}

func (c Config) check() error {
	if c.StatementTimeout < time.Millisecond {
		return errors.New("statement timeout: want at least 1ms, the unit of PostgreSQL's own setting")
	}
	if c.TablesAtOnce < 1 {
		return errors.New("tables at once: want at least 1")
	}
	return nil
}
