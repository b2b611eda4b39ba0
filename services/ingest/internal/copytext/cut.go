package copytext

import "github.com/streamflow/streamflow/dataset"

// MayBeCut says of a value that fits whether it may be the beginning of another one that
// does: 12 may be what is left of 125, and nothing of anything. Values of a fixed form are
// whole.
func (c *Column) MayBeCut(v []byte) bool {
	if len(v) == 0 {
		return true
	}
	switch c.typ.Name {
	case dataset.Date, dataset.UUID:
		return false
	case dataset.Boolean: // t of true, f of false
		return len(v) == 1 && (v[0]|0x20 == 't' || v[0]|0x20 == 'f')
	case dataset.JSONB:
		last := v[len(v)-1]
		return last != '}' && last != ']' && last != '"'
	default:
		return true
	}
}

// MayHoldQuotes says whether a value of the type may have a quote in it, which a file
// doubles: of the others, the quote that ends a value is its end.
func (c *Column) MayHoldQuotes() bool {
	switch c.typ.Name {
	case dataset.Text, dataset.VarChar, dataset.Char:
		return true
	default:
		return false
	}
}
