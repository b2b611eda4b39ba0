// Package lift measures how well one column alone predicts a label. A feature that does
// so better than any honest one knows it: it was written after the label, or is made of
// it. For a label of two values it is the area under the ROC curve minus a half, for
// others R². The package looks at numbers alone, and reads nothing.
package lift

import "math"

// How few rows are judged. Under it a column that knows nothing often looks as if it
// knew all, by chance.
const (
	minRows  = 20
	minClass = 5
)

// maxClasses is how many values of a label of many are told apart, the most frequent.
const maxClasses = 20

// Column holds the values of a column, one per row. Of a column that is not Numeric the
// values are names: they are the same or they are not, and have no order.
type Column struct {
	Numeric bool
	Values  []float64
	// Missing is true of the rows that have no value.
	Missing []bool
}

// Judged says whether a label can be judged by: there are enough rows, none of them
// missing, and at least two values with some rows each.
func Judged(label Column) bool {
	if len(label.Values) < minRows {
		return false
	}
	counts := counted(label.Values)
	if len(counts) != 2 {
		return len(counts) > 2
	}
	return min(counts[0].rows, counts[1].rows) >= minClass
}

// Binary says whether a label has exactly two values.
func Binary(label Column) bool { return len(counted(label.Values)) == 2 }

// Of is how well a feature alone predicts the label: 0 to 0.5 where the label has two
// values, 0 to 1 otherwise. The label has no missing values.
func Of(feature, label Column) float64 {
	counts := counted(label.Values)
	switch {
	case len(counts) < 2:
		return 0
	case len(counts) == 2:
		return area(feature, indicator(label.Values, counts[0].value))
	case label.Numeric:
		return explained(feature, label.Values)
	}
	best := 0.0
	for _, c := range counts[:min(len(counts), maxClasses)] {
		best = math.Max(best, explained(feature, indicator(label.Values, c.value)))
	}
	return best
}

// OneToOne says whether each value of the feature stands for one of the label and the
// other way round, and some of them more than once: two columns of which every value is
// another one are that by nature, and copies only where they are equal. A missing value
// counts as one more.
func OneToOne(feature, label Column) bool {
	there, back := map[cell]cell{}, map[cell]cell{}
	same := true
	for i := range label.Values {
		f, l := feature.cell(i), label.cell(i)
		if known, ok := there[f]; ok && known != l {
			return false
		}
		if known, ok := back[l]; ok && known != f {
			return false
		}
		there[f], back[l] = l, f
		same = same && f == l
	}
	return len(there) > 1 && (same || len(there) < len(label.Values))
}

// cell is a value, or that there is none.
type cell struct {
	bits    uint64
	missing bool
}

func (c Column) cell(row int) cell {
	if c.Missing[row] {
		return cell{missing: true}
	}
	return cell{bits: math.Float64bits(c.Values[row])}
}
