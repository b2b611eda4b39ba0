package progress

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Display shows the events of one run.
type Display interface {
	// Event shows an event; events come in order.
	Event(*orchestratorv1.Event)
	// Note shows a line between them, such as a lost connection.
	Note(format string, args ...any)
	// Close leaves the output in order for whoever writes next.
	Close()
}

// Quiet shows nothing.
type Quiet struct{}

// Event shows nothing.
func (Quiet) Event(*orchestratorv1.Event) {}

// Note shows nothing.
func (Quiet) Note(string, ...any) {}

// Close does nothing.
func (Quiet) Close() {}

// line puts an event into one line; empty where there is nothing to say.
func line(e *orchestratorv1.Event) string {
	step := printer.Enum(e.GetStep())
	message := printer.OneLine(e.GetMessage())
	switch e.GetKind() {
	case orchestratorv1.EventKind_EVENT_KIND_RUN_QUEUED:
		return firstOf(message, "queued")
	case orchestratorv1.EventKind_EVENT_KIND_RUN_STARTED:
		return "started"
	case orchestratorv1.EventKind_EVENT_KIND_RUN_TAKEN_OVER:
		return firstOf(message, "taken over by another worker")
	case orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED:
		return step + again(e.GetAttempt())
	case orchestratorv1.EventKind_EVENT_KIND_STEP_SUCCEEDED:
		return said(step+" done", brief(message))
	case orchestratorv1.EventKind_EVENT_KIND_STEP_FAILED:
		return said(step+" failed", withReason(e.GetReason(), message))
	case orchestratorv1.EventKind_EVENT_KIND_STEP_RETRYING:
		return said(step+" is tried again", withReason(e.GetReason(), message))
	case orchestratorv1.EventKind_EVENT_KIND_CANCEL_REQUESTED:
		return firstOf(message, "cancel requested")
	case orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED:
		// Why it failed stands in the step's line above.
		return said("run "+printer.Enum(e.GetState()), e.GetReason())
	default:
		return message
	}
}

// brief is what a step came to, with the statements that it needed first counted: they
// stand in the report of the run.
func brief(message string) string {
	short, statements := prose.Done(message)
	if n := int64(len(statements)); n > 0 {
		short += "; " + prose.Count(n, "statement") + " done before"
	}
	return short
}

func firstOf(message, otherwise string) string {
	if message == "" {
		return otherwise
	}
	return message
}

func again(attempt int32) string {
	if attempt > 1 {
		return fmt.Sprintf(" (attempt %d)", attempt)
	}
	return ""
}

func said(what, message string) string {
	if message == "" {
		return what
	}
	return what + ": " + message
}

func withReason(reason, message string) string {
	if reason == "" || strings.Contains(message, reason) {
		return message
	}
	return strings.TrimSuffix(reason+": "+message, ": ")
}
