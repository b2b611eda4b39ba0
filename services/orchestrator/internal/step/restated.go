package step

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// snapshotState is what Prepare and Stamp both say of a snapshot.
type snapshotState interface {
	GetUnchanged() bool
	GetRestated() *stepv1.RestatedSnapshot
}

// restatedOf is what a run changes in history. It is never nil, which would leave what
// the run had found before.
func restatedOf[S snapshotState](all []S) []*stepv1.RestatedSnapshot {
	restated := []*stepv1.RestatedSnapshot{}
	for _, s := range all {
		if r := s.GetRestated(); r != nil {
			restated = append(restated, r)
		}
	}
	return restated
}

// supersededLine says of a run that corrects its as_of what it changes in history, or why
// it changes nothing; nothing of any other run.
func supersededLine[S snapshotState](t Task, all []S) string {
	if !t.Run.Corrects() || len(all) == 0 {
		return ""
	}
	var said []string
	known := false
	for _, s := range all {
		known = known || s.GetUnchanged() || refilled(s)
		if r := s.GetRestated(); r != nil {
			said = append(said, restatedLine(r))
		}
	}
	switch {
	case len(said) > 0:
		return "; " + strings.Join(said, "; ")
	case known:
		return "; nothing is superseded: history holds this content already"
	default:
		return "; nothing is superseded: nothing was stamped as of " + t.Run.AsOf + " before"
	}
}

// refilled says of what is prepared that the content is stamped, although its rows have to
// be put back. Of what is stamped, GetUnchanged says so.
func refilled(s snapshotState) bool {
	p, ok := s.(interface{ GetFound() string })
	return ok && p.GetFound() != ""
}

func restatedLine(r *stepv1.RestatedSnapshot) string {
	line := fmt.Sprintf("%s revision %d", r.GetSnapshot(), r.GetRevision())
	if r.GetRestores() > 0 {
		line += fmt.Sprintf(", which is %d again", r.GetRestores())
	}
	var ways []string
	for _, w := range []struct {
		n    int64
		what string
	}{{r.GetAdded(), "added"}, {r.GetRemoved(), "removed"}, {r.GetChanged(), "changed"}} {
		if w.n > 0 {
			ways = append(ways, prose.Number(w.n)+" "+w.what)
		}
	}
	if len(ways) > 0 {
		line += ": " + strings.Join(ways, ", ")
	}
	if r.GetFound() != "" {
		line += " (" + r.GetFound() + ")"
	}
	return line
}
