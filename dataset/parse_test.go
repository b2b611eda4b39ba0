package dataset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// breakage is one way to break the shop: every "from" in it becomes "to".
type breakage struct{ name, from, to string }

// report reads each broken shop and lists what is found, for a golden file. Each
// must have at least one mistake.
func report(t *testing.T, read func(string, []byte) (*datasetv1.Dataset, dataset.Mistakes), cases []breakage) string {
	t.Helper()
	return reportOn(t, shop(t), read, cases)
}

// reportOn is report on another dataset than the shop.
func reportOn(t *testing.T, base string, read func(string, []byte) (*datasetv1.Dataset, dataset.Mistakes), cases []breakage) string {
	t.Helper()
	var b strings.Builder
	for _, c := range cases {
		require.Contains(t, base, c.from, c.name)
		_, mistakes := read("shop.yaml", []byte(strings.ReplaceAll(base, c.from, c.to)))
		require.NotEmpty(t, mistakes, c.name)
		fmt.Fprintf(&b, "# %s\n%s\n\n", c.name, mistakes)
	}
	return b.String()
}

func TestParseReadsEveryField(t *testing.T) {
	t.Parallel()
	d, mistakes := dataset.Read("shop.yaml", []byte(shop(t)))
	require.Empty(t, mistakes)

	require.Equal(t, "shop", d.GetName())
	require.Equal(t, "retail", d.GetSchema())
	require.Equal(t, datasetv1.Period_PERIOD_MONTH_END, d.GetCalendar().GetPeriod())
	require.Len(t, d.GetTables(), 2)
	orders := d.GetTables()[0]
	require.Equal(t, datasetv1.DepartedKeys_DEPARTED_KEYS_DELETE, orders.GetDepartedKeys())
	require.InDelta(t, 0.5, orders.GetDepartedLimit(), 0)
	require.True(t, orders.GetColumns()[5].GetOptional())
	require.Equal(t, []string{"customer_id"}, orders.GetReferences()[0].GetColumns())
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, orders.GetExpectations()[0].GetSeverity())
	kwargs, err := structpb.NewStruct(map[string]any{
		"column": "amount", "min_value": 0, "max_value": "9999999999.99", "mostly": 0.99,
	})
	require.NoError(t, err)
	require.True(t, proto.Equal(kwargs, orders.GetExpectations()[0].GetKwargs()))
	require.Equal(t, "2020-01-01", orders.GetExpectations()[1].GetKwargs().GetFields()["min_value"].GetStringValue())
	require.Equal(t, []string{"amount", "customer_id"}, d.GetSnapshots()[0].GetColumns())
}

func TestParseTakesEnumsUnderBothNames(t *testing.T) {
	t.Parallel()
	long := strings.NewReplacer(
		"month_end", "PERIOD_MONTH_END", "delete", "DEPARTED_KEYS_DELETE", "warning", "SEVERITY_WARNING",
	).Replace(shop(t))
	want, _ := dataset.Parse("short", []byte(shop(t)))

	d, mistakes := dataset.Parse("long", []byte(long))

	require.Empty(t, mistakes)
	require.True(t, proto.Equal(want, d))
}

func TestParseMistakes(t *testing.T) {
	t.Parallel()
	cases := []breakage{
		{"unknown field, near", "segment\n        type", "segment\n        typ"},
		{"unknown field, beginning", "description: Customers", "desc: Customers"},
		{"unknown field, far", "schema: retail", "owner: me"},
		{"argument beside kwargs", "severity: warning", "mostly: 0.9"},
		{"field of a suite", "severity: warning", "expectation_type: expect_column_to_exist"},
		{"field of a suite that is none here", "severity: warning", "meta: {notes: x}"},
		{"field twice", "schema: retail", "schema: retail\nname: again"},
		{"argument twice", "min_value: 1,", "min_value: 1, min_value: 2,"},
		{"enum, near", "severity: warning", "severity: warnin"},
		{"enum, beginning of several", "period: month_end", "period: month"},
		{"enum, far", "period: month_end", "period: fortnight"},
		{"enum, of one value", "departed_limit: 0.5", "departed_limit: 0.5\n    extract: partial"},
		{"enum, not declared", "departed_limit: 0.5", "extract: EXTRACT_UNSPECIFIED"},
		{"text, number", "name: shop", "name: 17"},
		{"text, truth", "name: shop", "name: true"},
		{"text, list", "name: shop", "name: [shop]"},
		{"text, nothing", "name: shop", "name:"},
		{"list, text", "key: [order_id]", "key: order_id"},
		{"list, nothing", "key: [order_id]", "key:"},
		{"list, element nothing", "key: [order_id]", "key: [order_id, ~]"},
		{"list, element number", "key: [order_id]", "key: [order_id, 3]"},
		{"list of messages, text", "- columns: [customer_id]\n        table: customers", "- customers"},
		{"message, text", "calendar:\n  period: month_end", "calendar: month_end"},
		{"truth, yes", "optional: true", "optional: yes"},
		{"truth, number", "optional: true", "optional: 1"},
		{"double, text", "departed_limit: 0.5", `departed_limit: "0.5"`},
		{"double, infinite", "departed_limit: 0.5", "departed_limit: .inf"},
		{"number, octal", "min_value: 1,", "min_value: 0777,"},
		{"number, hexadecimal", "min_value: 1,", "min_value: 0x1F,"},
		{"number, underscores", "max_value: 1000000", "max_value: 1_000_000"},
		{"number, too large", "max_value: 1000000", "max_value: 9007199254740993"},
		{"number, too long", "mostly: 0.99", "mostly: 0.1234567890123456789"},
		{"number, below", "mostly: 0.99", "mostly: 1e-999999999"},
		{"key, number", "schema: retail", "3: retail"},
		{"key, list", "schema: retail", "? [a]\n: retail"},
		{"anchor and alias", "[home, office]", "[&h home, *h]"},
		{"merge key", "name: shop", "name: shop\n<<: {description: x}"},
		{"own tag", "name: shop", "name: !thing shop"},
		{"binary", "name: shop", "name: !!binary c2hvcA=="},
		{"several at once", "name: shop\ndescription", "nam: shop\ndescription: [x]\ncolour"},
		{"second document", "from: customers", "from: customers\n---\nname: other"},
		{"syntax, mapping", "name: shop", "name: shop: shop"},
		{"syntax, tab", "calendar:\n  period", "calendar:\n\tperiod"},
		{"syntax, open quote", "name: customers_snapshots", `name: "customers_snapshots`},
	}
	requireGolden(t, "parse.golden", report(t, dataset.Parse, cases))
}

func TestParseRefusesWhatIsNoDocument(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"empty":          {"", "x.yaml:1:1: expected a YAML document, found nothing in it"},
		"comment only":   {"# nothing\n", "x.yaml:1:1: expected a YAML document, found nothing in it"},
		"null":           {"~", "x.yaml:1:1: expected a YAML document, found nothing in it"},
		"dashes only":    {"---\n", "x.yaml:1:1: expected a YAML document, found nothing in it"},
		"text":           {"shop", `x.yaml:1:1: expected the fields name, description, schema, calendar, tables, snapshots, stale, training_sets, history, read_schema, erased_keys, found the text "shop"`},
		"list":           {"\n- name: shop", "x.yaml:2:1: expected the fields name, description, schema, calendar, tables, snapshots, stale, training_sets, history, read_schema, erased_keys, found a list"},
		"empty second":   {"name: shop\n---\n", "x.yaml:2:1: expected one YAML document, found a second one: put each into a file of its own"},
		"broken second":  {"name: shop\n---\n\"", "x.yaml:3:1: expected YAML: found unexpected end of stream"},
		"not UTF-8":      {"name: \xff\xfe", "x.yaml:1:1: expected YAML: invalid leading UTF-8 octet"},
		"control":        {"name: \x01", "x.yaml:1:1: expected YAML: control characters are not allowed"},
		"an alias alone": {"*x", "x.yaml:1:1: expected YAML: unknown anchor 'x' referenced"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, mistakes := dataset.Read("x.yaml", []byte(test.text))
			require.Equal(t, test.want, mistakes.String())
		})
	}
}

func TestParseBoundsDepthAndAliases(t *testing.T) {
	t.Parallel()
	deep := "name: x\ntables: [{expectations: [{kwargs: {a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}}]}]"
	bomb := "a: &a [x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nname: *c"

	_, tooDeep := dataset.Parse("deep.yaml", []byte(deep))
	_, bombed := dataset.Parse("bomb.yaml", []byte(bomb))

	require.Contains(t, tooDeep.String(), "expected at most 16 levels, found more")
	require.Contains(t, bombed.String(), "name: expected a value, found the alias *c: write the value out")
}

func TestParseKeepsThePlaceOfBrokenElements(t *testing.T) {
	t.Parallel()
	broken := strings.Replace(shop(t), "key: [order_id]", "key: [17, order_id]", 1)

	d, mistakes := dataset.Parse("shop.yaml", []byte(broken))

	require.Len(t, mistakes, 1)
	require.Equal(t, "tables[0].key[0]", mistakes[0].Path)
	require.Equal(t, []string{"", "order_id"}, d.GetTables()[0].GetKey())
}

func TestReadLeavesOutWhatFollows(t *testing.T) {
	t.Parallel()
	broken := strings.NewReplacer(
		"    key: [order_id]", "    keys: [order_id]", // and so there is no key, which is not said again
		"type: date", "type: dat", // another matter
	).Replace(shop(t))

	_, mistakes := dataset.Read("shop.yaml", []byte(broken))

	require.Equal(t, `shop.yaml:18:15: tables[0].columns[4].type: expected one of text, varchar(n), char(n), smallint, integer, bigint, numeric, numeric(p,s), real, double precision, boolean, date, timestamp, timestamptz, uuid or jsonb, found "dat": did you mean "date"?
shop.yaml:22:5: tables[0].keys: unknown field "keys": did you mean "key"?`, mistakes.String())
}

func TestReadGivesAnErrorThatCarriesTheMistakes(t *testing.T) {
	t.Parallel()
	_, none := dataset.Read("shop.yaml", []byte(shop(t)))
	_, some := dataset.Read("shop.yaml", []byte("nam: shop"))
	var invalid *dataset.InvalidError

	require.NoError(t, none.Err())
	require.ErrorAs(t, some.Err(), &invalid)
	require.Equal(t, some, invalid.Mistakes)
	require.Equal(t, some.String(), invalid.Error())
}

func TestMistakeStringLeavesOutWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	tests := map[string]dataset.Mistake{
		"f.yaml:3:7: name: wrong": {File: "f.yaml", Line: 3, Column: 7, Path: "name", Message: "wrong"},
		"f.yaml: name: wrong":     {File: "f.yaml", Path: "name", Message: "wrong"},
		"3:7: name: wrong":        {Line: 3, Column: 7, Path: "name", Message: "wrong"},
		"name: wrong":             {Path: "name", Message: "wrong"},
		"wrong":                   {Message: "wrong"},
	}
	for want, mistake := range tests {
		require.Equal(t, want, mistake.String())
	}
}

func TestAnUnknownFieldHidesNoMistakeBesideIt(t *testing.T) {
	t.Parallel()
	_, mistakes := dataset.Read("d.yaml", []byte(`
name: Bad Name
schema: pg_catalog
calender: {period: month_end}
tables:
  - name: users
    file: ../../etc/passwd
    colums: []
    key: [user_id]
    columns: [{name: user_id, type: text}]
`))
	var at []string
	for _, m := range mistakes {
		at = append(at, m.Path)
	}
	require.Subset(t, at, []string{"name", "schema", "calender", "tables[0].file", "tables[0].colums"})
	require.NotContains(t, at, "calendar", "it is what calender was meant to be")
}
