package console

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

var functions = template.FuncMap{
	"number": prose.Number, "label": label, "when": when, "iso": iso, "took": took, "join": strings.Join,
	"runKind": runKind, "stepKind": stepKind, "severityKind": severityKind, "changes": changes, "writes": writes, "reads": reads, "leftOut": leftOut,
}

// short cuts a hash to what tells it apart from others, as git does.
func short(hash string) string { return hash[:min(len(hash), 12)] }

func joined(names []string) string { return strings.Join(names, ", ") }

// leftOut is how many of a finding's rows it does not list.
func leftOut(f *stepv1.Finding) int64 { return max(0, f.GetCount()-int64(len(f.GetRows()))) }

// enumPrefixes stand before the values of the enums that pages show.
var enumPrefixes = []string{"ERASED_FROM_", "RUN_STATE_", "RUN_MODE_", "STEP_STATE_", "STEP_KIND_", "BATCH_STATE_", "EVENT_KIND_", "SEVERITY_", "ROW_CHANGE_", "GAP_REASON_", "RETENTION_STATE_", "AUDIT_OUTCOME_"}

// label writes an enum value in words: RUN_STATE_SUCCEEDED is succeeded.
func label(v fmt.Stringer) string {
	s := v.String()
	for _, prefix := range enumPrefixes {
		s = strings.TrimPrefix(s, prefix)
	}
	if s == "UNSPECIFIED" {
		return "–"
	}
	return strings.ToLower(strings.ReplaceAll(s, "_", " "))
}

// when writes a time for people, in UTC; a time that was not is a dash.
func when(t *timestamppb.Timestamp) string {
	if t == nil {
		return "–"
	}
	return t.AsTime().UTC().Format("2006-01-02 15:04:05 UTC")
}

// iso writes a time for the datetime attribute.
func iso(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().UTC().Format(time.RFC3339)
}

// took writes the time between two moments; a dash where one of them was not.
func took(from, to *timestamppb.Timestamp) string {
	if from == nil || to == nil {
		return "–"
	}
	d := to.AsTime().Sub(from.AsTime())
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return d.Round(time.Second).String()
	}
}
