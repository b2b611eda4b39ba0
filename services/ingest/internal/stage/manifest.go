package stage

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// readManifest reads the delivery's manifest, where it has one. A delivery that says
// that it is another one is AS_OF_MISMATCH; a manifest that cannot be read is a
// finding of the batch.
func (w *work) readManifest() error {
	m, err := w.folder.Manifest()
	if err != nil {
		w.batch.Findings = append(w.batch.Findings, &stepv1.Finding{
			Reason: string(problem.FileUnreadable), Severity: datasetv1.Severity_SEVERITY_CRITICAL, File: source.ManifestName,
			Expected: "a JSON object of dataset, as_of and files", Found: err.Error(),
			Action:  "Deliver the manifest again, or leave it out.",
			Message: fmt.Sprintf("%s: expected a JSON object of dataset, as_of and files: %v", source.ManifestName, err),
		})
		return nil
	}
	w.manifest = m
	if m == nil {
		return nil
	}
	p := problem.New(problem.AsOfMismatch, "").With("source", w.req.Source)
	if m.AsOf != "" && m.AsOf != w.req.AsOf {
		_ = p.Violate("as_of", "the manifest says %s, and the run was asked for %s", m.AsOf, w.req.AsOf)
	}
	if m.Dataset != "" && m.Dataset != w.req.Dataset.Name {
		_ = p.Violate("dataset", "the manifest says %s, and the run was asked for %s", m.Dataset, w.req.Dataset.Name)
	}
	if len(p.Violations) == 0 {
		return nil
	}
	var said []string
	for _, v := range p.Violations {
		said = append(said, v.Subject+": "+v.Description)
	}
	p.Message = fmt.Sprintf("the files at %s describe something else than the run was asked for: %s; nothing was read",
		w.req.Source, strings.Join(said, "; "))
	return p
}

// checkManifest compares a file that was read to its end with what the manifest says
// of it.
func (d *delivery) checkManifest(m *source.ManifestFile, rows int64) {
	if m == nil {
		return
	}
	var want, got []string
	differ := func(what, said, found string) {
		if said != found {
			want, got = append(want, what+" "+said), append(got, what+" "+found)
		}
	}
	if m.Bytes != nil {
		differ("bytes", grouped(*m.Bytes), grouped(d.file.GetSizeBytes()))
	}
	if m.Rows != nil {
		differ("rows", grouped(*m.Rows), grouped(rows))
	}
	if m.SHA256 != "" {
		differ("sha256", strings.ToLower(m.SHA256), d.file.GetSha256())
	}
	if len(want) > 0 {
		d.find(problem.FileUnreadable, "the file that the manifest names, "+list(want), list(got),
			"Deliver the file again: it was cut short or exchanged on its way. Or correct the manifest.")
	}
}
