package expectation

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/types/known/structpb"
)

// ValueKind says how a value was written.
type ValueKind string

// The kinds of values.
const (
	// NumberValue was written as a number.
	NumberValue ValueKind = "number"
	// TextValue was written as a text, which may be that of a decimal or a date.
	TextValue ValueKind = "text"
	// TruthValue was written as true or false.
	TruthValue ValueKind = "truth value"
)

// Value is a bound, or a value of a set.
type Value struct {
	// Kind says how it was written.
	Kind ValueKind
	// Text is the value as PostgreSQL reads it, for a cast to the column's type:
	// a number in plain decimals (no exponent) with every digit, true or false,
	// or the text itself.
	Text string
}

// String quotes a text, and leaves the others as they are.
func (v Value) String() string {
	if v.Kind == TextValue {
		return strconv.Quote(v.Text)
	}
	return v.Text
}

// newValue reads a number, a text or a truth value.
func newValue(from *structpb.Value) (Value, error) {
	switch kind := from.GetKind().(type) {
	case *structpb.Value_NumberValue:
		if math.IsNaN(kind.NumberValue) || math.IsInf(kind.NumberValue, 0) {
			return Value{}, fmt.Errorf("expected a finite number, found %v", kind.NumberValue)
		}
		return Value{Kind: NumberValue, Text: strconv.FormatFloat(kind.NumberValue, 'f', -1, 64)}, nil
	case *structpb.Value_StringValue:
		return Value{Kind: TextValue, Text: kind.StringValue}, nil
	case *structpb.Value_BoolValue:
		return Value{Kind: TruthValue, Text: strconv.FormatBool(kind.BoolValue)}, nil
	}
	return Value{}, fmt.Errorf("expected a number, a text or a truth value, found %s", describe(from))
}

// values reads a list of values, at least one.
func values(from *structpb.Value) ([]Value, error) {
	items, err := list(from, "values")
	if err != nil {
		return nil, err
	}
	set := make([]Value, 0, len(items))
	for i, item := range items {
		value, err := newValue(item)
		if err != nil {
			return nil, &elementError{i, err}
		}
		set = append(set, value)
	}
	return set, nil
}

// columnNames reads a list of names, at least one.
func columnNames(from *structpb.Value) ([]string, error) {
	items, err := list(from, "columns")
	if err != nil {
		return nil, err
	}
	set := make([]string, 0, len(items))
	for i, item := range items {
		column, err := name(item, "the name of a column")
		if err != nil {
			return nil, &elementError{i, err}
		}
		set = append(set, column)
	}
	return set, nil
}

func list(from *structpb.Value, of string) ([]*structpb.Value, error) {
	if _, ok := from.GetKind().(*structpb.Value_ListValue); !ok {
		return nil, fmt.Errorf("expected a list of %s, found %s", of, describe(from))
	}
	items := from.GetListValue().GetValues()
	if len(items) == 0 {
		return nil, errors.New("expected at least one of the " + of + ", found an empty list")
	}
	return items, nil
}

func name(from *structpb.Value, what string) (string, error) {
	text, ok := from.GetKind().(*structpb.Value_StringValue)
	if !ok || text.StringValue == "" {
		return "", fmt.Errorf("expected %s, found %s", what, describe(from))
	}
	return text.StringValue, nil
}

func flag(from *structpb.Value) (bool, error) {
	truth, ok := from.GetKind().(*structpb.Value_BoolValue)
	if !ok {
		return false, fmt.Errorf("expected true or false, found %s", describe(from))
	}
	return truth.BoolValue, nil
}

func share(from *structpb.Value) (float64, error) {
	number, ok := from.GetKind().(*structpb.Value_NumberValue)
	if !ok || !(number.NumberValue >= 0 && number.NumberValue <= 1) { // NaN is refused too
		return 0, fmt.Errorf("expected a share from 0 to 1, found %s", describe(from))
	}
	return number.NumberValue, nil
}

// count reads a whole number from 0 up to what a double counts exactly.
func count(from *structpb.Value) (int64, error) {
	number, ok := from.GetKind().(*structpb.Value_NumberValue)
	if !ok || number.NumberValue < 0 || number.NumberValue > 1<<53 || number.NumberValue != math.Trunc(number.NumberValue) {
		return 0, fmt.Errorf("expected a whole number of rows from 0, found %s", describe(from))
	}
	return int64(number.NumberValue), nil
}

// elementError is an error about one element of a list.
type elementError struct {
	index int
	err   error
}

// Error says what is wrong with the element; which one it is stands in index.
func (e *elementError) Error() string { return e.err.Error() }

// describe says in words what a value is.
func describe(value *structpb.Value) string {
	switch kind := value.GetKind().(type) {
	case *structpb.Value_NumberValue:
		return "the number " + strconv.FormatFloat(kind.NumberValue, 'g', -1, 64)
	case *structpb.Value_StringValue:
		return fmt.Sprintf("the text %q", kind.StringValue)
	case *structpb.Value_BoolValue:
		return fmt.Sprintf("the truth value %t", kind.BoolValue)
	case *structpb.Value_ListValue:
		return "a list"
	case *structpb.Value_StructValue:
		return "a mapping"
	}
	return "nothing"
}
