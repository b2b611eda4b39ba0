package ingest_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	customers = "id,since,active,note\nc1,2020-01-31,True,x\nc2,2021-02-28,false,\n"
	orders    = "id,customer,amount,items,weight\n1,c1,10.50,2,0.5\n2,c2,1,3.0,1\n"
)

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

// incompressible is a text of n bytes that no compression shortens by much.
func incompressible(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	return b.String()[:n]
}

// longKey is a key longer than anything that is shown of it.
var longKey = strings.Repeat("7", 250)

// earlier is a month before, of which no file is the same.
var earlier = files{
	"customers.csv": "id,since,active\nc1,2020-01-31,True\nc7,2020-01-31,True\n",
	"orders.csv":    "id,customer,amount,items,weight\n1,c1,10.50,2,0.5\n7,c7,1,1,1\n",
	"lines.csv":     "order_id,place,price\n1,1,1.10\n7,1,1\n",
}

// listing is a manifest of the goods, in which the entry stands for orders.csv.
func listing(entry string) string {
	return `{"dataset": "shop", "files": [{"name": "customers.csv"}, {"name": "lines.csv"},` + "\n" + entry + "]}"
}

// manySums are files that are listed with an MD5.
func manySums(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",\n{\"name\": \"part_%d.csv\", \"sha256\": \"d41d8cd98f00b204e9800998ecf8427e\"}", i)
	}
	return b.String()
}

// withMany adds n files that nobody reads.
func (f files) withMany(n int) files {
	out := f.with("a.csv", "")
	for i := range n {
		out[fmt.Sprintf("file_%03d.csv", i)] = ""
	}
	return out
}

// ordersOfOne are n orders of customer c1.
func ordersOfOne(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,c1,1,1,1\n", 100+i)
	}
	return b.String()
}

// manyBadRows has more bad rows than a finding lists.
func manyBadRows() string {
	var b strings.Builder
	b.WriteString(orders)
	for i := 10; i < 1042; i++ {
		fmt.Fprintf(&b, "%d,c1,ten,1,1\n", i)
	}
	return b.String()
}

// manyColumns are the names of n columns that nobody declares.
func manyColumns(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",feature_%d", i)
	}
	return b.String()
}

// badInputs are deliveries with something wrong, and the golden file of what is said.
var badInputs = map[string]files{
	"column_missing":                 goods.with("customers.csv", "id,since\nc1,2020-01-31\n"),
	"column_unknown":                 goods.with("customers.csv", "id,since,active,discount\nc1,2020-01-31,True,5\n"),
	"column_misspelt":                goods.with("customers.csv", "id,sinces,active\nc1,2020-01-31,True\n"),
	"column_case":                    goods.with("customers.csv", "ID,since,active\nc1,2020-01-31,True\n"),
	"column_case_of_all":             goods.with("customers.csv", "ID,SINCE,ACTIVE,NOTE\nc1,2020-01-31,True,x\n"),
	"columns_unknown":                goods.with("customers.csv", "id,since,active"+manyColumns(1000)+"\nc1,2020-01-31,True"+strings.Repeat(",", 1000)+"\n"),
	"column_space":                   goods.with("customers.csv", "id, since,active\nc1,2020-01-31,True\n"),
	"column_repeated":                goods.with("customers.csv", "id,since,active,since\nc1,2020-01-31,True,2020-01-31\n"),
	"column_without_name":            goods.with("customers.csv", ",id,since,active\n0,c1,2020-01-31,True\n"),
	"header_all_wrong":               goods.with("orders.csv", "order,customer,customer,items\n1,c1,c1,2\n"),
	"header_semicolons":              goods.with("customers.csv", "id;since;active\nc1;2020-01-31;True\n"),
	"header_tabs":                    goods.with("customers.csv", "id\tsince\tactive\nc1\t2020-01-31\tTrue\n"),
	"header_semicolons_quoted":       goods.with("customers.csv", "\"id\";\"since\";\"active\"\n\"c1\";\"2020-01-31\";\"True\"\n"),
	"file_cr_only":                   goods.with("customers.csv", strings.ReplaceAll(customers, "\n", "\r")),
	"file_utf16_without_mark":        goods.with("customers.csv", "i\x00d\x00,\x00n\x00\n\x00"),
	"key_long":                       goods.with("customers.csv", customers+longKey+",,,\n"+longKey+",,,\n").with("orders.csv", orders+"3,x"+longKey+",1,1,1\n"),
	"orphan_of_ragged":               goods.with("customers.csv", "id,since,active\nc1,2020-01-31,True\nc2\n").with("orders.csv", orders),
	"file_missing_and_listed":        goods.without("orders.csv").with("manifest.json", `{"files": [{"name": "customers.csv"}, {"name": "orders.csv"}, {"name": "lines.csv"}]}`),
	"manifest_array":                 goods.with("manifest.json", `[1,2]`),
	"manifest_wrong_kind":            goods.with("manifest.json", listing(`{"name": "orders.csv", "rows": "many"}`)),
	"manifest_as_of_no_day":          goods.with("manifest.json", `{"as_of": "31/01/2024"}`),
	"manifest_as_of_null":            goods.with("manifest.json", `{"as_of": null}`),
	"manifest_lists_twice":           goods.with("manifest.json", listing(`{"name": "orders.csv"}, {"name": "orders.csv"}, {"name": "orders.csv"}`)),
	"manifest_lists_absent":          goods.with("manifest.json", listing(`{"name": "orders.csv"}, {"name": "order.csv"}, {"name": "../x"}`)),
	"manifest_lists_too_few":         goods.with("manifest.json", `{"files": [{"name": "order.csv"}, {"name": "lines.csv"}]}`),
	"manifest_lists_none":            goods.with("manifest.json", `{"files": []}`),
	"manifest_other_letters":         goods.with("manifest.json", listing(`{"name": "Orders.csv"}`)),
	"manifest_name_with_dot":         goods.with("manifest.json", listing(`{"name": "./orders.csv", "sha256": "`+strings.Repeat("0", 64)+`"}`)),
	"manifest_md5":                   goods.with("manifest.json", listing(`{"name": "orders.csv", "sha256": "d41d8cd98f00b204e9800998ecf8427e"}`)),
	"manifest_md5_of_many":           goods.with("manifest.json", listing(`{"name": "orders.csv"}`+manySums(30))),
	"manifest_misspelt_keys":         goods.with("manifest.json", "{\n\"asof\": \"2024-02-29\",\n\"sha-256\": \"\"}"),
	"manifest_key_twice_wrong_first": goods.with("manifest.json", `{"as_of": "2024-01-31", "as_of": "2024-02-29"}`),
	"manifest_key_twice":             goods.with("manifest.json", `{"as_of": "2024-02-29", "as_of": "2024-01-31"}`),
	"manifest_says_nothing":          goods.with("manifest.json", `{"meta": {"made_by": "us"}}`),
	"manifest_in_capitals":           goods.with("Manifest.json", `{"as_of": "2024-02-29"}`),
	"header_not_text":                goods.with("customers.csv", "id,caf\xe9\nc1,x\n"),
	"two_headers_wrong":              goods.with("customers.csv", "id\nc1\n").with("orders.csv", "id\n1\n"),
	"value_boolean":                  goods.with("customers.csv", customers+"c3,2020-01-01,maybe,\n"),
	"value_date":                     goods.with("customers.csv", customers+"c3,2023-02-29,t,\nc4,31.01.2020,t,\n"),
	"value_integer":                  goods.with("orders.csv", orders+"3,c1,1,3.5,1\n4,c1,1,many,1\n5,c1,1,2147483648,1\n"),
	"value_numeric":                  goods.with("orders.csv", orders+"3,c1,N/A,1,1\n4,c1,NaN,1,1\n5,c1,1000000.00,1,1\n6,c1,1.005,1,1\n"),
	"value_double":                   goods.with("orders.csv", orders+"3,c1,1,1,1e999\n4,c1,1,1,infinity\n"),
	"value_not_utf8":                 goods.with("customers.csv", customers+"c3,,,caf\xe9\n"),
	"value_nul":                      goods.with("customers.csv", customers+"c3,,,a\x00b\n"),
	"value_empty_in_quotes":          goods.with("customers.csv", customers+"c3,\"\",t,x\n"),
	"value_long":                     goods.with("orders.csv", orders+"3,c1,"+strings.Repeat("x", 5000)+",1,1\n"),
	"several_faults_in_a_row":        goods.with("orders.csv", orders+"x,c1,y,z,1\n"),
	"rows_more_than_listed":          goods.with("orders.csv", manyBadRows()),
	"row_ragged":                     goods.with("customers.csv", customers+"c3,2020-01-01\nc4,2020-01-01,t,x,y\nc5,\"2020-01-01\n2020\",t,x\n"),
	"key_empty":                      goods.with("customers.csv", customers+",2020-01-01,t,\n"),
	"key_empty_composite":            goods.with("lines.csv", "order_id,place,price\n1,,1\n,,1\n2,1,1\n"),
	"key_twice":                      goods.with("customers.csv", customers+"c1,,,\nc3,,,\nc2,,,\nc1,,,\n"),
	"key_twice_composite":            goods.with("lines.csv", "order_id,place,price\n1,1,1\n1,2,1\n1,1,2\n"),
	"key_too_long":                   goods.with("customers.csv", customers+incompressible(4_000)+",2020-01-01,t,x\n"),
	"orphans":                        goods.with("orders.csv", orders+"3,c9,1,1,1\n4,c1,1,1,1\n5,\"c8, x\",1,1,1\n"),
	"orphan_of_rejected_typed": goods.with("orders.csv", "id,customer,amount,items,weight\n007,c1,x,1,1\n2,c1,1,1\n3,c1,1,1,1\n").
		with("lines.csv", "order_id,place,price\n7,1,1\n7,2,1\n2,1,1\n3,1,1\n9,1,1\n"),
	"orphan_of_rejected_many": goods.with("customers.csv", "id,since,active\nc1,2020-01-31,maybe\nc2,2020-01-31,t\n").with("orders.csv", orders+ordersOfOne(1000)),
	"orphan_of_unknown_key":   goods.with("customers.csv", "active,since,id\nTrue,2020-01-31,c1\nTrue\n").with("orders.csv", orders),
	"orphan_of_rejected":      goods.with("customers.csv", "id,since,active\nc1,2020-01-31,True\nc2,never,True\n").with("orders.csv", orders),
	"file_missing":            goods.without("orders.csv"),
	"file_missing_among_500":  goods.without("orders.csv").with("Orders.csv", orders).with("orders (1).csv", orders).withMany(500),
	"file_missing_in_folder":  goods.without("orders.csv").with("raw/orders.csv", orders),
	"file_missing_no_near":    goods.without("orders.csv").with("lines.csv.part", "").with("readme.txt", "x"),
	"file_missing_other_case": goods.without("orders.csv").with("Orders.csv", orders),
	"file_empty":              goods.with("customers.csv", ""),
	"file_blank":              goods.with("customers.csv", "\n\r\n\n"),
	"file_quote_unclosed":     goods.with("customers.csv", customers+"c3,2020-01-01,\"t,x\nc4,,,\n"),
	"file_quote_bare":         goods.with("customers.csv", customers+"c3,2020-01-01,t,5\" pipe\n"),
	"file_quote_text_after":   goods.with("customers.csv", customers+"c3,2020-01-01,t,\"a\"b\n"),
	"file_record_too_long":    goods.with("customers.csv", customers+"c3,2020-01-01,t,"+strings.Repeat("x", 1<<20)+"\n"),
	"file_gzip":               goods.with("customers.csv", gzipped(customers)),
	"file_utf16":              goods.with("customers.csv", "\xff\xfei\x00d\x00\n\x00"),
	"file_spreadsheet":        goods.with("customers.csv", "PK\x03\x04 and so on"),
	"manifest_broken":         goods.with("manifest.json", `{"dataset": "shop", `),
	"manifest_other_file": goods.with("manifest.json",
		`{"files": [{"name": "customers.csv", "sha256": "`+strings.Repeat("0f", 32)+`", "rows": 7, "bytes": 8}, {"name": "orders.csv"}, {"name": "lines.csv"}]}`),
	"all_at_once": goods.without("lines.csv").with("customers.csv", "id,since,active\nc1,never,True\nc2,2020-01-01,t\nc2,2020-01-01,t\n").
		with("orders.csv", "id,customer,amount,items,weight\n1,c1,x,1,1\n2,c7,1,1,1\n3,c1,1,1,1\n"),
}

func TestBadInputsAreNamedAndChangeNothing(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, earlier)
	live := func() []string {
		return h.db.Rows(t, `select 'c', xmin::text, c::text from customers c union all select 'o', xmin::text, o::text from orders o
			union all select 'l', xmin::text, l::text from lines l order by 1, 3`)
	}
	before := live()
	for name, delivery := range badInputs {
		t.Run(name, func(t *testing.T) {
			b := h.stage(february, delivery)
			_, err := h.publish(b.GetId())

			requireReason(t, problem.BatchRejected, err)
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
			require.Equal(t, before, live())
			requireGolden(t, name, shown(b.GetFindings()))
			stored, err := h.client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: b.GetId()})
			require.NoError(t, err)
			require.Equal(t, shown(b.GetFindings()), shown(stored.GetBatch().GetFindings()))
		})
	}
}

// shown writes findings as a person would read them, what follows from one below it.
func shown(findings []*stepv1.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s %s/%s [%s] x%d\n  %s\n  expected: %s\n  found: %s\n  do: %s\n", f.GetReason(),
			strings.TrimPrefix(f.GetSeverity().String(), "SEVERITY_"), f.GetTable(), f.GetFile(), f.GetColumn(), f.GetCount(),
			f.GetMessage(), f.GetExpected(), f.GetFound(), f.GetAction())
		for _, r := range f.GetRows() {
			fmt.Fprintf(&b, "  - %s:%d %q %s=%q %s\n", r.GetFile(), r.GetLine(), r.GetKey(), r.GetColumn(), r.GetValue(), r.GetDetail())
		}
		for line := range strings.Lines(shown(f.GetFollows())) {
			b.WriteString("  > " + line)
		}
	}
	return b.String()
}

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "write it with -update")
	require.Equal(t, string(want), got)
}
