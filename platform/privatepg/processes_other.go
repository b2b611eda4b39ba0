//go:build unix && !linux

package privatepg

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent does nothing where the system has no parent-death signal: a server
// that outlives its program is taken over by the next Start.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

// entry is what ps tells of a process.
type entry struct {
	pid, parent int
	state       string
	command     string
}

func list(args ...string) []entry {
	out, err := exec.Command("ps", append(args, "-o", "pid=,ppid=,state=,command=")...).Output()
	if err != nil {
		return nil
	}
	var all []entry
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		pid, pidErr := strconv.Atoi(f[0])
		parent, parentErr := strconv.Atoi(f[1])
		if pidErr == nil && parentErr == nil {
			all = append(all, entry{pid, parent, f[2], strings.Join(f[3:], " ")})
		}
	}
	return all
}

func inspect(pid int) (entry, bool) {
	all := list("-p", strconv.Itoa(pid))
	if len(all) != 1 {
		return entry{}, false
	}
	return all[0], true
}

// alive says whether a process runs; one that ended and is not waited for does not.
func alive(pid int) bool {
	e, ok := inspect(pid)
	return ok && !strings.HasPrefix(e.state, "Z")
}

// held says whether a process is stopped by a signal.
func held(pid int) bool {
	e, ok := inspect(pid)
	return !ok || strings.HasPrefix(e.state, "T")
}

// children lists the processes that a process started.
func children(pid int) []int {
	var found []int
	for _, e := range list("-ax") {
		if e.parent == pid {
			found = append(found, e.pid)
		}
	}
	return found
}

// recovers says whether a server is still reading its log after a crash: the process
// that does so is called startup.
func recovers(postmaster int) bool {
	for _, e := range list("-ax") {
		if e.parent == postmaster && isStartup(e.command) {
			return true
		}
	}
	return false
}

// serving lists nothing: a session's command line does not say which cluster it works
// on. Who waits for one to end tries again until it has.
func serving(string) []int { return nil }

// serves says whether a process is a PostgreSQL server on the cluster, by the command
// line that we start it with.
func serves(pid int, pgdata string) bool {
	e, ok := inspect(pid)
	return ok && strings.Contains(e.command, "postgres -D "+strings.Join(strings.Fields(pgdata), " "))
}
