package quality_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

const denied = "42501" // insufficient_privilege

func TestTheRoleReadsCandidatesAndWritesNothingButResults(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	deliver.Stage(t, db, deliver.Table("t", "id text"), []string{"a"})
	db.Exec(t, "create table sf_staging.not_granted (id text)")
	db.Exec(t, "create table public.live (id text)")
	pool := db.Pool(t, "sf_quality")
	cases := map[string]string{
		"read a granted candidate":        "",
		"insert into a candidate":         "insert into sf_staging.bat_test_f1_t values ('b', 0, 3)",
		"update a candidate":              "update sf_staging.bat_test_f1_t set id = 'b'",
		"delete from a candidate":         "delete from sf_staging.bat_test_f1_t",
		"empty a candidate":               "truncate sf_staging.bat_test_f1_t",
		"make a table in staging":         "create table sf_staging.mine (id text)",
		"make a table in public":          "create table public.mine (id text)",
		"read a candidate of nobody's":    "select * from sf_staging.not_granted",
		"read a live table":               "select * from public.live",
		"raise a fence":                   "select sf_platform.raise_fence('d')",
		"raise one of its own":            "select sf_platform.raise_fence('d', 'x')",
		"lower a fence":                   "select sf_platform.lower_fence('d', 1)",
		"read what fences are live":       "select * from sf_platform.fence",
		"change a result":                 "update sf_quality.validation set success = true",
		"delete a result":                 "delete from sf_quality.validation",
		"change the record of migrations": "delete from sf_quality.schema_version",
	}
	for name, sql := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := denied
			if sql == "" {
				sql, want = "select * from sf_staging.bat_test_f1_t", ""
			}

			_, err := pool.Exec(context.Background(), sql)

			require.Equal(t, want, postgres.Code(err), "%v", err)
		})
	}
}
