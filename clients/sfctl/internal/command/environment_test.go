package command_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// ofDataset is a request that names a dataset.
type ofDataset interface{ GetDataset() string }

// asked returns the dataset of the last request of a type.
func asked[T ofDataset](g *gatewaytest.Gateway) string {
	all := gatewaytest.Requests[T](g)
	if len(all) == 0 {
		return "nothing was asked"
	}
	return all[len(all)-1].GetDataset()
}

// named are the commands with --dataset, and whose request says which one was meant.
var named = map[string]func(*gatewaytest.Gateway) string{
	startLine + " --detach":                      asked[*orchestratorv1.StartRunRequest],
	"plan --as-of 2024-01-31 --source /data":     asked[*orchestratorv1.StartRunRequest],
	"run list":                                   asked[*orchestratorv1.ListRunsRequest],
	"run list --as-of 2024-01-31 --state failed": asked[*orchestratorv1.ListRunsRequest],
	"run get --last":                             asked[*orchestratorv1.ListRunsRequest],
	"run watch --last":                           asked[*orchestratorv1.ListRunsRequest],
	"run cancel --last":                          asked[*orchestratorv1.ListRunsRequest],
	"batch list":                                 asked[*ingestv1.ListBatchesRequest],
	"batch get --last":                           asked[*ingestv1.ListBatchesRequest],
	"validation list":                            asked[*qualityv1.ListValidationsRequest],
	"validation get --last":                      asked[*qualityv1.ListValidationsRequest],
	"snapshot list":                              asked[*snapshotv1.ListSnapshotsRequest],
	"snapshot get 2024-01-31":                    asked[*snapshotv1.GetSnapshotRequest],
	"snapshot revisions":                         asked[*snapshotv1.ListRevisionsRequest],
	"snapshot restatements":                      asked[*snapshotv1.ListRestatementsRequest],
	"snapshot gaps":                              asked[*snapshotv1.ListGapsRequest],
	restoreLine:                                  asked[*snapshotv1.RestoreRequest],
	rollbackLine + " --detach":                   asked[*orchestratorv1.StartRunRequest],
}

func TestEveryCommandGoesByTheSameRuleForItsDataset(t *testing.T) {
	t.Parallel()
	for line, of := range named {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			for _, tc := range []struct {
				env, flag, want string
			}{
				{"", "", "streamflow"}, {"shop", "", "shop"}, {"shop", "other", "other"}, {"", "other", "other"},
			} {
				g := holding(t, succeeded())
				env, args := at(g), strings.Fields(line)
				env["SFCTL_DATASET"] = tc.env
				if tc.flag != "" {
					args = append(args, "--dataset", tc.flag)
				}

				r := sfctl(env, args...)

				require.Zero(t, r.code, r.err)
				require.Equal(t, tc.want, of(g), "%+v", tc)
			}
		})
	}
}

// requester is a request that says who asks.
type requester interface{ GetRequestedBy() string }

func by[T requester](g *gatewaytest.Gateway) string {
	all := gatewaytest.Requests[T](g)
	if len(all) == 0 {
		return "nothing was asked"
	}
	return all[0].GetRequestedBy()
}

func TestEveryChangeSaysWhoAsksForIt(t *testing.T) {
	t.Parallel()
	for line, of := range map[string]func(*gatewaytest.Gateway) string{
		startLine + " --detach":               by[*orchestratorv1.StartRunRequest],
		"plan --as-of 2024-01-31 --source /d": by[*orchestratorv1.StartRunRequest],
		"run cancel run_01":                   by[*orchestratorv1.CancelRunRequest],
		"dataset apply testdata/small.yaml":   by[*orchestratorv1.ApplyDatasetRequest],
		"dataset delete small":                by[*orchestratorv1.DeleteDatasetRequest],
		"dataset migrate small":               by[*orchestratorv1.MigrateDatasetRequest],
		restoreLine:                           by[*snapshotv1.RestoreRequest],
		rollbackLine + " --detach":            by[*orchestratorv1.StartRunRequest],
	} {
		for user, want := range map[string]string{"": "ana@desk", "nightly": "nightly", "Ada L. <ada@desk>": "Ada L. <ada@desk>"} {
			g := holding(t, succeeded())
			g.Migrated = migrated()
			env := at(g)
			env["SFCTL_USER"] = user

			r := sfctl(env, strings.Fields(line)...)

			require.Zero(t, r.code, "%s: %s", line, r.err)
			require.Equal(t, want, of(g), "%s as %q", line, user)
		}
	}
}

func TestNoCommandColoursWhatIsNoTerminal(t *testing.T) {
	t.Parallel()
	terminal := command.Process{OutTerminal: true, ErrTerminal: true}
	for name, line := range remote() {
		g := holding(t, failed("ROWS_REJECTED"))
		g.Migrated = migrated()
		env := at(g)
		piped := sfctl(env, strings.Fields(line)...)
		env["NO_COLOR"] = "1"
		asked := sfctlIn(context.Background(), terminal, env, strings.Fields(line)...)
		object := sfctlIn(context.Background(), terminal, at(g), append(strings.Fields(line), "-o", "json", "-q")...)

		require.NotContains(t, piped.out+piped.err, "\x1b", name)
		require.NotContains(t, asked.out, "\x1b", name)
		require.NotContains(t, object.out, "\x1b", "%s: JSON has no colours", name)
	}
}
