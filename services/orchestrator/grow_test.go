package orchestrator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestTablesGrowBeforeTheyAreWrittenTo(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.grows["live"] = []*stepv1.AlteredRelation{{Name: "shop_users", Mend: `alter table "public"."shop_users" add column "channel" text`}}
	s.grows["history"] = []*stepv1.AlteredRelation{{Mend: "alter table a"}, {Mend: "alter table b"}}

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Contains(t, r.GetSteps()[2].GetSummary(), `; done before: alter table "public"."shop_users" add column "channel" text`)
	require.Contains(t, r.GetSteps()[3].GetSummary(), "; done before: alter table a; alter table b")
	var order []string
	for _, c := range s.made("ExpandLive", "Publish", "ExpandHistory", "Stamp") {
		order = append(order, c.Method)
		require.Positive(t, c.Fence)
	}
	require.Equal(t, []string{"ExpandLive", "Publish", "ExpandHistory", "Stamp"}, order)
}

func TestAPlanAltersNothing(t *testing.T) {
	t.Parallel()
	s := setup(t)

	requireState(t, s.did(t, plan()), succeeded)

	require.Empty(t, s.made("ExpandLive", "ExpandHistory"))
}

// A table that another session holds is outwaited like a database that is away.
func TestARunWaitsForATableThatIsLocked(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("ExpandLive", failing(2, problem.New(problem.DatabaseUnavailable, "another session holds a lock")))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, "PUBLISH SUCCEEDED 3", steps(r)[2])
}
