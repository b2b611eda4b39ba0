package command_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

const restoreLine = "snapshot restore --as-of 2024-01-31 --into january"

func TestRestoreAsksForAMoment(t *testing.T) {
	t.Parallel()
	g := holding(t)

	r := sfctl(at(g), append(strings.Fields(restoreLine), "--known-at", "2024-02-10T01:02:03.000004+01:00")...)

	require.Zero(t, r.code, r.err)
	req := gatewaytest.Requests[*snapshotv1.RestoreRequest](g)[0]
	require.Equal(t, "2024-01-31", req.GetAsOf())
	require.Equal(t, "january", req.GetInto())
	require.Equal(t, time.Date(2024, 2, 10, 0, 2, 3, 4000, time.UTC), req.GetKnownAt().AsTime())
	require.Nil(t, req.GetDeclaration(), "which the gateway puts there")
}

func TestRestoreIsToldWhereAndOfWhen(t *testing.T) {
	t.Parallel()
	for line, said := range map[string]string{
		"snapshot restore --as-of 2024-01-31": "into", "snapshot restore --into x": "as-of", restoreLine + " --known-at yesterday": "expected a moment as 2024-02-01T00:00:00Z",
		"snapshot restore --into x --as-of january": "--as-of",
	} {
		g := holding(t)

		r := sfctl(at(g), strings.Fields(line)...)

		require.Equal(t, problem.ExitUsage, r.code, line)
		require.Contains(t, r.err, said)
		require.Empty(t, gatewaytest.Requests[*snapshotv1.RestoreRequest](g))
	}
}

// What is not there is told by why it is not: never stamped, or not known at the moment; and
// tables of two deliveries are told.
func TestRestoreSaysWhatItIsNot(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Restored = &snapshotv1.RestoreResponse{Without: []string{"orders"}, LeftBehind: []string{"orders_snapshots"}}

	now := sfctl(at(g), strings.Fields(restoreLine)...)
	then := sfctl(at(g), append(strings.Fields(restoreLine), "--known-at", "2024-02-10T00:00:00Z")...)

	require.Contains(t, now.out, "orders is not restored: no snapshot of it is stamped\n")
	require.Contains(t, now.out, "the tables are of two deliveries: orders_snapshots was left as it was when the others got another content")
	require.Contains(t, then.out, "orders is not restored: nothing of it was known then")
}
