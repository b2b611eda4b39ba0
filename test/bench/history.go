package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// history measures what the months that are there cost the next one: the same month is
// delivered beside a history of one month, and beside one of many.
type history struct {
	months int
	suites [2]*suite
	// took is how long each step of a delivery took, beside a history of one month and of many.
	took [2]map[string][]time.Duration
}

// steps are what is timed of a run, in the order of the table. The snapshots are filled in
// validate, beside the judging of the candidates, and become history in stamp.
var steps = []struct {
	title string
	kinds []orchestratorv1.StepKind
}{
	{"validate and fill", []orchestratorv1.StepKind{orchestratorv1.StepKind_STEP_KIND_VALIDATE}},
	{"stamp", []orchestratorv1.StepKind{orchestratorv1.StepKind_STEP_KIND_STAMP}},
	{"both", []orchestratorv1.StepKind{orchestratorv1.StepKind_STEP_KIND_VALIDATE, orchestratorv1.StepKind_STEP_KIND_STAMP}},
	{"whole month", nil},
}

// measureHistory fills both histories, delivers the months that follow to both in turn, and
// prints the table of one size. Each history grows by a month with every round.
func measureHistory(months int) func(*bench, context.Context, int) error {
	return func(b *bench, ctx context.Context, users int) (err error) {
		h := &history{months: months}
		for i, n := range []int{1, months} {
			if h.suites[i], err = b.withHistory(ctx, n); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, h.suites[i].close(ctx)) }()
			h.took[i] = map[string][]time.Duration{}
		}
		for round := range b.rounds {
			for i, n := range []int{1, months} {
				if err := h.deliver(ctx, i, monthOf(n+round)); err != nil {
					return err
				}
			}
		}
		h.print(users)
		return nil
	}
}

// withHistory is a suite on a database of its own into which so many months were taken.
func (b *bench) withHistory(ctx context.Context, months int) (*suite, error) {
	url, err := b.another(ctx)
	if err != nil {
		return nil, err
	}
	opened, err := b.start(ctx, url, cluster.Config{SharedRoles: true})
	if err != nil {
		return nil, err
	}
	s := opened.(*suite) //nolint:forcetypeassert // start makes no other
	for i := range months {
		if _, err := s.month(ctx, monthOf(i)); err != nil {
			return nil, errors.Join(fmt.Errorf("month %d of the history: %w", i, err), s.close(ctx))
		}
	}
	return s, nil
}

func (h *history) deliver(ctx context.Context, i int, d delivery) error {
	whole, err := h.suites[i].month(ctx, d)
	if err != nil {
		return err
	}
	run, err := h.suites[i].run(ctx, d.asOf)
	if err != nil {
		return err
	}
	for _, s := range steps {
		t := whole
		if len(s.kinds) > 0 {
			t = 0
		}
		for _, kind := range s.kinds {
			t += stepTime(run, kind)
		}
		h.took[i][s.title] = append(h.took[i][s.title], t)
	}
	return nil
}

// run is the newest run of an as_of, with its steps.
func (s *suite) run(ctx context.Context, asOf string) (*orchestratorv1.Run, error) {
	conn, err := s.cluster.Dial(cluster.Gateway)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	listed, err := orchestratorv1.NewOrchestratorServiceClient(conn).ListRuns(ctx, &orchestratorv1.ListRunsRequest{AsOf: asOf, PageSize: 1})
	if err != nil {
		return nil, err
	}
	if len(listed.GetRuns()) == 0 {
		return nil, fmt.Errorf("no run as of %s", asOf)
	}
	return listed.GetRuns()[0], nil
}

func stepTime(run *orchestratorv1.Run, kind orchestratorv1.StepKind) time.Duration {
	for _, s := range run.GetSteps() {
		if s.GetKind() == kind {
			return s.GetEndedAt().AsTime().Sub(s.GetStartedAt().AsTime())
		}
	}
	return 0
}

func (h *history) print(users int) {
	fmt.Printf("\na month of %d users beside a history of 1 and of %d\n%-20s %10s %10s %8s\n", users, h.months, "", "1", fmt.Sprint(h.months), "ratio")
	for _, s := range steps {
		one, many := median(h.took[0][s.title]), median(h.took[1][s.title])
		fmt.Printf("%-20s %9.2fs %9.2fs %7.2fx\n", s.title, one.Seconds(), many.Seconds(), many.Seconds()/one.Seconds())
	}
}
