package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// judgement is whether a version may become current beside the one that is.
type judgement struct {
	store         Store
	look          Surveyor
	before, after *datasetv1.Dataset // before is nil where there is no version yet
	version       string
	changes       diff.Changes
	found         []problem.Violation
}

// ofItsOwn looks for obstacles in tables that no other dataset has: what is found comes
// with SQL, which must never be for another's table. A claim that is committed while the
// services look counts too. Errors: *store.TakenError, and those of obstacles.
func (j *judgement) ofItsOwn(ctx context.Context) (warnings []string, err error) {
	name, all := j.after.GetName(), tables(j.after)
	if err := j.store.Free(ctx, name, all); err != nil {
		return nil, err
	}
	warnings, refusal := j.obstacles(ctx)
	if err := j.store.Free(ctx, name, all); err != nil {
		return nil, err
	}
	return warnings, refusal
}

// obstacles refuses with DATASET_REFUSED what no run could carry out, and what narrows,
// drops or re-keys where there are rows. Where the version is current already there is
// nothing to refuse, and they are warnings; so is what could not be seen. Whether there
// are rows must be known, though, before a change that minds them.
func (j *judgement) obstacles(ctx context.Context) (warnings []string, err error) {
	now := j.look.Survey(ctx, j.after, nil)
	for _, unseen := range now.Unseen {
		warnings = append(warnings, "not checked, and the next run will: "+problem.FromError(unseen).Message)
	}
	explained, err := j.refusedChanges(ctx, now.All(), len(now.Unseen) == 0)
	if err != nil {
		return nil, err
	}
	for _, check := range now.All() {
		of := relation.Of(check.GetRelation())
		for _, w := range check.GetWarnings() {
			warnings = append(warnings, of.String()+": "+w.GetFound()+": "+w.GetMend())
		}
		for _, r := range check.GetRewrites() {
			warnings = append(warnings, of.String()+": "+r.GetFound()+": no run rewrites a table: "+r.GetMend())
		}
		if slices.Contains(explained, of) || check.GetName() == "" {
			continue
		}
		for _, d := range check.GetDifferences() {
			j.found = append(j.found, problem.Violation{Subject: of.String(), Description: d.GetFound() + ": " + d.GetMend()})
		}
	}
	if len(j.found) == 0 {
		return warnings, nil
	}
	if j.isCurrent() {
		for _, v := range j.found {
			warnings = append(warnings, v.Subject+": "+v.Description)
		}
		return warnings, nil
	}
	return nil, j.refusal()
}

func (j *judgement) isCurrent() bool { return j.before != nil && len(j.changes) == 0 }

func (j *judgement) refusal() error {
	said := make([]string, len(j.found))
	for i, v := range j.found {
		said[i] = v.Subject + ": " + v.Description
	}
	p := problem.New(problem.DatasetRefused, "dataset %s was not applied, since of %s in the way: %s",
		j.after.GetName(), prose.Count(int64(len(said)), "obstacle"), strings.Join(said, "; ")).With("dataset", j.after.GetName())
	p.Violations = j.found
	return p
}

// refusedChanges notes the changes that are refused because of rows or history, and
// returns the relations whose other differences are thereby explained.
func (j *judgement) refusedChanges(ctx context.Context, now []*stepv1.RelationCheck, seen bool) ([]relation.Relation, error) {
	changes := j.changes.Of(diff.Refused)
	if len(changes) == 0 {
		return nil, nil
	}
	then := j.look.Survey(ctx, j.before, nil)
	if !seen || len(then.Unseen) > 0 {
		return nil, j.unseen(ctx, changes, then.Unseen)
	}
	var explained []relation.Relation
	for _, c := range changes {
		var mend []string
		held := false
		for _, of := range j.concerned(c) {
			if !holdsRows(then.All(), of) || agrees(c, now, of) {
				continue
			}
			held = true
			if !slices.Contains(explained, of) {
				explained = append(explained, of)
				mend = append(mend, mending(now, of)...)
			}
		}
		if held {
			j.found = append(j.found, problem.Violation{Subject: c.Where(), Description: strings.Join(append([]string{c.What() + ": " + c.Note}, mend...), "; ")})
		}
	}
	return explained, nil
}

// unseen is the error of a version that minds rows, while it is not known whether there
// are any; nil where no run has ever made some.
func (j *judgement) unseen(ctx context.Context, changes diff.Changes, errs []error) error {
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

// agrees is true of a table that has been changed by hand already. What a snapshot is
// taken from does not show in its table.
func agrees(c diff.Change, now []*stepv1.RelationCheck, of relation.Relation) bool {
	check := checkOf(now, of)
	shows := c.Part != diff.Snapshot && c.Part != diff.Dataset
	return shows && check.GetExists() && len(check.GetDifferences()) == 0
}

// mending is the SQL by which people may take what is refused into their own hands.
func mending(now []*stepv1.RelationCheck, of relation.Relation) []string {
	var all []string
	for _, d := range checkOf(now, of).GetDifferences() {
		all = append(all, fmt.Sprintf("%s: %s", d.GetFound(), d.GetMend()))
	}
	return all
}
