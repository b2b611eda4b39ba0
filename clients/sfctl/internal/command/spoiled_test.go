package command_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rows reads a CSV file whole.
func rows(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	require.NoError(t, err)
	return all
}

func TestTheSpoiledDeliveryDiffersInItsMistakesAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()

	r := sfctl(nil, "sample", "--dir", dir, "--users", "60", "--spoiled", "-o", "name")

	require.Zero(t, r.code, r.err)
	require.Equal(t, filepath.Join(dir, "month_000")+"\n"+filepath.Join(dir, "month_001")+"\n"+filepath.Join(dir, "spoiled")+"\n", r.out)
	good, bad := filepath.Join(dir, "month_001"), filepath.Join(dir, "spoiled")
	entries, err := os.ReadDir(good)
	require.NoError(t, err)
	differ := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".csv") {
			continue
		}
		right, wrong := rows(t, filepath.Join(good, e.Name())), rows(t, filepath.Join(bad, e.Name()))
		require.Equal(t, right[0], wrong[0], "%s: its header is right", e.Name())
		require.Len(t, wrong, len(right), "%s: no row is missing", e.Name())
		for i := range right {
			if strings.Join(right[i], ",") != strings.Join(wrong[i], ",") {
				differ++
			}
		}
	}
	require.Equal(t, 2, differ, "two mistakes, as the help says")
}

func TestTheManifestOfASampleIsTrue(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.Zero(t, sfctl(nil, "sample", "--dir", dir, "--users", "40", "--months", "1", "--spoiled").code)

	for _, folder := range []string{"month_000", "spoiled"} {
		text, err := os.ReadFile(filepath.Join(dir, folder, "manifest.json"))
		require.NoError(t, err)
		var m struct {
			Dataset string
			AsOf    string `json:"as_of"`
			Files   []struct {
				Name  string
				Rows  int64
				Bytes int64
			}
		}
		require.NoError(t, json.Unmarshal(text, &m))
		require.Equal(t, "2024-01-31", m.AsOf)
		require.Len(t, m.Files, 6)
		for _, f := range m.Files {
			info, err := os.Stat(filepath.Join(dir, folder, f.Name))
			require.NoError(t, err)
			require.Equal(t, info.Size(), f.Bytes, "%s/%s", folder, f.Name)
			require.Len(t, rows(t, filepath.Join(dir, folder, f.Name)), int(f.Rows)+1, "%s/%s", folder, f.Name)
		}
	}
}

func TestASampleIsRefusedThatCannotBe(t *testing.T) {
	t.Parallel()
	for line, says := range map[string]string{
		"--users 0":              "--months, --users and --seed are 1 or more",
		"--months -1":            "1 or more",
		"--seed 0":               "1 or more",
		"--seed -1":              `--seed "-1": want a whole number from 0 on`,
		"--users many":           `--users "many": want a whole number`,
		"--start 2024-02-30":     "no such day",
		"--start 2024-01-30":     "month end",
		"--departed 6 --users 5": "expected fewer users to depart",
		"--departed -1":          "--departed and --joined are 0 or more",
		"--joined -1":            "0 or more",
		"--users 5 extra":        `unexpected argument "extra"`,
	} {
		dir := t.TempDir()
		r := sfctl(nil, append([]string{"sample", "--dir", dir}, strings.Fields(line)...)...)
		require.Equal(t, 2, r.code, "%s: %s", line, r.err)
		require.Contains(t, r.err, says, line)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left, "%s: nothing is written of what is refused", line)
	}
}
