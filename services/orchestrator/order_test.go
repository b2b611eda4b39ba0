package orchestrator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator"
)

func TestRunsOfADatasetFollowTheirAsOf(t *testing.T) {
	t.Parallel()
	s := setup(t)
	other := s.replica(t, quick(), "")
	hang, got, release := hanging()
	s.on("Stage", hang)
	first := ask()
	first.AsOf = "2024-06-30"
	ids := []string{s.start(t, first)}
	await(t, got)
	for _, asOf := range []string{"2024-04-30", "2024-01-31", "2024-03-31", "2024-02-29"} {
		req := ask()
		req.AsOf = asOf
		ids = append(ids, s.start(t, req))
	}

	close(release)
	for _, id := range ids {
		requireState(t, s.end(t, id), succeeded)
	}
	other.stop()

	var order []string
	for _, c := range s.made("Stage") {
		order = append(order, c.AsOf)
	}
	require.Equal(t, []string{"2024-06-30", "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"}, order)
	require.Equal(t, []string{"t"}, s.db.Rows(t, `
		select bool_and(started_at >= before) from (
		    select started_at, lag(ended_at) over (order by started_at) as before from sf_orchestrator.run) r
		 where before is not null`), "no two of them ran at once")
}

func TestAQueuedRunSaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, release := hanging()
	s.on("Stage", hang)
	asOf := func(day string) string {
		req := ask()
		req.AsOf = day
		return s.start(t, req)
	}
	waitsFor := func(id string) string {
		resp, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: id})
		require.NoError(t, err)
		return resp.GetRun().GetWaitsFor()
	}

	atWork := asOf("2024-06-30")
	await(t, got)
	later, earlier := asOf("2024-04-30"), asOf("2024-01-31")

	require.Empty(t, waitsFor(atWork))
	require.Equal(t, atWork, waitsFor(later))
	require.Equal(t, atWork, waitsFor(earlier))
	byItsEnd, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: later[len(later)-8:]})
	require.NoError(t, err, "any part of an id will do")
	require.Equal(t, later, byItsEnd.GetRun().GetId())

	close(release)
	for _, id := range []string{atWork, later, earlier} {
		requireState(t, s.end(t, id), succeeded)
		require.Empty(t, waitsFor(id))
	}
}

func TestTenDatasetsRunAtOnce(t *testing.T) {
	t.Parallel()
	s := idle(t)
	cfg := quick()
	cfg.Workers = 5
	s.client = s.replica(t, cfg, "").client
	s.replica(t, cfg, "")
	hang, got, release := hanging()
	s.on("Stage", hang)
	var ids []string
	for i := range 10 {
		name := fmt.Sprintf("shop%d", i)
		s.apply(t, dataset(name))
		req := ask()
		req.Dataset = name
		ids = append(ids, s.start(t, req))
	}

	for range 10 {
		await(t, got) // every one of them is at its stage before any may go on
	}
	close(release)

	for _, id := range ids {
		requireState(t, s.end(t, id), succeeded)
	}
	require.Len(t, s.made("Publish"), 10)
}

func TestAReplicaTakesNoMoreRunsThanItWorksOn(t *testing.T) {
	t.Parallel()
	s := idle(t)
	cfg := quick()
	cfg.Workers = 2
	s.client = s.replica(t, cfg, "").client
	hang, got, release := hanging()
	s.on("Stage", hang)
	var ids []string
	for i := range 3 {
		name := fmt.Sprintf("shop%d", i)
		s.apply(t, dataset(name))
		req := ask()
		req.Dataset = name
		ids = append(ids, s.start(t, req))
	}
	await(t, got)
	await(t, got)
	time.Sleep(700 * time.Millisecond) // longer than the clock by which it looks

	require.Len(t, s.made("Stage"), 2)
	require.Equal(t, queued, s.run(t, ids[2]).GetState())

	close(release)
	for _, id := range ids {
		requireState(t, s.end(t, id), succeeded)
	}
}

func TestManyRunsOnThreeReplicasAreNeitherLostNorDoubled(t *testing.T) {
	t.Parallel()
	s := idle(t)
	s.client = s.replica(t, quick(), "").client
	s.replica(t, quick(), "")
	s.replica(t, quick(), "")
	var ids []string
	for i := range 5 {
		name := fmt.Sprintf("shop%d", i)
		s.apply(t, dataset(name))
		for _, asOf := range []string{"2024-04-30", "2024-02-29", "2024-03-31", "2024-01-31"} {
			req := ask()
			req.Dataset, req.AsOf = name, asOf
			ids = append(ids, s.start(t, req))
		}
	}

	for _, id := range ids {
		requireState(t, s.end(t, id), succeeded)
	}

	published := map[string]int{}
	for _, c := range s.made("Publish") {
		published[c.Run]++
	}
	require.Len(t, published, 20)
	for id, n := range published {
		require.Equal(t, 1, n, id)
	}
}

// The overhead of a run is all that is not in the steps: here they take no time.
// BenchmarkRun is the overhead of orchestration: a run whose steps take no time, from
// the request to its last event.
func BenchmarkRun(b *testing.B) {
	s := idle(b)
	s.client = s.replica(b, orchestrator.Config{}, "").client
	s.apply(b, dataset("shop"))
	ctx := context.Background()
	for b.Loop() {
		resp, err := s.client.StartRun(ctx, ask())
		require.NoError(b, err)
		_, err = watch(ctx, s.client, resp.GetRun().GetId(), 0)
		require.NoError(b, err)
	}
}
