package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The peak of a process's memory does not grow with the file.
func TestMemoryStaysFlat(t *testing.T) {
	h := open(t, shop)
	d := h.start()
	h.client = d.client
	b := h.stage(january, manyOrders(1_500_000, 1))

	require.EqualValues(t, 1_500_000, counts(b, "orders").GetRows())
	status, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(d.Process.Pid), "status"))
	require.NoError(t, err)
	require.Less(t, peak(t, string(status)), 100<<10, "kB of %d bytes of files", counts(b, "orders").GetBytes())
}

func peak(t *testing.T, status string) (kilobytes int) {
	t.Helper()
	_, rest, ok := strings.Cut(status, "VmHWM:")
	require.True(t, ok)
	_, err := fmt.Sscanf(rest, "%d kB", &kilobytes)
	require.NoError(t, err)
	return kilobytes
}
