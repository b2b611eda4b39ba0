package ingest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func TestWhatStandsInAFilesPlaceIsNamed(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	outside := realPath(t, t.TempDir())
	h.deliver("shared", goods)
	for name, content := range goods {
		require.NoError(t, os.WriteFile(filepath.Join(outside, name), []byte(content), 0o600))
	}
	link := func(to string) func(string) error { return func(path string) error { return os.Symlink(to, path) } }
	copied := "Copy the file into the folder instead of linking to it."
	for name, tc := range map[string]struct {
		make         func(path string) error
		says, action string
	}{
		"a link out":           {link(filepath.Join(outside, "customers.csv")), "expected a file under the source root, found a link that leads out of it", copied},
		"a link to nothing":    {link("nowhere.csv"), "expected a file, found a link to nothing", copied},
		"out and to nothing":   {link(filepath.Join(outside, "nowhere.csv")), "expected a file under the source root, found a link that leads out of it", copied},
		"a link to itself":     {link("customers.csv"), "expected a file, found a link to nothing", copied},
		"an absolute link":     {link(filepath.Join(h.root, "shared", "customers.csv")), "expected a file, or a relative link to one, found a link by an absolute path, which is not followed even where it stays under the source root", copied},
		"a link to a neighbor": {link("../shared/customers.csv"), "", ""},
		"a folder":             {func(path string) error { return os.Mkdir(path, 0o755) }, "expected a file, found a folder", "Deliver one CSV file under this name, not a folder: join its parts if it has several."},
	} {
		source := h.deliver("odd", goods.without("customers.csv"))
		require.NoError(t, tc.make(filepath.Join(source, "customers.csv")))

		b, err := h.stageRequest(h.request(january, source))

		require.NoError(t, err, name)
		if tc.says == "" {
			require.Empty(t, b.GetFindings(), name)
			continue
		}
		require.Equal(t, []string{"FILE_UNREADABLE customers"}, reasons(b), name)
		require.Equal(t, "customers.csv: "+tc.says, b.GetFindings()[0].GetMessage(), name)
		require.Equal(t, tc.action, b.GetFindings()[0].GetAction(), name)
	}
}

func TestAnEmptyFolderIsOneFinding(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	for found, delivered := range map[string]files{
		"an empty folder": {},
		"a folder that holds manifest.json and no other file": {"manifest.json": `{"files": [{"name": "orders.csv"}]}`},
		"a folder that holds Manifest.json and no other file": {"Manifest.json": `{}`, ".DS_Store": "x"},
	} {
		source := h.deliver("empty", delivered)

		b, err := h.stageRequest(h.request(january, source))

		require.NoError(t, err)
		require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
		require.Len(t, b.GetFindings(), 1)
		f := b.GetFindings()[0]
		require.Equal(t, "FILE_MISSING", f.GetReason())
		require.Equal(t, source+": expected the files customers.csv, orders.csv and lines.csv, found "+found, f.GetMessage())
		require.NotEmpty(t, f.GetAction())
		require.Len(t, b.GetTables(), 3)
	}
}

// A table without a header is one that nobody judges: what is wrong is said once.
func TestAFileThatCannotBeReadHasNoHeader(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.stage(january, goods.without("orders.csv").with("customers.csv", "id;since;active\n"))

	require.Equal(t, []string{"FILE_MISSING orders", "FILE_UNREADABLE customers"}, reasons(b))
	for _, d := range b.GetTables() {
		require.Equal(t, d.GetTable() == "lines", d.GetHasHeader(), d.GetTable())
		require.Equal(t, d.GetTable() == "lines", d.GetCandidate() != nil, d.GetTable())
		require.Equal(t, d.GetTable() == "lines", len(d.GetHeader()) > 0, d.GetTable())
	}
}

func TestAManifestOfOtherTablesIsQuietWhereSomeAreAskedFor(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	req := h.request(january, h.deliver("some", files{
		"orders.csv": goods["orders.csv"], "manifest.json": `{"files": [{"name": "orders.csv"}, {"name": "lines.csv"}]}`,
	}))
	req.Tables = []string{"orders"}

	b, err := h.stageRequest(req)

	require.NoError(t, err)
	require.Empty(t, b.GetFindings())
}

// A file in the list that no table is read from is warned of, and holds up nothing.
func TestAListedFileThatFeedsNoTableIsAWarning(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.stage(january, goods.with("readme.txt", "x").with("manifest.json", listing(`{"name": "orders.csv"}, {"name": "readme.txt", "rows": 7}`)))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	require.Equal(t, []string{"MANIFEST_INVALID "}, reasons(b))
	f := b.GetFindings()[0]
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
	require.Equal(t, `manifest.json: expected only files that a table is read from, found listed, and read by nobody: "readme.txt"`, f.GetMessage())
}

// Files that nobody reads hold up nothing, and are said.
func TestFilesThatNobodyReadsAreNoted(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.stage(january, goods.with("customers (1).csv", "x").with("customers.csv.part", "x").with("old/customers.csv", "x").with(".hidden", "x"))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	require.Equal(t, []string{"FILE_NOT_READ "}, reasons(b))
	f := b.GetFindings()[0]
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, f.GetSeverity())
	require.Equal(t, `no table is read from 3 files: "customers (1).csv", "customers.csv.part" and "old/customers.csv"`, f.GetMessage())

	again := h.request(january, h.deliver("some", goods.with("other.csv", "x")))
	again.Tables = []string{"orders"}
	b, err := h.stageRequest(again)
	require.NoError(t, err)
	require.NotContains(t, reasons(b), "FILE_NOT_READ ", "where some tables are asked for, nobody knows of the others")
}
