package trainingset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/format"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// The statements that depend on a set are built here and in the files beside it. Names
// are quoted, and values stand in them as literals: COPY takes no parameters.

func comparePins(a, b Pin) int {
	return cmp.Or(cmp.Compare(a.Snapshot, b.Snapshot), a.AsOf.Compare(b.AsOf), cmp.Compare(a.Revision, b.Revision))
}

// literal is a text as SQL has it, under standard_conforming_strings, which every session
// is pinned to.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func date(asOf time.Time) string { return "date '" + asOf.Format(time.DateOnly) + "'" }

// rows is the query of the rows of one date, in key order, its columns in the form that a
// format writes.
func (s *Set) rows(j Join, f format.Format, columns []layout.Column) string {
	values := s.values(j)
	for i, c := range columns {
		values[i] = f.Value(values[i], c) + " as " + relation.Quote(c.Name)
	}
	return "select " + strings.Join(values, ",\n       ") + "\n" + s.from(j) + "\norder by " + s.order()
}

// columns are those of the set, in order.
func (s *Set) columns() []layout.Column {
	columns := slices.Clone(s.Entities.Key)
	if s.Given != nil {
		columns = append(columns, momentColumn)
	}
	columns = append(columns, layout.Column{Name: layout.AsOf, Type: dataset.ColumnType{Name: dataset.Date}})
	for _, f := range s.Features {
		columns = append(columns, layout.Column{Name: f.Name, Type: f.Column.Type})
	}
	columns = append(columns, layout.Column{Name: s.LabelName, Type: s.LabelColumn.Type})
	if s.Definition.GetSplit() != nil {
		columns = append(columns, layout.Column{Name: dataset.SplitColumn, Type: dataset.ColumnType{Name: dataset.Text}})
	}
	return columns
}

// values are the expressions of the columns, in their order, each in the form in which
// equal values have equal text.
func (s *Set) values(j Join) []string {
	var values []string
	for _, key := range s.Entities.Key {
		values = append(values, text("e", key))
	}
	if s.Given != nil {
		values = append(values, text("e", momentColumn))
	}
	values = append(values, date(j.AsOf))
	for _, f := range s.Features {
		values = append(values, s.feature(f, j))
	}
	values = append(values, s.label(j))
	if part := s.part(j); part != "" {
		values = append(values, part)
	}
	return values
}

// feature is a feature's value, NULL where no revision of its source is stamped.
func (s *Set) feature(f Feature, j Join) string {
	if len(j.Sources[f.Source]) == 0 {
		return null(f.Column)
	}
	return text(alias(f.Source), f.Column)
}

func (s *Set) label(j Join) string {
	if j.Label == nil {
		return null(s.LabelColumn)
	}
	return text("l", s.LabelColumn)
}

func null(c layout.Column) string { return "null::" + c.Type.Cast() }

// text is a column of what is joined.
func text(of string, c layout.Column) string {
	return digest.Canonical(of+"."+relation.Quote(c.Name), c.Type.Name)
}

func alias(source int) string { return fmt.Sprintf("f%d", source+1) }

// from joins the entities of a date with their features and label.
func (s *Set) from(j Join) string {
	var b strings.Builder
	b.WriteString("from " + s.entities(j) + " e")
	for i, source := range s.Sources {
		if len(j.Sources[i]) > 0 {
			b.WriteString("\nleft join " + s.newest(source.Table, j.Sources[i]) + " " + alias(i) + " on " + joined("e", alias(i), source.Table.Key))
		}
	}
	if j.Label != nil {
		b.WriteString("\nleft join " + s.Label.of(*j.Label) + " l on " + joined("e", "l", s.Label.Key))
	}
	if where := s.where(); where != "" {
		b.WriteString("\nwhere " + where)
	}
	return b.String()
}

// newest holds for each key the row of the first of some revisions that has one.
func (s *Set) newest(table Table, pins []Pin) string {
	if len(pins) == 1 {
		return table.of(pins[0])
	}
	names := relation.Join("n.", layout.Names(slices.Concat(table.Key, table.Columns)), ", ")
	var parts []string
	for i, p := range pins {
		part := "select " + names + " from " + table.of(p) + " n"
		for k, newer := range pins[:i] {
			part += fmt.Sprintf("\n    %s not exists (select from %s o where %s)", []string{"where", "and"}[min(k, 1)],
				table.of(newer), joined("n", "o", table.Key))
		}
		parts = append(parts, part)
	}
	return "(\n    " + strings.Join(parts, "\n    union all\n    ") + "\n)"
}

// of are the rows of a revision with the table's columns under their names: its relation
// as it is, where the columns have these names there.
func (t Table) of(p Pin) string {
	var columns []string
	plain := true
	for _, c := range slices.Concat(t.Key, t.Columns) {
		i := slices.Index(p.Names, c.Name)
		switch {
		case i < 0 || i >= len(p.Columns):
			columns = append(columns, null(c)+" as "+relation.Quote(c.Name))
			plain = false
		case p.Columns[i] == c.Name:
			columns = append(columns, relation.Quote(c.Name))
		default:
			columns = append(columns, relation.Quote(p.Columns[i])+" as "+relation.Quote(c.Name))
			plain = false
		}
	}
	if plain {
		return p.Relation.SQL()
	}
	return "(select " + strings.Join(columns, ", ") + " from " + p.Relation.SQL() + ")"
}

// joined compares the columns of a key in two relations.
func joined(a, b string, key []layout.Column) string {
	equal := make([]string, len(key))
	for i, c := range key {
		equal[i] = a + "." + relation.Quote(c.Name) + " = " + b + "." + relation.Quote(c.Name)
	}
	return strings.Join(equal, " and ")
}

// order is that of the key, texts byte by byte.
func (s *Set) order() string {
	order := make([]string, len(s.Entities.Key))
	for i, c := range s.Entities.Key {
		order[i] = "e." + relation.Quote(c.Name)
		if c.Type.IsText() {
			order[i] += ` collate "C"`
		}
	}
	if s.Given != nil {
		order = append(order, "e."+relation.Quote(momentColumn.Name))
	}
	return strings.Join(order, ", ")
}
