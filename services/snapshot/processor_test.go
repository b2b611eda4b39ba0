package snapshot_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// effort is what something took, by the clock and by the processor.
type effort struct{ clock, processor time.Duration }

// effortOf runs something, and says what it took of this process and of all of PostgreSQL's.
// On a machine that does other things at the time, the processor's time is the one that
// compares.
func (s *suite) effortOf(b *testing.B, do func()) effort {
	b.Helper()
	processor, begun := s.processorTime(b), time.Now()
	do()
	return effort{time.Since(begun), s.processorTime(b) - processor}
}

// processorTime is what this process and the server's used up to now, with those that have
// ended; of the server's nothing where there is no /proc.
func (s *suite) processorTime(b *testing.B) time.Duration {
	b.Helper()
	var own syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &own))
	total := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	text, err := os.ReadFile(filepath.Join(s.db.Rows(b, "show data_directory")[0], "postmaster.pid"))
	require.NoError(b, err)
	postmaster, _, _ := strings.Cut(string(text), "\n")
	total += ticks(postmaster, true)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%[1]s/task/%[1]s/children", postmaster))
	for _, pid := range strings.Fields(string(children)) {
		total += ticks(pid, false)
	}
	return total
}

// ticks is the time of a process, and of its children that have ended, as /proc has it: in
// hundredths of a second, after the name, which is in brackets
// (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). One that has ended has none.
func ticks(pid string, children bool) time.Duration {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	times := fields[11:13]
	if children {
		times = fields[11:15]
	}
	var total time.Duration
	for _, t := range times {
		n, _ := strconv.Atoi(t)
		total += time.Duration(n) * 10 * time.Millisecond
	}
	return total
}

// medians are the middle ones of some efforts, each by itself, in seconds.
func medians(all []effort) (clock, processor float64) {
	var clocks, processors []time.Duration
	for _, e := range all {
		clocks, processors = append(clocks, e.clock), append(processors, e.processor)
	}
	return middle(clocks), middle(processors)
}
