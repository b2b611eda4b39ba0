package stage

import (
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// feedsLater says whether a table that is not collected yet as of the delivery will be read
// from the file.
func (w *work) feedsLater(name string) bool {
	return slices.ContainsFunc(w.req.Later, func(t *declared.Table) bool { return t.File == name })
}

// noteLater adds a notice of each table that is collected only later, and a warning where
// its file lies in the folder all the same: whoever delivers it may know better.
func (w *work) noteLater() {
	for _, t := range w.req.Later {
		c := complaint{
			"nothing of table " + t.Name + " before " + t.Since, "no file of it, and none is asked for",
			"Nothing, where the table was not collected then. Where it was, declare an earlier since for it, or none, and deliver the as_of again.",
		}
		said := fmt.Sprintf("table %s is collected since %s: there is nothing of it as of %s", t.Name, t.Since, w.req.AsOf)
		severity := datasetv1.Severity_SEVERITY_INFO
		if slices.Contains(w.contents.Files, t.File) {
			severity = datasetv1.Severity_SEVERITY_WARNING
			c.found = "its file " + t.File
			c.action = "See that folder and as_of belong together. Where the table is not collected as of this date, leave its file out; where it is, declare an earlier since for it, or none."
			said = fmt.Sprintf("%s is not read: table %s is collected since %s, and there is nothing of it as of %s", t.File, t.Name, t.Since, w.req.AsOf)
		}
		f := w.find(problem.TableNotCollected, "", c)
		f.Severity, f.Table, f.File, f.Message = severity, t.Name, t.File, said+w.lookedUpLater(t)
	}
}

// lookedUpLater names the tables that refer to one that is not there yet: they are not held
// to it.
func (w *work) lookedUpLater(later *declared.Table) string {
	var names []string
	for _, t := range w.req.Dataset.Tables {
		if slices.ContainsFunc(t.References, func(r declared.Reference) bool { return r.Parent.Name == later.Name }) {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; what " + few(names) + " " + plural(len(names), "says", "say") + " of it is not looked up"
}
