package e2e

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// kept is a log that a test reads.
type kept struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}

// planted are values of personal columns, as nothing else has them: keys begin with the first.
var planted = []string{"stranger-", "Unheard", "-777.125"}

// ofPeople is the built-in dataset with personal columns: keys, one with few values, numbers.
func ofPeople() *datasetv1.Dataset {
	d := builtin.Streamflow()
	for _, of := range [][2]string{{"users", "user_id"}, {"users", "user_gender"}, {"usage_agg_30d", "watch_hours_30d"}} {
		dataset.ColumnByName(dataset.TableByName(d, of[0]), of[1]).Pii = true
	}
	return d
}

// dataTables are where rows of data stand: live, history, candidates, ledgers of keys.
var dataTables = []string{"public.", "sf_history.", "sf_staging.", "sf_ingest.departed ", "sf_ingest.brought "}

// nothingTold requires that no table but those of data, no log, and no answer holds a planted
// value.
func (s *suite) nothingTold(t *testing.T, log *kept, bin string) {
	t.Helper()
	server, err := os.ReadFile(serverLog)
	require.NoError(t, err)
	require.Contains(t, string(server), `violates check constraint "nobody"`)
	told := map[string]string{"the services' logs": log.String(), "PostgreSQL's log": string(server)}
	for _, at := range s.addresses(t) {
		answer := s.http(t, http.MethodGet, "http://"+s.HTTPAddr()+at, "", nil)
		require.Equal(t, http.StatusOK, answer.code, "%s: %s", at, answer.body)
		told[at] = answer.body
	}
	for what, out := range s.toldBySfctl(t, bin) {
		told[what] = out
	}
	for at, text := range told {
		require.NotContains(t, text, `"sealed"`, at)
		if strings.Contains(at, "diff?") {
			require.Contains(t, text, "pii:", "%s lists people", at)
		}
	}
	for _, value := range planted {
		for _, table := range s.holding(t, value) {
			ofData := func(name string) bool { return strings.HasPrefix(table, name) }
			require.True(t, slices.ContainsFunc(dataTables, ofData), "%s holds %s", table, value)
		}
		for what, text := range told {
			at := strings.Index(text, value)
			require.Negative(t, at, "%s has %s: …%s", what, value, text[max(0, at-200):min(len(text), max(at, 0)+100)])
		}
	}
}

// toldBySfctl is what sfctl prints of the data, and of who did what to it.
func (s *suite) toldBySfctl(t *testing.T, bin string) map[string]string {
	t.Helper()
	told := map[string]string{}
	lines := []string{
		"audit list --limit 0 -o wide", "audit list --limit 0 -o json", "audit export", "run list", "batch list", "validation list",
		"snapshot restatements -o json", "snapshot diff " + extract.January + " " + extract.February, "snapshot diff -o json " + extract.January + " " + extract.February,
		"snapshot revisions",
	}
	for _, id := range s.rows(t, "select id from sf_orchestrator.run") {
		lines = append(lines, "run get "+id, "run get -o json "+id)
	}
	for _, id := range s.rows(t, "select id from sf_quality.validation") {
		lines = append(lines, "validation get "+id)
	}
	for _, line := range lines {
		out, code := s.sfctl(t, bin, strings.Fields(line)...)
		require.Zero(t, code, "%s: %s", line, out)
		told["sfctl "+line] = out
	}
	require.Contains(t, told["sfctl audit list --limit 0 -o json"], "StartRun")
	return told
}

// unmasked has the values of a run that a steward sees, each by the token or (hidden) that
// stands in its place.
func (s *suite) unmasked(t *testing.T, run string) []*stepv1.UnmaskedValue {
	t.Helper()
	got, err := s.orchestrator.UnmaskRun(t.Context(), &orchestratorv1.UnmaskRunRequest{Run: run})
	require.NoError(t, err)
	return got.GetValues()
}

// tellsValues requires that who may is told what stands behind the tokens of a spoilt month, of
// columns with few values as well, and that who asked stands in the audit log.
func (s *suite) tellsValues(t *testing.T, bin string, run *orchestratorv1.Run) {
	t.Helper()
	values := map[string]string{}
	for _, v := range s.unmasked(t, run.GetId()) {
		values[v.GetColumn()+" "+v.GetValue()] = v.GetShown()
	}
	require.Equal(t, "(hidden)", values["user_gender Unheard"])
	require.Regexp(t, "^pii:", values["user_id stranger-80"])
	require.Contains(t, values, "watch_hours_30d -777.125")
	require.Contains(t, values, "watch_hours_30d -777.125 h")

	out, code := s.sfctl(t, bin, "unmask", run.GetId(), "--shown", values["user_id stranger-80"])
	require.Zero(t, code, out)
	require.Contains(t, out, "stranger-80")
	require.NotContains(t, out, "Unheard")
	validation, err := s.quality.UnmaskValidation(t.Context(), &qualityv1.UnmaskValidationRequest{Validation: run.GetValidation()})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(validation.GetValues(), func(v *stepv1.UnmaskedValue) bool { return v.GetValue() == "Unheard" }), "%v", validation)

	out, code = s.sfctl(t, bin, "audit", "list", "--what", "UnmaskRun", "-o", "wide")
	require.Zero(t, code, out)
	require.Contains(t, out, "shown="+values["user_id stranger-80"])
	require.Contains(t, out, run.GetId())
	require.Contains(t, out, "done")
	require.NotContains(t, out, "stranger")
}

// keyGone requires that a value whose key is gone is no riddle: the error names the key.
func (s *suite) keyGone(t *testing.T, run string) {
	t.Helper()
	change := func(from, to string) {
		_, err := s.db.Exec(t.Context(), "update sf_orchestrator.run set findings = replace(findings::text, $2, $3)::jsonb where id = $1", run, from, to)
		require.NoError(t, err)
	}
	keys, err := personal.Open(devsuite.PersonalKeys(passwords))
	require.NoError(t, err)
	key, _ := keys.Newest()
	change(`"`+key.ID+`"`, `"0a1b2c3d"`)
	_, err = s.orchestrator.UnmaskRun(t.Context(), &orchestratorv1.UnmaskRunRequest{Run: run})
	require.True(t, problem.Is(err, problem.PersonalKeyMissing), "%v", err)
	require.ErrorContains(t, err, "0a1b2c3d")
	change(`"0a1b2c3d"`, `"`+key.ID+`"`)
	_, err = s.orchestrator.UnmaskRun(t.Context(), &orchestratorv1.UnmaskRunRequest{Run: run, Finding: 1000})
	require.True(t, problem.Is(err, problem.InvalidRequest), "%v", err)
}

// addresses are those of the pages and of REST that tell of the data.
func (s *suite) addresses(t *testing.T) []string {
	t.Helper()
	all := []string{
		"/", "/v1/runs", "/v1/datasets/streamflow/batches", "/v1/datasets/streamflow/validations", "/v1/datasets/streamflow/restatements",
	}
	between := "?from=" + extract.January + "&to=" + extract.February
	all = append(all, "/v1/datasets/streamflow/snapshots:diff"+between, "/datasets/streamflow/diff"+between)
	for _, of := range []struct{ sql, rest string }{
		{"select id from sf_orchestrator.run", "runs"}, {"select id from sf_ingest.batch", "batches"}, {"select id from sf_quality.validation", "validations"},
	} {
		for _, id := range s.rows(t, of.sql) {
			all = append(all, "/v1/"+of.rest+"/"+id, "/"+of.rest+"/"+id)
		}
	}
	for _, id := range s.rows(t, "select id from sf_orchestrator.run") {
		all = append(all, "/v1/runs/"+id+"/events")
	}
	return all
}

// appended adds lines to a file of a month.
func appended(t *testing.T, dir, file string, more ...string) {
	t.Helper()
	extract.Edit(t, dir, file, func(lines []string) []string { return append(lines, more...) })
}

// spoilt is a month in which much is wrong with rows of people: values that are none of their
// types, rows of too few fields, keys twice, references to nobody, rules that are broken.
func spoilt(t *testing.T, month string) string {
	t.Helper()
	dir := extract.Copy(t, month)
	last := extract.Lines(t, dir, "users.csv")
	extract.SetField(t, dir, "users.csv", len(last), "signup_date", "yesterday")
	extract.SetField(t, dir, "users.csv", 2, "user_gender", "Unheard")
	extract.SetField(t, dir, "usage_agg_30d.csv", 3, "watch_hours_30d", "-777.125")
	extract.SetField(t, dir, "usage_agg_30d.csv", 4, "watch_hours_30d", "-777.125 h")
	appended(t, dir, "users.csv", "stranger-70,2024-01-01")
	labels := extract.Lines(t, dir, "labels.csv")
	appended(t, dir, "labels.csv", labels[len(labels)-2], "stranger-80,False", " stranger-0,False")
	return dir
}

// findingsOf are findings of a run, those that follow from others among them.
func findingsOf(all []*stepv1.Finding) (out []*stepv1.Finding) {
	for _, f := range all {
		out = append(append(out, f), findingsOf(f.GetFollows())...)
	}
	return out
}

// No value of a personal column is in anything that is said of a month: not where it is good,
// nor where rows are rejected, rules broken, keys missing, history corrected, compared and
// erased from. What is said of one person is the same token everywhere, and of a column with
// few values nothing.
func TestNobodyIsToldOfAPersonalValue(t *testing.T) {
	t.Parallel()
	log := &kept{}
	bin := buildSfctl(t)
	s := startTelling(t, newDatabase(t), slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s.apply(t, ofPeople())
	january, february := extract.Sample(t, 70)
	first, second := withStrangers(t, january, 3), withStrangers(t, february, 3)
	s.succeed(t, extract.January, first)

	bad := s.run(t, extract.February, spoilt(t, second))
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, bad.GetState())
	s.tellsTokens(t, bad)
	s.tellsValues(t, bin, bad)
	s.keyGone(t, bad.GetId())

	for name, spoil := range map[string]func(dir string){
		"no header": func(dir string) {
			extract.Edit(t, dir, "users.csv", func(l []string) []string { return l[len(l)-2:] })
		},
		"semicolons": func(dir string) {
			extract.Edit(t, dir, "users.csv", func(l []string) []string {
				return strings.Split(strings.ReplaceAll(strings.Join(l[len(l)-2:], "\n"), ",", ";"), "\n")
			})
		},
		"a comment": func(dir string) {
			extract.Edit(t, dir, "users.csv", func(l []string) []string { return []string{"# " + l[len(l)-1]} })
		},
		"cut short": func(dir string) {
			for _, file := range []string{"users.csv", "subscriptions.csv", "usage_agg_30d.csv", "payments_agg_90d.csv", "support_agg_90d.csv", "labels.csv"} {
				extract.Edit(t, dir, file, func(l []string) []string { return l[:30] })
			}
		},
	} {
		dir := extract.Copy(t, second)
		spoil(dir)
		require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, s.run(t, extract.February, dir).GetState(), name)
	}

	_, err := s.db.Exec(t.Context(), "alter table public.users add constraint nobody check (user_id <> 'stranger-3')")
	require.NoError(t, err)
	require.Equal(t, "LIVE_TABLE_DIFFERS", s.run(t, extract.February, withStrangers(t, february, 4)).GetReason())
	_, err = s.db.Exec(t.Context(), "alter table public.users drop constraint nobody")
	require.NoError(t, err)

	s.succeed(t, extract.February, second)
	s.runMode(t, extract.February, first, orchestratorv1.RunMode_RUN_MODE_PLAN)
	corrected := extract.Copy(t, second)
	for i := range 3 {
		extract.SetField(t, corrected, "subscriptions.csv", 72+i, "monthly_fee", fmt.Sprint(31+i))
	}
	require.Equal(t, "SNAPSHOT_DIFFERS", s.run(t, extract.February, corrected).GetReason())
	restated := s.supersede(t, extract.February, corrected, orchestratorv1.RunMode_RUN_MODE_FULL)
	s.nothingTold(t, log, bin)
	require.True(t, slices.ContainsFunc(s.unmasked(t, restated.GetId()), func(v *stepv1.UnmaskedValue) bool {
		return v.GetValue() == "stranger-2" && v.GetSnapshot() == "subscriptions_snapshots"
	}), "%v", s.unmasked(t, restated.GetId()))

	keys, err := personal.Open(devsuite.PersonalKeys(passwords))
	require.NoError(t, err)
	token := keys.Veil(personal.Table{Dataset: "streamflow", Personal: []string{"user_id"}}).Value("user_id", "stranger-2")
	require.NotEmpty(t, s.holding(t, token), "something was said of the person")

	s.erased(t, "stranger-2", "stranger-404")

	require.Empty(t, s.holding(t, token), "what was said of the person goes as well")
	for _, id := range s.rows(t, "select id from sf_orchestrator.run") {
		for _, v := range s.unmasked(t, id) {
			require.NotEqual(t, "stranger-2", v.GetValue(), "nor is the value kept, encrypted, of %s", v)
		}
	}

	s.run(t, extract.February, second)
	s.nothingTold(t, log, bin)
	for _, table := range s.holding(t, "pii:") {
		require.False(t, slices.ContainsFunc(dataTables, func(name string) bool { return strings.HasPrefix(table, name) }), "%s has tokens for values", table)
	}
}

// tellsTokens requires that a run of a spoilt month lists people by tokens, and nobody of a
// column with few values.
func (s *suite) tellsTokens(t *testing.T, run *orchestratorv1.Run) {
	t.Helper()
	text, err := protojson.Marshal(run)
	require.NoError(t, err)
	tokens, hidden := map[string]int{}, 0
	for _, f := range findingsOf(run.GetFindings()) {
		for _, row := range f.GetRows() {
			for _, key := range row.GetKey() {
				require.True(t, strings.HasPrefix(key, "pii:"), "%s in %s", key, text)
				tokens[key]++
			}
			if row.GetColumn() == "user_gender" {
				require.Equal(t, "(hidden)", row.GetValue())
				hidden++
			}
		}
	}
	require.Positive(t, hidden, "a rule on user_gender is broken: %s", text)
	require.Greater(t, len(tokens), 2, "several people: %s", text)
	require.True(t, slices.ContainsFunc(slices.Collect(maps.Values(tokens)), func(n int) bool { return n > 1 }), "one of them twice: %s", text)
}
