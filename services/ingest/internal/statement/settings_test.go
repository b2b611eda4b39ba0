package statement_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// Tables of which PostgreSQL knows nothing, as of the ledgers of their keys.
var (
	shops = &declared.Table{
		Name: "shops", Live: relation.Relation{Schema: "public", Name: "shops"}, Key: []string{"id"},
		Columns: []declared.Column{{Name: "id", Type: dataset.ColumnType{Name: dataset.Text}, Key: true}},
	}
	newShops = relation.Relation{Schema: "public", Name: "new_shops"}
	newSales = relation.Relation{Schema: "public", Name: "new_sales"}
)

// selling is a table whose rows refer to shops, and to the sale before.
func selling() *declared.Table {
	sales := &declared.Table{
		Name: "sales", Live: relation.Relation{Schema: "public", Name: "sales"}, Key: []string{"id"},
		Columns: []declared.Column{
			{Name: "id", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
			{Name: "shop", Type: dataset.ColumnType{Name: dataset.Text}},
			{Name: "before", Type: dataset.ColumnType{Name: dataset.Text}},
		},
	}
	sales.References = []declared.Reference{{Columns: []string{"shop"}, Parent: shops}, {Columns: []string{"before"}, Parent: sales}}
	return sales
}

// keyed fills the tables and the ledgers, of which nothing is analysed.
func keyed(t *testing.T, db *pgtest.Database) {
	t.Helper()
	db.Exec(t, `create table public.shops (id text primary key);
		create table public.sales (id text primary key, shop text, before text);
		create table public.notes (shop text);
		insert into public.notes select g::text from generate_series(1, 2000) g;
		create table public.new_shops (id text); create table public.new_sales (id text, shop text, before text);
		insert into public.shops select g::text from generate_series(1, 2000) g;
		insert into public.sales select g::text, g::text, nullif(g - 1, 0)::text from generate_series(1, 2000) g;
		insert into public.new_shops select g::text from generate_series(1, 1000) g;
		insert into public.new_sales select g::text, g::text, nullif(g - 1, 0)::text from generate_series(1, 1000) g;
		insert into sf_ingest.brought select 'shop', n, 'bat_1', array[g::text] from generate_series(500, 2000) g, unnest(array['shops', 'sales']) n;
		insert into sf_ingest.departed select 'shop', n, array[g::text] from generate_series(500, 1500) g, unnest(array['shops', 'sales']) n`)
}

// TestNoStatementLooksThroughALedgerForEachRow asks PostgreSQL how it would carry out what
// is asked of the ledgers, before it has any statistics of them: by joining whole tables. A
// million keys would otherwise be looked through a million times.
func TestNoStatementLooksThroughALedgerForEachRow(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	keyed(t, db)
	sales := selling()
	of := statement.Departing{Table: sales, Before: sales.Live.SQL(), Candidate: newSales}
	withdrawn := statement.Withdrawing{Table: shops, Live: shops.Live.SQL(), Candidate: newShops, Among: []statement.Referring{
		{Table: sales, Candidate: newSales, Listed: true}, {Table: shops, Candidate: newShops, Listed: true},
	}}
	own := statement.Withdrawing{Table: sales, Live: sales.Live.SQL(), Candidate: newSales, Among: []statement.Referring{
		{Table: sales, Candidate: newSales, Listed: true},
	}}
	notes := statement.Pointing{Rows: "public.notes", Columns: []string{"shop"}, To: []string{"id"}, Operators: []string{"="}, Collations: []string{""}}
	dataset, none := "shop", []string{}
	for name, tc := range map[string]struct {
		sql  string
		args []any
	}{
		"count what departs":              {of.Count(), []any{dataset, "sales", true, none}},
		"list what departs":               {of.List(), []any{dataset, "sales", true, none, 20}},
		"compare the ledger":              {of.Compare(), []any{dataset, "sales", true}},
		"prune the ledger":                {of.Prune(), []any{dataset, "sales", true}},
		"record what departs":             {of.Record(), []any{dataset, "sales", true, "2024-01-31"}},
		"count what is withdrawn":         {withdrawn.Count(), []any{dataset, "shops", true, withdrawn.Referring()}},
		"list what is held":               {withdrawn.Held(), []any{dataset, "shops", 20, withdrawn.Referring()}},
		"withdraw":                        {withdrawn.Delete(), []any{dataset, "shops", withdrawn.Referring()}},
		"count what refers to withdrawn":  {withdrawn.Referred(notes, statement.Standing{}), []any{dataset, "shops", withdrawn.Referring()}},
		"count what refers to departed":   {statement.ReferredDeparted(shops, newShops, notes, statement.Standing{}), nil},
		"prune what is listed":            {withdrawn.Prune(), []any{dataset, "shops"}},
		"withdraw from a chain of itself": {own.Delete(), []any{dataset, "sales", own.Referring()}},
	} {
		t.Run(name, func(t *testing.T) {
			tx, err := db.Owner.Begin(t.Context())
			require.NoError(t, err)
			defer func() { _ = tx.Rollback(t.Context()) }()
			_, err = tx.Exec(t.Context(), statement.Settings)
			require.NoError(t, err)
			rows, err := tx.Query(t.Context(), "explain "+tc.sql, append([]any{pgx.QueryExecModeExec}, tc.args...)...)
			require.NoError(t, err)
			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			for _, line := range plan {
				require.NotContains(t, line, "Nested Loop", plan)
				require.NotContains(t, line, "SubPlan", plan)
			}
		})
	}
}
