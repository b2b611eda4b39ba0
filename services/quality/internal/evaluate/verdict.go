package evaluate

import (
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
)

// counts are those of every pass of a plan, by pass and position.
type counts [][]int64

func (c counts) at(s compile.Slot) int64 { return c[s.Pass][s.Position] }

func (c counts) rows() int64 { return c.at(compile.Slot{}) }

// judge makes the outcome of a check out of its counts.
func judge(c *compile.Check, n counts) Outcome {
	o := Outcome{Elements: n.rows()}
	switch c.Kind() {
	case expectation.TableRowCountToBeBetween:
		o.Holds = within(o.Elements, c.Args.MinRows, c.Args.MaxRows)
		return o
	case expectation.ColumnValuesToNotBeNull:
		// Here a NULL is what the rule is about, and not a value that is missing.
		o.Unexpected = o.Elements - n.at(c.Present)
	default:
		o.Missing = o.Elements - n.at(c.Present)
		o.Unexpected = n.at(c.Unexpected)
	}
	o.Holds = mostly(o.Elements-o.Missing, o.Unexpected, c.Args.Mostly)
	return o
}

func within(n int64, least, most *int64) bool {
	return (least == nil || n >= *least) && (most == nil || n <= *most)
}

// mostly is true where the share of the judged rows that meet the rule is at least
// the one asked for, and where there is none to judge. A quotient of two counts
// rounds to the same double as the decimal that a person writes for it, so that
// 9 of 10 are 0.9 and not a little less.
func mostly(judged, unexpected int64, share float64) bool {
	if judged == 0 || unexpected == 0 {
		return true
	}
	return float64(judged-unexpected)/float64(judged) >= share
}
