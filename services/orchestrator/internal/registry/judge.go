package registry

import (
	"context"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// judgement is whether a version may become current beside the one that is.
type judgement struct {
	store         Store
	look          Surveyor
	before, after *datasetv1.Dataset // before is nil where there is no version yet
	version       string
	changes       diff.Changes
	now           step.Survey
	found         []problem.Violation
	// explained are the differences that come of refused changes.
	explained []*stepv1.RelationDifference
}

// ofItsOwn looks for obstacles in tables that no other dataset has: what is found comes
// with SQL, which must never be for another's table. A claim that is committed while the
// services look counts too. Errors: *store.TakenError, and those of obstacles.
func (j *judgement) ofItsOwn(ctx context.Context) (warnings []string, err error) {
	name, all := j.after.GetName(), tables(j.after)
	shared, err := j.store.Free(ctx, name, all)
	if err != nil {
		return nil, err
	}
	warnings, refusal := j.obstacles(ctx)
	if _, err := j.store.Free(ctx, name, all); err != nil {
		return nil, err
	}
	return append(warnings, alsoDeclared(shared)...), refusal
}

// alsoDeclared warns of tables that another dataset declares too, and that neither has made
// its own.
func alsoDeclared(shared []store.Taken) []string {
	var all []string
	for _, t := range shared {
		all = append(all, called(t.Table)+": dataset "+t.Dataset+" declares it as well, and nobody has published into it yet: it belongs to the dataset that does so first, and runs of the other end with TABLE_TAKEN")
	}
	return all
}

// obstacles refuses with DATASET_REFUSED what no run could carry out, and what narrows,
// drops or re-keys where there are rows. Where the version is current already there is
// nothing to refuse, and they are warnings; so is what could not be seen. Whether there
// are rows must be known, though, before a change that minds them.
func (j *judgement) obstacles(ctx context.Context) (warnings []string, err error) {
	j.now = j.look.Survey(ctx, j.after, nil)
	warnings = unseen(j.now)
	seen := len(j.now.Unseen) == 0
	if err := j.refusedChanges(ctx, seen); err != nil {
		return nil, err
	}
	parted := j.parted()
	others, err := j.deserted(ctx, j.now.All())
	if err != nil {
		return nil, err
	}
	for _, check := range j.now.All() {
		of := relation.Of(check.GetRelation())
		if slices.Contains(others, of) {
			continue
		}
		for _, w := range check.GetWarnings() {
			warnings = append(warnings, of.String()+": "+w.GetFound()+": "+w.GetMend())
		}
		for _, r := range check.GetRewrites() {
			warnings = append(warnings, of.String()+": "+r.GetFound()+": no run rewrites a table: "+r.GetMend())
		}
		j.found = append(j.found, j.unexplained(check)...)
	}
	j.found = append(j.found, parted...)
	j.exchanges(j.now.All())
	warnings = append(warnings, j.forgets(ctx)...)
	slices.SortStableFunc(j.found, rulesFirst)
	if len(j.found) == 0 {
		return warnings, nil
	}
	if j.isCurrent() {
		for _, v := range j.found {
			warnings = append(warnings, v.Subject+": "+v.Description)
		}
		return warnings, nil
	}
	return nil, refusal(j.after.GetName(), j.found)
}

// rulesFirst puts what takes a constraint or an index away before all else: a column that is
// dropped takes those with it that it is part of, and their SQL would fail behind its.
func rulesFirst(a, b problem.Violation) int {
	rank := func(v problem.Violation) int {
		if strings.Contains(v.Description, " drop constraint ") || strings.Contains(v.Description, ": drop index ") {
			return 0
		}
		return 1
	}
	return rank(a) - rank(b)
}

func (j *judgement) isCurrent() bool { return j.before != nil && len(j.changes) == 0 }

// refusedChanges notes the changes that are refused because of rows or history, each
// with the differences of tables that come of it. seen says that all tables were seen.
func (j *judgement) refusedChanges(ctx context.Context, seen bool) error {
	changes := j.changes.Of(diff.Refused)
	if len(changes) == 0 {
		return nil
	}
	then := j.look.Survey(ctx, j.before, nil)
	if !seen || len(then.Unseen) > 0 {
		return j.blind(ctx, changes, then.Unseen)
	}
	noted := make([]*problem.Violation, len(changes))
	for _, ofColumn := range []bool{true, false} { // what is a column's is not its table's
		for i, c := range changes {
			if (c.Part == diff.Column) == ofColumn {
				noted[i] = j.refusedChange(c, then.All())
			}
		}
	}
	for _, v := range noted {
		if v != nil {
			j.found = append(j.found, *v)
		}
	}
	return nil
}

// refusedChange is what is said of a change; nil where no row or history minds it.
func (j *judgement) refusedChange(c diff.Change, then []*stepv1.RelationCheck) *problem.Violation {
	lines := []string{c.What() + ": " + c.Note}
	held := false
	for _, of := range j.concerned(c) {
		if !holdsRows(then, of) || agrees(c, j.now.All(), of) {
			continue
		}
		held = true
		for _, d := range checkOf(j.now.All(), of).GetDifferences() {
			if comesOf(d, c) && !slices.Contains(j.explained, d) {
				j.explained = append(j.explained, d)
				if mends(c, of) {
					lines = append(lines, of.String()+": "+d.GetFound()+": "+d.GetMend())
				}
			}
		}
	}
	if !held {
		return nil
	}
	return &problem.Violation{Subject: c.Where(), Description: strings.Join(lines, "\n")}
}

// mends says whether the SQL of a relation's differences is a way out of a refused change:
// no SQL makes history that of another key or of another table.
func mends(c diff.Change, of relation.Relation) bool {
	return c.Part == diff.Column || c.Part == diff.Key && of.Name == c.Table
}

// unexplained are the differences of a relation that come of no refused change. A table
// that only an earlier version declared may be as it likes.
func (j *judgement) unexplained(check *stepv1.RelationCheck) []problem.Violation {
	if check.GetName() == "" {
		return nil
	}
	left := slices.DeleteFunc(slices.Clone(check.GetDifferences()), func(d *stepv1.RelationDifference) bool {
		return slices.Contains(j.explained, d)
	})
	return violations(relation.Of(check.GetRelation()), left)
}

// blind is the error of a version that minds rows, while it is not known whether there
// are any; nil where no run has ever made some.
func (j *judgement) blind(ctx context.Context, changes diff.Changes, errs []error) error {
	may, err := j.store.MayHaveRows(ctx, j.after.GetName())
	if err != nil || !may {
		return err
	}
	why := "a service did not answer"
	if len(errs) > 0 {
		why = problem.FromError(errs[0]).Message
	}
	return problem.New(problem.ServiceUnavailable,
		"dataset %s was not applied: %s is refused where there are rows or history, and whether there are could not be seen: %s",
		j.after.GetName(), changes[0], why).With("dataset", j.after.GetName())
}

// concerned are the relations whose rows or history a change minds, as they lie now.
func (j *judgement) concerned(c diff.Change) []relation.Relation {
	in := func(name string) relation.Relation {
		return relation.Relation{Schema: dataset.Schema(j.before), Name: name}
	}
	if c.Part == diff.Dataset {
		return tables(j.before)
	}
	var all []relation.Relation
	if c.Table != "" {
		all = append(all, in(c.Table))
	}
	for _, name := range c.Snapshots {
		all = append(all, in(name))
	}
	if c.Snapshot != "" && !slices.Contains(c.Snapshots, c.Snapshot) {
		all = append(all, in(c.Snapshot))
	}
	return all
}

func checkOf(checks []*stepv1.RelationCheck, of relation.Relation) *stepv1.RelationCheck {
	for _, c := range checks {
		if relation.Of(c.GetRelation()) == of {
			return c
		}
	}
	return nil
}

func holdsRows(checks []*stepv1.RelationCheck, of relation.Relation) bool {
	return checkOf(checks, of).GetHasRows()
}

// agrees is true of a table that has been changed by hand already, or never was as the
// version before declares it. What a snapshot is taken from does not show in its table.
func agrees(c diff.Change, now []*stepv1.RelationCheck, of relation.Relation) bool {
	check := checkOf(now, of)
	shows := c.Part != diff.Snapshot && c.Part != diff.Dataset
	return shows && check.GetExists() && !slices.ContainsFunc(check.GetDifferences(), func(d *stepv1.RelationDifference) bool {
		return comesOf(d, c)
	})
}

// comesOf is true of a difference that a change brings about: of its column, or, where it
// is of no column, any of the table.
func comesOf(d *stepv1.RelationDifference, c diff.Change) bool {
	return c.Part != diff.Column || d.GetColumn() == c.Name
}
