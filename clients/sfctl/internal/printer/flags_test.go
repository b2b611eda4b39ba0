package printer_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestAFlagIsCalledAsItIsInATerminal(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"with `--keep-tables` (keep_tables) it goes":          "with `--keep-tables` it goes",
		"delete it with --keep-tables (keep_tables)":          "delete it with --keep-tables",
		"with --restage (restage) and --waive (waive_guards)": "with --restage and --waive",
		"--wait (the default), --root (repeated)":             "--wait (the default), --root (repeated)",
		"the limit (departed_limit) of the table":             "the limit (departed_limit) of the table",
		"": "",
	} {
		require.Equal(t, want, printer.Flags(said))
		require.Equal(t, want, printer.Flags(want), "it is said once")
	}
}

// The registry's advice names no field of a request beside a flag, once it is shown here.
func TestTheRegistrysAdviceIsInFlags(t *testing.T) {
	t.Parallel()
	beside := regexp.MustCompile("--[a-z-]+`? \\([a-z]+_[a-z_]+\\)")
	found := 0
	for _, entry := range problem.Registry() {
		if beside.MatchString(entry.Do) {
			found++
		}
		require.NotRegexp(t, beside, printer.Flags(entry.Do), entry.Reason)
	}
	require.Positive(t, found)
}
