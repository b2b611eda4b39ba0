package command_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

const askedRows = "user_id,event_timestamp\na,2024-01-31\n"

// Entity rows come from a file, or from stdin; whoever builds, verifies or rebuilds brings
// them in the same way.
func TestEntityRowsAreBrought(t *testing.T) {
	t.Parallel()
	g := trained(t)
	g.TrainingSets[0].EntityRows = &snapshotv1.KeptEntityRows{Name: "asked.csv", ContentHash: "h1:1:7", Rows: 1}
	g.Verified = &snapshotv1.VerifyTrainingSetResponse{Same: true, Snapshots: 4}
	dir := t.TempDir()
	rows, manifest := filepath.Join(dir, "asked.csv"), filepath.Join(dir, "m.json")
	require.NoError(t, os.WriteFile(rows, []byte(askedRows), 0o600))
	require.NoError(t, os.WriteFile(manifest, []byte("{}"), 0o600))
	want := &snapshotv1.EntityRows{Csv: askedRows, Name: "asked.csv"}

	got := sfctl(at(g), "training-set", "build", "churn", "--entity-file", rows)
	require.Zero(t, got.code, got.err)
	require.Contains(t, got.out, "\nabout the 1 row of asked.csv, h1:1:7\n")
	require.True(t, proto.Equal(want, gatewaytest.Requests[*snapshotv1.BuildTrainingSetRequest](g)[0].GetEntityRows()))

	require.Zero(t, sfctl(at(g), "training-set", "verify", manifest, "--entity-file", rows).code)
	require.True(t, proto.Equal(want, gatewaytest.Requests[*snapshotv1.VerifyTrainingSetRequest](g)[0].GetEntityRows()))
	require.Zero(t, sfctl(at(g), "training-set", "rebuild", manifest, "--entity-file", rows).code)
	require.True(t, proto.Equal(want, gatewaytest.Requests[*snapshotv1.RebuildTrainingSetRequest](g)[0].GetEntityRows()))

	piped := sfctlIn(context.Background(), command.Process{In: strings.NewReader(askedRows)}, at(g), "training-set", "build", "churn", "--entity-file", "-")
	require.Zero(t, piped.code, piped.err)
	require.Equal(t, "stdin", gatewaytest.Requests[*snapshotv1.BuildTrainingSetRequest](g)[1].GetEntityRows().GetName())
}

func TestTooManyEntityRowsAreRefusedBeforeTheyAreSent(t *testing.T) {
	t.Parallel()
	g := trained(t)
	rows := filepath.Join(t.TempDir(), "all.csv")
	require.NoError(t, os.WriteFile(rows, []byte(askedRows+strings.Repeat("x", 4<<20)), 0o600))

	for _, args := range [][]string{{"build", "churn"}, {"verify", rows}, {"rebuild", rows}} {
		got := sfctl(at(g), append(append([]string{"training-set"}, args...), "--entity-file", rows)...)
		require.Equal(t, problem.ExitUsage, got.code)
		require.Contains(t, got.err, "all.csv: expected at most 4 MiB of entity rows, found more")
	}
	require.Empty(t, gatewaytest.Requests[*snapshotv1.BuildTrainingSetRequest](g))
}
