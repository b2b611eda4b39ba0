package ingest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// oddShop is the shop, with a column that is trimmed.
const oddShop = `
name: shop
calendar: {period: month_end}
tables:
  - name: customers
    key: [id]
    columns:
      - {name: id, type: text}
      - {name: since, type: date}
      - {name: active, type: boolean}
      - {name: note, type: text, optional: true}
  - name: orders
    key: [id]
    references: [{columns: [customer], table: customers}]
    columns:
      - {name: id, type: bigint}
      - {name: customer, type: text}
      - {name: amount, type: "numeric(8,2)"}
      - {name: items, type: integer, trim: true}
      - {name: weight, type: double precision}
  - name: words
    key: [word]
    columns: [{name: word, type: text}]
  - name: codes
    key: [code]
    columns: [{name: code, type: text, trim: true}, {name: label, type: text, trim: true}]
`

// oddGoods is a delivery of it that has nothing odd.
var oddGoods = files{
	"customers.csv": "id,since,active,note\nc1,2020-01-31,True,x\nc2,2021-02-28,false,\n",
	"orders.csv":    "id,customer,amount,items,weight\n1,c1,10.50,2,0.5\n",
	"words.csv":     "word\nbread\n",
	"codes.csv":     "code,label\nA,alpha\n",
}

// TestOddFiles stages every folder of testdata/odd over a delivery that has nothing
// odd, and compares what is said of it, and the rows that are kept, with the golden
// file in the folder. The files are as they were delivered, byte for byte.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	h := open(t, oddShop)
	folders, err := filepath.Glob(filepath.Join("testdata", "odd", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			delivery, changed := oddGoods, []string{}
			files, err := filepath.Glob(filepath.Join(folder, "*.csv"))
			require.NoError(t, err)
			require.NotEmpty(t, files)
			for _, file := range files {
				content, err := os.ReadFile(file)
				require.NoError(t, err)
				name := filepath.Base(file)
				delivery = delivery.with(name, string(content))
				changed = append(changed, strings.TrimSuffix(name, ".csv"))
			}

			b := h.stage(january, delivery)

			said := strings.TrimPrefix(b.GetState().String(), "BATCH_STATE_") + "\n" + shown(b.GetFindings())
			for _, table := range changed {
				said += h.keptOf(t, b, table)
			}
			requireGolden(t, filepath.Join("odd", filepath.Base(folder), "said"), said)
		})
	}
}

// keptOf shows the rows of a candidate, each with its line.
func (h *house) keptOf(t *testing.T, b *ingestv1.Batch, table string) string {
	t.Helper()
	for _, d := range b.GetTables() {
		if d.GetTable() == table && d.GetCandidate() == nil {
			return "kept of " + table + ": nothing was read\n"
		}
	}
	said := "kept of " + table + ":\n"
	for _, row := range h.db.Rows(t, "select to_jsonb(c) - 'sf_file' from "+candidate(t, b, table)+" c order by sf_line") {
		said += "  " + row + "\n"
	}
	return said
}

// A last line without its end is a question that a manifest answers.
func TestAManifestSaysThatAFileIsWhole(t *testing.T) {
	t.Parallel()
	h := open(t, oddShop)
	const words = "word\nbread\nbut"
	listed := `{"name": "customers.csv"}, {"name": "orders.csv"}, {"name": "codes.csv"}, {"name": "words.csv"%s}`
	for said, findings := range map[string]int{"": 1, `, "rows": 2`: 1, `, "bytes": 14`: 0} {
		manifest := `{"files": [` + strings.Replace(listed, "%s", said, 1) + `]}`

		b := h.stage(january, oddGoods.with("words.csv", words).with("manifest.json", manifest))

		require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
		require.Len(t, b.GetFindings(), findings, said)
	}
}
