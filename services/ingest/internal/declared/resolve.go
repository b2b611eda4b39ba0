package declared

import (
	"errors"
	"slices"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Resolver resolves datasets, and lints each content once. The zero value is ready,
// and safe for concurrent use.
type Resolver struct{ linted dataset.Linted }

// Of resolves a dataset by a resolver of its own.
func Of(d *datasetv1.Dataset) (*Dataset, error) { return new(Resolver).Of(d) }

// Of resolves a dataset. It returns DATASET_INVALID, with every mistake, where the
// declaration has any.
func (r *Resolver) Of(d *datasetv1.Dataset) (*Dataset, error) {
	if err := invalid(r.linted.Lint(d).Err()); err != nil {
		return nil, err
	}
	out := &Dataset{Name: d.GetName(), Stale: dataset.StaleSeverity(d), Calendar: d.GetCalendar(), RefusesErased: dataset.RefusesErased(d), DropsErased: dataset.DropsErased(d)}
	byName, personally := map[string]*Table{}, dataset.Personal(d)
	for _, m := range d.GetTables() {
		t, err := tableOf(d, m)
		if err != nil {
			return nil, err
		}
		t.Personal = personally[t.Name]
		byName[t.Name] = t
		out.Tables = append(out.Tables, t)
	}
	for _, m := range dataset.PublishOrder(d) {
		out.order = append(out.order, m.GetName())
		for _, r := range m.GetReferences() {
			t := byName[m.GetName()]
			t.References = append(t.References, Reference{Columns: r.GetColumns(), Parent: byName[r.GetTable()]})
		}
	}
	return out, nil
}

func tableOf(d *datasetv1.Dataset, m *datasetv1.Table) (*Table, error) {
	t := &Table{
		Name: m.GetName(), File: dataset.File(m), Key: m.GetKey(), Renames: rename.Of(m),
		Live:    relation.Relation{Schema: dataset.Schema(d), Name: m.GetName()},
		Deletes: dataset.Deletes(m), DepartedLimit: dataset.DepartedLimit(m), Stale: dataset.StaleTableSeverity(m),
		Since: m.GetSince(),
		Adopt: m.GetAdopt(),
	}
	for _, c := range m.GetColumns() {
		typ, err := dataset.ParseType(c.GetType())
		if err != nil {
			return nil, problem.Wrap(err, problem.DatasetInvalid, "table %s, column %s: %v", t.Name, c.GetName(), err)
		}
		zone, err := dataset.Zone(c)
		if err != nil {
			return nil, problem.Wrap(err, problem.DatasetInvalid, "table %s, column %s: %v", t.Name, c.GetName(), err)
		}
		t.Columns = append(t.Columns, Column{
			Name: c.GetName(), Type: typ, Zone: zone, Optional: c.GetOptional(), Trim: c.GetTrim(), Key: slices.Contains(t.Key, c.GetName()),
		})
	}
	t.incremental(m)
	return t, nil
}

// incremental takes over what is declared of deliveries that bring only what changed. A key
// that such a delivery lacks has not departed, so that there is no limit to it.
func (t *Table) incremental(m *datasetv1.Table) {
	if t.Incremental = dataset.Incremental(m); !t.Incremental {
		return
	}
	t.DepartedLimit = 1
	if when := m.GetDeletedWhen(); when != nil {
		column, _ := t.Column(when.GetColumn())
		t.Deleted = &Deletion{Column: column, Value: when.GetValue()}
	}
}

func invalid(err error) error {
	var mistakes *dataset.InvalidError
	if !errors.As(err, &mistakes) {
		return err
	}
	p := problem.Wrap(err, problem.DatasetInvalid, "the dataset's declaration has mistakes: %v", err)
	for _, m := range mistakes.Mistakes {
		_ = p.Violate(m.Path, "%s", m.Message)
	}
	return p
}
