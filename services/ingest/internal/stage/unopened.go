package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/streamflow/streamflow/dataset/filename"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// complaint is what is wrong with a file, and what to do about it.
type complaint struct {
	expected, found, action string
}

// notOpened adds the finding of a file that is not there, or cannot be opened.
func (w *work) notOpened(d *delivery, err error) {
	if !errors.Is(err, source.ErrMissing) {
		d.complain(unopened(d.table.File, err))
		return
	}
	if w.empty() {
		return // the batch has one finding for all of them
	}
	action := "Deliver the file under this name."
	meant := w.contents.meant[d.table.File]
	if len(meant) > 0 {
		action = fmt.Sprintf("Was %q meant? Then deliver it as %s, or declare it as the file of table %s.",
			cut([]byte(meant[0])), d.table.File, d.table.Name)
		if filename.Packed(meant[0]) != "" {
			action = fmt.Sprintf("Was %q meant? Unpack it, and deliver the CSV file in it as %s.", cut([]byte(meant[0])), d.table.File)
		}
	}
	found := "none of that name" + w.contents.around(meant)
	if w.manifest.File(d.table.File) != nil {
		found += "; " + filename.Manifest + " lists it"
	}
	d.find(problem.FileMissing, "a file for table "+d.table.Name, found, action)
}

// around names what lies in the folder, the files that may be meant before all others.
func (c contents) around(meant []string) string {
	if len(c.Files) == 0 {
		return ""
	}
	others := slices.DeleteFunc(slices.Clone(c.Files), func(name string) bool { return slices.Contains(meant, name) })
	said := few(cutAll(append(slices.Clone(meant), others...)))
	if c.More {
		said += ", and files beyond these"
	}
	return "; the folder holds " + said
}

// unopened says why a file that has the name cannot be opened.
func unopened(name string, err error) complaint {
	const copied = "Copy the file into the folder instead of linking to it."
	switch {
	case errors.Is(err, source.ErrFolder):
		return complaint{"a file", "a folder", "Deliver one CSV file under this name, not a folder: join its parts if it has several."}
	case errors.Is(err, source.ErrNotRegular):
		return complaint{"a file", "a pipe, a socket or a device", "Deliver a file under this name: write what comes out into one first."}
	case errors.Is(err, fs.ErrPermission):
		return complaint{"a file that ingest may read", "no permission to read it",
			"Let the user that ingest runs as read it: chmod a+r " + name + ", for example."}
	case errors.Is(err, source.ErrDangling):
		return complaint{"a file", "a link to nothing", copied}
	case errors.Is(err, source.ErrAbsoluteLink):
		return complaint{"a file, or a relative link to one", "a link by an absolute path, which is not followed even where it stays under the source root", copied}
	case errors.Is(err, source.ErrOutside):
		return complaint{"a file under the source root", "a link that leads out of it", copied}
	}
	return complaint{"a file that can be opened", bare(err), "See to the file system that the file lies in, and start a new run."}
}

// bare is an error without the operation and path that Go puts before it.
func bare(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
