package stage

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/streamflow/streamflow/dataset/filename"
	"github.com/streamflow/streamflow/dataset/manifest"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// place is which file of a list a mistake is in, as in files[17].
var place = regexp.MustCompile(`\[\d+\]`)

// reportMistakes adds a finding for each kind of mistake in the manifest, with the
// lines on which it is made: two hundred sums that are MD5s are one mistake.
func (w *work) reportMistakes(mistakes []manifest.Mistake) {
	groups := map[string][]manifest.Mistake{}
	var order []string
	for _, m := range mistakes {
		kind := place.ReplaceAllString(m.Expected, "[]")
		if groups[kind] == nil {
			order = append(order, kind)
		}
		groups[kind] = append(groups[kind], m)
	}
	for _, kind := range order {
		w.reportMistake(kind, groups[kind])
	}
}

// reportMistake adds the finding of mistakes of one kind.
func (w *work) reportMistake(kind string, group []manifest.Mistake) {
	first := group[0]
	c := complaint{first.Expected, first.Found, first.Action}
	if more := len(group) - 1; more > 0 {
		c.expected = kind
		c.found = fmt.Sprintf("%s, and %d more like it", first.Found, more)
	}
	each := false // whether each is mended in its own way
	for _, m := range group {
		each = each || m.Action != first.Action
	}
	if each {
		c.action = "Correct each as it is said of it."
	}
	f := w.find(problem.ManifestInvalid, filename.Manifest, c)
	f.Message = fmt.Sprintf("%s, line %d: expected %s, found %s", filename.Manifest, first.Line, c.expected, c.found)
	f.Count = int64(len(group))
	for _, m := range group[:min(len(group), maxRows)] {
		f.Rows = append(f.Rows, &stepv1.RowLocation{File: filename.Manifest, Line: int64(m.Line), Detail: detail(m, each)})
	}
}

// detail says what is wrong where, and, where each is mended in its own way, how.
func detail(m manifest.Mistake, each bool) string {
	said := m.Found
	if m.Field != "" {
		said = m.Field + ": " + said
	}
	if each {
		said += ". " + m.Action
	}
	return cut([]byte(said))
}

// checkLists compares the manifest's list with the tables and with the folder. A
// table's file that is listed and not there has a finding of its own, and where only
// some tables are asked for, nobody looks for the files of the others.
func (w *work) checkLists() {
	var unlisted, gone, idle []string
	for _, t := range w.req.Dataset.Tables {
		if w.manifest.File(t.File) == nil {
			unlisted = append(unlisted, fmt.Sprintf("%q", t.File))
		}
	}
	for _, f := range w.manifest.Files {
		if w.req.Partial || w.feeds(f.Name) || w.feedsLater(f.Name) {
			continue
		}
		name := fmt.Sprintf("%q", quotable(cut([]byte(f.Name))))
		if _, err := w.folder.Size(f.Name); err != nil {
			gone = append(gone, name)
		} else {
			idle = append(idle, name)
		}
	}
	w.reportLists(unlisted, gone, idle)
}

func (w *work) reportLists(unlisted, gone, idle []string) {
	if len(unlisted) > 0 {
		found := "a list without " + few(unlisted)
		if others := slices.Concat(gone, idle); len(others) > 0 {
			found += "; no table is read from " + few(others) + ", which it lists"
		}
		w.find(problem.ManifestInvalid, filename.Manifest, complaint{
			"every file that a table is read from to be listed", found,
			"List the files under the names that the dataset declares, or leave the whole list out.",
		})
		return
	}
	if len(gone) > 0 {
		w.find(problem.FileMissing, filename.Manifest, complaint{
			"only files that are delivered", "listed, and not there to be read: " + few(gone),
			"Deliver the files too, or take them off the manifest; no table of the dataset is read from them.",
		})
	}
	if len(idle) > 0 {
		f := w.find(problem.ManifestInvalid, filename.Manifest, complaint{
			"only files that a table is read from", "listed, and read by nobody: " + few(idle),
			"Take them off the manifest, or declare their tables: what the manifest says of them is compared with nothing.",
		})
		f.Severity = datasetv1.Severity_SEVERITY_WARNING
	}
}
