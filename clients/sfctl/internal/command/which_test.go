package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

func TestAnyPartOfAnIDWillDo(t *testing.T) {
	t.Parallel()
	for line, code := range map[string]int{
		"run get hq7d":       0,
		"run get run_01hq7d": 0,
		"run watch 1hq7":     0,
		"run get zzzz":       5,
		"run get hq7":        2,
		"run get bat_01":     2,
		"batch get run_01":   2,
	} {
		r := sfctl(at(holding(t, succeeded())), strings.Fields(line)...)
		require.Equal(t, code, r.code, "%s: %s", line, r.err)
	}
	wrong := sfctl(at(holding(t)), "batch", "get", "run_01")
	require.Contains(t, wrong.err, `"run_01" is the id of a run: ids of a batch begin with bat_`)
}

func TestLastIsTheNewestOfTheDataset(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())

	for _, line := range []string{"run get --last --dataset d", "run watch --last --dataset d", "run cancel --last --dataset d",
		"batch get --last --dataset d", "validation get --last --dataset d"} {
		r := sfctl(at(g), strings.Fields(line)...)
		require.Zero(t, r.code, "%s: %s", line, r.err)
	}

	asked := gatewaytest.Requests[*orchestratorv1.ListRunsRequest](g)
	require.Len(t, asked, 3)
	require.Equal(t, "d", asked[0].GetDataset())
	require.Equal(t, int32(1), asked[0].GetPageSize())
	require.Equal(t, "run_01hq7d", gatewaytest.Requests[*orchestratorv1.CancelRunRequest](g)[0].GetRun())
	require.Equal(t, "d", gatewaytest.Requests[*ingestv1.ListBatchesRequest](g)[0].GetDataset())
	require.Equal(t, "val_01", gatewaytest.Requests[*qualityv1.GetValidationRequest](g)[len(gatewaytest.Requests[*qualityv1.GetValidationRequest](g))-1].GetValidation())
}

func TestLastOfNothingIsNotFound(t *testing.T) {
	t.Parallel()
	r := sfctl(at(holding(t)), "run", "get", "--last")

	require.Equal(t, 5, r.code)
	require.Contains(t, r.err, "there is no run of dataset streamflow yet")
	both := sfctl(at(holding(t)), "run", "get", "--last", "run_01")
	require.Equal(t, 2, both.code)
	neither := sfctl(at(holding(t)), "run", "get")
	require.Contains(t, neither.err, "RUN is missing: give its id or a part of it, or --last")
}

func TestOneRuleSaysWhichDatasetIsMeant(t *testing.T) {
	t.Parallel()
	asked := func(t *testing.T, dataset string, args ...string) string {
		t.Helper()
		g := holding(t, succeeded())
		env := at(g)
		if dataset != "" {
			env["SFCTL_DATASET"] = dataset
		}
		require.Zero(t, sfctl(env, args...).code)
		return gatewaytest.Requests[*orchestratorv1.ListRunsRequest](g)[0].GetDataset()
	}

	require.Equal(t, "streamflow", asked(t, "", "run", "list"))
	require.Equal(t, "shop", asked(t, "shop", "run", "list"))
	require.Equal(t, "other", asked(t, "shop", "run", "list", "--dataset", "other"))
	require.Empty(t, asked(t, "shop", "run", "list", "-A"))
	require.Equal(t, "shop", asked(t, "shop", "run", "get", "--last"))
}
