package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// meters delivers what changed of them, each day.
const meters = `
name: meters
calendar: {period: day}
stale: note
tables:
  - {name: meters, key: [id], extract: incremental, columns: [{name: id, type: text}, {name: v, type: integer}, {name: u, type: integer}, {name: w, type: text}]}
snapshots: [{name: meters_s, from: meters}]
`

// meters takes a delivery of them through the suite.
func (s *suite) meters(t *testing.T, asOf, rows string, also func(*orchestratorv1.StartRunRequest)) *orchestratorv1.Run {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "meters.csv"), []byte("id,v,u,w\n"+rows), 0o600))
	req := &orchestratorv1.StartRunRequest{Dataset: "meters", AsOf: asOf, Source: dir, RequestedBy: "e2e"}
	if also != nil {
		also(req)
	}
	r, err := s.orchestrator.StartRun(t.Context(), req)
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

func (s *suite) metersOf(t *testing.T, asOf string) []string {
	t.Helper()
	return s.rows(t, "select id, v, u, w from meters_s where as_of = $1::text::date order by id", asOf)
}

// restageWhole is what a base that was delivered whole is mended by.
func restageWhole(r *orchestratorv1.StartRunRequest) { r.FullExtract, r.Restage = true, true }

const (
	firstDay, secondDay = "2024-01-01", "2024-01-02"
	firstMeters         = "a,1,10,x\nb,2,20,y\nc,3,30,z\n"
)

// What a delivery is laid over is held to its hash first: whatever somebody did to it by hand,
// nothing is laid over it, nothing is tried three times, and what the message says to do mends it.
func TestNothingIsLaidOverABaseThatIsNotAsItWasStamped(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.applyYAML(t, meters)
	requireSucceeded(t, s.meters(t, firstDay, firstMeters, whole))
	restage := func() { requireSucceeded(t, s.meters(t, firstDay, firstMeters, restageWhole)) }
	exec := func(sql string) {
		_, err := s.db.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	by := func(sql string) func() { return func() { exec(sql) } }
	for _, c := range []struct {
		name, alter, says, advice string
		reason                    problem.Reason
		mend                      func()
	}{
		{"a value", "update meters_s set v = v + 1000 where id = 'b'", "expected other values in", "--restage --full-extract", problem.BaseMoved, restage},
		{"a column dropped", "alter table meters_s drop column w cascade", "expected the columns w", "--restage --full-extract", problem.BaseMoved, restage},
		{"a view in its place", "alter table meters_s rename to elsewhere; create view meters_s as select * from elsewhere", "is a partition of public.elsewhere", `alter table "public"."elsewhere" rename to "meters_s"`, problem.BaseMoved, by(`drop view meters_s; alter table "public"."elsewhere" rename to "meters_s"`)},
		{"forced policies", "alter table meters_s enable row level security; alter table meters_s force row level security", "", "disable row level security", problem.SnapshotTableDiffers, by("alter table meters_s disable row level security; alter table meters_s no force row level security")},
	} {
		exec(c.alter)

		refused := s.meters(t, secondDay, "b,7,70,n\n", func(r *orchestratorv1.StartRunRequest) { r.Restage = true })

		require.Equal(t, string(c.reason), refused.GetReason(), c.name+": "+refused.GetMessage())
		require.EqualValues(t, 1, refused.GetSteps()[0].GetAttempts(), c.name)
		require.Contains(t, refused.GetMessage(), c.says, c.name)
		require.Contains(t, refused.GetMessage(), c.advice, c.name)
		c.mend()
		requireSucceeded(t, s.meters(t, secondDay, "b,7,70,n\n", func(r *orchestratorv1.StartRunRequest) { r.Restage = true }))
		require.Equal(t, []string{"a|1|10|x", "b|2|20|y", "c|3|30|z"}, s.metersOf(t, firstDay), c.name)
		require.Equal(t, []string{"a|1|10|x", "b|7|70|n", "c|3|30|z"}, s.metersOf(t, secondDay), c.name)
	}
}
