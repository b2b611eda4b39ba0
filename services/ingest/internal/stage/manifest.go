package stage

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset/filename"
	"github.com/streamflow/streamflow/dataset/manifest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
)

// readManifest reads the delivery's manifest, where it has one. A delivery that says
// that it is another one is AS_OF_MISMATCH; a manifest that cannot be read, or cannot
// be meant, is a finding of the batch.
func (w *work) readManifest() error {
	m, mistakes, err := w.folder.Manifest()
	if err != nil {
		w.doubt(unopened(filename.Manifest, err))
		return nil
	}
	w.reportMistakes(mistakes)
	if m == nil {
		w.findOtherCase(len(mistakes) > 0)
		return nil
	}
	w.manifest = m
	if len(m.Files) > 0 && !w.empty() {
		w.checkLists()
	}
	return w.another()
}

// doubt adds a finding of the manifest itself.
func (w *work) doubt(c complaint) { w.find(problem.ManifestInvalid, filename.Manifest, c) }

// findOtherCase adds a finding of a manifest under a name that nobody reads.
func (w *work) findOtherCase(read bool) {
	if len(w.contents.Manifests) == 0 || read || w.empty() {
		return
	}
	name := w.contents.Manifests[0]
	w.find(problem.ManifestInvalid, name, complaint{
		filename.Manifest + ", in lower case", fmt.Sprintf("%q, which is not read", name),
		"Rename it: what it says of the delivery is not compared with anything now.",
	})
}

// another refuses a delivery that is not the one that the run asks for.
func (w *work) another() error {
	m := w.manifest
	p := problem.New(problem.AsOfMismatch, "").With("source", w.req.Source).With("file", filename.Manifest)
	var others []string
	differ := func(field, said, asked string) {
		if said != "" && said != asked {
			others = append(others, field)
			_ = p.Violate(field, "%s says %s, and the run was asked for %s", filename.Manifest, quotable(cut([]byte(said))), asked)
		}
	}
	differ("as_of", m.AsOf, w.req.AsOf)
	differ("dataset", m.Dataset, w.req.Dataset.Name)
	if len(p.Violations) == 0 {
		return nil
	}
	meant := strings.Join(others, " and the ")
	_ = p.Advise("Start the run with the %s of the manifest, or give the folder of the %s that was meant.", meant, meant)
	var said []string
	for _, v := range p.Violations {
		said = append(said, v.Subject+": "+v.Description)
	}
	p.Message = fmt.Sprintf("the files at %s are others than the run was asked for: %s; correct %s or the request; nothing was read",
		w.req.Source, strings.Join(said, "; "), filename.Manifest)
	return p
}

// feeds says whether a table is read from the file.
func (w *work) feeds(name string) bool {
	for _, t := range w.req.Dataset.Tables {
		if t.File == name {
			return true
		}
	}
	return false
}

// checkManifest compares a file that was read to its end with what the manifest says
// of it.
func (d *delivery) checkManifest(m *manifest.File, rows int64) {
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
		differ("bytes", prose.Number(*m.Bytes), prose.Number(d.file.GetSizeBytes()))
	}
	if m.Rows != nil {
		differ("rows", prose.Number(*m.Rows), prose.Number(rows))
	}
	if m.SHA256 != "" {
		differ("sha256", m.SHA256, d.file.GetSha256())
	}
	if len(want) > 0 {
		d.find(problem.FileUnreadable, "the file that the manifest names, "+list(want), list(got),
			"Deliver the file again: it was cut short or exchanged on its way. Or correct the manifest.")
	}
}
