package fold

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// rule says that the failure of an expectation follows from a finding of ingest's.
type rule struct {
	// cause is the reason of ingest's finding.
	cause problem.Reason
	// kind is the expectation's; empty of rows without a parent, which ingest finds.
	kind string
	// same says whether they are about the same thing.
	same func(d *datasetv1.Dataset, cause, effect *stepv1.Finding) bool
}

// rules are all there are. A rule belongs here where the expectation cannot hold while
// the cause stands, and is judged anew once that is mended.
var rules = []rule{
	// A column that the header lacks, or has besides, is what the column set is about.
	{problem.HeaderMismatch, expectation.TableColumnsToMatchSet, sameTable},
	// A reference is declared, and expected once more: the same rows.
	{problem.OrphanedRows, expectation.ColumnValuesToBeInOtherTable, sameReference},
	// The rows that are expected in the other table were delivered, and rejected.
	{problem.RowsRejected, expectation.ColumnValuesToBeInOtherTable, rejectedThere},
	// A key is declared, and expected to be unique.
	{problem.DuplicateKeys, expectation.ColumnValuesToBeUnique, wholeKey},
	// The rows that are referred to, or expected, were cut off with the end of their file.
	{problem.DeparturesOverLimit, "", departedParents},
	{problem.DeparturesOverLimit, expectation.ColumnValuesToBeInOtherTable, departedThere},
}

// mayFollow says whether a finding is of those that may follow from another one.
func mayFollow(f *stepv1.Finding) bool {
	return f.GetExpectation() != "" || f.GetReason() == string(problem.OrphanedRows)
}

func explains(d *datasetv1.Dataset, cause, effect *stepv1.Finding) bool {
	return slices.ContainsFunc(rules, func(r rule) bool {
		return string(r.cause) == cause.GetReason() && r.kind == effect.GetExpectation() && r.same(d, cause, effect)
	})
}

// departedParents says whether rows without a parent may all be those of keys that departed
// from the parent's table.
func departedParents(d *datasetv1.Dataset, cause, effect *stepv1.Finding) bool {
	table := dataset.TableByName(d, effect.GetTable())
	return noMoreThanDeparted(cause, effect) && slices.ContainsFunc(table.GetReferences(), func(r *datasetv1.Reference) bool {
		return r.GetTable() == cause.GetTable() && strings.Join(r.GetColumns(), ", ") == effect.GetColumn()
	})
}

// departedThere says whether the values that are missing in another table may all be keys
// that departed from it.
func departedThere(d *datasetv1.Dataset, cause, effect *stepv1.Finding) bool {
	other := dataset.TableByName(d, cause.GetTable())
	return noMoreThanDeparted(cause, effect) && slices.ContainsFunc(expected(dataset.TableByName(d, effect.GetTable()), effect), func(e *datasetv1.Expectation) bool {
		return text(e, "other_table") == other.GetName() && slices.Equal(other.GetKey(), []string{text(e, "other_column")})
	})
}

// noMoreThanDeparted says whether as many keys departed as rows are concerned; and, where all
// of the keys are listed, whether each row that is listed has one of them.
func noMoreThanDeparted(cause, effect *stepv1.Finding) bool {
	if effect.GetCount() == 0 || effect.GetCount() > cause.GetCount() {
		return false
	}
	if int64(len(cause.GetRows())) < cause.GetCount() {
		return true
	}
	return !slices.ContainsFunc(effect.GetRows(), func(row *stepv1.RowLocation) bool {
		return !slices.ContainsFunc(cause.GetRows(), func(departed *stepv1.RowLocation) bool {
			return strings.Join(departed.GetKey(), ", ") == row.GetValue()
		})
	})
}

func sameTable(_ *datasetv1.Dataset, cause, effect *stepv1.Finding) bool {
	return cause.GetTable() == effect.GetTable()
}

func wholeKey(d *datasetv1.Dataset, cause, effect *stepv1.Finding) bool {
	return cause.GetTable() == effect.GetTable() && slices.Equal(dataset.TableByName(d, effect.GetTable()).GetKey(), []string{effect.GetColumn()})
}

// sameReference says whether what is expected of the column is a reference of its
// table. A column may be expected in a table that it does not refer to as well; then
// nobody knows of which the finding is.
func sameReference(d *datasetv1.Dataset, cause, effect *stepv1.Finding) bool {
	if cause.GetTable() != effect.GetTable() || cause.GetColumn() != effect.GetColumn() {
		return false
	}
	table := dataset.TableByName(d, effect.GetTable())
	for _, e := range expected(table, effect) {
		if !refers(d, table, effect.GetColumn(), text(e, "other_table"), text(e, "other_column")) {
			return false
		}
	}
	return true
}

// rejectedThere says whether every value that is missing in another table is the key of
// a row that was rejected there. It is sure of that only where both list all their rows.
func rejectedThere(d *datasetv1.Dataset, cause, effect *stepv1.Finding) bool {
	other := dataset.TableByName(d, cause.GetTable())
	all := int64(len(effect.GetRows())) == effect.GetCount() && effect.GetCount() > 0
	if !all || !slices.ContainsFunc(expected(dataset.TableByName(d, effect.GetTable()), effect), func(e *datasetv1.Expectation) bool {
		return text(e, "other_table") == other.GetName() && slices.Equal(other.GetKey(), []string{text(e, "other_column")})
	}) {
		return false
	}
	return !slices.ContainsFunc(effect.GetRows(), func(missing *stepv1.RowLocation) bool {
		return !slices.ContainsFunc(cause.GetRows(), func(rejected *stepv1.RowLocation) bool {
			return missing.GetValue() != personal.Hidden && slices.Equal(rejected.GetKey(), []string{missing.GetValue()})
		})
	})
}

// expected are the expectations of the table that a finding may be of.
func expected(t *datasetv1.Table, f *stepv1.Finding) []*datasetv1.Expectation {
	var all []*datasetv1.Expectation
	for _, e := range t.GetExpectations() {
		if e.GetType() == f.GetExpectation() && text(e, "column") == f.GetColumn() {
			all = append(all, e)
		}
	}
	return all
}

func text(e *datasetv1.Expectation, argument string) string {
	return e.GetKwargs().GetFields()[argument].GetStringValue()
}

// refers says whether a column of the table is declared to hold the key of another.
func refers(d *datasetv1.Dataset, t *datasetv1.Table, column, other, otherColumn string) bool {
	return slices.ContainsFunc(t.GetReferences(), func(r *datasetv1.Reference) bool {
		return r.GetTable() == other && slices.Equal(r.GetColumns(), []string{column}) &&
			slices.Equal(dataset.TableByName(d, other).GetKey(), []string{otherColumn})
	})
}
