package privatepg

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent makes the system signal a child when the thread that started it is
// gone. Who starts one must keep that thread until the child has ended.
func dieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }

// entry is what /proc tells of a process.
type entry struct {
	name   string
	state  string
	parent int
}

// inspect reads /proc/PID/stat: "PID (NAME) STATE PARENT …", where NAME may hold anything.
func inspect(pid int) (entry, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if err != nil || open < 0 || end < open {
		return entry{}, false
	}
	rest := strings.Fields(string(b[end+1:]))
	if len(rest) < 2 {
		return entry{}, false
	}
	parent, err := strconv.Atoi(rest[1])
	return entry{name: string(b[open+1 : end]), state: rest[0], parent: parent}, err == nil
}

// alive says whether a process runs; one that ended and is not waited for does not.
func alive(pid int) bool {
	e, ok := inspect(pid)
	return ok && e.state != "Z" && e.state != "X"
}

// held says whether a process is stopped by a signal.
func held(pid int) bool {
	e, ok := inspect(pid)
	return !ok || e.state == "T"
}

// children lists the processes that a process started.
func children(pid int) []int {
	return processes(func(child int) bool {
		e, ok := inspect(child)
		return ok && e.parent == pid
	})
}

// recovers says whether a server is still reading its log after a crash: the process
// that does so is called startup.
func recovers(postmaster int) bool {
	for _, child := range children(postmaster) {
		title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
		if err == nil && isStartup(string(title)) {
			return true
		}
	}
	return false
}

// serving lists the PostgreSQL processes that work on the cluster.
func serving(pgdata string) []int {
	return processes(func(pid int) bool { return alive(pid) && serves(pid, pgdata) })
}

// processes lists those of the machine that are of a kind.
func processes(are func(pid int) bool) []int {
	all, _ := filepath.Glob("/proc/[0-9]*")
	var found []int
	for _, path := range all {
		if pid, err := strconv.Atoi(filepath.Base(path)); err == nil && are(pid) {
			found = append(found, pid)
		}
	}
	return found
}

// serves says whether a process is a PostgreSQL server on the cluster: every one of
// them works in its data folder.
func serves(pid int, pgdata string) bool {
	e, ok := inspect(pid)
	if !ok || !strings.HasPrefix(e.name, "postgres") {
		return false
	}
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && cwd == pgdata
}
