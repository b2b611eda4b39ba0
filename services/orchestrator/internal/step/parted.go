package step

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Parted is a snapshot in whose history the next run of a version would leave columns by
// other names than live has them by. Where the names exchanged each other, nothing would
// show it, and a correction would write the values of the one into the other.
type Parted struct {
	Live, History relation.Relation
	// Columns are those of history that would part, by the names that they have.
	Columns []string
	// Ahead is what was renamed in live and not in history: a run ended in between. Where
	// there is none, history was not told of a rename that is declared no more.
	Ahead rename.Pairs
	// open is what the next run would rename in live.
	open rename.Pairs
}

// PartedOf compares what the next run of a version makes of the columns in live and in
// history, each by the names that stand and the ledger of what was renamed. A version that
// goes on with what a run left half done, or takes it back so that both agree again, parts
// nothing.
func PartedOf(d *datasetv1.Dataset, tables, snapshots []*stepv1.RelationCheck) []Parted {
	var all []Parted
	for _, s := range d.GetSnapshots() {
		live, history := named(tables, s.GetFrom()), named(snapshots, s.GetName())
		if !live.GetExists() || !history.GetHasRows() {
			continue
		}
		var keeps []string
		for _, c := range dataset.SnapshotColumns(d, s) {
			keeps = append(keeps, c.GetName())
		}
		if p := compare(live, history, keeps); len(p.Columns) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// compare follows every column of history through what live is ahead, and through what
// would be renamed in each of the two.
func compare(live, history *stepv1.RelationCheck, keeps []string) Parted {
	p := Parted{Live: relation.Of(live.GetRelation()), History: relation.Of(history.GetRelation()), open: pairsOf(live.GetRenames())}
	ahead := pairsOf(live.GetRenamed()).Without(pairsOf(history.GetRenamed()))
	p.Ahead, _ = ahead.Among(history.GetColumns())
	open := pairsOf(history.GetRenames())
	for _, name := range history.GetColumns() {
		inLive, inHistory := p.open.Now(p.Ahead.Now(name)), open.Now(name)
		if inLive != inHistory && (slices.Contains(keeps, inLive) || slices.Contains(keeps, inHistory)) {
			p.Columns = append(p.Columns, name)
		}
	}
	return p
}

// String says what would part, and the way out.
func (p Parted) String() string {
	const parts = "and the same names would mean other columns in live than in history: "
	columns, have := "columns "+strings.Join(p.Columns, ", "), "have"
	if len(p.Columns) == 1 {
		columns, have = "column "+p.Columns[0], "has"
	}
	if len(p.Ahead) == 0 {
		return fmt.Sprintf("%s would be renamed in %s (%s) and not in this history, which takes it for done since no run of the version between was stamped, %s"+
			"make a run of the version between first, and apply this one after it", columns, p.Live, said(p.open), parts)
	}
	return fmt.Sprintf("%s of %s %s been renamed (%s) by a run that ended before it renamed this history, %s"+
		"apply the version again that declares it as renamed_from, make a run of it, which goes on with history, and only then take it back: "+
		"a run of a version without renamed_from closes it, and after that it can be declared the other way round", columns, p.Live, have, said(p.Ahead), parts)
}

func said(pairs rename.Pairs) string {
	all := make([]string, len(pairs))
	for i, p := range pairs {
		all[i] = p.From + " to " + p.To
	}
	return strings.Join(all, ", ")
}

// Concerns says whether a difference of a relation comes of what parts.
func (p Parted) Concerns(of relation.Relation, d *stepv1.RelationDifference) bool {
	if of != p.History {
		return false
	}
	for _, name := range p.Columns {
		if d.GetColumn() == name || d.GetColumn() == p.open.Now(p.Ahead.Now(name)) {
			return true
		}
	}
	return false
}

func pairsOf(all []*stepv1.ColumnRename) rename.Pairs {
	var pairs rename.Pairs
	for _, r := range all {
		pairs = append(pairs, rename.Pair{From: r.GetFrom(), To: r.GetTo()})
	}
	return pairs
}

func named(checks []*stepv1.RelationCheck, name string) *stepv1.RelationCheck {
	for _, c := range checks {
		if c.GetName() == name {
			return c
		}
	}
	return nil
}
