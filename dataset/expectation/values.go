package expectation

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/dataset/calendar"
	"github.com/streamflow/streamflow/dataset/columntype"
)

// columnValues is what the rules know of the values of a type.
type columnValues struct {
	// fits says why a bound, or a value of a set, is none of the type, or nil. What it
	// lets pass, PostgreSQL casts to the type; a test casts it.
	fits func(Value) error
	// order compares two values that fit; nil where values have no order.
	order func(a, b Value) int
}

// valuesOf has every type that a column may have.
var valuesOf = map[columntype.Name]columnValues{
	columntype.Text:            {fitsText, byText},
	columntype.VarChar:         {fitsText, byText},
	columntype.Char:            {fitsText, byTextWithoutBlanks},
	columntype.SmallInt:        {fitsWhole(16), byNumber},
	columntype.Integer:         {fitsWhole(32), byNumber},
	columntype.BigInt:          {fitsWhole(64), byNumber},
	columntype.Numeric:         {fitsDecimal, byNumber},
	columntype.Real:            {fitsBinary(32, "real"), byNumber},
	columntype.DoublePrecision: {fitsBinary(64, "double"), byNumber},
	columntype.Boolean:         {fitsTruth, nil},
	columntype.Date:            {fitsDate, byText}, // YYYY-MM-DD orders as text does
	columntype.Timestamp:       {fitsTimestamp, byTimestamp},
	columntype.TimestampTZ:     {fitsInstant, byInstant},
	columntype.UUID:            {fitsUUID, byTextOfAnyCase},
	columntype.JSONB:           {fitsNothing, nil},
}

// fits says why a value is none of the column's type, or nil: of another kind, or beyond
// what the limits of the type let into the column.
func fits(value Value, columnType columntype.Type) error {
	if err := valuesOf[columnType.Name].fits(value); err != nil {
		return err
	}
	switch {
	case columnType.Length > 0:
		return fitsLength(value, columnType)
	case columnType.Precision > 0:
		return fitsPrecision(value, columnType)
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

func fitsTruth(value Value) error {
	if value.Kind != TruthValue {
		return fmt.Errorf("expected true or false, found %s", value)
	}
	return nil
}

func fitsDate(value Value) error {
	_, err := calendar.ParseDay(value.Text)
	var none *calendar.NoSuchDayError
	switch {
	case errors.As(err, &none):
		return fmt.Errorf("expected a date, and %w", none)
	case err != nil:
		return fmt.Errorf("expected a date as YYYY-MM-DD, found %s", value)
	}
	return nil
}

func fitsDecimal(value Value) error {
	if _, ok := plain(value.Text); value.Kind == TruthValue || !ok {
		return fmt.Errorf("expected a decimal number, found %s", value)
	}
	return nil
}

// fitsWhole refuses an exponent, as in rows: PostgreSQL casts no such text to a whole number.
func fitsWhole(bits int) func(Value) error {
	return func(value Value) error {
		if err := fitsDecimal(value); err != nil {
			return err
		}
		if _, err := strconv.ParseInt(value.Text, 10, bits); err == nil {
			return nil
		}
		written, _ := plain(value.Text)
		if _, err := strconv.ParseInt(written, 10, bits); err == nil {
			return fmt.Errorf("expected a whole number of %d bits, without an exponent, found %s: write %s", bits, value, written)
		}
		return fmt.Errorf("expected a whole number of %d bits, found %s", bits, value)
	}
}

// fitsBinary refuses what PostgreSQL refuses to cast: a number too large, and one so
// small that nothing but 0 would be left of it.
func fitsBinary(bits int, name string) func(Value) error {
	return func(value Value) error {
		if err := fitsDecimal(value); err != nil {
			return err
		}
		held, err := strconv.ParseFloat(value.Text, bits)
		switch {
		case err != nil:
			largest := map[int]float64{32: math.MaxFloat32, 64: math.MaxFloat64}[bits]
			return fmt.Errorf("expected a number that a %s holds, up to %s in size, found %s", name, strconv.FormatFloat(largest, 'g', -1, bits), value)
		case held == 0 && !isZero(value.Text):
			return fmt.Errorf("expected a number that a %s holds, found %s, which is too near to 0: write 0", name, value)
		}
		return nil
	}
}

func byText(a, b Value) int { return strings.Compare(a.Text, b.Text) }

func byNumber(a, b Value) int {
	x, _ := new(big.Rat).SetString(a.Text) // both fit, so both are decimals, and not long
	y, _ := new(big.Rat).SetString(b.Text)
	return x.Cmp(y)
}
