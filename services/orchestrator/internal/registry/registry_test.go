package registry_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/registry"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// shelf stands for the store, in which there is nothing yet.
type shelf struct {
	got *store.Application
	err error
	// taken is what Free answers, once it was asked freeFor times.
	taken          error
	freeFor, asked int
	// left is the deleted dataset whose the tables were.
	left string
	// shared is what Free says that others declare as well.
	shared []store.Taken
}

func (s *shelf) Dataset(_ context.Context, name string) (*store.Version, error) {
	return nil, problem.New(problem.DatasetNotFound, "no dataset %s", name)
}

func (s *shelf) Free(context.Context, string, []relation.Relation) ([]store.Taken, error) {
	s.asked++
	if s.asked <= s.freeFor {
		return s.shared, nil
	}
	return s.shared, s.taken
}

func (s *shelf) MayHaveRows(context.Context, string) (bool, error) { return false, nil }

// Deserted says that a dataset which was deleted left all of them, if one did.
func (s *shelf) Deserted(_ context.Context, _ string, tables []relation.Relation) (all []store.Deserted, err error) {
	for _, t := range tables {
		if s.left != "" {
			all = append(all, store.Deserted{Table: t, Dataset: s.left, First: "2024-01-31", Last: "2024-02-29"})
		}
	}
	return all, nil
}

// emptyHouse is a database in which nothing stands.
type emptyHouse struct{}

func (emptyHouse) Survey(context.Context, *datasetv1.Dataset, []relation.Relation) step.Survey {
	return step.Survey{}
}

func (emptyHouse) History(context.Context, *datasetv1.Dataset) (*snapshotv1.PlanRetentionResponse, error) {
	return nil, nil
}

func (s *shelf) Apply(_ context.Context, a store.Application) (*store.Version, bool, error) {
	s.got = &a
	return &store.Version{Version: a.Version}, false, s.err
}

func shop() *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name: "shop", Schema: "retail",
		Calendar:  &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables:    []*datasetv1.Table{{Name: "users", Key: []string{"id"}, Columns: []*datasetv1.Column{{Name: "id", Type: "text"}, {Name: "age", Type: "integer"}}}},
		Snapshots: []*datasetv1.Snapshot{{Name: "users_snapshots", From: "users"}},
	}
}

func TestApplyClaimsTablesAndSnapshotsInTheirSchema(t *testing.T) {
	t.Parallel()
	s := &shelf{}

	v, err := registry.Apply(t.Context(), s, emptyHouse{}, registry.Wanted{Dataset: shop(), RequestedBy: "ann"})

	require.NoError(t, err)
	require.False(t, v.Unchanged)
	require.Empty(t, v.Previous)
	require.Equal(t, dataset.Hash(shop()), v.Version.Version)
	require.Equal(t, "ann", s.got.RequestedBy)
	require.Equal(t, []relation.Relation{{Schema: "retail", Name: "users"}, {Schema: "retail", Name: "users_snapshots"}}, s.got.Tables)
}

func TestApplyWithoutASchemaClaimsInPublic(t *testing.T) {
	t.Parallel()
	s, d := &shelf{}, shop()
	d.Schema = ""

	_, err := registry.Apply(t.Context(), s, emptyHouse{}, registry.Wanted{Dataset: d, RequestedBy: "ann"})

	require.NoError(t, err)
	require.Equal(t, "public.users", s.got.Tables[0].String())
}

func TestApplyRefusesMistakesBeforeTheStoreIsAsked(t *testing.T) {
	t.Parallel()
	s, d := &shelf{}, shop()
	d.Tables[0].Key = []string{"idd"}
	d.Snapshots[0].From = "user"

	_, err := registry.Apply(t.Context(), s, emptyHouse{}, registry.Wanted{Dataset: d, RequestedBy: "ann"})

	require.Nil(t, s.got)
	p := problem.FromError(err)
	require.Equal(t, problem.DatasetInvalid, p.Reason)
	require.Len(t, p.Violations, 2)
	require.ErrorContains(t, err, `dataset "shop" has 2 mistakes; the first: tables[0].key`)
}

func TestApplyNamesEveryTableThatIsTaken(t *testing.T) {
	t.Parallel()
	s := &shelf{err: &store.TakenError{Tables: []store.Taken{
		{Table: relation.Relation{Schema: "retail", Name: "users"}, Dataset: "crm"},
		{Table: relation.Relation{Schema: "retail", Name: "users_snapshots"}, Dataset: "old"},
	}}}

	_, err := registry.Apply(t.Context(), s, emptyHouse{}, registry.Wanted{Dataset: shop(), RequestedBy: "ann"})

	p := problem.FromError(err)
	require.Equal(t, problem.TableTaken, p.Reason)
	require.Equal(t, []problem.Violation{
		{Subject: "retail.users", Description: "belongs to dataset crm"},
		{Subject: "retail.users_snapshots", Description: "belongs to dataset old"},
	}, p.Violations)
	require.Equal(t, "crm", p.Metadata["owner"])
	require.ErrorContains(t, err, "found 2 tables of another; the first:")
}

// house is a database in which a table stands that is not as declared.
type house struct{}

func (house) Survey(context.Context, *datasetv1.Dataset, []relation.Relation) step.Survey {
	return step.Survey{Tables: []*stepv1.RelationCheck{{
		Name: "users", Relation: &stepv1.Relation{Schema: "retail", Name: "users"}, Exists: true, HasRows: true,
		Differences: []*stepv1.RelationDifference{{Found: "found a column mail", Mend: "alter table retail.users drop column mail"}},
	}}}
}

func (house) History(context.Context, *datasetv1.Dataset) (*snapshotv1.PlanRetentionResponse, error) {
	return nil, nil
}

// No SQL is given on another dataset's table, however late it was claimed.
func TestApplyGivesNoSQLOnAnothersTable(t *testing.T) {
	t.Parallel()
	for name, freeFor := range map[string]int{"claimed before": 0, "claimed while the services looked": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{freeFor: freeFor, taken: &store.TakenError{Tables: []store.Taken{
				{Table: relation.Relation{Schema: "retail", Name: "users"}, Dataset: "crm"},
			}}}

			_, err := registry.Apply(t.Context(), s, house{}, registry.Wanted{Dataset: shop(), RequestedBy: "ann"})

			require.Equal(t, problem.TableTaken, problem.FromError(err).Reason)
			require.NotContains(t, err.Error(), "alter table")
			require.Equal(t, []problem.Violation{{Subject: "retail.users", Description: "belongs to dataset crm"}}, problem.FromError(err).Violations)
			require.Nil(t, s.got)
		})
	}
}

// Who declares a table that another dataset declares as well is told so, and goes on.
func TestApplyTellsWhoElseDeclaresATable(t *testing.T) {
	t.Parallel()
	s := &shelf{freeFor: 2, shared: []store.Taken{{Table: relation.Relation{Schema: "retail", Name: "users"}, Dataset: "crm"}}}

	applied, err := registry.Apply(t.Context(), s, emptyHouse{}, registry.Wanted{Dataset: shop(), RequestedBy: "ann"})

	require.NoError(t, err)
	require.Equal(t, []string{"retail.users: dataset crm declares it as well, and nobody has published into it yet: " +
		"it belongs to the dataset that does so first, and runs of the other end with TABLE_TAKEN"}, applied.Warnings)
	require.NotNil(t, s.got)
}

func TestApplyPassesOtherErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")

	_, err := registry.Apply(t.Context(), &shelf{err: broken}, emptyHouse{}, registry.Wanted{Dataset: shop(), RequestedBy: "ann"})

	require.ErrorIs(t, err, broken)
}

// Of tables that a deleted dataset left, one line says whose they are, and no SQL is given
// that would take them apart.
func TestApplyOverTablesOfADeletedDataset(t *testing.T) {
	t.Parallel()
	s := &shelf{left: "crm"}

	_, err := registry.Apply(t.Context(), s, house{}, registry.Wanted{Dataset: shop(), RequestedBy: "ann"})

	p := problem.FromError(err)
	require.Equal(t, problem.DatasetRefused, p.Reason)
	require.Equal(t, []problem.Violation{{Subject: "retail.users", Description: "retail.users is a table of dataset crm (stamped as_of 2024-01-31 to 2024-02-29), " +
		"which was deleted and left its tables, and not as this dataset declares: take other names, or apply dataset crm again, which goes on with them"}}, p.Violations)
	require.NotContains(t, err.Error(), "alter table")
	require.Nil(t, s.got)
}
