package ingest_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestStagingTwiceIsStagingOnce(t *testing.T) {
	t.Parallel()
	for name, delivery := range map[string]files{"staged": goods, "rejected": badInputs["all_at_once"]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			req := h.request(january, h.deliver("d", delivery))
			first, err := h.stageRequest(req)
			require.NoError(t, err)
			before := h.db.Rows(t, "select oid from pg_class where relnamespace = 'sf_staging'::regnamespace order by 1")
			h.deliver("d", files{}) // the files may be gone by then

			h.fence = h.db.Fence(t, "shop") // whoever takes over finds it, too
			req.Context = h.context()
			again, err := h.stageRequest(req)

			require.NoError(t, err)
			require.Equal(t, first.String(), again.String())
			require.Equal(t, before, h.db.Rows(t, "select oid from pg_class where relnamespace = 'sf_staging'::regnamespace order by 1"))
		})
	}
}

func TestTheSameStageTwiceAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	req := h.request(january, h.deliver("d", manyOrders(20_000, 1)))
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			b, err := h.stageRequest(req)
			assert.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", err)
		})
	}
	wg.Wait()

	r, err := h.publish(req.GetBatch())

	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 20_000, Inserted: 20_000})
	require.Len(t, h.staging(), 3)
}

func TestABatchIsOneDelivery(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	req := h.request(january, h.deliver("d", goods))
	_, err := h.stageRequest(req)
	require.NoError(t, err)

	req.AsOf = february
	_, err = h.stageRequest(req)

	requireReason(t, problem.InvalidRequest, err)
}

func TestPublishingTwiceIsPublishingOnce(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	b := h.published(january, goods)
	h.db.Exec(t, "update orders set items = 9 where id = 1")
	before := h.live()

	again, err := h.publish(b.GetId())
	require.NoError(t, err)
	staged, err := h.stageRequest(&ingestv1.StageRequest{
		Context: h.context(), Batch: b.GetId(), Dataset: h.dataset, DatasetVersion: h.version, AsOf: january, Source: b.GetSource(),
	})

	require.NoError(t, err)
	require.True(t, again.GetAlreadyPublished())
	require.Equal(t, b.String(), again.GetBatch().String())
	require.Equal(t, b.String(), staged.String(), "a published batch is not staged again")
	require.Equal(t, before, h.live())
}

func TestALostStagingIsNoticedAndStagedAgain(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]string{
		"emptied by a crash": "truncate ",
		"dropped":            "drop table ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			h.published(january, goods)
			before := h.live()
			req := h.request(february, h.deliver("d", second))
			b, err := h.stageRequest(req)
			require.NoError(t, err)
			h.db.Exec(t, lose+candidate(t, b, "orders"))

			_, planErr := h.plan(b.GetId())
			_, publishErr := h.publish(b.GetId())
			unharmed := h.live()
			again, stageErr := h.stageRequest(req)
			require.NoError(t, stageErr)
			r, err := h.publish(again.GetId())

			requireReason(t, problem.StagingLost, planErr)
			requireReason(t, problem.StagingLost, publishErr)
			require.Equal(t, before, unharmed, "nobody is taken as departed")
			require.NoError(t, err)
			requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 1, Unchanged: 1, Departed: 1})
			require.Equal(t, []string{"1", "2", "3", "4"}, h.db.Rows(t, "select id from orders order by 1"))
		})
	}
}

func TestABackfillWithLostStagingIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(february, second)
	b := h.stage(january, goods)
	h.db.Exec(t, "truncate "+candidate(t, b, "lines"))

	_, err := h.publish(b.GetId())

	requireReason(t, problem.StagingLost, err)
}

func TestWhoLostTheFenceCannotPublish(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	b := h.stage(february, second)
	before := h.live()
	// Another worker takes over while the publish waits for a lock on a live table.
	blocker, err := h.db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = blocker.Rollback(context.Background()) }()
	_, err = blocker.Exec(context.Background(), "lock table customers in share row exclusive mode")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { _, err := h.publish(b.GetId()); done <- err }()
	h.waitFor("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'lock table%'")
	h.db.Fence(t, "shop")

	require.NoError(t, blocker.Rollback(context.Background()))

	requireReason(t, problem.FenceLost, <-done)
	require.Equal(t, before, h.live())
	require.Equal(t, []string{"STAGED"}, h.db.Rows(t, "select state from sf_ingest.batch where id = $1", b.GetId()))
}

// waitFor waits until a query has rows.
func (h *house) waitFor(sql string) {
	h.t.Helper()
	require.Eventually(h.t, func() bool { return len(h.db.Rows(h.t, sql)) > 0 }, 30*time.Second, 5*time.Millisecond, sql)
}

func TestCancellingTheStreamEndsTheStatement(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	b := h.stage(february, second)
	blocker, err := h.db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = blocker.Rollback(context.Background()) }()
	_, err = blocker.Exec(context.Background(), "lock table customers in share row exclusive mode")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := h.client.Publish(ctx, &ingestv1.PublishRequest{Context: h.context(), Batch: b.GetId(), Dataset: h.dataset})
	require.NoError(t, err)
	h.waitFor("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'lock table%'")

	cancel()
	_, _, err = last(stream, func(m *ingestv1.PublishResponse) *ingestv1.PublishResult { return m.GetResult() })

	require.Equal(t, codes.Canceled, status.Code(err))
	h.waitFor("select where not exists (select from pg_stat_activity where query like 'lock table%' and state <> 'idle' and pid <> pg_backend_pid() and usename = 'sf_ingest')")
}

func TestAStageThatWasCutOffIsBegunAnew(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	req := h.request(january, h.deliver("d", goods))
	_, err := h.stageRequest(req)
	require.NoError(t, err)
	h.db.Exec(t, "update sf_ingest.batch set state = 'STAGING', detail = '{}', staged_at = null")
	left := h.staging()
	// Whoever was cut off still holds a lock on one of its relations.
	stuck, err := h.db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = stuck.Rollback(context.Background()) }()
	_, err = stuck.Exec(context.Background(), "lock table sf_staging."+left[0])
	require.NoError(t, err)
	_, publishErr := h.publish(req.GetBatch())

	h.fence = h.db.Fence(t, "shop")
	req.Context = h.context()
	b, err := h.stageRequest(req)

	requireReason(t, problem.BatchRejected, publishErr)
	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	require.Len(t, h.staging(), 4, "three candidates, and the one that is held")
	require.NoError(t, stuck.Rollback(context.Background()))
	require.NoError(t, h.discard(b.GetId()))
	require.Empty(t, h.staging())
}

func TestDiscardDropsTheStaging(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	b := h.stage(january, goods)
	kept := h.stage(february, second)

	require.NoError(t, h.discard(b.GetId()))
	require.NoError(t, h.discard(b.GetId()), "again")
	require.NoError(t, h.discard(ident.New(ident.Batch)), "unknown")

	require.Len(t, h.staging(), 3)
	require.Contains(t, strings.Join(h.staging(), " "), kept.GetId())
	got, err := h.client.GetBatch(context.Background(), &ingestv1.GetBatchRequest{Batch: b.GetId()})
	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_DISCARDED, got.GetBatch().GetState())
	require.Nil(t, got.GetBatch().GetTables()[0].GetCandidate())
	_, err = h.publish(b.GetId())
	requireReason(t, problem.BatchRejected, err)
	_, err = h.plan(b.GetId())
	requireReason(t, problem.BatchRejected, err)
	_, err = h.stageRequest(&ingestv1.StageRequest{
		Context: h.context(), Batch: b.GetId(), Dataset: h.dataset, DatasetVersion: h.version, AsOf: january, Source: b.GetSource(),
	})
	requireReason(t, problem.BatchRejected, err)
}

func TestDiscardOfAPublishedBatchKeepsItPublished(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	b := h.published(january, goods)

	require.NoError(t, h.discard(b.GetId()))

	require.Empty(t, h.staging())
	require.Equal(t, []string{"PUBLISHED"}, h.db.Rows(t, "select state from sf_ingest.batch"))
	p, err := h.plan(b.GetId())
	require.NoError(t, err)
	requireCounts(t, p, "orders", &stepv1.TableCounts{Rows: 3, Inserted: 3})
}

func TestDiscardNeedsTheFence(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	b := h.stage(january, goods)
	old := h.context()
	h.fence = h.db.Fence(t, "shop")

	_, err := h.client.Discard(context.Background(), &ingestv1.DiscardRequest{Context: old, Batch: b.GetId()})
	requireReason(t, problem.FenceLost, err)
	old.Fence = h.db.Fence(t, "other").Proto()
	_, err = h.client.Discard(context.Background(), &ingestv1.DiscardRequest{Context: old, Batch: b.GetId()})

	requireReason(t, problem.InvalidRequest, err)
	require.Len(t, h.staging(), 3)
}

func TestStagingThatNobodyNeedsIsSwept(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	other := openDatasetOn(h, "other")
	theirs := other.stage(january, files{"things.csv": "id\n1\n"})
	done := h.published(january, goods)
	h.stage(february, badInputs["orphans"])
	newest := h.stage(february, badInputs["key_twice"])

	current := h.stage(february, second)

	staging := strings.Join(h.staging(), " ")
	require.NotContains(t, staging, done.GetId())
	require.Contains(t, staging, newest.GetId(), "the newest failed batch is kept to be looked into")
	require.Contains(t, staging, current.GetId())
	require.Contains(t, staging, theirs.GetId(), "another dataset's staging is not ours")
	require.Len(t, h.staging(), 7)
	require.Equal(t, []string{"DISCARDED|1", "PUBLISHED|1", "REJECTED|1", "STAGED|1"},
		h.db.Rows(t, "select state, count(*) from sf_ingest.batch where dataset = 'shop' group by 1 order by 1"))
}

// openDatasetOn is a house of another, small dataset on the same database.
func openDatasetOn(h *house, name string) *house {
	h.t.Helper()
	other := *h
	other.dataset = parse(h.t, "name: "+name+"\ncalendar: {period: month_end}\ntables:\n"+
		"  - {name: things, key: [id], columns: [{name: id, type: integer}]}\n")
	other.fence = h.db.Fence(h.t, name)
	return &other
}

func TestAFailedStageLeavesNothingPublished(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	req := h.request(january, h.deliver("d", goods))
	h.db.Exec(t, "revoke create on schema sf_staging from sf_ingest")

	_, err := h.stageRequest(req)
	require.Error(t, err)
	h.db.Exec(t, "grant create on schema sf_staging to sf_ingest")
	b, err := h.stageRequest(req)

	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
}

func TestManyDatasetsAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	var wg sync.WaitGroup
	errs := make(chan error, 20)
	for i := range 20 {
		name := "set_" + string(rune('a'+i))
		d := parse(t, "name: "+name+"\ncalendar: {period: month_end}\ntables:\n"+
			"  - {name: "+name+", key: [id], columns: [{name: id, type: integer}]}\n")
		dir := h.deliver(name, files{name + ".csv": "id\n1\n2\n"})
		one := *h
		one.dataset, one.fence = d, h.db.Fence(t, name)
		wg.Go(func() {
			b, err := one.stageRequest(one.request(january, filepath.Clean(dir)))
			if err == nil {
				_, err = one.publish(b.GetId())
			}
			errs <- err
		})
	}
	wg.Wait()
	close(errs)

	for err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, []string{"20"}, h.db.Rows(t, "select count(*) from sf_ingest.watermark"))
}

// What was staged before the disk was full is given back at once: the next attempt, minutes
// later, begins anew.
func TestAFullDiskIsGivenItsRoomBack(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]func(t *testing.T) (h *house, again func() (*ingestv1.Batch, error)){
		"stage": func(t *testing.T) (*house, func() (*ingestv1.Batch, error)) {
			h := open(t, shop)
			req := h.request(january, h.deliver("d", goods))
			return h, func() (*ingestv1.Batch, error) { return h.stageRequest(req) }
		},
		"restore": func(t *testing.T) (*house, func() (*ingestv1.Batch, error)) {
			h, first, tables, _ := wronged(t)
			req := h.restoreRequest(january, first.GetId(), tables)
			return h, func() (*ingestv1.Batch, error) { return h.restore(req) }
		},
		"restamp": func(t *testing.T) (*house, func() (*ingestv1.Batch, error)) {
			h, _, req := delivered(t)
			return h, func() (*ingestv1.Batch, error) { return h.restamp(req) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, again := try(t)
			before := h.staging()
			// Once everything is made, there is no room to say so.
			h.db.Exec(t, `create function sf_ingest.full() returns trigger language plpgsql as
				$$ begin raise exception 'could not extend file "base/1/2": No space left on device' using errcode = '53100'; end $$;
				create trigger full_batch before update on sf_ingest.batch for each row when (new.state = 'STAGED') execute function sf_ingest.full()`)

			_, err := again()

			requireReason(t, problem.DatabaseFull, err)
			require.Subset(t, before, h.staging(), "nothing of it is left")
			h.db.Exec(t, "drop trigger full_batch on sf_ingest.batch")
			b, err := again()
			require.NoError(t, err)
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
			require.NotSubset(t, before, h.staging())
		})
	}
}

// A disk that is full is no outage that passes by itself: the error says what needs room,
// and about how much.
func TestAFullDiskSaysWhatNeedsRoom(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.db.Exec(t, `create function sf_ingest.full() returns trigger language plpgsql as
		$$ begin raise exception 'could not extend file "base/1/2": No space left on device' using errcode = '53100'; end $$;
		create trigger full_staging before insert on sf_ingest.staging for each row execute function sf_ingest.full()`)
	req := h.request(january, h.deliver("d", goods))

	_, err := h.stageRequest(req)

	requireReason(t, problem.DatabaseFull, err)
	require.ErrorContains(t, err, "No space left on device")
	require.Regexp(t, `staging (customers|orders|lines)\.csv needs about \d+ bytes of room`, err.Error())
	require.True(t, problem.Transient(err))
	h.db.Exec(t, "drop trigger full_staging on sf_ingest.staging")
	b, err := h.stageRequest(req)
	require.NoError(t, err)

	h.db.Exec(t, "create trigger full_live before insert or update on sf_ingest.watermark for each row execute function sf_ingest.full()")
	_, err = h.publish(b.GetId())
	requireReason(t, problem.DatabaseFull, err)
	require.Regexp(t, `publishing `+b.GetId()+` needs about \d+ kB of room`, err.Error())
	h.db.Exec(t, "drop trigger full_live on sf_ingest.watermark")
	_, err = h.publish(b.GetId())
	require.NoError(t, err)
}
