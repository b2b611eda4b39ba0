package command

import (
	"os"

	"github.com/streamflow/streamflow/platform/secretfile"
)

// readTokenFile reads what --token-file names. A file that others may read is refused, and
// what to do is said; what is no file is a pipe of the shell's, as in <(pass show token), and
// nobody else's to open. Errors: those of secretfile.Read.
func readTokenFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return os.ReadFile(path)
	}
	return secretfile.Read(path)
}
