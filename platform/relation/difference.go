package relation

import (
	"strings"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Difference is one way in which a table that stands differs from what is declared.
type Difference struct {
	// Found says what was expected and what was found.
	Found string
	// Mend says what to do: SQL, or a command in words where SQL alone does not help.
	Mend string
	// Column is the column that it is of, where it is of one, by its declared name.
	Column string
	// Renames are the columns that mending it renames, all at once; none of any other
	// difference.
	Renames []Rename
	// OfName says that it is of what columns are called, and of nothing else of them.
	OfName bool
	// Remedy is who does it; the zero value is a person.
	Remedy Remedy
	// Alone is who would do it if nothing else of the table were left to a person; the
	// zero value where that is the Remedy.
	Alone Remedy
	// Reason is that of the registry by which it is refused; empty where it is that the
	// relation differs.
	Reason string
}

// Differs is what was found, and what mends it.
func Differs(found, mend string) Difference { return Difference{Found: found, Mend: mend} }

// String is the difference in one line.
func (d Difference) String() string {
	if d.Remedy == ByMigration {
		return d.Found + ": `sfctl dataset migrate` rewrites the table for it, outside of runs: " + d.Mend
	}
	return d.Found + ": " + d.Mend
}

// Proto returns the difference as a message.
func (d Difference) Proto() *stepv1.RelationDifference {
	return &stepv1.RelationDifference{
		Found: d.Found, Mend: d.Mend, Column: d.Column, Renames: RenamesProto(d.Renames), OfName: d.OfName, Reason: d.Reason,
	}
}

// spareSuffix is what a relation that is in the way is renamed with.
const spareSuffix = "_before"

// Spare is a name that a relation which is in the way may be given instead of its own.
func Spare(name string) string {
	return strings.ToValidUTF8(name[:min(len(name), MaxName-len(spareSuffix))], "") + spareSuffix
}
