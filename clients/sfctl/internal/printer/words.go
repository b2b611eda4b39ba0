package printer

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/enumjson"
	"github.com/streamflow/streamflow/platform/prose"
)

// Bytes writes a size for people, in powers of 1024.
func Bytes(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	size, units := float64(n)/unit, "KMGTPE"
	for size >= unit && len(units) > 1 {
		size, units = size/unit, units[1:]
	}
	return fmt.Sprintf("%.1f %ciB", size, units[0])
}

// Took writes how long something took: 0.41s, 12.3s, 2m05s, 1h02m.
func Took(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
}

// Between writes the time from one moment to another; empty where one is not known.
func Between(from, to *timestamppb.Timestamp) string {
	if from == nil || to == nil {
		return ""
	}
	return Took(to.AsTime().Sub(from.AsTime()))
}

// Age writes how long ago something was, in its largest unit: 5s, 3m, 2h, 9d.
func Age(now time.Time, t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	d := max(now.Sub(t.AsTime()), 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd", int(d.Hours())/24)
	}
}

// Moment writes a time in UTC, to the second.
func Moment(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().UTC().Format("2006-01-02T15:04:05Z")
}

// Enum writes a value of an enum as a person would: RUN_STATE_SUCCEEDED is
// succeeded. A value that is not set or not known here is empty.
func Enum(e protoreflect.Enum) string {
	v := e.Descriptor().Values().ByNumber(e.Number())
	if v == nil || v.Number() == 0 {
		return ""
	}
	return enumjson.Word(e.Descriptor(), string(v.Name()))
}

// Short cuts a hash to what tells it apart from others, as git does.
func Short(hash string) string {
	const shown = 12
	if len(hash) <= shown {
		return hash
	}
	return hash[:shown]
}

// OneLine makes text from files and services safe to show: it stays on one line and
// sends no control characters to the terminal, nor any that turn the direction of text.
func OneLine(s string) string {
	clean := func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar || prose.TurnsText(r) }
	if !strings.ContainsFunc(s, clean) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if clean(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
