package stage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// readManifest reads the delivery's manifest, where it has one. A delivery that says
// that it is another one is AS_OF_MISMATCH; a manifest that cannot be read, or cannot
// be true, is a finding of the batch.
func (w *work) readManifest() error {
	m, err := w.folder.Manifest()
	var bad *source.BadManifest
	switch {
	case errors.As(err, &bad):
		w.doubt(complaint{bad.Expected, bad.Found, "Correct the manifest, or leave it out."})
		return nil
	case err != nil:
		w.doubt(unopened(source.ManifestName, err))
		return nil
	case m == nil:
		return nil
	}
	w.manifest = m
	w.checkLists()
	return w.another()
}

// doubt adds a finding of the manifest itself.
func (w *work) doubt(c complaint) { w.find(problem.FileUnreadable, source.ManifestName, c) }

// another refuses a delivery that is not the one that the run asks for.
func (w *work) another() error {
	m := w.manifest
	p := problem.New(problem.AsOfMismatch, "").With("source", w.req.Source).With("file", source.ManifestName)
	differ := func(field, said, asked string) {
		if said != "" && said != asked {
			_ = p.Violate(field, "%s says %s, and the run was asked for %s", source.ManifestName, quotable(cut([]byte(said))), asked)
		}
	}
	if _, err := dataset.ParseAsOf(m.AsOf); m.AsOf != "" && err != nil {
		w.doubt(complaint{
			"as_of to be a day, YYYY-MM-DD, such as " + w.req.AsOf, fmt.Sprintf("%q", quotable(cut([]byte(m.AsOf)))),
			"Correct as_of in the manifest, or leave it out.",
		})
	} else {
		differ("as_of", m.AsOf, w.req.AsOf)
	}
	differ("dataset", m.Dataset, w.req.Dataset.Name)
	if len(p.Violations) == 0 {
		return nil
	}
	var said []string
	for _, v := range p.Violations {
		said = append(said, v.Subject+": "+v.Description)
	}
	p.Message = fmt.Sprintf("the files at %s are others than the run was asked for: %s; correct %s or the request; nothing was read",
		w.req.Source, strings.Join(said, "; "), source.ManifestName)
	return p
}

// checkLists adds findings where the manifest lists a file twice, or one that is not
// there. A table's file that is not there has a finding of its own, and where only
// some tables are asked for, nobody looks for the files of the others.
func (w *work) checkLists() {
	times := map[string]int{}
	var twice, gone []string
	for _, f := range w.manifest.Files {
		if times[f.Name]++; times[f.Name] == 2 {
			twice = append(twice, fmt.Sprintf("%q", quotable(cut([]byte(f.Name)))))
		}
		if _, err := w.folder.Size(f.Name); err != nil && times[f.Name] == 1 && !w.req.Partial && !w.feeds(f.Name) {
			gone = append(gone, fmt.Sprintf("%q", quotable(cut([]byte(f.Name)))))
		}
	}
	if len(twice) > 0 {
		w.doubt(complaint{"each file once", few(twice) + " more than once", "List each file once in the manifest."})
	}
	if len(gone) > 0 {
		w.find(problem.FileMissing, source.ManifestName, complaint{
			"only files that are delivered", "listed, and not there to be read: " + few(gone),
			"Deliver the files too, or take them off the manifest; no table of the dataset is read from them.",
		})
	}
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
		differ("bytes", prose.Number(*m.Bytes), prose.Number(d.file.GetSizeBytes()))
	}
	if m.Rows != nil {
		differ("rows", prose.Number(*m.Rows), prose.Number(rows))
	}
	if m.SHA256 != "" {
		differ("sha256", cut([]byte(strings.ToLower(m.SHA256))), d.file.GetSha256())
	}
	if len(want) > 0 {
		d.find(problem.FileUnreadable, "the file that the manifest names, "+list(want), list(got),
			"Deliver the file again: it was cut short or exchanged on its way. Or correct the manifest.")
	}
}
