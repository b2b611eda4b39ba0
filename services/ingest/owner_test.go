package ingest_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// intruder is a dataset of the attacker's own, which names a table of the shop and has its
// rows deleted.
const intruder = `
name: intruder
calendar: {period: month_end}
tables:
  - name: lines
    departed_keys: delete
    departed_limit: 1
    key: [order_id, place]
    columns:
      - {name: order_id, type: bigint}
      - {name: place, type: integer}
      - {name: price, type: numeric}
`

// as has the house speak for another dataset, under a live fence of that dataset's.
func (h *house) as(t *testing.T, d *datasetv1.Dataset) *house {
	t.Helper()
	other := *h
	other.dataset, other.version, other.fence = d, dataset.Hash(d), h.db.Fence(t, d.GetName())
	return &other
}

// Somebody who reached ingest's port deleted the rows of a table through a dataset message
// of their own: its name was theirs, its fence was live, and nobody asked whose the table is.
func TestADatasetMessageOfOnesOwnReachesNoTableOfOthers(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	other := h.as(t, parse(t, intruder))
	staged := other.stage(february, files{"lines.csv": "order_id,place,price\n9,9,9\n"}) // before the shop has published
	h.published(january, goods)
	before := h.live()
	folder := h.deliver("intruder", files{"lines.csv": "order_id,place,price\n1,1,1\n"})

	_, stageErr := other.stageRequest(other.request(february, folder))
	_, planErr := other.plan(staged.GetId())
	_, publishErr := other.publish(staged.GetId())
	_, expandErr := other.expand(false, false)
	wider := other.as(t, parse(t, strings.Replace(intruder, "price, type: numeric", "worth, type: numeric, renamed_from: price", 1)))
	_, renameErr := wider.expand(false, false)

	for step, err := range map[string]error{"stage": stageErr, "plan": planErr, "publish": publishErr, "expand": expandErr, "rename": renameErr} {
		requireReason(t, problem.TableTaken, err)
		require.ErrorContains(t, err, "public.lines was first published by dataset shop", step)
	}
	require.Equal(t, before, h.live())
	require.Equal(t, []string{"customers|shop", "lines|shop", "orders|shop"}, h.db.Rows(t, "select table_name, dataset from sf_ingest.table_owner order by 1"))
	h.published(february, second)
}

// The fence of another dataset than the message's is refused before, as ever.
func TestAFenceOfAnotherDatasetIsNoWayIn(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	other := h.as(t, parse(t, intruder))
	req := h.request(february, h.deliver("february", second))
	req.Context.Fence = other.fence.Proto()

	_, err := h.stageRequest(req)

	requireReason(t, problem.InvalidRequest, err)
}

// What was published into by nobody is nobody's: a plan, a batch that failed and a state
// that is history only take no table.
func TestOnlyPublishingTakesATable(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	b := h.stage(january, goods)
	_, err := h.plan(b.GetId())
	require.NoError(t, err)
	require.Empty(t, h.db.Rows(t, "select from sf_ingest.table_owner"))

	other := h.as(t, parse(t, intruder))
	other.published(january, files{"lines.csv": "order_id,place,price\n1,1,1\n"})
	_, err = h.publish(b.GetId())

	requireReason(t, problem.TableTaken, err)
	require.Equal(t, []string{"lines|intruder"}, h.db.Rows(t, "select table_name, dataset from sf_ingest.table_owner"))
	require.Equal(t, []string{"<null>"}, h.db.Rows(t, "select to_regclass('public.customers')"), "nothing was written")
}

// The registry is told whose the tables of datasets are; what was never published into is
// nobody's, and the layout of another dataset's table is told to nobody.
func TestTheRegistryIsToldWhoPublished(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	other := h.as(t, parse(t, intruder))
	other.stage(january, files{"lines.csv": "order_id,place,price\n1,1,1\n"})
	const owned = "select * from sf_ingest.owned_tables('{shop,intruder}') order by 2"
	require.Empty(t, h.db.Rows(t, owned))
	h.published(january, goods)
	require.Equal(t, []string{"public|customers|shop", "public|lines|shop", "public|orders|shop"}, h.db.Rows(t, owned))
	_, err := h.db.Pool(t, "sf_orchestrator").Exec(context.Background(), owned)
	require.NoError(t, err)
	_, err = h.db.Pool(t, "sf_ingest").Exec(context.Background(), "select sf_ingest.owned_tables('{}')")
	require.ErrorContains(t, err, "permission denied", "the service reads its table")

	_, err = h.client.CheckDataset(t.Context(), &ingestv1.CheckDatasetRequest{Dataset: parse(t, intruder)})
	requireReason(t, problem.TableTaken, err)
	_, err = h.client.CheckDataset(t.Context(), &ingestv1.CheckDatasetRequest{Dataset: parse(t, shop)})
	require.NoError(t, err)
}

// The registry gives a dataset's tables up, and nobody else: the service itself may not.
func TestOnlyTheRegistryGivesTablesUp(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	_, err := h.db.Pool(t, "sf_ingest").Exec(context.Background(), "select sf_ingest.give_up_tables('shop')")
	require.ErrorContains(t, err, "permission denied")
	_, err = h.db.Pool(t, "sf_ingest").Exec(context.Background(), "delete from sf_ingest.table_owner")
	require.ErrorContains(t, err, "permission denied")

	_, err = h.db.Pool(t, "sf_orchestrator").Exec(context.Background(), "select sf_ingest.give_up_tables('shop')")

	require.NoError(t, err)
	other := h.as(t, parse(t, intruder))
	other.published(january, files{"lines.csv": "order_id,place,price\n1,1,1\n"})
	require.Equal(t, []string{"lines|intruder"}, h.db.Rows(t, "select table_name, dataset from sf_ingest.table_owner"))
}

// Tables that were published before it was kept whose they are are taken over from what is
// known: how each was left and, of older ones, the registry's names; those of a dataset that
// was deleted are nobody's.
func TestWhatWasPublishedBeforeIsTakenOver(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, `
create schema if not exists sf_orchestrator;
create table if not exists sf_orchestrator.table_claim (schema_name text, table_name text, dataset text);
insert into sf_orchestrator.table_claim values ('public', 'customers', 'shop'), ('public', 'orders', 'shop'), ('public', 'never', 'shop');
delete from sf_ingest.live where table_name = 'orders'`)
	h.upgradeFrom(t, "00013_table_owner.sql")

	require.Equal(t, []string{"customers|shop", "orders|shop"}, h.db.Rows(t, "select table_name, dataset from sf_ingest.table_owner order by 1"),
		"lines is claimed by nobody, and never was not published")
}

// upgradeFrom undoes a migration of the service's and makes it again, on what is there.
func (h *house) upgradeFrom(t *testing.T, file string) {
	t.Helper()
	sql, err := os.ReadFile("migrations/" + file)
	require.NoError(t, err)
	up, down, ok := strings.Cut(string(sql), "-- +goose Down")
	require.True(t, ok)
	h.db.Exec(t, down)
	h.db.Exec(t, up)
}
