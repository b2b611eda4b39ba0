package progress_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/clients/sfctl/internal/progress"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const (
	stage    = orchestratorv1.StepKind_STEP_KIND_STAGE
	validate = orchestratorv1.StepKind_STEP_KIND_VALIDATE
)

func event(second int64, kind orchestratorv1.EventKind, step orchestratorv1.StepKind, message string) *orchestratorv1.Event {
	return &orchestratorv1.Event{At: &timestamppb.Timestamp{Seconds: 1706745600 + second}, Kind: kind, Step: step, Message: message}
}

func copied(second int64, table string, done, total int64) *orchestratorv1.Event {
	e := event(second, orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS, stage, "")
	e.Progress = &stepv1.Progress{Table: table, Phase: "copy", RowsDone: done / 10, BytesDone: done, BytesTotal: total}
	return e
}

// story is a run in which everything happens once.
func story() []*orchestratorv1.Event {
	second := event(40, orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED, stage, "")
	second.Attempt = 2
	retry := event(39, orchestratorv1.EventKind_EVENT_KIND_STEP_RETRYING, stage, "PostgreSQL went away")
	retry.Reason = "DATABASE_UNAVAILABLE"
	failed := event(51, orchestratorv1.EventKind_EVENT_KIND_STEP_FAILED, validate, "1 of 52 expectations failed\x1b[2J")
	failed.Reason = "EXPECTATIONS_FAILED"
	ended := event(52, orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED, 0, "")
	ended.State = orchestratorv1.RunState_RUN_STATE_FAILED
	return []*orchestratorv1.Event{
		event(0, orchestratorv1.EventKind_EVENT_KIND_RUN_QUEUED, 0, "queued behind run_00"),
		event(1, orchestratorv1.EventKind_EVENT_KIND_RUN_STARTED, 0, ""),
		event(1, orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED, stage, ""),
		copied(2, "users", 1000, 4000), copied(3, "labels", 500, 1000),
		copied(8, "users", 2000, 4000), copied(13, "users", 3000, 4000), copied(14, "labels", 1000, 1000),
		event(30, orchestratorv1.EventKind_EVENT_KIND_RUN_TAKEN_OVER, 0, ""),
		retry, second,
		event(50, orchestratorv1.EventKind_EVENT_KIND_STEP_SUCCEEDED, stage, "8,043 rows of 2 tables"),
		event(50, orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED, validate, ""),
		event(51, orchestratorv1.EventKind_EVENT_KIND_CANCEL_REQUESTED, 0, "by ana@desk"),
		failed, ended,
	}
}

func TestAStepLineCountsWhatWasDoneBefore(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := progress.NewPlain(&out)
	for _, message := range []string{"inserted 3; done before: alter table a; alter table b", "inserted 3; done before: alter table a", "inserted 3; left 2"} {
		p.Event(event(1, orchestratorv1.EventKind_EVENT_KIND_STEP_SUCCEEDED, orchestratorv1.StepKind_STEP_KIND_PUBLISH, message))
	}
	require.Equal(t, "00:00:01 publish done: inserted 3; 2 statements done before\n00:00:01 publish done: inserted 3; 1 statement done before\n"+
		"00:00:01 publish done: inserted 3; left 2\n", out.String())
}

func TestPlain(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := progress.NewPlain(&out)

	for _, e := range story() {
		p.Event(e)
	}
	p.Close()

	require.NotContains(t, out.String(), "\x1b")
	golden.Equal(t, "plain", out.String())
}

func TestPlainNote(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	progress.NewPlain(&out).Note("lost %s", "it")
	require.Regexp(t, `^\d\d:\d\d:\d\d lost it\n$`, out.String())
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	var d progress.Display = progress.Quiet{}
	require.NotPanics(t, func() { d.Event(nil); d.Note("x"); d.Close() })
}

func width(n int) func() int { return func() int { return n } }

func TestBarsLeaveFinishedStepsOnTheScreen(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := progress.NewBars(&out, printer.Style{}, width(80))

	for _, e := range story() {
		b.Event(e)
	}
	b.Note("lost the connection")
	b.Close()

	golden.Equal(t, "bars.screen", screen(t, out.String()))
}

func TestBarsShowEveryTableThatIsWorkedOn(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := progress.NewBars(&out, printer.Style{}, width(80))

	b.Event(event(0, orchestratorv1.EventKind_EVENT_KIND_RUN_QUEUED, 0, ""))
	queued := screen(t, out.String())
	b.Event(event(0, orchestratorv1.EventKind_EVENT_KIND_RUN_STARTED, 0, ""))
	b.Event(event(0, orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED, stage, ""))
	waiting := screen(t, out.String())
	for _, e := range []*orchestratorv1.Event{copied(1, "users", 1000, 4000), copied(1, "labels", 1000, 1000), copied(1, "odd", 1, 0)} {
		time.Sleep(110 * time.Millisecond) // the bars are drawn ten times a second at most
		b.Event(e)
	}

	require.Equal(t, "  queued …\n", queued)
	require.Equal(t, "  stage …\n", waiting)
	golden.Equal(t, "bars.tables", screen(t, out.String()))
}

func TestBarsAreDrawnTenTimesASecondAtMost(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := progress.NewBars(&out, printer.Style{}, width(80))
	began := time.Now()

	for i := range int64(10_000) {
		b.Event(copied(i, "users", i, 10_000))
	}

	drawn := strings.Count(out.String(), "users copy")
	allowed := int(time.Since(began)/(100*time.Millisecond)) + 1
	require.LessOrEqual(t, drawn, allowed)
}

func TestBarsFitTheTerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := progress.NewBars(&out, printer.Style{}, width(40))

	for i := range int64(30) {
		b.Event(copied(i, fmt.Sprintf("a_table_with_a_rather_long_name_%d", i), 10, 100))
	}
	time.Sleep(110 * time.Millisecond)
	b.Event(copied(31, "last", 100, 100))

	lines := strings.Split(strings.TrimSuffix(screen(t, out.String()), "\n"), "\n")
	require.Len(t, lines, 13, "twelve bars, and how many are not shown")
	require.Equal(t, "  … 19 more, done or to come", lines[12])
	for _, l := range lines {
		require.Less(t, len([]rune(l)), 40, "a wrapped line could not be drawn over")
	}
}

var control = regexp.MustCompile(`^\x1b\[(\d*)([FJ])`)

// screen replays what was written on a terminal and returns what stands there: lines,
// cursor up (CPL) and clear below (ED) are all that is used.
func screen(t *testing.T, written string) string {
	t.Helper()
	lines, row := []string{""}, 0
	for written != "" {
		if m := control.FindStringSubmatch(written); m != nil {
			if m[2] == "F" {
				var up int
				_, err := fmt.Sscan(m[1], &up)
				require.NoError(t, err)
				row -= up
				require.GreaterOrEqual(t, row, 0, "the cursor leaves the screen")
			} else {
				lines = append(lines[:row], "")
			}
			written = written[len(m[0]):]
			continue
		}
		require.NotEqual(t, byte('\x1b'), written[0], "an escape sequence that is not known here")
		if written[0] == '\n' {
			row++
			if row == len(lines) {
				lines = append(lines, "")
			}
		} else {
			lines[row] += written[:1]
		}
		written = written[1:]
	}
	return strings.Join(lines[:row], "\n") + "\n"
}
