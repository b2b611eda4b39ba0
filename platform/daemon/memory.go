package daemon

import (
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// memoryFiles tell the memory that a container may use: of cgroups in their second and in
// their first version (https://docs.kernel.org/admin-guide/cgroup-v2.html).
var memoryFiles = []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}

// boundless is what the first version says where there is no limit: a number of pages that
// no machine has.
const boundless = 1 << 50

// limitMemory has the garbage collected before the container's limit is reached, with a
// tenth of it left for what Go does not count: otherwise the heap grows to twice what is
// in use, and the kernel ends the process. Who sets GOMEMLIMIT has said what they want.
func limitMemory(log *slog.Logger) {
	if _, said := os.LookupEnv("GOMEMLIMIT"); said {
		return
	}
	if limit, ok := containerMemory(memoryFiles); ok {
		debug.SetMemoryLimit(limit - limit/10)
		log.Debug("memory is limited", "container", limit)
	}
}

// containerMemory is the container's limit in bytes; ok is false where there is none.
func containerMemory(files []string) (limit int64, ok bool) {
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && limit > 0 && limit < boundless {
			return limit, true
		}
	}
	return 0, false
}
