package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Where nothing is lacking, it is said of what was looked at, and of no more.
func TestAHistoryWithoutGapsSaysWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	for flags, want := range map[string]string{
		"":                                    "lacks no date from the first that is stamped to today.",
		"--from 2024-01-01":                   "lacks no date from 2024-01-01 to today.",
		"--from 2024-01-01 --to 2024-06-30":   "lacks no date from 2024-01-01 to 2024-06-30.",
		"--to 2024-06-30 --snapshot accounts": "lacks no date from the first that is stamped to 2024-06-30.",
	} {
		g := holding(t, succeeded())
		g.Gaps = nil

		r := sfctl(at(g), strings.Fields("snapshot gaps "+flags)...)

		require.Zero(t, r.code, r.err)
		require.Empty(t, r.out)
		require.Contains(t, r.err, want, flags)
	}
}
