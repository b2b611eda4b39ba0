package declared_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

const shop = `
name: shop
schema: retail
calendar: {period: month_end}
tables:
  - name: lines
    file: order lines.csv
    key: [place, order_id]
    departed_keys: delete
    departed_limit: 0.1
    references: [{columns: [order_id], table: orders}]
    columns:
      - {name: order_id, type: int}
      - {name: place, type: integer}
      - {name: price, type: "numeric(8,2)", optional: true}
  - name: orders
    key: [id]
    columns: [{name: id, type: integer}]
`

func of(t *testing.T, yaml string) *declared.Dataset {
	t.Helper()
	m, mistakes := dataset.Read("shop.yaml", []byte(yaml))
	require.NoError(t, mistakes.Err())
	d, err := declared.Of(m)
	require.NoError(t, err)
	return d
}

func TestResolvesADataset(t *testing.T) {
	t.Parallel()

	d := of(t, shop)

	require.Equal(t, "shop", d.Name)
	lines, orders := d.Table("lines"), d.Table("orders")
	require.Equal(t, relation.Relation{Schema: "retail", Name: "lines"}, lines.Live)
	require.Equal(t, "order lines.csv", lines.File)
	require.Equal(t, "orders.csv", orders.File)
	require.Equal(t, []string{"place", "order_id"}, lines.Key)
	require.Equal(t, []string{"order_id", "place", "price"}, lines.Names())
	require.Equal(t, []string{"price"}, lines.Others())
	require.True(t, lines.Deletes)
	require.InDelta(t, 0.1, lines.DepartedLimit, 0)
	require.False(t, orders.Deletes)
	require.Equal(t, []declared.Reference{{Columns: []string{"order_id"}, Parent: orders}}, lines.References)
	price, ok := lines.Column("price")
	require.True(t, ok)
	require.Equal(t, declared.Column{Name: "price", Type: dataset.ColumnType{Name: dataset.Numeric, Precision: 8, Scale: 2}, Optional: true}, price)
	_, ok = lines.Column("nothing")
	require.False(t, ok)
	require.Nil(t, d.Table("nothing"))
}

func TestPublishesParentsFirst(t *testing.T) {
	t.Parallel()
	d := of(t, shop)
	names := func(tables []*declared.Table) (out []string) {
		for _, table := range tables {
			out = append(out, table.Name)
		}
		return out
	}

	only, err := d.Only([]string{"lines", "lines"})
	require.NoError(t, err)
	all, err := d.Only(nil)
	require.NoError(t, err)
	_, unknown := d.Only([]string{"line"})

	require.Equal(t, []string{"lines", "orders"}, names(d.Tables))
	require.Equal(t, []string{"orders", "lines"}, names(d.InPublishOrder()))
	require.Equal(t, []string{"lines"}, names(only.InPublishOrder()))
	require.Same(t, d, all)
	require.True(t, problem.Is(unknown, problem.InvalidRequest))
}

func TestTheBuiltInDatasetResolves(t *testing.T) {
	t.Parallel()

	d, err := declared.Of(builtin.Streamflow())

	require.NoError(t, err)
	require.Len(t, d.Tables, 6)
	require.Equal(t, "users", d.InPublishOrder()[0].Name)
}

func TestEveryMistakeIsNamed(t *testing.T) {
	t.Parallel()
	m := builtin.Streamflow()
	m.Tables[0].Columns[1].Type = "datetime"
	m.Tables[1].References[0].Table = "nobody"

	_, err := declared.Of(m)

	require.True(t, problem.Is(err, problem.DatasetInvalid))
	var paths []string
	for _, v := range problem.FromError(err).Violations {
		paths = append(paths, v.Subject)
	}
	require.Contains(t, paths, "tables[0].columns[1].type")
	require.Contains(t, paths, "tables[1].references[0].table")
}
