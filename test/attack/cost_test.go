package attack

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ticks are how many clock ticks a second of CPU has in /proc (USER_HZ, on every
// architecture that Go runs Linux on).
const ticks = 100

// cost is what a process has used, as the kernel tells it. Where it tells nothing, on
// other systems than Linux, attacks are made and not measured.
type cost struct {
	pid    int
	before time.Duration
}

// measure begins to measure a process: from here on, its peak is that of the attack.
func measure(t *testing.T, pid int) cost {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Log("not measured: there is no /proc here")
		return cost{}
	}
	require.NoError(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0o600)) // forgets the peak so far
	return cost{pid: pid, before: cpu(t, pid)}
}

// atMost asserts what the process used since.
func (c cost) atMost(t *testing.T, seconds time.Duration, peak int64) {
	t.Helper()
	if c.pid == 0 {
		return
	}
	used, most := cpu(t, c.pid)-c.before, peakOf(t, c.pid)
	t.Logf("used %v of CPU, and %d MiB of memory at its peak", used.Round(10*time.Millisecond), most>>20)
	require.LessOrEqual(t, used, seconds, "of CPU")
	require.LessOrEqual(t, most>>20, peak>>20, "MiB at the peak")
}

// cpu is the time that a process has computed.
func cpu(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // man 5 proc
	require.NoError(t, err)
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	require.NoError(t, err)
	system, err := strconv.Atoi(fields[12])
	require.NoError(t, err)
	return time.Duration(user+system) * time.Second / ticks
}

var highWater = regexp.MustCompile(`VmHWM:\s*(\d+) kB`)

// peakOf is the most memory that a process had at once, in bytes.
func peakOf(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	found := highWater.FindSubmatch(text)
	require.NotNil(t, found, "%s", text)
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	require.NoError(t, err)
	return kilobytes << 10
}
