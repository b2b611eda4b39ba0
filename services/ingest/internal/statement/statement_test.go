package statement_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

var (
	parent = &declared.Table{
		Name: "users", Live: relation.Relation{Schema: "public", Name: "users"}, Key: []string{"id"},
		Columns: []declared.Column{{Name: "id", Type: dataset.ColumnType{Name: dataset.Text}, Key: true}},
	}
	table = &declared.Table{
		Name: "orders", Live: relation.Relation{Schema: "public", Name: `or"ders`}, Key: []string{"user", "n"},
		Columns: []declared.Column{
			{Name: "user", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
			{Name: "n", Type: dataset.ColumnType{Name: dataset.Integer}, Key: true},
			{Name: "amount", Type: dataset.ColumnType{Name: dataset.Numeric, Precision: 8, Scale: 2}},
		},
		References: []declared.Reference{{Columns: []string{"user"}, Parent: parent}},
	}
	from = relation.Relation{Schema: "sf_staging", Name: "bat_1_f1_orders"}
	of   = relation.Relation{Schema: "sf_staging", Name: "bat_1_f1_users"}
)

// leaving asks which of the live orders depart, and these are the pieces that it asks with.
var (
	leaving = statement.Departing{Table: table, Before: table.Live.SQL(), Candidate: from}
	ledger  = `sf_ledger as materialized (select key as sf_key, key[1]::text as "user", key[2]::integer as "n" from sf_ingest.departed where dataset = $1 and table_name = $2 and $3)`
	gone    = `sf_gone as materialized (select l."user", l."n" from "public"."or""ders" l where l."user" is not null and l."n" is not null and not ` +
		`exists (select from "sf_staging"."bat_1_f1_orders" c where c."user" = l."user" and c."n" = l."n"))`
	beside = ` from sf_ledger left join "sf_staging"."bat_1_f1_orders" c on c."user" = sf_ledger."user" and c."n" = sf_ledger."n" ` +
		`left join "public"."or""ders" l on l."user" = sf_ledger."user" and l."n" = sf_ledger."n"`
)

// holding asks what of the live users is withdrawn, to which orders refer.
var holding = statement.Withdrawing{Table: parent, Live: parent.Live.SQL(), Candidate: of, Whole: true, Among: []statement.Referring{
	{Table: table, Candidate: from, Listed: true}, {Table: parent, Candidate: of, Whole: true},
}}

// The statements are read as much as they are run: a change to one shows here.
func TestStatements(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ got, want string }{
		"create candidate": {statement.CreateCandidate(table, from),
			`create unlogged table "sf_staging"."bat_1_f1_orders" ("user" text, "n" integer, "amount" numeric(8,2), sf_file smallint not null, sf_line bigint not null) with (autovacuum_enabled = false)`},
		"copy": {statement.Copy(from, []string{"n", "user"}),
			`copy "sf_staging"."bat_1_f1_orders" ("n", "user", "sf_file", "sf_line") from stdin with (format text, freeze true, encoding 'UTF8')`},
		"count duplicates": {statement.CountDuplicates(table, from),
			`select count(*), coalesce(sum(n), 0)::bigint from (select count(*) as n from "sf_staging"."bat_1_f1_orders" group by "user", "n" having count(*) > 1) twice`},
		"keys repeat": {statement.KeysRepeat(table, from),
			`select count(*) > count(distinct hash_record_extended(row("user", "n"), 0)) from "sf_staging"."bat_1_f1_orders"`},
		"orphans": {statement.Orphans(table, from, table.References[0], of),
			`select sf_refers, sf_key, sf_line, coalesce(sf_parent, 0), sf_missing, sf_rejected from (` +
				`select array[c."user"::text] as sf_refers, array[c."user"::text, c."n"::text] as sf_key, c.sf_line, r.sf_at as sf_parent, ` +
				`count(*) filter (where r.sf_at is null) over () as sf_missing, count(r.sf_at) over () as sf_rejected, ` +
				`row_number() over (partition by r.sf_at is null order by c.sf_line) as sf_nth from "sf_staging"."bat_1_f1_orders" c left join ` +
				`(select sf_0, min(sf_at) as sf_at from (select k.sf_0::text as sf_0, k.sf_at from unnest($2::text[], $3::bigint[]) as k (sf_0, sf_at)) k group by sf_0) r ` +
				`on r.sf_0 = c."user" where c."user" is not null and not exists (select from "sf_staging"."bat_1_f1_users" p where p."id" = c."user")` +
				`) orphans where sf_nth <= $1 order by sf_line`},
		"create live": {statement.CreateLive(table),
			`create table "public"."or""ders" ("user" text, "n" integer, "amount" numeric(8,2))`},
		"fill live": {statement.FillLive(table, from),
			`insert into "public"."or""ders" ("user", "n", "amount") select "user", "n", "amount" from "sf_staging"."bat_1_f1_orders" order by "user" collate "C", "n"`},
		"add key":       {statement.AddKey(table), `alter table "public"."or""ders" add primary key ("user", "n")`},
		"add reference": {statement.AddReference(table, table.References[0]), `alter table "public"."or""ders" add foreign key ("user") references "public"."users" ("id")`},
		"lock":          {statement.LockLive(table), `lock table "public"."or""ders" in share row exclusive mode`},
		"apply": {statement.Apply(table, from),
			`with diff as materialized (select c."user", c."n", c."amount", l."user" is null as sf_new from "sf_staging"."bat_1_f1_orders" c left join "public"."or""ders" l on l."user" = c."user" and l."n" = c."n" where l."user" is null or (l."amount") is distinct from (c."amount")), ` +
				`updated as (update "public"."or""ders" l set "amount" = d."amount" from diff d where not d.sf_new and l."user" = d."user" and l."n" = d."n" returning 1), ` +
				`inserted as (insert into "public"."or""ders" ("user", "n", "amount") select "user", "n", "amount" from diff where sf_new order by "user" collate "C", "n" returning 1) ` +
				`select (select count(*) from updated), (select count(*) from inserted), (select count(*) from diff)`},
		"delete departed": {statement.DeleteDeparted(table, from),
			`delete from "public"."or""ders" l where l."user" is not null and l."n" is not null and not exists (select from "sf_staging"."bat_1_f1_orders" c where c."user" = l."user" and c."n" = l."n")`},
		"count live": {statement.CountLive(table, nil),
			`select count(*), count(*) filter (where l."user" is not null and l."n" is not null) from "public"."or""ders" l`},
		"count departures": {leaving.Count(), "with " + ledger + `, sf_rejected as materialized (select "user"::text as "user", "n"::integer as "n" from unnest($4::text[], $5::text[]) as r ("user", "n")), ` + gone +
			`, sf_fresh as (select * from sf_gone g where not exists (select from sf_ledger d where d."user" = g."user" and d."n" = g."n") and not exists (select from sf_rejected r where r."user" = g."user" and r."n" = g."n")) select count(*) from sf_fresh`},
		"list departures of history": {statement.Departing{Table: parent, Before: of.SQL(), History: true, Candidate: of}.List(),
			`with sf_ledger as materialized (select key as sf_key, key[1]::text as "id" from sf_ingest.departed where dataset = $1 and table_name = $2 and $3), sf_rejected as materialized (select "id"::text as "id" from unnest($5::text[]) as r ("id")), ` +
				`sf_gone as materialized (select l."id" from "sf_staging"."bat_1_f1_users" l where l."as_of" = $4::text::date and l."id" is not null and not exists (select from "sf_staging"."bat_1_f1_users" c where c."id" = l."id")), ` +
				`sf_fresh as (select * from sf_gone g where not exists (select from sf_ledger d where d."id" = g."id") and not exists (select from sf_rejected r where r."id" = g."id")) select array["id"::text] from sf_fresh order by "id" collate "C" limit $6`},
		"compare the ledger": {leaving.Compare(), "with " + ledger + ` select count(c."user"), count(l."user") filter (where c."user" is null)` + beside},
		"prune the ledger": {leaving.Prune(), "with " + ledger + ", sf_settled as materialized (select sf_key" + beside + ` where c."user" is not null or l."user" is null) ` +
			"delete from sf_ingest.departed d using sf_settled where d.dataset = $1 and d.table_name = $2 and d.key = sf_settled.sf_key"},
		"record departures": {leaving.Record(), "with " + ledger + ", " + gone + ` insert into sf_ingest.departed (dataset, table_name, key, since) select $1, $2, array[sf_gone."user"::text, sf_gone."n"::text], nullif($4, '')::date from sf_gone where not exists (select from sf_ledger where sf_ledger."user" = sf_gone."user" and sf_ledger."n" = sf_gone."n")`},
		"count what is withdrawn": {statement.Withdrawing{Table: parent, Live: parent.Live.SQL(), Candidate: of}.Count(),
			`with sf_ledger as materialized (select key as sf_key, key[1]::text as "id" from sf_ingest.departed where dataset = $1 and table_name = $2 and $3), ` +
				`sf_brought as materialized (select distinct key as sf_key, key[1]::text as "id" from sf_ingest.brought where dataset = $1 and table_name = $2) ` +
				`select count(*), count(d."id"), 0::bigint from "public"."users" l left join sf_ledger d on d."id" = l."id" ` +
				`where l."id" is not null and not exists (select from "sf_staging"."bat_1_f1_users" c where c."id" = l."id") and exists (select from sf_brought b where b."id" = l."id")`},
		"withdraw all that is not delivered": {statement.Withdrawing{Table: parent, Candidate: of, Whole: true}.Delete(),
			`with sf_brought as materialized (select distinct key as sf_key, key[1]::text as "id" from sf_ingest.brought where dataset = $1 and table_name = $2) ` +
				`delete from "public"."users" l where l."id" is not null and not exists (select from "sf_staging"."bat_1_f1_users" c where c."id" = l."id")`},
		"withdraw what no row holds that stays": {holding.Delete(),
			`with recursive sf_brought as materialized (select distinct key as sf_key, key[1]::text as "id" from sf_ingest.brought where dataset = $1 and table_name = $2), ` +
				`sf_brought_0 as materialized (select distinct key as sf_key, key[1]::text as "user", key[2]::integer as "n" from sf_ingest.brought where dataset = $1 and table_name = ($3::text[])[1]), ` +
				`sf_left_0 as materialized (select l."n", l."user", b."user" is null as sf_stays from "public"."or""ders" l left join sf_brought_0 b on b."user" = l."user" and b."n" = l."n" ` +
				`where not exists (select from "sf_staging"."bat_1_f1_orders" c where c."user" = l."user" and c."n" = l."n")), ` +
				`sf_left_1 as materialized (select l."id", not (l."id" is not null) as sf_stays from "public"."users" l where not exists (select from "sf_staging"."bat_1_f1_users" c where c."id" = l."id")), ` +
				`sf_held_1 as materialized (select distinct p."id" from sf_left_0 r join sf_left_1 p on p."id" = r."user" where r.sf_stays) ` +
				`delete from "public"."users" l where l."id" is not null and not exists (select from "sf_staging"."bat_1_f1_users" c where c."id" = l."id") and not exists (select from sf_held_1 h where h."id" = l."id")`},
		"compare": {statement.Compare(table, from, statement.Standing{}),
			`select count(*) filter (where sf_new), count(*) filter (where not sf_new), array[count(*) filter (where not sf_new and sf_changed[1])] from (select l."user" is null as sf_new, array[(l."amount") is distinct from (c."amount")] as sf_changed from "sf_staging"."bat_1_f1_orders" c left join "public"."or""ders" l on l."user" = c."user" and l."n" = c."n" where l."user" is null or (l."amount") is distinct from (c."amount") offset 0) diff`},
		"compare a table that is all key": {statement.Compare(parent, of, statement.Standing{}),
			`select count(*) filter (where l."id" is null), 0::bigint, array[]::bigint[] from "sf_staging"."bat_1_f1_users" c left join "public"."users" l on l."id" = c."id"`},
		"compare with a table that is to be renamed and has to grow": {statement.Compare(table, from, statement.Standing{Open: rename.Pairs{{From: "client", To: "user"}}, Lacks: table.Columns[2:]}),
			`select count(*) filter (where sf_new), count(*) filter (where not sf_new), array[count(*) filter (where not sf_new and sf_changed[1])] from (select l."user" is null as sf_new, array[(l."amount") is distinct from (c."amount")] as sf_changed from "sf_staging"."bat_1_f1_orders" c left join (select "client" as "user", "n", null::numeric(8,2) as "amount" from "public"."or""ders") l on l."user" = c."user" and l."n" = c."n" where l."user" is null or (l."amount") is distinct from (c."amount") offset 0) diff`},
		"rows of which a key is to be renamed":          {statement.Rows(table, table.Live, rename.Pairs{{From: "client", To: "user"}}, "as_of"), `(select "client" as "user", "n", "as_of" from "public"."or""ders")`},
		"rows of which another column is to be renamed": {statement.Rows(table, table.Live, rename.Pairs{{From: "sum", To: "amount"}}), `"public"."or""ders"`},
	} {
		require.Equal(t, tc.want, tc.got, name)
	}
}

// What finds keys that look alike: only the texts of a key have forms.
func TestStatementsOfKeysThatLookAlike(t *testing.T) {
	t.Parallel()
	forms := relation.Relation{Schema: "sf_staging", Name: "forms"}
	a := statement.Alike{Table: table, Texts: []string{"user"}, Candidate: from, Forms: forms}
	for want, got := range map[string]string{
		`create unlogged table "sf_staging"."forms" (sf_live boolean not null, sf_line bigint not null, "user" text not null, "n" integer not null, sf_form_0 text not null) with (autovacuum_enabled = false)`: a.Create(),
		`insert into "sf_staging"."forms" select $1::boolean, l, v1::text, v2::integer, v3 from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) as o (l, v1, v2, v3)`:                                  a.Insert(),
		`select sf_line, array["user"::text, "n"::text] from "sf_staging"."bat_1_f1_orders" o where octet_length("user") <> char_length("user") or ascii("user") <= 32 or ascii(right("user", 1)) <= 32`:        a.Strange(from, false),
		`select 0::bigint, array["user"::text, "n"::text] from "public"."or""ders" o where octet_length("user") <> char_length("user") or ascii("user") <= 32 or ascii(right("user", 1)) <= 32`:                 a.Strange(table.Live, true),
		`select c.sf_line, array[c."user"::text, c."n"::text] from unnest($1::text[], $2::text[]) as o (v0, v1) join "sf_staging"."bat_1_f1_orders" c on c."user"::text = o.v0 and c."n"::text = o.v1`:          a.Among(from),
	} {
		require.Equal(t, want, got)
	}
	require.Contains(t, a.Twins(), `o.sf_form_0 = c."user" and o."n" = c."n"`, "a form is compared with a key that is its own")
	require.Contains(t, a.LiveTwins(), `o.sf_form_0 = l."user" and o."n" = l."n"`)
}

// Only tables that refer to a table, directly or not, can hold its rows.
func TestWhoseRowsCanHoldOthers(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"orders", "users"}, holding.Referring())
	child := holding
	child.Table = table
	require.Empty(t, child.Referring(), "nobody refers to orders")
	require.NotContains(t, child.Delete(), "sf_held")
	deletes := *parent
	deletes.Deletes = true
	gone := holding
	gone.Table = &deletes
	require.Empty(t, gone.Referring(), "whatever refers to what is deleted is deleted itself")
}

// What a distributed PostgreSQL cannot push down must not creep in.
func TestWritesGoByKey(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{statement.Apply(table, from), statement.DeleteDeparted(table, from), statement.FillLive(table, from), leaving.Prune(), leaving.Record()} {
		for _, word := range []string{"ctid", "nextval", "now()", "on conflict"} {
			require.NotContains(t, strings.ToLower(sql), word)
		}
	}
}
