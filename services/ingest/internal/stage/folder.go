package stage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/filename"
	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// find adds a critical finding of the delivery as a whole, or of a file that feeds no
// table.
func (w *work) find(reason problem.Reason, file string, c complaint) *stepv1.Finding {
	subject := file
	if subject == "" {
		subject = w.req.Source
	}
	f := &stepv1.Finding{
		Reason: string(reason), Severity: datasetv1.Severity_SEVERITY_CRITICAL, File: file,
		Expected: c.expected, Found: c.found, Action: c.action,
		Message: fmt.Sprintf("%s: expected %s, found %s", subject, c.expected, c.found),
	}
	w.batch.Findings = append(w.batch.Findings, f)
	return f
}

// contents is what lies in the folder of a delivery, beside what is read from it.
type contents struct {
	source.Listing
	// spare are the files that no table is read from.
	spare []string
	// meant are, by the name of a table's file that is not there, the spare ones that
	// are probably it, the nearest first.
	meant map[string][]string
}

// lookAround lists the folder, and finds for every file that is not there what may be it.
func (w *work) lookAround() {
	c := contents{Listing: w.folder.List(), meant: map[string][]string{}}
	for _, name := range c.Files {
		if !w.feeds(name) && !w.feedsLater(name) {
			c.spare = append(c.spare, name)
		}
	}
	var guesses nearest.Guesses
	for _, t := range w.req.Dataset.Tables {
		if !slices.Contains(c.Files, t.File) && guesses.More() {
			c.meant[t.File] = near(t.File, c.spare)
		}
	}
	w.contents = c
}

// lookForFiles adds one finding where the folder is empty, in place of one for each
// file that it lacks, and otherwise a notice of the files that nobody reads.
func (w *work) lookForFiles() {
	w.noteLater()
	if w.empty() {
		w.findNothing()
		return
	}
	if !w.req.Partial { // nobody knows here what the tables are that were not asked for
		w.noteUnread()
	}
}

// empty says whether there is no file to read anywhere in the folder. A folder that
// cannot be listed is not said to be empty.
func (w *work) empty() bool {
	return len(w.contents.Files) == 0 && !w.contents.Unknown && !w.contents.More
}

func (w *work) findNothing() {
	found := "an empty folder"
	if len(w.contents.Manifests) > 0 {
		found = "a folder that holds " + w.contents.Manifests[0] + " and no other file"
	}
	names := make([]string, 0, len(w.req.Dataset.Tables))
	for _, t := range w.req.Dataset.Tables {
		names = append(names, t.File)
	}
	w.find(problem.FileMissing, "", complaint{
		"the files " + few(names), found, "Deliver the files into this folder, or start a run with the folder that holds them.",
	})
}

// inAFilesPlace says whether the file lies in a folder that stands where a table's file
// should, as programs write that write in parts. That finding says it.
func (w *work) inAFilesPlace(name string) bool {
	return slices.ContainsFunc(w.req.Dataset.Tables, func(t *declared.Table) bool { return strings.HasPrefix(name, t.File+"/") })
}

// noteUnread adds a notice of files that no table is read from: a second download, a
// transfer that was cut off, a table that nobody declared. Where one is probably a
// file that is missing, or the manifest lists it, that is said in its place.
func (w *work) noteUnread() {
	unread := slices.DeleteFunc(slices.Clone(w.contents.spare), func(name string) bool {
		for _, meant := range w.contents.meant {
			if len(meant) > 0 && meant[0] == name {
				return true
			}
		}
		return w.manifest.File(name) != nil || w.inAFilesPlace(name)
	})
	if len(unread) == 0 {
		return
	}
	said := "no table is read from " + few(quoteAll(cutAll(unread)))
	if len(unread) > 1 {
		said = fmt.Sprintf("no table is read from %s: %s", prose.Count(int64(len(unread)), "file"), few(quoteAll(cutAll(unread))))
	}
	f := w.find(problem.FileNotRead, "", complaint{
		"only files that the dataset's tables are read from, and " + filename.Manifest, few(quoteAll(cutAll(unread))),
		"Nothing, where they are meant to lie there. Where one is a table's file under another name, deliver it under the name that the dataset declares.",
	})
	f.Severity, f.Message = datasetv1.Severity_SEVERITY_INFO, said
	if len(unread) == 1 {
		f.File = cut([]byte(unread[0]))
	}
}
