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
)

// verbs are the commands that are told one thing by its id, how the ids begin, and what
// one is called.
var verbs = []struct{ line, prefix, noun, others string }{
	{"run get", "run_", "run", "bat_01 val_01"},
	{"run watch", "run_", "run", "bat_01 val_01"},
	{"run cancel", "run_", "run", "bat_01 val_01"},
	{"batch get", "bat_", "batch", "run_01 val_01"},
	{"validation get", "val_", "validation", "run_01 bat_01"},
}

func TestEveryVerbIsToldWhichOneAlike(t *testing.T) {
	t.Parallel()
	for _, v := range verbs {
		refused := map[string]string{
			"":                    strings.ToUpper(v.noun) + " is missing: give its id or a part of it, or --last",
			"abc":                 "too short for a part of an id: give at least 4 characters of it; sfctl " + v.noun + " list shows them",
			"--last " + v.prefix:  "--last names the " + v.noun + " already",
			"hq7d more":           `unexpected argument "more" after ` + strings.ToUpper(v.noun),
			"--last hq7d":         `unexpected argument "hq7d"`,
			"--last=maybe":        `--last "maybe": want true or false`,
			"--latest":            "unknown flag: --latest",
			"hq7d --dataset":      "flag needs an argument: --dataset",
			"hq7d --timeout soon": "", // only of those that wait
		}
		for _, other := range strings.Fields(v.others) {
			refused[other] = "ids of a " + v.noun + " begin with " + v.prefix
		}
		for args, says := range refused {
			g := holding(t, succeeded())
			r := sfctl(at(g), append(strings.Fields(v.line), strings.Fields(args)...)...)
			require.Equal(t, 2, r.code, "%s %s: %s", v.line, args, r.err)
			require.Contains(t, r.err, says, "%s %s", v.line, args)
			require.Empty(t, r.out, "%s %s", v.line, args)
			require.Empty(t, gatewaytest.Requests[any](g), "%s %s: nobody is asked", v.line, args)
		}
	}
}

func TestAnIDGoesToTheServiceAsItWasGiven(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"01hq7d", "run_01hq7d", "hq7d"} {
		g := holding(t, succeeded())
		require.Zero(t, sfctl(at(g), "run", "get", part).code)
		require.Equal(t, part, gatewaytest.Requests[*orchestratorv1.GetRunRequest](g)[0].GetRun(), "what is unique, the service knows")
	}
	g := holding(t, succeeded())
	require.Zero(t, sfctl(at(g), "batch", "get", "zzzz").code)
	require.Equal(t, "zzzz", gatewaytest.Requests[*ingestv1.GetBatchRequest](g)[0].GetBatch())
	require.Zero(t, sfctl(at(g), "validation", "get", "yyyy").code)
	require.Equal(t, "yyyy", gatewaytest.Requests[*qualityv1.GetValidationRequest](g)[0].GetValidation())
}

func TestAPartThatSeveralHaveIsAmbiguous(t *testing.T) {
	t.Parallel()
	for _, v := range verbs {
		g := holding(t, succeeded())
		g.Err = problem.New(problem.AmbiguousID, "more than one %s has 01hq: %s01hq7d, %s01hq8e", v.noun, v.prefix, v.prefix)

		r := sfctl(at(g), append(strings.Fields(v.line), "01hq")...)

		require.Equal(t, problem.Lookup(problem.AmbiguousID).Exit, r.code, v.line)
		require.Contains(t, r.err, "more than one "+v.noun+" has 01hq", v.line)
		require.Empty(t, r.out, v.line)
	}
}

func TestLastOfADatasetThatHasNoneIsNotFound(t *testing.T) {
	t.Parallel()
	for _, v := range verbs {
		g := holding(t)
		g.Batches, g.Validation = nil, nil

		r := sfctl(at(g), append(strings.Fields(v.line), "--last", "--dataset", "shop")...)

		require.Equal(t, 5, r.code, "%s: %s", v.line, r.err)
		require.Contains(t, r.err, "there is no "+v.noun+" of dataset shop yet", v.line)
		require.Empty(t, r.out, v.line)
	}
}

func TestLastAsksForOneAndShowsIt(t *testing.T) {
	t.Parallel()
	newer, older := succeeded(), succeeded()
	newer.Id = "run_02newer"
	g := holding(t, newer, older)

	r := sfctl(at(g), "run", "get", "--last", "-o", "name")

	require.Zero(t, r.code, r.err)
	require.Equal(t, "run_02newer\n", r.out)
	require.Equal(t, int32(1), gatewaytest.Requests[*orchestratorv1.ListRunsRequest](g)[0].GetPageSize(), "and not for all of them")
}
