package trainingset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/entityfile"
	"github.com/streamflow/streamflow/services/snapshot/internal/format"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Recipe is a manifest that was read, and what it says put together.
type Recipe struct {
	Manifest *Manifest
	Set      *Set
	joins    []Join
	// brought are entity rows that are not looked for among those that are kept; nil where
	// they are.
	brought *entityfile.File
}

// Parse reads a manifest. It refuses, as TRAINING_MANIFEST_INVALID, what is none, and one
// whose parts do not fit each other: names go into SQL only after they were judged as
// those of a dataset are.
func Parse(text string) (*Recipe, error) {
	r, err := parse(text)
	if err != nil {
		return nil, problem.New(problem.TrainingManifestInvalid, "expected the manifest of a training set, as it was written beside the file: %s", err)
	}
	return r, nil
}

func parse(text string) (*Recipe, error) {
	m := &Manifest{}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(m); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("found something behind its end")
	}
	if m.Format != Format {
		return nil, fmt.Errorf("expected format %q, found %q", Format, m.Format)
	}
	if m.File != nil {
		if _, err := format.Named(m.File.Format); err != nil {
			return nil, fmt.Errorf("file: format: %w", err)
		}
	}
	definition := &datasetv1.TrainingSet{}
	if err := protojson.Unmarshal(m.Definition, definition); err != nil {
		return nil, fmt.Errorf("definition: %s", strings.ReplaceAll(err.Error(), "\u00a0", " "))
	}
	// What is written out again is what is hashed: two spaces more change no set.
	sorted, err := definitionJSON(definition)
	if err != nil {
		return nil, err
	}
	m.Definition = sorted
	set, err := m.resolve(definition)
	if err != nil {
		return nil, err
	}
	r := &Recipe{Manifest: m, Set: set}
	return r, r.join()
}

// resolve judges the definition against the tables that the manifest says it is of, as
// lint judges it against those of a dataset.
func (m *Manifest) resolve(definition *datasetv1.TrainingSet) (*Set, error) {
	of := &datasetv1.Dataset{Name: "manifest", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_DAY}}
	tables := map[string]Table{}
	for i, entry := range m.Tables {
		table, err := entry.table()
		if err != nil {
			return nil, err
		}
		tables[entry.Snapshot] = table
		of.Tables = append(of.Tables, entry.declared(fmt.Sprintf("table_%d", i+1)))
		of.Snapshots = append(of.Snapshots, &datasetv1.Snapshot{Name: entry.Snapshot, From: fmt.Sprintf("table_%d", i+1)})
	}
	if err := dataset.Lint(of).Err(); err != nil {
		return nil, fmt.Errorf("tables: %w", err)
	}
	if err := dataset.LintTrainingSet(of, definition).Err(); err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	var days, labels []string
	for _, j := range m.Joins {
		days, labels = append(days, j.AsOf), append(labels, j.LabelAsOf)
	}
	dates, err := datesOf(days)
	if err != nil {
		return nil, fmt.Errorf("joins: %w", err)
	}
	labelDates, err := datesOf(labels)
	if err != nil {
		return nil, fmt.Errorf("joins: %w", err)
	}
	set, err := resolve(definition, tables, dates, labelDates)
	if err != nil {
		return nil, err
	}
	if e := m.EntityRows; e != nil {
		if err := set.give(&Given{Name: e.Name, Hash: e.ContentHash, Rows: e.Rows}); err != nil {
			return nil, fmt.Errorf("entity_rows: %w", err)
		}
	}
	if !slices.Equal(set.columnEntries(), m.Columns) {
		return nil, errors.New("columns: expected those of the definition, found others")
	}
	return set, nil
}

func (e TableEntry) table() (Table, error) {
	t := Table{Snapshot: e.Snapshot}
	for _, part := range []struct {
		from []TypedEntry
		to   *[]layout.Column
	}{{e.Key, &t.Key}, {e.Columns, &t.Columns}} {
		for _, c := range part.from {
			columnType, err := dataset.ParseType(c.Type)
			if err != nil {
				return Table{}, fmt.Errorf("tables: %s.%s: %w", e.Snapshot, c.Name, err)
			}
			*part.to = append(*part.to, layout.Column{Name: c.Name, Type: columnType})
		}
	}
	return t, nil
}

// declared is the table as a dataset would declare it, under a name.
func (e TableEntry) declared(name string) *datasetv1.Table {
	t := &datasetv1.Table{Name: name}
	for _, c := range slices.Concat(e.Key, e.Columns) {
		t.Columns = append(t.Columns, &datasetv1.Column{Name: c.Name, Type: c.Type})
	}
	for _, c := range e.Key {
		t.Key = append(t.Key, c.Name)
	}
	return t
}
