package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// forgets looks at renames of the version before that no run has carried out, and that the
// newer one does not declare. Where a name is passed on by one of them, the tables have it
// still as another column's than the version before means by it: a rename from that name
// is noted as refused, and of columns that exchange their names it is said that they do
// not.
func (j *judgement) forgets(ctx context.Context) (warnings []string) {
	passing := j.passesOn()
	if len(passing) == 0 || len(j.now.Unseen) > 0 {
		return nil
	}
	then := j.look.Survey(ctx, j.before, nil)
	if len(then.Unseen) > 0 {
		return unseen(then)
	}
	for _, t := range passing {
		live := relation.Relation{Schema: dataset.Schema(j.before), Name: t.GetName()}
		check := checkOf(then.Tables, live)
		if !check.GetHasRows() {
			continue
		}
		dropped := rename.Of(t).Without(rename.Of(dataset.TableByName(j.after, t.GetName())))
		lost := due(check, dropped)
		warnings = append(warnings, kept(live, dropped.Without(lost).Rings())...)
		if len(lost) == 0 {
			continue
		}
		j.fromForgotten(t, live, lost, check.GetColumns())
		if rings := lost.Rings(); len(rings) > 0 {
			warnings = append(warnings, fmt.Sprintf("%s: columns %s were to exchange their names, and no run did: the tables have them as they were, "+
				"and so will files be read; where the exchange is meant, declare it again and make a run before renamed_from is left out",
				live, strings.Join(names(rings), ", ")))
		}
	}
	return warnings
}

// kept says of columns that exchanged their names, as a run has it, that they keep them: a
// version that is like the one before the exchange does not take it back, and a file by the
// names of before would be read with its values swapped.
func kept(live relation.Relation, done rename.Pairs) []string {
	if len(done) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: columns %s exchanged their names in a run, and keep the names that they have now: files go on with these; "+
		"to take the exchange back, declare it once more (renamed_from) in the version after this one, when a run was made of this",
		live, strings.Join(names(done), ", "))}
}

// passesOn are the tables of the version before in which a name is passed on by a rename
// that the newer one does not declare.
func (j *judgement) passesOn() []*datasetv1.Table {
	var all []*datasetv1.Table
	for _, t := range j.before.GetTables() {
		then := rename.Of(t)
		dropped := then.Without(rename.Of(dataset.TableByName(j.after, t.GetName())))
		if slices.ContainsFunc(dropped, func(p rename.Pair) bool { return then.Renames(p.To) }) {
			all = append(all, t)
		}
	}
	return all
}

// fromForgotten notes the renames of the newer version from names that lost renames would
// have made.
func (j *judgement) fromForgotten(before *datasetv1.Table, live relation.Relation, lost rename.Pairs, stand []string) {
	for _, p := range rename.Of(dataset.TableByName(j.after, before.GetName())).Without(rename.Of(before)) {
		if !lost.Makes(p.From) || !slices.Contains(stand, p.From) {
			continue
		}
		j.found = append(j.found, problem.Violation{Subject: live.String(), Description: fmt.Sprintf(
			"column %s is renamed from %s, which the version before has as another column than the table: there it is %s yet, since no run of that version was made; "+
				"make a run of it first, or apply the one before it again, and declare renamed_from by the names of that one",
			p.To, p.From, lost.Before(p.From))})
	}
}

// due are the renames among pairs that a table waits for.
func due(check *stepv1.RelationCheck, pairs rename.Pairs) rename.Pairs {
	var all rename.Pairs
	for _, r := range check.GetRenames() {
		if p := (rename.Pair{From: r.GetFrom(), To: r.GetTo()}); slices.Contains(pairs, p) {
			all = append(all, p)
		}
	}
	return all
}

func names(pairs rename.Pairs) []string {
	all := make([]string, len(pairs))
	for i, p := range pairs {
		all[i] = p.To
	}
	return all
}
