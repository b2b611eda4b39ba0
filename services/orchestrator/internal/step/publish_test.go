package step_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

func altered(mend string) []*stepv1.AlteredRelation {
	return []*stepv1.AlteredRelation{{Mend: mend}}
}

func TestTablesTakeWhatIsDeclaredBeforeTheyAreWrittenTo(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	tk := task(run.Full)
	w.Answers("ExpandLive", &ingestv1.ExpandResponse{Altered: altered("alter table users add column channel text")})
	w.Answers("ExpandHistory", &snapshotv1.ExpandResponse{Altered: altered("alter table users_snapshots add column channel text")})
	w.Answers("Publish", &ingestv1.Batch{Id: tk.Run.Batch, State: ingestv1.BatchState_BATCH_STATE_PUBLISHED, Counts: []*stepv1.TableCounts{{Table: "users", Inserted: 3}}})
	w.Answers("Stamp", &snapshotv1.StampResult{Snapshots: []*snapshotv1.StampedSnapshot{{Snapshot: entry("users_snapshots", "2024-02-29", 3)}}})

	published, err := s.Do(t.Context(), run.Publish, tk)
	require.NoError(t, err)
	stamped, err := s.Do(t.Context(), run.Stamp, tk)
	require.NoError(t, err)

	require.Equal(t, []string{"CheckTables", "ExpandLive", "CheckStamped", "Publish", "ExpandHistory", "Stamp"}, w.Methods())
	require.Equal(t, "inserted 3, updated 0, unchanged 0; done before: alter table users add column channel text", published.Summary)
	require.Equal(t, "1 snapshot of 3 rows; done before: alter table users_snapshots add column channel text", stamped.Summary)
	require.Equal(t, int64(3), stamped.Counts[0].GetInserted())
}

// A table that is made beside those that stand is told with what was altered, as the plan had.
func TestTablesThatPublishMadeAreTold(t *testing.T) {
	t.Parallel()
	stands := func(name string, exists bool) *stepv1.RelationCheck {
		return &stepv1.RelationCheck{Name: name, Relation: &stepv1.Relation{Schema: "public", Name: name}, Exists: exists}
	}
	counts := []*stepv1.TableCounts{{Table: "users", Inserted: 3}, {Table: "labels", Inserted: 3}}
	const told = "; done before: alter table users add column channel text; create table \"public\".\"labels\""
	for name, tc := range map[string]struct {
		stood []*stepv1.RelationCheck
		state ingestv1.BatchState
		tells bool
	}{
		"one of two":                {[]*stepv1.RelationCheck{stands("users", true), stands("labels", false)}, ingestv1.BatchState_BATCH_STATE_PUBLISHED, true},
		"all":                       {[]*stepv1.RelationCheck{stands("users", false), stands("labels", false)}, ingestv1.BatchState_BATCH_STATE_PUBLISHED, false},
		"none":                      {[]*stepv1.RelationCheck{stands("users", true), stands("labels", true)}, ingestv1.BatchState_BATCH_STATE_PUBLISHED, false},
		"one not delivered":         {[]*stepv1.RelationCheck{stands("users", true), stands("plans", false)}, ingestv1.BatchState_BATCH_STATE_PUBLISHED, false},
		"into history alone":        {[]*stepv1.RelationCheck{stands("users", true), stands("labels", false)}, ingestv1.BatchState_BATCH_STATE_BACKFILLED, false},
		"nobody says what is there": {nil, ingestv1.BatchState_BATCH_STATE_PUBLISHED, false},
	} {
		w, s := setup(t)
		tk := task(run.Full)
		w.Answers("CheckTables", &ingestv1.CheckDatasetResponse{Tables: tc.stood})
		w.Answers("ExpandLive", &ingestv1.ExpandResponse{Altered: altered("alter table users add column channel text")})
		w.Answers("Publish", &ingestv1.Batch{Id: tk.Run.Batch, State: tc.state, Counts: counts})

		published, err := s.Do(t.Context(), run.Publish, tk)

		require.NoError(t, err, name)
		require.Equal(t, tc.tells, strings.HasSuffix(published.Summary, told), "%s: %s", name, published.Summary)
		require.Equal(t, tc.tells, strings.Contains(published.Summary, "create table"), name)
	}
}

func TestAServiceOfTheVersionBeforeIsWorkedWith(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	old := status.Error(codes.Unimplemented, "unknown method")
	for _, method := range []string{"ExpandLive", "ExpandHistory", "CheckTables", "CheckSnapshots"} {
		w.Fails(method, 100, old)
	}

	for kind, of := range map[run.Kind]run.Mode{run.Publish: run.Full, run.Stamp: run.Full, run.PlanChanges: run.Plan} {
		_, err := s.Do(t.Context(), kind, task(of))
		require.NoError(t, err, kind)
	}
	require.Len(t, w.Calls("Publish", "Stamp", "Plan"), 3)
}

func TestATableThatCannotBeAlteredIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	for kind, c := range map[run.Kind]struct{ expand, write string }{
		run.Publish: {"ExpandLive", "Publish"}, run.Stamp: {"ExpandHistory", "Stamp"},
	} {
		w, s := setup(t)
		w.Fails(c.expand, 100, problem.New(problem.LiveTableDiffers, "users has a view on it"))

		_, err := s.Do(t.Context(), kind, task(run.Full))

		require.Equal(t, fault.Verdict, fault.Of(err))
		require.Empty(t, w.Calls(c.write), kind)
	}
}

func TestWhetherAPublishTookPlaceIsReadFromTheBatch(t *testing.T) {
	t.Parallel()
	for state, want := range map[ingestv1.BatchState]struct{ took, backfill bool }{
		ingestv1.BatchState_BATCH_STATE_STAGED:     {},
		ingestv1.BatchState_BATCH_STATE_REJECTED:   {},
		ingestv1.BatchState_BATCH_STATE_DISCARDED:  {},
		ingestv1.BatchState_BATCH_STATE_PUBLISHED:  {took: true},
		ingestv1.BatchState_BATCH_STATE_BACKFILLED: {took: true, backfill: true},
	} {
		w, s := setup(t)
		w.Answers("GetBatch", &ingestv1.Batch{Id: "bat_1", State: state, Counts: []*stepv1.TableCounts{{Table: "users", Inserted: 2}}})

		o, err := s.Published(t.Context(), published())

		require.NoError(t, err)
		require.Equal(t, want.took, o != nil, state)
		if want.took {
			require.Equal(t, want.backfill, o.Backfill, state)
			require.Equal(t, int64(2), o.Counts[0].GetInserted())
			require.Equal(t, want.backfill, o.Summary == "live holds a later as_of and was left as it is", o.Summary)
		}
	}
}

// published is a task whose batch may be published.
func published() step.Task {
	tk := task(run.Full)
	tk.Run.Batch = "bat_1"
	return tk
}

// What came of publishing stands among the run's findings, whether its answer was heard
// or not; what staging found stands there already.
func TestWhatAPublishNotesIsTheRuns(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	held := &stepv1.Finding{Reason: "WITHDRAWALS_HELD", Table: "users", Message: "not withdrawn"}
	others := &stepv1.Finding{Reason: "OTHERS_REFER", Table: "users", Message: "deleted with them"}
	replaced := &stepv1.Finding{Reason: "FILES_REPLACED", Message: "an old folder"}
	batch := &ingestv1.Batch{Id: "bat_1", State: ingestv1.BatchState_BATCH_STATE_PUBLISHED, Findings: []*stepv1.Finding{{Reason: "STALE_EXTRACT"}, held, others, replaced}}
	w.Answers("GetBatch", batch)
	w.Answers("ExpandLive", &ingestv1.ExpandResponse{})
	w.Answers("Publish", batch)
	tk := published()
	tk.Run.Findings = []*stepv1.Finding{{Reason: "STALE_EXTRACT", Message: "folded"}}

	unheard, err := s.Published(t.Context(), tk)
	require.NoError(t, err)
	heard, err := s.Do(t.Context(), run.Publish, tk)
	require.NoError(t, err)

	for _, o := range []run.Outcome{*unheard, heard} {
		require.Len(t, o.Findings, 4)
		require.Equal(t, "folded", o.Findings[0].GetMessage())
		require.Equal(t, held.GetMessage(), o.Findings[1].GetMessage())
		require.Equal(t, others.GetMessage(), o.Findings[2].GetMessage())
		require.Equal(t, replaced.GetMessage(), o.Findings[3].GetMessage())
	}
}

func TestAnUnheardPublishIsNotGuessedAt(t *testing.T) {
	t.Parallel()
	for _, err := range []error{problem.New(problem.BatchNotFound, "none"), problem.New(problem.ServiceUnavailable, "ingest stops")} {
		w, s := setup(t)
		w.Fails("GetBatch", 100, err)

		o, got := s.Published(t.Context(), published())

		require.Nil(t, o)
		require.Equal(t, problem.FromError(err).Reason, problem.FromError(got).Reason)
	}
}

func TestAPlanSaysWhatARunWouldAlterAndWarnsOf(t *testing.T) {
	t.Parallel()
	check := func(name string) *stepv1.RelationCheck {
		return &stepv1.RelationCheck{
			Name: name, Exists: true, Relation: &stepv1.Relation{Schema: "public", Name: name},
			Expansions: []*stepv1.RelationDifference{{Found: "expected a column channel text, found none", Mend: "alter table " + name}},
			Warnings:   []*stepv1.RelationDifference{{Found: "a trigger whose function has no search_path", Mend: "alter function f()"}},
		}
	}
	w, s := setup(t)
	tk := task(run.Plan)
	tk.Run.Findings = []*stepv1.Finding{finding("EXPECTATIONS_FAILED", "users", warning)}
	w.Answers("Plan", &ingestv1.PlanResult{Counts: []*stepv1.TableCounts{{Table: "users", Inserted: 1}}})
	w.Answers("CheckTables", &ingestv1.CheckDatasetResponse{Tables: []*stepv1.RelationCheck{check("users")}})
	w.Answers("CheckSnapshots", &snapshotv1.CheckDatasetResponse{Snapshots: []*stepv1.RelationCheck{check("users_snapshots")}})

	o, err := s.Do(t.Context(), run.PlanChanges, tk)

	require.NoError(t, err)
	var reasons []string
	for _, f := range o.Findings {
		reasons = append(reasons, f.GetReason())
	}
	slices.Sort(reasons)
	require.Equal(t, []string{"EXPECTATIONS_FAILED", "LIVE_TABLE_DIFFERS", "SCHEMA_CHANGES", "SCHEMA_CHANGES", "SNAPSHOT_TABLE_DIFFERS"}, reasons,
		"what was found before stays")
	require.Equal(t, "would insert 1, update 0, leave 0 unchanged", o.Summary)
	require.Empty(t, w.Calls("Publish", "Stamp", "ExpandLive", "ExpandHistory"), "a plan changes nothing")
}

func TestAPlanThatCannotLookFails(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"CheckTables", "CheckSnapshots"} {
		w, s := setup(t)
		w.Fails(method, 100, problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts"))

		_, err := s.Do(t.Context(), run.PlanChanges, task(run.Plan))

		require.Equal(t, fault.Transient, fault.Of(err), method)
	}
}

// A delivery behind live that no snapshot takes is told, as it is published and as it is planned.
func TestADeliveryThatNothingTakesIsWarnedOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*step.Task)
		behind bool
		want   int
	}{
		"behind live, with snapshots": {func(*step.Task) {}, true, 0},
		"behind live, without":        {func(tk *step.Task) { tk.Dataset.Snapshots = nil }, true, 1},
		"without, not behind":         {func(tk *step.Task) { tk.Dataset.Snapshots = nil }, false, 0},
	} {
		state := map[bool]ingestv1.BatchState{false: ingestv1.BatchState_BATCH_STATE_PUBLISHED, true: ingestv1.BatchState_BATCH_STATE_BACKFILLED}[tc.behind]
		for kind, mode := range map[run.Kind]run.Mode{run.Publish: run.Full, run.PlanChanges: run.Plan} {
			w, s := setup(t)
			w.Answers("Publish", &ingestv1.Batch{Id: "bat_1", State: state})
			w.Answers("Plan", &ingestv1.PlanResult{Backfill: tc.behind})
			tk := task(mode)
			tc.change(&tk)

			o, err := s.Do(t.Context(), kind, tk)

			require.NoError(t, err)
			said := 0
			for _, f := range o.Findings {
				if f.GetReason() == string(problem.NowhereToGo) {
					said++
					require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
				}
			}
			require.Equal(t, tc.want, said, "%s, %v", name, kind)
		}
	}
}

// Ingest is told which batch's content history holds, unless the run corrects it anyway or
// nothing is ever stamped.
func TestPublishingKnowsWhatIsStamped(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*step.Task)
		want   string
	}{
		"a delivery":         {func(*step.Task) {}, "bat_0"},
		"a correction":       {func(tk *step.Task) { tk.Run.Supersede = true }, ""},
		"the same files":     {func(tk *step.Task) { tk.Run.Unchanged = true }, ""},
		"without a snapshot": {func(tk *step.Task) { tk.Dataset.Snapshots = nil }, ""},
	} {
		for kind, mode := range map[run.Kind]run.Mode{run.Publish: run.Full, run.PlanChanges: run.Plan} {
			w, s := setup(t)
			w.Answers("CheckStamped", &snapshotv1.CheckStampedResponse{Batch: "bat_0", NeverStamped: true})
			tk := task(mode)
			tc.change(&tk)

			_, err := s.Do(t.Context(), kind, tk)

			require.NoError(t, err)
			if kind == run.Publish {
				c := steptest.Requests[*ingestv1.PublishRequest](t, w, "Publish")[0].GetContext()
				require.Equal(t, tc.want, c.GetStamped(), name)
				require.Equal(t, tc.want != "", c.GetNeverStamped(), name)
			} else {
				c := steptest.Requests[*ingestv1.PlanRequest](t, w, "Plan")[0].GetContext()
				require.Equal(t, tc.want, c.GetStamped(), name)
				require.Equal(t, tc.want != "", c.GetNeverStamped(), name)
			}
			for _, look := range steptest.Requests[*snapshotv1.CheckStampedRequest](t, w, "CheckStamped") {
				require.True(t, look.GetLookOnly(), name)
			}
		}
	}
}

// Where history does not answer, nothing is published on a guess.
func TestNothingIsPublishedWhileHistoryDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	w.Fails("CheckStamped", 100, problem.New(problem.ServiceUnavailable, "snapshot stops"))

	_, err := s.Do(t.Context(), run.Publish, task(run.Full))

	require.ErrorContains(t, err, "snapshot stops")
	require.Empty(t, w.Calls("Publish"))
}
