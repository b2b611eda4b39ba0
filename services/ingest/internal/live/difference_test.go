package live

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

var orders = &declared.Table{
	Name: "orders", Live: relation.Relation{Schema: "public", Name: "orders"}, Key: []string{"n", "customer"},
	Columns: []declared.Column{
		{Name: "customer", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
		{Name: "n", Type: dataset.ColumnType{Name: dataset.Integer}, Key: true},
		{Name: "amount", Type: dataset.ColumnType{Name: dataset.Numeric, Precision: 8, Scale: 2}},
	},
}

func TestDifferencesOfALiveTable(t *testing.T) {
	t.Parallel()
	const noKey = `expected a primary key or unique index on (n, customer), found none: create unique index on "public"."orders" ("n", "customer")`
	for name, tc := range map[string]struct {
		change func(l *Table)
		want   []string
	}{
		"none":        {func(l *Table) { *l = Table{} }, nil},
		"the same":    {func(*Table) {}, nil},
		"partitioned": {func(l *Table) { l.kind = "p" }, nil},
		"a view": {func(l *Table) { l.kind = "v" },
			[]string{`expected a table, found a view: alter view "public"."orders" rename to "orders_before"`}},
		"a materialized view": {func(l *Table) { l.kind = "m" },
			[]string{`expected a table, found a materialized view: alter materialized view "public"."orders" rename to "orders_before"`}},
		"a type": {func(l *Table) { l.types[1] = "numeric" }, []string{
			`expected column amount to be numeric(8,2), found numeric: alter table "public"."orders" alter column "amount" type numeric(8,2) using "amount"::numeric(8,2)`}},
		"a name": {func(l *Table) { l.columns[1] = "sum" }, []string{
			`expected a column amount numeric(8,2), found none: alter table "public"."orders" add column "amount" numeric(8,2)`,
			`found a column sum that the dataset does not declare: declare it, or declare column amount with it as renamed_from if the two are one, or drop it with its values: alter table "public"."orders" drop column "sum"`}},
		"generated": {func(l *Table) { l.computed[1] = "expression" }, []string{
			`expected column amount to take values, found it generated always: alter table "public"."orders" alter column "amount" drop expression`}},
		"no key":      {func(l *Table) { l.keys = nil }, []string{noKey}},
		"another key": {func(l *Table) { l.keys = [][]string{{"n"}} }, []string{noKey}},
		"no schema": {func(l *Table) { *l = Table{closed: schemaMissing} },
			[]string{"expected the schema to be there, found none: open public"}},
		"a closed schema": {func(l *Table) { *l = Table{closed: schemaClosed, role: "sf_ingest"} },
			[]string{"expected sf_ingest to be allowed to create tables in the schema, found that it is not: open public"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &Table{
				Exists: true, kind: "r", role: "sf_ingest", columns: []string{"n", "amount", "customer"}, computed: make([]string, 3), blurred: make([]string, 3),
				types: []string{"integer", "numeric(8,2)", "text"}, keys: [][]string{{"amount"}, {"customer", "n"}},
			}
			tc.change(l)
			var got []string
			for _, d := range l.differences(orders, func(schema string) string { return "open " + schema }) {
				got = append(got, d.String())
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestPrivilegesThatPublishingNeeds(t *testing.T) {
	t.Parallel()
	deleting := *orders
	deleting.Deletes = true
	for name, tc := range map[string]struct {
		table   *declared.Table
		parent  bool
		lacking []string
		want    string
	}{
		"all there":           {orders, true, nil, ""},
		"read only":           {orders, false, []string{"insert", "update", "delete", "references"}, "insert, update"},
		"rows that depart":    {&deleting, false, []string{"delete", "references"}, "delete"},
		"nothing is deleted":  {orders, false, []string{"delete"}, ""},
		"a new table's key":   {orders, true, []string{"references"}, "references"},
		"no new table's key":  {orders, false, []string{"references"}, ""},
		"another's, entirely": {&deleting, true, []string{"select", "insert", "update", "delete", "references"}, "select, insert, update, delete, references"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &Table{Exists: true, kind: "r", role: "sf_ingest", owned: ownership{lacking: tc.lacking}}

			got := l.privileges(tc.table, tc.parent)

			if tc.want == "" {
				require.Empty(t, got)
				return
			}
			require.Equal(t, []relation.Difference{{
				Found: "expected sf_ingest to have the privileges " + tc.want + ", found that it has not",
				Mend:  `grant ` + tc.want + ` on "public"."orders" to "sf_ingest"`,
			}}, got)
		})
	}
}
