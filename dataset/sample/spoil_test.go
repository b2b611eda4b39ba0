package sample_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/sample"
)

func TestASpoiledMonthDiffersInItsMistakesAlone(t *testing.T) {
	t.Parallel()
	for _, users := range []int{200, 3} {
		dir := t.TempDir()
		o := sample.Options{Users: users, Months: 2, Departed: 1}
		right, err := sample.WriteMonth(dir, o, 1)
		require.NoError(t, err)
		spoiled, err := sample.WriteSpoiled(dir, o)
		require.NoError(t, err)
		require.Equal(t, filepath.Join(dir, "spoiled"), spoiled.Dir)
		require.Equal(t, right.AsOf, spoiled.AsOf)

		var changed []string
		for _, f := range spoiled.Manifest.Files {
			want, err := os.ReadFile(filepath.Join(right.Dir, f.Name))
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(spoiled.Dir, f.Name))
			require.NoError(t, err)
			sum := sha256.Sum256(got)
			require.Equal(t, hex.EncodeToString(sum[:]), f.SHA256, "what was delivered is what the manifest says")
			was, is := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
			require.Len(t, is, len(was))
			for i := range is {
				if is[i] != was[i] {
					changed = append(changed, f.Name+" "+is[i][strings.Index(is[i], ",")+1:])
				}
			}
		}
		require.Len(t, changed, 2)
		require.Contains(t, changed[0], "users.csv 2022-02-30,")
		require.Contains(t, changed[1], "usage_agg_30d.csv -1.5,")
	}
}
