// Package diffcsv writes how two states of snapshots differ as CSV, the same from a
// terminal as over REST: a line for each value that differs, with the columns snapshot,
// change, key, column, from and to.
//
// A key of several columns is a JSON array of texts. A row that only one of the two has is
// a line for each of its columns; where a snapshot has none beside its key, one line without
// a column. NULL is nothing, an empty text "".
package diffcsv

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/streamflow/streamflow/platform/enumjson"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Header is the first line.
const Header = "snapshot,change,key,column,from,to\n"

// Rows writes a line for each value of some rows.
func Rows(w io.Writer, rows []*snapshotv1.RowDifference) error {
	var b strings.Builder
	for _, r := range rows {
		row(&b, r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func row(b *strings.Builder, r *snapshotv1.RowDifference) {
	begin := quote(r.GetSnapshot()) + "," + Change(r.GetChange()) + "," + quote(Key(r.GetKey())) + ","
	if len(r.GetValues()) == 0 {
		b.WriteString(begin + ",,\n")
	}
	for _, v := range r.GetValues() {
		b.WriteString(begin + quote(v.GetColumn()) + "," + value(v.From) + "," + value(v.To) + "\n")
	}
}

// Change is how a row differs in a word: added, removed or changed.
func Change(c stepv1.RowChange) string { return enumjson.Word(c.Descriptor(), c.String()) }

// Key is a key as one text: that of its only column, or a JSON array of them.
func Key(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(values) // texts can always be
	return strings.TrimSuffix(b.String(), "\n")
}

// value is a value that may be NULL.
func value(text *string) string {
	switch {
	case text == nil:
		return ""
	case *text == "":
		return `""`
	default:
		return quote(*text)
	}
}

// quote puts in quotes what RFC 4180 wants there.
func quote(text string) string {
	if !strings.ContainsAny(text, "\",\n\r") && strings.TrimSpace(text) == text {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}
