package live_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/live"
)

const shop = `
name: shop
calendar: {period: month_end}
tables:
  - name: customers
    key: [id]
    departed_keys: %
    adopt: true
    columns: [{name: id, type: bigint}, {name: name, type: text}, {name: note, type: varchar(20), optional: true}]
`

func customers(t *testing.T, departed string) *declared.Dataset {
	t.Helper()
	m, mistakes := dataset.Read("test.yaml", []byte(strings.Replace(shop, "%", departed, 1)))
	require.NoError(t, mistakes.Err())
	d, err := declared.Of(m)
	require.NoError(t, err)
	return d
}

func openSchema(schema string) string { return "open " + schema }

// madeRole is a role that the service's is a member of; roles are of the whole server.
const madeRole = "do $$ begin create role sf_test_writers; exception when duplicate_object or unique_violation then null; end $$; grant sf_test_writers to sf_ingest; "

// asDeclared is a table that a dataset may publish into.
const asDeclared = "create table customers (id bigint primary key, name text, note varchar(20)); grant all on customers to sf_ingest"

// Everything that can stand under the name of a live table, with what is said of it. The
// SQL that is said to mend it does, where it is SQL.
var standing = map[string]struct {
	sql  string
	want []string // "found → mend", or "found → mend (remedy)"
}{
	"nothing":     {"select", nil},
	"as declared": {asDeclared, nil},
	"another order of columns": {"create table customers (note varchar(20), name text, id bigint primary key); grant all on customers to sf_ingest",
		nil},
	"a key by an index":           {"create table customers (id bigint not null, name text, note varchar(20)); create unique index on customers (id); grant all on customers to sf_ingest", nil},
	"a partitioned table":         {"create table customers (id bigint primary key, name text, note varchar(20)) partition by range (id); create table c1 partition of customers default; grant all on customers to sf_ingest", nil},
	"a partition":                 {"create table all_customers (id bigint primary key, name text, note varchar(20)) partition by range (id); create table customers partition of all_customers default; grant all on customers to sf_ingest", nil},
	"a table that inherits":       {"create table people (id bigint, name text); create table customers (note varchar(20), primary key (id)) inherits (people); grant all on customers to sf_ingest", nil},
	"a view":                      {"create view customers as select 1 as id", []string{`expected a table, found a view → alter view "public"."customers" rename to "customers_before"`}},
	"a materialized view":         {"create materialized view customers as select 1 as id", []string{`expected a table, found a materialized view → alter materialized view "public"."customers" rename to "customers_before"`}},
	"a sequence":                  {"create sequence customers", []string{`expected a table, found a sequence → alter sequence "public"."customers" rename to "customers_before"`}},
	"a type":                      {"create type customers as (id int)", []string{`expected a table, found a type → alter type "public"."customers" rename to "customers_before"`}},
	"an index":                    {"create table t (v int); create index customers on t (v)", []string{`expected a table, found an index → alter index "public"."customers" rename to "customers_before"`}},
	"an index of partitions":      {"create table t (v int) partition by range (v); create index customers on t (v)", []string{`expected a table, found an index → alter index "public"."customers" rename to "customers_before"`}},
	"a foreign table":             {"create extension if not exists file_fdw; create server f foreign data wrapper file_fdw; create foreign table customers (id int) server f options (filename '/dev/null')", []string{`expected a table, found a foreign table → alter foreign table "public"."customers" rename to "customers_before"`}},
	"a column less":               {"create table customers (id bigint primary key, name text); grant all on customers to sf_ingest", []string{`expected a column note character varying(20), found none → alter table "public"."customers" add column "note" character varying(20)`}},
	"a column less, of our own":   {"create table customers (id bigint primary key, name text); alter table customers owner to sf_ingest", []string{`expected a column note character varying(20), found none → alter table "public"."customers" add column "note" character varying(20) (run)`}},
	"a narrower one, of our own":  {"create table customers (id bigint primary key, name text, note varchar(10)); alter table customers owner to sf_ingest", []string{`expected column note to be character varying(20), found character varying(10) → alter table "public"."customers" alter column "note" type character varying(20) (run)`}},
	"a wider one, of our own":     {"create table customers (id bigint primary key, name text, note text); alter table customers owner to sf_ingest", []string{`expected column note to be character varying(20), found text → ` + relation.KeepType + `alter table "public"."customers" alter column "note" type character varying(20) using "note"::character varying(20)`}},
	"a smaller key, of our own":   {"create table customers (id integer primary key, name text, note varchar(20)); alter table customers owner to sf_ingest", []string{`expected column id to be bigint, found integer → alter table "public"."customers" alter column "id" type bigint using "id"::bigint (migration)`}},
	"required, of our own":        {"create table customers (id bigint primary key, name text, note varchar(20) not null); alter table customers owner to sf_ingest", []string{`expected column note to take NULL where a file lacks it, found it NOT NULL → alter table "public"."customers" alter column "note" drop not null (run)`}},
	"a column more":               {"create table customers (id bigint primary key, name text, note varchar(20), extra int); grant all on customers to sf_ingest", []string{`found a column extra that the dataset does not declare → declare it, or drop it with its values: alter table "public"."customers" drop column "extra"`}},
	"a dropped column":            {"create table customers (id bigint primary key, gone int, name text, note varchar(20)); alter table customers drop gone; grant all on customers to sf_ingest", nil},
	"no key":                      {"create table customers (id bigint, name text, note varchar(20)); grant all on customers to sf_ingest", []string{`expected a primary key or unique index on (id), found none → create unique index on "public"."customers" ("id")`}},
	"a key that waits":            {"create table customers (id bigint unique deferrable, name text, note varchar(20)); grant all on customers to sf_ingest", []string{`expected a primary key or unique index on (id), found none → create unique index on "public"."customers" ("id")`}},
	"a key of an expression":      {"create table customers (id bigint, name text, note varchar(20)); create unique index on customers ((id + 0)); grant all on customers to sf_ingest", []string{`expected a primary key or unique index on (id), found none → create unique index on "public"."customers" ("id")`}},
	"a key that covers more":      {"create table customers (id bigint, name text, note varchar(20)); create unique index on customers (id) include (name); grant all on customers to sf_ingest", nil},
	"an identity":                 {"create table customers (id bigint generated always as identity primary key, name text, note varchar(20)); grant all on customers to sf_ingest", []string{`expected column id to take values, found it generated always → alter table "public"."customers" alter column "id" drop identity`}},
	"an identity by default":      {"create table customers (id bigint generated by default as identity primary key, name text, note varchar(20)); grant all on customers to sf_ingest", nil},
	"a computed column":           {"create table customers (id bigint primary key, name text, note varchar(20) generated always as ('x') stored); grant all on customers to sf_ingest", []string{`expected column note to take values, found it generated always → alter table "public"."customers" alter column "note" drop expression`}},
	"a blind collation":           {"create collation blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false); create table customers (id bigint primary key, name text collate blind, note varchar(20)); grant all on customers to sf_ingest", []string{`expected a column that tells values apart, found name collate blind, which is nondeterministic, so that rows that differ are taken for the same → alter table "public"."customers" alter column "name" type text collate "default"`}},
	"a domain":                    {"create domain word as text; create table customers (id bigint primary key, name word, note varchar(20)); grant all on customers to sf_ingest", []string{`expected column name to be text, found public.word → alter table "public"."customers" alter column "name" type text using "name"::text`}},
	"children":                    {asDeclared + "; create table z () inherits (customers); create table b () inherits (customers)", []string{`found that public.b inherits from it, whose rows are seen in it and are none of its own → alter table public.b no inherit "public"."customers"`, `found that public.z inherits from it, whose rows are seen in it and are none of its own → alter table public.z no inherit "public"."customers"`}},
	"a rule on INSERT":            {asDeclared + "; create rule r as on insert to customers do instead nothing", []string{`found a rule r, which has something else done where rows are written (on INSERT) → drop rule "r" on "public"."customers"`}},
	"a rule on UPDATE":            {asDeclared + "; create rule r as on update to customers do also select 1", []string{`found a rule r, which has something else done where rows are written (on UPDATE) → drop rule "r" on "public"."customers"`}},
	"a rule on DELETE":            {asDeclared + "; create rule r as on delete to customers do instead nothing", nil},
	"policies":                    {asDeclared + "; alter table customers enable row level security", []string{`expected sf_ingest to see every row, found that row level security is enabled → have the role pass by the policies, which go on for everybody else (a superuser does: alter role "sf_ingest" bypassrls), or drop them: alter table "public"."customers" disable row level security`}},
	"policies of our own":         {asDeclared + "; alter table customers owner to sf_ingest; alter table customers enable row level security", nil},
	"policies upon us":            {asDeclared + "; alter table customers owner to sf_ingest; alter table customers enable row level security, force row level security", []string{`expected sf_ingest to see every row, found that row level security is forced upon the owner → alter table "public"."customers" no force row level security`}},
	"policies that are forgotten": {asDeclared + "; alter table customers force row level security", nil},
	"closed to us":                {"create table customers (id bigint primary key, name text, note varchar(20)); grant all on customers to sf_ingest; revoke usage on schema public from public, sf_ingest, sf_reader", []string{`expected sf_ingest to have usage on the schema, found that it has not → grant usage on schema "public" to "sf_ingest"`}},
	"of everybody":                {"create table customers (id bigint primary key, name text, note varchar(20), secret text); grant all on customers to public", []string{`expected sf_ingest to have the privileges select, insert, update, found that it has not → grant select, insert, update on "public"."customers" to "sf_ingest"`}},
	"of a role that has us":       {madeRole + "create table customers (id bigint primary key, name text, note varchar(20)); grant select, insert, update on customers to sf_test_writers", nil},
	"of some columns to read":     {"create table customers (id bigint primary key, name text, note varchar(20), secret text); grant select (id, name, note), insert, update on customers to sf_ingest", []string{`expected sf_ingest to have the privileges select, found that it has not → grant select on "public"."customers" to "sf_ingest"`}},
	"no privilege":                {"create table customers (id bigint primary key, name text, note varchar(20))", []string{`expected sf_ingest to have the privileges select, insert, update, found that it has not → grant select, insert, update on "public"."customers" to "sf_ingest"`}},
	"of some columns":             {"create table customers (id bigint primary key, name text, note varchar(20)); grant select, insert (id, name, note), update (name, note) on customers to sf_ingest", nil},
}

func TestWhatStandsUnderALiveTablesName(t *testing.T) {
	t.Parallel()
	for name, tc := range standing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Exec(t, tc.sql)
			pool := db.Pool(t, "sf_ingest")
			d := customers(t, "ignore")

			got, err := live.Inspect(t.Context(), pool, d.Tables, openSchema)

			require.NoError(t, err)
			require.Len(t, got, 1)
			var said []string
			for _, f := range got[0].Differences {
				one := f.Found + " → " + f.Mend
				if f.Remedy != relation.ByPerson {
					one += " (" + string(f.Remedy) + ")"
				}
				said = append(said, one)
			}
			require.Equal(t, tc.want, said)
			for _, f := range got[0].Differences {
				db.Exec(t, f.Mend[strings.LastIndex(f.Mend, ": ")+1:])
			}
			got, err = live.Inspect(t.Context(), pool, d.Tables, openSchema)
			require.NoError(t, err)
			for _, f := range got[0].Differences {
				require.Regexp(t, "privileges|secret", f.Found, "what was said mends it, but for what could not be told")
			}
		})
	}
}

// Where departed rows are deleted, more is needed, and more is in the way.
func TestWhatStandsInTheWayOfDeletes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create table customers (id bigint primary key, name text, note varchar(20)); grant select, insert, update on customers to sf_ingest; create rule kept as on delete to customers do instead nothing")
	pool := db.Pool(t, "sf_ingest")

	ignoring, err := live.Inspect(t.Context(), pool, customers(t, "ignore").Tables, openSchema)
	require.NoError(t, err)
	deleting, err := live.Inspect(t.Context(), pool, customers(t, "delete").Tables, openSchema)
	require.NoError(t, err)

	require.Empty(t, ignoring[0].Differences)
	require.Len(t, deleting[0].Differences, 2)
	require.Equal(t, `drop rule "kept" on "public"."customers"`, deleting[0].Differences[0].Mend)
	require.Equal(t, `grant delete on "public"."customers" to "sf_ingest"`, deleting[0].Differences[1].Mend)
}

// A check sees all tables in one state, and what it may not read whole it does not call
// empty.
func TestCheckSaysWhetherThereAreRows(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sql          string
		exists, rows bool
	}{
		"nothing":              {"select", false, false},
		"empty":                {asDeclared, true, false},
		"with rows":            {asDeclared + "; insert into customers values (1)", true, true},
		"a view":               {"create view customers as select 1 as id", true, false},
		"not to be read":       {"create table customers (id bigint primary key, name text, note varchar(20))", true, true},
		"hidden by a policy":   {asDeclared + "; alter table customers enable row level security", true, true},
		"rows of a child only": {asDeclared + "; create table old () inherits (customers); insert into old values (1)", true, true},
	} {
		db := pgtest.New(t)
		db.Exec(t, tc.sql)

		got, err := live.Check(t.Context(), db.Pool(t, "sf_ingest"), customers(t, "ignore"), nil, openSchema)

		require.NoError(t, err, name)
		require.Equal(t, tc.exists, got[0].Exists, name)
		require.Equal(t, tc.rows, got[0].HasRows, name)
	}
}

// Of the tables that other versions declared only those that stand are told.
func TestCheckTellsOfOthersThatStand(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, "create table before (v int); insert into before values (1); grant select on before to sf_ingest; create table shut (v int)")
	name := func(n string) relation.Relation { return relation.Relation{Schema: "public", Name: n} }

	got, err := live.Check(t.Context(), db.Pool(t, "sf_ingest"), customers(t, "ignore"), []relation.Relation{name("before"), name("gone"), name("shut")}, openSchema)

	require.NoError(t, err)
	require.Len(t, got, 3)
	require.Equal(t, []relation.Relation{name("customers"), name("before"), name("shut")}, []relation.Relation{got[0].Relation, got[1].Relation, got[2].Relation})
	require.Empty(t, got[1].Name)
	require.True(t, got[1].HasRows)
	require.True(t, got[2].HasRows, "what may not be read counts as rows")
}
