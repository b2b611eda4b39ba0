package expectation

import (
	"fmt"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Args are the arguments of an expectation. Those that its kind does not take,
// or that are not given and have no default, are zero.
type Args struct {
	// Column whose values are judged.
	Column string
	// ColumnSet are the columns of expect_table_columns_to_match_set.
	ColumnSet []string
	// ExactMatch is true where no column besides the set may be delivered.
	ExactMatch bool
	// MinValue and MaxValue bound a column's values; nil where there is no bound.
	MinValue, MaxValue *Value
	// StrictMin and StrictMax exclude the bound itself.
	StrictMin, StrictMax bool
	// MinRows and MaxRows bound the number of rows; nil where there is no bound.
	MinRows, MaxRows *int64
	// ValueSet are the values that may occur.
	ValueSet []Value
	// OtherTable and OtherColumn are where values must be found.
	OtherTable, OtherColumn string
	// Mostly is the share of the judged rows, 0 to 1, that must meet the rule.
	Mostly float64
}

// defaults are the arguments of a kind of which none is given.
func (k Kind) defaults() Args {
	var args Args
	if _, takes := k.Argument("exact_match"); takes {
		args.ExactMatch = true
	}
	if _, takes := k.Argument("mostly"); takes {
		args.Mostly = 1
	}
	return args
}

// Decode returns the arguments of an expectation. It fails where the kind or an
// argument is unknown, missing or of the wrong type; whether they fit the table,
// Check says.
func Decode(e *datasetv1.Expectation) (Args, error) {
	args, mistakes := decode(new(nearest.Guesses), e)
	if len(mistakes) > 0 {
		return Args{}, fmt.Errorf("expectation %q: %s: %s", e.GetType(), mistakes[0].Path, mistakes[0].Message)
	}
	return args, nil
}

// set puts one argument in its place, or says what was expected instead.
func (a *Args) set(argument Argument, value *structpb.Value) error {
	var err error
	switch argument.Name {
	case "column":
		a.Column, err = name(value, "the name of a column")
	case "column_set":
		a.ColumnSet, err = columnNames(value)
	case "exact_match":
		a.ExactMatch, err = flag(value)
	case "strict_min":
		a.StrictMin, err = flag(value)
	case "strict_max":
		a.StrictMax, err = flag(value)
	case "min_value":
		err = bound(argument, value, &a.MinValue, &a.MinRows)
	case "max_value":
		err = bound(argument, value, &a.MaxValue, &a.MaxRows)
	case "value_set":
		a.ValueSet, err = values(value)
	case "other_table":
		a.OtherTable, err = name(value, "the name of a table")
	case "other_column":
		a.OtherColumn, err = name(value, "the name of a column")
	case "mostly":
		a.Mostly, err = share(value)
	default:
		err = fmt.Errorf("argument %s is in the catalogue and has no place in Args", argument.Name)
	}
	return err
}

// bound is a number of rows for a table's count, and a value for a column's values.
func bound(argument Argument, from *structpb.Value, value **Value, rows **int64) error {
	if argument.Type == CountArgument {
		n, err := count(from)
		*rows = &n
		return err
	}
	v, err := newValue(from)
	*value = &v
	return err
}

// OtherTable is the table that an expectation looks in; empty where it looks in none but
// its own.
func OtherTable(e *datasetv1.Expectation) string {
	return e.GetKwargs().GetFields()["other_table"].GetStringValue()
}
