package dataset

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/internal/protoyaml"
)

// unread is what could not be read of a document, by its paths: a document may be nothing
// but mistakes, and each of them is looked up here for each that Lint finds.
type unread struct {
	written protoyaml.Positions
	// paths are those of the mistakes. above are the paths of fields that stand in the
	// text and could not be read, and of all that they lie in.
	paths, above map[string]bool
	// beside are what holds a field that is not known, and may be another one, misspelt.
	beside map[string]bool
}

func mistakesOfParse(result protoyaml.Result) unread {
	u := unread{written: result.Positions, paths: map[string]bool{}, above: map[string]bool{}, beside: map[string]bool{}}
	for _, m := range result.Mistakes {
		u.paths[m.Path] = true
		_, known := result.Positions[m.Path]
		if known {
			eachAbove(m.Path, func(path string) bool {
				u.above[path] = true
				return true
			})
		}
		if !known || m.Path == "" {
			u.beside[protoyaml.Parent(m.Path)] = true
		}
	}
	return u
}

// explain is true of a mistake that is there only because something could not be read: the
// field itself, one of those that it lacks, or a field beside it that may be it, misspelt.
// A field that stands in the text is judged whatever stands beside it.
func (u unread) explain(of Mistake) bool {
	if _, written := u.written[of.Path]; !written && (u.beside[of.Path] || u.beside[protoyaml.Parent(of.Path)]) {
		return true
	}
	if slices.ContainsFunc(of.lacks, func(path string) bool { return u.above[path] }) {
		return true // what would mend it could not be read, or one element of it
	}
	itself := false
	eachAbove(of.Path, func(path string) bool {
		itself = u.paths[path]
		return !itself
	})
	return itself
}

// eachAbove visits a path, and the paths of all that it lies in but the document, until
// visit is false.
func eachAbove(path string, visit func(string) bool) {
	for visit(path) {
		end := strings.LastIndexAny(path, ".[")
		if end <= 0 {
			return
		}
		path = path[:end]
	}
}
