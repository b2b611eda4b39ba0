package run

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Accepts says what is accepted for a run, to stand behind who asked for it; nothing
// where nothing is.
func Accepts(accepted []*stepv1.Acceptance) string {
	var said []string
	for _, a := range accepted {
		one := a.GetReason()
		if a.GetTable() != "" {
			one += " of " + a.GetTable()
		}
		if a.UpTo != nil {
			one += fmt.Sprintf(" up to %s, as %s found", prose.Number(a.GetUpTo()), a.GetFromRun())
		}
		said = append(said, one)
	}
	if len(said) == 0 {
		return ""
	}
	return ", who accepts " + strings.Join(said, "; ")
}
