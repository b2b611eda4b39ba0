package faults

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// turns are places in the middle of a run that supersedes.
var turns = map[string]middle{
	"prepare":     {cluster.Snapshot, "insert", "sf_snapshot.prepared", "when (new.supersedes is not null)"},
	"publish":     {cluster.Ingest, "update", "sf_ingest.batch", "when (new.state = 'PUBLISHED')"},
	"differences": {cluster.Snapshot, "update", "sf_history.labels_snapshots__2024_02_29__r1", ""},
	"catalog":     {cluster.Snapshot, "update", "sf_snapshot.catalog", "when (not new.current)"},
	"restatement": {cluster.Snapshot, "insert", "sf_snapshot.restatement", ""},
}

// backwards are places in the middle of a rollback.
var backwards = map[string]middle{
	"restore":     {cluster.Ingest, "update", "sf_ingest.batch", "when (new.state = 'STAGED')"},
	"prepare":     turns["prepare"],
	"publish":     turns["publish"],
	"differences": turns["differences"],
	"catalog":     turns["catalog"],
	"restatement": turns["restatement"],
}

// wrongFebruary is February with a user whom nobody knows, and labels that are wrong.
func wrongFebruary(t *testing.T) (month string) {
	t.Helper()
	const name = "month_001_wrong"
	dir := filepath.Join(ground.Data, name)
	if _, err := os.Stat(dir); err == nil {
		return name
	}
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(ground.Data, "month_001"))))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "manifest.json")), "it names the right files")
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	require.NoError(t, err)
	for _, file := range files {
		extract.Edit(t, dir, filepath.Base(file), func(lines []string) []string {
			_, rest, _ := strings.Cut(lines[1], ",")
			if filepath.Base(file) == "labels.csv" {
				for i := range lines[1:] {
					user, label, _ := strings.Cut(lines[i+1], ",")
					lines[i+1] = user + "," + map[string]string{"True": "False"}[label]
					if label != "True" {
						lines[i+1] = user + ",True"
					}
				}
			}
			return append(lines, "stranger,"+rest)
		})
	}
	return name
}

// correct starts a run that corrects February.
func (s *suite) correct(t *testing.T) string {
	t.Helper()
	r, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: extract.February, Source: filepath.Join(ground.Data, "month_001"), RequestedBy: "faults",
		Supersede: true, Reason: "the labels were upside down",
	})
	require.NoError(t, err)
	return r.GetRun().GetId()
}

// corrected is the state after an undisturbed correction, made once.
var corrected = sync.OnceValue(func() func(t *testing.T) []string {
	var once sync.Once
	var state []string
	return func(t *testing.T) []string {
		t.Helper()
		once.Do(func() {
			s := setup(t)
			s.succeed(t, extract.January, "month_000")
			s.succeed(t, extract.February, wrongFebruary(t))
			r := s.wait(t, s.correct(t))
			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
			state = s.state(t)
			require.Contains(t, strings.Join(state, "\n"), "sf_history labels_snapshots__2024_02_29__r1__kept")
		})
		return state
	}
})

// neverBehind looks again and again whether history has a revision while live is old, until
// the test ends. What it cannot see while the server is away it looks at later.
func (s *suite) neverBehind(t *testing.T, revision int) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() {
		for ; ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			conn, err := pgx.Connect(ctx, s.url)
			if err != nil {
				continue
			}
			var behind bool
			err = conn.QueryRow(ctx, `select exists (select from public.users where user_id = 'stranger')
				and exists (select from sf_snapshot.catalog where revision = $1)`, revision).Scan(&behind)
			_ = conn.Close(context.Background())
			if err == nil && behind {
				t.Error("history is new while live is old")
				return
			}
		}
	})
	t.Cleanup(func() { stop(); wait.Wait() })
}

func TestAKilledProcessLeavesNoHalfCorrection(t *testing.T) {
	want := corrected()(t)
	for turn, m := range turns {
		for _, victim := range []string{m.service, cluster.Orchestrator, "postgres"} {
			t.Run(turn+"/"+victim, func(t *testing.T) {
				s := setup(t)
				s.succeed(t, extract.January, "month_000")
				s.succeed(t, extract.February, wrongFebruary(t))
				s.neverBehind(t, 2)
				g := shut(t, s.url, m.when, m.table, m.condition)
				run := s.correct(t)
				g.reached(t)

				s.kill(t, victim, g)

				r := s.wait(t, run)
				require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
				require.Equal(t, want, s.state(t), "live and history are new, and nothing is left lying about")
			})
		}
	}
}
