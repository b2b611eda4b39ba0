package registry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/diff"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
)

func staff(columns ...*datasetv1.Column) *datasetv1.Dataset {
	return &datasetv1.Dataset{Name: "staff", Tables: []*datasetv1.Table{{
		Name: "staff", Key: []string{"k"}, Columns: append([]*datasetv1.Column{{Name: "k", Type: "integer"}}, columns...),
	}}}
}

func text(name, from string) *datasetv1.Column {
	return &datasetv1.Column{Name: name, Type: "text", RenamedFrom: from}
}

// stands is what is seen of staff.
func stands(c *stepv1.RelationCheck) step.Survey {
	c.Name, c.Relation, c.Exists, c.HasRows = "staff", &stepv1.Relation{Schema: "public", Name: "staff"}, true, true
	return step.Survey{Tables: []*stepv1.RelationCheck{c}}
}

func difference(column, found, mend string) []*stepv1.RelationDifference {
	return []*stepv1.RelationDifference{{Column: column, Found: found, Mend: mend}}
}

// ofName is a difference of what columns are called, which renames them.
func ofName(column, found, mend string, renames ...*stepv1.ColumnRename) []*stepv1.RelationDifference {
	return []*stepv1.RelationDifference{{Column: column, Found: found, Mend: mend, Renames: renames, OfName: true}}
}

func to(from, to string) *stepv1.ColumnRename { return &stepv1.ColumnRename{From: from, To: to} }

// A rename is weighed by what stands of its name, and not by what else is of its column.
func TestRenamesAreWeighedByTheTables(t *testing.T) {
	t.Parallel()
	wide := text("team", "dept")
	wide.Type = "varchar(9)"
	narrow := text("dept", "")
	narrow.Type = "varchar(5)"
	hangs := difference("team", "expected column team to be character varying(9), found character varying(5), and view v hangs on it", "drop view v")
	renames := ofName("team", "expected a column team, found it as dept, from which it is renamed", `alter table "public"."staff" rename column "dept" to "team"`, to("dept", "team"))
	for name, tc := range map[string]struct {
		before, after *datasetv1.Dataset
		check         *stepv1.RelationCheck
		want          map[string]diff.Class // by field
		note          string                // of the first change
	}{
		"a rename that was carried out, where the type is in the way": {staff(narrow), staff(wide), &stepv1.RelationCheck{Differences: hangs},
			map[string]diff.Class{"name": diff.Metadata, "type": diff.Refused}, isSo},
		"a rename that is due, where the type is in the way": {staff(narrow), staff(wide), &stepv1.RelationCheck{Differences: hangs, Expansions: renames},
			map[string]diff.Class{"name": diff.Expanding, "type": diff.Refused}, "renamed by the next run"},
		"a rename of which both names stand": {staff(text("dept", "")), staff(text("team", "dept")),
			&stepv1.RelationCheck{Differences: ofName("team", "expected a column team, or dept, from which it is renamed, found both", "drop one")},
			map[string]diff.Class{"name": diff.Refused}, byPerson},
		"an exchange": {staff(text("a", ""), text("b", "")), staff(text("a", "b"), text("b", "a")),
			&stepv1.RelationCheck{Expansions: ofName("", "expected columns that exchange their names",
				`alter table t rename column "b" to "sf_renamed"; alter table t rename column "a" to "b"; alter table t rename column "sf_renamed" to "a"`, to("b", "a"), to("a", "b"))},
			map[string]diff.Class{"name": diff.Expanding}, "renamed by the next run"},
		"an exchange that was carried out": {staff(text("a", ""), text("b", "")), staff(text("a", "b"), text("b", "a")), &stepv1.RelationCheck{},
			map[string]diff.Class{"name": diff.Metadata}, isSo},
		"one of which the version between had no run": {staff(text("town", "city")), staff(text("place", "city")),
			&stepv1.RelationCheck{Expansions: ofName("place", "expected a column place, found it as city, from which it is renamed", `alter table t rename column "city" to "place"`, to("city", "place"))},
			map[string]diff.Class{"": diff.Expanding}, "the next run renames it from city, with all values"},
	} {
		changes := settle(diff.Compare(tc.before, tc.after), tc.after, stands(tc.check))
		require.NotEmpty(t, changes, name)
		require.Contains(t, changes[0].Note, tc.note, name)
		for _, c := range changes {
			if c.Action != diff.Removed && c.Field != "order of columns" {
				require.Equal(t, tc.want[c.Field], c.Class, "%s: %s", name, c)
			}
		}
	}
}

// Who deletes a dataset and applies it again goes on with its tables; another version that
// declares an exchange which was carried out is asked what is meant.
func TestAnExchangeOfADatasetThatIsAppliedAgain(t *testing.T) {
	t.Parallel()
	ring := staff(text("a", "b"), text("b", "a"))
	now := stands(&stepv1.RelationCheck{}).All()

	again := &judgement{after: ring}
	again.exchanges(now)
	once := &judgement{before: staff(text("a", ""), text("b", "")), after: ring}
	once.exchanges(now)

	require.Empty(t, again.found)
	require.Len(t, once.found, 1)
	require.Contains(t, once.found[0].Description, "leave renamed_from out where that exchange is meant")
}
