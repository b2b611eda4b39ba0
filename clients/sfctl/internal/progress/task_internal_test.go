package progress

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const publish = orchestratorv1.StepKind_STEP_KIND_PUBLISH

func TestDone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		progress *stepv1.Progress
		share    float64
		known    bool
	}{
		"nothing is known":        {&stepv1.Progress{RowsDone: 5}, 0, false},
		"no progress":             {nil, 0, false},
		"bytes count before rows": {&stepv1.Progress{BytesDone: 1, BytesTotal: 4, RowsDone: 1, RowsTotal: 2}, 0.25, true},
		"rows where bytes do not": {&stepv1.Progress{RowsDone: 1, RowsTotal: 2}, 0.5, true},
		"a file that grew":        {&stepv1.Progress{BytesDone: 9, BytesTotal: 4}, 1, true},
		"a number that cannot be": {&stepv1.Progress{BytesDone: -1, BytesTotal: 4}, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			share, known := done(tt.progress)
			require.InDelta(t, tt.share, share, 1e-9)
			require.Equal(t, tt.known, known)
		})
	}
}

func TestMeasure(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]*stepv1.Progress{
		"users copy 50 % 1,000 rows 1.0 KiB of 2.0 KiB": {Table: "users", Phase: "copy", RowsDone: 1000, BytesDone: 1024, BytesTotal: 2048},
		"check references 25 % 1 rows":                  {Phase: "check references", RowsDone: 1, RowsTotal: 4},
		`a\x1b[2Jb insert`:                              {Table: "a\x1b[2Jb", Phase: "insert"},
		"":                                              {},
	} {
		require.Equal(t, want, measure(p))
	}
}

func TestBarIsAsWideWhateverItShows(t *testing.T) {
	t.Parallel()
	for _, p := range []*stepv1.Progress{
		{}, {RowsTotal: 10}, {RowsDone: 3, RowsTotal: 10}, {RowsDone: 10, RowsTotal: 10},
	} {
		line := []rune((&bar{task: task{step: publish}, progress: p}).line())
		require.Equal(t, "  publish  ", string(line[:11]))
		require.Empty(t, strings.Trim(string(line[11:11+barWidth]), "█░·"))
	}
}

// told is a display that was told of events; the clock stands still.
func told(events ...*orchestratorv1.Event) *Bars {
	b := NewBars(&strings.Builder{}, printer.Style{}, func() int { return 80 })
	for _, e := range events {
		b.Event(e)
	}
	return b
}

func progressOf(step orchestratorv1.StepKind, table, phase string) *orchestratorv1.Event {
	return &orchestratorv1.Event{Kind: orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS, Step: step,
		Progress: &stepv1.Progress{Table: table, Phase: phase}}
}

func stepEvent(kind orchestratorv1.EventKind, step orchestratorv1.StepKind) *orchestratorv1.Event {
	return &orchestratorv1.Event{Kind: kind, Step: step}
}

func tables(b *Bars) []string {
	var names []string
	for _, t := range b.tasks {
		name := printer.Enum(t.step) + " " + t.table
		if t.progress != nil {
			name += " " + t.progress.GetPhase()
		}
		names = append(names, name)
	}
	return names
}

func TestWhichBarsThereAre(t *testing.T) {
	t.Parallel()
	const stage, validate = orchestratorv1.StepKind_STEP_KIND_STAGE, orchestratorv1.StepKind_STEP_KIND_VALIDATE
	const started, succeeded = orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED, orchestratorv1.EventKind_EVENT_KIND_STEP_SUCCEEDED
	for name, tt := range map[string]struct {
		events []*orchestratorv1.Event
		want   []string
	}{
		"a step that has begun waits for its first table": {
			[]*orchestratorv1.Event{stepEvent(started, stage)}, []string{"stage "},
		},
		"the first table takes its place": {
			[]*orchestratorv1.Event{stepEvent(started, stage), progressOf(stage, "users", "copy")}, []string{"stage users copy"},
		},
		"a table keeps its bar from phase to phase": {
			[]*orchestratorv1.Event{progressOf(stage, "users", "copy"), progressOf(stage, "labels", "copy"), progressOf(stage, "users", "check keys")},
			[]string{"stage users check keys", "stage labels copy"},
		},
		"the same table has a bar in each step": {
			[]*orchestratorv1.Event{progressOf(stage, "users", "copy"), progressOf(validate, "users", "hash")},
			[]string{"stage users copy", "validate users hash"},
		},
		"the end of a step takes its bars, and no others": {
			[]*orchestratorv1.Event{progressOf(stage, "users", "copy"), progressOf(validate, "users", "hash"), stepEvent(succeeded, stage)},
			[]string{"validate users hash"},
		},
		"a step begun anew begins with no bars": {
			[]*orchestratorv1.Event{progressOf(stage, "users", "copy"), stepEvent(started, stage)}, []string{"stage "},
		},
		"the end of the run takes all": {
			[]*orchestratorv1.Event{progressOf(stage, "users", "copy"), stepEvent(orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED, 0)}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tables(told(tt.events...)))
		})
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	require.Equal(t, "abc", cut("abcdef", 3))
	require.Equal(t, "äöü", cut("äöüß", 3), "by characters, not by bytes")
	require.Equal(t, "abc", cut("abc", 3))
	require.Equal(t, "abc", cut("abc", 0), "a terminal that does not tell its width")
}

func TestLine(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*orchestratorv1.Event{
		"queued":                       stepEvent(orchestratorv1.EventKind_EVENT_KIND_RUN_QUEUED, 0),
		"taken over by another worker": stepEvent(orchestratorv1.EventKind_EVENT_KIND_RUN_TAKEN_OVER, 0),
		"cancel requested":             stepEvent(orchestratorv1.EventKind_EVENT_KIND_CANCEL_REQUESTED, 0),
		"publish done":                 stepEvent(orchestratorv1.EventKind_EVENT_KIND_STEP_SUCCEEDED, publish),
		"publish failed: FENCE_LOST":   {Kind: orchestratorv1.EventKind_EVENT_KIND_STEP_FAILED, Step: publish, Reason: "FENCE_LOST"},
		"publish failed: FENCE_LOST again": {
			Kind: orchestratorv1.EventKind_EVENT_KIND_STEP_FAILED, Step: publish, Reason: "FENCE_LOST", Message: "FENCE_LOST again",
		},
		"run cancelled":           {Kind: orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED, State: orchestratorv1.RunState_RUN_STATE_CANCELLED},
		"of a newer orchestrator": {Kind: 99, Message: "of a newer orchestrator"},
	} {
		require.Equal(t, want, line(e))
	}
}
