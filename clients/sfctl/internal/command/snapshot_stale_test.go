package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// A list has a column for what is stale where anything is, and none where nothing is.
func TestAListMarksWhatIsStale(t *testing.T) {
	t.Parallel()
	const why = "stands on users_snapshots as of 2024-01-31, which is stale"
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Snapshots: []*snapshotv1.Snapshot{
		{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2024-02-29", Revision: 1, Stale: "stands on \x1b[2Jusers_snapshots as of 2024-01-31, which is stale"},
		{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1},
	}})

	list := sfctl(at(g), "snapshot", "list")
	g.Snapshots = g.Snapshots[1:]
	fresh := sfctl(at(g), "snapshot", "list")

	lines := strings.Split(list.out, "\n")
	require.Contains(t, lines[0], "STALE")
	require.NotContains(t, lines[1], "\x1b")
	require.Contains(t, lines[1], strings.TrimPrefix(why, "stands on users"))
	require.NotContains(t, lines[2], "stands on")
	require.NotContains(t, fresh.out, "STALE")
}

// So it has for what is gone.
func TestAListMarksWhatIsLost(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Snapshots: []*snapshotv1.Snapshot{
		{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2024-02-29", Revision: 1, Lost: true},
		{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1},
	}})

	list := sfctl(at(g), "snapshot", "list")
	g.Snapshots = g.Snapshots[1:]
	whole := sfctl(at(g), "snapshot", "list")

	lines := strings.Split(list.out, "\n")
	require.Contains(t, lines[0], "LOST")
	require.Contains(t, lines[1], "its table is gone")
	require.NotContains(t, lines[2], "its table is gone")
	require.NotContains(t, whole.out, "LOST")
}
