package compile_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

var update = flag.Bool("update", false, "write the golden files")

func TestTheBuiltInUsageTableIsOneSelectAndOnePassForUniqueness(t *testing.T) {
	t.Parallel()
	d := builtin.Streamflow()

	plans, err := compile.Compile(d, delivered(d, "usage_agg_30d"))

	require.NoError(t, err)
	plan := planOf(t, plans, "usage_agg_30d")
	require.Len(t, plan.Passes, 2)
	require.Empty(t, plan.Passes[0].Why)
	require.Equal(t, "which values repeat is only known once the rows are grouped by value", plan.Passes[1].Why)
	golden(t, "usage_agg_30d.sql", explain(plan))
}

func TestEachKindOfTheCatalogueCompiles(t *testing.T) {
	t.Parallel()
	kwargs := map[string]map[string]any{
		expectation.TableColumnsToMatchSet:       {"column_set": []any{"id", "n"}},
		expectation.TableRowCountToBeBetween:     {"min_value": 1},
		expectation.ColumnValuesToNotBeNull:      {"column": "n"},
		expectation.ColumnValuesToBeBetween:      {"column": "n", "min_value": 1},
		expectation.ColumnValuesToBeInSet:        {"column": "n", "value_set": []any{1}},
		expectation.ColumnValuesToBeUnique:       {"column": "n"},
		expectation.ColumnValuesToBeInOtherTable: {"column": "n", "other_table": "other", "other_column": "n"},
	}
	for _, kind := range expectation.All() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, kwargs, kind.Name, "the catalogue has a kind that no test compiles")
			table := deliver.Expect(t, deliver.Table("t", "id text", "n integer"), kind.Name, kwargs[kind.Name])
			d := datasetOf(table, deliver.Table("other", "n integer"))

			plans, err := compile.Compile(d, delivered(d, "t", "other"))

			require.NoError(t, err)
			require.Len(t, plans, 2)
			require.Empty(t, plans[0].Checks[0].Skipped)
			require.Equal(t, kind.Scope == expectation.ScopeColumn, plans[0].Checks[0].Rows != nil)
		})
	}
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	between := expectation.ColumnValuesToBeBetween
	cases := map[string]struct {
		column string
		kind   string
		kwargs map[string]any
		sql    string
		args   []any
	}{
		"both bounds": {
			"c integer", between, map[string]any{"min_value": 1, "max_value": 9},
			`s."c" < $1::integer or s."c" > $2::integer`, []any{"1", "9"},
		},
		"strict bounds": {
			"c integer", between, map[string]any{"min_value": 1, "max_value": 9, "strict_min": true, "strict_max": true},
			`s."c" <= $1::integer or s."c" >= $2::integer`, []any{"1", "9"},
		},
		"NaN is not at least anything": {
			"c double precision", between, map[string]any{"min_value": 0},
			`s."c" < $1::double precision or s."c" = 'NaN'`, []any{"0"},
		},
		"NaN is over any upper bound by itself": {
			"c numeric", between, map[string]any{"max_value": "1.10"},
			`s."c" > $1::numeric`, []any{"1.10"},
		},
		"a bound is not rounded to the column's scale": {
			"c numeric(5,2)", between, map[string]any{"max_value": "1.005"},
			`s."c" > $1::numeric`, []any{"1.005"},
		},
		"text by code points": {
			"c text", between, map[string]any{"min_value": "a"},
			`s."c" collate "C" < $1::text`, []any{"a"},
		},
		"dates": {
			"c date", between, map[string]any{"min_value": "2024-01-01"},
			`s."c" < $1::date`, []any{"2024-01-01"},
		},
		"a set is one parameter, its elements quoted": {
			"c text", expectation.ColumnValuesToBeInSet, map[string]any{"value_set": []any{`a`, `b"\,{}`, "", "NULL", "ü"}},
			`s."c" <> all($1::text[])`, []any{`{"a","b\"\\,{}","","NULL","ü"}`},
		},
		"a set of truth values": {
			"c boolean", expectation.ColumnValuesToBeInSet, map[string]any{"value_set": []any{true}},
			`s."c" <> all($1::boolean[])`, []any{`{"true"}`},
		},
		"an odd name": {
			`we"ird; drop`, expectation.ColumnValuesToBeInSet, map[string]any{"value_set": []any{"a"}},
			`s."we""ird; drop" <> all($1::text[])`, []any{`{"a"}`},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := deliver.Table("t", "id text", c.column)
			if name == "an odd name" {
				table.Columns[1] = &datasetv1.Column{Name: c.column, Type: "text"}
			}
			c.kwargs["column"] = table.GetColumns()[1].GetName()
			d := datasetOf(deliver.Expect(t, table, c.kind, c.kwargs))

			plans, err := compile.Compile(d, delivered(d, "t"))

			require.NoError(t, err)
			require.Contains(t, plans[0].Passes[0].SQL, "count(*) filter (where "+c.sql+")")
			require.Equal(t, c.args, plans[0].Passes[0].Args)
			require.Contains(t, plans[0].Checks[0].Rows.SQL, "where "+c.sql+"\n")
			require.Equal(t, c.args, plans[0].Checks[0].Rows.Args)
		})
	}
}

func TestAWideTableIsSplitBeforePostgreSQLRefusesIt(t *testing.T) {
	t.Parallel()
	columns := []string{"id text"}
	for i := range 1499 {
		columns = append(columns, fmt.Sprintf("c%d integer", i))
	}
	table := deliver.Table("wide", columns...)
	for _, c := range table.GetColumns()[1:] {
		deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": c.GetName(), "min_value": 0})
	}
	d := datasetOf(table)

	plans, err := compile.Compile(d, delivered(d, "wide"))

	require.NoError(t, err)
	require.Len(t, plans[0].Passes, 3) // 1 + 2 × 1,499 counts, 1,000 to a SELECT
	counts := 0
	for _, p := range plans[0].Passes {
		require.LessOrEqual(t, p.Counts, 1000)
		counts += p.Counts
	}
	require.Equal(t, 2999, counts)
	last := plans[0].Checks[1498]
	require.Equal(t, compile.Slot{Pass: 2, Position: 998}, last.Unexpected)
}

func TestPresentRowsAreCountedOncePerColumn(t *testing.T) {
	t.Parallel()
	table := deliver.Table("t", "id text", "n integer")
	for range 3 {
		deliver.Expect(t, table, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "n"})
	}
	d := datasetOf(table)

	plans, err := compile.Compile(d, delivered(d, "t"))

	require.NoError(t, err)
	require.Equal(t, 2, plans[0].Passes[0].Counts)
}

func TestWithoutACandidateOnlyTheHeaderIsJudged(t *testing.T) {
	t.Parallel()
	table := deliver.Table("t", "id text", "n integer")
	deliver.Expect(t, table, expectation.TableColumnsToMatchSet, map[string]any{"column_set": []any{"id", "n"}})
	deliver.Expect(t, table, expectation.TableRowCountToBeBetween, map[string]any{"min_value": 1})
	deliver.Expect(t, table, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "n"})
	d := datasetOf(table)

	plans, err := compile.Compile(d, []*stepv1.DeliveredTable{{Table: "t", HasHeader: true, Header: []string{"id"}}})

	require.NoError(t, err)
	require.Empty(t, plans[0].Passes)
	require.Empty(t, plans[0].Checks[0].Skipped)
	for _, c := range plans[0].Checks[1:] {
		require.Equal(t, "table t has no candidate: no row of its file could be staged", c.Skipped)
	}
}

func TestWithoutTheOtherTablesCandidateOnlyTheComparisonIsSkipped(t *testing.T) {
	t.Parallel()
	table := deliver.Table("t", "id text", "n integer")
	deliver.Expect(t, table, expectation.ColumnValuesToBeInOtherTable,
		map[string]any{"column": "n", "other_table": "other", "other_column": "n"})
	deliver.Expect(t, table, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "n"})
	d := datasetOf(table, deliver.Table("other", "n integer"))

	plans, err := compile.Compile(d, delivered(d, "t"))

	require.NoError(t, err)
	require.Contains(t, plans[0].Checks[0].Skipped, "table other")
	require.Empty(t, plans[0].Checks[1].Skipped)
	require.Len(t, plans[0].Passes, 1)
}

func TestWhatCannotBeEvaluatedIsNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	good := deliver.Table("good", "id text")
	table := deliver.Table("t", "id text", "n integer", "odd money")
	table.Key = []string{"id", "gone"}
	deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "n", "min_value": "x"})
	deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "n", "min_value": 3, "max_value": 1})
	deliver.Expect(t, table, expectation.ColumnValuesToBeInSet, map[string]any{"column": "id", "value_set": []any{1}})
	deliver.Expect(t, table, "expect_a_miracle", nil)

	_, err := compile.Compile(datasetOf(good, table), nil)

	require.True(t, problem.Is(err, problem.DatasetInvalid), "%v", err)
	p := problem.FromError(err)
	subjects := make([]string, 0, len(p.Violations))
	for _, v := range p.Violations {
		subjects = append(subjects, v.Subject)
	}
	require.Equal(t, []string{
		"tables[1].columns[2].type",
		"tables[1].key[1]",
		"tables[1].expectations[0].kwargs.min_value",
		"tables[1].expectations[1].kwargs.min_value",
		"tables[1].expectations[2].kwargs.value_set[0]",
		"tables[1].expectations[3].type",
	}, subjects)
	require.Equal(t, "table t, expect_column_values_to_be_between: kwargs.min_value: "+
		`column "n" is integer: expected a decimal number, found "x"`, p.Violations[2].Description)
	require.Contains(t, err.Error(), "and 5 more")
}

// datasetOf makes a dataset of tables; nothing else of it is looked at.
func datasetOf(tables ...*datasetv1.Table) *datasetv1.Dataset {
	return &datasetv1.Dataset{Name: "d", Tables: tables}
}

// delivered gives the named tables a candidate.
func delivered(d *datasetv1.Dataset, names ...string) []*stepv1.DeliveredTable {
	list := make([]*stepv1.DeliveredTable, 0, len(names))
	for _, name := range names {
		rel := relation.Relation{Schema: "sf_staging", Name: "bat_1_f1_" + name}
		list = append(list, deliver.Delivered(dataset.TableByName(d, name), rel, 0))
	}
	return list
}

func planOf(t *testing.T, plans []*compile.Plan, table string) *compile.Plan {
	t.Helper()
	for _, p := range plans {
		if p.Table.GetName() == table {
			return p
		}
	}
	require.Fail(t, "no plan of table "+table)
	return nil
}

// explain writes the statements of a plan, each with its reason and parameters.
func explain(p *compile.Plan) string {
	var b strings.Builder
	for _, pass := range p.Passes {
		if pass.Why != "" {
			fmt.Fprintf(&b, "\n-- a pass of its own: %s\n", pass.Why)
		}
		fmt.Fprintf(&b, "%s;\n-- parameters: %v\n", pass.SQL, pass.Args)
	}
	for _, c := range p.Checks {
		if c.Rows != nil {
			fmt.Fprintf(&b, "\n-- the first rows that break %s\n%s;\n-- parameters: %v\n", c.Kind(), c.Rows.SQL, c.Rows.Args)
			break
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
