package ingest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	staging "github.com/streamflow/streamflow/services/ingest/internal/candidate"
)

// whileRead stages a delivery whose orders.csv is changed after it was opened: the copy
// waits for a lock that this test holds until then.
func (h *house) whileRead(t *testing.T, delivered files, change func(path string)) *ingestv1.Batch {
	t.Helper()
	req := h.request(january, h.deliver("d", delivered))
	holder, err := h.db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = holder.Rollback(context.Background()) }()
	name := staging.Name(req.GetBatch(), h.fence.Number, "orders").String()
	_, err = holder.Exec(context.Background(), "select pg_advisory_xact_lock(hashtextextended($1, 0))", name)
	require.NoError(t, err)
	done := make(chan *ingestv1.Batch, 1)
	go func() {
		b, err := h.stageRequest(req)
		if err != nil {
			b = nil
		}
		done <- b
	}()
	h.waitFor("select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()")
	change(filepath.Join(req.GetSource(), "orders.csv"))
	require.NoError(t, holder.Rollback(context.Background()))
	b := <-done
	require.NotNil(t, b)
	return b
}

// Who stages a file that is still written to reads a part of it: that is one finding,
// whatever the part looks like, and nothing is compared with rows of no state.
func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	long := manyOrders(30_000, 1)["orders.csv"] // more than is read ahead
	write := func(content string) func(string) {
		return func(path string) { _ = os.WriteFile(path, []byte(content), 0o600) }
	}
	for name, tc := range map[string]struct {
		change  func(path string)
		found   string
		follows int
	}{
		"truncated at a line":     {func(path string) { _ = os.Truncate(path, int64(strings.Index(long, "\n20000,")+1)) }, " bytes: it changed while it was read", 0},
		"truncated inside a line": {func(path string) { _ = os.Truncate(path, int64(strings.Index(long, "\n20000,")+4)) }, " bytes: it changed while it was read", 1},
		"grown":                   {write(long + "40000,c1,1,1,1\n"), " bytes: it changed while it was read", 0},
		"written anew":            {write(long), "that it was written to while it was read, and has as many bytes", 0},
		"of the same size and with its time put back": {func(path string) {
			info, _ := os.Stat(path)
			write(strings.ReplaceAll(long, "c1", "c2"))(path)
			_ = os.Chtimes(path, info.ModTime(), info.ModTime())
		}, "that it was written to while it was read, and has as many bytes", 0},
		"exchanged for rubbish": {write(strings.Repeat("\"x\",y\"\n", len(long)/6)), " bytes: it changed while it was read", -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)

			b := h.whileRead(t, goods.with("orders.csv", long), tc.change)

			require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
			require.Equal(t, []string{"FILE_UNREADABLE orders"}, reasons(b), "%v", b.GetFindings())
			require.Contains(t, b.GetFindings()[0].GetFound(), tc.found)
			require.Contains(t, b.GetFindings()[0].GetAction(), "once the file is written to its end")
			if tc.follows >= 0 {
				require.Len(t, b.GetFindings()[0].GetFollows(), tc.follows)
			} else {
				require.NotEmpty(t, b.GetFindings()[0].GetFollows(), "what the rest looked like stands below it")
			}
			require.NotContains(t, strings.Join(h.staging(), " "), "orders", "no row of it stays")
		})
	}
}

// A folder under a file's name, as programs write that write in parts, is one finding;
// its parts are not noted as files that nobody reads.
func TestAFolderInAFilesPlaceIsOneFinding(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	delivered := goods.without("orders.csv").with("orders.csv/part-00000.csv", "id\n1\n").with("orders.csv/_SUCCESS", "").with("orders.csv/deep/part-00001.csv", "id\n2\n")

	b := h.stage(january, delivered)
	beside := h.stage(january, delivered.with("notes.txt", "id\n"))

	require.Equal(t, []string{"FILE_UNREADABLE orders"}, reasons(b), "%v", b.GetFindings())
	require.Equal(t, "orders.csv: expected a file, found a folder", b.GetFindings()[0].GetMessage())
	require.Equal(t, []string{"FILE_NOT_READ ", "FILE_UNREADABLE orders"}, reasons(beside))
}

// A byte order mark at the head of a manifest is what some programs write before UTF-8,
// and no part of it.
func TestAManifestWithAByteOrderMarkIsRead(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	lists := `{"as_of": "` + january + `", "files": [{"name": "customers.csv"}, {"name": "orders.csv", "rows": 3}, {"name": "lines.csv"}]}`

	b := h.stage(january, goods.with("manifest.json", "\ufeff"+lists))
	wrong := h.stage(january, goods.with("manifest.json", "\ufeff"+strings.Replace(lists, `"rows": 3`, `"rows": 4`, 1)))

	require.Empty(t, b.GetFindings())
	require.Equal(t, []string{"FILE_UNREADABLE orders"}, reasons(wrong), "it is held to what it says")
}
