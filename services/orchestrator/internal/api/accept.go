package api

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// minPart is how much of an identifier tells it from others by more than chance.
const minPart = 4

// accepted returns what the request accepts of what guards find. What it says twice is
// said once, and a reason that is accepted of every table not of one as well. Errors:
// INVALID_REQUEST, RUN_NOT_FOUND, AMBIGUOUS_ID, NOTHING_TO_ACCEPT.
func (s *Server) accepted(ctx context.Context, req *orchestratorv1.StartRunRequest, d *datasetv1.Dataset) ([]*stepv1.Acceptance, error) {
	var all []*stepv1.Acceptance
	for i, a := range req.GetAccept() {
		if err := checkAccept(a, rollsBack(req), d); err != nil {
			return nil, err
		}
		if !saidElsewhere(req.GetAccept(), i) {
			all = append(all, &stepv1.Acceptance{Reason: a.GetReason(), Table: a.GetTable()})
		}
	}
	if part := req.GetAcceptFrom(); part != "" {
		found, err := s.acceptedFrom(ctx, part, req)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	for _, a := range all {
		a.By, a.At = req.GetRequestedBy(), timestamppb.New(s.now())
	}
	return all, nil
}

// saidElsewhere is true of an acceptance that another one makes needless: the same before
// it, or, anywhere, its reason for every table.
func saidElsewhere(all []*orchestratorv1.AcceptedFinding, i int) bool {
	return slices.ContainsFunc(all[:i], func(before *orchestratorv1.AcceptedFinding) bool { return proto.Equal(before, all[i]) }) ||
		all[i].GetTable() != "" && slices.ContainsFunc(all, func(other *orchestratorv1.AcceptedFinding) bool {
			return other.GetReason() == all[i].GetReason() && other.GetTable() == ""
		})
}

// checkAccept refuses what is no finding of a guard that looks at such a run, and a table that
// is none.
func checkAccept(a *orchestratorv1.AcceptedFinding, rollback bool, d *datasetv1.Dataset) error {
	can, of := problem.AcceptableReasons(), "; what is wrong with values, keys and headers is mended, not accepted"
	if rollback {
		can, of = problem.AcceptableInRollback(), ": a rollback reads no files, and no other guard looks at it"
	}
	if !slices.Contains(can, a.GetReason()) {
		return problem.New(problem.InvalidRequest, "accept: expected a reason that can be accepted, %s, found %q%s",
			strings.Join(can, " or "), a.GetReason(), of).
			Violate("accept", "%q cannot be accepted", a.GetReason())
	}
	if a.GetTable() == "" || dataset.TableByName(d, a.GetTable()) != nil {
		return nil
	}
	return problem.New(problem.InvalidRequest, "accept: expected a table of dataset %s, found %q", d.GetName(), a.GetTable()).
		Violate("accept", "%q is no table of dataset %s", a.GetTable(), d.GetName())
}

// acceptedFrom returns what guards found in a run, up to its counts.
func (s *Server) acceptedFrom(ctx context.Context, part string, req *orchestratorv1.StartRunRequest) ([]*stepv1.Acceptance, error) {
	if len(part) < minPart {
		return nil, problem.New(problem.InvalidRequest, "accept_from: expected the id of a run, run_…, or a part of it of at least %d characters, found %q", minPart, part).
			Violate("accept_from", "is no id of a run")
	}
	id, err := s.store.ResolveRun(ctx, part)
	if err != nil {
		return nil, err
	}
	r, err := s.store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	nothing := func(format string, args ...any) error {
		return problem.New(problem.NothingToAccept, "run %s "+format, append([]any{id}, args...)...).With("run", id)
	}
	switch {
	case r.Dataset != req.GetDataset() || r.AsOf != req.GetAsOf():
		return nil, nothing("is of %s as of %s, and the request of %s as of %s", r.Dataset, r.AsOf, req.GetDataset(), req.GetAsOf())
	case !r.State.Ended():
		return nil, nothing("has not ended yet: what it finds is not known")
	}
	found := stoppedBy(id, r.Findings)
	if len(found) == 0 {
		return nil, nothing("was not stopped by a guard: none of its findings can be accepted")
	}
	return found, nil
}

// stoppedBy lists what guards found in a run that was not accepted for it, what follows
// from other findings included.
func stoppedBy(run string, findings []*stepv1.Finding) []*stepv1.Acceptance {
	var found []*stepv1.Acceptance
	for _, f := range findings {
		if f.GetSeverity() == datasetv1.Severity_SEVERITY_CRITICAL && problem.Acceptable(problem.Reason(f.GetReason())) {
			found = append(found, &stepv1.Acceptance{
				Reason: f.GetReason(), Table: f.GetTable(), UpTo: proto.Int64(f.GetCount()), FromRun: run,
			})
		}
		found = append(found, stoppedBy(run, f.GetFollows())...)
	}
	return found
}
