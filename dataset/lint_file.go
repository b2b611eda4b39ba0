package dataset

import (
	"fmt"
	"strings"
	"unicode"
)

// manifestFile stands beside the files of a delivery and describes them.
const manifestFile = "manifest.json"

// maxFile is the longest name that file systems take, in bytes.
const maxFile = 255

// files judges the files that feed the tables.
func (l *linter) files() {
	feeds := map[string]string{}
	for i, table := range l.dataset.GetTables() {
		path := fmt.Sprintf("tables[%d].file", i)
		file := File(table)
		if table.GetFile() != "" {
			l.fileName(path, file)
		}
		if other, twice := feeds[file]; twice && other != table.GetName() {
			l.wrong(path, "expected a file of its own for table %q, found %q, which feeds table %q", table.GetName(), file, other)
			continue
		}
		feeds[file] = table.GetName()
	}
}

// fileName refuses what could lead out of the source's folder.
func (l *linter) fileName(path, file string) {
	switch {
	case strings.ContainsAny(file, `/\`), strings.Contains(file, ".."):
		l.wrong(path, `expected the name of a file in the source, without "/", "\" or "..", found %q`, file)
	case len(file) > maxFile:
		l.wrong(path, "expected a name of at most %d bytes, found %d", maxFile, len(file))
	case file != strings.TrimSpace(file), strings.HasPrefix(file, "."), strings.ContainsFunc(file, unicode.IsControl):
		l.wrong(path, "expected a name that does not begin with a dot and has no space around it or control characters in it, found %q", file)
	case file == manifestFile:
		l.wrong(path, "expected another name, found %s, which describes the files of a delivery", manifestFile)
	}
}
