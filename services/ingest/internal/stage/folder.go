package stage

import (
	"fmt"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// find adds a critical finding of the delivery as a whole, or of a file that feeds no
// table.
func (w *work) find(reason problem.Reason, file string, c complaint) {
	subject := file
	if subject == "" {
		subject = w.req.Source
	}
	w.batch.Findings = append(w.batch.Findings, &stepv1.Finding{
		Reason: string(reason), Severity: datasetv1.Severity_SEVERITY_CRITICAL, File: file,
		Expected: c.expected, Found: c.found, Action: c.action,
		Message: fmt.Sprintf("%s: expected %s, found %s", subject, c.expected, c.found),
	})
}

// lookForFiles adds one finding where the folder is empty, in place of one for each
// file that it lacks.
func (w *work) lookForFiles() {
	if w.empty = w.folder.Empty(); !w.empty {
		return
	}
	found := "an empty folder"
	if len(w.folder.Names()) > 0 {
		found = "a folder that holds " + source.ManifestName + " and no other file"
	}
	names := make([]string, 0, len(w.req.Dataset.Tables))
	for _, t := range w.req.Dataset.Tables {
		names = append(names, t.File)
	}
	w.find(problem.FileMissing, "", complaint{
		"the files " + few(names), found, "Deliver the files into this folder, or start a run with the folder that holds them.",
	})
}
