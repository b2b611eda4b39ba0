package stage

import (
	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/unseen"
)

// edged says whether a value that identifies rows is empty, or has an ASCII blank or
// control character at an edge: what must be looked at more closely. Edges that are not
// ASCII show as copytext.NotASCII.
func edged(v []byte) bool { return len(v) == 0 || hides(v[0]) || hides(v[len(v)-1]) }

// hides says of an ASCII byte that it is a blank or a control character.
func hides(b byte) bool { return b <= ' ' || b == 0x7f }

// judge looks at a value of which there is something to say, and says whether it goes
// into its column.
func (c *converter) judge(rec *csvread.Record, t *target, fault copytext.Fault) bool {
	v := rec.Fields[t.field].Bytes
	if !fault.Fits() || t.column.Key && len(unseen.Trim(v)) == 0 {
		return false
	}
	switch fault {
	case copytext.LeadingZeros, copytext.ReadsNull, copytext.Replaced, copytext.SheetError:
		c.remarks.value(rec, t, fault)
	default: // a text
	}
	if t.watched {
		bare := t.values.Bare(v)
		edges := len(unseen.Trim(bare)) < len(bare)
		if edges {
			c.remarks.edges(rec, t)
		}
		strange := fault == copytext.NotASCII || fault == copytext.Replaced
		if strange {
			c.remarks.inside(rec, t, bare)
		}
		c.strange = c.strange || t.column.Key && (edges || strange)
	}
	return true
}

// reject notes a value that does not go into its column.
func (c *converter) reject(rec *csvread.Record, t *target, fault copytext.Fault) {
	if t.column.Key && len(unseen.Trim(rec.Fields[t.field].Bytes)) == 0 {
		c.rejects.missingKey(rec, t, c.key(rec))
		return
	}
	c.rejects.value(rec, t, c.key(rec), fault)
}
