package dataset

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// maxName is the length in bytes at which PostgreSQL cuts a name off.
const maxName = 63

// identifier is the shape of a dataset's, a table's and a snapshot's name. 48
// bytes leave room for what is derived from it within PostgreSQL's 63: a
// partition has the as_of and the revision after the snapshot's name.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

const identifierRule = "a name of lower case letters, digits and underscores that begins with a letter, at most 48 bytes"

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// systemColumns are those that every table of PostgreSQL has.
var systemColumns = []string{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// asOfColumn is the column that every snapshot table has besides the table's.
const asOfColumn = "as_of"

// schema judges the schema's name; those of PostgreSQL and of our own
// bookkeeping are not for data.
func (l *linter) schema() {
	l.schemaOf("schema", "data", l.dataset.GetSchema())
}

// readSchema judges the name of the schema of views, which nobody else has anything in.
func (l *linter) readSchema() {
	name := l.dataset.GetReadSchema()
	l.schemaOf("read_schema", "views", name)
	switch name {
	case "":
	case Schema(l.dataset):
		l.wrong("read_schema", "expected a schema of its own, found %q, which the tables are in: the views have their names", name)
	case "public":
		l.wrong("read_schema", "expected a schema of its own, found %q, which everybody uses", name)
	}
}

func (l *linter) schemaOf(path, what, name string) {
	switch {
	case name == "":
	case !schemaName.MatchString(name):
		l.wrong(path, "expected a name of lower case letters, digits and underscores, at most %d bytes, found %q", maxName, name)
	case strings.HasPrefix(name, "pg_"), name == "information_schema":
		l.wrong(path, "expected a schema for %s, found %q, which is PostgreSQL's own", what, name)
	case strings.HasPrefix(name, "sf_"):
		l.wrong(path, "expected a schema for %s, found %q: schemas that begin with sf_ are StreamFlow's own", what, name)
	}
}

// columnName judges one column's name. It is the header's, so any text will do
// that PostgreSQL takes and a reader sees.
func (l *linter) columnName(path, name string) {
	switch {
	case name == "":
		l.wrong(path, "expected a name, found none")
	case len(name) > maxName:
		l.wrong(path, "expected a name of at most %d bytes, found %d: %q", maxName, len(name), name)
	case name != strings.TrimSpace(name), strings.ContainsFunc(name, unicode.IsControl):
		l.wrong(path, "expected a name without space around it or control characters in it, found %q", name)
	case strings.HasPrefix(name, "sf_"):
		l.wrong(path, "expected a name that does not begin with sf_, found %q: such columns are StreamFlow's own (sf_file, sf_line)", name)
	case slices.Contains(systemColumns, name):
		l.wrong(path, "expected another name, found %q, which every table of PostgreSQL has already", name)
	}
}

// relations judges the names of tables and snapshots, which stand side by side
// in one schema, together with the index of each one's key.
func (l *linter) relations() {
	taken := map[string]string{}
	claim := func(path, what, name string) {
		if by, twice := taken[name]; twice {
			l.wrong(path, "expected a name of its own in the schema, found %q, which is %s", name, by)
			return
		}
		taken[name] = what
	}
	each := func(path, kind, name string) {
		if !identifier.MatchString(name) {
			l.wrong(path, "expected %s, found %q", identifierRule, name)
			return
		}
		claim(path, fmt.Sprintf("the name of %s", kind), name)
	}
	for i, table := range l.dataset.GetTables() {
		each(fmt.Sprintf("tables[%d].name", i), fmt.Sprintf("table %d", i+1), table.GetName())
	}
	for i, snapshot := range l.dataset.GetSnapshots() {
		each(fmt.Sprintf("snapshots[%d].name", i), fmt.Sprintf("snapshot %d", i+1), snapshot.GetName())
	}
	l.derived(taken)
}

// derived refuses names that the index of another one's key takes, or the view over all
// revisions of a snapshot.
func (l *linter) derived(taken map[string]string) {
	refuse := func(path, name string) {
		of, isIndex := strings.CutSuffix(name, "_pkey")
		if _, exists := taken[of]; isIndex && exists {
			l.wrong(path, "expected another name, found %q, which the index of the key of %q takes", name, of)
		}
		of, isView := strings.CutSuffix(name, "_revisions")
		if isView && slices.ContainsFunc(l.dataset.GetSnapshots(), func(s *datasetv1.Snapshot) bool { return s.GetName() == of }) {
			l.wrong(path, "expected another name, found %q, which the view over all revisions of snapshot %q takes", name, of)
		}
		of, isView = strings.CutSuffix(name, SpansSuffix)
		if isView && l.dataset.GetReadSchema() != "" && SnapshotByName(l.dataset, of) != nil {
			l.wrong(path, "expected another name, found %q, which the view of the spans of snapshot %q takes in the schema to read", name, of)
		}
	}
	for i, table := range l.dataset.GetTables() {
		refuse(fmt.Sprintf("tables[%d].name", i), table.GetName())
	}
	for i, snapshot := range l.dataset.GetSnapshots() {
		refuse(fmt.Sprintf("snapshots[%d].name", i), snapshot.GetName())
	}
}

// snapshotted is true where a snapshot is taken of the table.
func (l *linter) snapshotted(table *datasetv1.Table) bool {
	return slices.ContainsFunc(l.dataset.GetSnapshots(), func(s *datasetv1.Snapshot) bool {
		return s.GetFrom() == table.GetName()
	})
}
