package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

func opened(t *testing.T, root, folder string) *source.Folder {
	t.Helper()
	f, err := source.Roots{root}.Open(folder)
	require.NoError(t, err)
	t.Cleanup(f.Close)
	return f
}

func TestAListingHoldsTheFilesOfAllFolders(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "raw", "old"), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(folder, ".git"), 0o755))
	for _, name := range []string{"raw/orders.csv", "raw/old/orders.csv", "users (1).csv", ".DS_Store", ".git/config", "manifest.json", "Manifest.JSON", "raw/manifest.json"} {
		write(t, folder, name, "x")
	}
	for name, to := range map[string]string{"linked.csv": "users.csv", "linked folder": "raw", "dangling.csv": "nowhere", "up": ".."} {
		require.NoError(t, os.Symlink(to, filepath.Join(folder, name)))
	}

	l := opened(t, root, folder).List()

	require.Equal(t, source.Listing{
		Files: []string{
			"dangling.csv", "linked.csv", "raw/manifest.json", "raw/old/orders.csv", "raw/orders.csv", "users (1).csv", "users.csv",
		},
		Manifests: []string{"Manifest.JSON", "manifest.json"},
	}, l)
}

// Files in the folder itself go before those in folders below it.
func TestAListingIsBounded(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	require.NoError(t, os.Mkdir(filepath.Join(folder, "a"), 0o755))
	for i := range 10_500 {
		write(t, folder, fmt.Sprintf("a/%05d.csv", i), "")
	}

	l := opened(t, root, folder).List()

	require.True(t, l.More)
	require.Contains(t, l.Files, "users.csv")
	require.LessOrEqual(t, len(l.Files), 10_000)
}

func TestAnEmptyFolderAndOneThatIsGone(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	f := opened(t, root, folder)
	require.NoError(t, os.Remove(filepath.Join(folder, "users.csv")))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "raw"), 0o755))

	require.Equal(t, source.Listing{}, f.List())

	require.NoError(t, os.RemoveAll(folder))
	require.True(t, f.List().Unknown)
}

func TestFilesInSubfolders(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	other, _ := tree(t)
	require.NoError(t, os.Mkdir(filepath.Join(folder, "raw"), 0o755))
	write(t, folder, "raw/orders.csv", "id\n")
	for name, to := range map[string]string{
		"linked": "raw", "out": other, "gone": "nowhere", "absolute": filepath.Join(folder, "raw"), "raw/up.csv": "../users.csv",
	} {
		require.NoError(t, os.Symlink(to, filepath.Join(folder, name)))
	}
	f := opened(t, root, folder)
	for name, want := range map[string]error{
		"raw/orders.csv": nil, "linked/orders.csv": nil, "raw/up.csv": nil,
		"raw/other.csv": source.ErrMissing, "other/orders.csv": source.ErrMissing, "users.csv/orders.csv": source.ErrMissing,
		"raw": source.ErrFolder, "out/users.csv": source.ErrOutside, "gone/orders.csv": source.ErrDangling, "absolute/orders.csv": source.ErrAbsoluteLink,
	} {
		_, err := f.Size(name)

		require.ErrorIs(t, err, want, name)
	}
}

func TestManifests(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	f := opened(t, root, folder)

	none, mistakes, err := f.Manifest()
	require.NoError(t, err)
	require.Nil(t, none)
	require.Empty(t, mistakes)

	write(t, folder, "manifest.json", `{"dataset": "shop", "asof": "2024-01-31"}`)
	m, mistakes, err := f.Manifest()
	require.NoError(t, err)
	require.Equal(t, "shop", m.Dataset)
	require.Len(t, mistakes, 1)

	write(t, folder, "manifest.json", "["+string(make([]byte, 5<<20)))
	m, mistakes, err = f.Manifest()
	require.NoError(t, err)
	require.Nil(t, m)
	require.Equal(t, "at most 4 MiB", mistakes[0].Expected)

	require.NoError(t, os.Remove(filepath.Join(folder, "manifest.json")))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "manifest.json"), 0o755))
	_, _, err = f.Manifest()
	require.ErrorIs(t, err, source.ErrFolder)
}
