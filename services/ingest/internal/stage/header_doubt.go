package stage

import (
	"fmt"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
)

// reportDoubt adds a finding of a header whose names are of another time than its as_of,
// where some of them meant other columns then. It says whether there is one: the other
// faults of such a header are those of a reading that is not meant.
func (d *delivery) reportDoubt(doubt called.Doubt) bool {
	if len(doubt.Columns) == 0 {
		return false
	}
	found := fmt.Sprintf("%s of another time: %s; %s may be meant for another column",
		plural(len(doubt.Telling), "a name", "names"), few(quoteAll(doubt.Telling)), few(doubt.Columns))
	if doubt.Mixed {
		found = fmt.Sprintf("names of two times in one header: %s; %s may be meant for another column", few(quoteAll(d.file.GetHeader())), few(doubt.Columns))
	}
	d.mismatch(doubt.Columns, "the names that the columns have at "+d.asOf+": "+brief(doubt.Names), found,
		"Columns were renamed, and some have a name by now that was another's. Deliver the file by the names of its as_of, all of them; none of it is guessed.")
	return true
}

// warnExchanged warns that names are read by their present meaning, once: by the first
// as_of after the rename, when nothing shows that whoever makes the file knows of it.
func (d *delivery) warnExchanged(h called.Header) {
	if len(h.Exchanged) == 0 {
		return
	}
	names := few(quoteAll(h.Exchanged))
	f := d.find(problem.ColumnsRenamed, "columns that mean what they are called since the rename",
		fmt.Sprintf("%s, which meant another column up to %s, and nothing else in the header that tells the two apart", names, h.Until),
		"See that the file was made after the columns changed their names. If not, the values are swapped: do not publish it, and have it delivered anew. Later files are read so without a warning.")
	f.Severity = datasetv1.Severity_SEVERITY_WARNING
	f.Message = fmt.Sprintf("%s: %s %s by the meaning of after the rename, and meant another column in files up to %s",
		d.table.File, names, plural(len(h.Exchanged), "is read", "are read"), h.Until)
	if len(h.Exchanged) == 1 {
		f.Column = h.Exchanged[0]
	}
}

// warnPassed warns of names that are read as a column which got them after another one had
// given them up, while the file lacks that one: it may be a file of before.
func (d *delivery) warnPassed(h called.Header) {
	for _, p := range h.Passed {
		f := d.find(problem.ColumnsRenamed, fmt.Sprintf("column %s beside a name that was once its own", p.To),
			fmt.Sprintf("%q, the earlier name of %s, and no %s", quotable(p.From), p.To, p.To),
			fmt.Sprintf("See that %q means the column of this name. If it means %s, do not publish it: have it delivered as %s.", quotable(p.From), p.To, p.To))
		f.Severity, f.Column = datasetv1.Severity_SEVERITY_WARNING, p.From
		f.Message = fmt.Sprintf("%s: %q is read as the column of this name; %s was called so before, and the file lacks it", d.table.File, quotable(p.From), p.To)
	}
}

// warnKept warns, in the first run of a version that declares an exchange no more, that the
// columns keep the names which they got by it. Where the header is that of the first as_of
// after the exchange this is said already.
func (d *delivery) warnKept(h called.Header) {
	if len(h.Kept) == 0 || len(h.Exchanged) > 0 {
		return
	}
	names := few(quoteAll(h.Kept))
	f := d.find(problem.ColumnsRenamed, "columns that mean what they are called since they exchanged their names",
		names+", whose exchange the dataset declares no more, which does not take it back",
		"See that the file was made after the exchange. If the version was to take it back, the values are swapped: do not publish it; make a run of this version with a file by the present names, "+
			"and declare the exchange once more (renamed_from) in the version after it.")
	f.Severity = datasetv1.Severity_SEVERITY_WARNING
	f.Message = fmt.Sprintf("%s: %s exchanged their names in an earlier run, and keep those that they have now, although the dataset declares the exchange no more: the file is read so",
		d.table.File, names)
}
