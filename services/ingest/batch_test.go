package ingest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func TestGetBatchTakesAUniquePart(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	b := h.stage(january, badInputs["orphans"])
	h.stage(february, goods)
	get := func(id string) (*ingestv1.Batch, error) {
		r, err := h.client.GetBatch(context.Background(), &ingestv1.GetBatchRequest{Batch: id})
		return r.GetBatch(), err
	}

	whole, err := get(b.GetId())
	require.NoError(t, err)
	short, err := get(b.GetId()[:len(b.GetId())-1])
	require.NoError(t, err)
	_, ambiguous := get("bat_")
	_, unknown := get("bat_zzz")
	_, pattern := get("bat_%")
	_, run := get("run_1")

	require.Equal(t, b.String(), whole.String(), "what Stage answered is what is kept")
	require.Equal(t, b.String(), short.String())
	requireReason(t, problem.AmbiguousID, ambiguous)
	requireReason(t, problem.BatchNotFound, unknown)
	requireReason(t, problem.BatchNotFound, pattern)
	requireReason(t, problem.InvalidRequest, run)
}

func TestListBatchesPagesFromTheNewest(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	var want []string
	for _, asOf := range []string{january, february, january, march, january} {
		want = append([]string{h.stage(asOf, goods).GetId()}, want...)
	}
	list := func(req *ingestv1.ListBatchesRequest) *ingestv1.ListBatchesResponse {
		r, err := h.client.ListBatches(context.Background(), req)
		require.NoError(t, err)
		return r
	}

	all := list(&ingestv1.ListBatchesRequest{Dataset: "shop"})
	ofMonth := list(&ingestv1.ListBatchesRequest{Dataset: "shop", AsOf: january})
	none := list(&ingestv1.ListBatchesRequest{Dataset: "other"})
	var paged []string
	page := &ingestv1.ListBatchesRequest{Dataset: "shop", PageSize: 2}
	for pages := 1; ; pages++ {
		r := list(page)
		paged = append(paged, ids(r)...)
		if page.PageToken = r.GetNextPageToken(); page.PageToken == "" {
			require.Equal(t, 3, pages)
			break
		}
	}

	require.Equal(t, want, ids(all))
	require.Empty(t, all.GetNextPageToken())
	require.Equal(t, want, paged)
	require.Equal(t, []string{want[0], want[2], want[4]}, ids(ofMonth))
	require.Empty(t, none.GetBatches())
	first := all.GetBatches()[0]
	require.Empty(t, first.GetFiles()[0].GetHeader())
	require.Empty(t, first.GetTables()[0].GetHeader())
	require.Empty(t, first.GetFindings())
	require.NotEmpty(t, first.GetCounts())
	require.NotEmpty(t, first.GetFiles()[0].GetSha256())
}

func ids(r *ingestv1.ListBatchesResponse) []string {
	var out []string
	for _, b := range r.GetBatches() {
		out = append(out, b.GetId())
	}
	return out
}

func TestListBatchesRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	for _, token := range []string{"???", "cnVuXzE"} {
		_, err := h.client.ListBatches(context.Background(), &ingestv1.ListBatchesRequest{Dataset: "shop", PageToken: token})

		requireReason(t, problem.InvalidRequest, err)
	}
}

func TestListBatchesRefusesWhatIsNoDate(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	for _, asOf := range []string{"2024-02-30", "0000-01-01"} {
		_, err := h.client.ListBatches(context.Background(), &ingestv1.ListBatchesRequest{Dataset: "shop", AsOf: asOf})

		requireReason(t, problem.InvalidRequest, err)
	}
}

func TestStepsOfABatchThatNobodyKnows(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	id := ident.New(ident.Batch)

	_, planErr := h.plan(id)
	_, publishErr := h.publish(id)

	requireReason(t, problem.BatchNotFound, planErr)
	requireReason(t, problem.BatchNotFound, publishErr)
}

func TestABatchOfAnotherDatasetIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	b := h.stage(january, goods)
	other := openDatasetOn(h, "other")

	_, planErr := other.plan(b.GetId())
	_, publishErr := other.publish(b.GetId())

	requireReason(t, problem.InvalidRequest, planErr)
	requireReason(t, problem.InvalidRequest, publishErr)
}
