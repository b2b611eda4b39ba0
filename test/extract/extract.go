// Package extract gives tests the extracts they run on: the real ones where they
// stand beside the project, the generator's everywhere, and copies of either that a
// test may spoil.
package extract

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/datatest"
	"github.com/streamflow/streamflow/dataset/sample"
)

// The as_of dates of the first two months.
const (
	January  = "2024-01-31"
	February = "2024-02-29"
)

// Users is how many users each month holds.
const Users = 7043

// Root is the project's folder: the one above the test's own that has the workspace. It
// is looked for on the disk, since a test that was built with -trimpath knows no sources.
func Root() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	panic("expected a go.work above the current folder, found none")
}

// Real returns the folder of the real January; where it is not there, the test is
// skipped.
func Real(t testing.TB) (january string) {
	t.Helper()
	return filepath.Join(datatest.Folder(t, datatest.Real), "month_000")
}

// Months returns January and February: the real ones where they are there, else
// generated ones of the same shape.
func Months(t testing.TB) (january, february string) {
	t.Helper()
	if dir, ok := datatest.Find(t, datatest.Real); ok {
		return filepath.Join(dir, "month_000"), filepath.Join(dir, "month_001")
	}
	return Sample(t, Users)
}

// Sample generates January and February for a number of users.
func Sample(t testing.TB, users int) (january, february string) {
	t.Helper()
	dir := t.TempDir()
	_, err := sample.Write(dir, sample.Options{Months: 2, Users: users, Seed: 1})
	require.NoError(t, err)
	return filepath.Join(dir, "month_000"), filepath.Join(dir, "month_001")
}

// Copy copies a month, for a test that changes it. The manifest stays behind: it
// would name the change before anything else does.
func Copy(t testing.TB, month string) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(month, "*.csv"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		data, err := os.ReadFile(filepath.Clean(f))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f)), data, 0o600))
	}
	return dir
}

// Lines returns the lines of a file, the header first, without the last newline.
func Lines(t testing.TB, dir, file string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// Edit rewrites a file by its lines.
func Edit(t testing.TB, dir, file string, change func(lines []string) []string) {
	t.Helper()
	text := strings.Join(change(Lines(t, dir, file)), "\n") + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
}

// SetField changes one field of one line (the header is line 1).
func SetField(t testing.TB, dir, file string, line int, column, value string) {
	t.Helper()
	Edit(t, dir, file, func(lines []string) []string {
		for i, name := range strings.Split(lines[0], ",") {
			if name == column {
				fields := strings.Split(lines[line-1], ",")
				fields[i] = value
				lines[line-1] = strings.Join(fields, ",")
				return lines
			}
		}
		require.Fail(t, "no column "+column+" in "+file)
		return nil
	})
}

// Without drops the last n users from every file of a month.
func Without(t testing.TB, dir string, n int) (gone []string) {
	t.Helper()
	users := Lines(t, dir, "users.csv")
	drop := map[string]bool{}
	for _, l := range users[len(users)-n:] {
		id, _, _ := strings.Cut(l, ",")
		drop[id] = true
		gone = append(gone, id)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	require.NoError(t, err)
	for _, f := range files {
		Edit(t, dir, filepath.Base(f), func(lines []string) []string {
			kept := lines[:0]
			for _, l := range lines {
				if id, _, _ := strings.Cut(l, ","); !drop[id] {
					kept = append(kept, l)
				}
			}
			return kept
		})
	}
	return gone
}
