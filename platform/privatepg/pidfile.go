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
	// ready is true when the server accepts connections, starting before that.
	ready, starting bool
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
	if len(lines) <= 7 {
		return pidFile{pid: pid, starting: true}, nil
	}
	state := strings.TrimSpace(lines[7])
	return pidFile{pid: pid, ready: state == "ready", starting: state == "starting"}, nil
}

func pidPath(pgdata string) string { return filepath.Join(pgdata, "postmaster.pid") }
