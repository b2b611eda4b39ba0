package command_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// piped runs a command line that reads a dataset from stdin.
func piped(t *testing.T, g *gatewaytest.Gateway, file string, args ...string) result {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return sfctlIn(context.Background(), command.Process{In: strings.NewReader(string(text))}, at(g), args...)
}

func TestADatasetIsReadFromAPipeAsFromAFile(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"lint", "apply"} {
		g := holding(t)
		file := sfctl(at(g), "dataset", verb, "testdata/small.yaml")
		pipe := piped(t, g, "testdata/small.yaml", "dataset", verb, "-")
		require.Zero(t, pipe.code, pipe.err)
		require.Equal(t, strings.ReplaceAll(file.out, "testdata/small.yaml", "-"), pipe.out, verb)

		broken := piped(t, g, "testdata/broken.yaml", "dataset", verb, "-")
		require.Equal(t, 2, broken.code, verb)
		require.Contains(t, broken.err, "stdin:6:5:", "a mistake has its line")
		empty := sfctl(at(g), "dataset", verb, "-")
		require.Equal(t, 2, empty.code, verb)
	}
}

func TestWhatIsBrokenIsNotSent(t *testing.T) {
	t.Parallel()
	g := holding(t)

	r := sfctl(at(g), "dataset", "apply", "testdata/broken.yaml")

	require.Equal(t, 2, r.code)
	require.Empty(t, gatewaytest.Requests[*orchestratorv1.ApplyDatasetRequest](g))
}

func TestApplySaysWhetherAnythingChanged(t *testing.T) {
	t.Parallel()
	g := holding(t)
	changed := sfctl(at(g), "dataset", "apply", "testdata/small.yaml")
	g.Unchanged = true
	same := sfctl(at(g), "dataset", "apply", "testdata/small.yaml")
	g.Warnings = []string{"trigger a of public.users has no search_path"}
	warned := sfctl(at(g), "dataset", "apply", "testdata/small.yaml")
	quiet := sfctl(at(g), "dataset", "apply", "testdata/small.yaml", "-q")

	require.Contains(t, changed.out, "registered, and current from now on")
	require.Contains(t, changed.out, "column mail")
	require.Contains(t, same.out, "unchanged: it was current already")
	require.NotContains(t, same.out, "column mail")
	require.Contains(t, warned.err, "warning: trigger a of public.users has no search_path")
	require.Equal(t, same.out, warned.out, "what is warned of is no result")
	require.Empty(t, quiet.err)
}

func TestDeletingTwiceSaysSo(t *testing.T) {
	t.Parallel()
	g := holding(t)
	first := sfctl(at(g), "dataset", "delete", "small", "--keep-tables")
	g.Deleted = &orchestratorv1.DeleteDatasetResponse{}
	second := sfctl(at(g), "dataset", "delete", "small")

	require.Contains(t, first.out, "small deleted; what stands under its names stays: public.users, public.users_snapshots\nsmall, applied again, goes on with all of it")
	require.Equal(t, "small was deleted already\n", second.out)
	sent := gatewaytest.Requests[*orchestratorv1.DeleteDatasetRequest](g)
	require.True(t, sent[0].GetKeepTables())
	require.False(t, sent[1].GetKeepTables(), "rows are never kept from notice by default")
}

func TestADiffIsOfTheVersionsThatWereNamed(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"small": {"", ""}, "small 9c01": {"9c01", ""}, "small 9c01 3f2a": {"9c01", "3f2a"},
	} {
		g := holding(t)
		require.Zero(t, sfctl(at(g), append([]string{"dataset", "diff"}, strings.Fields(line)...)...).code, line)
		sent := gatewaytest.Requests[*orchestratorv1.DiffDatasetRequest](g)[0]
		require.Equal(t, want, []string{sent.GetFrom(), sent.GetTo()}, line)
	}
	require.Contains(t, sfctl(nil, "dataset", "diff").err, "NAME is missing")
	require.Contains(t, sfctl(nil, "dataset", "diff", "a", "b", "c", "d").err, `unexpected argument "d" after V2`)
}
