package e2e

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pythonWith returns a Python that has modules. CI has one with what reading by SQL takes
// (tools/setup.sh python); without one, or without scikit-learn, the test is skipped.
func pythonWith(t *testing.T, modules ...string) string {
	t.Helper()
	for _, name := range []string{os.Getenv("SF_PYTHON"), "python3", "/usr/bin/python3"} {
		path, err := exec.LookPath(name)
		if name == "" || err != nil {
			continue
		}
		if len(modules) == 0 || exec.CommandContext(t.Context(), path, "-c", "import "+strings.Join(modules, ", ")).Run() == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" && !slices.Contains(modules, "sklearn") {
		require.Fail(t, "no Python here with what is imported: run tools/setup.sh python", "%v", modules)
	}
	t.Skipf("no Python here that has %v; `tools/setup.sh python` installs pandas, SQLAlchemy and psycopg2, SF_PYTHON names one", modules)
	return ""
}
