package step

import (
	"testing"

	"github.com/stretchr/testify/require"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

func TestWhyACorrectionSupersedesNothing(t *testing.T) {
	t.Parallel()
	const known, first = "; nothing is superseded: history holds this content already", "; nothing is superseded: nothing was stamped as of 2024-01-31 before"
	for name, tc := range map[string]struct {
		supersede bool
		prepared  []*snapshotv1.PreparedSnapshot
		want      string
	}{
		"it corrects nothing":          {false, []*snapshotv1.PreparedSnapshot{{}}, ""},
		"nothing was stamped":          {true, []*snapshotv1.PreparedSnapshot{{}, {}}, first},
		"the same is":                  {true, []*snapshotv1.PreparedSnapshot{{Unchanged: true}, {}}, known},
		"the same is, and is put back": {true, []*snapshotv1.PreparedSnapshot{{Found: "its partition is gone"}}, known},
		"one of two is superseded": {true, []*snapshotv1.PreparedSnapshot{{Unchanged: true}, {
			Restated: &stepv1.RestatedSnapshot{Snapshot: "users", Revision: 2, Changed: 7, Found: "as found"},
		}}, "; users revision 2: 7 changed (as found)"},
	} {
		task := Task{Run: &run.Run{Supersede: tc.supersede, AsOf: "2024-01-31"}}
		require.Equal(t, tc.want, supersededLine(task, tc.prepared), name)
	}
}
