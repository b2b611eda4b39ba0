package daemon

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestContainerMemory(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"268435456\n": 256 << 20, "max\n": 0, "9223372036854771712\n": 0, "": 0, "-1": 0, "0": 0, "many": 0,
	} {
		path := filepath.Join(t.TempDir(), "memory.max")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))

		got, ok := containerMemory([]string{"/there/is/none", path})

		require.Equal(t, want, got, text)
		require.Equal(t, want > 0, ok, text)
	}
	_, ok := containerMemory([]string{"/there/is/none"})
	require.False(t, ok)
}
