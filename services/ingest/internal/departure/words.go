package departure

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// Expected says what a delivery of the table must hold, for people.
func (b *Before) Expected(t *declared.Table) string {
	return fmt.Sprintf("at most %s of the %s to be gone", percent(t.DepartedLimit), b.delivered())
}

func (b *Before) delivered() string {
	rows := prose.Count(b.Rows, "row")
	switch {
	case b.Unpublished():
		return rows + " that live held before its first publish"
	case b.counted:
		return rows + " of live"
	case b.History:
		return rows + " of the snapshot of " + b.AsOf
	}
	return rows + " of " + b.AsOf
}

// Found says how many keys departed, beside the limit, for people.
func (b *Before) Found(t *declared.Table, n int64) string {
	verb := "are"
	if n == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%s that %s not in it, %s", prose.Count(n, "key"), verb, beside(b.share(n), t.DepartedLimit))
}

// beside writes a share with as many digits as tell it from the limit.
func beside(share, limit float64) string {
	for digits := 1; ; digits++ {
		text := trimZeros(strconv.FormatFloat(share*100, 'f', digits, 64))
		written, _ := strconv.ParseFloat(text, 64)
		if written > limit*100 && text != percentNumber(limit) || digits == maxDigits {
			return text + " %"
		}
	}
}

// maxDigits is where a double ends.
const maxDigits = 13

// percent writes a share as people write it: 0.29 is 29 %.
func percent(share float64) string { return percentNumber(share) + " %" }

func percentNumber(share float64) string {
	const precision = 1e10 // beyond it, a double times 100 shows what it cannot hold
	return strconv.FormatFloat(math.Round(share*100*precision)/precision, 'f', -1, 64)
}

func trimZeros(number string) string {
	if !strings.Contains(number, ".") {
		return number
	}
	return strings.TrimRight(strings.TrimRight(number, "0"), ".")
}
