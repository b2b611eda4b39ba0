package copytext

import (
	"time"

	"github.com/streamflow/streamflow/dataset/timestamp"
)

// faultOf are the faults of timestamps in the words of this package.
var faultOf = [...]Fault{
	timestamp.OK:           OK,
	timestamp.NotTimestamp: NotTimestamp,
	timestamp.NoSuchDay:    NoSuchDay,
	timestamp.NoSuchTime:   NoSuchTime,
	timestamp.LeapSecond:   LeapSecond,
	timestamp.TooFine:      TooFine,
	timestamp.Infinite:     NotFinite,
	timestamp.NoZone:       NoZone,
	timestamp.HasZone:      HasZone,
	timestamp.Skipped:      Skipped,
	timestamp.Twice:        Twice,
	timestamp.OutOfRange:   OutOfRange,
}

// appendTimestamp appends a day and time without a zone, as it is.
func appendTimestamp(dst, v []byte) ([]byte, Fault) {
	t, fault := timestamp.Local(v)
	if fault != timestamp.OK {
		return dst, faultOf[fault]
	}
	return t.Append(dst), OK
}

// instant appends a moment, in UTC.
func (c *Column) instant(dst, v []byte, _ bool) ([]byte, Fault) {
	moment, fault := timestamp.Instant(v, c.zone)
	if fault != timestamp.OK {
		return dst, faultOf[fault]
	}
	year, month, day := moment.Date()
	hour, minute, second := moment.Clock()
	t := timestamp.Timestamp{
		Year: year, Month: int(month), Day: day, Hour: hour, Minute: minute, Second: second,
		Micro: moment.Nanosecond() / int(time.Microsecond),
	}
	return append(t.Append(dst), "+00"...), OK
}
