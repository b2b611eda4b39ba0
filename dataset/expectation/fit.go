package expectation

import "github.com/streamflow/streamflow/dataset/columntype"

// checkBetween refuses bounds that do not fit the column or that nothing meets.
func checkBetween(j *judgement) {
	low, high := j.args.MinValue, j.args.MaxValue
	if low == nil && high == nil {
		j.unbounded()
	}
	if !j.typed {
		return
	}
	if valuesOf[j.columnType.Name].order == nil {
		j.wrong("kwargs.column", "expected a column whose values have an order, found %q, which is %s%s",
			j.args.Column, j.columnType, insteadOfBounds[j.columnType.Name])
		return
	}
	lowFits, highFits := j.boundFits("min_value", low), j.boundFits("max_value", high)
	if low == nil || high == nil || !lowFits || !highFits {
		return
	}
	order := valuesOf[j.columnType.Name].order(*low, *high)
	if order > 0 {
		j.wrong("kwargs.min_value", "expected at most max_value %s, found %s", high, low)
	}
	if order == 0 && (j.args.StrictMin || j.args.StrictMax) {
		j.wrong("kwargs.min_value", "expected less than max_value %s, since a bound is strict, found %s", high, low)
	}
}

// insteadOfBounds says what to use for a type without an order.
var insteadOfBounds = map[columntype.Name]string{columntype.Boolean: ": use " + ColumnValuesToBeInSet}

func (j *judgement) boundFits(argument string, bound *Value) bool {
	if bound == nil {
		return true
	}
	err := fits(*bound, j.columnType)
	if err != nil {
		j.wrong("kwargs."+argument, "column %q is %s: %s", j.args.Column, j.columnType, err)
	}
	return err == nil
}
