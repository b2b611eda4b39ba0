package expectation

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/streamflow/streamflow/dataset/columntype"
)

// checkBetween refuses bounds that do not fit the column or that nothing meets.
func checkBetween(j *judgement) {
	low, high := j.args.MinValue, j.args.MaxValue
	if low == nil && high == nil {
		j.wrong("kwargs", "expected min_value, max_value or both, found neither")
	}
	if !j.typed {
		return
	}
	if j.columnType.Name == columntype.Boolean {
		j.wrong("kwargs.column", "expected a column whose values have an order, found %q, which is boolean: "+
			"use %s", j.args.Column, ColumnValuesToBeInSet)
		return
	}
	lowFits, highFits := j.boundFits("min_value", low), j.boundFits("max_value", high)
	if low == nil || high == nil || !lowFits || !highFits {
		return
	}
	order := compare(*low, *high, j.columnType)
	if order > 0 {
		j.wrong("kwargs.min_value", "expected at most max_value %s, found %s", high, low)
	}
	if order == 0 && (j.args.StrictMin || j.args.StrictMax) {
		j.wrong("kwargs.min_value", "expected less than max_value %s, since a bound is strict, found %s", high, low)
	}
}

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

// decimal is how a number is written as a text; longestNumber is more digits
// than a double's smallest number has, and few enough to compare in no time.
var decimal = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?$`)

const longestNumber = 1100

// fits says why a value is none of the column's type, or nil.
func fits(value Value, columnType columntype.Type) error {
	switch columnType.Name {
	case columntype.Text:
		return fitsText(value)
	case columntype.Boolean:
		if value.Kind != TruthValue {
			return fmt.Errorf("expected true or false, found %s", value)
		}
		return nil
	case columntype.Date:
		return fitsDate(value)
	case columntype.Integer, columntype.BigInt, columntype.Numeric, columntype.DoublePrecision:
		return fitsNumber(value, columnType)
	}
	return nil
}

func fitsText(value Value) error {
	if value.Kind != TextValue {
		return fmt.Errorf("expected a text, found %s: put it in quotes", value)
	}
	if strings.ContainsRune(value.Text, 0) {
		return errors.New("expected a text, found one with a NUL character, which PostgreSQL does not hold")
	}
	return nil
}

func fitsDate(value Value) error {
	day, err := time.Parse(time.DateOnly, value.Text)
	if err != nil || day.Year() < 1 {
		return fmt.Errorf("expected a date as YYYY-MM-DD, found %s", value)
	}
	return nil
}

func fitsNumber(value Value, columnType columntype.Type) error {
	if value.Kind == TruthValue || !decimal.MatchString(value.Text) || len(value.Text) > longestNumber {
		return fmt.Errorf("expected a decimal number, found %s", value)
	}
	switch columnType.Name {
	case columntype.Integer:
		if _, err := strconv.ParseInt(value.Text, 10, 32); err != nil {
			return fmt.Errorf("expected a whole number of 32 bits, found %s", value)
		}
	case columntype.BigInt:
		if _, err := strconv.ParseInt(value.Text, 10, 64); err != nil {
			return fmt.Errorf("expected a whole number of 64 bits, found %s", value)
		}
	case columntype.DoublePrecision:
		if _, err := strconv.ParseFloat(value.Text, 64); err != nil {
			return fmt.Errorf("expected a number that a double holds, found %s", value)
		}
	default:
		// numeric holds any of them
	}
	return nil
}

// compare orders two values that fit the type.
func compare(a, b Value, columnType columntype.Type) int {
	if !columnType.IsNumber() {
		return strings.Compare(a.Text, b.Text) // dates too: YYYY-MM-DD orders as text does
	}
	x, _ := new(big.Rat).SetString(a.Text) // both fit, so both are decimals
	y, _ := new(big.Rat).SetString(b.Text)
	return x.Cmp(y)
}
