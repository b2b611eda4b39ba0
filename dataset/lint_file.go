package dataset

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset/filename"
)

// files judges the files that feed the tables.
func (l *linter) files() {
	feeds := map[string]string{}
	for i, table := range l.dataset.GetTables() {
		path := fmt.Sprintf("tables[%d].file", i)
		file := File(table)
		if fault := filename.Fault(file); fault != "" && table.GetFile() != "" {
			l.wrong(path, "expected %s, found %q", fault, file)
		}
		if ending := filename.Packed(file); ending != "" && table.GetFile() != "" {
			l.wrong(path, "expected a CSV file, found %q: files that end in %s are not unpacked; deliver the file in it", file, ending)
		}
		if other, twice := feeds[file]; twice && other != table.GetName() {
			l.wrong(path, "expected a file of its own for table %q, found %q, which feeds table %q", table.GetName(), file, other)
			continue
		}
		feeds[file] = table.GetName()
	}
	l.filesInFiles(feeds)
}

// filesInFiles refuses a file that lies in what another table has as a file.
func (l *linter) filesInFiles(feeds map[string]string) {
	for i, table := range l.dataset.GetTables() {
		file := File(table)
		for at, r := range file {
			if r != '/' {
				continue
			}
			if other, ok := feeds[file[:at]]; ok {
				l.wrong(fmt.Sprintf("tables[%d].file", i), "expected a file in a folder, found %q in %q, which is the file of table %q",
					strings.TrimPrefix(file[at:], "/"), file[:at], other)
			}
		}
	}
}
