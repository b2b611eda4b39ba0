package snapshot_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Rows that somebody brought go where they hold a key, as that of the entity or of what a
// feature joins by, and no others: not those that have the same text for another table's key.
// The set says that it cannot be made again, how many rows went, and who asked.
func TestEntityRowsThatHoldAKeyAreErased(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		table, key string
		left       []string
		erased     int64
	}{
		"of the entities":             {"persons", "a", []string{"C", "b"}, 2},
		"of what a feature joins by":  {"homes", "02", []string{"C", "b"}, 2},
		"of a table that has the key": {"usage", "b", []string{"C", "a"}, 1},
		"of another":                  {"persons", "1", []string{"C", "a", "b"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSuite(t)
			s.year(t)
			built := s.trained(t, asked(askedRows))
			first, err := s.export(built.GetId())
			require.NoError(t, err)

			gone := s.erase(t, people(), "run_e", test.table, test.key).went(t)

			require.Equal(t, test.left, s.db.Rows(t, "select distinct key[1] from sf_snapshot.training_set_entity order by 1"))
			if test.erased == 0 {
				require.Empty(t, gone)
				require.Empty(t, s.unlike(t, built.GetManifest(), nil))
				return
			}
			require.Equal(t, []string{"me|ticket"}, s.db.Rows(t, "select requested_by, reason from sf_snapshot.entities_erased"))
			for _, manifest := range []string{built.GetManifest(), first.file.GetManifest()} {
				verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: manifest})
				require.NoError(t, err)
				require.Equal(t, "ERASED_SINCE", verified.GetReason(), verified.GetDifferences())
				require.Regexp(t, `entity rows: ERASED_SINCE: expected the 4 rows of asked.csv, of which (1 row was|2 rows were) erased since, by me on \S+ \(run_e\)`, verified.GetDifferences())
				require.GreaterOrEqual(t, verified.GetErasedRows(), test.erased)
			}
			_, err = s.export(built.GetId())
			requireReason(t, err, problem.ErasedSince)
			_, err = s.rebuild(first.file.GetManifest())
			requireReason(t, err, problem.ErasedSince)
		})
	}
}

// A key that only entity rows hold is one that was found; what is erased twice went once.
func TestAKeyThatOnlyEntityRowsHold(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	built := s.trained(t, asked("id,home,event_timestamp\na,2,2024-01-31\nnobody,,2024-01-31\n"))

	gone := s.erase(t, people(), "run_e", "persons", "nobody").went(t)

	require.Equal(t, []string{"entities persons_s  r0: 1"}, gone)
	require.Equal(t, []string{"nobody|t"}, s.db.Rows(t, "select key[1], seen from sf_platform.erasing"))
	require.Empty(t, s.erase(t, people(), "run_f", "persons", "nobody").went(t))
	_, err := s.export(built.GetId())
	require.Contains(t, requireReason(t, err, problem.ErasedSince).Message, "1 row was erased since")
	require.Equal(t, []string{"run_e|1"}, s.db.Rows(t, "select run, rows from sf_snapshot.entities_erased"))
}

// ordering is a dataset of keys of several columns, and rows that refer to others; the owner
// is called otherwise by now where a name is given.
func ordering(t *testing.T, owner string) *datasetv1.Dataset {
	t.Helper()
	column := "{name: owner, type: text}"
	if owner == "" {
		owner = "owner"
	} else {
		column = "{name: " + owner + ", type: text, renamed_from: owner}"
	}
	d, mistakes := dataset.Read("items.yaml", fmt.Appendf(nil, `
name: shop
calendar: {period: month_end}
tables:
  - {name: users, key: [id], columns: [{name: id, type: text}]}
  - {name: items, key: [%s, n], columns: [%s, {name: n, type: integer}, {name: price, type: numeric}], references: [{columns: [%s], table: users}]}
snapshots: [{name: users_s, from: users}, {name: items_s, from: items}]
training_sets:
  - name: prices
    entities: {snapshot: items_s}
    features: [{column: items_s.price}]
    label: {column: items_s.price, as: price_then}
`, owner, column, owner))
	require.NoError(t, mistakes.Err())
	return d
}

// Entity rows hold keys of several columns, and of rows that their entities refer to, also of
// entities that history does not have, and under the names that the columns had then.
func TestWhatEntityRowsReferTo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		now, table, key string
		left            []string
	}{
		"their own key":           {"", "items", "a/1", []string{"a|9", "b|1"}},
		"what they refer to":      {"", "users", "a", []string{"b|1"}},
		"by another name since":   {"buyer", "users", "a", []string{"b|1"}},
		"their key, by that name": {"buyer", "items", "a/9", []string{"a|1", "b|1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, d := newSuite(t), ordering(t, "")
			for _, asOf := range []string{january, february} {
				s.deliver(t, d, asOf, map[string]string{"users": "values ('a'), ('b')", "items": "values ('a', 1, 1.5), ('b', 1, 2)"}).history()
			}
			s.trained(t, &snapshotv1.BuildTrainingSetRequest{
				Dataset: d.GetName(), TrainingSet: "prices", RequestedBy: "a test", Declaration: d, DatasetVersion: dataset.Hash(d),
				EntityRows: &snapshotv1.EntityRows{Csv: "owner,n,event_timestamp\na,1,2024-01-31\na,9,2024-01-31\nb,01,2024-01-31\n"},
				Waive:      []string{"LABEL_AMONG_FEATURES", "LABEL_COVERAGE_LOW", "FEATURE_LIFT_HIGH"},
			})

			s.erase(t, ordering(t, test.now), "run_e", test.table, test.key).went(t)

			require.Equal(t, test.left, s.db.Rows(t, "select key[1], key[2] from sf_snapshot.training_set_entity order by 1, 2"))
		})
	}
}

// The service takes no entity rows away but with a record of it.
func TestEntityRowsGoByErasesAlone(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	s.trained(t, asked(askedRows))
	_, err := s.erase(t, people(), "run_e", "persons", "a").do(stepv1.ErasePhase_ERASE_PHASE_ERASE)
	require.NoError(t, err)
	pool := s.db.Pool(t, "sf_snapshot")
	for sql, says := range map[string]string{
		"delete from sf_snapshot.training_set_entity":             "immutable",
		"update sf_snapshot.training_set_entity set key[1] = 'z'": "permission denied",
		"update sf_snapshot.entities_erased set rows = 1":         "permission denied",
		"update sf_snapshot.training_set_entities set rows = 2":   "permission denied",
		"delete from sf_snapshot.entities_erased":                 "permission denied",
		"truncate sf_snapshot.training_set_entity":                "permission denied",
	} {
		_, err := pool.Exec(t.Context(), sql)

		require.ErrorContains(t, err, says, sql)
	}
}
