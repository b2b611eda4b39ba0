package command

import (
	"fmt"
	"os"
	"strings"
)

// leaveOtherServers takes out of the process what the shell says of another PostgreSQL, as
// PGSERVICE, PGSSLROOTCERT or PGOPTIONS do: whatever connects reads it, and the private
// server is none that it is meant for.
func leaveOtherServers() error {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "PG") {
			continue
		}
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("take %s out of the environment: %w", name, err)
		}
	}
	return nil
}
