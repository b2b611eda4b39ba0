package privatepg

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// pidFile is what a postmaster writes into postmaster.pid of its cluster.
type pidFile struct {
	pid int
	// ready is true when the server accepts connections.
	ready bool
}

var errUnreadablePidFile = errors.New("postmaster.pid holds no process number")

// readPidFile reads the cluster's postmaster.pid: the process on the first line, the
// state on the eighth.
func readPidFile(pgdata string) (pidFile, error) {
	b, err := os.ReadFile(pidPath(pgdata))
	if err != nil {
		return pidFile{}, err
	}
	lines := strings.Split(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 {
		return pidFile{}, errUnreadablePidFile
	}
	return pidFile{pid: pid, ready: len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"}, nil
}

func pidPath(pgdata string) string { return filepath.Join(pgdata, "postmaster.pid") }
