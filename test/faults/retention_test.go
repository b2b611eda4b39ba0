package faults

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// points are where a retention is held: each shuts something, and says when it was reached.
var points = map[string]func(t *testing.T, s *suite) (g *gate, reached func()){
	"intent": func(t *testing.T, s *suite) (*gate, func()) {
		g := shut(t, s.url, "insert", "sf_snapshot.dropped", "")
		return g, func() { g.reached(t) }
	},
	// A reader holds the detaching up, which is half done by then.
	"detach": func(t *testing.T, s *suite) (*gate, func()) {
		g := reading(t, s.url, "public.users_snapshots")
		return g, func() {
			require.Eventually(t, func() bool {
				return len(s.rows(t, "select '1' from pg_inherits where inhdetachpending")) > 0
			}, 30*time.Second, 10*time.Millisecond, "a partition is being detached")
		}
	},
	"drop": func(t *testing.T, s *suite) (*gate, func()) {
		g := shut(t, s.url, "insert", "sf_snapshot.restatement", "")
		exec1(t, s.url, `create function public.hold() returns event_trigger language plpgsql as
			'begin perform pg_catalog.pg_advisory_xact_lock(8613); end';
			create event trigger hold on sql_drop when tag in ('DROP TABLE') execute function public.hold()`)
		return g, func() { g.reached(t) }
	},
	"gone": func(t *testing.T, s *suite) (*gate, func()) {
		g := shut(t, s.url, "update", "sf_snapshot.dropped", "")
		return g, func() { g.reached(t) }
	},
}

// fewPoints are those that are always tried; SF_FAULTS=all tries every point and victim.
var fewPoints = map[string]bool{"detach/" + cluster.Snapshot: true}

// reading is a reader of a table that goes on until it is opened.
func reading(t *testing.T, url, table string) *gate {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "begin; select from "+table+" limit 1")
	require.NoError(t, err)
	g := &gate{conn: conn, url: url}
	t.Cleanup(func() { g.open(t) })
	return g
}

// rows are those of a query of one text.
func (s *suite) rows(t *testing.T, sql string) []string {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), s.url)
	require.NoError(t, err)
	defer pool.Close()
	rows, err := pool.Query(t.Context(), sql)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

// cut starts a retention that leaves February alone.
func (s *suite) cut(t *testing.T) string {
	t.Helper()
	r, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", Mode: orchestratorv1.RunMode_RUN_MODE_RETENTION, RequestedBy: "faults",
	})
	require.NoError(t, err)
	return r.GetRun().GetId()
}

// standing is what a retention of January may not touch.
func (s *suite) standing(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, line := range s.state(t) {
		if !strings.Contains(line, "_snapshots__2024_01_31__") && !strings.Contains(line, "_snapshots ") {
			all = append(all, line)
		}
	}
	for _, snap := range builtin.Streamflow().GetSnapshots() {
		all = append(all, s.rows(t, "select md5(string_agg(r::text, chr(10) order by r::text collate \"C\")) from public."+snap.GetName()+" r where as_of = '2024-02-29'")...)
	}
	return all
}

// Whatever is killed at whatever point of a retention, whoever goes on drops the rest: the
// date is gone as a whole, its entries are there, and everything else is as it was.
func TestAKilledProcessLeavesNoHalfRetention(t *testing.T) {
	for point, hold := range points {
		for _, victim := range []string{cluster.Snapshot, cluster.Orchestrator, "postgres"} {
			name := point + "/" + victim
			if os.Getenv("SF_FAULTS") != "all" && !fewPoints[name] {
				continue
			}
			t.Run(name, func(t *testing.T) {
				s := setup(t)
				s.succeed(t, extract.January, "month_000")
				s.succeed(t, extract.February, "month_001")
				d := proto.CloneOf(builtin.Streamflow())
				d.History = &datasetv1.History{Keep: 1}
				_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: "faults"})
				require.NoError(t, err)
				before := s.standing(t)
				g, reached := hold(t, s)
				run := s.cut(t)
				reached()

				s.kill(t, victim, g)
				g.open(t)

				r := s.wait(t, run)
				require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
				require.Empty(t, r.GetFindings(), s.logs(t))
				require.Equal(t, before, s.standing(t), "nothing else is touched")
				require.Empty(t, s.rows(t, "select relname::text from pg_class where relnamespace = 'sf_history'::regnamespace and relname ~ '__2024_01_31__'"))
				require.Equal(t, []string{"2024-01-31 true"}, s.rows(t, "select as_of || ' ' || (gone_at is not null)::text from sf_snapshot.dropped"))
				again := s.wait(t, s.start(t, extract.January, "month_000"))
				require.Equal(t, "RETAINED_NO_LONGER", again.GetReason())
			})
		}
	}
}
