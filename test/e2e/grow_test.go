package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// inn is a dataset that grows: with is what stands in the place of its changing parts.
const inn = `
name: inn
calendar: {period: month_end}
tables:
  - name: guests
    key: [id]
    columns: [{name: id, type: text}, {name: city, type: %s}, {name: nights, type: %s}%s]
%ssnapshots: [{name: guests_snapshots, from: guests}%s]
`

func (s *suite) applyInn(t *testing.T, parts ...any) {
	t.Helper()
	d, mistakes := dataset.Read("inn.yaml", fmt.Appendf(nil, inn, parts...))
	require.NoError(t, mistakes.Err())
	s.apply(t, d)
}

func (s *suite) inn(t *testing.T, asOf string, mode orchestratorv1.RunMode, files ...string) *orchestratorv1.Run {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o600))
	}
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "inn", AsOf: asOf, Source: dir, Mode: mode, RequestedBy: "e2e",
	})
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

const (
	fully = orchestratorv1.RunMode_RUN_MODE_FULL
	dry   = orchestratorv1.RunMode_RUN_MODE_PLAN
)

func requireSucceeded(t *testing.T, r *orchestratorv1.Run) {
	t.Helper()
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
}

// The way of a dataset that grows over the months, over all services: what is added
// comes by itself, what rewrites a table when it is asked for, and history is what it was.
func TestADatasetGrows(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january := []string{"guests.csv", "id,city,nights\na,Oslo,1\nb,Rome,2\n"}
	february := []string{"guests.csv", "id,city,nights,stars\na,Oslo,1,5\nb,Rome,2,\n", "rooms.csv", "no,beds\n1,2\n"}
	s.applyInn(t, `"varchar(20)"`, "integer", "", "", "")
	requireSucceeded(t, s.inn(t, "2024-01-31", fully, january...))

	s.applyInn(t, "text", "integer", ", {name: stars, type: smallint, optional: true}",
		"  - {name: rooms, key: [no], columns: [{name: no, type: integer}, {name: beds, type: integer}]}\n", ", {name: rooms_snapshots, from: rooms}")
	planned := s.inn(t, "2024-02-29", dry, february...)
	requireSucceeded(t, planned)
	var said []string
	for _, f := range planned.GetFindings() {
		if f.GetReason() == string(problem.SchemaChanges) {
			said = append(said, f.GetMessage())
		}
	}
	require.Len(t, said, 6, "%q", said)
	require.Contains(t, said[0], `alter table "public"."guests" alter column "city" type text`)
	require.Contains(t, said[1], `alter table "public"."guests" add column "stars" smallint`)
	require.Contains(t, said[2], "public.rooms is made")

	grown := s.inn(t, "2024-02-29", fully, february...)
	requireSucceeded(t, grown)
	require.Contains(t, grown.GetSteps()[2].GetSummary(), `; done before: alter table "public"."guests" alter column "city" type text; alter table "public"."guests" add column "stars" smallint`)
	require.Contains(t, grown.GetSteps()[3].GetSummary(), `alter table "public"."guests_snapshots" add column "stars" smallint`)
	require.Equal(t, []string{"2024-01-31 a <nil>", "2024-02-29 a 5"}, s.texts(t, "select as_of::text, id, stars from guests_snapshots where id = 'a' order by 1"))
}

// A version that no run has carried out is not what the tables are: what apply says of the
// next one, a run then does, and nothing else.
func TestApplySaysWhatTheNextRunDoes(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january := []string{"guests.csv", "id,city,nights\na,Oslo,1\n"}
	s.applyInn(t, `"varchar(20)"`, "integer", "", "", "")
	requireSucceeded(t, s.inn(t, "2024-01-31", fully, january...))
	s.applyInn(t, `"varchar(50)"`, "integer", "", "", "")

	d, mistakes := dataset.Read("inn.yaml", fmt.Appendf(nil, inn, `"varchar(30)"`, "integer", "", "", ""))
	require.NoError(t, mistakes.Err())
	resp, err := s.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: "e2e"})

	require.NoError(t, err)
	require.Len(t, resp.GetChanges(), 1)
	require.Equal(t, orchestratorv1.ChangeClass_CHANGE_CLASS_EXPANDING, resp.GetChanges()[0].GetClass(), "the table is narrower than both")
	var announced []string
	for _, a := range resp.GetNextRun() {
		announced = append(announced, a.GetMend())
	}
	require.Equal(t, []string{`alter table "public"."guests" alter column "city" type character varying(30)`,
		`alter table "public"."guests_snapshots" alter column "city" type character varying(30)`}, announced)
	r := s.inn(t, "2024-02-29", fully, "guests.csv", "id,city,nights\na,Bergen,1\n")
	requireSucceeded(t, r)
	require.Contains(t, r.GetSteps()[2].GetSummary(), "; done before: "+announced[0])
	require.Contains(t, r.GetSteps()[3].GetSummary(), "; done before: "+announced[1])
}

// The files that were stamped before a column was added are still those.
func TestTheSameFilesAfterADatasetGrew(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january := []string{"guests.csv", "id,city,nights\na,Oslo,1\nb,Rome,2\n"}
	s.applyInn(t, "text", "integer", "", "", "")
	requireSucceeded(t, s.inn(t, "2024-01-31", fully, january...))
	s.applyInn(t, "text", "integer", ", {name: stars, type: smallint, optional: true}", "", "")

	again := s.inn(t, "2024-01-31", fully, january...)

	requireSucceeded(t, again)
	require.Contains(t, again.GetSteps()[3].GetSummary(), "stamped before with the same content (guests_snapshots without stars, which the dataset did not have then)")
	_, err := s.db.Exec(t.Context(), "drop table sf_history.guests_snapshots__2024_01_31__r1")
	require.NoError(t, err)
	back := s.inn(t, "2024-01-31", fully, january...)
	requireSucceeded(t, back)
	require.False(t, back.GetUnchanged())
	require.Contains(t, back.GetSteps()[0].GetSummary(), "its partition sf_history.guests_snapshots__2024_01_31__r1 is gone")
	require.Contains(t, back.GetSteps()[3].GetSummary(), "is gone, and is filled again")
	require.Equal(t, []string{"a Oslo 1", "b Rome 2"}, s.texts(t, "select id, city, nights from guests_snapshots order by 1"))
	requireUnchanged := s.inn(t, "2024-01-31", fully, january...)
	require.True(t, requireUnchanged.GetUnchanged())
}

// A type that rewrites the table waits until somebody asks for it.
func TestADatasetIsMigrated(t *testing.T) {
	t.Parallel()
	s := setup(t)
	guests := []string{"guests.csv", "id,city,nights\na,Oslo,1\nb,Rome,2\n"}
	later := []string{"guests.csv", "id,city,nights\na,Oslo,1\nb,Rome,3\n"}
	s.applyInn(t, "text", "integer", "", "", "")
	requireSucceeded(t, s.inn(t, "2024-01-31", fully, guests...))
	s.applyInn(t, "text", "bigint", "", "", "")

	refused := s.inn(t, "2024-02-29", fully, later...)
	_, err := s.db.Exec(t.Context(), "create view v as select nights from guests_snapshots")
	require.NoError(t, err)
	_, err = s.orchestrator.MigrateDataset(t.Context(), &orchestratorv1.MigrateDatasetRequest{Dataset: "inn", RequestedBy: "e2e"})
	require.True(t, problem.Is(err, problem.DatasetRefused), "%v", err)
	require.Len(t, problem.FromError(err).Violations, 1, "of the tables, the one that a person has to mend")
	require.Contains(t, problem.FromError(err).Violations[0].Description, "hangs on it: ")
	require.Contains(t, problem.FromError(err).Violations[0].Description, "drop view")
	require.Equal(t, []string{"integer"}, s.texts(t, "select format_type(atttypid, atttypmod) from pg_attribute where attname = 'nights' and attrelid = 'guests'::regclass"))
	_, err = s.db.Exec(t.Context(), "drop view v")
	require.NoError(t, err)
	would, err := s.orchestrator.MigrateDataset(t.Context(), &orchestratorv1.MigrateDatasetRequest{Dataset: "inn", LookOnly: true, RequestedBy: "e2e"})
	require.NoError(t, err)
	did, err := s.orchestrator.MigrateDataset(t.Context(), &orchestratorv1.MigrateDatasetRequest{Dataset: "inn", Confirm: true, RequestedBy: "e2e"})
	require.NoError(t, err)
	requireSucceeded(t, s.inn(t, "2024-02-29", fully, later...))

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, refused.GetState())
	require.Contains(t, refused.GetMessage(), "`sfctl dataset migrate` rewrites the table for it")
	require.Len(t, would.GetAltered(), 2)
	require.Zero(t, would.GetAltered()[0].GetLockedMs())
	require.Len(t, did.GetAltered(), 2)
	require.Equal(t, []string{"guests_snapshots bigint", "guests bigint"},
		s.texts(t, "select attrelid::regclass::text, format_type(atttypid, atttypmod) from pg_attribute where attname = 'nights' and attrelid in ('guests'::regclass, 'guests_snapshots'::regclass) order by 1 desc"))
	left, err := s.orchestrator.MigrateDataset(t.Context(), &orchestratorv1.MigrateDatasetRequest{Dataset: "inn", RequestedBy: "e2e"})
	require.NoError(t, err)
	require.Empty(t, left.GetAltered())
	same := s.inn(t, "2024-01-31", fully, guests...)
	requireSucceeded(t, same)
	require.Contains(t, same.GetSteps()[3].GetSummary(), "stamped before with the same content", "no hash has changed")
}

// texts are the rows of a query, their values separated by blanks.
func (s *suite) texts(t *testing.T, sql string) []string {
	t.Helper()
	rows, err := s.db.Query(t.Context(), sql)
	require.NoError(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		values, err := rows.Values()
		require.NoError(t, err)
		line := fmt.Sprintln(values...)
		all = append(all, line[:len(line)-1])
	}
	require.NoError(t, rows.Err())
	return all
}
