package e2e

import (
	"context"
	_ "embed"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/test/extract"
)

//go:embed testdata/hostile.sql
var hostile string

// Functions, operators, types and tables of a user's own never answer for
// PostgreSQL's, wherever the database tells sessions to look: not to the services, nor
// to the owner who migrates.
func TestNothingButPostgresAnswersForOurSQL(t *testing.T) {
	t.Parallel()
	name := newDatabase(t)
	mallory := "mallory_" + name
	owner := connect(t, name, "")
	execute(t, owner, "create role "+mallory)
	t.Cleanup(func() { execute(t, connect(t, name, ""), "drop owned by "+mallory+" cascade; drop role "+mallory) })
	execute(t, owner, "grant create on schema public to "+mallory+"; create schema evil authorization "+mallory+"; grant temporary on database "+name+" to "+mallory)
	execute(t, owner, "set role "+mallory)
	execute(t, owner, strings.ReplaceAll(hostile, "$names", "array['"+strings.Join(calledNames(t), "', '")+"']"))
	execute(t, owner, "reset role")
	execute(t, owner, "alter database "+name+" set search_path = evil, public, pg_catalog")
	requireTrapped(t, name)

	s := startOn(t, name)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	planned, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: "streamflow", AsOf: extract.February, Source: february, RequestId: ident.New(ident.Request), RequestedBy: "e2e",
		Mode: orchestratorv1.RunMode_RUN_MODE_PLAN,
	})
	require.NoError(t, err)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, s.wait(t, planned.GetRun().GetId()).GetState())
	s.succeed(t, extract.February, february)
	require.True(t, s.succeed(t, extract.January, january).GetUnchanged())

	for _, table := range liveTables {
		require.Equal(t, []string{"7043"}, s.rows(t, "select count(*) from public."+table), table)
	}
	for _, table := range snapshotTables {
		require.Equal(t, []string{extract.January + "|7043", extract.February + "|7043"},
			s.rows(t, "select as_of, count(*) from public."+table+" group by 1 order by 1"), table)
	}
	_, err = s.orchestrator.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{Dataset: "streamflow"})
	require.NoError(t, err)
	_, err = s.snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "streamflow"})
	require.NoError(t, err)
	_, err = s.quality.ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: "streamflow"})
	require.NoError(t, err)
	_, err = s.ingest.ListBatches(t.Context(), &ingestv1.ListBatchesRequest{Dataset: "streamflow"})
	require.NoError(t, err)
}

// What runs with its owner's rights says itself where it looks for names.
func TestFunctionsOfTheOwnerArePinned(t *testing.T) {
	t.Parallel()
	s := setup(t)

	require.NotEmpty(t, s.rows(t, "select proname from pg_proc where prosecdef and pronamespace::regnamespace::text like 'sf\\_%'"))
	require.Empty(t, s.rows(t, `select oid::regprocedure from pg_proc
		where pronamespace::regnamespace::text like 'sf\_%' and (proconfig is null or not 'search_path=pg_catalog, pg_temp' = any (proconfig))`))
}

// requireTrapped proves the traps: a session that is not pinned falls into each kind.
func requireTrapped(t *testing.T, database string) {
	t.Helper()
	for _, sql := range []string{
		"select hashtextextended('a', 0)", "select 1 = 1", "select 'a'::pg_catalog.name = 'a'::pg_catalog.text", "select count(*) from (values (1)) v",
		"select to_regnamespace('evil')", "select cardinality(array['a'])", "select coalesce(max(n), 0) from (values (1)) v (n)",
	} {
		_, err := connect(t, database, "").Exec(t.Context(), sql)
		require.ErrorContains(t, err, "trapped", sql)
	}
	_, err := connect(t, database, "").Exec(t.Context(), "select 'a'::text")
	require.ErrorContains(t, err, "violates check constraint")
	_, err = connect(t, database, "").Exec(t.Context(), "select relname from pg_class")
	require.ErrorContains(t, err, "does not exist")
	// In public alone, a better match is enough where pg_catalog comes first.
	_, err = connect(t, database, "public").Exec(t.Context(), "select hashtextextended('a', 0)")
	require.ErrorContains(t, err, "trapped")
}

// connect opens a session as a person has it; path is its search_path, the database's
// where it is empty.
func connect(t *testing.T, database, path string) *pgx.Conn {
	t.Helper()
	cfg, err := pgx.ParseConfig(server.URL(database))
	require.NoError(t, err)
	if path != "" {
		cfg.RuntimeParams["search_path"] = path
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // as it stands, without a look at types
	conn, err := pgx.ConnectConfig(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func execute(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	_, err := conn.Exec(context.Background(), sql)
	require.NoError(t, err)
}

var called = regexp.MustCompile(`\b([a-z][a-z0-9_]*)\(`)

// calledNames are all names that stand before a parenthesis in what the suite is built
// of: the functions that its statements call are among them.
func calledNames(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	for _, root := range []string{"../../platform", "../../services"} {
		require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".sql") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range called.FindAllSubmatch(text, -1) {
				seen[string(m[1])] = true
			}
			return err
		}))
	}
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	for _, n := range []string{"hashtextextended", "count", "pg_advisory_xact_lock", "set_config", "to_regnamespace", "array_agg", "unnest"} {
		require.Contains(t, names, n)
	}
	return names
}
