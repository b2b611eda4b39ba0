package trainingset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/entityfile"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Given are entity rows that somebody brought: whom a set is about, and when. They are
// kept, for nothing else has them.
type Given struct {
	// Name is what they were called.
	Name string
	// Hash is of their content, whatever their order.
	Hash string
	Rows int64
	// place is the identifier of the set under which they are kept here.
	place string
	// first are the days of the earliest row of each of the set's dates; only where the set
	// is being built.
	first []time.Time
}

// momentColumn says when a row is of.
var momentColumn = layout.Column{Name: entityfile.EventTimestamp, Type: dataset.ColumnType{Name: dataset.TimestampTZ}}

// give makes a set one of rows that somebody brought. It refuses a set that has a column of
// the name of theirs, and conditions on a snapshot's rows.
func (s *Set) give(g *Given) error {
	if len(s.Definition.GetEntities().GetWhere()) > 0 {
		return errors.New("expected no conditions on the entities, which are rows of their own, found some")
	}
	taken := slices.ContainsFunc(s.columns(), func(c layout.Column) bool { return c.Name == momentColumn.Name })
	if taken || slices.ContainsFunc(s.foreign(), func(c layout.Column) bool { return c.Name == momentColumn.Name }) {
		return fmt.Errorf("expected no column of the set to be called %s, as that of the entity rows is, found one: call it otherwise with as", momentColumn.Name)
	}
	s.Given = g
	return nil
}

// first is the day of the earliest row of a date.
func (s *Set) first(i int) time.Time {
	if s.Given == nil || len(s.Given.first) == 0 {
		return s.Dates[i]
	}
	return s.Given.first[i]
}

// foreign are the columns of the entities, besides their key, by which the others join.
func (s *Set) foreign() []layout.Column {
	var all []layout.Column
	for _, c := range s.Entities.Columns {
		joins := func(t Table) bool {
			return slices.ContainsFunc(t.Key, func(k layout.Column) bool { return k.Name == c.Name })
		}
		if slices.ContainsFunc(s.tables(), joins) {
			all = append(all, c)
		}
	}
	return all
}

// shape is what entity rows of the set look like, of the newest as_of until their day.
func (s *Set) shape(asOf func(day time.Time) time.Time) entityfile.Shape {
	return entityfile.Shape{Key: s.Entities.Key, Others: s.foreign(), AsOf: asOf}
}

// entities are those of a date: a snapshot's, or those that somebody brought.
func (s *Set) entities(j Join) string {
	if s.Given == nil {
		return s.Entities.of(*j.Entities)
	}
	var values []string
	for i, c := range slices.Concat(s.Entities.Key, s.foreign()) {
		values = append(values, fmt.Sprintf("key[%d]::%s as %s", i+1, c.Type.Cast(), relation.Quote(c.Name)))
	}
	return fmt.Sprintf("(select %s, event_timestamp from sf_snapshot.training_set_entity where training_set = %s and as_of = %s)",
		strings.Join(values, ", "), literal(s.Given.place), date(j.AsOf))
}
