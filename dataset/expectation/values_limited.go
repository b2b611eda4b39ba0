package expectation

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/streamflow/streamflow/dataset/timestamp"
)

func fitsTimestamp(value Value) error {
	if _, fault := timestamp.Local([]byte(value.Text)); fault != timestamp.OK {
		return fmt.Errorf("expected a timestamp as YYYY-MM-DD hh:mm:ss, without an offset, found %s", value)
	}
	return nil
}

// fitsInstant wants an offset in every value: the column's time_zone is for its file.
func fitsInstant(value Value) error {
	if _, fault := timestamp.Instant([]byte(value.Text), nil); fault != timestamp.OK {
		return fmt.Errorf("expected a timestamp with its offset, such as 2024-01-31 12:00:00+01:00, found %s", value)
	}
	return nil
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func fitsUUID(value Value) error {
	if value.Kind != TextValue || !uuid.MatchString(value.Text) {
		return fmt.Errorf("expected a UUID, such as 3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93, found %s", value)
	}
	return nil
}

func fitsNothing(value Value) error {
	return fmt.Errorf("expected a column of another type: a value of jsonb is compared with no other, found %s", value)
}

func byTimestamp(a, b Value) int {
	x, _ := timestamp.Local([]byte(a.Text)) // both fit
	y, _ := timestamp.Local([]byte(b.Text))
	return strings.Compare(string(x.Append(nil)), string(y.Append(nil)))
}

func byInstant(a, b Value) int {
	x, _ := timestamp.Instant([]byte(a.Text), nil) // both fit
	y, _ := timestamp.Instant([]byte(b.Text), nil)
	return x.Compare(y)
}

func byTextOfAnyCase(a, b Value) int {
	return strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text))
}

// byTextWithoutBlanks is the order of char(n), in which blanks at the end mean nothing.
func byTextWithoutBlanks(a, b Value) int {
	return strings.Compare(strings.TrimRight(a.Text, " "), strings.TrimRight(b.Text, " "))
}
