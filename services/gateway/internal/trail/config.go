package trail

import (
	"cmp"
	"time"

	"github.com/streamflow/streamflow/platform/audit"
)

// Config says how a book is kept.
type Config struct {
	// Name is what the gateway calls itself in its own lines.
	Name string
	// Open says that the gateway asks nobody for a token: then whoever shows none is no
	// stranger.
	Open bool
	// Key signs checkpoints; nil where none are signed.
	Key *audit.Key
	// Every is the time between two checkpoints. Default: 1m.
	Every time.Duration
	// To is where checkpoints go besides the database.
	To []Destination
	// Keep is how long lines are kept at least; 0: for ever. Without a key none are removed.
	Keep time.Duration
}

func (c Config) withDefaults() Config {
	c.Every = cmp.Or(c.Every, time.Minute)
	return c
}
