package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// renaming is a dataset of one table with a snapshot, whose columns get other names. Every
// value says which column it is of, by the first name of it: live and history must agree in
// that, whatever becomes of a run.
type renaming struct {
	*suite
	name string
}

// declares is the version with the given columns, each as name or name<before.
func (r renaming) declares(columns string) string {
	all := []string{"{name: k, type: integer}"}
	for _, c := range strings.Fields(columns) {
		name, before, renamed := strings.Cut(c, "<")
		from := ""
		if renamed {
			from = ", renamed_from: " + before
		}
		all = append(all, "{name: "+name+", type: text"+from+"}")
	}
	return fmt.Sprintf("name: %[1]s\ncalendar: {period: month_end}\ntables: [{name: %[1]s, key: [k], departed_limit: 1, columns: [%[2]s]}]\nsnapshots: [{name: %[1]s_kept, from: %[1]s}]\n",
		r.name, strings.Join(all, ", "))
}

func (r renaming) reads(t *testing.T, columns string) *datasetv1.Dataset {
	t.Helper()
	d, mistakes := dataset.Read(r.name+".yaml", []byte(r.declares(columns)))
	require.NoError(t, mistakes.Err())
	return d
}

func (r renaming) apply(t *testing.T, columns string) error {
	t.Helper()
	_, err := r.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: r.reads(t, columns), RequestedBy: "e2e"})
	return err
}

// deliver starts a run and waits for its end.
func (r renaming) deliver(t *testing.T, asOf string, means map[string]string, mode orchestratorv1.RunMode, keys ...int) *orchestratorv1.Run {
	t.Helper()
	return r.wait(t, r.starts(t, asOf, means, mode, keys...))
}

// starts starts a run of a file whose columns mean what is given, by the letter of each;
// keys are its rows.
func (r renaming) starts(t *testing.T, asOf string, means map[string]string, mode orchestratorv1.RunMode, keys ...int) (id string) {
	t.Helper()
	names := slices.Sorted(maps.Keys(means))
	file := "k," + strings.Join(names, ",") + "\n"
	for _, k := range keys {
		file += fmt.Sprint(k)
		for _, name := range names {
			file += fmt.Sprintf(",%s %s %d", means[name], asOf, k)
		}
		file += "\n"
	}
	started, err := r.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: r.name, AsOf: asOf, Source: folder(t, map[string]string{r.name + ".csv": file}), Mode: mode, RequestedBy: "e2e",
	})
	require.NoError(t, err)
	return started.GetRun().GetId()
}

// meaning is whose values the columns of a relation have, by name; each has those of one.
func (r renaming) meaning(t *testing.T, relation string) map[string]string {
	t.Helper()
	means := map[string]string{}
	for _, line := range r.rows(t, "select distinct e.key, left(e.value, 1) from "+relation+" t, jsonb_each_text(to_jsonb(t) - 'k' - 'as_of' - 'revision' - 'known_at' - 'known_until') e order by 1, 2") {
		name, letter, _ := strings.Cut(line, "|")
		require.Empty(t, means[name], "%s.%s has values of %s and of another", relation, name, means[name])
		means[name] = letter
	}
	return means
}

// requireAgree returns what the names mean, in live as in history.
func (r renaming) requireAgree(t *testing.T) map[string]string {
	t.Helper()
	means := r.meaning(t, r.name)
	require.Equal(t, means, r.meaning(t, r.name+"_kept"), "history's names beside live's")
	return means
}

const (
	jan, feb, mar, apr = "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"
)

// breaks are the points at which a run of a version that renames can fail: what has it fail
// there, and what lets the next one through.
var breaks = map[string]struct{ before, after string }{
	"before live": {},
	"between live and history": {
		"alter table %[1]s add constraint few check (k < 2)", "alter table %[1]s drop constraint few",
	},
	"after history": {
		`create function %[1]s_no() returns event_trigger language plpgsql security definer set search_path = pg_catalog as $$ begin
if current_query() ilike '%%attach partition%%' and exists (select from sf_snapshot.renamed where table_name = '%[1]s_kept') then raise 'not yet'; end if; end $$;
create event trigger %[1]s_no on ddl_command_start when tag in ('ALTER TABLE') execute function %[1]s_no()`,
		"drop event trigger %[1]s_no",
	},
}

// taken is what somebody applies after a run failed, and what becomes of it: the refusal in
// part, or nothing.
type taken struct{ columns, refused string }

const (
	halfDone  = "by a run that ended before it renamed this history"
	forgotten = "since no run of that version was made"
	byNames   = "if the two are one"
)

// A run that renames fails, before live, between live and history, or after history; then
// the same version goes on, or the version before is applied again, or one that declares the
// renames the other way round. Whatever is accepted, live and history mean the same by every
// name; what would part them is refused, with a way out that works.
func TestRenamesAreTakenBackAfterARunThatFailed(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string]struct {
		before, after string
		then          map[string][]taken
	}{
		"exchanged": {"a b c", "a<b b<a c", map[string][]taken{
			"before live": {{"a<b b<a c", ""}, {"a b c", ""}, {"a d<b c", forgotten}}, "between live and history": {{"a<b b<a c", ""}, {"a b c", halfDone}, {"a d<b c", halfDone}},
			"after history": {{"a<b b<a c", ""}, {"a b c", ""}, {"a d<b c", ""}},
		}},
		"turned": {"a b c", "a<b b<c c<a", map[string][]taken{
			"before live": {{"a<b b<c c<a", ""}, {"a b c", ""}, {"b<a c<b a<c", forgotten}}, "between live and history": {{"a<b b<c c<a", ""}, {"a b c", halfDone}, {"b<a c<b a<c", halfDone}},
			"after history": {{"a<b b<c c<a", ""}, {"a b c", ""}, {"b<a c<b a<c", ""}},
		}},
		"chained": {"a b", "b<a c<b", map[string][]taken{
			"before live": {{"b<a c<b", ""}, {"a b", ""}, {"a<b b<c", forgotten}}, "between live and history": {{"b<a c<b", ""}, {"a b", byNames}, {"a<b b<c", ""}},
			"after history": {{"b<a c<b", ""}, {"a b", byNames}, {"a<b b<c", ""}},
		}},
		"renamed": {"a b", "d<a b", map[string][]taken{
			"before live": {{"d<a b", ""}, {"a b", ""}, {"a<d b", ""}, {"e<d b", byNames}}, "between live and history": {{"d<a b", ""}, {"a b", byNames}, {"a<d b", ""}, {"e<d b", halfDone}},
			"after history": {{"d<a b", ""}, {"a b", byNames}, {"a<d b", ""}, {"e<d b", ""}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			n := 0
			for point, way := range breaks {
				for _, next := range shape.then[point] {
					n++
					r := renaming{s, fmt.Sprintf("%s_%d", name, n)}
					r.breaks(t, shape.before, shape.after, way.before, way.after)
					r.goesOn(t, point+": "+next.columns, shape.after, next)
				}
			}
		})
	}
}

// breaks brings a dataset to where a run of the version that renames has failed.
func (r renaming) breaks(t *testing.T, before, after, fails, mends string) {
	t.Helper()
	require.NoError(t, r.apply(t, before))
	means := map[string]string{}
	for _, c := range strings.Fields(before) {
		means[c] = c
	}
	requireSucceeded(t, r.deliver(t, jan, means, full, 1))
	require.NoError(t, r.apply(t, after))
	keys := []int{1, 2}
	if fails == "" {
		keys = []int{1, 1}
	} else {
		execute(t, r.person(t), fmt.Sprintf(fails, r.name))
	}
	run := r.deliver(t, feb, renamed(means, after), full, keys...)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, run.GetState(), r.name)
	if fails != "" {
		execute(t, r.person(t), fmt.Sprintf(mends, r.name))
	}
}

// goesOn applies what comes next, and makes a run of it; where it is refused, the way out is
// taken before.
func (r renaming) goesOn(t *testing.T, of, after string, next taken) {
	t.Helper()
	err := r.apply(t, next.columns)
	if next.refused != "" {
		require.Error(t, err, of)
		p := problem.FromError(err)
		require.Equal(t, problem.DatasetRefused, p.Reason, of)
		require.Contains(t, fmt.Sprint(p.Violations), next.refused, of)
		requireSucceeded(t, r.deliver(t, feb, r.meant(t, after), full, 1, 2))
		r.requireAgree(t)
		if err = r.apply(t, next.columns); err != nil && next.refused == byNames {
			return // the names that stand are others, and it stays refused
		}
	}
	require.NoError(t, err, of)
	requireSucceeded(t, r.deliver(t, mar, r.meant(t, next.columns), full, 1, 2))
	r.requireAgree(t)
	requireSucceeded(t, r.deliver(t, apr, r.requireAgree(t), full, 1, 2))
	r.requireAgree(t)
}

// meant is what the columns of a version mean once its run has renamed what the tables have
// by other names yet.
func (r renaming) meant(t *testing.T, columns string) map[string]string {
	t.Helper()
	means := r.meaning(t, r.name)
	done := r.rows(t, "select column_name || '<' || renamed_from from sf_ingest.renamed where table_name = $1 and declared", r.name)
	var open []string
	for _, c := range strings.Fields(columns) {
		name, before, _ := strings.Cut(c, "<")
		if means[before] == "" || slices.Contains(done, c) {
			c = name
		}
		open = append(open, c)
	}
	return renamed(means, strings.Join(open, " "))
}

// renamed is what columns mean by the names of a version, from what they meant before it.
func renamed(means map[string]string, columns string) map[string]string {
	out := map[string]string{}
	for _, c := range strings.Fields(columns) {
		name, before, is := strings.Cut(c, "<")
		if !is {
			before = name
		}
		out[name] = means[before]
	}
	return out
}
