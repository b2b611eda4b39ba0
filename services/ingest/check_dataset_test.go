package ingest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// check asks what stands under the names of a dataset, by table.
func (h *house) check(d *datasetv1.Dataset, others ...*stepv1.Relation) map[string]*stepv1.RelationCheck {
	h.t.Helper()
	resp, err := h.client.CheckDataset(context.Background(), &ingestv1.CheckDatasetRequest{Dataset: d, Others: others})
	require.NoError(h.t, err)
	byName := map[string]*stepv1.RelationCheck{}
	for _, c := range resp.GetTables() {
		byName[c.GetRelation().GetName()] = c
	}
	return byName
}

func TestCheckSaysWhatStands(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	before := h.check(h.dataset)
	h.published(january, goods.with("lines.csv", "order_id,place,price\n1,1,1\n"))
	h.db.Exec(t, "truncate lines; create view report as select * from customers")
	after := h.check(h.dataset,
		&stepv1.Relation{Schema: "public", Name: "report"}, &stepv1.Relation{Schema: "public", Name: "gone"})

	require.Len(t, before, 3)
	for name, c := range before {
		require.Equal(t, name, c.GetName())
		require.Equal(t, "public", c.GetRelation().GetSchema())
		require.False(t, c.GetExists())
		require.False(t, c.GetHasRows())
		require.Empty(t, c.GetDifferences())
	}
	require.Len(t, after, 4, "of the others only those that are there")
	require.True(t, after["customers"].GetHasRows())
	require.True(t, after["lines"].GetExists())
	require.False(t, after["lines"].GetHasRows())
	require.True(t, after["report"].GetExists())
	require.Empty(t, after["report"].GetName())
	require.False(t, after["report"].GetHasRows(), "a view is not read")
	for _, c := range after {
		require.Empty(t, c.GetDifferences())
	}
}

func TestCheckSaysWhatARunWouldRefuse(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, "create schema retail")
	next := parse(t, strings.NewReplacer(
		"- {name: note, type: text, optional: true}", "- {name: mail, type: text}",
		"key: [order_id, place]", "key: [order_id]",
		"    references: [{columns: [customer], table: customers}]\n", "",
	).Replace(shop))
	moved := parse(t, strings.Replace(shop, "calendar:", "schema: retail\ncalendar:", 1))
	nowhere := parse(t, strings.Replace(shop, "calendar:", "schema: nowhere\ncalendar:", 1))

	got := h.check(next)

	differences := func(c *stepv1.RelationCheck) (all []string) {
		for _, d := range c.GetDifferences() {
			all = append(all, d.GetFound()+" → "+d.GetMend())
		}
		return all
	}
	require.Equal(t, []string{
		`found a column note that the dataset does not declare → declare it, or declare column mail with it as renamed_from if the two are one, or drop it with its values: alter table "public"."customers" drop column "note"`,
	}, differences(got["customers"]))
	require.Len(t, got["customers"].GetExpansions(), 1, "the run does it, once a person has done the rest")
	require.Equal(t, `alter table "public"."customers" add column "mail" text`, got["customers"].GetExpansions()[0].GetMend())
	require.Equal(t, "note mail", got["customers"].GetDifferences()[0].GetColumn()+" "+got["customers"].GetExpansions()[0].GetColumn())
	require.Equal(t, []string{
		`found a foreign key orders_customer_fkey (customer) to public.customers that the dataset does not declare → declare the reference, or drop it: alter table "public"."orders" drop constraint "orders_customer_fkey"`,
	}, differences(got["orders"]))
	require.Equal(t, []string{
		`expected a primary key or unique index on (order_id), found none → alter table "public"."lines" drop constraint "lines_pkey", add primary key ("order_id"), alter column "place" drop not null`,
	}, differences(got["lines"]))
	const open = "run `ingestd migrate --data-schema %` and `snapshotd migrate --data-schema %`"
	require.Equal(t, []string{"expected sf_ingest to be allowed to create tables in the schema, found that it is not → " + strings.ReplaceAll(open, "%", "retail")},
		differences(h.check(moved)["orders"]))
	require.Equal(t, []string{"expected the schema to be there, found none → " + strings.ReplaceAll(open, "%", "nowhere")},
		differences(h.check(nowhere)["orders"]))
}

// What the service may not read is not said to be empty.
func TestCheckTakesWhatItMayNotReadForRows(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(shop))
	h.db.Exec(t, "create table lines (order_id bigint, place int, price numeric, primary key (order_id, place))")

	got := h.check(h.dataset)["lines"]

	require.True(t, got.GetHasRows())
	require.Len(t, got.GetDifferences(), 1)
	require.Equal(t, `grant select, insert, update on "public"."lines" to "sf_ingest"`, got.GetDifferences()[0].GetMend())
}

// Somebody who waits for an answer does not wait for a table that is locked.
func TestCheckDoesNotWaitForALock(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	tx, err := h.db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(context.Background(), "lock table customers in access exclusive mode")
	require.NoError(t, err)

	begun := time.Now()
	_, err = h.client.CheckDataset(context.Background(), &ingestv1.CheckDatasetRequest{Dataset: h.dataset})

	require.Error(t, err)
	require.Less(t, time.Since(begun), 20*time.Second)
}

func TestCheckRefusesADatasetWithMistakes(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	broken := parse(t, shop)
	broken.Tables[0].Key = []string{"nothing"}

	_, err := h.client.CheckDataset(context.Background(), &ingestv1.CheckDatasetRequest{Dataset: broken})

	requireReason(t, problem.DatasetInvalid, err)
}

// A trigger without a search_path of its own is no difference, and may do well without;
// the warning is there before a run finds out.
func TestCheckWarnsOfFunctionsThatMayFindNothing(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(shop))
	h.db.Exec(t, strings.Replace(usersOwn, " set search_path = public", "", 1))

	c := h.check(h.dataset)["customers"]

	require.Empty(t, c.GetDifferences())
	require.Len(t, c.GetWarnings(), 2, "the first says whose it is")
	require.Contains(t, c.GetWarnings()[1].GetFound(), "trigger noted calls public.note_change()")
	require.Equal(t, "alter function public.note_change() set search_path = pg_catalog, public, pg_temp", c.GetWarnings()[1].GetMend())
	h.db.Exec(t, c.GetWarnings()[1].GetMend())
	require.Len(t, h.check(h.dataset)["customers"].GetWarnings(), 1)
	h.published(january, goods)
	require.Equal(t, []string{"3"}, h.db.Rows(t, "select count(*) from seen"))
}
