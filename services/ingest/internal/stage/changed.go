package stage

import (
	"fmt"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// changed says whether a file is another than the one that was opened; whole, that it
// was read to its end.
func changed(file *source.File, whole bool) bool {
	return file.Changed() || whole && file.Read64() != file.Size
}

// changedMeanwhile adds the finding of a file that somebody wrote to as it was read.
// What else was found in it, as in a line that is cut where it was cut, follows from
// that: it is of no state of the file that ever was.
func (d *delivery) changedMeanwhile(file *source.File) {
	follows := d.findings
	d.findings = nil
	found := fmt.Sprintf("%s bytes: it changed while it was read", prose.Number(file.Read64()))
	if file.Read64() == file.Size {
		found = "that it was written to while it was read, and has as many bytes"
	}
	f := d.find(problem.FileUnreadable, fmt.Sprintf("a file that stays as it is, %s bytes", prose.Number(file.Size)), found,
		"Start a new run once the file is written to its end.")
	f.Follows = follows
}
