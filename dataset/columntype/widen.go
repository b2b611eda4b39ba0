package columntype

// WidensTo is true where PostgreSQL changes a column from this type to the other
// without rewriting or reading its rows, and every value stays what it was: a longer
// varchar, varchar to text, more digits of a numeric at the same scale, and a numeric
// without a limit. It is false of a type and itself.
func (t Type) WidensTo(to Type) bool {
	switch t.Name {
	case VarChar:
		return to.Name == Text || to.Name == VarChar && to.Length > t.Length
	case Numeric:
		return to.Name == Numeric && t.Precision > 0 &&
			(to.Precision == 0 || to.Scale == t.Scale && to.Precision > t.Precision)
	default: // a longer char is padded anew, another width is another value on disk
		return false
	}
}
