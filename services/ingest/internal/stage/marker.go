package stage

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// marker looks for values that look like the one by which a row deletes another, and are
// not it: such a row is kept as any other.
type marker struct {
	remark
	target *target
	// value is the declared one, form what it is compared by, and truth what it says where it
	// is a truth value.
	value, form []byte
	truth       byte
	// plain is the value that was looked at last and is not like it: most rows have one of
	// a few.
	plain []byte
}

// newMarker returns nil where no row deletes another, and where the column is no text: then
// what means the same is the same.
func newMarker(t *declared.Table, targets []target) *marker {
	if t.Deleted == nil || !t.Deleted.Column.Type.IsText() {
		return nil
	}
	for i := range targets {
		if targets[i].column.Name != t.Deleted.Column.Name {
			continue
		}
		m := &marker{target: &targets[i], value: targets[i].values.Bare([]byte(t.Deleted.Value))}
		m.form = bytes.Clone(unseen.Form(bytes.Clone(m.value)))
		m.truth, _ = copytext.Truth(m.form)
		m.remark = remark{
			warning, fmt.Sprintf("%q in rows that delete others, as deleted_when has it, and nothing like it in any other row", cut(m.value)),
			"like it, whose rows are kept",
			"Deliver the value as the dataset declares it, or declare the one that is delivered in deleted_when, and deliver the as_of again. trim: true takes off what is at the edges.",
		}
		return m
	}
	return nil
}

// look remarks on the value of a row where it looks like the declared one.
func (m *marker) look(rec *csvread.Record, to *remarks) {
	v := m.target.values.Bare(rec.Fields[m.target.field].Bytes)
	if bytes.Equal(v, m.plain) || bytes.Equal(v, m.value) {
		return
	}
	said := m.likeness(v)
	if said == "" {
		m.plain = append(m.plain[:0], v...)
		return
	}
	to.add(m.remark, rec, m.target, said)
}

// likeness says in what a value differs that looks like the declared one; empty where it does
// not.
func (m *marker) likeness(v []byte) string {
	form := unseen.Form(bytes.Clone(v))
	truth, ok := copytext.Truth(form)
	switch {
	case bytes.Equal(form, m.form):
		if odd := unseen.Oddity(v); odd != "" {
			return odd
		}
		return "without " + unseen.Oddity(m.value)
	case strings.EqualFold(string(form), string(m.form)):
		return "is in other letter case"
	case ok && truth == m.truth:
		return "is another word for the same truth value"
	}
	return ""
}
