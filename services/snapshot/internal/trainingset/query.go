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

// rows is the query of the rows of one date, in key order, every value in the form in
// which equal values have equal text. Truth values are words: COPY would write t and f.
func (s *Set) rows(j Join) string {
	return "select " + strings.Join(s.values(j), ",\n       ") + "\n" + s.from(j) + "\norder by " + s.order()
}

// values are the columns of the set.
func (s *Set) values(j Join) []string {
	var values []string
	add := func(expression, name string, of layout.Column) {
		if of.Type.Name == dataset.Boolean {
			expression = "(" + expression + ")::text"
		}
		values = append(values, expression+" as "+relation.Quote(name))
	}
	for _, key := range s.Entities.Key {
		add(text("e", key), key.Name, key)
	}
	add(date(j.AsOf), layout.AsOf, layout.Column{})
	for _, f := range s.Features {
		add(s.feature(f, j), f.Name, f.Column)
	}
	add(s.label(j), s.LabelName, s.LabelColumn)
	if part := s.part(j); part != "" {
		add(part, dataset.SplitColumn, layout.Column{})
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
	b.WriteString("from " + s.Entities.of(j.Entities) + " e")
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
	return strings.Join(order, ", ")
}
