package orchestrator_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestEqualRequestsAtOneMomentAreOneRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, _, release := hanging()
	s.on("Stage", hang)
	const callers = 20
	responses := make([]*orchestratorv1.StartRunResponse, callers)
	errs := make([]error, callers)

	var wait sync.WaitGroup
	for i := range callers {
		wait.Go(func() { responses[i], errs[i] = s.client.StartRun(t.Context(), ask()) })
	}
	wait.Wait()
	close(release)

	fresh := 0
	for i := range callers {
		require.NoError(t, errs[i])
		require.Equal(t, responses[0].GetRun().GetId(), responses[i].GetRun().GetId())
		if !responses[i].GetAlreadyRunning() {
			fresh++
		}
	}
	require.Equal(t, 1, fresh)
	requireState(t, s.end(t, responses[0].GetRun().GetId()), succeeded)
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select count(*) from sf_orchestrator.run"))
	require.Len(t, s.made("Publish"), 1)
}

func TestOneRequestSentManyTimesAtOnceIsOneRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	req := ask()
	req.RequestId = "r1"
	const callers = 20
	ids := make([]string, callers)

	var wait sync.WaitGroup
	for i := range callers {
		wait.Go(func() {
			if resp, err := s.client.StartRun(t.Context(), req); err == nil && !resp.GetAlreadyRunning() {
				ids[i] = resp.GetRun().GetId()
			}
		})
	}
	wait.Wait()

	for _, id := range ids {
		require.NotEmpty(t, id)
		require.Equal(t, ids[0], id)
	}
}

func TestARequestIDIsTheSameRunForEver(t *testing.T) {
	t.Parallel()
	s := setup(t)
	req := ask()
	req.RequestId = "r1"
	first := s.did(t, req)

	again, err := s.client.StartRun(t.Context(), req)

	require.NoError(t, err)
	require.Equal(t, first.GetId(), again.GetRun().GetId())
	require.Equal(t, succeeded, again.GetRun().GetState())
	require.False(t, again.GetAlreadyRunning())
	require.NotEqual(t, first.GetId(), s.start(t, ask()), "another request after the end is a new run")
}

func TestARequestThatJoinedARunStaysWithIt(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, release := hanging()
	s.on("Stage", hang)
	first := s.start(t, ask())
	await(t, got)
	other := ask()
	other.RequestId, other.Source = "r2", "file:///data/./month_000/"

	joined, err := s.client.StartRun(t.Context(), other)
	require.NoError(t, err)
	close(release)
	s.end(t, first)
	again, err := s.client.StartRun(t.Context(), other)

	require.NoError(t, err)
	require.Equal(t, first, joined.GetRun().GetId(), "the same folder, written in another way")
	require.True(t, joined.GetAlreadyRunning())
	require.Equal(t, first, again.GetRun().GetId(), "sent again after the run has ended, it starts no second one")
	require.True(t, again.GetAlreadyRunning())
}

func TestARequestIDOfOtherArgumentsIsRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, dataset("other"))
	req := ask()
	req.RequestId = "r1"
	id := s.start(t, req)
	for name, change := range map[string]func(*orchestratorv1.StartRunRequest){
		"dataset":   func(r *orchestratorv1.StartRunRequest) { r.Dataset = "other" },
		"as_of":     func(r *orchestratorv1.StartRunRequest) { r.AsOf = "2024-02-29" },
		"source":    func(r *orchestratorv1.StartRunRequest) { r.Source = "/data/month_001" },
		"mode":      func(r *orchestratorv1.StartRunRequest) { r.Mode = orchestratorv1.RunMode_RUN_MODE_PLAN },
		"restage":   func(r *orchestratorv1.StartRunRequest) { r.Restage = true },
		"accept":    func(r *orchestratorv1.StartRunRequest) { r.Accept = accepts("STALE_EXTRACT:") },
		"supersede": func(r *orchestratorv1.StartRunRequest) { r.Supersede, r.Reason = true, "it was wrong" },
		"extract":   func(r *orchestratorv1.StartRunRequest) { r.FullExtract = true },
	} {
		changed := proto.CloneOf(req)
		change(changed)
		_, err := s.client.StartRun(t.Context(), changed)
		requireReason(t, err, problem.RequestIDReused)
		require.Equal(t, id, problem.FromError(err).Metadata["run"], name)
	}
}

func TestOtherArgumentsAreOtherRuns(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, _, release := hanging()
	s.on("Stage", hang)
	t.Cleanup(func() { close(release) })
	other := ask()
	other.Source = "/data/month_000_corrected"
	restage := ask()
	restage.Restage = true
	whole := ask()
	whole.FullExtract = true

	ids := map[string]bool{s.start(t, ask()): true, s.start(t, plan()): true, s.start(t, other): true, s.start(t, restage): true, s.start(t, whole): true}

	require.Len(t, ids, 5)
	joined, err := s.client.StartRun(t.Context(), restage)
	require.NoError(t, err)
	require.True(t, joined.GetAlreadyRunning(), "and the same one again is the same")
	require.True(t, joined.GetRun().GetRestage())
	joined, err = s.client.StartRun(t.Context(), whole)
	require.NoError(t, err)
	require.True(t, joined.GetAlreadyRunning())
	require.True(t, joined.GetRun().GetFullExtract())
}

func TestStartRunRefusesWhatCannotBegin(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for name, tc := range map[string]struct {
		change func(*orchestratorv1.StartRunRequest)
		reason problem.Reason
		says   string
	}{
		"no such dataset": {func(r *orchestratorv1.StartRunRequest) { r.Dataset = "shopp" }, problem.DatasetNotFound, `"shopp"`},
		"off calendar":    {func(r *orchestratorv1.StartRunRequest) { r.AsOf = "2024-01-30" }, problem.AsOfOffCalendar, "2024-01-31"},
		"first of month":  {func(r *orchestratorv1.StartRunRequest) { r.AsOf = "2024-03-01" }, problem.AsOfOffCalendar, "2024-02-29"},
		"the future":      {func(r *orchestratorv1.StartRunRequest) { r.AsOf = "2205-01-31" }, problem.AsOfOffCalendar, "today is " + time.Now().UTC().Format(time.DateOnly)},
		"ancient":         {func(r *orchestratorv1.StartRunRequest) { r.AsOf = "0001-01-31" }, problem.AsOfOffCalendar, "1900-01-01"},
		"no date":         {func(r *orchestratorv1.StartRunRequest) { r.AsOf = "2024-02-31" }, problem.AsOfOffCalendar, "found 2024-02-31, which is no such day: February 2024 has 29 days; the closest is 2024-02-29"},
		"no shape":        {func(r *orchestratorv1.StartRunRequest) { r.AsOf = "January" }, problem.InvalidRequest, "as_of"},
		"no source":       {func(r *orchestratorv1.StartRunRequest) { r.Source = "" }, problem.InvalidRequest, "source"},
		"NUL":             {func(r *orchestratorv1.StartRunRequest) { r.Source = "/data\x00" }, problem.InvalidRequest, "NUL"},
		"no one asks":     {func(r *orchestratorv1.StartRunRequest) { r.RequestedBy = "" }, problem.InvalidRequest, "requested_by"},
	} {
		req := ask()
		tc.change(req)
		_, err := s.client.StartRun(t.Context(), req)
		requireReason(t, err, tc.reason)
		require.ErrorContains(t, err, tc.says, name)
	}
	require.Equal(t, []string{"0"}, s.db.Rows(t, "select count(*) from sf_orchestrator.run"))
}

// What ingest cannot read is refused before a run is queued for it, and what may be a
// secret is neither stored nor said again.
func TestASourceThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for source, says := range map[string]string{
		"month_000":                        "it does not begin with a slash",
		"s3://bucket/month_000":            "there is no reader of s3:// sources",
		"ftp://user:secret@host/month_000": "it holds credentials",
		"file://host/month_000":            "it names the host host",
		"/data/month\x000":                 "it holds a NUL character",
	} {
		req := ask()
		req.Source = source

		_, err := s.client.StartRun(t.Context(), req)

		requireReason(t, err, problem.InvalidRequest)
		require.ErrorContains(t, err, says, source)
		require.NotContains(t, err.Error(), "secret")
		require.Equal(t, "source", problem.FromError(err).Violations[0].Subject)
	}
	require.Equal(t, []string{"0"}, s.db.Rows(t, "select count(*) from sf_orchestrator.run"))
}
