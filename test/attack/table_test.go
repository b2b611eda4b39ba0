package attack

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// appOpen is a table of another application, which everybody may write into, with a trigger
// that does what whoever writes into it may do.
const appOpen = `
do $$ begin create role sf_attack_app; exception when duplicate_object or unique_violation then null; end $$;
create table public.app_open (user_id text primary key, balance_secret numeric);
insert into public.app_open values ('app-user', 7);
create table public.app_ran (who text);
create function public.app_noted() returns trigger language plpgsql as $$ begin insert into public.app_ran values (current_user); return null; end $$;
create trigger app_noted after insert or update or delete on public.app_open for each row execute function public.app_noted();
alter table public.app_open owner to sf_attack_app;
alter function public.app_noted() owner to sf_attack_app;
grant all on public.app_open, public.app_ran to public`

// A dataset that names a table of another application rewrote it, and its triggers ran as
// the service; what differed told the columns of tables that nobody may see.
func TestATableOfAnotherApplicationIsRefusedAtApplyPlanAndRun(t *testing.T) {
	s := setup(t, nil)
	d := &datasetv1.Dataset{
		Name: "intruder", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{
			Name: "app_open", File: "users.csv", Key: []string{"user_id"}, Columns: []*datasetv1.Column{{Name: "user_id", Type: "text"}},
		}},
	}
	apply := func() error {
		_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: "attack"})
		return err
	}
	require.NoError(t, apply(), "nothing stands there yet")
	execute(t, s.url, appOpen)
	run := func(mode orchestratorv1.RunMode) *orchestratorv1.Run {
		return s.run(t, &orchestratorv1.StartRunRequest{Dataset: "intruder", AsOf: "2024-01-31", Source: ground.Data + "/month_000", RequestedBy: "attack", Mode: mode})
	}

	planned, published := run(orchestratorv1.RunMode_RUN_MODE_PLAN), run(orchestratorv1.RunMode_RUN_MODE_FULL)
	d = proto.CloneOf(d)
	d.Description = "another version"
	err := apply()

	for _, r := range []*orchestratorv1.Run{planned, published} {
		require.Equal(t, string(problem.LiveTableNotAdopted), r.GetReason(), "%v", r)
		require.NotContains(t, r.String(), "balance_secret")
	}
	refused := problem.FromError(err)
	require.Len(t, refused.Violations, 1)
	require.Contains(t, refused.Violations[0].Description, "declare `adopt: true` on table app_open")
	require.NotContains(t, refused.Violations[0].Description, "balance_secret")
	require.Equal(t, []string{"app-user"}, column(t, s.url, "select user_id from public.app_open"))
	require.Empty(t, column(t, s.url, "select who from public.app_ran"), "no trigger ran")
}

// column returns the first column of a query's rows, which is a text.
func column(t *testing.T, url, sql string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), sql)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

// Whoever may write where deliveries lie makes links that lead out, and asks for runs: the
// answers are the same whether anything is there or not.
func TestALinkThatLeadsOutTellsNothingOfWhatIsThere(t *testing.T) {
	s := setup(t, nil)
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "something"), []byte("x"), 0o600))
	said := map[string][]string{}
	for _, name := range []string{"something", "missing"} {
		folder, way := filepath.Join(ground.Data, "linked"), filepath.Join(ground.Data, "way")
		require.NoError(t, os.MkdirAll(folder, 0o755))
		require.NoError(t, os.Symlink(filepath.Join(outside, name), filepath.Join(folder, "users.csv")))
		require.NoError(t, os.Symlink(outside, way))
		for _, source := range []string{folder, filepath.Join(way, name)} {
			r, err := s.client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "streamflow", AsOf: "2024-01-31", Source: source, RequestedBy: "attack"})
			if err == nil {
				for _, f := range s.wait(t, r.GetRun().GetId()).GetFindings() {
					if f.GetTable() == "users" {
						said[name] = append(said[name], f.GetMessage())
					}
				}
				continue
			}
			said[name] = append(said[name], strings.ReplaceAll(err.Error(), name, "X"))
		}
		require.NoError(t, os.RemoveAll(folder))
		require.NoError(t, os.Remove(way))
	}

	require.NotEmpty(t, said["something"])
	require.Equal(t, said["something"], said["missing"])
}
