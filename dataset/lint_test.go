package dataset_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestLintMistakes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	cases := []breakage{
		{"dataset name, capital", "name: shop", "name: Shop"},
		{"dataset name, missing", "name: shop\n", ""},
		{"schema, pattern", "schema: retail", "schema: my shop"},
		{"schema, PostgreSQL's", "schema: retail", "schema: pg_temp"},
		{"schema, information_schema", "schema: retail", "schema: information_schema"},
		{"schema, StreamFlow's", "schema: retail", "schema: sf_staging"},
		{"calendar, missing", "calendar:\n  period: month_end\n", ""},
		{"calendar, without period", "calendar:\n  period: month_end\n", "calendar: {}\n"},
		{"calendar, unknown period", "period: month_end", "period: fortnight"},
		{"calendar, end of another period", "period: month_end\n", "period: quarter_end\n  ends_on: friday\n"},
		{"calendar, unknown weekday", "period: month_end\n", "period: week\n  ends_on: sun\n"},
		{"table name, pattern", "name: customers\n", "name: customers list\n"},
		{"table name, too long", "name: customers\n", "name: " + long[:49] + "\n"},
		{"table name, twice", "name: customers\n", "name: orders\n"},
		{"table name, an index's", "name: customers\n", "name: orders_pkey\n"},
		{"snapshot name, pattern", "name: orders_snapshots", "name: 1_snapshots"},
		{"snapshot name, a table's", "name: orders_snapshots", "name: customers"},
		{"snapshot name, twice", "name: orders_snapshots", "name: customers_snapshots"},
		{"snapshot name, an index's", "name: orders_snapshots", "name: orders_pkey"},
		{"column name, missing", "name: segment\n        ", ""},
		{"column name, too long", "name: weight", "name: " + long},
		{"column name, space around", "name: weight", `name: " weight"`},
		{"column name, control character", "name: weight", `name: "wei\tght"`},
		{"column name, StreamFlow's", "name: weight", "name: sf_line"},
		{"column name, PostgreSQL's", "name: weight", "name: ctid"},
		{"column name, twice", "name: weight", "name: amount"},
		{"column name, as_of", "name: weight", "name: as_of"},
		{"renamed, from itself", "type: date", "type: date\n        renamed_from: ordered_on"},
		{"renamed, from another column", "type: date", "type: date\n        renamed_from: amount"},
		{"renamed, from one that is renamed from itself", "type: double precision\n      - name: ordered_on\n        type: date",
			"type: double precision\n        renamed_from: weight\n      - name: ordered_on\n        type: date\n        renamed_from: weight"},
		{"renamed, two from one", "type: double precision\n      - name: ordered_on\n        type: date",
			"type: double precision\n        renamed_from: day\n      - name: ordered_on\n        type: date\n        renamed_from: day"},
		{"renamed, from a name that is none", "type: date", "type: date\n        renamed_from: sf_day"},
		{"renamed, from a long name", "type: date", "type: date\n        renamed_from: " + long},
		{"renamed, and a rule has the older name", "name: segment\n        type: text", "name: branch\n        renamed_from: segment\n        type: text"},
		{"renamed, and the key and a reference have the older name", "- name: customer_id\n        type: text", "- name: client\n        renamed_from: customer_id\n        type: text"},
		{"renamed, and a snapshot has the older name", "- name: amount\n        type: numeric(12,2)", "- name: total\n        renamed_from: amount\n        type: numeric(12,2)"},
		{"column type, near", "type: bigint", "type: bigit"},
		{"column type, another's word", "type: bigint", "type: character varying(20)"},
		{"column type, without its length", "type: bigint", "type: varchar"},
		{"column type, length", "type: bigint", "type: char(0)"},
		{"time zone, of another type", "type: date", "type: timestamp\n        time_zone: UTC"},
		{"time zone, unknown", "type: date", "type: timestamptz\n        time_zone: CEST"},
		{"time zone, the machine's", "type: date", "type: timestamptz\n        time_zone: Local"},
		{"bounds, without an offset", "type: date", "type: timestamptz"},
		{"column type, near two", "type: date", "type: timestampz"},
		{"bounds, of jsonb", "type: date", "type: jsonb"},
		{"set, of jsonb", "type: boolean", "type: jsonb"},
		{"set, of uuid", "type: boolean", "type: uuid"},
		{"set, longer than the type", "name: segment\n        type: text", "name: segment\n        type: varchar(5)"},
		{"column type, precision", "type: numeric(12,2)", "type: numeric(2000,2)"},
		{"column type, scale", "type: numeric(12,2)", "type: numeric(12,13)"},
		{"column type, missing", "        type: bigint\n", ""},
		{"columns, missing", "columns:\n      - name: customer_id\n        type: text\n      - name: segment\n        type: text\n      - name: visits\n        type: int\n    ", ""},
		{"key, missing", "    key: [order_id]\n", ""},
		{"key, unknown", "key: [order_id]", "key: [ordr_id]"},
		{"key, twice", "key: [order_id]", "key: [order_id, order_id]"},
		{"key, optional", "key: [order_id]", "key: [order_id, paid]"},
		{"key, double precision", "key: [order_id]", "key: [weight]"},
		{"key, real", "type: double precision\n      - name: ordered_on\n        type: date\n      - name: paid\n        type: boolean\n        optional: true\n    key: [order_id]",
			"type: real\n      - name: ordered_on\n        type: date\n      - name: paid\n        type: boolean\n        optional: true\n    key: [order_id, weight]"},
		{"key, jsonb", "type: double precision\n      - name: ordered_on\n        type: date\n      - name: paid\n        type: boolean\n        optional: true\n    key: [order_id]",
			"type: jsonb\n      - name: ordered_on\n        type: date\n      - name: paid\n        type: boolean\n        optional: true\n    key: [order_id, weight]"},
		{"reference, unknown table", "table: customers", "table: customer"},
		{"reference, unknown column", "columns: [customer_id]", "columns: [custmer_id]"},
		{"reference, no columns", "- columns: [customer_id]\n        table", "- table"},
		{"reference, column twice", "columns: [customer_id]", "columns: [customer_id, customer_id]"},
		{"reference, other count", "columns: [customer_id]", "columns: [customer_id, order_id]"},
		{"reference, other type", "columns: [customer_id]", "columns: [order_id]"},
		{"reference, key trimmed alone", "name: customer_id\n        type: text\n      - name: segment", "name: customer_id\n        type: text\n        trim: true\n      - name: segment"},
		{"reference, twice", "table: customers\n", "table: customers\n      - columns: [customer_id]\n        table: customers\n"},
		{"reference, itself with another type", "table: customers\n", "table: orders\n"},
		{"reference, each row to itself", "- columns: [customer_id]\n        table: customers\n", "- columns: [order_id]\n        table: orders\n"},
		{"reference, cycle", "key: [customer_id]", "key: [customer_id]\n    references:\n      - columns: [visits]\n        table: orders"},
		{"departed_limit, range", "departed_limit: 0.5", "departed_limit: 1.5"},
		{"departed_limit, negative", "departed_limit: 0.5", "departed_limit: -0.5"},
		{"departed_keys, child keeps", "departed_keys: delete\n    departed_limit: 0.5", "departed_keys: ignore"},
		{"file, folder that leads out", "file: clients.csv", "file: ../in/clients.csv"},
		{"file, folder of its own", "file: clients.csv", "file: ./clients.csv"},
		{"file, absolute", "file: clients.csv", "file: /in/clients.csv"},
		{"file, folder only", "file: clients.csv", "file: in/"},
		{"file, in a file", "file: clients.csv", "file: orders.csv/clients.csv"},
		{"file, manifest in capitals", "file: clients.csv", "file: Manifest.json"},
		{"file, backslash", "file: clients.csv", `file: in\clients.csv`},
		{"file, up", "file: clients.csv", "file: ..csv"},
		{"file, hidden", "file: clients.csv", "file: .csv"},
		{"file, manifest", "file: clients.csv", "file: manifest.json"},
		{"file, too long", "file: clients.csv", "file: " + strings.Repeat("a", 256)},
		{"file, twice", "file: clients.csv", "file: orders.csv"},
		{"snapshot, unknown table", "from: orders", "from: order"},
		{"snapshot, unknown column", "columns: [amount, customer_id]", "columns: [amout]"},
		{"snapshot, column twice", "columns: [amount, customer_id]", "columns: [amount, amount]"},
		{"snapshot, key", "columns: [amount, customer_id]", "columns: [amount, order_id]"},
		{"snapshot, as_of", "columns: [amount, customer_id]", "columns: [as_of, amount]"},
		{"expectation, unknown", "expect_column_values_to_be_in_set", "expect_column_value_to_be_in_set"},
		{"expectation, unknown argument", "mostly: 0.99", "mosty: 0.99"},
		{"expectation, number that is none", "mostly: 0.99", "mostly: 1e999999999"},
		{"expectation, missing argument", "{column: segment, value_set", "{value_set"},
		{"expectation, unknown column", "column: segment", "column: segmnt"},
		{"expectation, column of the set", "column_set: [customer_id, segment, visits]", "column_set: [customer_id, segment, visit]"},
		{"text, NUL", "description: Customers and their orders.", `description: "\0"`},
		{"argument, NUL", "value_set: [home, office]", `value_set: ["\0"]`},
	}
	requireGolden(t, "lint.golden", report(t, dataset.Read, cases))
}

func TestLintFindsThousandsOfColumnsAndTables(t *testing.T) {
	t.Parallel()
	d, _ := dataset.Parse("shop.yaml", []byte(shop(t)))
	for i := range 1501 {
		column := &datasetv1.Column{Name: fmt.Sprintf("c%d", i), Type: "text"}
		d.Tables[0].Columns = append(d.Tables[0].Columns, column)
		if i < 32 {
			d.Tables[0].Key = append(d.Tables[0].Key, column.GetName())
		}
	}
	for i := range 401 {
		d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: fmt.Sprintf("s%d", i), From: "orders"})
	}
	for i := range 200 {
		d.Tables = append(d.Tables, &datasetv1.Table{
			Name: fmt.Sprintf("t%d", i), Key: []string{"k"}, Columns: []*datasetv1.Column{{Name: "k", Type: "text"}},
		})
	}

	for range 4998 {
		d.Tables[1].Expectations = append(d.Tables[1].Expectations, d.GetTables()[1].GetExpectations()[0])
	}

	mistakes := dataset.Lint(d)

	require.Equal(t, `tables: expected at most 200 tables, found 202
snapshots: expected at most 400 snapshots, found 403
tables: expected at most 5000 expectations in all, found 5005
tables[0].columns: expected at most 1500 columns, found 1507
tables[0].key: expected at most 31 columns in a key, found 33`, mistakes.String())
}

// Every call of a run carries the dataset, and every version is kept.
func TestLintRefusesADatasetThatIsTooLarge(t *testing.T) {
	t.Parallel()
	d, _ := dataset.Parse("shop.yaml", []byte(shop(t)))
	d.Description = strings.Repeat("x", 2<<20-proto.Size(d)-100)
	require.Empty(t, dataset.Lint(d))
	d.Description += strings.Repeat("x", 200)

	mistakes := dataset.Lint(d)

	require.Regexp(t, `^expected a dataset of at most 2097152 bytes as a message, found 2097\d+: divide it`, mistakes.String())
	d.Tables = nil
	d.Description = strings.Repeat("x", 3<<20)
	require.Len(t, dataset.Lint(d), 1, "its other mistakes could be as many")
}

func TestLintRefusesASetOfTooManyValues(t *testing.T) {
	t.Parallel()
	d, _ := dataset.Parse("shop.yaml", []byte(shop(t)))
	set := &structpb.ListValue{}
	for i := range 10_000 {
		set.Values = append(set.Values, structpb.NewStringValue(fmt.Sprint("v", i)))
	}
	rule := &datasetv1.Expectation{Type: "expect_column_values_to_be_in_set", Kwargs: &structpb.Struct{Fields: map[string]*structpb.Value{
		"column": structpb.NewStringValue("segment"), "value_set": structpb.NewListValue(set),
	}}}
	segmented := dataset.TableByName(d, "customers")
	segmented.Expectations = append(segmented.Expectations, rule)
	require.Empty(t, dataset.Lint(d))

	set.Values = append(set.Values, structpb.NewStringValue("one more"))

	require.Contains(t, dataset.Lint(d).String(), "kwargs.value_set: expected at most 10000 values, found 10001: deliver them as a table")
}

func TestLintRefusesWhatOnlyAMessageCanHold(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*datasetv1.Dataset)
		want   string
	}{
		"unknown enum value": {
			func(d *datasetv1.Dataset) { d.Tables[0].Extract = 99 },
			"tables[0].extract: expected a known value of Extract, found 99",
		},
		"NaN among the arguments": {
			func(d *datasetv1.Dataset) {
				d.Tables[0].Expectations[0].Kwargs.Fields["mostly"] = structpb.NewNumberValue(math.NaN())
			},
			"tables[0].expectations[0].kwargs.mostly: expected a finite number, found NaN\n" +
				"tables[0].expectations[0].kwargs.mostly: expected a share from 0 to 1, found the number NaN",
		},
		"infinity in a list": {
			func(d *datasetv1.Dataset) {
				d.Tables[0].Expectations[2].Kwargs.Fields["value_set"].GetListValue().Values[1] = structpb.NewNumberValue(math.Inf(1))
			},
			"tables[0].expectations[2].kwargs.value_set[1]: expected a finite number, found +Inf\n" +
				"tables[0].expectations[2].kwargs.value_set[1]: expected a finite number, found +Inf",
		},
		"a value of no kind": {
			func(d *datasetv1.Dataset) { d.Tables[0].Expectations[0].Kwargs.Fields["mostly"] = &structpb.Value{} },
			"tables[0].expectations[0].kwargs.mostly: expected a value, found nothing, not even null\n" +
				"tables[0].expectations[0].kwargs.mostly: expected a share from 0 to 1, found nothing",
		},
		"NaN as a limit": {
			func(d *datasetv1.Dataset) { nan := math.NaN(); d.Tables[0].DepartedLimit = &nan },
			"tables[0].departed_limit: expected a share from 0 to 1, found NaN",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, _ := dataset.Parse("shop.yaml", []byte(shop(t)))
			test.change(d)
			require.Equal(t, test.want, dataset.Lint(d).String())
		})
	}
}

func TestLintTakesNothingAtAll(t *testing.T) {
	t.Parallel()
	want := `name: expected a name of lower case letters, digits and underscores that begins with a letter, at most 48 bytes, found ""
calendar: expected a calendar with a period, such as period: month_end, found none
tables: expected at least one table, found none`
	require.Equal(t, want, dataset.Lint(nil).String())
	require.Equal(t, want, dataset.Lint(&datasetv1.Dataset{}).String())
}

func TestLintNamesACycleOnce(t *testing.T) {
	t.Parallel()
	d := chain("a", "b", "c")
	d.Tables[2].References = []*datasetv1.Reference{{Columns: []string{"id"}, Table: "a"}}

	mistakes := dataset.Lint(d)

	require.Equal(t, "tables[2].references[0].table: expected references without a cycle, found a → b → c → a", mistakes.String())
}

func TestLintAllowsUnusualColumnNames(t *testing.T) {
	t.Parallel()
	d := chain("a")
	for _, name := range []string{"Größe", "order by", `qu"ote`, "as_of", "ID", "1st"} {
		d.Tables[0].Columns = append(d.Tables[0].Columns, &datasetv1.Column{Name: name, Type: "text"})
	}
	require.Empty(t, dataset.Lint(d)) // as_of too, where no snapshot is taken
}

// chain is a dataset of tables each of which references the next.
func chain(names ...string) *datasetv1.Dataset {
	d := &datasetv1.Dataset{Name: "chain", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}}
	for i, name := range names {
		table := &datasetv1.Table{Name: name, Key: []string{"id"}, Columns: []*datasetv1.Column{{Name: "id", Type: "integer"}}}
		if i+1 < len(names) {
			table.References = []*datasetv1.Reference{{Columns: []string{"id"}, Table: names[i+1]}}
		}
		d.Tables = append(d.Tables, table)
	}
	return d
}
