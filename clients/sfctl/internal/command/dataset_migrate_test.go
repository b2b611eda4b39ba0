package command_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestDatasetMigrateSaysFirstAndDoesWhenTold(t *testing.T) {
	t.Parallel()
	for _, yes := range []bool{false, true} {
		g := holding(t)
		g.Migrated = &orchestratorv1.MigrateDatasetResponse{Altered: []*stepv1.AlteredRelation{{
			Name: "orders", Relation: &stepv1.Relation{Schema: "public", Name: "orders"}, Bytes: 300 << 20, LockedMs: 5250, AboutMs: proto.Int64(6000),
			Found: "expected column items to be bigint, found integer", Mend: `alter table "public"."orders" alter column "items" type bigint`,
		}}, Done: yes}
		args := []string{"dataset", "migrate", "small"}
		want := `public.orders (300 MiB): expected column items to be bigint, found integer; locked for about 6 seconds: alter table "public"."orders" alter column "items" type bigint
Nobody can read a table while it is rewritten, and a REPEATABLE READ reader that began before finds it empty.
Nothing was changed; do it with: sfctl dataset migrate small --yes
`
		if yes {
			args = append(args, "--yes")
			want = `public.orders (300 MiB): rewritten, and locked for 5.25s: alter table "public"."orders" alter column "items" type bigint
`
		}

		r := sfctl(at(g), args...)

		require.Zero(t, r.code, r.err)
		require.Equal(t, want, r.out)
		req := gatewaytest.Requests[*orchestratorv1.MigrateDatasetRequest](g)[0]
		require.Equal(t, !yes, req.GetLookOnly())
		require.Equal(t, yes, req.GetConfirm())
		require.Equal(t, "small", req.GetDataset())
		require.NotEmpty(t, req.GetRequestedBy())
		asJSON := sfctl(at(g), append(args, "-o", "json")...).out
		require.Contains(t, asJSON, fmt.Sprintf(`"done": %t`, yes), "what was only looked at does not read as done")
		require.Contains(t, asJSON, `"about_ms": 6000`)
		require.Equal(t, "orders\n", sfctl(at(g), append(args, "-o", "name")...).out)
	}
}

func TestDatasetMigrateWithNothingToDo(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Migrated = &orchestratorv1.MigrateDatasetResponse{}

	r := sfctl(at(g), "dataset", "migrate", "small", "--yes")

	require.Zero(t, r.code, r.err)
	require.Equal(t, "small: no table has to be rewritten\n", r.out)
	require.Equal(t, 2, sfctl(at(g), "dataset", "migrate").code)
}
