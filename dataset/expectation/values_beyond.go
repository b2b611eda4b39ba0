package expectation

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/streamflow/streamflow/dataset/columntype"
)

// occurs says why a value of a set can be none that the column holds, or nil. Unlike a
// bound, which may lie between two values, it has no more digits than the column.
func occurs(value Value, columnType columntype.Type) error {
	if err := fits(value, columnType); err != nil {
		return err
	}
	if columnType.Name == columntype.VarChar && utf8.RuneCountInString(value.Text) > columnType.Length {
		return fmt.Errorf("expected a text of at most %d characters, blanks at its end included, found %s", columnType.Length, value)
	}
	_, behind := digits(value)
	if columnType.Precision > 0 && behind > columnType.Scale {
		return fmt.Errorf("expected a number with %s behind the point, found %s, which no row can hold", atMostDigits(columnType.Scale), value)
	}
	return nil
}

// fitsLength counts characters. PostgreSQL cuts blanks at the end off that are too many.
func fitsLength(value Value, columnType columntype.Type) error {
	if utf8.RuneCountInString(strings.TrimRight(value.Text, " ")) > columnType.Length {
		return fmt.Errorf("expected a text of at most %d characters, found %s", columnType.Length, value)
	}
	return nil
}

// fitsPrecision refuses a number that is larger than any of numeric(p,s): as an upper
// bound it would refuse nothing, and as a lower one everything.
func fitsPrecision(value Value, columnType columntype.Type) error {
	room := columnType.Precision - columnType.Scale
	if before, _ := digits(value); before > room {
		return fmt.Errorf("expected a number with %s before the point, found %s, which no row can hold", atMostDigits(room), value)
	}
	return nil
}

// digits counts those of a decimal before and behind its point, without zeros that mean
// nothing.
func digits(value Value) (before, behind int) {
	written, _ := plain(value.Text) // it fits
	whole, fraction, _ := strings.Cut(strings.TrimLeft(written, "+-"), ".")
	return len(strings.TrimLeft(whole, "0")), len(strings.TrimRight(fraction, "0"))
}

func atMostDigits(n int) string {
	switch n {
	case 0:
		return "no digit but 0"
	case 1:
		return "at most 1 digit"
	}
	return fmt.Sprintf("at most %d digits", n)
}
