package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// lists are the command lines that list.
var lists = []string{"run list", "run list -A", "batch list", "validation list", "snapshot list", "snapshot revisions", "snapshot restatements", "snapshot gaps", "dataset list", "dataset versions small"}

func TestEveryListIsCutWhereItWasAsked(t *testing.T) {
	t.Parallel()
	for _, line := range lists {
		for limit, says := range map[string]string{
			"-1": "--limit -1: want 0, for all, or more", "x": `--limit "x": want a whole number`, "1.5": `--limit "1.5": want a whole number`,
		} {
			r := sfctl(at(holding(t, succeeded())), append(strings.Fields(line), "--limit", limit)...)
			require.Equal(t, 2, r.code, "%s: %s", line, r.err)
			require.Contains(t, r.err, says, line)
		}
		for _, limit := range []string{"0", "1", "2000"} {
			r := sfctl(at(holding(t, succeeded())), append(strings.Fields(line), "--limit", limit)...)
			require.Zero(t, r.code, "%s: %s", line, r.err)
		}
	}
}

// sized is a request for a page.
type sized interface{ GetPageSize() int32 }

func sizes[T sized](g *gatewaytest.Gateway) []int32 {
	var all []int32
	for _, r := range gatewaytest.Requests[T](g) {
		all = append(all, r.GetPageSize())
	}
	return all
}

func TestEveryListAsksForNoMoreThanItShows(t *testing.T) {
	t.Parallel()
	for line, of := range map[string]func(*gatewaytest.Gateway) []int32{
		"run list": sizes[*orchestratorv1.ListRunsRequest], "batch list": sizes[*ingestv1.ListBatchesRequest],
		"validation list": sizes[*qualityv1.ListValidationsRequest], "snapshot list": sizes[*snapshotv1.ListSnapshotsRequest],
		"snapshot revisions": sizes[*snapshotv1.ListRevisionsRequest], "snapshot restatements": sizes[*snapshotv1.ListRestatementsRequest],
		"snapshot gaps": sizes[*snapshotv1.ListGapsRequest],
		"dataset list":  sizes[*orchestratorv1.ListDatasetsRequest], "dataset versions small": sizes[*orchestratorv1.ListDatasetVersionsRequest],
	} {
		for limit, want := range map[string]int32{"7": 7, "0": 1000, "5000": 1000} {
			g := holding(t, succeeded())
			require.Zero(t, sfctl(at(g), append(strings.Fields(line), "--limit", limit)...).code, line)
			require.Equal(t, want, of(g)[0], "%s --limit %s", line, limit)
		}
		g := holding(t, succeeded())
		require.Zero(t, sfctl(at(g), strings.Fields(line)...).code, line)
		require.Equal(t, int32(50), of(g)[0], "%s: what is shown unless told", line)
	}
}

func TestAListThatNamesNothingIsNotFound(t *testing.T) {
	t.Parallel()
	for line, reason := range map[string]problem.Reason{
		"snapshot list --snapshot nope":    problem.SnapshotNotFound,
		"snapshot list --dataset shopp":    problem.DatasetNotFound,
		"batch list --dataset shopp":       problem.DatasetNotFound,
		"run list --dataset shopp":         problem.DatasetNotFound,
		"validation list --batch bat_nope": problem.BatchNotFound,
	} {
		g := holding(t)
		g.Err = problem.New(reason, `dataset small declares no snapshot nope: did you mean "users_snapshots"?`)

		r := sfctl(at(g), strings.Fields(line)...)

		require.Equal(t, 5, r.code, line)
		require.Contains(t, r.err, `did you mean "users_snapshots"?`, line)
		require.Empty(t, r.out, line)
	}
	off := holding(t)
	off.Err = problem.New(problem.AsOfOffCalendar, "found 2024-01-30; the closest is 2024-01-31")
	require.Equal(t, 2, sfctl(at(off), "batch", "list", "--as-of", "2024-01-30").code)
}

func TestAPartOfABatchIsSentAsItIs(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"bat_01hq7d", "hq7d", "bat_01"} {
		g := holding(t, succeeded())
		require.Zero(t, sfctl(at(g), "validation", "list", "--batch", part).code)
		require.Equal(t, part, gatewaytest.Requests[*qualityv1.ListValidationsRequest](g)[0].GetBatch())
	}
}

func TestABatchThatWasOnlyPlannedSaysSo(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())
	g.Batches[0].Plan, g.Batches[0].State = true, ingestv1.BatchState_BATCH_STATE_DISCARDED

	list, get := sfctl(at(g), "batch", "list"), sfctl(at(g), "batch", "get", "bat_01")
	object := sfctl(at(g), "batch", "get", "bat_01", "-o", "json")

	require.Contains(t, list.out, "bat_01  planned  2024-01-31")
	require.Contains(t, get.out, "Batch bat_01 planned\n")
	require.Contains(t, object.out, `"state": "discarded"`, "a program reads the state, and plan beside it")
	require.Contains(t, object.out, `"plan": true`)
}
