package relation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestDifferencesAreApportionedByWhoMendsThem(t *testing.T) {
	t.Parallel()
	all := []relation.Difference{
		{Found: "a key", Mend: "make one"}, {Found: "a column", Mend: "add it", Remedy: relation.ByRun},
		{Found: "a type", Mend: "change it", Remedy: relation.ByMigration},
	}
	check := &stepv1.RelationCheck{}

	relation.Apportion(all, check)

	require.Equal(t, "a key", check.GetDifferences()[0].GetFound())
	require.Equal(t, "add it", check.GetExpansions()[0].GetMend())
	require.Equal(t, "a type", check.GetRewrites()[0].GetFound())
	require.Equal(t, all[1:], relation.Left(all, relation.ByRun, relation.ByMigration))
	require.Equal(t, "a column: add it", all[1].String())
	require.Equal(t, "a type: `sfctl dataset migrate` rewrites the table for it, outside of runs: change it", all[2].String())
	require.Equal(t, all[1:], relation.Together(all[1:]), "nothing is a person's")
	require.Len(t, relation.Left(relation.Together(all), relation.ByPerson), 3)
}

// What a run does by itself, as soon as a person has done the rest, is not asked of the person.
func TestWhatWaitsForAPersonIsNotAPersons(t *testing.T) {
	t.Parallel()
	all := relation.Together([]relation.Difference{
		{Found: "a key", Mend: "make one"}, {Found: "a column", Mend: "add it", Column: "c", Remedy: relation.ByRun},
		{Found: "a type", Mend: "change it", Column: "d", Remedy: relation.ByMigration},
	})
	check := &stepv1.RelationCheck{}

	relation.Apportion(all, check)

	require.Len(t, check.GetDifferences(), 1)
	require.Equal(t, "a key", check.GetDifferences()[0].GetFound())
	require.Equal(t, "c", check.GetExpansions()[0].GetColumn())
	require.Equal(t, "d", check.GetRewrites()[0].GetColumn())
	require.Empty(t, relation.Left(all, relation.ByRun, relation.ByMigration), "and neither a run nor a migration begins before")
	require.Equal(t, all, relation.Together(all), "said twice it is the same")
}
