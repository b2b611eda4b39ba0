package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// lodging is a dataset whose columns get other names; lodgingCalled is its next version.
const lodging = `name: inn
calendar: {period: month_end}
tables:
  - name: guests
    key: [id]
    columns: [{name: id, type: text}, {name: city, type: "varchar(20)"}, {name: nights, type: integer}]
    expectations:
      - {type: expect_column_values_to_not_be_null, kwargs: {column: city}}
      - {type: expect_table_columns_to_match_set, kwargs: {column_set: [id, city, nights]}}
  - name: bills
    key: [no]
    columns: [{name: no, type: integer}, {name: guest, type: text}]
    references: [{columns: [guest], table: guests}]
snapshots:
  - {name: guests_snapshots, from: guests, columns: [city]}
  - {name: bills_snapshots, from: bills}
`

var lodgingCalled = strings.NewReplacer(
	"key: [id]", "key: [guest_id]", "{name: id, type: text}", "{name: guest_id, type: text, renamed_from: id}",
	`{name: city, type: "varchar(20)"}`, "{name: town, type: text, renamed_from: city}", "{column: city}", "{column: town}",
	"[id, city, nights]", "[guest_id, town, nights]", "columns: [city]", "columns: [town]",
	"{name: guest, type: text}", "{name: guest_id, type: text, renamed_from: guest}", "{columns: [guest]", "{columns: [guest_id]",
).Replace(lodging)

var (
	lodgingJanuary  = map[string]string{"guests.csv": "id,city,nights\na,Oslo,1\nb,Rome,2\n", "bills.csv": "no,guest\n1,a\n"}
	lodgingFebruary = map[string]string{"guests.csv": "guest_id,town,nights\na,Oslo,1\nb,Bergamo,2\n", "bills.csv": "no,guest_id\n1,a\n2,b\n"}
)

// folder writes files and returns where.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

// The way of whoever renames columns, by sfctl: what apply and plan say, the run that does
// it, and January's files again, which have the older names.
func TestColumnsAreRenamedBySfctl(t *testing.T) {
	t.Parallel()
	s := setup(t)
	bin := buildSfctl(t)
	january, february := folder(t, lodgingJanuary), folder(t, lodgingFebruary)
	declarations := folder(t, map[string]string{"v1.yaml": lodging, "v2.yaml": lodgingCalled})
	sfctl := func(args ...string) (string, error) {
		cmd := exec.Command(filepath.Join(bin, "sfctl"), args...)
		cmd.Env = s.environment("SFCTL_DATASET=inn")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	does := func(args ...string) string {
		out, err := sfctl(args...)
		require.NoError(t, err, out)
		return out
	}
	does("dataset", "apply", filepath.Join(declarations, "v1.yaml"))
	does("run", "start", "--as-of", "2024-01-31", "--source", january)
	hashes := s.rows(t, "select snapshot, content_hash from sf_snapshot.catalog order by 1")
	_, err := s.db.Exec(t.Context(), "create view stays as select as_of, id from guests_snapshots")
	require.NoError(t, err)

	applied := does("dataset", "apply", filepath.Join(declarations, "v2.yaml"))
	planned := does("plan", "--as-of", "2024-02-29", "--source", february)
	refused, err := sfctl("dataset", "apply", filepath.Join(declarations, "v2.yaml"))
	require.NoError(t, err, refused)
	ran := does("run", "start", "--as-of", "2024-02-29", "--source", february)
	again := does("run", "start", "--as-of", "2024-01-31", "--source", january)
	back, err := sfctl("dataset", "apply", filepath.Join(declarations, "v1.yaml"))

	for _, says := range []string{"name id → guest_id", "name city → town", "name guest → guest_id", "type varchar(20) → text"} {
		require.Contains(t, applied, says)
	}
	require.Contains(t, planned, "expected a column town, found it as city, from which it is renamed; views follow, SQL elsewhere that says city does not")
	require.Contains(t, planned, `alter table "public"."guests_snapshots" rename column "city" to "town"`)
	require.Contains(t, planned, "guests")
	require.Contains(t, ran, `alter table "public"."bills" rename column "guest" to "guest_id"`)
	require.Contains(t, again, "stamped before with the same content")
	require.Contains(t, again, `guests.csv has earlier names: "id" for guest_id and "city" for town`)
	require.Error(t, err)
	require.Contains(t, back, "to take that back, declare renamed_from: town in column city")
	require.Equal(t, hashes, s.rows(t, "select snapshot, content_hash from sf_snapshot.catalog where as_of = '2024-01-31' order by 1"), "no hash has changed")
	require.Equal(t, []string{"a|Oslo|1", "b|Bergamo|2"}, s.rows(t, "select guest_id, town, nights from guests order by 1"))
	require.Equal(t, []string{"2024-01-31|Rome", "2024-02-29|Bergamo"}, s.rows(t, "select as_of, town from stays join guests_snapshots g using (as_of) where id = g.guest_id and id = 'b' order by 1"))
	listed := does("snapshot", "list", "-o", "json")
	require.Contains(t, listed, `"town"`)
	require.NotContains(t, listed, `"city"`)
}

func (s *suite) lodge(t *testing.T, asOf string, files map[string]string) *orchestratorv1.Run {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "inn", AsOf: asOf, Source: folder(t, files), RequestedBy: "e2e"})
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

func (s *suite) applyYAML(t *testing.T, yaml string) {
	t.Helper()
	d, mistakes := dataset.Read("inn.yaml", []byte(yaml))
	require.NoError(t, mistakes.Err())
	s.apply(t, d)
}

// A run that ends between live's rename and history's does no harm: the next goes on, of
// whatever as_of.
func TestARunThatFailsAfterTheRename(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]string{"the same as_of": "2024-02-29", "an earlier one": "2024-01-31"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.applyYAML(t, lodging)
			requireSucceeded(t, s.lodge(t, "2024-01-31", lodgingJanuary))
			_, err := s.db.Exec(t.Context(), "alter table bills add constraint few check (no < 2)")
			require.NoError(t, err)
			s.applyYAML(t, lodgingCalled)

			failed := s.lodge(t, "2024-02-29", lodgingFebruary)
			live := s.rows(t, "select guest_id, town from guests order by 1")
			history := s.rows(t, "select id, city from guests_snapshots order by 1")
			_, err = s.db.Exec(t.Context(), "alter table bills drop constraint few")
			require.NoError(t, err)
			files := lodgingFebruary
			if next == "2024-01-31" {
				files = lodgingJanuary
			}
			went := s.lodge(t, next, files)

			require.Equal(t, string(problem.LiveTableDiffers), failed.GetReason())
			require.Equal(t, []string{"a|Oslo", "b|Rome"}, live)
			require.Equal(t, live, history, "with the older names")
			requireSucceeded(t, went)
			require.Equal(t, []string{"a|Oslo", "b|Rome"}, s.rows(t, "select guest_id, town from guests_snapshots where as_of = '2024-01-31' order by 1"))
		})
	}
}

// Two columns exchange their names, over all services: January's files mean by them what
// they meant in January.
func TestColumnsExchangeTheirNames(t *testing.T) {
	t.Parallel()
	const columns = "{name: a, type: text}, {name: b, type: text}"
	pairs := "name: inn\ncalendar: {period: month_end}\ntables: [{name: pairs, key: [k], columns: [{name: k, type: integer}, " + columns +
		"]}]\nsnapshots: [{name: pairs_snapshots, from: pairs}]\n"
	ring := strings.Replace(pairs, columns, "{name: a, type: text, renamed_from: b}, {name: b, type: text, renamed_from: a}", 1)
	s := setup(t)
	january := map[string]string{"pairs.csv": "k,a,b\n1,x,y\n"}
	s.applyYAML(t, pairs)
	requireSucceeded(t, s.lodge(t, "2024-01-31", january))
	s.applyYAML(t, ring)

	again := s.lodge(t, "2024-01-31", january)
	next := s.lodge(t, "2024-02-29", map[string]string{"pairs.csv": "k,a,b\n1,y2,x\n"})
	s.applyYAML(t, ring+"description: The same, once more.\n")
	third := s.lodge(t, "2024-01-31", january)

	for _, r := range []*orchestratorv1.Run{again, third} {
		requireSucceeded(t, r)
		require.Contains(t, r.GetSteps()[3].GetSummary(), "stamped before with the same content")
	}
	requireSucceeded(t, next)
	require.Equal(t, []string{"1|y2|x"}, s.rows(t, "select k, a, b from pairs"))
	require.Equal(t, []string{"2024-01-31|y|x", "2024-02-29|y2|x"}, s.rows(t, "select as_of, a, b from pairs_snapshots order by 1"))

	// Once more, it is another exchange, which the tables know only after a run of the version between.
	s.applyYAML(t, pairs)
	d, mistakes := dataset.Read("inn.yaml", []byte(ring))
	require.NoError(t, mistakes.Err())
	refused := s.refusedAtApply(t, d)
	requireSucceeded(t, s.lodge(t, "2024-03-31", map[string]string{"pairs.csv": "k,a,b\n1,y3,x\n"}))
	s.applyYAML(t, ring)
	requireSucceeded(t, s.lodge(t, "2024-04-30", map[string]string{"pairs.csv": "k,a,b\n1,x,y4\n"}))

	require.Equal(t, "columns a, b exchanged their names already, as an earlier version declared it, and no run was made since of one that does not: "+
		"leave renamed_from out where that exchange is meant; where they are to exchange their names once more, make a run of the current version first", refused.Violations[0].Description)
	require.Equal(t, []string{"2024-01-31|x|y", "2024-02-29|x|y2", "2024-03-31|x|y3", "2024-04-30|x|y4"}, s.rows(t, "select as_of, a, b from pairs_snapshots order by 1"))
}
