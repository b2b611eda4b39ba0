package attack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// TestEveryAttackOfTheListIsThere keeps the list of `make attack` to tests that are there.
func TestEveryAttackOfTheListIsThere(t *testing.T) {
	text, err := os.ReadFile("list.txt")
	require.NoError(t, err)
	named := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, " | ")
		require.Len(t, fields, 4, line)
		module, packages := strings.TrimSpace(fields[1]), strings.Fields(fields[2])
		for _, test := range strings.Split(strings.TrimSpace(fields[3]), "|") {
			require.False(t, named[module+packages[0]+test], "%s stands there twice, and would be counted so", test)
			named[module+packages[0]+test] = true
			require.True(t, declared(t, module, packages, test), "%s is no test of %s %s", test, module, packages)
		}
	}
	require.Greater(t, len(named), 60)
}

// declared looks for a test in the files of packages of a module.
func declared(t *testing.T, module string, packages []string, test string) bool {
	t.Helper()
	for _, p := range packages {
		files, err := filepath.Glob(filepath.Join(extract.Root(), module, p, "*_test.go"))
		require.NoError(t, err)
		for _, f := range files {
			text, err := os.ReadFile(f)
			require.NoError(t, err)
			if strings.Contains(string(text), "\nfunc "+test+"(t *testing.T) {") {
				return true
			}
		}
	}
	return false
}
