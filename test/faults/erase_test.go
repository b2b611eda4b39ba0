package faults

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/test/cluster"
	"github.com/streamflow/streamflow/test/extract"
)

// erasing are places in the middle of an erase, in the order in which it comes to them.
var erasing = map[string]middle{
	"asked":       {cluster.Ingest, "insert", "sf_ingest.erasing", ""},
	"seen":        {cluster.Snapshot, "update", "sf_ingest.erasing", "when (new.seen and not old.seen)"},
	"live":        {cluster.Ingest, "insert", "sf_ingest.erasure", ""},
	"history":     {cluster.Snapshot, "insert", "sf_snapshot.erasure", ""},
	"catalog":     {cluster.Snapshot, "update", "sf_snapshot.catalog", ""},
	"told":        {cluster.Snapshot, "insert", "sf_snapshot.erase_run", ""},
	"validations": {cluster.Quality, "update", "sf_quality.validation", ""},
	"runs":        {cluster.Orchestrator, "update", "sf_orchestrator.run", "when (new.findings <> old.findings and old.state = 'FAILED')"},
	"forget":      {cluster.Ingest, "delete", "sf_ingest.erasing", ""},
}

// fewErasing are those that are always tried; SF_FAULTS=all tries every point and victim.
var fewErasing = map[string]bool{"catalog/" + cluster.Snapshot: true}

// doubtful is February with the first user twice, which is refused, and she is named.
func doubtful(t *testing.T) (month, user string) {
	t.Helper()
	const name = "month_001_doubtful"
	dir := filepath.Join(ground.Data, name)
	if _, err := os.Stat(dir); err != nil {
		require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(ground.Data, "month_001"))))
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "manifest.json")), "it names the right files")
		extract.Edit(t, dir, "users.csv", func(lines []string) []string { return append(lines, lines[1]) })
	}
	text, err := os.ReadFile(filepath.Join(dir, "users.csv"))
	require.NoError(t, err)
	user, _, _ = strings.Cut(strings.Split(string(text), "\n")[1], ",")
	return name, user
}

// known has two months stamped, and a third delivery refused over the user that it returns.
func (s *suite) known(t *testing.T) (user string) {
	t.Helper()
	s.succeed(t, extract.January, "month_000")
	s.succeed(t, extract.February, "month_001")
	month, user := doubtful(t)
	r := s.wait(t, s.start(t, extract.February, month))
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, r.GetState())
	require.Contains(t, r.String(), user)
	return user
}

// erase starts to erase a user.
func (s *suite) erase(t *testing.T, user string) string {
	t.Helper()
	r, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", Mode: orchestratorv1.RunMode_RUN_MODE_ERASE, RequestedBy: "faults", Reason: "asked to be forgotten",
		EraseTable: "users", EraseKeys: []*stepv1.EraseKey{{Values: []string{user}}},
	})
	require.NoError(t, err)
	return r.GetRun().GetId()
}

// holding names every table that holds a text, whosever it is.
func (s *suite) holding(t *testing.T, text string) []string {
	t.Helper()
	var in []string
	for _, table := range s.rows(t, `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1`) {
		in = append(in, s.rows(t, "select '"+table+"' from "+table+" r where strpos(r::text, '"+text+"') > 0 limit 1")...)
	}
	return in
}

// erased is the state after an undisturbed erase, and from how many places it took rows, made
// once.
var erased = sync.OnceValue(func() func(t *testing.T) ([]string, int) {
	var once sync.Once
	var state []string
	var listed int
	return func(t *testing.T) ([]string, int) {
		t.Helper()
		once.Do(func() {
			s := setup(t)
			user := s.known(t)
			r := s.wait(t, s.erase(t, user))
			require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
			require.Empty(t, s.holding(t, user))
			state, listed = s.state(t), len(r.GetErased())
		})
		return state, listed
	}
})

// Whatever is killed at whatever point of an erase, whoever goes on erases the rest, and once:
// no table holds the key, history is by its new hashes, and nothing is left lying about.
func TestAKilledProcessLeavesNoHalfErase(t *testing.T) {
	want, listed := erased()(t)
	for point, m := range erasing {
		for _, victim := range []string{m.service, cluster.Orchestrator, "postgres"} {
			name := point + "/" + victim
			if os.Getenv("SF_FAULTS") != "all" && !fewErasing[name] {
				continue
			}
			t.Run(name, func(t *testing.T) {
				s := setup(t)
				user := s.known(t)
				g := shut(t, s.url, m.when, m.table, m.condition)
				run := s.erase(t, user)
				g.reached(t)

				s.kill(t, victim, g)

				r := s.wait(t, run)
				require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
				require.Equal(t, want, s.state(t))
				require.Empty(t, s.holding(t, user))
				require.Empty(t, s.rows(t, `select 'c' from sf_snapshot.catalog c left join sf_snapshot.erasure e using (dataset, snapshot, as_of, revision)
					where (e.rows_before, e.rows_after, e.hash_after) is distinct from (c.rows + 1, c.rows, c.content_hash)`), "each revision lost one row, once")
				require.Len(t, r.GetErased(), listed, "who takes it over tells what went before him too")
			})
		}
	}
}
