package sample_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	manifests "github.com/streamflow/streamflow/dataset/manifest"
	"github.com/streamflow/streamflow/dataset/sample"
)

func write(t *testing.T, o sample.Options) []sample.Month {
	t.Helper()
	months, err := sample.Write(t.TempDir(), o)
	require.NoError(t, err)
	return months
}

func text(t *testing.T, month sample.Month, file string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(month.Dir, file)) // a file of the test's own
	require.NoError(t, err)
	return string(content)
}

// rows are a file's fields, by user id and in order.
func rows(t *testing.T, month sample.Month, file string) (byID map[string][]string, ids []string) {
	t.Helper()
	byID = map[string][]string{}
	lines := strings.Split(strings.TrimSuffix(text(t, month, file), "\n"), "\n")
	for _, line := range lines[1:] {
		fields := strings.Split(line, ",")
		require.Nil(t, byID[fields[0]], "%s stands twice", fields[0]) // a map's NotContains would go through all of it
		byID[fields[0]] = fields[1:]
		ids = append(ids, fields[0])
	}
	return byID, ids
}

var files = []string{"users.csv", "subscriptions.csv", "usage_agg_30d.csv", "payments_agg_90d.csv", "support_agg_90d.csv", "labels.csv"}

func TestWriteGivesTheSameBytesForTheSameOptions(t *testing.T) {
	t.Parallel()
	// The demo, the benchmarks and their recorded figures stand on these bytes.
	sum := sha256.New()
	for _, month := range write(t, sample.Options{}) {
		for _, file := range append(files, "manifest.json") {
			sum.Write([]byte(text(t, month, file)))
		}
	}
	require.Equal(t, "2d5b6f1e0a1a9ea8761c72d340711bd3cf83fa4dd83e6ce054771a2a2a3977db", hex.EncodeToString(sum.Sum(nil)))
}

func TestWriteDiffersBySeed(t *testing.T) {
	t.Parallel()
	one := write(t, sample.Options{Months: 1, Users: 50, Seed: 1})[0]
	two := write(t, sample.Options{Months: 1, Users: 50, Seed: 2})[0]
	for _, file := range files {
		require.NotEqual(t, text(t, one, file), text(t, two, file))
	}
}

func TestWriteDefaults(t *testing.T) {
	t.Parallel()
	months := write(t, sample.Options{})
	require.Len(t, months, 2)
	require.Equal(t, "month_000", filepath.Base(months[0].Dir))
	require.Equal(t, "month_001", filepath.Base(months[1].Dir))
	require.Equal(t, time.Date(2024, time.January, 31, 0, 0, 0, 0, time.UTC), months[0].AsOf)
	require.Equal(t, "2024-02-29", months[1].Manifest.AsOf)
	_, ids := rows(t, months[1], "labels.csv")
	require.Len(t, ids, 7043)
}

func TestManifestDescribesTheFiles(t *testing.T) {
	t.Parallel()
	month := write(t, sample.Options{Months: 1, Users: 321})[0]
	var manifest sample.Manifest
	require.NoError(t, json.Unmarshal([]byte(text(t, month, "manifest.json")), &manifest))

	require.Equal(t, month.Manifest, manifest)
	_, mistakes := manifests.Parse([]byte(text(t, month, "manifest.json")))
	require.Empty(t, mistakes, "it is one that ingest believes")
	require.Equal(t, "streamflow", manifest.Dataset)
	require.Equal(t, "2024-01-31", manifest.AsOf)
	require.Len(t, manifest.Files, len(files))
	for i, file := range manifest.Files {
		content := text(t, month, files[i])
		sum := sha256.Sum256([]byte(content))
		require.Equal(t, sample.ManifestFile{
			Name: files[i], SHA256: hex.EncodeToString(sum[:]), Rows: 321, Bytes: int64(len(content)),
		}, file)
	}
}

func TestMonthCanBeWrittenAlone(t *testing.T) {
	t.Parallel()
	options := sample.Options{Months: 4, Users: 300, Departed: 10, Joined: 20}
	months := write(t, options)

	alone, err := sample.WriteMonth(t.TempDir(), options, 3)

	require.NoError(t, err)
	require.Equal(t, months[3].Manifest, alone.Manifest)
	longer := options
	longer.Months = 12
	again, err := sample.WriteMonth(t.TempDir(), longer, 3)
	require.NoError(t, err)
	require.Equal(t, months[3].Manifest, again.Manifest)
}

func TestWriteReplacesWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := sample.Write(dir, sample.Options{Months: 1, Users: 500})
	require.NoError(t, err)
	months, err := sample.Write(dir, sample.Options{Months: 1, Users: 20})
	require.NoError(t, err)
	_, ids := rows(t, months[0], "users.csv")
	require.Len(t, ids, 20)
}

func TestFilesHaveTheFormOfTheRealOnes(t *testing.T) {
	t.Parallel()
	forms := map[string]string{
		"users.csv":            `\d{4}-[A-Z]{5},20\d\d-\d\d-\d\d,(Male|Female)(,(True|False)){3}`,
		"subscriptions.csv":    `\d{4}-[A-Z]{5},\d{1,2},((True|False),(True|False),[^,]+,(True|False),\d+\.\d{1,2},\d+\.\d{1,2},(DSL|Fiber optic)|,,[^,]+,(True|False),\d+\.\d{1,2},\d+\.\d{1,2},No)`,
		"usage_agg_30d.csv":    `\d{4}-[A-Z]{5},\d{1,2}\.\d{1,17},29\.14104464084511,[123],\d{1,2},\d{1,2}`,
		"payments_agg_90d.csv": `\d{4}-[A-Z]{5},\d`,
		"support_agg_90d.csv":  `\d{4}-[A-Z]{5},\d,\d{1,2}\.\d`,
		"labels.csv":           `\d{4}-[A-Z]{5},(True|False)`,
	}
	for _, month := range write(t, sample.Options{Users: 2000}) {
		for file, form := range forms {
			content := text(t, month, file)
			require.Equal(t, 2001, strings.Count(content, "\n"), file)
			require.Regexp(t, `^[a-z0-9_,]+\n(`+form+`\n)*$`, content, file) // \n ends every line, the last too
		}
	}
}

func TestMonthsDifferAsTheRealOnes(t *testing.T) {
	t.Parallel()
	months := write(t, sample.Options{Months: 3})
	for _, file := range []string{"users.csv", "subscriptions.csv"} {
		require.Equal(t, text(t, months[0], file), text(t, months[2], file))
	}
	for i := range 2 {
		require.InDelta(t, 1, changed(t, months[i], months[i+1], "usage_agg_30d.csv"), 0)
		require.InDelta(t, 0.05, changed(t, months[i], months[i+1], "payments_agg_90d.csv"), 0.04)
		require.InDelta(t, 0.06, changed(t, months[i], months[i+1], "support_agg_90d.csv"), 0.04)
		require.InDelta(t, 0.33, changed(t, months[i], months[i+1], "labels.csv"), 0.05)
	}
}

// changed is the share of a file's rows that differ between two months.
func changed(t *testing.T, before, after sample.Month, file string) float64 {
	t.Helper()
	old, order := rows(t, before, file)
	now, nowOrder := rows(t, after, file)
	require.Equal(t, order, nowOrder)
	n := 0
	for id, fields := range old {
		if strings.Join(fields, ",") != strings.Join(now[id], ",") {
			n++
		}
	}
	return float64(n) / float64(len(old))
}

func TestSharesAreThoseOfTheRealMonths(t *testing.T) {
	t.Parallel()
	month := write(t, sample.Options{Months: 1})[0]
	lines := func(file, pattern string) float64 {
		return float64(len(regexp.MustCompile(`(?m)`+pattern).FindAllString(text(t, month, file), -1))) / 7043
	}
	require.InDelta(t, 0.217, lines("subscriptions.csv", `,No$`), 0.02)
	require.InDelta(t, 0.440, lines("subscriptions.csv", `,Fiber optic$`), 0.02)
	require.InDelta(t, 0.550, lines("subscriptions.csv", `,Month-to-month,`), 0.03)
	require.InDelta(t, 0.260, lines("labels.csv", `,True$`), 0.02)
	require.InDelta(t, 0.847, lines("payments_agg_90d.csv", `,0$`), 0.02)
	require.InDelta(t, 0.433, lines("users.csv", `,2022-01-01,`), 0.03)
}

func TestPeopleComeAndGo(t *testing.T) {
	t.Parallel()
	months := write(t, sample.Options{Months: 4, Users: 1000, Departed: 100, Joined: 30, Seed: 5})
	first, _ := rows(t, months[0], "users.csv")
	gone := map[string]bool{}
	for number, month := range months {
		users, order := rows(t, month, "users.csv")
		require.Len(t, users, 1000-100*number+30*number)
		for _, file := range files[1:] {
			_, ids := rows(t, month, file)
			require.Equal(t, order, ids, "the same users in %s", file)
		}
		for id := range gone {
			require.Nil(t, users[id], "%s has departed and is back", id)
		}
		for id := range first {
			if users[id] == nil {
				gone[id] = true
			}
		}
		require.Len(t, gone, 100*number)
		for id, fields := range users {
			require.LessOrEqual(t, fields[0], month.Manifest.AsOf, id)
		}
	}
}

func TestStartIsAMonthEnd(t *testing.T) {
	t.Parallel()
	months := write(t, sample.Options{Months: 3, Users: 3, Start: time.Date(2022, time.November, 30, 0, 0, 0, 0, time.UTC)})
	require.Equal(t, "2022-11-30", months[0].Manifest.AsOf)
	require.Equal(t, "2022-12-31", months[1].Manifest.AsOf)
	require.Equal(t, "2023-01-31", months[2].Manifest.AsOf)
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]sample.Options{
		"expected 1 to 1200 months, found -1":                                                       {Months: -1},
		"expected 1 to 1200 months, found 1201":                                                     {Months: 1201},
		"expected 1 to 100000000 users, found -5":                                                   {Users: -5},
		"expected 0 to 10000000 users who join each month, found -1":                                {Joined: -1},
		"expected fewer users to depart over 3 months than the 10 there are, found 5 each month":    {Months: 3, Users: 10, Departed: 5},
		"expected fewer users to depart over 2 months than the 7043 there are, found -1 each month": {Departed: -1},
		"expected a month end to start with, such as 2024-01-31, found 2024-01-30":                  {Start: time.Date(2024, time.January, 30, 0, 0, 0, 0, time.UTC)},
	}
	for want, options := range tests {
		_, err := sample.Write(t.TempDir(), options)
		require.EqualError(t, err, want)
	}
	_, err := sample.WriteMonth(t.TempDir(), sample.Options{}, 2)
	require.EqualError(t, err, "expected a month from 0 to 1, found 2")
}

func TestWriteSaysWhereItFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "month_000"), nil, 0o600))
	_, err := sample.Write(dir, sample.Options{})
	require.ErrorContains(t, err, "write sample data into "+filepath.Join(dir, "month_000"))

	blocked := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(blocked, "month_000", "labels.csv"), 0o755)) // a folder in a file's place
	_, err = sample.Write(blocked, sample.Options{})
	require.ErrorContains(t, err, "labels.csv")
	require.NoFileExists(t, filepath.Join(blocked, "month_000", "manifest.json"))
}

func BenchmarkWriteMonth(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		month, err := sample.WriteMonth(dir, sample.Options{Users: 100_000}, 1)
		require.NoError(b, err)
		var written int64
		for _, file := range month.Manifest.Files {
			written += file.Bytes
		}
		b.SetBytes(written)
	}
}
