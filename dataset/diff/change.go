package diff

import (
	"fmt"
	"slices"
	"strings"
)

// Class says how heavy a change is for the tables that are there. A greater one is
// heavier.
type Class int

// The classes, from the lightest to the heaviest.
const (
	// Metadata changes nothing in PostgreSQL.
	Metadata Class = iota + 1
	// Expanding is carried out by the next run, in a short transaction of its own:
	// nothing is rewritten, and what is there keeps its values.
	Expanding
	// Rewriting keeps every value, and PostgreSQL writes the whole table anew under a
	// lock: it is done on demand and never in a run.
	Rewriting
	// Refused narrows, drops or re-keys what has rows or history.
	Refused
)

// String is the class in one word, as people read it.
func (c Class) String() string {
	switch c {
	case Metadata:
		return "metadata"
	case Expanding:
		return "expanding"
	case Rewriting:
		return "rewriting"
	case Refused:
		return "refused"
	}
	return fmt.Sprintf("Class(%d)", int(c))
}

// Action is what became of a part of the dataset.
type Action string

// The actions.
const (
	Added   Action = "added"
	Removed Action = "removed"
	Changed Action = "changed"
)

// Part is the kind of what a change concerns.
type Part string

// The parts of a dataset.
const (
	Dataset     Part = "dataset"
	Table       Part = "table"
	Column      Part = "column"
	Key         Part = "key"
	Reference   Part = "reference"
	Expectation Part = "expectation"
	Snapshot    Part = "snapshot"
	TrainingSet Part = "training_set"
	Feature     Part = "feature"
)

// Change is one difference between two versions.
type Change struct {
	// Action is what happened to the part.
	Action Action
	// Part is what it happened to.
	Part Part
	// Table is the table that the change is of; empty for the dataset's own settings
	// and for a snapshot's.
	Table string
	// Snapshot is the snapshot that the change is of, where it is of one alone.
	Snapshot string
	// TrainingSet is the training set that the change is of.
	TrainingSet string
	// Name is the column's name, the reference as (columns) → table, the
	// expectation's kind with its column, or the feature's name in its training set;
	// empty for the other parts.
	Name string
	// Field is the setting that was changed, by its name in YAML, as in type or
	// departed_limit; empty where a part was added or removed.
	Field string
	// From and To are the setting before and after, as YAML writes it; empty where it
	// is not declared. Of what was added there is no From, of what was removed no To.
	From, To string
	// Snapshots are those whose history is concerned together with the table: of a
	// column that was added, the snapshots that gain it.
	Snapshots []string
	// Class says how heavy the change is.
	Class Class
	// Note says what comes of it, or of a refused change the ways out; empty where
	// nothing does.
	Note string
}

// Where names what the change is of, as in "table users, column age".
func (c Change) Where() string {
	var parts []string
	switch {
	case c.Table != "":
		parts = append(parts, "table "+c.Table)
	case c.Snapshot != "":
		parts = append(parts, "snapshot "+c.Snapshot)
	case c.TrainingSet != "":
		parts = append(parts, "training set "+c.TrainingSet)
	default:
		parts = append(parts, "dataset")
	}
	switch c.Part {
	case Column, Reference, Expectation, Feature:
		parts = append(parts, string(c.Part)+" "+c.Name)
	case Key:
		parts = append(parts, string(c.Part))
	case Dataset, Table, Snapshot, TrainingSet:
	}
	return strings.Join(parts, ", ")
}

// What says what happened, as in "type integer → bigint" or "added as text".
func (c Change) What() string {
	switch {
	case c.Action == Changed && c.From == "" && c.To == "":
		return c.Field + " changed"
	case c.Action == Changed:
		return strings.TrimSpace(fmt.Sprintf("%s %s → %s", c.Field, orNone(c.From), orNone(c.To)))
	case c.From+c.To == "":
		return string(c.Action)
	default:
		return fmt.Sprintf("%s: %s", c.Action, c.From+c.To)
	}
}

// String is the change in one line.
func (c Change) String() string {
	return fmt.Sprintf("%s: %s (%s)", c.Where(), c.What(), c.Class)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Changes are the differences between two versions: the dataset's own settings first,
// then the tables in their order, the snapshots, and the training sets.
type Changes []Change

// Of returns the changes of one class.
func (cs Changes) Of(class Class) Changes {
	var of Changes
	for _, c := range cs {
		if c.Class == class {
			of = append(of, c)
		}
	}
	return of
}

// Heaviest is the greatest class among the changes; 0 where there are none.
func (cs Changes) Heaviest() Class {
	if len(cs) == 0 {
		return 0
	}
	return slices.MaxFunc(cs, func(a, b Change) int { return int(a.Class - b.Class) }).Class
}

// String has one line per change.
func (cs Changes) String() string {
	lines := make([]string, 0, len(cs))
	for _, c := range cs {
		lines = append(lines, c.String())
	}
	return strings.Join(lines, "\n")
}
